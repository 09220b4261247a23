// The embedded log on a real PostgreSQL: order, sharing of commits, outage, kill −9 of the database, retention.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Logged, logged as loggedAs } from '../../contracts/log.ts';
import { Problem } from '../../contracts/problem.ts';
import type { RawFrame } from '../../contracts/protocol.ts';
import { type Cluster, startCluster } from '../../server/database/cluster.file.ts';
import { openTableLog, type TableLog } from './table.pg.ts';

// Durable for real, unlike the clusters of other tests: this one is killed.
const dataDir = mkdtempSync(join(tmpdir(), 'liaozhi-log-test-'));
let cluster: Cluster;
let pool: pg.Pool;
const now = (): number => Date.now();
const table = `
  DROP TABLE IF EXISTS frame_batch, log_cursor;
  CREATE TABLE frame_batch (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, durable timestamptz NOT NULL DEFAULT clock_timestamp(),
    frames integer NOT NULL, body bytea NOT NULL);
  CREATE TABLE log_cursor (consumer text PRIMARY KEY, frame bigint NOT NULL, updated timestamptz NOT NULL DEFAULT now());`;

const frameOf = (n: number, size = 60): RawFrame => {
  const bytes = new Uint8Array(size).fill(n % 251);
  new DataView(bytes.buffer).setUint32(0, n);
  return { protocol: n % 2 ? 'mqtt' : 'hj212', address: `peer-${n % 7}`, received: 1_790_000_000_000 + n, bytes };
};
const numberIn = ({ frame }: Logged): number => new DataView(frame.bytes.buffer, frame.bytes.byteOffset).getUint32(0);
async function all(log: TableLog, after = -1): Promise<Logged[]> {
  const list: Logged[] = [];
  for await (const page of log.read(after)) list.push(...page);
  return list;
}
const append = (log: TableLog, frame: RawFrame): Promise<Logged> => loggedAs(frame, log.append(frame));
const code = (error: unknown): string => (error instanceof Problem ? error.code : String(error));

