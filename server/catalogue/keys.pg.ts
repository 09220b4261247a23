// Keys as their stewards and their holders see them: what they may read, their quotas, what they used; stopping them and changing them for new ones.
import { type Department, departments as everyDepartment } from '../../contracts/access.ts';
import type { ApiKeyEntry, UsageGroup, UsageRow, UsageSum } from '../../contracts/catalogue-access.ts';
import type { Instant } from '../../contracts/observation.ts';
import { timeText } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { apiKeyHash, dayOf, isApiKey } from '../auth/api-key.ts';
import type { ApiKeys } from '../auth/api-keys.pg.ts';
import type { Database, Row } from '../database/database.ts';
import { type Care, careClause, careValues } from './care.ts';

interface KeyRow extends Row {
  id: number;
  hint: string;
  name: string;
  layers: string[];
  attributes: Readonly<Record<string, readonly string[]>>;
  adcode: string;
  departments: string;
  per_day: number;
  per_minute: number;
  created: Date;
  expires: Date;
  revoked: Date | null;
  revoked_why: string;
  rotated: Date | null;
  previous_until: Date | null;
  used: number;
  refused: number;
  matched: number;
}
const stamp = (date: Date | null): string | null => (date === null ? null : timeText(date.getTime()));

/** Titles stand with the catalogue: whoever shows the entry fills them in. */
function entryOf(row: KeyRow): Omit<ApiKeyEntry, 'titles'> {
  return {
    ...{ id: row.id, hint: row.hint, name: row.name, layers: row.layers, area: row.adcode },
    attributes: Object.fromEntries(row.layers.map((layer) => [layer, row.attributes[layer] ?? null])),
    ...{ perDay: row.per_day, perMinute: row.per_minute, usedToday: row.used, refusedToday: row.refused },
    ...{ created: timeText(row.created.getTime()), expires: timeText(row.expires.getTime()) },
    ...{ revoked: stamp(row.revoked), revokedWhy: row.revoked_why, rotated: stamp(row.rotated), previousUntil: stamp(row.previous_until) },
  };
}

/** Of one key, or of what is looked after. */
export interface UsageQuestion {
  readonly days: number;
  readonly by: UsageGroup;
  readonly key: number | null;
  readonly layer: string | null;
  readonly offset: number;
  readonly limit: number;
}
export interface KeyUse {
  readonly rows: readonly UsageRow[];
  readonly numberMatched: number;
  readonly total: UsageSum;
}
export interface Keys {
  /** Newest first. `q`: part of the name, of a layer's id, or how the key begins. */
  list(
    departments: '*' | readonly Department[],
    page: { readonly q: string; readonly offset: number; readonly limit: number },
  ): Promise<{ readonly keys: readonly Omit<ApiKeyEntry, 'titles'>[]; readonly numberMatched: number }>;
  /** null: there is none, or not one that these departments look after. */
  get(id: number, departments: '*' | readonly Department[]): Promise<Omit<ApiKeyEntry, 'titles'> | null>;
  /** @throws Problem not-found */
  change(id: number, change: { revoked?: true; reason?: string; perDay?: number; perMinute?: number }): Promise<void>;
  /** A new key in the place of the old, which is good until `graceUntil`. @throws Problem conflict for one that is stopped or has run out */
  rotate(id: number, graceUntil: Instant): Promise<string>;
  /** Whose key a text is. `current` false: it was changed for another and is in its last hours. Also of one that is stopped. null: no key. */
  holder(key: string): Promise<{ readonly id: number; readonly current: boolean } | null>;
  /** `care` null: whoever holds the key asks. The newest day first, then what was called most. */
  usage(question: UsageQuestion, care: Care | null): Promise<KeyUse>;
}

const groups: Readonly<Record<UsageGroup, readonly ('key' | 'layer' | 'day')[]>> = {
  row: ['key', 'layer', 'day'],
  day: ['day'],
  key: ['key'],
  layer: ['layer'],
};
const columns = { key: 'api_key AS key', layer: 'layer', day: "to_char(day, 'YYYY-MM-DD') AS day" } as const;

/** A key of several departments is looked after by who has all of them. */
const LOOKED_AFTER = `($1::text[] IS NULL OR (departments <> '*' AND departments <> '' AND string_to_array(departments, ',') <@ $1::text[]))`;
const departmentValues = (of: '*' | readonly Department[]): readonly string[] | null => (of === '*' ? null : [...of]);

