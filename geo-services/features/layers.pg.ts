// Every layer there is: the declared ones and those that were brought in (table `layer`), which look the same to every door.
import type { Department, Sharing } from '../../contracts/access.ts';
import { defineLayer, type Layer, type LayerState, type LayerTiles } from '../../contracts/layer.ts';
import type { Provenance } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Queryable } from '../queryable.ts';
import type { Changes } from './changes.pg.ts';
import { rereadWhen } from './reread.pg.ts';
import { quoted } from './rows.ts';

export interface Layers {
  /** By id; declared ones first. As of the last `current()`. */
  all(): ReadonlyMap<string, Layer>;
  /** Reads the table again if it changed. @throws Problem database-unavailable */
  current(): Promise<void>;
}

type LayerRow = {
  readonly id: string;
  readonly theme: string;
  readonly title_zh: string;
  readonly title_en: string;
  readonly geometry: Layer['geometry'];
  readonly table_name: string;
  readonly attributes: readonly { readonly name: string; readonly title?: string }[];
  readonly min_zoom: number;
  readonly max_zoom: number;
  readonly adcode_column: string | null;
  readonly department_column: string | null;
  readonly sensitive: Layer['sensitive'] | null;
  readonly sharing: Sharing;
  readonly department: Department;
  readonly source: string;
  readonly provenance: Provenance;
  readonly editable: boolean;
  readonly state: LayerState;
  readonly raster: LayerTiles | null;
};

function layerOf(row: LayerRow): Layer {
  const titled = row.attributes
    .filter(({ name, title }) => title !== undefined && title !== name)
    .map(({ name, title }) => [name, title as string] as const);
  return defineLayer({
    ...{ id: row.id, theme: row.theme, title: { zh: row.title_zh, en: row.title_en }, geometry: row.geometry, table: row.table_name },
    attributes: row.attributes.map(({ name }) => name),
    titles: Object.fromEntries(titled),
    ...{ minZoom: row.min_zoom, maxZoom: row.max_zoom, adcodeColumn: row.adcode_column },
    ...{ sharing: row.sharing, department: row.department, source: row.source },
    ...{ provenance: row.provenance, editable: row.editable, state: row.state },
    ...(row.department_column === null ? {} : { departmentColumn: row.department_column }),
    ...(row.sensitive ? { sensitive: row.sensitive } : {}),
    ...(row.raster ? { raster: row.raster } : {}),
  });
}

/** `declared`: those of the code, whose ids come first. */
export function openLayers(database: Queryable, changes: Changes, declared: ReadonlyMap<string, Layer>): Layers {
  let all = declared;
  const current = rereadWhen(changes, ['layer'], async () => {
    const rows = await database.query<LayerRow>('SELECT * FROM layer ORDER BY theme, title_zh, id');
    const merged = new Map(declared);
    for (const row of rows) if (!declared.has(row.id)) merged.set(row.id, layerOf(row));
    all = merged;
  });
  return { all: () => all, current };
}

/** What a new layer is made with; its table is made here. */
export interface LayerDraft {
  readonly id: string;
  readonly theme: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly geometry: Layer['geometry'];
  readonly attributes: readonly { readonly name: string; readonly title?: string; readonly type: AttributeType }[];
  readonly minZoom?: number;
  readonly maxZoom?: number;
  readonly adcodeColumn?: string | null;
  /** Column with the Department of each row. */
  readonly departmentColumn?: string | null;
  readonly sensitive?: Layer['sensitive'] | null;
  readonly sharing?: Sharing;
  readonly department: Department;
  /** Origin and licence. */
  readonly source: string;
  readonly provenance: Provenance;
  readonly editable?: boolean;
  readonly state?: LayerState;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly createdBy?: string | null;
}
/** Types of attributes as PostgreSQL names them. */
export const attributeTypes = ['text', 'bigint', 'double precision', 'boolean', 'date', 'timestamp with time zone'] as const;
export type AttributeType = (typeof attributeTypes)[number];

/** Columns that every table of features has. */
const reserved: readonly string[] = ['id', 'geom', 'geom_3857', 'revision', 'since'];

