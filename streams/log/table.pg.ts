// The embedded log: raw frames in the table frame_batch, many per commit. `committed` resolves when the commit is on the disk.
//
// Group commit: while one commit is on its way, whoever calls append() gathers for the next. One connection of the log's own
// writes, one batch after the other, so FrameIds appear in order and a reader never skips one that comes later.
// When the database goes, everyone who waits is told at once (the device must send again), and the connection is made anew with back-off.
import pg from 'pg';
import { type Appended, batchOf, type Committed, type FrameLog, frameId, type Logged } from '../../contracts/log.ts';
import type { FrameId, Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { type BatchWriter, createBatch, decodeBatch, decodeFrame, frameCost, mostFrames } from './batch.ts';

export interface TableLogOptions {
  readonly now: () => Instant;
  /** Frames in one commit, at most; 65,535 is the format's limit. */
  readonly maxBatchFrames?: number;
  /** Bytes in one commit, at most. One larger frame is refused. */
  readonly maxBatchBytes?: number;
  /** What may wait before append() says overloaded. */
  readonly maxWaitingFrames?: number;
  readonly maxWaitingBytes?: number;
  /** A commit or a connection that takes longer counts as a database that is away. */
  readonly timeoutMilliseconds?: number;
}

export interface TableLog extends FrameLog {
  /**
   * Deletes whole batches that became durable before `instant` and that every consumer in log_cursor has passed. Returns how many frames.
   * @throws Problem database-unavailable
   */
  dropBefore(instant: Instant): Promise<number>;
  /** `failing`: connected, and the last commit failed all the same (a full disk). */
  stats(): {
    readonly up: boolean;
    readonly failing: boolean;
    readonly waitingFrames: number;
    readonly commits: number;
    readonly frames: number;
  };
  /** Commits what waits, then lets the connection go. Later appends are refused. */
  close(): Promise<void>;
}

/** Frames that go to the disk together. */
interface Batch {
  readonly frames: BatchWriter;
  readonly committed: Promise<Committed>;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (problem: unknown) => void;
}
function openBatch(): Batch {
  let settle: Pick<Batch, 'resolve' | 'reject'> | undefined;
  const committed = new Promise<Committed>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever waits hears of it; that nobody waits is no reason to end the process.
  committed.catch(() => undefined);
  return { frames: createBatch(), committed, ...(settle as unknown as Pick<Batch, 'resolve' | 'reject'>) };
}
function refuse(problem: Problem): Appended {
  const committed = Promise.reject(problem);
  committed.catch(() => undefined);
  return { index: 0, committed };
}

const firstPauseMilliseconds = 100;
const longestPauseMilliseconds = 2000;
/** A commit of so many frames says that more are coming: the next one gathers for a moment, unless enough are there. */
const busyFrames = 64;
const enoughFrames = 1024;
const gatherMilliseconds = 4;
const readPageBytes = 2_000_000;
const readPageBatches = 256;
const dropChunk = 500;

function away(cause: unknown): Problem {
  const problem = new Problem('database-unavailable');
  problem.cause = cause;
  return problem;
}

/** The pool's settings for a connection of our own: pg keeps the secrets out of enumeration, so they are named. */
function connectionSettings(pool: pg.Pool, timeout: number): pg.ClientConfig {
  const { options } = pool;
  return {
    ...options,
    password: options.password,
    ssl: options.ssl,
    connectionTimeoutMillis: timeout,
    query_timeout: timeout,
    keepAlive: true,
    application_name: 'liaozhi-log',
  };
}

const insert = {
  name: 'frame-append',
  text: 'INSERT INTO frame_batch (durable, frames, body) VALUES (to_timestamp($1::float8 / 1000), $2, $3) RETURNING id',
};
const readPage = `
  SELECT id, extract(epoch FROM durable)::float8 * 1000 AS durable, body FROM (
    SELECT id, durable, body, sum(octet_length(body)) OVER (ORDER BY id) - octet_length(body) AS before
    FROM (SELECT id, durable, body FROM frame_batch WHERE id >= $1 ORDER BY id LIMIT ${readPageBatches}) page) sized
  WHERE before < ${readPageBytes} ORDER BY id`;
const dropPage = `
  DELETE FROM frame_batch WHERE id IN (
    SELECT id FROM (SELECT id, durable FROM frame_batch ORDER BY id LIMIT ${dropChunk}) oldest
    WHERE durable < to_timestamp($1::float8 / 1000)
      AND id < (SELECT coalesce(min(frame) / 65536, 9223372036854775807) FROM log_cursor)) RETURNING frames`;

/** Opens the log on the database of `pool`; reads go through the pool, writes through a connection of the log's own. */
export function openTableLog(pool: pg.Pool, options: TableLogOptions): TableLog {
  const { now } = options;
  const maxBatchFrames = Math.min(options.maxBatchFrames ?? 8192, mostFrames);
  const maxBatchBytes = options.maxBatchBytes ?? 4_000_000;
  const maxWaitingFrames = options.maxWaitingFrames ?? 50_000;
  const maxWaitingBytes = options.maxWaitingBytes ?? 64_000_000;
  const timeout = options.timeoutMilliseconds ?? 10_000;
  // The pool's own, where it has one: it knows the way to the database of today.
  const { Client = pg.Client } = pool.options as { Client?: typeof pg.Client };

  /** In their order; the last one gathers. */
  let waiting: Batch[] = [];
  let [waitingFrames, waitingBytes] = [0, 0];
  /** null: away, or being connected. */
  let client: pg.Client | null = null;
  let connecting = false;
  /** The last attempt failed and the next one has not begun: nobody is made to wait. */
  let down = false;
  let committing = false;
  let scheduled = false;
  let gather: NodeJS.Timeout | null = null;
  /** Of the last commit. */
  let lastFrames = 0;
  let closed = false;
  let pause: { timer: NodeJS.Timeout; end: () => void } | null = null;
  let drained: (() => void)[] = [];
  let commits = 0;
  let failing = false;
  let frames = 0;

  function settleClose(): void {
    if (committing || waiting.length > 0) return;
    for (const done of drained) done();
    drained = [];
  }

  function rejectWaiting(problem: Problem): void {
    const all = waiting;
    waiting = [];
    [waitingFrames, waitingBytes] = [0, 0];
    for (const { reject } of all) reject(problem);
    settleClose();
  }

  function drop(gone: pg.Client): void {
    gone.removeAllListeners('end');
    gone.end().catch(() => undefined);
    if (client === gone) client = null;
  }

  /** The connection broke while nothing was on its way; a commit on its way hears of it by its own error. */
  function lost(gone: pg.Client): void {
    if (client !== gone) return;
    drop(gone);
    if (!committing) void connect();
  }

  async function connect(): Promise<void> {
    if (connecting) return;
    connecting = true;
    for (let wait = firstPauseMilliseconds; !closed || waiting.length > 0; wait = Math.min(wait * 2, longestPauseMilliseconds)) {
      down = false;
      const candidate = new Client(connectionSettings(pool, timeout));
      candidate.on('error', () => lost(candidate));
      candidate.on('end', () => lost(candidate));
      try {
        await candidate.connect();
        // Whatever the server's default is: an acknowledged frame is on the disk.
        await candidate.query('SET synchronous_commit = on');
        client = candidate;
        break;
      } catch (error) {
        drop(candidate);
        down = true;
        rejectWaiting(away(error));
        if (closed) break;
        await new Promise<void>((end) => {
          pause = { timer: setTimeout(end, wait), end };
        });
        pause = null;
      }
    }
    connecting = false;
    schedule();
  }

  /**
   * After the current turn of the loop, so that all who were just told, and all who came with the same packet, share the next commit. Under
   * load, when one commit would follow the other with a few hundred frames each, a little later: half as many flushes of the disk.
   */
  function schedule(): void {
    if (scheduled || committing || !client || waitingFrames === 0) return;
    scheduled = true;
    if (lastFrames >= busyFrames && waitingFrames < enoughFrames) gather = setTimeout(begin, gatherMilliseconds);
    else setImmediate(begin);
  }
  function begin(): void {
    gather = null;
    scheduled = false;
    if (!committing && client && waitingFrames > 0) void commit(client);
  }

  function takeBatch(): Batch {
    const batch = waiting.shift() as Batch;
    waitingFrames -= batch.frames.count;
    waitingBytes -= batch.frames.cost;
    return batch;
  }

  async function commit(through: pg.Client): Promise<void> {
    committing = true;
    const batch = takeBatch();
    try {
      const { count } = batch.frames;
      lastFrames = count;
      const { rows } = await through.query<{ id: string | number }>({ ...insert, values: [now(), count, batch.frames.encode()] });
      commits++;
      failing = false;
      frames += count;
      batch.resolve({ batch: Number(rows[0]?.id), durable: now() });
      committing = false;
      // Lost just after the answer came: nothing on its way would notice.
      if (!client) void connect();
    } catch (error) {
      // Whether this commit reached the disk is not known; not acknowledged is always the safe answer, the history knows a second copy.
      const problem = away(error);
      failing = true;
      drop(through);
      batch.reject(problem);
      committing = false;
      rejectWaiting(problem);
      void connect();
    }
    settleClose();
    schedule();
  }

  async function rowsOf<R extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<R[]> {
    try {
      return (await pool.query<R>(text, [...values])).rows;
    } catch (error) {
      throw away(error);
    }
  }

  void connect();
  return {
    append(frame) {
      if (closed || down) return refuse(new Problem('database-unavailable'));
      const cost = frameCost(frame);
      if (cost > maxBatchBytes) return refuse(new Problem('too-large', { bytes: frame.bytes.length, limit: maxBatchBytes }));
      if (waitingFrames >= maxWaitingFrames || waitingBytes + cost > maxWaitingBytes)
        return refuse(new Problem('overloaded', { retryAfterSeconds: 1 }));
      let batch = waiting[waiting.length - 1];
      if (!batch || batch.frames.count >= maxBatchFrames || batch.frames.cost + cost > maxBatchBytes) {
        batch = openBatch();
        waiting.push(batch);
      }
      const index = batch.frames.add(frame);
      waitingFrames++;
      waitingBytes += cost;
      if (gather && waitingFrames >= enoughFrames) {
        clearTimeout(gather);
        gather = null;
        setImmediate(begin);
      }
      schedule();
      return { index, committed: batch.committed };
    },
    async *read(after: FrameId) {
      const start = after < 0 ? { batch: 0, index: -1 } : batchOf(after);
      let next = start.batch;
      for (;;) {
        const rows = await rowsOf<{ id: string | number; durable: number; body: Buffer }>(readPage, [next]);
        if (rows.length === 0) return;
        const page: Logged[] = [];
        for (const { id, durable, body } of rows) {
          const batch = Number(id);
          decodeBatch(body).forEach((frame, index) => {
            if (batch > start.batch || index > start.index) page.push({ id: frameId(batch, index), frame, durable: Math.round(durable) });
          });
          next = batch + 1;
        }
        if (page.length > 0) yield page;
      }
    },
    async get(id) {
      const { batch, index } = batchOf(id);
      const [row] = await rowsOf<{ durable: number; body: Buffer }>(
        'SELECT extract(epoch FROM durable)::float8 * 1000 AS durable, body FROM frame_batch WHERE id = $1',
        [batch],
      );
      const frame = row && decodeFrame(row.body, index);
      // A copy: the frame must not hold its whole batch in memory.
      return row && frame ? { id, frame: { ...frame, bytes: frame.bytes.slice() }, durable: Math.round(row.durable) } : null;
    },
    async dropBefore(instant) {
      let dropped = 0;
      for (;;) {
        const rows = await rowsOf<{ frames: number }>(dropPage, [instant]);
        dropped += rows.reduce((sum, row) => sum + row.frames, 0);
        if (rows.length < dropChunk) return dropped;
      }
    },
    stats: () => ({ up: client !== null, failing, waitingFrames, commits, frames }),
    async close() {
      closed = true;
      if (pause) {
        clearTimeout(pause.timer);
        pause.end();
      }
      await new Promise<void>((done) => {
        drained.push(done);
        settleClose();
      });
      const last = client;
      client = null;
      if (last) {
        last.removeAllListeners('end');
        await last.end().catch(() => undefined);
      }
    },
  };
}
