// The rows of a layer as SQL: of its table now, or as they were known at any instant, and only those that the layer shows.
//
// Identifiers come from checked declarations (contracts/layer.ts isIdentifier) and are quoted; everything else is a parameter.
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';

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
  const named = [...layer.attributes, ...(layer.adcodeColumn ? [layer.adcodeColumn] : []), ...(layer.only ? [layer.only.column] : [])];
  return ['id', 'revision', 'since', ...[...new Set(named)].filter((name) => !['id', 'revision', 'since'].includes(name)).map(quoted)];
}

/**
 * A FROM item under the name of the table: the table itself, or what was known of it in a moment. Of a moment with a length each feature is
 * given once, in its latest version of that time. Former versions: feature_past (server/migrations/007).
 */
export function relationSql(layer: Layer, moment: Moment | null, next: Placeholder): string {
  const table = quoted(layer.table);
  if (layer.call) {
    // A function answers for now; and without what it takes there is no question.
    if (moment) throw new Problem('bad-parameter', { name: 'datetime', given: layer.id, allowed: '此图层只有现状' });
    const given = layer.call.given ?? layer.call.parameters.map(({ otherwise }) => otherwise);
    if (given.some((value) => value === undefined))
      throw new Problem('bad-declaration', { what: `layer ${layer.id}: its function was given nothing` });
    return `${quoted(layer.call.name)}(${given.map((value) => `${next(value)}::float8`).join(', ')}) AS ${table}`;
  }
  if (!moment) return table;
  // ±infinity are what PostgreSQL calls them; an instant beyond its calendar cannot be written otherwise.
  const stamp = (at: number): string => (Number.isFinite(at) ? new Date(at).toISOString() : at > 0 ? 'infinity' : '-infinity');
  const [from, to] = [`${next(stamp(moment.from))}::timestamptz`, `${next(stamp(moment.to))}::timestamptz`];
  const columns = columnsOf(layer);
  const former = columns.map((name) => (['id', 'revision', 'since'].includes(name) ? `past.${name}` : `was.${name}`));
  const versions = `SELECT ${columns.join(', ')}, geom, geom_3857 FROM ${table} WHERE since <= ${to}
  UNION ALL SELECT ${former.join(', ')}, past.geom, ST_Transform(past.geom, 3857) FROM feature_past AS past, jsonb_populate_record(NULL::${table}, past.attributes) AS was
  WHERE past.source = ${next(layer.table)}::text AND past.since <= ${to} AND past.until > ${from}`;
  const latest =
    moment.from === moment.to ? versions : `SELECT DISTINCT ON (id) * FROM (${versions}) AS versions ORDER BY id, revision DESC`;
  return `(${latest}) AS ${table}`;
}

/** Which rows of the relation belong to the layer. */
export function rowClauses(layer: Layer, next: Placeholder): string[] {
  if (!layer.only) return [];
  const { column, equals, placed } = layer.only;
  return [`${quoted(column)} = ${next(equals)}::text`, ...(placed ? ['geom IS NOT NULL'] : [])];
}

/** Only rows whose AdCode begins with the prefix; null: all. */
export function scopeClauses(layer: Layer, prefix: string | null, next: Placeholder): string[] {
  return prefix === null || layer.adcodeColumn === null ? [] : [`${quoted(layer.adcodeColumn)}::text LIKE ${next(`${prefix}%`)}`];
}

/** `SELECT` list of the attributes. */
export const attributeList = (layer: Layer): string => layer.attributes.map((name) => `, ${quoted(name)}`).join('');
