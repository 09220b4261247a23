// Trust in each Datastream, written down once a minute where it changed, so that any past moment can be told; and what it is counted from.
//
// The counts are written beside the history, not with it: a crash may forget or double a minute of them, never a reading.
import type pg from 'pg';
import type { Instant, SeriesKey } from '../../contracts/observation.ts';
import type { Trust } from '../../contracts/trust.ts';
import { packTally, unpackTally } from '../../streams/operators/trust.ts';
import type { Pipeline } from '../../streams/pipeline.ts';
import type { Queryable } from '../database/database.ts';
import type { Registry } from '../house.ts';

export interface TrustKeeper {
  /** Reads the counts of before the restart. Before the first reading. */
  recover(): Promise<void>;
  /** Writes what changed since the last time. */
  write(): Promise<void>;
  close(): Promise<void>;
}
const everyMilliseconds = 60_000;
/** Datastreams looked at before others get a turn. */
const inOneGo = 2000;

export function openTrust(
  pool: pg.Pool,
  options: {
    readonly pipeline: Pick<Pipeline, 'trust' | 'tallies' | 'recoverTally'>;
    readonly registry: Pick<Registry, 'datastream' | 'thing'>;
    readonly now: () => Instant;
    readonly onError?: (error: unknown) => void;
  },
): TrustKeeper {
  const { pipeline, registry } = options;
  /** As last written: score and causes, newest reading. */
  const written = new Map<number, { readonly said: string; readonly newest: Instant }>();
  let running: Promise<void> | null = null;

  async function put(changes: readonly Trust[], counts: readonly (readonly [number, Uint8Array])[], at: Instant): Promise<void> {
    if (changes.length > 0)
      await pool.query(
        `INSERT INTO datastream_trust (datastream, at, score, reasons)
         SELECT d, to_timestamp($1::float8 / 1000), s, r::jsonb FROM unnest($2::int[], $3::smallint[], $4::text[]) AS t (d, s, r)
         WHERE EXISTS (SELECT FROM datastream WHERE id = d)
         ON CONFLICT (datastream, at) DO UPDATE SET score = excluded.score, reasons = excluded.reasons`,
        [at, changes.map((c) => c.datastream), changes.map((c) => c.score), changes.map((c) => JSON.stringify(c.reasons))],
      );
    if (counts.length > 0)
      await pool.query(
        `INSERT INTO datastream_tally (datastream, counts) SELECT d, c FROM unnest($1::int[], $2::bytea[]) AS t (d, c)
         WHERE EXISTS (SELECT FROM datastream WHERE id = d) ON CONFLICT (datastream) DO UPDATE SET counts = excluded.counts`,
        [counts.map(([id]) => id), counts.map(([, bytes]) => Buffer.from(bytes))],
      );
  }
  async function writeAll(): Promise<void> {
    const at = options.now();
    const ids = [...pipeline.tallies()];
    for (let from = 0; from < ids.length; from += inOneGo) {
      const changes: Trust[] = [];
      const counts: [number, Uint8Array][] = [];
      const next: [number, { said: string; newest: Instant }][] = [];
      for (const [id, tally] of ids.slice(from, from + inOneGo)) {
        const datastream = registry.datastream(id);
        const thing = datastream && registry.thing(datastream.thing);
        const trust = datastream && thing && pipeline.trust(thing, datastream, at);
        if (!trust) continue;
        const before = written.get(id);
        // The figures in the sentences move with every reading; a change is another score or another cause.
        const said = `${trust.score} ${trust.reasons.map(({ cause }) => cause).join()}`;
        if (before?.said !== said) changes.push({ ...trust, datastream: id, thing: thing.id, series: datastream.series, since: at });
        if (before?.newest !== tally.newest) counts.push([id, packTally(tally)]);
        if (before?.said !== said || before.newest !== tally.newest) next.push([id, { said, newest: tally.newest }]);
      }
      await put(changes, counts, at);
      for (const [id, entry] of next) written.set(id, entry);
      await new Promise((turn) => setImmediate(turn));
    }
  }
  function write(): Promise<void> {
    running ??= writeAll()
      .catch((error) => options.onError?.(error))
      .finally(() => {
        running = null;
      });
    return running;
  }
  const timer = setInterval(() => void write(), everyMilliseconds);
  timer.unref();

  return {
    async recover() {
      const { rows } = await pool.query<{ datastream: number; counts: Buffer }>('SELECT datastream, counts FROM datastream_tally');
      for (const { datastream, counts } of rows) {
        const tally = unpackTally(counts);
        if (tally) pipeline.recoverTally(datastream, tally);
      }
    },
    write,
    async close() {
      clearInterval(timer);
      await running;
      await write();
    },
  };
}

/** As known at a past moment, of these Datastreams. */
export async function trustAt(database: Queryable, datastreams: readonly number[], at: Instant): Promise<Trust[]> {
  const rows = await database.query<{
    datastream: number;
    thing: number;
    series: string;
    score: number;
    reasons: Trust['reasons'];
    since: number;
  }>(
    `SELECT d.id AS datastream, d.thing, d.series, t.score, t.reasons, (extract(epoch FROM t.at) * 1000)::float8 AS since
     FROM datastream d CROSS JOIN LATERAL (SELECT * FROM datastream_trust x WHERE x.datastream = d.id AND x.at <= to_timestamp($2::float8 / 1000)
       ORDER BY x.at DESC LIMIT 1) t WHERE d.id = ANY($1::int[]) ORDER BY d.id`,
    [[...datastreams], at],
  );
  return rows.map((row) => ({ ...row, series: row.series as SeriesKey }));
}
