// What leaves the database when it is old enough: raw frames, whole partitions of history, dead letters, former versions of features. No reading is deleted row by row from history.
import type pg from 'pg';
import type { Instant } from '../../contracts/observation.ts';

export interface RetentionParts {
  readonly pool: pg.Pool;
  /** Drops the raw frames that became durable before the instant (streams/log/table.pg.ts). */
  readonly dropFrames: (before: Instant) => Promise<number>;
  readonly logRetentionDays: number;
  readonly historyRetentionDays: number;
  readonly now: () => Instant;
}
export interface Dropped {
  readonly frames: number;
  readonly partitions: readonly string[];
  readonly letters: number;
}

const day = 86_400_000;
const hour = 3_600_000;

/** The upper bound as PostgreSQL prints it: FOR VALUES FROM ('2026-11-24 00:00:00+00') TO ('2026-11-25 00:00:00+00'). */
const boundOf = /TO \('([^']+)'\)/;

/**
 * Drops partitions whose time is wholly before `instant` and whose rows all came before it too: a year of 2010 replayed yesterday is not old.
 * The lock and the look at the rows are one transaction, so that a row which just comes in is not dropped with them.
 */
async function dropPartitions(pool: pg.Pool, instant: Instant): Promise<string[]> {
  const { rows } = await pool.query<{ name: string; bound: string }>(
    `SELECT child.relname AS name, pg_get_expr(child.relpartbound, child.oid) AS bound
     FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = 'observation'::regclass ORDER BY 1`,
  );
  const dropped: string[] = [];
  for (const { name, bound } of rows) {
    const end = Date.parse(boundOf.exec(bound)?.[1] ?? '');
    if (!(end <= instant)) continue;
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query("SET LOCAL lock_timeout = '5s'");
      await client.query(`LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE`);
      const { rowCount } = await client.query(`SELECT FROM ${name} WHERE received >= to_timestamp($1::float8 / 1000) LIMIT 1`, [instant]);
      if (!rowCount) {
        await client.query(`DROP TABLE ${name}`);
        dropped.push(name);
      }
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }
  return dropped;
}

/** One round. @throws the database's error; the next round goes on where this one stopped */
export async function applyRetention(parts: RetentionParts): Promise<Dropped> {
  const { pool, now } = parts;
  const frames = await parts.dropFrames(now() - parts.logRetentionDays * day);
  const before = [now() - parts.logRetentionDays * day];
  const letters = await pool.query('DELETE FROM dead_letter WHERE received < to_timestamp($1::float8 / 1000)', before);
  // A frame that is no longer in the log cannot be replayed at a claim.
  await pool.query('DELETE FROM unclaimed_frame WHERE frame < (SELECT coalesce(min(id), 0) * 65536 FROM frame_batch)');
  await pool.query(
    `DELETE FROM unclaimed_device u WHERE last_seen < to_timestamp($1::float8 / 1000)
       AND NOT EXISTS (SELECT FROM unclaimed_frame f WHERE f.protocol = u.protocol AND f.device = u.device)`,
    before,
  );
  // What an Observation said beside its result goes with its partition.
  await pool.query(
    `DELETE FROM observation_detail WHERE phenomenon_time < to_timestamp($1::float8 / 1000)
       AND NOT EXISTS (SELECT FROM observation o WHERE o.datastream = observation_detail.datastream
         AND o.phenomenon_time = observation_detail.phenomenon_time AND o.identity = observation_detail.identity)`,
    [now() - parts.historyRetentionDays * day],
  );
  const partitions = await dropPartitions(pool, now() - parts.historyRetentionDays * day);
  // Every server has heard a change within seconds; former versions of features are kept as long as the readings of their time.
  await pool.query('DELETE FROM layer_change WHERE at < to_timestamp($1::float8 / 1000)', [now() - day]);
  await pool.query('DELETE FROM feature_past WHERE until < to_timestamp($1::float8 / 1000)', [now() - parts.historyRetentionDays * day]);
  // Of trust the last word before is kept: it holds until the next one.
  await pool.query(
    `DELETE FROM datastream_trust AS t WHERE at < to_timestamp($1::float8 / 1000)
       AND EXISTS (SELECT FROM datastream_trust AS later WHERE later.datastream = t.datastream AND later.at > t.at AND later.at <= to_timestamp($1::float8 / 1000))`,
    [now() - parts.historyRetentionDays * day],
  );
  return { frames, partitions, letters: letters.rowCount ?? 0 };
}

/** A round every hour, the first one a minute after the start, when the rush of the start is over. */
export function startRetention(
  parts: RetentionParts & { readonly onDropped: (dropped: Dropped) => void; readonly onError: (error: unknown) => void },
): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const round = (): void => {
    running = applyRetention(parts).then((dropped) => {
      if (dropped.frames + dropped.partitions.length + dropped.letters > 0) parts.onDropped(dropped);
    }, parts.onError);
  };
  const first = setTimeout(round, 60_000);
  const every = setInterval(round, hour);
  return {
    async stop() {
      clearTimeout(first);
      clearInterval(every);
      await running;
    },
  };
}
