// The query of an items request: parsed, checked, and turned into SQL over a layer's declared columns.
//
// Source: OGC API Features 1.0.1 (OGC 17-069r4) §7.15: limit, bbox, datetime, attribute filters; unknown parameters are refused (§7.2 Req 8).
// Two additions of our own: `a,b` in an attribute filter means either, and `after` is the id that a page continues behind.
import type { BBox } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { filterParameters } from '../cql2/filter.ts';
import { type Filter, filterSql } from '../cql2/sql.ts';
import { type Area, parseArea } from './bbox.ts';
import { CRS84, crsOf, type GridBox, geometryOf, geometrySql, gridClause, type OgcCrs } from './crs.ts';
import { featureFormats, formatNamed } from './formats.ts';

export { parseBBox } from './bbox.ts';

export const DEFAULT_LIMIT = 1000;
export const MAX_LIMIT = 10_000;
/** Counting stops here: beyond it numberMatched is left out rather than guessed or waited for. */
export const COUNT_LIMIT = 100_000;

export interface ItemsQuery {
  readonly limit: number;
  readonly after: number;
  readonly bbox: BBox | null;
  /** A box in metres of a zone (bbox-crs), instead of one in degrees. */
  readonly grid: GridBox | null;
  /** What the geometries are given out in. */
  readonly crs: OgcCrs;
  readonly filters: readonly { readonly attribute: string; readonly values: readonly string[] }[];
  /** Part 3; checked against the layer's columns by parseFilter. */
  readonly filter?: Filter | null;
}

function bad(name: string, given: unknown, allowed: string): never {
  throw new Problem('bad-parameter', { name, given: String(given).slice(0, 80), allowed });
}

/** A whole number from text. @throws Problem bad-parameter */
export function wholeNumber(name: string, given: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
  if (!(value >= min && value <= max)) bad(name, given, `${min}–${max} 的整数`);
  return value;
}

const instant = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/;
/** §7.15.4: an instant or an interval; our features have no time, so every valid one matches all. @throws Problem bad-parameter */
export function checkDatetime(given: string): void {
  const ends = given.split('/');
  const valid =
    ends.length === 1 ? instant.test(given) : ends.length === 2 && ends.every((end) => end === '' || end === '..' || instant.test(end));
  if (!valid) bad('datetime', given, 'RFC 3339 时刻，或 起/止（可用 ..）');
}

/** @throws Problem bad-parameter for an unknown, repeated or malformed parameter */
export function parseItemsQuery(layer: Layer, given: Readonly<Record<string, unknown>>): ItemsQuery {
  let limit = DEFAULT_LIMIT;
  let after = 0;
  let area: Area = { bbox: null, grid: null };
  let crs = CRS84;
  const filters: { attribute: string; values: string[] }[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'string') bad(name, JSON.stringify(value), '只给一次');
    // PostgreSQL has no text with NUL: it would be an error of the query.
    else if (value.includes('\0')) bad(name, JSON.stringify(value), '不含 NUL 的文本');
    else if (name === 'limit') limit = Math.min(MAX_LIMIT, wholeNumber(name, value, 1, 1e15));
    else if (name === 'after') after = wholeNumber(name, value, 0, 2 ** 31 - 1);
    else if (name === 'bbox') area = parseArea(value, given['bbox-crs']);
    else if (name === 'bbox-crs') crsOf(name, value);
    else if (name === 'crs') crs = crsOf(name, value);
    else if (name === 'datetime') checkDatetime(value);
    else if (name === 'f') formatNamed(featureFormats, value);
    else if (filterParameters.includes(name)) continue;
    else if (layer.attributes.includes(name)) filters.push({ attribute: name, values: value.split(',') });
    else
      bad(name, value, ['limit', 'after', 'bbox', 'bbox-crs', 'crs', 'datetime', 'f', ...filterParameters, ...layer.attributes].join(' '));
  }
  return { limit, after, ...area, crs, filters };
}

export interface Sql {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** WHERE of a query and of the viewer's area. */
function condition(
  layer: Layer,
  query: Pick<ItemsQuery, 'bbox' | 'grid' | 'filters' | 'filter'>,
  prefix: string | null,
): { clauses: string[]; values: unknown[] } {
  const values: unknown[] = [];
  const next = (value: unknown): string => `$${values.push(value)}`;
  const clauses: string[] = [];
  if (prefix !== null) clauses.push(`${layer.adcodeColumn}::text LIKE ${next(`${prefix}%`)}`);
  if (query.bbox) {
    const [west, south, east, north] = query.bbox;
    const box = (a: number, b: number): string =>
      `ST_Intersects(geom, ST_MakeEnvelope(${next(a)}::float8, ${next(south)}::float8, ${next(b)}::float8, ${next(north)}::float8, 4490))`;
    clauses.push(west <= east ? box(west, east) : `(${box(west, 180)} OR ${box(-180, east)})`);
  }
  if (query.grid) clauses.push(gridClause(query.grid, next));
  for (const { attribute, values: wanted } of query.filters) clauses.push(`${attribute}::text = ANY(${next(wanted)}::text[])`);
  if (query.filter) clauses.push(filterSql(query.filter, next));
  return { clauses, values };
}

/** One row per feature: id, properties, geometry as GeoJSON text in the CRS asked for; one more than asked tells whether a page follows. */
export function itemsSql(layer: Layer, query: ItemsQuery, prefix: string | null): Sql {
  const { clauses, values } = condition(layer, query, prefix);
  const after = values.push(query.after);
  const limit = values.push(query.limit + 1);
  const geometry = geometrySql(query.crs, (value) => `$${values.push(value)}`);
  return {
    text: `SELECT id, ${layer.attributes.join(', ')}, ${geometry} AS geometry FROM ${layer.table}
WHERE ${[...clauses, `id > $${after}`].join(' AND ')} ORDER BY id LIMIT $${limit}`,
    values,
  };
}

/** One row `n`: how many match, counted up to COUNT_LIMIT + 1. */
export function countSql(layer: Layer, query: ItemsQuery, prefix: string | null): Sql {
  const { clauses, values } = condition(layer, query, prefix);
  const where = clauses.length ? `WHERE ${clauses.join(' AND ')}` : '';
  return { text: `SELECT count(*)::int AS n FROM (SELECT 1 FROM ${layer.table} ${where} LIMIT ${COUNT_LIMIT + 1}) AS counted`, values };
}

/** One feature by its id, if the viewer's area holds it. */
export function itemSql(layer: Layer, id: number, prefix: string | null, crs: OgcCrs = CRS84): Sql {
  const values: unknown[] = prefix === null ? [id] : [id, `${prefix}%`];
  const scoped = prefix === null ? '' : ` AND ${layer.adcodeColumn}::text LIKE $2`;
  const geometry = geometrySql(crs, (value) => `$${values.push(value)}`);
  return { text: `SELECT id, ${layer.attributes.join(', ')}, ${geometry} AS geometry FROM ${layer.table} WHERE id = $1${scoped}`, values };
}

export interface Feature {
  readonly type: 'Feature';
  readonly id: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly geometry: unknown;
}
/** A GeoJSON feature out of a row of itemsSql or itemSql. */
export function featureOf(layer: Layer, row: Readonly<Record<string, unknown>>): Feature {
  return {
    type: 'Feature',
    id: Number(row['id']),
    properties: Object.fromEntries(layer.attributes.map((name) => [name, row[name] ?? null])),
    geometry: geometryOf(row['geometry']),
  };
}
