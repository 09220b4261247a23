// Writing features: one row at a time, in a transaction, against the revision that the writer saw, within his area.
//
// What was is kept and what changed is told by the table's own triggers (server/migrations/007-features.sql).
import { Problem } from '../../contracts/problem.ts';
import type { Queryable, Transactional } from '../queryable.ts';
import { quoted, rowClauses } from './rows.ts';
import type { SeenLayer } from './seen.ts';

/** GeoJSON in a CRS, x before y. */
export interface WrittenGeometry {
  readonly geojson: string;
  readonly srid: number;
}
export interface FeatureWrite {
  /** One that the writer sees whole (contracts/grant.ts isWhole), or a part of its area. */
  readonly layer: SeenLayer;
  readonly properties: Readonly<Record<string, unknown>>;
  /** null: none; undefined: as it is. */
  readonly geometry: WrittenGeometry | null | undefined;
}
export interface Written {
  readonly id: number;
  readonly revision: string;
}
/** Is asked with the revision that the row has now, under its lock. @throws Problem precondition-failed */
export type CheckRevision = (revision: string) => void;

export interface FeatureWriter {
  /** @throws Problem bad-body | forbidden */
  create(write: FeatureWrite): Promise<Written>;
  /** Attributes that are not given become null (replace) or stay (update). @throws Problem not-found | bad-body | forbidden, and of `check` */
  change(write: FeatureWrite & { readonly id: number; readonly replace: boolean }, check: CheckRevision): Promise<Written>;
  /** @throws Problem not-found, and of `check` */
  remove(write: Pick<FeatureWrite, 'layer'> & { readonly id: number }, check: CheckRevision): Promise<void>;
}

interface Shape {
  /** Whether `geom_3857` comes of itself. */
  readonly generated: boolean;
  readonly multi: boolean;
}

