// Accounts as the house knows them: names, roles, scopes, and what a request body must look like to make or change one.
import { type Department, departments, type Identity, type Role, roles, type Scope } from '../../contracts/access.ts';
import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';

export interface Account {
  readonly name: string;
  readonly displayName: string;
  readonly role: Role;
  readonly scope: Scope;
  readonly disabled: boolean;
  /** Belongs to the demonstration: opens only while the house runs in demo mode. */
  readonly demo: boolean;
  readonly created: Instant;
}
export interface StoredAccount extends Account {
  /** scrypt$N$r$p$salt$hash, or '!' when no password opens it. */
  readonly password: string;
}
export interface AccountDraft {
  readonly name: string;
  readonly displayName: string;
  readonly password: string;
  readonly role: Role;
  readonly scope: Scope;
}
export interface AccountChange {
  readonly displayName?: string;
  readonly role?: Role;
  readonly scope?: Scope;
  readonly disabled?: boolean;
}
export type Credentials =
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  | { readonly kind: 'demo'; readonly name: string };

/** Why a session is over. `changed`: the same user may log in again and will see something else. */
export type EndReason = 'logout' | 'expired' | 'disabled' | 'changed' | 'password';
export interface SessionsEnded {
  readonly user: string;
  /** tokenKey() of the one session; null: all sessions of the user. */
  readonly session: string | null;
  readonly reason: EndReason;
}

export function identityOfAccount(account: Account): Identity {
  return { user: account.name, displayName: account.displayName, role: account.role, scope: account.scope };
}

const bad = (reason: string): Problem => new Problem('bad-body', { reason });

/** Letters and digits of any script, then also . _ @ - : at most 64. Has no control character, space, or lone surrogate. */
export function isAccountName(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@-]{0,63}$/u.test(name);
}

const MOST_PASSWORD = 256;

/**
 * What a new password must be. Source: NIST SP 800-63B §5.1.1.2 (length over composition, not the user's name);
 * GB/T 22239-2019 §8.1.4.1 a) asks for complexity: three of four kinds below 16 characters.
 * @throws Problem bad-body
 */
export function checkNewPassword(password: string, name: string): void {
  const length = [...password].length;
  if (length < 10) throw bad(`口令 ${length} 个字符，至少要 10 个`);
  if (password.length > MOST_PASSWORD) throw bad(`口令 ${length} 个字符，至多 ${MOST_PASSWORD} 个`);
  if (name.length > 2 && password.toLowerCase().includes(name.toLowerCase())) throw bad('口令里不能有用户名');
  if (new Set(password).size < 5) throw bad('口令里重复的字符太多，至少要 5 个不同的字符');
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{Ll}\p{Lu}\p{N}]/u].filter((kind) => kind.test(password)).length;
  if (length < 16 && kinds < 3) throw bad('口令不足 16 个字符时，大写、小写、数字、其他字符四类要有三类');
}

function record(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw bad('应为 JSON 对象（Content-Type: application/json）');
  return body as Record<string, unknown>;
}
function only(body: Readonly<Record<string, unknown>>, allowed: readonly string[]): void {
  const other = Object.keys(body).find((key) => !allowed.includes(key));
  if (other !== undefined) throw bad(`不认识的字段 ${other.slice(0, 40)}，可用：${allowed.join('、')}`);
}
function text(body: Readonly<Record<string, unknown>>, key: string, most: number): string {
  const value = body[key];
  if (typeof value !== 'string') throw bad(`${key} 应为文字`);
  if (value.length > most) throw bad(`${key} 有 ${value.length} 个字符，至多 ${most} 个`);
  return value;
}
function displayNameOf(body: Readonly<Record<string, unknown>>): string {
  const name = text(body, 'displayName', 64).normalize('NFC').trim();
  if (name === '' || /[\p{C}]/u.test(name)) throw bad('displayName 不能为空，不能有控制字符');
  return name;
}
function roleOf(value: unknown): Role {
  const role = roles.find((each) => each === value);
  if (!role) throw bad(`role 应为 ${roles.join('、')} 之一`);
  return role;
}

