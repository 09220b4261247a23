// Observations for SensorThings, straight from the history: every row of a Datastream, also those that a later one corrected.
import type { Queryable } from '../database/database.ts';
import { type ObservationFigures, observationFigures } from './past.ts';
import { pointOf } from './points.ts';
import type { readObservationId, StoredPoint } from './sta-entities.ts';
import type { Options } from './sta-path.ts';

const stored = (row: ObservationFigures): StoredPoint => ({ ...pointOf(row), identity: row.identity });

/** One more than $top, so that the caller sees whether there is a rest. */
export async function listObservations(database: Queryable, datastream: number, options: Options): Promise<StoredPoint[]> {
  const rows = await database.query<ObservationFigures>(
    `SELECT ${observationFigures} FROM observation o WHERE o.datastream = $1
     ORDER BY o.phenomenon_time ${options.ascending ? 'ASC' : 'DESC'}, o.identity LIMIT $2 OFFSET $3`,
    [datastream, options.top + 1, options.skip],
  );
  return rows.map(stored);
}

export async function countObservations(database: Queryable, datastream: number): Promise<number> {
  const [row] = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM observation WHERE datastream = $1', [datastream]);
  return row?.n ?? 0;
}

export async function oneObservation(
  database: Queryable,
  id: NonNullable<ReturnType<typeof readObservationId>>,
): Promise<StoredPoint | null> {
  const instant = new Date(id.phenomenonTime);
  if (Number.isNaN(instant.getTime())) return null;
  const [row] = await database.query<ObservationFigures>(
    `SELECT ${observationFigures} FROM observation o WHERE o.datastream = $1 AND o.phenomenon_time = $2::timestamptz AND o.identity = $3`,
    [id.datastream, instant.toISOString(), id.identity],
  );
  return row ? stored(row) : null;
}
