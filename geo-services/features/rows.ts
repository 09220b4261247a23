// The rows of a layer as SQL: of its table now, or as they were known at any instant, and only those that the layer shows.
//
// Identifiers come from checked declarations (contracts/layer.ts isIdentifier) and are quoted; everything else is a parameter.
import type { Fence } from '../../contracts/grant.ts';
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Viewed } from './seen.ts';

/** `next` takes a value and answers its placeholder, as `$3`. */
export type Placeholder = (value: unknown) => string;

/** Known at some time in [from, to], milliseconds since 1970; an instant has both equal. */
export interface Moment {
  readonly from: number;
  readonly to: number;
}

/** A quoted identifier. */
export const quoted = (name: string): string => `"${name}"`;

/** The columns that any query of a layer may touch, without the geometries. */
function columnsOf(layer: Layer): string[] {
  const { attributes, adcodeColumn, only, departmentColumn } = layer;
  const named = [
    ...attributes,
    ...(adcodeColumn ? [adcodeColumn] : []),
    ...(only ? [only.column] : []),
    ...(departmentColumn ? [departmentColumn] : []),
  ];
  return ['id', 'revision', 'since', ...[...new Set(named)].filter((name) => !['id', 'revision', 'since'].includes(name)).map(quoted)];
}

/** A FROM item of the layer's whole rows, now or in a moment. */
function wholeSql(layer: Layer, moment: Moment | null, next: Placeholder, percent: number | undefined): string {
  const table = quoted(layer.table);
  if (layer.call) {
    // A function answers for now; and without what it takes there is no question.
    if (moment) throw new Problem('bad-parameter', { name: 'datetime', given: layer.id, allowed: '此图层只有现状' });
    const given = layer.call.given ?? layer.call.parameters.map(({ otherwise }) => otherwise);
    if (given.some((value) => value === undefined))
      throw new Problem('bad-declaration', { what: `layer ${layer.id}: its function was given nothing` });
    return `${quoted(layer.call.name)}(${given.map((value) => `${next(value)}::float8`).join(', ')}) AS ${table}`;
  }
  const now = percent === undefined ? table : `${table} TABLESAMPLE SYSTEM (${next(percent)}::real)`;
  if (!moment) return now;
  // ±infinity are what PostgreSQL calls them; an instant beyond its calendar cannot be written otherwise.
  const stamp = (at: number): string => (Number.isFinite(at) ? new Date(at).toISOString() : at > 0 ? 'infinity' : '-infinity');
  const [from, to] = [`${next(stamp(moment.from))}::timestamptz`, `${next(stamp(moment.to))}::timestamptz`];
  const columns = columnsOf(layer);
  const former = columns.map((name) => (['id', 'revision', 'since'].includes(name) ? `past.${name}` : `was.${name}`));
  // Of former rows too: by their ids, for they lie among those of other tables.
  const some = percent === undefined ? '' : ` AND (hashint8(past.id) & 65535) < ${next(Math.round(percent * 655.36))}::int`;
  const versions = `SELECT ${columns.join(', ')}, geom, geom_3857 FROM ${now} WHERE since <= ${to}
  UNION ALL SELECT ${former.join(', ')}, past.geom, ST_Transform(past.geom, 3857) FROM feature_past AS past, jsonb_populate_record(NULL::${table}, past.attributes) AS was
  WHERE past.source = ${next(layer.table)}::text AND past.since <= ${to} AND past.until > ${from}${some}`;
  const latest =
    moment.from === moment.to ? versions : `SELECT DISTINCT ON (id) * FROM (${versions}) AS versions ORDER BY id, revision DESC`;
  return `(${latest}) AS ${table}`;
}

/** Metres of a degree at least, to the north; and to the east, as far as 45° of latitude. */
const [METRES_NORTH, METRES_EAST] = [110_574, 78_715];

/**
 * A geometry in degrees on a lattice whose meshes are no finer than so many metres up to 45° of latitude; the same place always comes to the same
 * one. What falls together there is drawn as one mesh. `metres`: a placeholder's expression.
 */
