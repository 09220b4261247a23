// The query of an items request: parsed, checked, and turned into SQL over a layer's declared columns.
//
// Source: OGC API Features 1.0.1 (OGC 17-069r4) §7.15: limit, bbox, datetime, attribute filters; unknown parameters are refused (§7.2 Req 8).
// Two additions of our own: `a,b` in an attribute filter means either, and `after` is the id that a page continues behind. Orders: sorting.ts.
import type { BBox } from '../../contracts/geo.ts';
import { Problem } from '../../contracts/problem.ts';
import { isDate } from '../cql2/ast.ts';
import type { Columns } from '../cql2/columns.ts';
import { filterParameters } from '../cql2/filter.ts';
import { type Filter, filterSql } from '../cql2/sql.ts';
import { attributeList, type Moment, type Placeholder, quoted, relationSql, rowClauses } from '../features/rows.ts';
import type { Viewed } from '../features/seen.ts';
import { type Area, parseArea } from './bbox.ts';
import { CRS84, crsOf, type GridBox, geometryOf, geometrySql, gridClause, type OgcCrs } from './crs.ts';
import { featureFormats, formatNamed } from './formats.ts';
import { orderSql, pageClause, type Sorting, sortParameters } from './sorting.ts';

export { parseBBox } from './bbox.ts';

export const DEFAULT_LIMIT = 1000;
export const MAX_LIMIT = 10_000;
/** Counting stops here: beyond it numberMatched is left out rather than guessed or waited for. */
export const COUNT_LIMIT = 100_000;

/** Ids are bigint in the tables, and numbers in JSON. */
export const MAX_ID = 999_999_999_999_999;

export interface ItemsQuery {
  readonly limit: number;
  readonly after: number;
  readonly bbox: BBox | null;
  /** A box in metres of a zone (bbox-crs), instead of one in degrees. */
  readonly grid: GridBox | null;
  /** What the geometries are given out in. */
  readonly crs: OgcCrs;
  /** As it was known then; null: now. */
  readonly moment: Moment | null;
  readonly filters: readonly { readonly attribute: string; readonly values: readonly string[] }[];
  /** Part 3; checked against the layer's columns by parseFilter. */
  readonly filter?: Filter | null;
  /** Checked against the layer's columns by parseSorting; absent: by id. */
  readonly sorting?: Sorting;
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
const DAY = 86_400_000;

/** First and last millisecond of an instant or of a day in UTC. */
function span(text: string): Moment | null {
  const from = instant.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes the 30th of February for the 1st of March.
  if (!Number.isFinite(from) || !isDate(text.slice(0, 10))) return null;
  return { from, to: text.length === 10 ? from + DAY - 1 : from };
}
/**
 * §7.15.4: an instant or an interval. A feature is valid from when it was known until it was changed or taken away: a time in the past gives
 * the map of that time. @throws Problem bad-parameter
 */
export function parseDatetime(given: string): Moment {
  const ends = given.split('/');
  const open = (end: string | undefined): boolean => end === '' || end === '..';
  const spans = ends.map((end) => (open(end) ? null : span(end)));
  const valid = ends.length <= 2 && ends.every((end, i) => spans[i] !== null || (ends.length === 2 && open(end)));
  const from = spans[0]?.from ?? -Infinity;
  const to = ends.length === 1 ? (spans[0]?.to ?? Infinity) : (spans[1]?.to ?? Infinity);
  if (!valid || from > to) bad('datetime', given, 'RFC 3339 时刻，或 起/止（可用 ..）');
  return { from, to };
}

/** @throws Problem bad-parameter for an unknown, repeated or malformed parameter */
export function parseItemsQuery(layer: Viewed, given: Readonly<Record<string, unknown>>): ItemsQuery {
  let limit = DEFAULT_LIMIT;
  let after = 0;
  let area: Area = { bbox: null, grid: null };
  let crs = CRS84;
  let moment: Moment | null = null;
  const filters: { attribute: string; values: string[] }[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'string') bad(name, JSON.stringify(value), '只给一次');
    // PostgreSQL has no text with NUL: it would be an error of the query.
    else if (value.includes('\0')) bad(name, JSON.stringify(value), '不含 NUL 的文本');
    else if (name === 'limit') limit = Math.min(MAX_LIMIT, wholeNumber(name, value, 1, 1e15));
    else if (name === 'after') after = wholeNumber(name, value, 0, MAX_ID);
    else if (name === 'bbox') area = parseArea(value, given['bbox-crs']);
    else if (name === 'bbox-crs') crsOf(name, value);
    else if (name === 'crs') crs = crsOf(name, value);
    else if (name === 'datetime') moment = parseDatetime(value);
    else if (name === 'f') formatNamed(featureFormats, value);
    else if (
      filterParameters.includes(name) ||
      sortParameters.includes(name) ||
      layer.call?.parameters.some((parameter) => parameter.name === name)
    )
      continue;
    else if (layer.attributes.includes(name)) filters.push({ attribute: name, values: value.split(',') });
    else
      bad(
        name,
        value,
        ['limit', 'after', 'bbox', 'bbox-crs', 'crs', 'datetime', 'f', ...sortParameters, ...filterParameters, ...layer.attributes].join(
          ' ',
        ),
      );
  }
  return { limit, after, ...area, crs, moment, filters };
}

