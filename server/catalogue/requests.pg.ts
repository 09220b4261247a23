// Applications for layers: handed in by an account or a visitor, decided by who looks after the layer, ending in a key with a quota.
import { randomBytes } from 'node:crypto';
import type { Department, Identity } from '../../contracts/access.ts';
import type { AccessRequest } from '../../contracts/catalogue-access.ts';
import { timeText } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { layersById } from '../../geo-services/one-map/index.ts';
import { addressGroup } from '../auth/address.ts';
import { dayOf } from '../auth/api-key.ts';
import type { ApiKeys } from '../auth/api-keys.pg.ts';
import type { Database, Row } from '../database/database.ts';
import { type Care, careClause, careValues } from './care.ts';

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
  /** null: all of the layer's. */
  readonly attributes: readonly string[] | null;
}
/** One address, or one /64 of IPv6, hands in so many a day. */
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
export interface Requests {
  /** @throws Problem over-quota when this address has handed in too many today */
  submit(draft: RequestDraft): Promise<{ readonly number: string; readonly state: 'pending' }>;
  /** Newest first: those that are looked after, or those of an account; up to limit + 1, and how many there are. */
  list(
    of: Care | { readonly account: string },
    page: { readonly state: string | null; readonly before: number | null; readonly limit: number },
  ): Promise<{ readonly requests: readonly AccessRequest[]; readonly numberMatched: number }>;
  get(id: number): Promise<AccessRequest | null>;
  byNumber(number: string): Promise<(AccessRequest & { readonly keyHint: string | null }) | null>;
  /** @throws Problem conflict when it is decided already */
  decide(
    identity: Identity,
    request: AccessRequest,
    department: Department,
    decision: Decision,
  ): Promise<{ key: string | null; keyId: number | null }>;
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
      const group = addressGroup(draft.address);
      const number = numberNow();
      await database.transaction(async (tx) => {
        // One address after the other with itself: many at once would each count what was there before all of them.
        await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('access-request ' || $1::text, 0))`, [group]);
        const [row] = await tx.query<{ n: number }>(
          'SELECT count(*)::int AS n FROM access_request WHERE address_group = $1 AND created > $2',
          [group, since],
        );
        if ((row?.n ?? 0) >= MOST_A_DAY)
          throw new Problem('over-quota', { what: '每日申请数', limit: MOST_A_DAY, retryAfterSeconds: 3600 });
        await tx.query(
          `INSERT INTO access_request (number, layer, purpose, wished, account, name, organisation, contact, address, address_group, created)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
          [
            ...[number, draft.layer, draft.purpose, JSON.stringify(draft.wished), draft.account, draft.name, draft.organisation],
            ...[draft.contact, draft.address, group, new Date(now())],
          ],
        );
      });
      return { number, state: 'pending' };
    },
    async list(of, { state, before, limit }) {
      const [whose, values] =
        'account' in of ? ['account = $1', [of.account]] : [careClause('access_request.layer', 1), [...careValues(of)]];
      const next = (value: unknown): string => `$${values.push(value)}`;
      const where = `${whose} AND (${next(state)}::text IS NULL OR state = $${values.length})`;
      const [count] = await database.query<{ n: number }>(`SELECT count(*)::int AS n FROM access_request WHERE ${where}`, values);
      const rows = await database.query<RequestRow>(
        `${SELECT} WHERE ${where} AND (${next(before)}::bigint IS NULL OR id < $${values.length}) ORDER BY id DESC LIMIT ${next(limit + 1)}`,
        values,
      );
      return { requests: rows.map(requestOf), numberMatched: count?.n ?? 0 };
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
            attributes: decision.attributes === null ? {} : { [request.layer]: decision.attributes },
            perDay: decision.perDay,
            perMinute: decision.perMinute,
            expires: now() + decision.days * 86_400_000,
          },
        });
        return { key, keyId: id };
      }),
  };
}
