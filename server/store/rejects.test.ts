// rejects.pg.ts on a real database: what was refused and who is unknown outlives an outage, once, and stays bounded.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { openRejects, type RejectsOptions } from './rejects.pg.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(() => db.database.query('TRUNCATE dead_letter, unclaimed_device, unclaimed_frame'));

/** The pool, which fails the n-th statement and those after it until it is told otherwise. */
function flaky(code: string): { pool: typeof db.database.pool; failFrom(statement: number): void } {
  let left = Number.POSITIVE_INFINITY;
  const query = (...given: unknown[]): unknown => {
    if (left-- <= 0) return Promise.reject(Object.assign(new Error('no'), { code }));
    return (db.database.pool.query as (...values: unknown[]) => unknown)(...given);
  };
  return {
    pool: { query } as unknown as typeof db.database.pool,
    failFrom: (statement) => {
      left = statement;
    },
  };
}
const at = Date.UTC(2026, 10, 24);
const letter = (n: number) => ({
  ...{ received: at + n, protocol: 'hj212', address: 'a', device: null, frame: n, bytes: null },
  problem: new Problem('malformed-frame', { reason: String(n) }),
});
const quiet: RejectsOptions = { flushMilliseconds: 3_600_000 };
const letters = async (): Promise<number[]> =>
  (await db.database.query<{ frame: number }>('SELECT frame FROM dead_letter ORDER BY id')).map((row) => Number(row.frame));
const counted = async (): Promise<number[]> =>
  (await db.database.query<{ frames: number }>('SELECT frames FROM unclaimed_device ORDER BY device')).map((row) => Number(row.frames));

it.each([0, 1, 2])('an outage at statement %i loses and doubles nothing', async (statement) => {
  const { pool, failFrom } = flaky('57P01');
  const errors: unknown[] = [];
  const rejects = openRejects(pool, { ...quiet, onError: (error) => errors.push(error) });
  rejects.deadLetter(letter(1));
  rejects.unclaimed('hj212', 'A', 'a', 1, at);
  rejects.unclaimed('hj212', 'B', 'a', 2, at);
  failFrom(statement);
  await rejects.flushed();
  expect(errors).toHaveLength(1);
  rejects.deadLetter(letter(2));
  rejects.unclaimed('hj212', 'A', 'a', 3, at + 1000);
  failFrom(Number.POSITIVE_INFINITY);
  expect(await rejects.framesOf('hj212', 'A')).toEqual([1, 3]);
  expect(await rejects.framesOf('hj212', 'B')).toEqual([2]);
  expect([await letters(), await counted(), rejects.dropped()]).toEqual([[1, 2], [2, 1], 0]);
  await rejects.close();
});

it('what waits is bounded, and the rest is counted', async () => {
  const { pool, failFrom } = flaky('57P01');
  const rejects = openRejects(pool, { ...quiet, rowsPerFlush: 3 });
  failFrom(0);
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < 3; n++) {
      rejects.deadLetter(letter(round * 3 + n));
      rejects.unclaimed('hj212', 'A', 'a', round * 3 + n, at);
    }
    await rejects.flushed();
  }
  failFrom(Number.POSITIVE_INFINITY);
  expect(await rejects.framesOf('hj212', 'A')).toEqual([0, 1, 2]);
  expect([await letters(), rejects.dropped()]).toEqual([[0, 1, 2], 9]);
  await rejects.close();
});

it('what the database will never take is not offered for ever', async () => {
  const { pool, failFrom } = flaky('22021');
  const rejects = openRejects(pool, quiet);
  rejects.deadLetter(letter(1));
  failFrom(0);
  await rejects.flushed();
  failFrom(Number.POSITIVE_INFINITY);
  await rejects.flushed();
  expect([await letters(), rejects.dropped()]).toEqual([[], 1]);
  await rejects.close();
});
