// Applications for layers: handed in by an account or a visitor, decided by who looks after the layer, ending in a key with a quota.
import { randomBytes } from 'node:crypto';
import type { Department, Identity } from '../../contracts/access.ts';
import type { AccessRequest, ApiKeyEntry, UsageRow } from '../../contracts/catalogue-routes.ts';
import { timeText } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { layersById } from '../../geo-services/one-map/index.ts';
import { departmentsFromColumn } from '../auth/accounts.ts';
import { dayOf } from '../auth/api-key.ts';
import type { ApiKeys } from '../auth/api-keys.pg.ts';
import type { Database, Row } from '../database/database.ts';

export interface RequestDraft {
  readonly layer: string;
  readonly purpose: string;
  readonly wished: { readonly attributes?: readonly string[]; readonly area?: string };
  readonly account: string | null;
  readonly name: string;
  readonly organisation: string;
  readonly contact: string;
  readonly address: string | null;
}
export interface Decision {
  readonly approve: boolean;
  readonly reason: string;
  readonly perDay: number;
  readonly perMinute: number;
  readonly days: number;
  readonly area: string;
}
/** One address hands in so many a day. */
const MOST_A_DAY = 20;

interface RequestRow extends Row {
  id: number;
  /** Of a brought-in layer. */
  title: string | null;
  number: string;
  layer: string;
  purpose: string;
  wished: AccessRequest['wished'];
  account: string | null;
  name: string;
  organisation: string;
  contact: string;
  created: Date;
  state: AccessRequest['state'];
  decided_by: string | null;
  decided: Date | null;
  reason: string;
}
interface KeyRow extends Row {
  id: number;
  hint: string;
  name: string;
  layers: string[];
  adcode: string;
  departments: string;
  per_day: number;
  per_minute: number;
  created: Date;
  expires: Date;
  revoked: Date | null;
  used: number;
  refused: number;
}
const stamp = (date: Date | null): string | null => (date === null ? null : timeText(date.getTime()));

const declared = layersById();
const layerTitle = (id: string): string => declared.get(id)?.title.zh ?? id;

function requestOf(row: RequestRow): AccessRequest {
  const { id, number, layer, purpose, wished, account, name, organisation, contact, state, reason } = row;
  return {
    ...{ id, number, layer, title: row.title ?? layerTitle(layer), purpose, wished, account, name, organisation, contact, state, reason },
    ...{ created: timeText(row.created.getTime()), decidedBy: row.decided_by, decided: stamp(row.decided) },
  };
}
export interface KeyOfDepartments {
  readonly entry: ApiKeyEntry;
  readonly departments: readonly Department[];
}
function keyOf(row: KeyRow): KeyOfDepartments {
  const departments = departmentsFromColumn(row.departments);
  return {
    departments: departments === '*' ? [] : departments,
    entry: {
      ...{ id: row.id, hint: row.hint, name: row.name, layers: row.layers, area: row.adcode },
      ...{ perDay: row.per_day, perMinute: row.per_minute, usedToday: row.used, refusedToday: row.refused },
      ...{ created: timeText(row.created.getTime()), expires: timeText(row.expires.getTime()), revoked: stamp(row.revoked) },
    },
  };
}

export interface Requests {
  /** @throws Problem over-quota when this address has handed in too many today */
  submit(draft: RequestDraft): Promise<{ readonly number: string; readonly state: 'pending' }>;
  /** Newest first, of these layers or of this account; up to limit + 1. */
  list(
    of: { layers: readonly string[] } | { account: string },
    state: string | null,
    before: number | null,
    limit: number,
  ): Promise<AccessRequest[]>;
  get(id: number): Promise<AccessRequest | null>;
  byNumber(number: string): Promise<(AccessRequest & { readonly keyHint: string | null }) | null>;
  /** @throws Problem conflict when it is decided already */
  decide(
    identity: Identity,
    request: AccessRequest,
    department: Department,
    decision: Decision,
  ): Promise<{ key: string | null; keyId: number | null }>;
  /** Newest first. */
  /** The newest, or the one with the id. */
  keys(id?: number): Promise<KeyOfDepartments[]>;
  /** @throws Problem not-found */
  changeKey(id: number, change: { revoked?: true; perDay?: number; perMinute?: number }): Promise<void>;
  usage(days: number, key: number | null, layer: string | null): Promise<UsageRow[]>;
  /** Of all keys and visitors together, by day and layer: as many rows as days times layers, whatever the number of keys. */
  usageOfAll(days: number): Promise<Omit<UsageRow, 'key' | 'refused'>[]>;
}

