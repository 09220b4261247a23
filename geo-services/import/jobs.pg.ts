// Import jobs: one at a time from the queue through preview and loading, cancelled at any moment, and gone on with after a stop of the server.
// Several servers may stand on one database: whoever writes a job holds its advisory lock, and who has its files takes it up.
import type pg from 'pg';
import { isOver } from '../../contracts/import.ts';
import { Problem } from '../../contracts/problem.ts';
import { layersById } from '../one-map/index.ts';
import { openFolders } from './folders.file.ts';
import type { Imports } from './imports.ts';
import { changeJob, endJob, type JobRow, jobOf, readJob } from './job-table.pg.ts';
import { load, publish } from './load.pg.ts';
import { planImport } from './plan.ts';
import { previewOf, sampleRows } from './preview.ts';
import type { SourceRow } from './reading/row.ts';
import { openSources } from './reading/sources.file.ts';
import { openReport } from './report.ts';
import { type Writer, writerOn } from './staging.pg.ts';

export interface ImportsOptions {
  /** Two connections: one writes, one asks. Not through a pooler of transactions: a lock is held for the length of a job. */
  readonly pool: pg.Pool;
  /** Where files lie until their job is over. */
  readonly folder: string;
  /** Ids that nobody may take; absent: those of the declared collections. */
  readonly taken?: ReadonlySet<string>;
  readonly onError: (error: unknown) => void;
  /** What a failure of the pool is to who asked: away, busy, or a defect. */
  readonly problemOf: (error: unknown) => unknown;
  readonly batchRows?: number;
  readonly retryMilliseconds?: number;
  /** An upload that has written nothing for so long was left by a server that is gone. */
  readonly quietSeconds?: number;
}

class Stopped extends Error {}
/** First key of the advisory lock of a job; its id is the second. */
const lockClass = 210_010;
/** So long a job waits for the server that has its files before it is told lost. */
const lostAfterMilliseconds = 24 * 3_600_000;

