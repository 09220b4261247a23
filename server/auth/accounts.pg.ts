// Accounts in the database, and the Auth of the house assembled from them: login, sessions, audit.
import { randomBytes } from 'node:crypto';
import type { Identity } from '../../contracts/access.ts';
import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Page } from '../../contracts/wire.ts';
import type { Database, Queryable, Row } from '../database/database.ts';
import type { Auth } from '../house.ts';
import {
  type Account,
  type AccountChange,
  type AccountDraft,
  checkNewPassword,
  demoAccounts,
  departmentsFromColumn,
  departmentsToColumn,
  type EndReason,
  type SessionsEnded,
  type StoredAccount,
} from './accounts.ts';
import { type ApiKeys, openApiKeys } from './api-keys.pg.ts';
import { type Audit, createAudit } from './audit.pg.ts';
import { createLogin, type Login } from './login.ts';
import { createPasswords, NO_PASSWORD, type ScryptCost } from './password.ts';
import { createSessions, type Sessions } from './sessions.pg.ts';

export interface AuthOptions {
  readonly database: Database;
  readonly now: () => Instant;
  readonly warn: (message: string, figures: Readonly<Record<string, unknown>>) => void;
  /** A session ends after so many hours without use. */
  readonly sessionHours?: number;
  readonly random?: (bytes: number) => Buffer;
  /** Cheaper hashes for tests. */
  readonly cost?: ScryptCost;
}
export interface Bootstrap {
  readonly adminPassword: string | null;
  readonly demo: boolean;
}
export interface Bootstrapped {
  /** Set when a password was made up: to be printed once, it stands nowhere else. */
  readonly admin?: { readonly name: string; readonly password: string };
  readonly demo: readonly Account[];
}

/** Auth of the house, and what its own routes need beyond. */
export interface AccountsAuth extends Auth {
  readonly login: Login;
  readonly sessions: Sessions;
  /** Keys for /ogc: nothing else asks them. */
  readonly keys: ApiKeys;
  readonly log: Audit;
  /** Whether the house runs in demo mode, as told at bootstrap. */
  demo(): boolean;
  onSessionsEnded(listener: (ended: SessionsEnded) => void): () => void;
  /** In order of name, after `after`. */
  list(after: string, limit: number): Promise<Page<Account>>;
  listDemo(): Promise<readonly Account[]>;
  get(name: string): Promise<Account | null>;
  /** @throws Problem conflict | bad-body */
  create(draft: AccountDraft): Promise<Account>;
  /** Ends the account's sessions when role, scope or disabled change. @throws Problem not-found | conflict (last admin) */
  update(name: string, change: AccountChange): Promise<Account>;
  /** Ends the account's sessions. @throws Problem not-found | bad-body */
  setPassword(name: string, password: string): Promise<void>;
  /** @throws Problem not-found | conflict (last admin) */
  remove(name: string): Promise<void>;
  /** Makes admin and, with demo, the accounts of the demonstration. A given admin password becomes admin's at each start. */
  bootstrap(options: Bootstrap): Promise<Bootstrapped>;
  /** Flushes the audit. */
  close(): Promise<void>;
}

const columns = `name, display_name, password, role, adcode::text AS adcode, departments, disabled, demo,
                 (extract(epoch FROM created) * 1000)::float8 AS created`;
interface AccountRow extends Row {
  name: string;
  display_name: string;
  password: string;
  role: Account['role'];
  adcode: string;
  departments: string;
  disabled: boolean;
  demo: boolean;
  created: number;
}
function stored(row: AccountRow): StoredAccount {
  return {
    name: row.name,
    displayName: row.display_name,
    password: row.password,
    role: row.role,
    scope: { adcode: row.adcode, departments: departmentsFromColumn(row.departments) },
    disabled: row.disabled,
    demo: row.demo,
    created: row.created,
  };
}
/** The account without its hash: a hash never leaves this file but for the login. */
function withoutPassword({ password: _, ...account }: StoredAccount): Account {
  return account;
}

