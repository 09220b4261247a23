// What SensorThings Observations say beside their results, written in batches before the history's cursor passes their frames.
import type pg from 'pg';
import type { Observation, Reading, ReadingDetails } from '../../contracts/observation.ts';
import { classify } from '../database/failures.ts';

interface Entry {
  readonly observation: Observation;
  readonly details: ReadingDetails;
}
export interface ObservationDetails {
  /** Takes note of a judged Observation, if there is something to note. */
  hear(observation: Observation, reading: Reading): void;
  /** Resolves when all that was noted so far, and `also`, is in the database. @throws the database's error while it is away; all is kept for the next call */
  written(also?: () => Promise<void>): Promise<void>;
  /** Entries that the database would not take. */
  refused(): number;
}

const mostAtOnce = 5000;
const iso = (instant: number | null | undefined): string | null =>
  instant === null || instant === undefined ? null : new Date(instant).toISOString();
const text = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));

/** An Observation that comes a second time (QoS 1, replay) is there already, and stays as it came first. */
async function insert(pool: pg.Pool, entries: readonly Entry[]): Promise<void> {
  const column = <T>(of: (entry: Entry) => T): T[] => entries.map(of);
  await pool.query({
    name: 'observation-detail-insert',
    text: `INSERT INTO observation_detail (datastream, phenomenon_time, identity, frame, root, withdrawn, until, result_time, valid_from, valid_to,
         parameters, quality, feature)
       SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::int[], $4::bigint[], $5::int[], $6::boolean[], $7::timestamptz[], $8::timestamptz[],
         $9::timestamptz[], $10::timestamptz[], $11::jsonb[], $12::jsonb[], $13::bigint[])
       ON CONFLICT DO NOTHING`,
    values: [
      column(({ observation }) => observation.datastream),
      column(({ observation }) => iso(observation.phenomenonTime)),
      column(({ observation }) => observation.identity),
      column(({ observation }) => observation.frame),
      column(({ observation, details }) => details.corrects ?? observation.identity),
      column(({ details }) => details.withdrawn),
      column(({ details }) => iso(details.until)),
      column(({ details }) => iso(details.resultTime)),
      column(({ details }) => iso(details.validTime?.[0])),
      column(({ details }) => iso(details.validTime?.[1])),
      column(({ details }) => text(details.parameters)),
      column(({ details }) => text(details.quality)),
      column(({ details }) => details.feature),
    ],
  });
}

export function openObservationDetails(pool: pg.Pool, onError: (error: unknown) => void): ObservationDetails {
  let entries: Entry[] = [];
  let writing: Promise<void> | null = null;
  let refused = 0;

  /** What the database refuses for its content is halved until the one that it is stands alone; that one is reported and left out. */
  async function write(batch: readonly Entry[]): Promise<void> {
    try {
      await insert(pool, batch);
    } catch (error) {
      if (classify(error) !== 'defect') throw error;
      if (batch.length > 1) {
        await write(batch.slice(0, batch.length >> 1));
        await write(batch.slice(batch.length >> 1));
      } else {
        refused++;
        onError(error);
      }
    }
  }
  async function drain(): Promise<void> {
    while (entries.length > 0) {
      const batch = entries.slice(0, mostAtOnce);
      await write(batch);
      entries = entries.slice(batch.length);
    }
  }
  return {
    hear(observation, { details }) {
      if (details) entries.push({ observation, details });
    },
    async written(also) {
      writing ??= drain().finally(() => {
        writing = null;
      });
      await Promise.all([writing, also?.()]);
    },
    refused: () => refused,
  };
}
