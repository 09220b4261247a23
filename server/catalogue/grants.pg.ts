// Grants as rows (server/migrations/013): listed, added, taken away. What they mean: contracts/grant.ts; who reads them: geo-services/features/grants.pg.ts.
import type { GrantDraft, GrantEntry } from '../../contracts/grant-routes.ts';
import { timeText } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Database } from '../database/database.ts';

type Row = {
  readonly id: number;
  readonly layer: string;
  readonly role: GrantEntry['to']['role'] | null;
  readonly department: GrantEntry['to']['department'] | null;
  readonly account: string | null;
  readonly view: GrantEntry['view'];
  readonly hidden: string[];
  readonly only: string[] | null;
  readonly precision: number | null;
  readonly fence: string | null;
  readonly reason: string;
  readonly created_by: string;
  readonly created: number;
  readonly expires: number | null;
};
const columns = `id::float8 AS id, layer, role, department, account, view, hidden_attributes AS hidden, only_attributes AS only, precision_metres AS precision,
  ST_AsGeoJSON(fence, 15, 0) AS fence, reason, created_by, (extract(epoch FROM created) * 1000)::float8 AS created, (extract(epoch FROM expires) * 1000)::float8 AS expires`;

/** Without the layer's title, which the layers know. */
export type GrantRow = Omit<GrantEntry, 'title'>;
function entryOf(row: Row): GrantRow {
  const to = { role: row.role, department: row.department, user: row.account };
  return {
    ...{ id: row.id, layer: row.layer, view: row.view, hiddenAttributes: row.hidden, reason: row.reason },
    to: Object.fromEntries(Object.entries(to).filter(([, value]) => value !== null)) as GrantEntry['to'],
    ...(row.only ? { onlyAttributes: row.only } : {}),
    ...(row.precision === null ? {} : { precisionMetres: row.precision }),
    ...(row.fence === null ? {} : { fence: JSON.parse(row.fence) as NonNullable<GrantEntry['fence']> }),
    ...{ createdBy: row.created_by, created: timeText(row.created), expires: row.expires === null ? null : timeText(row.expires) },
  };
}

export interface GrantTable {
  /** Newest first, those before `before`. @throws Problem database-unavailable */
  list(layer: string | null, before: number | null, limit: number): Promise<GrantRow[]>;
  get(id: number): Promise<GrantRow | null>;
  /** @throws Problem bad-body for a fence that is none */
  add(draft: GrantDraft, by: string, expires: number | null): Promise<GrantRow>;
  remove(id: number): Promise<void>;
}

export function openGrantTable(database: Database): GrantTable {
  /** The fence as WKT, several polygons. */
  async function placed(fence: GrantDraft['fence']): Promise<string | null> {
    if (!fence) return null;
    try {
      const [row] = await database.query<{ reason: string | null; text: string; inside: boolean }>(
        `SELECT CASE WHEN ST_IsValid(geom) AND ST_Area(geom) > 0 THEN NULL ELSE ST_IsValidReason(geom) END AS reason, ST_AsText(ST_Multi(geom), 15) AS text,
           geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4490) AS inside
         FROM (SELECT ST_SetSRID(ST_GeomFromGeoJSON($1::text), 4490) AS geom) AS given`,
        [JSON.stringify(fence)],
      );
      if (row?.reason === null && row.inside) return row.text;
      throw new Problem('bad-body', { reason: `范围不合规：${row?.reason ?? '坐标应为经度、纬度（度）'}` });
    } catch (error) {
      if (error instanceof Problem || String((error as { code?: unknown } | null)?.code ?? '').startsWith('08')) throw error;
      throw new Problem('bad-body', { reason: '范围 fence 不是 GeoJSON 的 Polygon 或 MultiPolygon' });
    }
  }
  return {
    async list(layer, before, limit) {
      const rows = await database.query<Row>(
        `SELECT ${columns} FROM layer_grant WHERE ($1::text IS NULL OR layer = $1) AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
        [layer, before, limit],
      );
      return rows.map(entryOf);
    },
    async get(id) {
      const [row] = await database.query<Row>(`SELECT ${columns} FROM layer_grant WHERE id = $1`, [id]);
      return row ? entryOf(row) : null;
    },
    async add({ layer, to, view, hiddenAttributes, onlyAttributes, precisionMetres, fence, reason }, by, expires) {
      const [row] = await database.query<Row>(
        `INSERT INTO layer_grant (layer, role, department, account, view, hidden_attributes, only_attributes, precision_metres, fence, reason, created_by, expires)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, ST_GeomFromText($9, 4490), $10, $11, $12) RETURNING ${columns}`,
        [
          ...[layer, to.role ?? null, to.department ?? null, to.user ?? null, view, hiddenAttributes ?? [], onlyAttributes ?? null],
          ...[precisionMetres ?? null, await placed(fence), reason.trim(), by, expires === null ? null : new Date(expires)],
        ],
      );
      return entryOf(row as Row);
    },
    async remove(id) {
      await database.query('DELETE FROM layer_grant WHERE id = $1', [id]);
    },
  };
}
