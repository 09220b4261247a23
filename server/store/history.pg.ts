// History: Observations and alarms into PostGIS in large batches, exactly once, with the log cursor moved in the same transaction.
//
// Binary COPY straight into the partitioned table is the fast road. Where a row is there already (QoS 1 redelivery, replay after a crash)
// COPY fails as a whole; the batch then goes through a staging table with ON CONFLICT DO NOTHING, and so do the next ones for a while.
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Alarm } from '../../contracts/event.ts';
import { checkBits, type FrameId, type Instant, qualities, type Revision } from '../../contracts/observation.ts';
import { copyStream, createRowWriter, halves, observationColumns, type RowBatch, type RowWriter } from './copy-binary.ts';
import type { HistoryQueue } from './history-queue.ts';
import { partitionOf } from './partitions.ts';

export interface HistoryOptions {
  /** Rows that make a flush without waiting. */
  readonly batchRows?: number;
  /** Longest wait before a flush. */
  readonly flushMilliseconds?: number;
  readonly now: () => Instant;
  /** What must be written before the cursor passes the frames of a batch; a rejection is tried again like one of the database. */
  readonly before?: () => Promise<void>;
  readonly onError?: (error: unknown) => void;
}

export interface History extends HistoryQueue {
  /** Resolves when everything queued so far is written. Waits through a database outage. */
  flushed(): Promise<void>;
  close(): Promise<void>;
}

const cursorName = 'history';
const stagingMilliseconds = 10_000;

/** The last frame whose consequences are in the history; 0 on an empty database. */
export async function readCursor(pool: pg.Pool): Promise<FrameId> {
  const { rows } = await pool.query<{ frame: number }>('SELECT frame FROM log_cursor WHERE consumer = $1', [cursorName]);
  return Number(rows[0]?.frame ?? 0);
}

