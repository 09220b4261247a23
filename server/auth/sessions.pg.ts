// Sessions in the database, with a cache in the process: a request does not wait for a query, and reading goes on while the database is away.
import { randomBytes } from 'node:crypto';
import type { Identity } from '../../contracts/access.ts';
import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Database } from '../database/database.ts';
import { type Account, departmentsFromColumn, type EndReason, identityOfAccount, type SessionsEnded } from './accounts.ts';
import { isToken, TOKEN_BYTES, tokenHash, tokenKey } from './token.ts';

/** How old what we know of a session may be. Changes made in this process take effect at once; this is for changes made past it. */
const FRESH_MS = 30_000;
/** How often the database is asked again while it is away. */
const RETRY_MS = 5_000;
/** `seen` and `expires` are written at most this often per session. */
const SLIDE_EVERY_MS = 60_000;
const CAP_MS = 7 * 24 * 3_600_000;
const MOST_CACHED = 20_000;

export interface SessionOptions {
  readonly database: Database;
  readonly now: () => Instant;
  /** A session ends after so many hours without use. */
  readonly hours: number;
  readonly random?: (bytes: number) => Buffer;
  /** Whether accounts of the demonstration count. */
  readonly demo: () => boolean;
}
export interface OpenSession {
  readonly token: string;
  readonly expires: Instant;
}
export interface Sessions {
  open(account: Account): Promise<OpenSession>;
  /** null: no such session. @throws Problem database-unavailable when it is not known here and cannot be asked for */
  find(token: string): Promise<{ readonly identity: Identity; readonly expires: Instant } | null>;
  /** Ends one session; returns whose it was. */
  close(token: string): Promise<Identity | null>;
  /** Called after the rows are gone: forgets them here and tells the listeners. */
  ended(user: string, reason: EndReason): void;
  onEnded(listener: (ended: SessionsEnded) => void): () => void;
  /** Removes expired rows; returns how many. */
  sweep(): Promise<number>;
}

interface Known {
  readonly identity: Identity;
  readonly expires: Instant;
  checked: Instant;
}
interface SessionRow extends Record<string, unknown> {
  created: number;
  seen: number;
  expires: number;
  name: string;
  display_name: string;
  role: Account['role'];
  adcode: string;
  departments: string;
  disabled: boolean;
  demo: boolean;
}

/** When a session used at `now` ends: so many hours later, at most 7 days after it began. A leader's, shown on the wall, lives as long as it is used. */
export function slidExpiry(role: string, created: Instant, now: Instant, hours: number): Instant {
  const slid = now + hours * 3_600_000;
  return role === 'leader' ? slid : Math.min(slid, created + CAP_MS);
}

export function createSessions(options: SessionOptions): Sessions {
  const { database, now: clock, hours, random = randomBytes, demo } = options;
  const known = new Map<string, Known>();
  const reading = new Map<string, Promise<Known | null>>();
  const listeners = new Set<(ended: SessionsEnded) => void>();
  /** Counts what ended: an answer that was under way when something ended is not remembered. */
  let endings = 0;

  function remember(key: string, session: Known): void {
    known.delete(key);
    known.set(key, session);
    if (known.size > MOST_CACHED) {
      const oldest = known.keys().next().value;
      if (oldest !== undefined) known.delete(oldest);
    }
  }
  function tell(ended: SessionsEnded): void {
    for (const listener of listeners) listener(ended);
  }
  function endSomething(): void {
    endings += 1;
    // Whoever asks from now on does not join an answer that began before.
    reading.clear();
  }
  function forget(key: string, reason: EndReason): void {
    const session = known.get(key);
    endSomething();
    known.delete(key);
    if (session) tell({ user: session.identity.user, session: key, reason });
  }

  async function read(token: string, key: string): Promise<Known | null> {
    const now = clock();
    const endingsBefore = endings;
    const [row] = await database.query<SessionRow>(
      `SELECT (extract(epoch FROM s.created) * 1000)::float8 AS created, (extract(epoch FROM s.seen) * 1000)::float8 AS seen,
              (extract(epoch FROM s.expires) * 1000)::float8 AS expires,
              a.name, a.display_name, a.role, a.adcode::text AS adcode, a.departments, a.disabled, a.demo
         FROM session s JOIN account a ON a.name = s.account
        WHERE s.token_hash = $1`,
      [tokenHash(token)],
      'session-find',
    );
    if (!row || row.disabled || row.expires <= now || (row.demo && !demo())) {
      forget(key, row?.disabled ? 'disabled' : 'expired');
      return null;
    }
    const slid = slidExpiry(row.role, row.created, now, hours);
    let expires = row.expires;
    if (now - row.seen >= SLIDE_EVERY_MS) {
      expires = Math.max(expires, slid);
      await database.query(
        'UPDATE session SET seen = $2, expires = GREATEST(expires, $3) WHERE token_hash = $1',
        [tokenHash(token), new Date(now), new Date(slid)],
        'session-slide',
      );
    }
    const identity = identityOfAccount({
      name: row.name,
      displayName: row.display_name,
      role: row.role,
      scope: { adcode: row.adcode, departments: departmentsFromColumn(row.departments) },
      disabled: row.disabled,
      demo: row.demo,
      created: row.created,
    });
    const session: Known = { identity, expires, checked: now };
    if (endings === endingsBefore) remember(key, session);
    return session;
  }

  async function find(token: string): Promise<Known | null> {
    if (!isToken(token)) return null;
    const key = tokenKey(token);
    const now = clock();
    const session = known.get(key);
    // While the database is away, what was known last counts, and nobody waits for a time-out.
    if (session && session.expires > now && (now - session.checked < FRESH_MS || !database.state().up)) return session;
    let answer = reading.get(key);
    if (!answer) {
      const started = read(token, key).finally(() => {
        if (reading.get(key) === started) reading.delete(key);
      });
      reading.set(key, started);
      answer = started;
    }
    try {
      return await answer;
    } catch (error) {
      const away = error instanceof Problem && error.status === 503;
      // Only what is still remembered: whatever ended meanwhile is not.
      const last = known.get(key);
      if (!away || !last || last.expires <= now) throw error;
      last.checked = now - FRESH_MS + RETRY_MS;
      return last;
    }
  }

  return {
    async open(account) {
      const now = clock();
      const token = Buffer.from(random(TOKEN_BYTES)).toString('base64url');
      const expires = slidExpiry(account.role, now, now, hours);
      // Only while the account is still what was just checked: it may have been disabled in between.
      const rows = await database.query(
        `INSERT INTO session (token_hash, account, created, seen, expires)
         SELECT $1, name, $3, $3, $4 FROM account WHERE name = $2 AND NOT disabled RETURNING account`,
        [tokenHash(token), account.name, new Date(now), new Date(expires)],
        'session-open',
      );
      if (rows.length === 0) throw new Problem('bad-credentials');
      return { token, expires };
    },
    find,
    async close(token) {
      if (!isToken(token)) return null;
      const session = await find(token).catch(() => null);
      await database.query('DELETE FROM session WHERE token_hash = $1', [tokenHash(token)], 'session-close');
      forget(tokenKey(token), 'logout');
      return session?.identity ?? null;
    },
    ended(user, reason) {
      endSomething();
      for (const [key, session] of known) if (session.identity.user === user) known.delete(key);
      tell({ user, session: null, reason });
    },
    onEnded(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async sweep() {
      const now = clock();
      for (const [key, session] of known) if (session.expires <= now) forget(key, 'expired');
      const rows = await database.query('DELETE FROM session WHERE expires <= $1 RETURNING account', [new Date(now)]);
      return rows.length;
    },
  };
}