/** @throws Problem bad-body */
export function parseScope(value: unknown): Scope {
  const scope = record(value);
  only(scope, ['adcode', 'departments']);
  if (typeof scope['adcode'] !== 'string' || !/^\d{6}$/.test(scope['adcode'])) throw bad('scope.adcode 应为六位行政区划代码（GB/T 2260）');
  const given = scope['departments'];
  if (given === '*') return { adcode: scope['adcode'], departments: '*' };
  if (!Array.isArray(given)) throw bad(`scope.departments 应为 "*" 或部门列表：${departments.join('、')}`);
  const unknown = given.find((each) => !departments.includes(each));
  if (unknown !== undefined) throw bad(`scope.departments 里没有 ${String(unknown).slice(0, 40)}，可用：${departments.join('、')}`);
  return { adcode: scope['adcode'], departments: [...new Set(given as Department[])].sort() };
}

/** Body of POST /api/accounts. @throws Problem bad-body */
export function parseDraft(body: unknown): AccountDraft {
  const given = record(body);
  only(given, ['name', 'displayName', 'password', 'role', 'scope']);
  const name = text(given, 'name', 64).normalize('NFC').trim();
  if (!isAccountName(name)) throw bad('name 应以文字或数字开头，其后可用文字、数字、. _ @ -，至多 64 个字符');
  const password = text(given, 'password', MOST_PASSWORD);
  checkNewPassword(password, name);
  return { name, displayName: displayNameOf(given), password, role: roleOf(given['role']), scope: parseScope(given['scope']) };
}

/** Body of PATCH /api/accounts/{name}. @throws Problem bad-body */
export function parseChange(body: unknown): AccountChange {
  const given = record(body);
  only(given, ['displayName', 'role', 'scope', 'disabled']);
  if (given['disabled'] !== undefined && typeof given['disabled'] !== 'boolean') throw bad('disabled 应为 true 或 false');
  return {
    ...(given['displayName'] === undefined ? {} : { displayName: displayNameOf(given) }),
    ...(given['role'] === undefined ? {} : { role: roleOf(given['role']) }),
    ...(given['scope'] === undefined ? {} : { scope: parseScope(given['scope']) }),
    ...(given['disabled'] === undefined ? {} : { disabled: given['disabled'] as boolean }),
  };
}

/** Body of POST /api/session: {username, password} or {demo: name}. @throws Problem bad-body */
export function parseCredentials(body: unknown): Credentials {
  const given = record(body);
  if (given['demo'] !== undefined) {
    only(given, ['demo']);
    return { kind: 'demo', name: text(given, 'demo', 128).normalize('NFC') };
  }
  only(given, ['username', 'password']);
  return { kind: 'password', name: text(given, 'username', 128).normalize('NFC').trim(), password: text(given, 'password', 4096) };
}

/** Body of PUT …/password: {password} and, for one's own, {current}. @throws Problem bad-body */
export function parsePasswordChange(body: unknown): { readonly current: string | null; readonly password: string } {
  const given = record(body);
  only(given, ['current', 'password']);
  return {
    current: given['current'] === undefined ? null : text(given, 'current', 4096),
    password: text(given, 'password', MOST_PASSWORD),
  };
}

/** How departments stand in the table: '*' or comma-separated. */
export function departmentsToColumn(value: Scope['departments']): string {
  return value === '*' ? '*' : [...value].sort().join(',');
}
/** Names that are no department (any more) open nothing. */
export function departmentsFromColumn(column: string): Scope['departments'] {
  return column.trim() === '*' ? '*' : departments.filter((each) => column.split(',').includes(each));
}

/** The six of the demonstration: one per role, and one who sees a single city. */
export const demoAccounts: readonly Pick<Account, 'name' | 'displayName' | 'role' | 'scope'>[] = [
  { name: 'demo-leader', displayName: '值班领导', role: 'leader', scope: { adcode: '210000', departments: '*' } },
  {
    name: 'demo-dispatcher',
    displayName: '应急调度员',
    role: 'dispatcher',
    scope: { adcode: '210000', departments: ['emergency', 'forestry', 'ocean', 'transport', 'water'] },
  },
  { name: 'demo-monitor', displayName: '环境监测员', role: 'monitor', scope: { adcode: '210000', departments: ['ecology'] } },
  { name: 'demo-planner', displayName: '城市规划师', role: 'planner', scope: { adcode: '210000', departments: ['planning'] } },
  { name: 'demo-steward', displayName: '数据管理员', role: 'steward', scope: { adcode: '210000', departments: '*' } },
  { name: 'demo-monitor-dalian', displayName: '大连市环境监测员', role: 'monitor', scope: { adcode: '210200', departments: ['ecology'] } },
];