export function coarserSql(geometry: Layer['geometry'], geom: string, metres: string): string {
  const [x, y] = [`${metres} / ${METRES_EAST}`, `${metres} / ${METRES_NORTH}`];
  const snapped = `ST_SnapToGrid(${geom}, ${x}, ${y})`;
  if (geometry === 'point') return snapped;
  const middle = `ST_SnapToGrid(ST_PointOnSurface(${geom}), ${x}, ${y})`;
  const shifted = (a: number, b: number): string => `ST_Translate(${middle}, ${a} * ${x}, ${b} * ${y})`;
  const mesh =
    geometry === 'line'
      ? `ST_MakeLine(${shifted(-0.5, 0)}, ${shifted(0.5, 0)})`
      : `ST_Envelope(ST_MakeLine(${shifted(-0.5, -0.5)}, ${shifted(0.5, 0.5)}))`;
  const valid = `ST_CollectionExtract(ST_MakeValid(${snapped}), ${geometry === 'line' ? 2 : 3})`;
  return `CASE WHEN ${geom} IS NULL THEN NULL WHEN coalesce(ST_IsEmpty(${valid}), true) THEN ${mesh} ELSE ${valid} END`;
}

/** Of a fence, in degrees. */
export const fenceSql = (fence: Fence, next: Placeholder): string =>
  `ST_SetSRID(ST_GeomFromGeoJSON(${next(JSON.stringify(fence))}::text), 4490)`;

export interface Fewer {
  /** Only rows near a box (an expression, in the column's CRS) are asked for: a help for the index where places are moved. */
  readonly near?: { readonly column: 'geom' | 'geom_3857'; readonly box: string } | undefined;
  /** Only so many per cent of the table's pages are looked at. */
  readonly percent?: number;
}

/**
 * A FROM item under the name of the table: the table itself, or what was known of it in a moment. Of a moment with a length each feature is
 * given once, in its latest version of that time. Former versions: feature_past (server/migrations/007). What a view takes away is not in it:
 * rows of other departments and beyond the fences are not, and places are no finer than the view has them, so that whatever is asked of them is
 * asked of what is seen.
 */
export function relationSql(layer: Viewed, moment: Moment | null, next: Placeholder, { near, percent }: Fewer = {}): string {
  const whole = wholeSql(layer, moment, next, percent);
  const { departments = '*', fences = [], precisionMetres = null } = layer.view ?? {};
  const clauses = [
    ...(departments !== '*' && layer.departmentColumn
      ? [`${quoted(layer.departmentColumn)}::text = ANY(${next(departments)}::text[])`]
      : []),
    ...fences.map((fence) => `ST_Intersects(geom, ${fenceSql(fence, next)})`),
  ];
  if (clauses.length === 0 && precisionMetres === null) return whole;
  let geometries = 'geom, geom_3857';
  if (precisionMetres !== null) {
    const metres = `${next(precisionMetres)}::float8`;
    const coarser = coarserSql(layer.geometry, 'geom', metres);
    geometries = `${coarser} AS geom, ST_Transform(${coarser}, 3857) AS geom_3857`;
    // A place moves half a mesh at most; a metre of EPSG:3857 is the shorter the farther north, so twice the metres up to 60°.
    const reach = near?.column === 'geom' ? `${metres} / ${METRES_EAST}` : `2 * ${metres}`;
    if (near) clauses.push(`${near.column} && ST_Expand(${near.box}, ${reach})`);
  }
  return `(SELECT ${columnsOf(layer).join(', ')}, ${geometries} FROM ${whole}${clauses.length ? ` WHERE ${clauses.join(' AND ')}` : ''}) AS ${quoted(layer.table)}`;
}

/** Which rows of the relation belong to the layer, and lie in the area that the view has. */
export function rowClauses(layer: Viewed, next: Placeholder): string[] {
  const clauses: string[] = [];
  if (layer.only) {
    const { column, equals, placed } = layer.only;
    clauses.push(`${quoted(column)} = ${next(equals)}::text`, ...(placed ? ['geom IS NOT NULL'] : []));
  }
  const rows = layer.view?.rows ?? null;
  if (rows !== null && layer.adcodeColumn !== null) clauses.push(`${quoted(layer.adcodeColumn)}::text LIKE ${next(`${rows}%`)}`);
  return clauses;
}

/** `SELECT` list of the attributes. */
export const attributeList = (layer: Pick<Layer, 'attributes'>): string => layer.attributes.map((name) => `, ${quoted(name)}`).join('');