async function insertAccount(db: Queryable, account: Omit<StoredAccount, 'created' | 'disabled'>): Promise<Account | null> {
  const [row] = await db.query<AccountRow>(
    `INSERT INTO account (name, display_name, password, role, adcode, departments, demo) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (name) DO NOTHING RETURNING ${columns}`,
    [
      account.name,
      account.displayName,
      account.password,
      account.role,
      account.scope.adcode,
      departmentsToColumn(account.scope.departments),
      account.demo,
    ],
  );
  return row ? withoutPassword(stored(row)) : null;
}
/** Locks the enabled administrators and refuses when none would be left. Two removals at once wait for each other here. */
async function keepAnAdmin(tx: Queryable, name: string): Promise<void> {
  const admins = await tx.query<{ name: string }>(
    "SELECT name FROM account WHERE role = 'admin' AND NOT disabled AND NOT demo ORDER BY name FOR UPDATE",
  );
  if (admins.length === 1 && admins[0]?.name === name) throw new Problem('conflict', { what: `${name} 是最后一个可用的系统管理账号` });
}

/** Assembles login, sessions, accounts and audit over one database. */
export function createAuth(options: AuthOptions): AccountsAuth {
  const { database, now, warn, sessionHours = 12, random = randomBytes, cost } = options;
  let demoMode = false;
  const passwords = createPasswords({ random, ...(cost ? { cost } : {}) });
  const log = createAudit({ database, now, warn });
  const sessions = createSessions({ database, now, hours: sessionHours, random, demo: () => demoMode });

  const keys = openApiKeys(database, now);

  async function find(name: string): Promise<StoredAccount | null> {
    const [row] = await database.query<AccountRow>(`SELECT ${columns} FROM account WHERE name = $1`, [name], 'account-find');
    return row ? stored(row) : null;
  }
  const login = createLogin({
    now,
    passwords,
    find,
    open: (account) => sessions.open(account),
    keepHash: async (name, old, hash) => {
      await database.query('UPDATE account SET password = $3 WHERE name = $1 AND password = $2', [name, old, hash]);
    },
    demo: () => demoMode,
    audit: log.audit,
  });
  const sweeping = setInterval(() => void sessions.sweep().catch(() => undefined), 3_600_000);
  sweeping.unref();

  /** Runs a change and, in the same transaction, ends the sessions that were opened before it. */
  async function changing<T>(name: string, work: (tx: Queryable) => Promise<{ result: T; ends: EndReason | null }>): Promise<T> {
    const { result, ends } = await database.transaction(async (tx) => {
      const outcome = await work(tx);
      if (outcome.ends) await tx.query('DELETE FROM session WHERE account = $1', [name]);
      return outcome;
    });
    if (ends) sessions.ended(name, ends);
    return result;
  }

  async function listDemo(): Promise<readonly Account[]> {
    if (!demoMode) return [];
    const rows = await database.query<AccountRow>(`SELECT ${columns} FROM account WHERE demo AND NOT disabled ORDER BY created, name`);
    return rows.map((row) => withoutPassword(stored(row)));
  }

  async function bootstrapAdmin(adminPassword: string | null): Promise<Bootstrapped['admin']> {
    const existing = await find('admin');
    if (!existing) {
      const password = adminPassword ?? Buffer.from(random(15)).toString('base64url');
      const account = {
        name: 'admin',
        displayName: '系统管理员',
        role: 'admin',
        scope: { adcode: '210000', departments: '*' },
        demo: false,
      } as const;
      await insertAccount(database, { ...account, password: await passwords.hash(password) });
      if (adminPassword === null) return { name: 'admin', password };
    } else if (adminPassword !== null && !(await passwords.verify(adminPassword, existing.password)).matches) {
      const hash = await passwords.hash(adminPassword);
      await changing('admin', async (tx) => {
        await tx.query('UPDATE account SET password = $2 WHERE name = $1', ['admin', hash]);
        return { result: null, ends: 'password' };
      });
      log.audit({ identity: null, address: null, act: 'write', target: 'account/admin', detail: { password: 'ADMIN_PASSWORD' } });
    }
    if (adminPassword !== null) {
      // The operator's word counts, at their own risk.
      try {
        checkNewPassword(adminPassword, 'admin');
      } catch (error) {
        warn('ADMIN_PASSWORD is weak', { reason: error instanceof Problem ? error.details['reason'] : String(error) });
      }
    }
    return undefined;
  }

  return {
    login,
    sessions,
    keys,
    log,
    audit: log.audit,
    demo: () => demoMode,
    onSessionsEnded: (listener) => sessions.onEnded(listener),
    async authenticate(token): Promise<Identity | null> {
      return (await sessions.find(token))?.identity ?? null;
    },
    async list(after, limit) {
      const rows = await database.query<AccountRow>(`SELECT ${columns} FROM account WHERE name > $1 ORDER BY name LIMIT $2`, [
        after,
        limit + 1,
      ]);
      const items = rows.slice(0, limit).map((row) => withoutPassword(stored(row)));
      return { items, numberReturned: items.length, next: rows.length > limit ? (items.at(-1)?.name ?? null) : null };
    },
    listDemo,
    async get(name) {
      const account = await find(name);
      return account ? withoutPassword(account) : null;
    },
    async create(draft) {
      checkNewPassword(draft.password, draft.name);
      const account = await insertAccount(database, { ...draft, password: await passwords.hash(draft.password), demo: false });
      if (!account) throw new Problem('conflict', { what: `账号 ${draft.name} 已存在` });
      return account;
    },
    update(name, change) {
      return changing(name, async (tx) => {
        if (change.disabled === true || (change.role !== undefined && change.role !== 'admin')) await keepAnAdmin(tx, name);
        const [row] = await tx.query<AccountRow>(`SELECT ${columns} FROM account WHERE name = $1 FOR UPDATE`, [name]);
        if (!row) throw new Problem('not-found', { what: `账号 ${name}` });
        const before = stored(row);
        const after = { ...before, ...change };
        await tx.query('UPDATE account SET display_name = $2, role = $3, adcode = $4, departments = $5, disabled = $6 WHERE name = $1', [
          name,
          after.displayName,
          after.role,
          after.scope.adcode,
          departmentsToColumn(after.scope.departments),
          after.disabled,
        ]);
        const rights = (account: Account): string =>
          `${account.role} ${account.scope.adcode} ${departmentsToColumn(account.scope.departments)} ${account.displayName}`;
        const ends = after.disabled && !before.disabled ? 'disabled' : rights(after) !== rights(before) ? 'changed' : null;
        return { result: withoutPassword(after), ends };
      });
    },
    async setPassword(name, password) {
      checkNewPassword(password, name);
      const hash = await passwords.hash(password);
      await changing(name, async (tx) => {
        const rows = await tx.query('UPDATE account SET password = $2 WHERE name = $1 RETURNING name', [name, hash]);
        if (rows.length === 0) throw new Problem('not-found', { what: `账号 ${name}` });
        return { result: null, ends: 'password' };
      });
    },
    async remove(name) {
      await changing(name, async (tx) => {
        await keepAnAdmin(tx, name);
        const rows = await tx.query('DELETE FROM account WHERE name = $1 RETURNING name', [name]);
        if (rows.length === 0) throw new Problem('not-found', { what: `账号 ${name}` });
        return { result: null, ends: 'disabled' };
      });
    },
    async bootstrap({ adminPassword, demo }) {
      demoMode = demo;
      await sessions.sweep();
      // Set to nothing means not set: an empty password opens to everybody.
      const admin = await bootstrapAdmin(adminPassword || null);
      if (demo) for (const account of demoAccounts) await insertAccount(database, { ...account, password: NO_PASSWORD, demo: true });
      else await database.query('DELETE FROM session USING account WHERE account.name = session.account AND account.demo');
      return { ...(admin ? { admin } : {}), demo: demo ? await listDemo() : [] };
    },
    async close() {
      clearInterval(sweeping);
      // What was counted is lost where the database is away: statistics, not rights.
      await keys.flush().catch(() => undefined);
      await log.close();
    },
  };
}