export interface Sql {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** FROM and WHERE of a query, over what the viewer sees. */
export function chosen(
  layer: Viewed,
  query: Pick<ItemsQuery, 'bbox' | 'grid' | 'filters' | 'filter' | 'moment'>,
): { from: string; clauses: string[]; values: unknown[]; next: Placeholder } {
  const values: unknown[] = [];
  const next = (value: unknown): string => `$${values.push(value)}`;
  const clauses = rowClauses(layer, next);
  const boxes: string[] = [];
  if (query.bbox) {
    const [west, south, east, north] = query.bbox;
    const box = (a: number, b: number): void =>
      void boxes.push(`ST_MakeEnvelope(${next(a)}::float8, ${next(south)}::float8, ${next(b)}::float8, ${next(north)}::float8, 4490)`);
    box(west, west <= east ? east : 180);
    if (west > east) box(-180, east);
  }
  const from = relationSql(layer, query.moment, next, boxes.length === 1 ? { near: { column: 'geom', box: boxes[0] as string } } : {});
  const inside = boxes.map((box) => `ST_Intersects(geom, ${box})`);
  clauses.push(...(inside.length > 1 ? [`(${inside.join(' OR ')})`] : inside));
  if (query.grid) clauses.push(gridClause(query.grid, next));
  // The values take the column's own type, so that its index serves; one that is none of the type is an error of the database (evaluationProblem).
  for (const { attribute, values: wanted } of query.filters) clauses.push(`${quoted(attribute)} = ANY(${next(wanted)})`);
  if (query.filter) clauses.push(filterSql(query.filter, next));
  return { from, clauses, values, next };
}
export const whereSql = (clauses: readonly string[]): string => (clauses.length ? `WHERE ${clauses.join(' AND ')}` : '');

/** One row per feature: id, revision, properties, geometry as GeoJSON text in the CRS asked for; one more than asked tells whether a page follows. */
export function itemsSql(layer: Viewed, query: ItemsQuery, columns: Columns = new Map()): Sql {
  const { from, clauses, values, next } = chosen(layer, query);
  const geometry = geometrySql(query.crs, next);
  if (query.sorting && query.sorting.offset !== null) {
    const order = orderSql(query.sorting, columns);
    const page = pageClause(query.sorting, order, from, whereSql(clauses), `${next(query.limit + 1)}::int`, next);
    return {
      text: `SELECT id, revision${attributeList(layer)}, ${geometry} AS geometry FROM ${from} WHERE ${page} ORDER BY ${order}`,
      values,
    };
  }
  return {
    text: `SELECT id, revision${attributeList(layer)}, ${geometry} AS geometry FROM ${from}
${whereSql([...clauses, `id > ${next(query.after)}::bigint`])} ORDER BY id LIMIT ${next(query.limit + 1)}::int`,
    values,
  };
}

/** One row `n`: how many match, counted up to one more than `limit`; null: to the end. */
export function countSql(layer: Viewed, query: ItemsQuery, limit: number | null): Sql {
  const { from, clauses, values } = chosen(layer, query);
  const most = limit === null ? '' : ` LIMIT ${limit + 1}`;
  return {
    text: `SELECT count(*)::int AS n FROM (SELECT 1 FROM ${from} ${whereSql(clauses)}${most}) AS counted`,
    values,
  };
}

/** One feature by its id, if the viewer sees it. */
export function itemSql(layer: Viewed, id: number, crs: OgcCrs = CRS84, moment: Moment | null = null): Sql {
  const { from, clauses, values, next } = chosen(layer, { bbox: null, grid: null, filters: [], moment });
  const geometry = geometrySql(crs, next);
  return {
    text: `SELECT id, revision${attributeList(layer)}, ${geometry} AS geometry FROM ${from} ${whereSql([...clauses, `id = ${next(id)}::bigint`])}`,
    values,
  };
}

export interface Feature {
  readonly type: 'Feature';
  readonly id: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly geometry: unknown;
}
/** A GeoJSON feature out of a row of itemsSql or itemSql. */
export function featureOf(layer: Viewed, row: Readonly<Record<string, unknown>>): Feature {
  return {
    type: 'Feature',
    id: Number(row['id']),
    properties: Object.fromEntries(layer.attributes.map((name) => [name, row[name] ?? null])),
    geometry: geometryOf(row['geometry']),
  };
}