export function openKeys(database: Database, keys: ApiKeys, now: () => Instant): Keys {
  const SELECT = `SELECT api_key.*, api_key.adcode::text AS adcode, coalesce(u.used, 0)::int AS used, coalesce(u.refused, 0)::int AS refused,
      count(*) OVER ()::int AS matched FROM api_key
    LEFT JOIN LATERAL (SELECT sum(requests) AS used, sum(refused) AS refused FROM api_usage
      WHERE api_usage.api_key = api_key.id AND day = $2::date) AS u ON true WHERE ${LOOKED_AFTER}`;
  return {
    async list(departments, { q, offset, limit }) {
      const values = [departmentValues(departments), dayOf(now()), q.toLowerCase()];
      const where = `($3::text = '' OR strpos(lower(name || E'\\n' || hint || E'\\n' || array_to_string(layers, E'\\n')), $3) > 0)`;
      const rows = await database.query<KeyRow>(`${SELECT} AND ${where} ORDER BY id DESC OFFSET $4 LIMIT $5`, [
        ...values,
        offset,
        limit + 1,
      ]);
      return { keys: rows.map(entryOf), numberMatched: rows[0]?.matched ?? 0 };
    },
    async get(id, departments) {
      const [row] = await database.query<KeyRow>(`${SELECT} AND id = $3`, [departmentValues(departments), dayOf(now()), id]);
      return row ? entryOf(row) : null;
    },
    async change(id, { revoked, reason, perDay, perMinute }) {
      const rows = await database.query(
        `UPDATE api_key SET revoked = CASE WHEN $2 THEN coalesce(revoked, $5) ELSE revoked END,
           revoked_why = CASE WHEN $2 AND revoked IS NULL THEN $6 ELSE revoked_why END,
           per_day = coalesce($3, per_day), per_minute = coalesce($4, per_minute) WHERE id = $1 RETURNING id`,
        [id, revoked === true, perDay ?? null, perMinute ?? null, new Date(now()), reason?.trim() ?? ''],
      );
      if (rows.length === 0) throw new Problem('not-found', { what: `密钥 ${id}` });
      keys.changed();
    },
    rotate: (id, graceUntil) => keys.rotate(id, graceUntil),
    async holder(key) {
      if (!isApiKey(key)) return null;
      const [row] = await database.query<{ id: number; current: boolean }>(
        'SELECT id, key_hash = $1 AS current FROM api_key WHERE key_hash = $1 OR (previous_hash = $1 AND previous_until > $2)',
        [apiKeyHash(key), new Date(now())],
      );
      return row ? { id: Number(row.id), current: row.current } : null;
    },
    async usage({ days, by, key, layer, offset, limit }, care) {
      await keys.flush();
      const group = groups[by];
      const order = [...(group.includes('day') ? ['day DESC'] : []), 'requests DESC', 'refused DESC', ...group];
      const rows = await database.query<UsageRow & Row & { sums: UsageSum; matched: number; users: string | null }>(
        `WITH counted AS MATERIALIZED (
           SELECT api_key, layer, day, requests, refused, bytes FROM api_usage
           WHERE day > $1::date - $2::int AND ($3::bigint IS NULL OR api_key = $3) AND ($4::text IS NULL OR layer = $4) AND ${care ? careClause('layer', 7) : 'true'}
         ), summed AS (
           SELECT ${group.map((one) => columns[one]).join(', ')}, sum(requests)::float8 AS requests, sum(refused)::float8 AS refused, sum(bytes)::float8 AS bytes
           FROM counted GROUP BY ${group.map((one) => (one === 'key' ? 'api_key' : `counted.${one}`)).join(', ')}
         ), page AS (SELECT * FROM summed ORDER BY ${order.join(', ')} OFFSET $5 LIMIT $6)
         SELECT page.*${by === 'row' || by === 'key' ? ', (SELECT name FROM api_key WHERE id = page.key) AS users' : ''},
           (SELECT count(*)::int FROM summed) AS matched,
           (SELECT jsonb_build_object('requests', sum(requests), 'refused', sum(refused), 'bytes', sum(bytes)) FROM counted) AS sums FROM page
         ORDER BY ${order.join(', ')}`,
        [dayOf(now()), days, key, layer, offset, limit + 1, ...(care ? careValues(care) : [])],
      );
      return {
        rows: rows.map(({ sums: _sums, matched: _matched, users, ...row }) => ({
          ...row,
          ...('key' in row ? { key: Number(row.key), name: users ?? '' } : {}),
        })),
        numberMatched: rows[0]?.matched ?? 0,
        total: rows[0]?.sums ?? { requests: 0, refused: 0, bytes: 0 },
      };
    },
  };
}

/** Whom a key belongs to, for lists: `*` for who approves everything. */
export function departmentsOfCare(care: Care): '*' | readonly Department[] {
  return care.everything ? '*' : everyDepartment.filter((one) => care.departments.includes(one));
}
