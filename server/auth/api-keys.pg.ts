// Keys in the database, with a short cache in the process, and what they use: counted in memory, written every second.
//
// Changes of a key (revoked, another quota) made in this process take effect at once, made elsewhere within FRESH_MS. With several servers each
// counts the minute for itself, and the day from what all have written.
import { randomBytes } from 'node:crypto';
import type { Department, Identity } from '../../contracts/access.ts';
import type { AdCode } from '../../contracts/geo.ts';
import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Database, Queryable } from '../database/database.ts';
import { departmentsFromColumn, departmentsToColumn } from './accounts.ts';
import { apiKeyHash, apiKeyHint, apiKeyOf, dayOf, isApiKey, KEY_BYTES, type Quota, spend, type Tally } from './api-key.ts';

const FRESH_MS = 5_000;
const FLUSH_MS = 1_000;
const MOST_CACHED = 10_000;

/** Who asks by a key: reads, and of these layers alone. */
export interface KeyIdentity {
  readonly identity: Identity;
  readonly layers: ReadonlySet<string>;
}
export interface KeyDraft extends Quota {
  readonly request: number | null;
  readonly name: string;
  readonly layers: readonly string[];
  readonly adcode: AdCode;
  readonly departments: readonly Department[];
  /** By layer; a layer that is not named: all of its attributes. */
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
  readonly expires: Instant;
}
export interface ApiKeys {
  /** Makes a key: the only time that it is seen. */
  issue(tx: Queryable, draft: KeyDraft): Promise<{ readonly id: number; readonly key: string }>;
  /**
   * A new key in the place of one: quota, statistics and expiry stay. The old one is good until `graceUntil` at the latest; one that was changed
   * before it is not good any more. @throws Problem conflict for a key that is stopped or has run out, not-found
   */
  rotate(id: number, graceUntil: Instant): Promise<string>;
  /** Counts one request. `layer`: the one it names, or ''. @throws Problem unauthenticated | over-quota | database-unavailable */
  use(key: string, layer: string): Promise<KeyIdentity & { readonly id: number }>;
  /** What an answer was: of which layer ('' none or several), how big. `id` 0: a visitor without a key. */
  record(id: number, layer: string, bytes: number, refused: boolean): void;
  /** Forgets what is known of keys: one was changed. */
  changed(): void;
  /** Writes what was counted. */
  flush(): Promise<void>;
}

interface Known extends KeyIdentity, Quota {
  readonly id: number;
  readonly checked: Instant;
  readonly expires: Instant;
}
type KeyRow = {
  readonly id: number;
  readonly name: string;
  readonly layers: readonly string[];
  readonly adcode: string;
  readonly departments: string;
  readonly per_day: number;
  readonly per_minute: number;
  readonly expires: number;
  readonly used: number;
};

