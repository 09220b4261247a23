// The functions of $filter: what each takes and gives, and how the database says it. `$1`, `$2` stand for the arguments' SQL.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §9.3.3.5.2 (built-in query functions: string, date, math, geospatial, spatial relationship);
// the temporal relations before … during are those of FROST-Server, by ISO 8601 intervals.
import type { Kind } from './model.ts';

export interface Form {
  readonly takes: readonly Kind[];
  readonly gives: Kind;
  readonly sql: string;
}
export interface DeclaredFunction {
  readonly name: string;
  readonly forms: readonly Form[];
}

const one = (name: string, takes: readonly Kind[], gives: Kind, sql: string): DeclaredFunction => ({
  name,
  forms: [{ takes, gives, sql }],
});
/** Parts of a moment are those of UTC, which is what every time is stored and compared in. */
const part = (name: string, field: string): DeclaredFunction =>
  one(name, ['time'], 'number', `extract(${field} FROM ($1 AT TIME ZONE 'UTC'))::float8`);
const relation = (name: string, sql: string): DeclaredFunction => one(name, ['geo', 'geo'], 'bool', sql);
/** Periods are [from, to); an instant has from = to. $1f is the from of the first. */
const temporal = (name: string, sql: string): DeclaredFunction => one(name, ['period', 'period'], 'bool', sql);

const declared: readonly DeclaredFunction[] = [
  // Character data is measured in characters, positions count from 0.
  one('substringof', ['text', 'text'], 'bool', 'strpos($2, $1) > 0'),
  one('contains', ['text', 'text'], 'bool', 'strpos($1, $2) > 0'),
  one('endswith', ['text', 'text'], 'bool', "(right($1, length($2)) = $2 OR $2 = '')"),
  one('startswith', ['text', 'text'], 'bool', 'starts_with($1, $2)'),
  one('length', ['text'], 'number', 'length($1)::float8'),
  one('indexof', ['text', 'text'], 'number', '(strpos($1, $2) - 1)::float8'),
  {
    name: 'substring',
    forms: [
      { takes: ['text', 'number'], gives: 'text', sql: 'substr($1, sta_whole($2) + 1)' },
      { takes: ['text', 'number', 'number'], gives: 'text', sql: 'substr($1, sta_whole($2) + 1, greatest(sta_whole($3), 0))' },
    ],
  },
  one('tolower', ['text'], 'text', 'lower($1)'),
  one('toupper', ['text'], 'text', 'upper($1)'),
  one('trim', ['text'], 'text', 'btrim($1)'),
  one('concat', ['text', 'text'], 'text', '($1 || $2)'),

  part('year', 'year'),
  part('month', 'month'),
  part('day', 'day'),
  part('hour', 'hour'),
  part('minute', 'minute'),
  one('second', ['time'], 'number', `floor(extract(second FROM ($1 AT TIME ZONE 'UTC')))::float8`),
  one('fractionalseconds', ['time'], 'number', `(extract(second FROM ($1 AT TIME ZONE 'UTC')) % 1)::float8`),
  one('date', ['time'], 'date', `($1 AT TIME ZONE 'UTC')::date`),
  one('time', ['time'], 'clock', `($1 AT TIME ZONE 'UTC')::time`),
  // Times are given back in the house's own offset and compared in UTC.
  one('totaloffsetminutes', ['time'], 'number', '(0 * extract(epoch FROM $1))::float8'),
  { name: 'now', forms: [{ takes: [], gives: 'time', sql: 'statement_timestamp()' }] },
  { name: 'mindatetime', forms: [{ takes: [], gives: 'time', sql: "'-infinity'::timestamptz" }] },
  { name: 'maxdatetime', forms: [{ takes: [], gives: 'time', sql: "'infinity'::timestamptz" }] },

  // Half away from zero, as OData has it; round(float8) of PostgreSQL goes to even.
  one('round', ['number'], 'number', 'sta_round($1)'),
  one('floor', ['number'], 'number', 'floor($1)'),
  one('ceiling', ['number'], 'number', 'ceil($1)'),

  // In the units of the coordinate system (degrees), as the examples of the clause have it.
  one('geo.distance', ['geo', 'geo'], 'number', 'ST_Distance($1, $2)'),
  one('geo.length', ['geo'], 'number', 'ST_Length($1)'),
  relation('geo.intersects', 'ST_Intersects($1, $2)'),
  relation('st_equals', 'ST_Equals($1, $2)'),
  relation('st_disjoint', 'ST_Disjoint($1, $2)'),
  relation('st_touches', 'ST_Touches($1, $2)'),
  relation('st_within', 'ST_Within($1, $2)'),
  relation('st_overlaps', 'ST_Overlaps($1, $2)'),
  relation('st_crosses', 'ST_Crosses($1, $2)'),
  relation('st_intersects', 'ST_Intersects($1, $2)'),
  relation('st_contains', 'ST_Contains($1, $2)'),
  one('st_relate', ['geo', 'geo', 'text'], 'bool', 'ST_Relate($1, $2, $3)'),

  temporal('before', '$1t <= $2f AND NOT ($1f = $2f)'),
  temporal('after', '$1f >= $2t AND NOT ($1f = $2f)'),
  temporal('meets', '($1t = $2f OR $1f = $2t)'),
  temporal('during', '($1f >= $2f AND $1t <= $2t)'),
  temporal('overlaps', '($1f = $2f OR ($1f < $2t AND $2f < $1t))'),
  temporal('intersects', '($1f <= $2t AND $2f <= $1t)'),
  temporal('starts', '$1f = $2f'),
  temporal('finishes', '$1t = $2t'),
];

const byName = new Map(declared.map((each) => [each.name, each]));
export const functionNames: readonly string[] = [...byName.keys()];
export function functionNamed(name: string): DeclaredFunction | undefined {
  return byName.get(name);
}
