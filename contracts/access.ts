// Who may see what: six roles, and a scope of area and departments that reaches down to rows, tiles, sockets and history.
import { type Static, Type } from 'typebox';
import { type AdCode, AdCodeSchema, adcodeContains } from './geo.ts';

export const roles = ['leader', 'dispatcher', 'monitor', 'planner', 'steward', 'admin'] as const;
export type Role = (typeof roles)[number];
export const roleTitle: Readonly<Record<Role, string>> = {
  leader: '领导',
  dispatcher: '应急调度',
  monitor: '环境监测',
  planner: '规划',
  steward: '数据管理',
  admin: '系统管理',
};

export const departments = ['ecology', 'water', 'forestry', 'emergency', 'transport', 'ocean', 'planning', 'data'] as const;
export type Department = (typeof departments)[number];

export const ScopeSchema = Type.Object({
  /** Area: everything at or below this code. */
  adcode: AdCodeSchema,
  /** Departments whose restricted rows may be seen; '*' is all. */
  departments: Type.Union([Type.Literal('*'), Type.Array(Type.Enum([...departments]))]),
});
export interface Scope {
  readonly adcode: AdCode;
  readonly departments: '*' | readonly Department[];
}

export const IdentitySchema = Type.Object({
  user: Type.String(),
  displayName: Type.String(),
  role: Type.Enum([...roles]),
  scope: ScopeSchema,
});
export interface Identity {
  readonly user: string;
  readonly displayName: string;
  readonly role: Role;
  readonly scope: Scope;
  /** Asks by a key, or without an account: what is granted to a role or a department lifts nothing for it. */
  readonly machine?: true;
}
export type IdentityWire = Static<typeof IdentitySchema>;

/** Sharing attribute of a stream or layer (GB/T 21063): 无条件 open · 有条件 restricted to departments and audited · 不予 closed to all but them. */
export type Sharing = 'unconditional' | 'conditional' | 'none';

/** What a row is guarded by. */
export interface Guard {
  readonly adcode: AdCode;
  readonly department?: string | undefined;
  readonly sharing?: Sharing | undefined;
}

/** The one rule of visibility; SQL does the same with `scopeClause` in server/auth. */
export function mayRead(scope: Scope, guard: Guard): boolean {
  if (!adcodeContains(scope.adcode, guard.adcode)) return false;
  if (guard.sharing === undefined || guard.sharing === 'unconditional') return true;
  return scope.departments === '*' || (scope.departments as readonly string[]).includes(guard.department ?? '');
}

/** What a role may do beyond reading. */
export type Act =
  | 'claim-device'
  | 'write-thing'
  | 'write-feature'
  | 'read-raw'
  | 'read-secret'
  | 'handle-event'
  | 'manage-users'
  | 'read-audit';
const acts: Readonly<Record<Role, readonly Act[]>> = {
  leader: [],
  dispatcher: ['read-raw', 'handle-event'],
  monitor: ['read-raw', 'handle-event'],
  planner: [],
  steward: ['read-raw', 'claim-device', 'write-thing', 'write-feature'],
  admin: ['read-raw', 'read-secret', 'claim-device', 'write-thing', 'write-feature', 'handle-event', 'manage-users', 'read-audit'],
};
export function mayDo(identity: Identity, act: Act): boolean {
  return acts[identity.role].includes(act);
}

/** Equal for two identities exactly when they may read the same rows: the key of shared rooms and caches. */
export function scopeKey(scope: Scope): string {
  return `${scope.adcode}:${scope.departments === '*' ? '*' : [...scope.departments].sort().join(',')}`;
}

/** One row of the audit table: who did what to what, and from where. */
export interface AuditEntry {
  readonly identity: Identity | null;
  readonly address: string | null;
  /** login, login-failed, logout, read-restricted, write … */
  readonly act: string;
  readonly target: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}