export function openImports({
  pool,
  folder,
  onError,
  problemOf,
  batchRows = 2000,
  retryMilliseconds = 3000,
  quietSeconds = 120,
  ...options
}: ImportsOptions): Imports {
  const taken = options.taken ?? new Set(layersById().keys());
  const folders = openFolders(folder);
  /** Of this process: the job that runs, and how to end it. */
  let running: { readonly id: number; readonly abort: AbortController; pid: number } | null = null;
  let queue: Promise<void> = Promise.resolve();
  let stopping = false;
  /** Jobs of the queue, each once. */
  const waiting = new Set<number>();
  const timers = new Set<NodeJS.Timeout>();
  const later = (milliseconds: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!stopping) work();
    }, milliseconds).unref();
    timers.add(timer);
  };

  async function withWriter<T>(work: (writer: Writer, pid: number) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    let broken: Error | undefined;
    const onBroken = (error: Error): void => {
      broken = error;
    };
    client.on('error', onBroken);
    try {
      // Indexing a table of millions takes longer than any question of a page may.
      await client.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET client_min_messages = warning');
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      return await work(writerOn(client), rows[0]?.pid ?? 0);
    } catch (error) {
      if (isAway(error)) broken ??= error as Error;
      throw error;
    } finally {
      client.off('error', onBroken);
      if (!broken) await client.query('SELECT pg_advisory_unlock_all(); RESET ALL').catch(onBroken);
      client.release(broken);
    }
  }
  const asked = {
    query: <R extends Record<string, unknown>>(sql: string, values?: readonly unknown[]) =>
      pool.query<R>(sql, values as unknown[]).then(
        ({ rows }) => rows,
        (error: unknown) => {
          throw problemOf(error);
        },
      ),
  };

  async function end(id: number, state: 'failed' | 'cancelled', message: string | null, tries = 3): Promise<boolean> {
    const ended = await withWriter(async (writer) => {
      await writer.query('BEGIN');
      try {
        const over = await endJob(writer, id, state, message);
        await writer.query('COMMIT');
        return over;
      } catch (error) {
        await writer.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    }).catch((error: unknown) => {
      // Another server writes it: its batch holds the table and wants the job, we hold the job and want the table.
      if ((error as { code?: unknown } | null)?.code === '40P01' && tries > 1) return end(id, state, message, tries - 1);
      throw error;
    });
    if (ended) await folders.remove(id);
    return ended;
  }

  async function takenIds(writer: Writer): Promise<Set<string>> {
    const rows = await writer.query<{ id: string }>('SELECT id FROM layer');
    return new Set([...taken, ...rows.map(({ id }) => id)]);
  }

  async function previewJob(writer: Writer, job: JobRow, signal: AbortSignal): Promise<void> {
    await changeJob(writer, job.id, { state: 'previewing', progress: null, message: null });
    const sources = await openSources(folders.of(job.id), { encoding: job.plan.encoding ?? null, signal });
    const previews = [];
    for (const layer of sources.layers) {
      const rows: SourceRow[] = [];
      for await (const row of layer.read({ skip: 0, limit: sampleRows, signal })) rows.push(row);
      const wish = job.plan.layers?.find(({ source }) => source === layer.name);
      const preview = previewOf(layer, rows, { crs: wish?.crs ?? job.plan.crs ?? null, ...(wish?.place ? { place: wish.place } : {}) });
      previews.push(previews.length === 0 ? { ...preview, notes: [...sources.notes, ...preview.notes] } : preview);
    }
    await changeJob(writer, job.id, { preview: previews });
    if (job.previewed) {
      await changeJob(writer, job.id, { state: 'ready' });
      return;
    }
    try {
      const planned = planImport(job.id, previews, job.plan, await takenIds(writer));
      await changeJob(writer, job.id, { state: 'running', planned });
    } catch (error) {
      // What a person can answer is asked for, and the file need not be sent again.
      if (!(error instanceof Problem)) throw error;
      await changeJob(writer, job.id, { state: 'ready', message: error.zh });
    }
  }

  async function loadJob(writer: Writer, job: JobRow, signal: AbortSignal): Promise<void> {
    const sources = await openSources(folders.of(job.id), { encoding: job.plan.encoding ?? null, signal });
    if (job.report === null) {
      const report = openReport();
      for (const preview of job.preview ?? []) {
        if (!job.planned?.some(({ source }) => source === preview.source)) {
          const skipped = job.plan.layers?.some(({ source, skip }) => source === preview.source && skip);
          if (!skipped) report.note(`${preview.source}：${preview.count ?? '若干'} 行都没有坐标，未导入`);
          continue;
        }
        for (const note of [...preview.notes, ...preview.crs.notes]) report.note(`${preview.source}：${note}`);
      }
      await changeJob(writer, job.id, { report: report.now() });
    }
    await load(writer, await readJob(writer, job.id), sources.layers, { batchRows, batchChars: 8_000_000, signal });
    const loaded = await readJob(writer, job.id);
    const rows = loaded.staged.reduce((sum, one) => sum + one.rows, 0);
    if (rows === 0) throw new Problem('bad-file', { name: job.files[0]?.name ?? '—', reason: '没有一条可以导入' });
    signal.throwIfAborted();
    await publish(writer, job.id, loaded.staged, {
      ...{
        department: job.plan.department ?? job.department,
        provenance: job.plan.provenance ?? 'reported',
        theme: job.plan.theme ?? 'imported',
      },
      ...{
        source:
          job.plan.source ??
          `导入：${job.files
            .map(({ name }) => name)
            .join('、')
            .slice(0, 200)}`,
        adcodeColumn: job.plan.adcodeColumn ?? null,
      },
      ...{ createdBy: job.created_by, taken, titles: new Map(loaded.planned?.map(({ source, title }) => [source, title])) },
      metadata: { import: job.id, files: job.files },
    });
    await folders.remove(job.id);
  }

  async function run(id: number): Promise<void> {
    const abort = new AbortController();
    const mine = { id, abort, pid: 0 };
    running = mine;
    try {
      await withWriter(async (writer, pid) => {
        mine.pid = pid;
        // A second server, or the connection of a killed one that the database has not missed yet.
        const [lock] = await writer.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS got', [lockClass, id]);
        if (!lock?.got) return later(retryMilliseconds, () => enqueue(id));
        const job = await readJob(writer, id);
        // Over though it was in the queue: its end was written, but the answer or the server was lost.
        if (isOver(job.state)) return await folders.remove(id);
        if (job.state === 'ready' || job.state === 'uploading') return;
        if (!(await folders.has(id))) {
          const [age] = await writer.query<{ ms: number }>(
            'SELECT extract(epoch FROM now() - updated)::float8 * 1000 AS ms FROM import_job WHERE id = $1',
            [id],
          );
          // Given to another server, which has it in its queue.
          if ((age?.ms ?? 0) < lostAfterMilliseconds) return later(retryMilliseconds * 10, () => enqueue(id));
          throw new Problem('bad-file', { name: job.files[0]?.name ?? '—', reason: '文件已不在服务器上' });
        }
        if (job.state !== 'running') await previewJob(writer, job, abort.signal);
        const next = await readJob(writer, id);
        if (next.state === 'running') await loadJob(writer, next, abort.signal);
      });
    } catch (error) {
      if (abort.signal.aborted) return;
      if (isAway(error)) return later(retryMilliseconds, () => enqueue(id));
      if (!(error instanceof Problem)) onError(error);
      await end(id, 'failed', wordsOf(error)).catch((again: unknown) => {
        // The fault of the file comes again with the next try.
        if (isAway(again)) later(retryMilliseconds, () => enqueue(id));
        else onError(again);
      });
    } finally {
      running = null;
    }
  }
  function enqueue(id: number): void {
    if (waiting.has(id)) return;
    waiting.add(id);
    queue = queue.then(() => {
      waiting.delete(id);
      return stopping ? undefined : run(id);
    });
  }
  /** What other servers left, or this one before it was killed: uploads that stand still, folders without a job, jobs that nobody runs. */
  async function sweep(): Promise<void> {
    const quiet = await asked.query<{ id: number }>(
      `UPDATE import_job SET state = 'failed', message = '上传中断，请重新上传', updated = now()
       WHERE state = 'uploading' AND updated < now() - make_interval(secs => $1) RETURNING id`,
      [quietSeconds],
    );
    const over = await asked.query<{ id: number }>(
      `SELECT id FROM import_job WHERE id = ANY($1::int[]) AND state IN ('done', 'failed', 'cancelled')`,
      [await folders.jobs()],
    );
    for (const { id } of [...quiet, ...over]) await folders.remove(id).catch(onError);
    const open = await asked.query<{ id: number }>(
      `SELECT id FROM import_job WHERE state IN ('queued', 'previewing', 'running') ORDER BY id`,
    );
    for (const { id } of open) if (running?.id !== id) enqueue(id);
  }
  const sweepAgain = (): void => later((quietSeconds * 1000) / 2, () => void sweep().catch(onError).finally(sweepAgain));
  async function halt(reason: Error): Promise<void> {
    const now = running;
    if (!now) return;
    now.abort.abort(reason);
    // A statement that takes minutes is not waited for.
    if (now.pid) await asked.query('SELECT pg_cancel_backend($1)', [now.pid]).catch(() => undefined);
  }

  return {
    async create({ user, department }, { previewed, plan }) {
      const [row] = await asked.query<{ id: number }>(
        'INSERT INTO import_job (previewed, plan, department, created_by) VALUES ($1, $2, $3, $4) RETURNING id',
        [previewed, JSON.stringify(plan), department, user],
      );
      return row?.id ?? 0;
    },
    room: (bytes) => folders.room(bytes),
    async save(id, name, stream) {
      // Says that the upload goes on.
      const beat = setInterval(
        () => void asked.query(`UPDATE import_job SET updated = now() WHERE id = $1 AND state = 'uploading'`, [id]).catch(onError),
        (quietSeconds * 1000) / 4,
      );
      return await folders.save(id, name, stream as never).finally(() => clearInterval(beat));
    },
    async uploaded(id, files, late = undefined) {
      await changeJob(asked, id, { ...late, state: 'queued', files }, 'uploading');
      enqueue(id);
    },
    job: async (id) => jobOf(await readJob(asked, id)),
    async list(user, limit) {
      const rows = await asked.query<JobRow>(
        `SELECT *, at_row::float8 AS at_row FROM import_job WHERE $1::text IS NULL OR created_by = $1 ORDER BY id DESC LIMIT $2`,
        [user, limit],
      );
      return rows.map(jobOf);
    },
    async start(id, plan) {
      const job = await readJob(asked, id);
      if (job.state !== 'ready' || !job.preview) throw new Problem('conflict', { what: `导入任务 ${id} 不在等待方案` });
      const merged = { ...job.plan, ...plan };
      const rows = await asked.query<{ id: string }>('SELECT id FROM layer');
      const planned = planImport(id, job.preview, merged, new Set([...taken, ...rows.map((row) => row.id)]));
      // Other characters change every name: the file is looked at again.
      const again = merged.encoding !== undefined && merged.encoding !== job.plan.encoding;
      await changeJob(
        asked,
        id,
        again ? { plan: merged, state: 'queued', previewed: false } : { plan: merged, planned, state: 'running', message: null },
        'ready',
      );
      enqueue(id);
    },
    async cancel(id) {
      const job = await readJob(asked, id);
      if (isOver(job.state)) {
        // Files that came after its end.
        await folders.remove(id);
        throw new Problem('conflict', { what: `导入任务 ${id} 已结束` });
      }
      if (running?.id === id) {
        const settled = queue;
        await halt(new Stopped('cancelled'));
        // Only the job that runs is waited for, not those behind it.
        while (running?.id === id) await Promise.race([settled, new Promise((later) => setTimeout(later, 20))]);
      }
      const ended = await end(id, 'cancelled', null).catch((error: unknown) => {
        throw problemOf(error);
      });
      if (!ended) throw new Problem('conflict', { what: `导入任务 ${id} 已结束` });
    },
    async resume() {
      await sweep();
      sweepAgain();
    },
    async stop() {
      stopping = true;
      for (const timer of timers) clearTimeout(timer);
      await halt(new Stopped('stop'));
      await queue;
    },
    async idle() {
      let before: Promise<void> | null = null;
      while (before !== queue) {
        before = queue;
        await before;
      }
    },
  };
}

/**
 * The connection broke, the database is going down or coming up, or others were in the way: none is the file's fault, and the job goes on later.
 * Source: PostgreSQL 15, Appendix A, classes 08 and 57P; 25006, 53300, 55P03, 40001, 40P01.
 */
function isAway(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown };
  if (error instanceof Problem) return error.code === 'database-unavailable' || error.code === 'overloaded';
  if (typeof code === 'string')
    return (
      /^(08|57P|25006|53300|55P03|40001|40P01)|^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)/.test(code) ||
      // The unix socket of a cluster that is down.
      (code === 'ENOENT' && syscall === 'connect')
    );
  return (
    error instanceof Error &&
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed/.test(
      error.message,
    )
  );
}
/** For whoever reads the job: the log has the rest. */
function wordsOf(error: unknown): string {
  if (error instanceof Problem) return error.zh;
  const { code } = (error ?? {}) as { code?: unknown };
  if (code === 'ENOSPC' || code === '53100') return '服务器磁盘已满，腾出空间后请重新导入';
  return `内部错误${typeof code === 'string' ? `（${code}）` : ''}，已记入日志`;
}