export function openWriter(database: Transactional): FeatureWriter {
  const shapes = new Map<string, Promise<Shape>>();
  /** How the table keeps its geometries: a table does not change while we run. */
  function shapeOf(table: string): Promise<Shape> {
    const known = shapes.get(table);
    if (known) return known;
    const reading = database
      .query<{ generated: boolean; type: string }>(
        `SELECT is_generated = 'ALWAYS' AS generated, (SELECT type FROM geometry_columns WHERE f_table_schema = table_schema AND f_table_name = table_name AND f_geometry_column = 'geom') AS type
         FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false)) AND table_name = $1 AND column_name = 'geom_3857'`,
        [table],
      )
      .then(([row]) => ({ generated: row?.generated === true, multi: row?.type.startsWith('MULTI') === true }));
    shapes.set(table, reading);
    reading.catch(() => shapes.delete(table));
    return reading;
  }
  /** In 4490 and valid. @throws Problem bad-body */
  async function placed(tx: Queryable, geometry: WrittenGeometry, { multi }: Shape): Promise<string> {
    const [row] = await tx.query<{ geom: string | null; reason: string | null; inside: boolean }>(
      `SELECT geom::text AS geom, CASE WHEN ST_IsValid(geom) THEN NULL ELSE ST_IsValidReason(geom) END AS reason,
         coalesce(geom @ ST_MakeEnvelope(-180, -90, 180, 90, 4490), false) AS inside
       FROM (SELECT ${multi ? 'ST_Multi' : ''}(ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON($1::text), $2::int), 4490)) AS geom) AS given`,
      [geometry.geojson, geometry.srid],
    );
    if (row?.reason) throw new Problem('bad-body', { reason: `几何不合规：${row.reason}` });
    if (!row?.geom || !row.inside) throw new Problem('bad-body', { reason: '坐标超出经纬度范围，请核对坐标系（Content-Crs）' });
    return row.geom;
  }
  /** The new row must lie where the writer may write. @throws Problem forbidden */
  async function checkArea(tx: Queryable, { layer }: Pick<FeatureWrite, 'layer'>, id: number): Promise<void> {
    const values: unknown[] = [];
    const next = (value: unknown): string => `$${values.push(value)}`;
    const clauses = [...rowClauses(layer, next), `id = ${next(id)}::bigint`];
    const rows = await tx.query(`SELECT 1 AS n FROM ${quoted(layer.table)} WHERE ${clauses.join(' AND ')}`, values);
    if (rows.length === 0)
      throw new Problem('forbidden', { what: `${layer.title.zh}：写入的要素不在您的辖区（${layer.view.rows?.padEnd(6, '0') ?? ''}）内` });
  }
  /** The row under a lock; one out of sight is answered like one that is not there. */
  async function locked(tx: Queryable, { layer, id }: { layer: SeenLayer; id: number }): Promise<string> {
    const values: unknown[] = [];
    const next = (value: unknown): string => `$${values.push(value)}`;
    const clauses = [...rowClauses(layer, next), `id = ${next(id)}::bigint`];
    const [row] = await tx.query<{ revision: string }>(
      `SELECT revision::text AS revision FROM ${quoted(layer.table)} WHERE ${clauses.join(' AND ')} FOR UPDATE`,
      values,
    );
    if (!row) throw new Problem('not-found', { what: `${layer.title.zh} ${id}` });
    return row.revision;
  }
  /** Column and value expression of everything that is written. */
  async function columnsOf(
    tx: Queryable,
    write: FeatureWrite,
    replace: boolean,
    next: (value: unknown) => string,
  ): Promise<[string, string][]> {
    const { layer, properties, geometry } = write;
    const names = replace ? layer.attributes : layer.attributes.filter((name) => name in properties);
    const set = names.map((name): [string, string] => [quoted(name), next(properties[name] ?? null)]);
    if (geometry !== undefined) {
      const shape = await shapeOf(layer.table);
      const geom = geometry === null ? 'NULL' : `${next(await placed(tx, geometry, shape))}::geometry`;
      set.push(['geom', geom]);
      if (!shape.generated) set.push(['geom_3857', geometry === null ? 'NULL' : `ST_Transform(${geom}, 3857)`]);
    }
    return set;
  }

  return {
    create: (write) =>
      refusing(
        database.transaction(async (tx) => {
          const values: unknown[] = [];
          const next = (value: unknown): string => `$${values.push(value)}`;
          const set = await columnsOf(tx, write, true, next);
          const { only } = write.layer;
          if (only && !write.layer.attributes.includes(only.column)) set.push([quoted(only.column), next(only.equals)]);
          const [row] = await tx.query<{ id: string; revision: string }>(
            `INSERT INTO ${quoted(write.layer.table)} (${set.map(([name]) => name).join(', ')}) VALUES (${set.map(([, value]) => value).join(', ')})
             RETURNING id::text AS id, revision::text AS revision`,
            values,
          );
          if (!row) throw new Error('INSERT returned no row');
          await checkArea(tx, write, Number(row.id));
          return { id: Number(row.id), revision: row.revision };
        }),
      ),
    change: (write, check) =>
      refusing(
        database.transaction(async (tx) => {
          const revision = await locked(tx, write);
          check(revision);
          const values: unknown[] = [];
          const next = (value: unknown): string => `$${values.push(value)}`;
          const set = await columnsOf(tx, write, write.replace, next);
          if (set.length === 0) return { id: write.id, revision };
          const [row] = await tx.query<{ revision: string }>(
            `UPDATE ${quoted(write.layer.table)} SET ${set.map(([name, value]) => `${name} = ${value}`).join(', ')}
             WHERE id = ${next(write.id)}::bigint RETURNING revision::text AS revision`,
            values,
          );
          if (!row) throw new Error('UPDATE returned no row');
          await checkArea(tx, write, write.id);
          return { id: write.id, revision: row.revision };
        }),
      ),
    async remove(write, check) {
      await database.transaction(async (tx) => {
        check(await locked(tx, write));
        await tx.query(`DELETE FROM ${quoted(write.layer.table)} WHERE id = $1::bigint`, [write.id]);
      });
    },
  };
}

/** What the database refuses of values (SQLSTATE classes 22 and 23: out of range, not null, duplicate) is the writer's to mend. */
async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { code, column, constraint } = (error ?? {}) as { code?: unknown; column?: unknown; constraint?: unknown };
    if (error instanceof Problem || typeof code !== 'string') throw error;
    const where =
      typeof column === 'string'
        ? `属性 ${column === 'geom_3857' ? 'geometry' : column.replace(/^geom$/, 'geometry')}`
        : String(constraint ?? '');
    if (code === '23502') throw new Problem('bad-body', { reason: `${where} 不能为空` });
    if (code === '23505') throw new Problem('conflict', { what: where });
    // XX000 is what PROJ says of coordinates that it cannot transform.
    if (code.startsWith('22') || code.startsWith('23') || code === 'XX000')
      throw new Problem('bad-body', { reason: `数据库不接受（${code}）${where}` });
    throw error;
  }
}
