// Several servers on one database, and what a server leaves that was killed: a job is loaded once, and no folder stays for ever.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import type { Imports } from './imports.ts';
import { openImports } from './jobs.pg.ts';

let db: TestDatabase;
let folder: string;
const errors: unknown[] = [];
const opened: Imports[] = [];
function open(at = 'imports', quietSeconds = 120): Imports {
  const imports = openImports({
    ...{ pool: db.database.lane(`import-${opened.length}`, 2), folder: join(folder, at), problemOf: (error) => error, batchRows: 200 },
    ...{ taken: new Set<string>(), onError: (error) => errors.push(error), retryMilliseconds: 50, quietSeconds },
  });
  opened.push(imports);
  return imports;
}
beforeAll(async () => {
  db = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'servers-'));
});
// A server of one test would take up the jobs of the next.
afterEach(() => Promise.all(opened.map((one) => one.stop())));
afterAll(async () => {
  await db?.drop();
  rmSync(folder, { recursive: true, force: true });
});

const rows = 20_000;
const text = Array.from({ length: rows }, (_, n) =>
  JSON.stringify({ type: 'Feature', properties: { n }, geometry: { type: 'Point', coordinates: [123 + n / 1e6, 41] } }),
).join('\n');
async function give(into: Imports, id: string): Promise<number> {
  const job = await into.create({ user: 'test', department: 'data' }, { previewed: false, plan: { id } });
  await into.uploaded(job, [await into.save(job, `${id}.geojsonl`, Readable.from([Buffer.from(text)]))]);
  return job;
}
async function until(what: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await what())) {
    if (Date.now() > end) throw new Error('never');
    await pause(5);
  }
}

test.each([
  ['the same folder', 'imports'],
  ['a folder of its own', 'elsewhere'],
])('a second server with %s that starts in the middle neither loads nor fails the job', async (_, at) => {
  const id = `twice-${at}`;
  const first = open();
  const job = await give(first, id);
  await until(async () => (await first.job(job)).report.read >= 1000);
  const second = open(at);
  await second.resume();
  await second.idle();
  expect((await second.job(job)).state).toBe('running');
  await first.idle();
  const done = await first.job(job);
  expect([done.state, done.message, done.report.imported]).toEqual(['done', null, rows]);
  const [layer] = await db.database.query<{ table_name: string }>('SELECT table_name FROM layer WHERE id = $1', [id]);
  expect(await db.database.query(`SELECT count(*)::int AS n, count(DISTINCT n)::int AS distinct FROM ${layer?.table_name}`)).toEqual([
    { n: rows, distinct: rows },
  ]);
  await Promise.all([first.stop(), second.stop()]);
  expect(errors).toEqual([]);
});

test('when the first server is gone the second goes on with its job by itself', async () => {
  const first = open();
  const job = await give(first, 'handed-over');
  await until(async () => (await first.job(job)).report.read >= 1000);
  const second = open();
  await second.resume();
  await first.stop();
  expect((await second.job(job)).state).toBe('running');
  await until(async () => (await second.job(job)).state === 'done');
  expect((await second.job(job)).report.imported).toBe(rows);
});

test('an upload into another server is left alone while it goes on, and ended when it has stood still', async () => {
  const first = open();
  const job = await first.create({ user: 'test', department: 'data' }, { previewed: false, plan: {} });
  const second = open();
  await second.resume();
  expect((await second.job(job)).state).toBe('uploading');
  await db.database.query("UPDATE import_job SET updated = now() - interval '121 seconds' WHERE id = $1", [job]);
  await open().resume();
  expect(await second.job(job)).toMatchObject({ state: 'failed', message: '上传中断，请重新上传' });
});

test('an upload that a killed server left is ended without another start', async () => {
  const id = await open().create({ user: 'test', department: 'data' }, { previewed: false, plan: {} });
  const after = open('imports', 0.2);
  await after.resume();
  await until(async () => (await after.job(id)).state === 'failed');
});

test('an upload that goes on says so', async () => {
  const slow = open('imports', 0.4);
  const id = await slow.create({ user: 'test', department: 'data' }, { previewed: false, plan: { id: 'trickle' } });
  const file = Readable.from(
    (async function* () {
      for (let n = 0; n < 15; n++) {
        yield Buffer.from('{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[123,41]}}\n');
        await pause(100);
      }
    })(),
  );
  await open('imports', 0.4).resume();
  await slow.uploaded(id, [await slow.save(id, 'trickle.geojsonl', file)]);
  await slow.idle();
  expect((await slow.job(id)).state).toBe('done');
});

test('a folder whose job is over is taken away at the start; that of a job that waits stays', async () => {
  const imports = open();
  const [over, waits] = await Promise.all(
    [0, 1].map(() => imports.create({ user: 'test', department: 'data' }, { previewed: true, plan: {} })),
  );
  for (const id of [over, waits, 999_999]) {
    mkdirSync(join(folder, 'imports', String(id), 'given'), { recursive: true });
    writeFileSync(join(folder, 'imports', String(id), 'given', 'a.csv'), 'a');
  }
  await db.database.query(`UPDATE import_job SET state = CASE id WHEN $1 THEN 'done' ELSE 'ready' END WHERE id = ANY($2)`, [
    over,
    [over, waits],
  ]);
  await open().resume();
  expect([over, waits].map((id) => existsSync(join(folder, 'imports', String(id))))).toEqual([false, true]);
});

test('two plans sent at once: one begins, the other is told', async () => {
  const imports = open();
  const id = await imports.create({ user: 'test', department: 'data' }, { previewed: true, plan: {} });
  await imports.uploaded(id, [await imports.save(id, 'two.csv', Readable.from([Buffer.from('n,lng,lat\n1,123,41\n')]))]);
  await imports.idle();
  const answers = await Promise.allSettled([imports.start(id, { id: 'plan-a' }), imports.start(id, { id: 'plan-b' })]);
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await imports.idle();
  expect((await imports.job(id)).state).toBe('done');
});

test('cancelled through another server than the one that loads: no table, no layer, no folder', async () => {
  const [first, second] = [open(), open()];
  const tables = () => db.database.query("SELECT count(*)::int AS n FROM pg_class WHERE relname ~ '^layer_[0-9]+$'");
  const before = await tables();
  const job = await give(first, 'cancelled-there');
  await until(async () => (await first.job(job)).report.read >= 1000);
  await second.cancel(job);
  await first.idle();
  // The loser of a deadlock looks again, and finds it over.
  await pause(200);
  await first.idle();
  expect((await first.job(job)).state).toBe('cancelled');
  expect(await tables()).toEqual(before);
  expect(existsSync(join(folder, 'imports', String(job)))).toBe(false);
});
