// A page of features as one FlatGeobuf file: the SQL that makes it, and the file out of its row. Pure.
//
// Source: FlatGeobuf 3.0 (header.fbs: one geometry type and one CRS for the file, x before y whatever the CRS' axes); PostGIS 3.3 ST_AsFlatGeobuf,
// which takes neither mixed types nor numeric, char(n) or an empty set. A file of no feature is the header alone: GDAL reads 0 features out of it.
import type { Layer } from '../../contracts/layer.ts';
import type { Columns, ColumnType } from '../cql2/columns.ts';
import { quoted } from '../features/rows.ts';
import { CRS84, movedSql } from './crs.ts';
import { chosen, type ItemsQuery, type Sql, whereSql } from './query.ts';

export const FGB_TYPE = 'application/flatgeobuf';

/** What ST_AsFlatGeobuf takes. Dates are text, as in GeoJSON: FlatGeobuf has no day without a time. */
const casts: Readonly<Record<ColumnType, string>> = {
  integer: '::bigint',
  number: '::float8',
  boolean: '',
  text: '::text',
  date: '::text',
  timestamp: '::timestamptz',
  geometry: '::text',
};
const shapes = {
  point: { dimension: 1, empty: 'MULTIPOINT EMPTY' },
  line: { dimension: 2, empty: 'MULTILINESTRING EMPTY' },
  polygon: { dimension: 3, empty: 'MULTIPOLYGON EMPTY' },
} as const;

/**
 * One row: `fgb`, `n` (features in it), `last` (their greatest id), `more` (whether a page follows).
 * Shapes are single when all are, else multi; rows without a shape keep their place with an empty one, and then there is no index, for its box
 * would reach to 0, 0.
 */
export function fgbSql(layer: Layer, query: ItemsQuery, prefix: string | null, columns: Columns): Sql {
  const { from, clauses, values, next } = chosen(layer, query, prefix);
  const { dimension, empty } = shapes[layer.geometry];
  // CRS84 is EPSG 4326 with x before y, and that is what a FlatGeobuf with the code 4326 means.
  const srid = query.crs === CRS84 ? 4326 : query.crs.srid;
  const attributes = layer.attributes.map((name) => `${quoted(name)}${casts[columns.get(name)?.type ?? 'text']} AS ${quoted(name)}`);
  const list = ['id::bigint AS id', ...attributes.filter((_, i) => layer.attributes[i] !== 'id')].join(', ');
  const names = ['page.id', ...layer.attributes.filter((name) => name !== 'id').map((name) => `page.${quoted(name)}`)].join(', ');
  const place = next(srid);
  return {
    text: `WITH page AS (SELECT ${list}, ST_CollectionExtract(ST_SetSRID(${movedSql(query.crs, next)}, ${place}::int), ${dimension}) AS shape
  FROM ${from} ${whereSql([...clauses, `id > ${next(query.after)}::bigint`])} ORDER BY id LIMIT ${next(query.limit + 1)}::int),
shown AS (SELECT * FROM page ORDER BY id LIMIT ${next(query.limit)}::int),
facts AS (SELECT count(*)::int AS n, max(id) AS last, count(*) > 0 AND bool_and(shape IS NOT NULL AND NOT ST_IsEmpty(shape)) AS placed,
  count(*) > 0 AND bool_and(shape IS NOT NULL AND NOT ST_GeometryType(shape) LIKE 'ST\\_Multi%') AS single FROM shown),
made AS (SELECT ${names}, CASE WHEN facts.single THEN shape ELSE COALESCE(ST_Multi(shape), ST_SetSRID('${empty}'::geometry, ${place}::int)) END AS geom
  FROM facts LEFT JOIN shown AS page ON true)
SELECT (SELECT ST_AsFlatGeobuf(made, (SELECT placed FROM facts), 'geom') FROM made) AS fgb, n, last, (SELECT count(*) FROM page) > n AS more FROM facts`,
    values,
  };
}

export interface FgbPage {
  readonly body: Buffer;
  readonly count: number;
  readonly last: number;
  readonly more: boolean;
}
const MAGIC_BYTES = 8;
export function fgbPageOf(row: Readonly<Record<string, unknown>> | undefined): FgbPage {
  const body = row?.['fgb'] as Buffer;
  const count = Number(row?.['n'] ?? 0);
  // Of nothing, the one row of nulls behind the header is cut off: magic bytes, then the header behind its length.
  const kept = count === 0 ? body.subarray(0, MAGIC_BYTES + 4 + body.readUInt32LE(MAGIC_BYTES)) : body;
  return { body: kept, count, last: Number(row?.['last'] ?? 0), more: row?.['more'] === true };
}
