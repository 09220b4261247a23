// pool.pg.ts against a real database: types, transactions, outage and return, a pool run dry.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase({ max: 2, connectTimeoutMilliseconds: 300, maxWaiting: 3 });
});
afterAll(() => test.drop());

describe('query', () => {
  it('gives int8 as number, null as null, and knows PostGIS', async () => {
    const rows = await test.database.query("SELECT 9007199254740991::int8 AS big, NULL::int8 AS none, ST_AsText('POINT(123.4 41.8)') AS p");
    expect(rows).toEqual([{ big: 9007199254740991, none: null, p: 'POINT(123.4 41.8)' }]);
  });
});
