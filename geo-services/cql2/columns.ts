// The properties of a layer by their types in the database: what a filter may name, and what the schemas tell.
//
// Source: OGC API Features Part 3 (19-079r2) §6.2 queryables, Part 5 (23-058) §7–8. PostgreSQL 15 §8 for the names of types.
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';

export type ColumnType = 'integer' | 'number' | 'boolean' | 'text' | 'date' | 'timestamp' | 'geometry';
export interface Column {
  readonly type: ColumnType;
  /** An expression over the layer's table, made of checked identifiers only. */
  readonly sql: string;
}
/** By the name that clients use: `id`, the declared attributes in order, `geometry`. */
export type Columns = ReadonlyMap<string, Column>;

const types: Readonly<Record<string, ColumnType>> = {
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  real: 'number',
  'double precision': 'number',
  numeric: 'number',
  boolean: 'boolean',
  text: 'text',
  character: 'text',
  'character varying': 'text',
  date: 'date',
  'timestamp with time zone': 'timestamp',
  'timestamp without time zone': 'timestamp',
};

function columnOf(name: string, dataType: string | undefined): Column {
  const type = dataType === undefined ? undefined : types[dataType];
  if (type === undefined) throw new Problem('bad-declaration', { what: `column ${name} of type ${dataType ?? 'unknown'}` });
  // character(6) is padded and compares otherwise than text; a timestamp without zone is UTC here.
  if (type === 'text') return { type, sql: `"${name}"::text` };
  return { type, sql: dataType === 'timestamp without time zone' ? `("${name}" AT TIME ZONE 'UTC')` : `"${name}"` };
}

/** `dataTypes`: column → information_schema.columns.data_type. @throws Problem bad-declaration for a column without a type that we know */
export function columnsOf(layer: Layer, dataTypes: ReadonlyMap<string, string>): Columns {
  return new Map<string, Column>([
    ['id', columnOf('id', dataTypes.get('id'))],
    ...layer.attributes.map((name) => [name, columnOf(name, dataTypes.get(name))] as const),
    ['geometry', { type: 'geometry', sql: '"geom"' }],
  ]);
}
