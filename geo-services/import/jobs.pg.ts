// Import jobs: one at a time from the queue through preview and loading, cancelled at any moment, and gone on with after a stop of the server.
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
  /** Two connections: one writes, one asks. */
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
}

class Stopped extends Error {}

export function openImports({
  pool,
  folder,
  onError,
  problemOf,
  batchRows = 2000,
  retryMilliseconds = 3000,
  ...options
}: ImportsOptions): Imports {
  const taken = options.taken ?? new Set(layersById().keys());
  const folders = openFolders(folder);
  /** Of this process: the job that runs, and how to end it. */
  let running: { readonly id: number; readonly abort: AbortController; pid: number } | null = null;
  let queue: Promise<void> = Promise.resolve();
  let stopping = false;

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
      if (!broken) await client.query('RESET ALL').catch(onBroken);
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

  async function end(id: number, state: 'failed' | 'cancelled', message: string | null): Promise<boolean> {
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
        const job = await readJob(writer, id);
        if (isOver(job.state) || job.state === 'ready' || job.state === 'uploading') return;
        if (!(await folders.has(id))) throw new Problem('bad-file', { name: job.files[0]?.name ?? '—', reason: '文件已不在服务器上' });
        if (job.state !== 'running') await previewJob(writer, job, abort.signal);
        const next = await readJob(writer, id);
        if (next.state === 'running') await loadJob(writer, next, abort.signal);
      });
    } catch (error) {
      if (abort.signal.aborted) return;
      if (isAway(error)) {
        setTimeout(() => enqueue(id), retryMilliseconds).unref();
        return;
      }
      if (!(error instanceof Problem)) onError(error);
      await end(
        id,
        'failed',
        error instanceof Problem ? error.zh : `内部错误：${error instanceof Error ? error.message.slice(0, 200) : ''}`,
      ).catch(onError);
    } finally {
      running = null;
    }
  }
  function enqueue(id: number): void {
    queue = queue.then(() => (stopping ? undefined : run(id)));
  }
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
    save: (id, name, stream) => folders.save(id, name, stream as never),
    async uploaded(id, files, late = undefined) {
      await changeJob(asked, id, { ...late, state: 'queued', files });
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
      if (job.state !== 'ready' || !job.preview) throw new Problem('conflict', { what: `导入任务 ${id} 不在等待方案（${job.state}）` });
      const merged = { ...job.plan, ...plan };
      const rows = await asked.query<{ id: string }>('SELECT id FROM layer');
      const planned = planImport(id, job.preview, merged, new Set([...taken, ...rows.map((row) => row.id)]));
      // Other characters change every name: the file is looked at again.
      const again = merged.encoding !== undefined && merged.encoding !== job.plan.encoding;
      await changeJob(
        asked,
        id,
        again ? { plan: merged, state: 'queued', previewed: false } : { plan: merged, planned, state: 'running', message: null },
      );
      enqueue(id);
    },
    async cancel(id) {
      const job = await readJob(asked, id);
      if (isOver(job.state)) throw new Problem('conflict', { what: `导入任务 ${id} 已结束` });
      if (running?.id === id) {
        const settled = queue;
        await halt(new Stopped('cancelled'));
        // Only the job that runs is waited for, not those behind it.
        while (running?.id === id) await Promise.race([settled, new Promise((later) => setTimeout(later, 20))]);
      }
      if (!(await end(id, 'cancelled', null))) throw new Problem('conflict', { what: `导入任务 ${id} 已结束` });
    },
    async resume() {
      const rows = await asked.query<{ id: number; state: string }>(
        `SELECT id, state FROM import_job WHERE state IN ('uploading', 'queued', 'previewing', 'running') ORDER BY id`,
      );
      for (const { id, state } of rows) {
        if (state === 'uploading') await end(id, 'failed', '上传中断，请重新上传').catch(onError);
        else enqueue(id);
      }
    },
    async stop() {
      stopping = true;
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

/** The connection broke, or the database is going down: neither is the file's fault. Source: PostgreSQL 15, Appendix A, classes 08 and 57P. */
function isAway(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (error instanceof Problem) return error.code === 'database-unavailable';
  if (typeof code === 'string') return /^(08|57P)|^E(CONN|PIPE|TIMEDOUT)/.test(code);
  return (
    error instanceof Error &&
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(error.message)
  );
}
