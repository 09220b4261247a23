// pool.pg.ts against real databases: types, transactions, a pool run dry, an outage and the return without a restart.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { type Cluster, startCluster } from './cluster.file.ts';
import { openDatabase, type PgDatabase } from './pool.pg.ts';

let test: TestDatabase;
let database: PgDatabase;
beforeAll(async () => {
  test = await testDatabase({ max: 2, connectTimeoutMilliseconds: 300, maxWaiting: 3, statementTimeoutMilliseconds: 5000 });
  database = test.database;
  await database.query('CREATE TABLE note (n integer PRIMARY KEY)');
});
afterAll(() => test.drop());

function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (!condition()) return;
      clearInterval(timer);
      resolve();
    }, 10);
  });
}

describe('query', () => {
  it('gives int8 as number, null as null, times as Date, and knows PostGIS', async () => {
    const rows = await database.query(
      "SELECT 9007199254740991::int8 AS big, NULL::int8 AS none, '2026-03-01T00:00:00Z'::timestamptz AS at, ST_AsText('POINT(123.4 41.8)') AS p",
    );
    expect(rows).toEqual([{ big: 9007199254740991, none: null, at: new Date('2026-03-01T00:00:00Z'), p: 'POINT(123.4 41.8)' }]);
  });
  it('takes values, and prepared statements by name', async () => {
    for (const n of [1, 2]) expect(await database.query('SELECT $1::integer + 1 AS m', [n], 'plus-one')).toEqual([{ m: n + 1 }]);
    const prepared = await database.query("SELECT name FROM pg_prepared_statements WHERE name = 'plus-one'");
    expect(prepared).toHaveLength(1);
  });
  it('throws a defect of the SQL as it is, and the connection stays usable', async () => {
    await expect(database.query('SELECT nonsense')).rejects.toMatchObject({ code: '42703' });
    expect(database.state().up).toBe(true);
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('transaction', () => {
  it('commits what the work wrote and gives its result', async () => {
    expect(await database.transaction(async (tx) => (await tx.query('INSERT INTO note VALUES (1) RETURNING n'))[0]?.n)).toBe(1);
    expect(await database.query('SELECT n FROM note')).toEqual([{ n: 1 }]);
  });
  it('rolls back when the work throws', async () => {
    const work = database.transaction(async (tx) => {
      await tx.query('INSERT INTO note VALUES (2)');
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await database.query('SELECT n FROM note')).toEqual([{ n: 1 }]);
  });
  it('throws when the work swallowed a failed statement: COMMIT would have been a ROLLBACK', async () => {
    const work = database.transaction(async (tx) => {
      await tx.query('INSERT INTO note VALUES (3)');
      await tx.query('INSERT INTO note VALUES (1)').catch(() => {});
    });
    await expect(work).rejects.toThrow('rolled back');
    expect(await database.query('SELECT n FROM note')).toEqual([{ n: 1 }]);
  });
});

describe('a pool run dry', () => {
  it('answers overloaded with retryAfterSeconds after the wait, at once when the queue is full, and recovers', async () => {
    let free = (): void => {};
    const held = new Promise<void>((resolve) => {
      free = resolve;
    });
    let holding = 0;
    const holders = [1, 2].map(() =>
      database.transaction(async () => {
        holding++;
        await held;
      }),
    );
    await until(() => holding === 2);
    const waiting = [1, 2, 3].map(() => database.query('SELECT 1').catch((error: unknown) => error));
    const refused = await database.query('SELECT 1').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'overloaded', details: { retryAfterSeconds: 1 } });
    // At once: nothing of the pool's time-out is behind it.
    expect((refused as Error).cause).toBeUndefined();
    for (const answer of await Promise.all(waiting))
      expect(answer).toMatchObject({ code: 'overloaded', details: { retryAfterSeconds: 1 } });
    expect(database.state().up).toBe(true);
    free();
    await Promise.all(holders);
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
  it('outlives a lent connection that breaks while nobody asks it anything', async () => {
    const lent = await database.pool.connect();
    const ended = new Promise((resolve) => lent.once('end', resolve));
    const pid = (await lent.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
    await database.query('SELECT pg_terminate_backend($1)', [pid]);
    await ended;
    lent.release(true);
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
  it('ends a statement that takes too long', async () => {
    const impatient = openDatabase(test.url, { max: 1, statementTimeoutMilliseconds: 50 });
    await expect(impatient.query('SELECT pg_sleep(20)')).rejects.toMatchObject({ code: 'overloaded' });
    await impatient.close();
  });
});

describe('the database away', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'liaozhi-outage-'));
  chmodSync(scratch, 0o755);
  const clusters: Cluster[] = [];
  const start = async (port = 0): Promise<Cluster> => {
    const cluster = await startCluster({ dataDir: join(scratch, 'data'), port });
    clusters.push(cluster);
    return cluster;
  };
  afterAll(async () => {
    await clusters.at(-1)?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('queries say so, listeners hear it, and all goes on without a restart when it is back', async () => {
    const first = await start();
    const outage = openDatabase(first.url, { max: 4 });
    const heard: boolean[] = [];
    outage.onState((up) => heard.push(up));
    await outage.query('CREATE TABLE kept AS SELECT 1 AS n');
    const before = outage.state().since;
    const inFlight = outage.transaction((tx) => tx.query('SELECT pg_sleep(60)'));
    inFlight.catch(() => {});
    await outage.query('SELECT 1');
    await first.stop();

    await expect(inFlight).rejects.toMatchObject({ code: 'database-unavailable', status: 503 });
    await expect(outage.query('SELECT 1')).rejects.toMatchObject({ code: 'database-unavailable' });
    await expect(outage.transaction((tx) => tx.query('SELECT 1'))).rejects.toMatchObject({ code: 'database-unavailable' });
    expect(outage.state().up).toBe(false);
    expect(outage.state().since).toBeGreaterThanOrEqual(before);

    const second = await start(first.port);
    expect(second.url).toBe(first.url);
    // Nobody asks: the probe finds it.
    await until(() => outage.state().up);
    expect(await outage.query('SELECT n FROM kept')).toEqual([{ n: 1 }]);

    // It stands still, as behind a dead network: neither an answer nor an end of the line comes.
    const frozen = await outage.pool.connect();
    const asked = frozen.query('SELECT pg_sleep(0.2)').then(() => frozen.query('SELECT 1'));
    const pids = [
      second.pid ?? 0,
      ...execFileSync('pgrep', ['-P', String(second.pid)], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map(Number),
    ];
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await expect(asked).rejects.toThrow(/terminated|ended|closed/);
    frozen.release(true);
    expect(outage.state().up).toBe(false);
    await expect(outage.query('SELECT 1')).rejects.toMatchObject({ code: 'database-unavailable' });
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    await until(() => outage.state().up);

    await outage.query('SELECT 1');
    // kill −9, and nobody asks: broken idle connections tell.
    process.kill(second.pid ?? 0, 'SIGKILL');
    await until(() => heard.length >= 5);
    await until(() => outage.state().up);
    expect(await outage.query('SELECT n FROM kept')).toEqual([{ n: 1 }]);
    expect(heard).toEqual([false, true, false, true, false, true]);
    await outage.close();
  });
});