export function openHistory(pool: pg.Pool, options: HistoryOptions): History {
  const batchRows = options.batchRows ?? 20_000;
  const flushMilliseconds = options.flushMilliseconds ?? 200;
  /** Days since 1970 whose partition is there. A number per row: the name of a partition costs more than its row. */
  const days = new Set<number>();
  let rows: RowWriter = createRowWriter();
  let alarms: Alarm[] = [];
  /** The last one of each Datastream and time, as it will be written after the rows. */
  let revisions = new Map<string, Revision>();
  let cursor: FrameId | null = null;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let stagingUntil = 0;
  let urgent = false;
  let waiting = 0;
  let closed = false;

  async function makePartitions(client: pg.PoolClient, batch: RowBatch): Promise<void> {
    for (const day of batch.days) {
      if (days.has(day)) continue;
      const partition = partitionOf(day * 86_400_000);
      await client.query(
        `CREATE TABLE IF NOT EXISTS ${partition.name} PARTITION OF observation FOR VALUES FROM ('${partition.from}') TO ('${partition.to}')`,
      );
      days.add(day);
    }
  }

  async function copy(client: pg.PoolClient, table: string, batch: RowBatch): Promise<void> {
    const stream = client.query(copyFrom(`COPY ${table} (${observationColumns}) FROM STDIN WITH (FORMAT binary)`));
    await pipeline(copyStream(batch), stream);
  }

  async function writeAlarms(client: pg.PoolClient, list: readonly Alarm[]): Promise<void> {
    for (const a of list) {
      await client.query({
        name: 'alarm-upsert',
        text: `INSERT INTO alarm (id, thing, stream, series, level, rule, title, value, limit_value, unit, source, since, updated, cleared,
                 adcode, lng, lat, quality, provenance, frame)
               VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,to_timestamp($12::float8/1000),to_timestamp($13::float8/1000),
                 to_timestamp($14::float8/1000),$15,$16,$17,$18,$19,$20)
               ON CONFLICT (id) DO UPDATE SET level = excluded.level, rule = excluded.rule, title = excluded.title, value = excluded.value,
                 limit_value = excluded.limit_value, source = excluded.source, updated = excluded.updated, cleared = excluded.cleared,
                 quality = excluded.quality, frame = excluded.frame`,
        values: [
          ...[
            a.id,
            a.thing,
            a.stream,
            a.series,
            a.level,
            a.rule,
            a.title,
            a.value,
            a.limit,
            a.unit,
            a.source,
            a.since,
            a.updated,
            a.cleared,
          ],
          ...[a.adcode, a.position?.[0] ?? null, a.position?.[1] ?? null, a.quality, a.provenance, a.frame],
        ],
      });
      await client.query({
        name: 'alarm-change',
        text: `INSERT INTO alarm_change (alarm, at, level, value, cleared) VALUES ($1, to_timestamp($2::float8/1000), $3, $4, $5)
               ON CONFLICT (alarm, at) DO UPDATE SET level = excluded.level, value = excluded.value, cleared = excluded.cleared`,
        values: [a.id, a.cleared ?? a.updated, a.level, a.value, a.cleared !== null],
      });
    }
  }

  async function writeRevisions(client: pg.PoolClient, list: readonly Revision[]): Promise<void> {
    if (list.length === 0) return;
    await client.query({
      name: 'observation-revise',
      text: `UPDATE observation o SET quality = r.quality, failed = r.failed
             FROM unnest($1::int[], $2::float8[], $3::int[], $4::smallint[], $5::smallint[]) AS r (datastream, time, identity, quality, failed)
             WHERE o.datastream = r.datastream AND o.phenomenon_time = to_timestamp(r.time / 1000) AND o.identity = r.identity`,
      values: [
        list.map((r) => r.datastream),
        list.map((r) => r.phenomenonTime),
        list.map((r) => r.identity),
        list.map((r) => qualities.indexOf(r.quality)),
        list.map((r) => checkBits(r.failed)),
      ],
    });
  }

  async function writeOnce(
    batch: RowBatch,
    batchAlarms: readonly Alarm[],
    at: FrameId | null,
    revised: readonly Revision[],
  ): Promise<void> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await makePartitions(client, batch);
      await client.query('BEGIN');
      if (batch.count > 0) {
        if (options.now() < stagingUntil) {
          await client.query('CREATE TEMP TABLE staging (LIKE observation) ON COMMIT DROP');
          await copy(client, 'staging', batch);
          await client.query(
            `INSERT INTO observation (${observationColumns}) SELECT ${observationColumns} FROM staging ON CONFLICT DO NOTHING`,
          );
        } else await copy(client, 'observation', batch);
      }
      await writeRevisions(client, revised);
      await writeAlarms(client, batchAlarms);
      if (at !== null)
        await client.query(
          `INSERT INTO log_cursor (consumer, frame) VALUES ($1, $2)
           ON CONFLICT (consumer) DO UPDATE SET frame = greatest(log_cursor.frame, excluded.frame), updated = now()`,
          [cursorName, at],
        );
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch((second: Error) => {
        broken = second;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /**
   * Until it is written: a duplicate turns to staging, a missing partition is made again, an outage is waited for. A batch that the database
   * refuses for its content is halved until the one bad row stands alone; that row is reported and left out, the others are kept.
   */
  async function write(batch: RowBatch, batchAlarms: readonly Alarm[], at: FrameId | null, revised: readonly Revision[]): Promise<void> {
    for (let pause = 100; ; pause = Math.min(pause * 2, 2000)) {
      try {
        await options.before?.();
        await writeOnce(batch, batchAlarms, at, revised);
        return;
      } catch (error) {
        const code = (error as { code?: string }).code ?? '';
        if (code === '23505') {
          stagingUntil = options.now() + stagingMilliseconds;
          continue;
        }
        options.onError?.(error);
        // "no partition of relation found for row" is filed under check violations (23514): the row is good, retention dropped its partition.
        const { routine } = error as { routine?: string };
        if (/^2[23]/.test(code) && routine !== 'ExecFindPartition') {
          if (batch.count + batchAlarms.length <= 1) return;
          const alarmHalf = batchAlarms.length >> 1;
          const [first, second] = halves(batch);
          await write(first, batchAlarms.slice(0, alarmHalf), null, []);
          return write(second, batchAlarms.slice(alarmHalf), at, revised);
        }
        days.clear();
        if (closed) throw error;
        await new Promise((wake) => setTimeout(wake, pause));
      }
    }
  }

  async function drain(): Promise<void> {
    while (cursor !== null && (urgent || rows.count >= batchRows)) {
      const [batch, batchAlarms, at, revised] = [rows.batch(), alarms, cursor, [...revisions.values()]];
      rows = createRowWriter();
      alarms = [];
      revisions = new Map();
      cursor = null;
      await write(batch, batchAlarms, at, revised);
      // Small batches back to back would fight with the log for the disk: what came in meanwhile waits for its own turn.
      urgent = waiting > 0;
    }
    if (cursor !== null) timer ??= setTimeout(() => start(), flushMilliseconds);
  }
  function start(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    urgent = true;
    running ??= drain()
      .catch((error) => options.onError?.(error))
      .finally(() => {
        running = null;
      });
    return running;
  }

  async function flushed(): Promise<void> {
    waiting++;
    try {
      while (cursor !== null || running) await start();
    } finally {
      waiting--;
    }
  }

  return {
    add(observations, changed, done, revised) {
      for (const o of observations) rows.add(o);
      if (revised) for (const r of revised) revisions.set(`${r.datastream} ${r.phenomenonTime} ${r.identity}`, r);
      for (const alarm of changed) alarms.push(alarm);
      cursor = Math.max(done, cursor ?? 0);
      if (rows.count >= batchRows) void start();
      else if (!running) timer ??= setTimeout(() => void start(), flushMilliseconds);
    },
    flushed,
    backlog: () => rows.count,
    async room() {
      while (rows.count > batchRows) await (running ?? start());
    },
    async close() {
      closed = true;
      await flushed();
      if (timer) clearTimeout(timer);
    },
  };
}
