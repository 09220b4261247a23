// Buffer, overlay and statistics by region as SQL over the rows that a viewer may read. Pure; identifiers are checked declarations, the rest parameters.
//
// Lengths, areas and buffers are measured on the ellipsoid (geography). CGCS2000 and WGS 84 are one within centimetres, and geography knows 4326.
import type { Layer } from '../../contracts/layer.ts';
import { type Filter, filterSql } from '../cql2/sql.ts';
import { attributeList, type Placeholder, quoted, relationSql, rowClauses } from '../features/rows.ts';
import type { SeenLayer } from '../features/seen.ts';

/** Rows of a layer as the viewer has them. */
export interface RowSet {
  readonly layer: SeenLayer;
  readonly filter: Filter | null;
}
export type Shape = RowSet | { readonly geometry: string };

/** Rows of one answer, and regions of one table, at most. */
export const mostRows = 5000;
export const mostRegions = 1000;

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}
function statement(write: (next: Placeholder) => string): Statement {
  const values: unknown[] = [];
  const text = write((value) => `$${values.push(value)}`);
  return { text, values };
}

function rowsSql({ layer, filter }: RowSet, next: Placeholder): string {
  const clauses = [...rowClauses(layer, next), ...(filter ? [filterSql(filter, next)] : [])];
  return `SELECT id${attributeList(layer)}, geom FROM ${relationSql(layer, null, next)} WHERE ${['geom IS NOT NULL', ...clauses].join(' AND ')}`;
}
const drawnSql = (geometry: string, next: Placeholder): string =>
  `SELECT ST_MakeValid(ST_SetSRID(ST_GeomFromGeoJSON(${next(geometry)}::text), 4490)) AS geom`;
/** One column `geom`. */
function shapesSql(shape: Shape, next: Placeholder): string {
  return 'geometry' in shape ? drawnSql(shape.geometry, next) : `SELECT geom FROM (${rowsSql(shape, next)}) AS rows`;
}
const onEllipsoid = (geom: string): string => `ST_SetSRID(${geom}, 4326)::geography`;
/** Square metres of polygons, metres of lines, nothing of points. */
function measureSql(layer: Pick<Layer, 'geometry'>, geom: string): string {
  if (layer.geometry === 'point') return 'NULL::float8';
  return layer.geometry === 'line' ? `ST_Length(${onEllipsoid(geom)})` : `ST_Area(${onEllipsoid(geom)})`;
}
/** Of ST_CollectionExtract. */
const dimension = { point: 1, line: 2, polygon: 3 } as const;

/** One row: geometry as GeoJSON text, square_metres, rows. */
export function bufferSql(shape: Shape, metres: number): Statement {
  return statement(
    (next) => `WITH shapes AS (${shapesSql(shape, next)} LIMIT ${mostRows}),
  made AS (SELECT ST_Union(ST_SetSRID(ST_Buffer(${onEllipsoid('geom')}, ${next(metres)}::float8)::geometry, 4490)) AS geom, count(*)::int AS rows FROM shapes)
SELECT ST_AsGeoJSON(geom, 6, 0) AS geometry, ST_Area(${onEllipsoid('geom')}) AS square_metres, rows FROM made`,
  );
}

/** Rows with `geometry` and `measure`; one more than `mostRows` tells that there are more. */
export function overlaySql(rows: RowSet, shape: Shape, keep: 'inside' | 'outside'): Statement {
  const part = keep === 'inside' ? 'ST_Intersection' : 'ST_Difference';
  return statement(
    (next) => `WITH rows AS (${rowsSql(rows, next)}), shape AS (SELECT ST_Union(geom) AS geom FROM (${shapesSql(shape, next)}) AS shapes),
  cut AS (SELECT rows.*, ST_CollectionExtract(${part}(ST_MakeValid(rows.geom), shape.geom), ${dimension[rows.layer.geometry]}) AS piece FROM rows, shape
    WHERE ${keep === 'inside' ? 'ST_Intersects(rows.geom, shape.geom)' : 'TRUE'})
SELECT id${attributeList(rows.layer)}, ST_AsGeoJSON(piece, 6, 0) AS geometry, ${measureSql(rows.layer, 'piece')} AS measure
FROM cut WHERE NOT ST_IsEmpty(piece) ORDER BY id LIMIT ${mostRows + 1}`,
  );
}

/** A row per region, those with most rows first. `attribute`: a checked column of the layer, null: none. */
export function statisticsSql(rows: RowSet, regions: Shape, attribute: string | null): Statement {
  const name = 'layer' in regions && regions.layer.attributes.includes('name') ? 'name' : `id::text`;
  const value = attribute === null ? 'NULL::float8' : `rows.${quoted(attribute)}::float8`;
  const point = rows.layer.geometry === 'point';
  return statement((next) => {
    const areas =
      'geometry' in regions
        ? `SELECT 1::bigint AS id, '圈定范围'::text AS name, geom FROM (${drawnSql(regions.geometry, next)}) AS drawn`
        : `SELECT id, ${name} AS name, geom FROM (${rowsSql(regions, next)}) AS named ORDER BY id LIMIT ${mostRegions}`;
    // A neighbour that only shares the border does not lie inside; a point on it does.
    const apart = point ? '' : ' AND NOT ST_Touches(regions.geom, rows.geom)';
    const measured = point
      ? 'NULL::float8'
      : measureSql(rows.layer, 'ST_Intersection(ST_MakeValid(regions.geom), ST_MakeValid(rows.geom))');
    return `WITH regions AS (${areas}), rows AS (${rowsSql(rows, next)}),
  met AS (SELECT regions.id AS region, rows.id, ${value} AS value, ${measured} AS measure FROM regions JOIN rows ON ST_Intersects(regions.geom, rows.geom)${apart})
SELECT regions.id, regions.name, count(met.id)::int AS count, sum(met.measure) AS measure, sum(met.value) AS sum, avg(met.value) AS mean,
  min(met.value) AS least, max(met.value) AS most
FROM regions LEFT JOIN met ON met.region = regions.id GROUP BY regions.id, regions.name ORDER BY count DESC, regions.id`;
  });
}