/**
 * A new, empty table for a layer's features: not indexed, not watched, seen by nobody. Fill it, then `publishTable`. Returns its name.
 * `geom_3857` comes of itself from `geom`.
 * @throws Problem bad-declaration for names that are no identifiers or are reserved
 */
export async function createLayerTable(tx: Queryable, draft: Pick<LayerDraft, 'id' | 'attributes'>): Promise<string> {
  const names = draft.attributes.map(({ name }) => name);
  const bad = names.find((name, i) => reserved.includes(name) || names.indexOf(name) !== i);
  if (bad !== undefined) throw new Problem('bad-declaration', { what: `layer ${draft.id}: attribute ${bad} is taken` });
  const [row] = await tx.query<{ n: string }>("SELECT nextval('layer_table')::text AS n");
  const table = `layer_${row?.n}`;
  // Checks every name before it becomes SQL.
  defineLayer({ ...EMPTY, id: draft.id, table, attributes: names });
  for (const { type } of draft.attributes)
    if (!attributeTypes.includes(type)) throw new Problem('bad-declaration', { what: `layer ${draft.id}: type ${String(type)}` });
  const columns = draft.attributes.map(({ name, type }) => `, ${quoted(name)} ${type}`).join('');
  await tx.query(`CREATE TABLE ${quoted(table)} (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    revision bigint NOT NULL DEFAULT nextval('feature_revision'),
    since timestamptz NOT NULL DEFAULT now()${columns},
    geom geometry(Geometry, 4490),
    geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED)`);
  return table;
}
const EMPTY: Layer = {
  ...{ id: 'x', theme: 'x', title: { zh: '', en: '' }, geometry: 'point', table: 'x', attributes: [], minZoom: 0, maxZoom: 22 },
  ...{ adcodeColumn: null, sharing: 'none', department: 'data', source: '' },
};

/** Indexes and watches a filled table and enters the layer: from this commit on it is there. @throws Problem conflict when the id is taken */
export async function publishTable(tx: Queryable, draft: LayerDraft, table: string): Promise<void> {
  await tx.query(`CREATE INDEX ON ${quoted(table)} USING gist (geom)`);
  await tx.query(`CREATE INDEX ON ${quoted(table)} USING gist (geom_3857)`);
  if (draft.adcodeColumn) await tx.query(`CREATE INDEX ON ${quoted(table)} (${quoted(draft.adcodeColumn)} text_pattern_ops)`);
  await tx.query(`ANALYZE ${quoted(table)}`);
  await tx.query('SELECT watch_features($1::text::regclass)', [quoted(table)]);
  const rows = await tx.query(
    `INSERT INTO layer (id, theme, title_zh, title_en, geometry, table_name, attributes, min_zoom, max_zoom, adcode_column, sharing, department,
       source, provenance, editable, state, metadata, created_by, department_column, sensitive)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) ON CONFLICT (id) DO NOTHING RETURNING id`,
    [
      ...[draft.id, draft.theme, draft.title.zh, draft.title.en, draft.geometry, table, JSON.stringify(draft.attributes)],
      ...[draft.minZoom ?? 0, draft.maxZoom ?? 22, draft.adcodeColumn ?? null, draft.sharing ?? 'none', draft.department, draft.source],
      ...[draft.provenance, draft.editable ?? true, draft.state ?? 'draft', JSON.stringify(draft.metadata ?? {}), draft.createdBy ?? null],
      ...[draft.departmentColumn ?? null, draft.sensitive ? JSON.stringify(draft.sensitive) : null],
    ],
  );
  if (rows.length === 0) throw new Problem('conflict', { what: `图层 ${draft.id} 已存在` });
}

/** Takes a layer and its table away. What tiles were kept of it are dropped with it. */
export async function dropLayer(tx: Queryable, id: string): Promise<void> {
  const [row] = await tx.query<{ table_name: string }>('DELETE FROM layer WHERE id = $1 RETURNING table_name', [id]);
  if (!row) throw new Problem('not-found', { what: `图层 ${id}` });
  await tx.query('DELETE FROM feature_past WHERE source = $1', [row.table_name]);
  await tx.query(`DROP TABLE ${quoted(row.table_name)}`);
}
