// A page of features as one FlatGeobuf file: the SQL that makes it, and the file out of its row. Pure.
//
// Source: FlatGeobuf 3.0 (header.fbs: one geometry type and one CRS for the file, x before y whatever the CRS' axes); PostGIS 3.3 ST_AsFlatGeobuf,
// which takes neither mixed types nor numeric, char(n) or an empty set, and numbers the values of a row without counting the empty ones (3.3.2): every
// value behind an empty one would stand in the wrong column. A file of no feature is the header alone: GDAL reads 0 features out of it.
import type { Layer } from '../../contracts/layer.ts';
import type { Columns, ColumnType } from '../cql2/columns.ts';
import { quoted } from '../features/rows.ts';
import type { Viewed } from '../features/seen.ts';
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
/** The columns of the file, the id first. */
const columnNames = (layer: Layer): string[] => ['id', ...layer.attributes.filter((name) => name !== 'id')];
const shapes = {
  point: { dimension: 1, empty: 'MULTIPOINT EMPTY' },
  line: { dimension: 2, empty: 'MULTILINESTRING EMPTY' },
  polygon: { dimension: 3, empty: 'MULTIPOLYGON EMPTY' },
} as const;

/**
 * One row: `fgb`, `placed` (it has an index), `filled` (by id, 1 for each column with a value, 0 for each without), `n` (features in it), `last` (their greatest id), `more` (whether a page follows).
 * Shapes are single when all are, else multi; rows without a shape keep their place with an empty one, and then there is no index, for its box
 * would reach to 0, 0.
 */
export function fgbSql(layer: Viewed, query: ItemsQuery, columns: Columns): Sql {
  const { from, clauses, values, next } = chosen(layer, query);
  const { dimension, empty } = shapes[layer.geometry];
  // CRS84 is EPSG 4326 with x before y, and that is what a FlatGeobuf with the code 4326 means.
  const srid = query.crs === CRS84 ? 4326 : query.crs.srid;
  const attributes = columnNames(layer)
    .slice(1)
    .map((name) => `${quoted(name)}${casts[columns.get(name)?.type ?? 'text']} AS ${quoted(name)}`);
  const list = ['id::bigint AS id', ...attributes].join(', ');
  const names = columnNames(layer)
    .map((name) => `page.${quoted(name)}`)
    .join(', ');
  const filled = columnNames(layer).map((name) => `CASE WHEN ${quoted(name)} IS NULL THEN '0' ELSE '1' END`);
  const place = next(srid);
  return {
    text: `WITH page AS (SELECT ${list}, ST_CollectionExtract(ST_SetSRID(${movedSql(query.crs, next)}, ${place}::int), ${dimension}) AS shape
  FROM ${from} ${whereSql([...clauses, `id > ${next(query.after)}::bigint`])} ORDER BY id LIMIT ${next(query.limit + 1)}::int),
shown AS (SELECT * FROM page ORDER BY id LIMIT ${next(query.limit)}::int),
facts AS (SELECT count(*)::int AS n, max(id) AS last, count(*) > 0 AND bool_and(shape IS NOT NULL AND NOT ST_IsEmpty(shape)) AS placed,
  count(*) > 0 AND bool_and(shape IS NOT NULL AND NOT ST_GeometryType(shape) LIKE 'ST\\_Multi%') AS single FROM shown),
made AS (SELECT ${names}, CASE WHEN facts.single THEN shape ELSE COALESCE(ST_Multi(shape), ST_SetSRID('${empty}'::geometry, ${place}::int)) END AS geom
  FROM facts LEFT JOIN shown AS page ON true)
SELECT (SELECT ST_AsFlatGeobuf(made, (SELECT placed FROM facts), 'geom') FROM made) AS fgb, placed,
  (SELECT json_object_agg(id, concat(${filled.join(', ')})) FROM shown) AS filled, n, last, (SELECT count(*) FROM page) > n AS more FROM facts`,
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
const NODE_SIZE = 16;
const NODE_BYTES = 40;

/** Bytes of the packed R-tree over n features. */
function indexBytes(n: number): number {
  let nodes = n;
  let level = n;
  do {
    level = Math.ceil(level / NODE_SIZE);
    nodes += level;
  } while (level > 1);
  return nodes * NODE_BYTES;
}
/** Gives each value the number of its column, in place: the k-th value is that of the k-th column that has one. */
function renumber(file: Buffer, at: number, types: readonly ColumnType[], filled: Readonly<Record<string, string>>): void {
  for (let start = at; start < file.length; start += 4 + file.readUInt32LE(start)) {
    // feature.fbs: a table of geometry, properties, columns; the vtable says where `properties` lies, 0: nowhere.
    const table = start + 4 + file.readUInt32LE(start + 4);
    const offset = file.readUInt16LE(table - file.readInt32LE(table) + 6);
    if (offset === 0) continue;
    const vector = table + offset + file.readUInt32LE(table + offset);
    let value = vector + 4;
    // The id comes first and is never empty.
    const mask = filled[String(file.readBigInt64LE(value + 2))] ?? '';
    for (let column = 0; column < types.length; column++) {
      if (mask[column] !== '1') continue;
      file.writeUInt16LE(column, value);
      const type = types[column];
      value += 2 + (type === 'integer' || type === 'number' ? 8 : type === 'boolean' ? 1 : 4 + file.readUInt32LE(value + 2));
    }
  }
}

export function fgbPageOf(layer: Layer, columns: Columns, row: Readonly<Record<string, unknown>> | undefined): FgbPage {
  const body = row?.['fgb'] as Buffer;
  const count = Number(row?.['n'] ?? 0);
  const facts = { count, last: Number(row?.['last'] ?? 0), more: row?.['more'] === true };
  const headed = MAGIC_BYTES + 4 + body.readUInt32LE(MAGIC_BYTES);
  // Of nothing, the one row of nulls behind the header is cut off.
  if (count === 0) return { body: body.subarray(0, headed), ...facts };
  const types = columnNames(layer).map((name) => (name === 'id' ? 'integer' : (columns.get(name)?.type ?? 'text')));
  const indexed = row?.['placed'] === true ? indexBytes(count) : 0;
  renumber(body, headed + indexed, types, row?.['filled'] as Readonly<Record<string, string>>);
  return { body, ...facts };
}