export function openApiKeys(database: Database, now: () => Instant): ApiKeys {
  const known = new Map<string, Known>();
  const tallies = new Map<number, Tally>();
  /** How often a key was changed: what was read before is not kept after. */
  let changes = 0;
  let waiting = new Map<string, { id: number; layer: string; day: string; requests: number; refused: number; bytes: number }>();
  let timer: ReturnType<typeof setTimeout> | null = null;

  async function read(key: string): Promise<Known | null> {
    const at = now();
    const [row] = await database.query<KeyRow>(
      `SELECT id, name, layers, adcode::text AS adcode, departments, per_day, per_minute,
         (extract(epoch FROM CASE WHEN key_hash = $1 THEN expires ELSE least(expires, previous_until) END) * 1000)::float8 AS expires,
         coalesce((SELECT sum(requests) FROM api_usage WHERE api_key = id AND day = $2::date), 0)::int AS used
       FROM api_key WHERE (key_hash = $1 OR previous_hash = $1) AND revoked IS NULL`,
      [apiKeyHash(key), dayOf(at)],
      'api-key-find',
    );
    if (!row) return null;
    const tally = tallies.get(row.id);
    if (!tally) tallies.set(row.id, { day: dayOf(at), usedToday: row.used, minute: 0, usedThisMinute: 0 });
    else if (tally.day === dayOf(at)) tally.usedToday = Math.max(tally.usedToday, row.used);
    return {
      ...{ id: row.id, layers: new Set(row.layers), perDay: row.per_day, perMinute: row.per_minute, checked: at, expires: row.expires },
      identity: {
        ...{ user: `key-${row.id}`, displayName: row.name, role: 'leader', machine: true },
        scope: { adcode: row.adcode, departments: departmentsFromColumn(row.departments) },
      },
    };
  }
  /** One writing after the other: whoever asks for it has also what another is just writing. */
  let writing: Promise<void> = Promise.resolve();
  function flush(): Promise<void> {
    writing = writing.catch(() => undefined).then(write);
    return writing;
  }
  async function write(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    if (waiting.size === 0) return;
    const rows = [...waiting.values()];
    waiting = new Map();
    try {
      await database.query(
        `INSERT INTO api_usage (api_key, layer, day, requests, refused, bytes)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::date[], $4::int[], $5::int[], $6::bigint[])
         ON CONFLICT (api_key, layer, day) DO UPDATE SET requests = api_usage.requests + excluded.requests,
           refused = api_usage.refused + excluded.refused, bytes = api_usage.bytes + excluded.bytes`,
        [
          ...[rows.map((row) => row.id), rows.map((row) => row.layer), rows.map((row) => row.day)],
          ...[rows.map((row) => row.requests), rows.map((row) => row.refused), rows.map((row) => row.bytes)],
        ],
        'api-usage',
      );
    } catch (error) {
      // Counted again with the next ones: statistics wait for the database.
      for (const row of rows) add(row);
      throw error;
    }
  }
  function add(row: { id: number; layer: string; day: string; requests: number; refused: number; bytes: number }): void {
    const name = `${row.id}|${row.day}|${row.layer}`;
    const sum = waiting.get(name);
    if (!sum) waiting.set(name, { ...row });
    else {
      sum.requests += row.requests;
      sum.refused += row.refused;
      sum.bytes += row.bytes;
    }
  }

  return {
    async issue(tx, draft) {
      const key = apiKeyOf(randomBytes(KEY_BYTES));
      const [row] = await tx.query<{ id: number }>(
        `INSERT INTO api_key (key_hash, hint, request, name, layers, adcode, departments, per_day, per_minute, created, expires, attributes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
        [
          ...[apiKeyHash(key), apiKeyHint(key), draft.request, draft.name, [...draft.layers], draft.adcode],
          ...[departmentsToColumn([...draft.departments]), draft.perDay, draft.perMinute, new Date(now()), new Date(draft.expires)],
          JSON.stringify(draft.attributes ?? {}),
        ],
      );
      return { id: Number(row?.id), key };
    },
    async rotate(id, graceUntil) {
      const key = apiKeyOf(randomBytes(KEY_BYTES));
      const rows = await database.query(
        `UPDATE api_key SET previous_hash = key_hash, previous_until = $4, key_hash = $2, hint = $3, rotated = $5
         WHERE id = $1 AND revoked IS NULL AND expires > $5 RETURNING id`,
        [id, apiKeyHash(key), apiKeyHint(key), new Date(graceUntil), new Date(now())],
      );
      this.changed();
      if (rows.length > 0) return key;
      const [known] = await database.query('SELECT FROM api_key WHERE id = $1', [id]);
      throw known
        ? new Problem('conflict', { what: `密钥 ${id} 已停用或已过期，请重新申请` })
        : new Problem('not-found', { what: `密钥 ${id}` });
    },
    async use(key, layer) {
      if (!isApiKey(key)) throw new Problem('unauthenticated');
      const name = apiKeyHash(key).toString('base64url');
      let found = known.get(name) ?? null;
      if (!found || now() - found.checked >= FRESH_MS) {
        const asked = changes;
        found = await read(key);
        known.delete(name);
        if (found && asked === changes) known.set(name, found);
        const oldest = known.size > MOST_CACHED ? known.keys().next().value : undefined;
        if (oldest !== undefined) known.delete(oldest);
      }
      if (!found || found.expires <= now()) throw new Problem('unauthenticated');
      const tally = tallies.get(found.id) as Tally;
      try {
        spend(tally, found, now());
      } catch (error) {
        this.record(found.id, found.layers.has(layer) ? layer : '', 0, true);
        throw error;
      }
      return found;
    },
    record(id, layer, bytes, refused) {
      add({ id, layer, day: dayOf(now()), requests: refused ? 0 : 1, refused: refused ? 1 : 0, bytes });
      if (timer) return;
      timer = setTimeout(() => void flush().catch(() => undefined), FLUSH_MS);
      timer.unref();
    },
    changed() {
      changes += 1;
      known.clear();
    },
    flush,
  };
}
