// The database is killed, or stopped and started, while a file is loaded: the job goes on by itself, and every row is there once.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Imports } from '../../geo-services/import/imports.ts';
import { openImports } from '../../geo-services/import/jobs.pg.ts';
import { type Cluster, startCluster } from './cluster.file.ts';
import { problemOf } from './failures.ts';
import { migrate } from './migrate.pg.ts';
import { openDatabase, type PgDatabase } from './pool.pg.ts';

const rows = 60_000;
const text = Array.from({ length: rows }, (_, n) =>
  JSON.stringify({ type: 'Feature', properties: { n }, geometry: { type: 'Point', coordinates: [123 + n / 1e6, 41] } }),
).join('\n');
let folder: string;
let cluster: Cluster;
let database: PgDatabase;
let imports: Imports;
const errors: unknown[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outage-'));
  cluster = await startCluster({ dataDir: join(folder, 'data') });
  database = openDatabase(() => cluster.url);
  await migrate(database);
  const pool = database.lane('import', 3);
  imports = openImports({
    pool,
    folder: join(folder, 'imports'),
    problemOf,
    onError: (e) => errors.push(e),
    batchRows: 500,
    retryMilliseconds: 200,
  });
}, 120_000);
afterAll(async () => {
  await imports?.stop();
  await database?.close();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function at(id: number): Promise<{ state: string; row: number } | null> {
  const found = await database
    .query<{ state: string; row: number }>('SELECT state, at_row::int AS row FROM import_job WHERE id = $1', [id])
    .catch(() => []);
  return found[0] ?? null;
}

test.each([
  ['kill -9 of the postmaster, three times', 3, (): void => void process.kill(cluster.pid ?? 0, 'SIGKILL')],
  [
    'a stop and a start, a second apart',
    1,
    async (): Promise<void> => {
      await cluster.stop();
      await pause(1000);
      cluster = await startCluster({ dataDir: join(folder, 'data') });
    },
  ],
] as const)('%s', { timeout: 120_000 }, async (_, times, strike) => {
  const id = await imports.create({ user: 'test', department: 'data' }, { previewed: false, plan: { id: `struck-${times}` } });
  await imports.uploaded(id, [await imports.save(id, 'struck.geojsonl', Readable.from([Buffer.from(text)]))]);
  let seen = 0;
  for (let n = 0; n < times; n++) {
    const goal = seen + 3000;
    for (;;) {
      seen = (await at(id))?.row ?? seen;
      if (seen >= goal) break;
      await pause(5);
    }
    await strike();
  }
  for (;;) {
    const now = await at(id);
    if (now && !['running', 'queued', 'previewing'].includes(now.state)) break;
    await pause(50);
  }
  const job = await imports.job(id);
  expect([job.state, job.message, job.report.read, job.report.imported]).toEqual(['done', null, rows, rows]);
  const [layer] = await database.query<{ table_name: string }>('SELECT table_name FROM layer WHERE id = $1', [`struck-${times}`]);
  expect(await database.query(`SELECT count(*)::int AS n, count(DISTINCT n)::int AS distinct FROM ${layer?.table_name}`)).toEqual([
    { n: rows, distinct: rows },
  ]);
  expect(errors).toEqual([]);
});
