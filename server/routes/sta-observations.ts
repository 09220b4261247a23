// Observations for SensorThings, straight from the history: every row of a Datastream, also those that a later one corrected.
import type { LngLat } from '../../contracts/geo.ts';
import { Problem } from '../../contracts/problem.ts';
import type { HistoryPoint } from '../../contracts/wire.ts';
import type { Queryable } from '../database/database.ts';
import { type ObservationFigures, observationFigures } from '../store/observation-row.ts';
import { pointOf } from './points.ts';
import type { Comparison, Operator, Options } from './sta-query.ts';

/** A row of the history, with the identity that tells it from others at its time and the position it was observed at, if it had one of its own. */
export type StoredPoint = HistoryPoint & { readonly datastream: number; readonly identity: number; readonly position: LngLat | null };

/** Which rows: of these Datastreams; `still`: only those without a position of their own; `only`: this one. */
export interface ObservationSource {
  readonly datastreams: readonly number[];
  readonly still?: boolean;
  readonly only?: ObservationKey;
}
export interface ObservationKey {
  readonly datastream: number;
  readonly phenomenonTime: number;
  readonly identity: number;
}

/** {datastream}:{milliseconds}:{identity}, stable as long as the row is. */
export function observationId({ datastream, phenomenonTime, identity }: ObservationKey): string {
  return `${datastream}:${phenomenonTime}:${identity}`;
}
/** null: no id of an Observation. */
export function readObservationId(id: string | number): ObservationKey | null {
  const match = /^(\d{1,9}):(-?\d{1,15}):(-?\d{1,10})$/.exec(String(id));
  if (!match || Math.abs(Number(match[2])) > 8e14 || Math.abs(Number(match[3])) > 2 ** 31 - 1) return null;
  return { datastream: Number(match[1]), phenomenonTime: Number(match[2]), identity: Number(match[3]) };
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
const stored = (row: ObservationFigures): StoredPoint => ({
  ...pointOf(row),
  datastream: row.datastream,
  identity: row.identity,
  position: row.lng === null || row.lat === null ? null : [row.lng, row.lat],
});

const sqlOf: Readonly<Record<Operator, string>> = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' };
const columnOf: Readonly<Record<string, string>> = {
  phenomenonTime: 'p.phenomenon_time',
  resultTime: 'p.received',
  result: 'p.result',
  id: 'p.phenomenon_time',
};

/** WHERE of the rows of one Datastream d.id; the phenomenonTime of a mean is the start of its period. @throws Problem unsupported */
function conditions(source: ObservationSource, filter: readonly Comparison[], values: unknown[]): string {
  const parameter = (value: unknown): string => {
    values.push(value);
    return `$${values.length}`;
  };
  const exactly = (key: ObservationKey): string =>
    `p.datastream = ${parameter(key.datastream)}::int AND p.phenomenon_time = ${parameter(iso(key.phenomenonTime))}::timestamptz AND p.identity = ${parameter(key.identity)}::int`;
  const parts = ['p.datastream = d.id', ...(source.still ? ['p.lng IS NULL'] : []), ...(source.only ? [exactly(source.only)] : [])];
  for (const { property, operator, value } of filter) {
    if (property === 'id') {
      const key = readObservationId(value);
      if (operator !== 'eq') throw new Problem('unsupported', { what: `$filter=id ${operator}，Observations 只可用 eq` });
      parts.push(key ? exactly(key) : 'false');
    } else {
      const given = property === 'result' ? `${parameter(value)}::float8` : `${parameter(iso(value as number))}::timestamptz`;
      parts.push(`${columnOf[property]} ${sqlOf[operator]} ${given}`);
    }
  }
  return parts.join(' AND ');
}

/**
 * One more than $top, so that the caller sees whether there is a rest. Newest first where no order is asked for. Each Datastream gives at
 * most what could be on the page, by its index, so a page over many does not read their whole history.
 */
export async function listObservations(database: Queryable, source: ObservationSource, options: Options): Promise<StoredPoint[]> {
  if (source.datastreams.length === 0) return [];
  const values: unknown[] = [[...source.datastreams], options.top + 1, options.skip];
  const where = conditions(source, options.filter, values);
  const direction = options.order?.ascending ? 'ASC' : 'DESC';
  const column = (columnOf[options.order?.property ?? 'phenomenonTime'] as string).slice(2);
  const rows = await database.query<ObservationFigures>(
    `SELECT ${observationFigures} FROM unnest($1::int[]) AS d(id) CROSS JOIN LATERAL (
       SELECT * FROM observation p WHERE ${where} ORDER BY p.${column} ${direction}, p.phenomenon_time ${direction}, p.identity LIMIT $2::int + $3::int) o
     ORDER BY o.${column} ${direction}, o.phenomenon_time ${direction}, o.datastream, o.identity LIMIT $2 OFFSET $3`,
    values,
  );
  return rows.map(stored);
}

export async function countObservations(database: Queryable, source: ObservationSource, filter: readonly Comparison[]): Promise<number> {
  const values: unknown[] = [[...source.datastreams]];
  const where = conditions(source, filter, values);
  const [row] = await database.query<{ n: number }>(
    `SELECT count(*)::float8 AS n FROM unnest($1::int[]) AS d(id) JOIN observation p ON ${where}`,
    values,
  );
  return row?.n ?? 0;
}

/** The row that a frame brought at this time. */
export async function observationOfFrame(
  database: Queryable,
  datastream: number,
  phenomenonTime: number,
  frame: number,
): Promise<StoredPoint | null> {
  const [row] = await database.query<ObservationFigures>(
    `SELECT ${observationFigures} FROM observation o WHERE o.datastream = $1 AND o.phenomenon_time = $2::timestamptz AND o.frame = $3`,
    [datastream, iso(phenomenonTime), frame],
  );
  return row ? stored(row) : null;
}

export async function oneObservation(database: Queryable, key: ObservationKey): Promise<StoredPoint | null> {
  const [row] = await database.query<ObservationFigures>(
    `SELECT ${observationFigures} FROM observation o WHERE o.datastream = $1 AND o.phenomenon_time = $2::timestamptz AND o.identity = $3`,
    [key.datastream, iso(key.phenomenonTime), key.identity],
  );
  return row ? stored(row) : null;
}
