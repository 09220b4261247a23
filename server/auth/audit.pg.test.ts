// Tests of the audit queue on a real database: nothing waits, nothing odd is lost, and what is lost is told.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { openDatabase } from '../database/pool.pg.ts';
import { createAudit } from './audit.pg.ts';

let db: TestDatabase;
const warnings: unknown[][] = [];
const warn = (...all: unknown[]): void => void warnings.push(all);
const entry = (target: string, detail?: Record<string, unknown>) => ({
  identity: null,
  address: null,
  act: 'write',
  target,
  ...(detail ? { detail } : {}),
});
const rows = () => db.database.query<{ target: string; act: string; detail: object; at: Date }>('SELECT * FROM audit ORDER BY id');

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  warnings.length = 0;
  await db.database.query('TRUNCATE audit');
});

describe('audit', () => {
  it('ten thousand entries in the order they came, with the time they came at', async () => {
    let now = 1_800_000_000_000;
    const audit = createAudit({ database: db.database, now: () => now++, warn, maxQueue: 20_000 });
    for (let each = 0; each < 10_000; each++) audit.audit(entry(String(each), { each }));
    expect(await audit.close()).toBe(0);
    const found = await rows();
    expect(found.map((row) => row.target)).toEqual(Array.from({ length: 10_000 }, (_, each) => String(each)));
    expect(found[7]?.at.getTime()).toBe(1_800_000_000_007);
    expect(warnings).toEqual([]);
  });

  it('any text and any detail is written', async () => {
    const audit = createAudit({ database: db.database, now: () => 0, warn });
    let count = 0;
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (target, detail) => {
        audit.audit(entry(target, detail));
        count++;
      }),
    );
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    for (const odd of [
      circle,
      { n: 1n },
      { text: '\0\ud800' },
      { '\0': 1 },
      { '\ud800': 1 },
      { long: 'x'.repeat(100_000) },
      { f: () => 1, u: undefined },
    ]) {
      audit.audit(entry('odd \0 \udfff', odd));
      count++;
    }
    await audit.close();
    expect(await rows()).toHaveLength(count);
    expect(warnings).toEqual([]);
  });

  it('a full queue drops, warns once, and tells how many in a row of its own', async () => {
    const away = openDatabase('postgresql://nobody@127.0.0.1:1/none', { connectTimeoutMilliseconds: 500 });
    let database = away as typeof db.database;
    const through: typeof db.database = Object.create(db.database, {
      query: { value: (...all: Parameters<typeof db.database.query>) => database.query(...all) },
    });
    const audit = createAudit({ database: through, now: () => 1_800_000_000_000, warn, maxQueue: 100 });
    for (let each = 0; each < 130; each++) audit.audit(entry(String(each)));
    await audit.flush();
    expect(warnings).toHaveLength(1);
    database = db.database;
    await audit.flush();
    const found = await rows();
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toMatchObject({ act: 'audit-dropped', detail: { count: 30, since: '2027-01-15T08:00:00.000Z' } });
    expect(await audit.close()).toBe(0);
    await away.close();
  });

  it('what cannot be written at the end is counted', async () => {
    const away = openDatabase('postgresql://nobody@127.0.0.1:1/none', { connectTimeoutMilliseconds: 500 });
    const audit = createAudit({ database: away, now: () => 0, warn });
    for (let each = 0; each < 3; each++) audit.audit(entry(String(each)));
    expect(await audit.close()).toBe(3);
    expect(warnings.at(-1)).toEqual(['audit entries lost at the end', { lost: 3 }]);
    await away.close();
  });
});