beforeAll(async () => {
  cluster = await startCluster({ dataDir });
  pool = new pg.Pool({ connectionString: cluster.url, max: 4 });
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool?.end();
  await cluster?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function fresh(options: Partial<Parameters<typeof openTableLog>[1]> = {}): Promise<TableLog> {
  await pool.query(table);
  return openTableLog(pool, { now, ...options });
}

describe('table log', () => {
  it('keeps every frame once, in the order of the calls, many to a commit', async () => {
    const log = await fresh({ maxBatchFrames: 500 });
    const logged = await Promise.all(Array.from({ length: 2000 }, (_, n) => append(log, frameOf(n))));
    expect(logged.map(numberIn)).toEqual(Array.from({ length: 2000 }, (_, n) => n));
    expect(logged.every(({ id }, i) => i === 0 || id > (logged[i - 1] as Logged).id)).toBe(true);
    expect(log.stats()).toMatchObject({ frames: 2000, commits: 4, waitingFrames: 0 });
    const read = await all(log);
    expect(read.map(({ id, frame }) => [id, frame.address, frame.protocol, frame.received])).toEqual(
      logged.map(({ id, frame }) => [id, frame.address, frame.protocol, frame.received]),
    );
    const [middle, last] = [logged[777] as Logged, logged[1999] as Logged];
    expect((await all(log, middle.id)).map(numberIn)).toEqual(Array.from({ length: 1222 }, (_, n) => 778 + n));
    expect(await all(log, last.id)).toEqual([]);
    const one = await log.get(middle.id);
    expect(one && [numberIn(one), one.frame.address]).toEqual([777, 'peer-0']);
    expect(await log.get(last.id + 1)).toBeNull();
    expect(await log.get(999 * 65536)).toBeNull();
    await log.close();
  });

  it('a commit stays within its bytes; one frame that cannot is refused, and the others are not held up', async () => {
    const log = await fresh({ maxBatchBytes: 10_000 });
    const results = await Promise.allSettled([
      ...Array.from({ length: 30 }, (_, n) => append(log, frameOf(n, 1000))),
      append(log, frameOf(99, 20_000)),
    ]);
    expect(results.slice(0, 30).every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(code((results[30] as PromiseRejectedResult).reason)).toBe('too-large');
    expect(log.stats().commits).toBe(4);
    await log.close();
  });

  it('says overloaded instead of growing', async () => {
    const log = await fresh({ maxWaitingFrames: 100 });
    const results = await Promise.allSettled(Array.from({ length: 150 }, (_, n) => append(log, frameOf(n))));
    const refused = results.filter((r): r is PromiseRejectedResult => r.status === 'rejected');
    expect(refused.length).toBe(50);
    expect(
      refused.every(({ reason }) => reason instanceof Problem && reason.code === 'overloaded' && reason.details['retryAfterSeconds'] === 1),
    ).toBe(true);
    expect((await all(log)).length).toBe(100);
    await log.close();
  });

  it('close() commits what waits and refuses what comes later', async () => {
    const log = await fresh();
    const waiting = Array.from({ length: 50 }, (_, n) => append(log, frameOf(n)));
    await log.close();
    expect((await Promise.all(waiting)).length).toBe(50);
    await expect(append(log, frameOf(1))).rejects.toThrow(Problem);
  });

  it('drops what is old and passed by every consumer, and nothing else', async () => {
    let clock = 1000;
    const log = await fresh({ now: () => clock });
    const ids: number[] = [];
    for (let n = 0; n < 6; n++) {
      clock = (n + 1) * 1_000_000;
      ids.push((await append(log, frameOf(n))).id);
    }
    await pool.query('INSERT INTO log_cursor (consumer, frame) VALUES ($1, $2)', ['history', ids[2]]);
    expect(await log.dropBefore(5_500_000)).toBe(2);
    await pool.query('UPDATE log_cursor SET frame = $1', [ids[5]]);
    expect(await log.dropBefore(5_500_000)).toBe(3);
    expect((await all(log)).map(numberIn)).toEqual([5]);
    expect(await log.get(ids[0] as number)).toBeNull();
    await log.close();
  });

  it('a lost connection rejects those on the way, and the next append works', async () => {
    const log = await fresh();
    await append(log, frameOf(0));
    await pool.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'liaozhi-log'");
    let accepted = 0;
    for (let n = 1; accepted < 5; n++) {
      try {
        await append(log, frameOf(n));
        accepted++;
      } catch (error) {
        expect(code(error)).toBe('database-unavailable');
        await sleep(20);
      }
    }
    expect(log.stats().up).toBe(true);
    await log.close();
  });

  it('a database that answers and cannot write is told apart from one that is well', async () => {
    const log = await fresh();
    await append(log, frameOf(0));
    expect(log.stats().failing).toBe(false);
    await pool.query('ALTER TABLE frame_batch ADD CONSTRAINT full_disk CHECK (frames < 0) NOT VALID');
    expect(await append(log, frameOf(1)).then(numberIn, code)).toBe('database-unavailable');
    await expect.poll(() => [log.stats().up, log.stats().failing], { timeout: 10_000 }).toEqual([true, true]);
    await pool.query('ALTER TABLE frame_batch DROP CONSTRAINT full_disk');
    await expect.poll(async () => append(log, frameOf(2)).then(numberIn, code), { timeout: 20_000 }).toBe(2);
    expect(log.stats().failing).toBe(false);
    await log.close();
  });

  it('a table that is locked away counts as an outage after the timeout, and no promise hangs', async () => {
    const log = await fresh({ timeoutMilliseconds: 500 });
    // A busy machine may take longer than that for the first one.
    await expect.poll(async () => append(log, frameOf(0)).then(numberIn, code), { timeout: 20_000 }).toBe(0);
    const locker = await pool.connect();
    await locker.query('BEGIN; LOCK TABLE frame_batch IN ACCESS EXCLUSIVE MODE');
    const results = await Promise.allSettled([append(log, frameOf(1)), append(log, frameOf(2))]);
    expect(results.map((r) => (r.status === 'rejected' ? code(r.reason) : 'accepted'))).toEqual([
      'database-unavailable',
      'database-unavailable',
    ]);
    await locker.query('ROLLBACK');
    locker.release();
    await expect.poll(async () => append(log, frameOf(3)).then(numberIn, code), { timeout: 20_000 }).toBe(3);
    await log.close();
  });

  it('kill −9 of the database during appends: everything resolved is there once, and it goes on by itself', async () => {
    const log = await fresh();
    const acknowledged: number[] = [];
    const refusals = new Set<string>();
    let stop = false;
    let next = 0;
    const sender = async (): Promise<void> => {
      while (!stop) {
        const n = next++;
        try {
          await append(log, frameOf(n, 200));
          acknowledged.push(n);
        } catch (error) {
          refusals.add(code(error));
          await sleep(50);
        }
      }
    };
    const senders = Array.from({ length: 200 }, sender);
    let lastRound = 0;
    for (let round = 0; round < 2; round++) {
      await expect.poll(() => acknowledged.length - lastRound, { timeout: 60_000 }).toBeGreaterThan(3000);
      process.kill(cluster.pid as number, 'SIGKILL');
      await expect.poll(() => log.stats().up, { timeout: 10_000 }).toBe(false);
      lastRound = acknowledged.length;
      await expect.poll(() => log.stats().up, { timeout: 60_000 }).toBe(true);
    }
    await expect.poll(() => acknowledged.length - lastRound, { timeout: 60_000 }).toBeGreaterThan(1000);
    stop = true;
    await Promise.all(senders);
    const kept = (await all(log)).map(numberIn);
    expect(new Set(kept).size).toBe(kept.length);
    const there = new Set(kept);
    expect(acknowledged.filter((n) => !there.has(n))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(7000);
    expect([...refusals]).toEqual(['database-unavailable']);
    await log.close();
  });
});