export function openRequests(database: Database, keys: ApiKeys, now: () => number): Requests {
  const SELECT = `SELECT access_request.*, (SELECT title_zh FROM layer WHERE layer.id = access_request.layer) AS title FROM access_request`;
  /** SQ-20261124-K3XQ7M2P: 40 random bits behind the day, without letters that look alike. */
  function numberNow(): string {
    const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
    return `SQ-${dayOf(now()).replaceAll('-', '')}-${[...randomBytes(10)].map((byte) => letters[byte % 32]).join('')}`;
  }
  return {
    async submit(draft) {
      const since = new Date(now() - 86_400_000);
      const number = numberNow();
      await database.transaction(async (tx) => {
        // One address after the other with itself: many at once would each count what was there before all of them.
        await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('access-request ' || $1::text, 0))`, [draft.address ?? '']);
        const [row] = await tx.query<{ n: number }>(
          'SELECT count(*)::int AS n FROM access_request WHERE address IS NOT DISTINCT FROM $1 AND created > $2',
          [draft.address, since],
        );
        if ((row?.n ?? 0) >= MOST_A_DAY)
          throw new Problem('over-quota', { what: '每日申请数', limit: MOST_A_DAY, retryAfterSeconds: 3600 });
        await tx.query(
          `INSERT INTO access_request (number, layer, purpose, wished, account, name, organisation, contact, address, created)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
          [
            ...[number, draft.layer, draft.purpose, JSON.stringify(draft.wished), draft.account, draft.name, draft.organisation],
            ...[draft.contact, draft.address, new Date(now())],
          ],
        );
      });
      return { number, state: 'pending' };
    },
    async list(of, state, before, limit) {
      const rows = await database.query<RequestRow>(
        `${SELECT} WHERE ${'layers' in of ? 'layer = ANY($1::text[])' : 'account = $1'} AND ($2::text IS NULL OR state = $2) AND ($3::bigint IS NULL OR id < $3)
         ORDER BY id DESC LIMIT $4`,
        ['layers' in of ? [...of.layers] : of.account, state, before, limit + 1],
      );
      return rows.map(requestOf);
    },
    async get(id) {
      const [row] = await database.query<RequestRow>(`${SELECT} WHERE id = $1`, [id]);
      return row ? requestOf(row) : null;
    },
    async byNumber(number) {
      const [row] = await database.query<RequestRow & { hint: string | null }>(
        `SELECT r.*, (SELECT title_zh FROM layer WHERE layer.id = r.layer) AS title, (SELECT hint FROM api_key k WHERE k.request = r.id LIMIT 1) AS hint FROM access_request r WHERE number = $1`,
        [number],
      );
      return row ? { ...requestOf(row), keyHint: row.hint } : null;
    },
    decide: (identity, request, department, decision) =>
      database.transaction(async (tx) => {
        // Two who decide at once: the second finds it decided.
        const rows = await tx.query(
          `UPDATE access_request SET state = $2, decided_by = $3, decided = $4, reason = $5 WHERE id = $1 AND state = 'pending' RETURNING id`,
          [request.id, decision.approve ? 'approved' : 'refused', identity.user, new Date(now()), decision.reason],
        );
        if (rows.length === 0) throw new Problem('conflict', { what: `申请 ${request.number} 已经办结` });
        if (!decision.approve) return { key: null, keyId: null };
        const { id, key } = await keys.issue(tx, {
          ...{ request: request.id, name: `${request.organisation} ${request.name}`, layers: [request.layer], adcode: decision.area },
          ...{
            departments: [department],
            perDay: decision.perDay,
            perMinute: decision.perMinute,
            expires: now() + decision.days * 86_400_000,
          },
        });
        return { key, keyId: id };
      }),
    async keys(id) {
      const rows = await database.query<KeyRow>(
        `SELECT k.*, k.adcode::text AS adcode, coalesce(u.used, 0)::int AS used, coalesce(u.refused, 0)::int AS refused FROM api_key k
         LEFT JOIN (SELECT api_key, sum(requests) AS used, sum(refused) AS refused FROM api_usage WHERE day = $1::date GROUP BY api_key) u ON u.api_key = k.id
         WHERE $2::int IS NULL OR k.id = $2 ORDER BY k.id DESC LIMIT 10000`,
        [dayOf(now()), id ?? null],
      );
      return rows.map(keyOf);
    },
    async changeKey(id, { revoked, perDay, perMinute }) {
      const rows = await database.query(
        `UPDATE api_key SET revoked = CASE WHEN $2 THEN coalesce(revoked, $5) ELSE revoked END, per_day = coalesce($3, per_day), per_minute = coalesce($4, per_minute)
         WHERE id = $1 RETURNING id`,
        [id, revoked === true, perDay ?? null, perMinute ?? null, new Date(now())],
      );
      if (rows.length === 0) throw new Problem('not-found', { what: `密钥 ${id}` });
      keys.changed();
    },
    async usageOfAll(days) {
      await keys.flush();
      return database.query<Omit<UsageRow, 'key' | 'refused'> & Row>(
        `SELECT layer, to_char(day, 'YYYY-MM-DD') AS day, sum(requests)::float8 AS requests, sum(bytes)::float8 AS bytes FROM api_usage
         WHERE day > $1::date - $2::int GROUP BY api_usage.day, layer`,
        [dayOf(now()), days],
      );
    },
    async usage(days, key, layer) {
      await keys.flush();
      return database.query<UsageRow & Row>(
        `SELECT api_key AS key, layer, to_char(day, 'YYYY-MM-DD') AS day, requests, refused, bytes FROM api_usage
         WHERE day > $1::date - $2::int AND ($3::bigint IS NULL OR api_key = $3) AND ($4::text IS NULL OR layer = $4) ORDER BY day DESC, requests DESC, api_key, layer LIMIT 50000`,
        [dayOf(now()), days, key, layer],
      );
    },
  };
}
