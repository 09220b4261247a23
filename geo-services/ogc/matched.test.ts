// numberMatched: counted where that is quick, to the end where it was asked for, left out where it is neither; never guessed.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wholeView } from '../../contracts/grant.ts';
import type { Layer } from '../../contracts/layer.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import type { Viewed } from '../features/seen.ts';
import { countMatched } from './matched.pg.ts';
import { parseItemsQuery } from './query.ts';
import { parseSorting } from './sorting.ts';

let test: TestDatabase;
const layer = (table: string): Viewed =>
  ({ id: table, table, geometry: 'point', attributes: ['code'], adcodeColumn: null, view: wholeView(null) }) as unknown as Viewed;
const question = (given: Readonly<Record<string, string>>) => ({
  ...parseItemsQuery(layer('numbers'), given),
  sorting: parseSorting(layer('numbers') as Layer, given),
});
beforeAll(async () => {
  test = await testDatabase();
  await test.database.query(
    'CREATE TABLE numbers AS SELECT n::bigint AS id, n AS code, 1::bigint AS revision, NULL::geometry AS geom FROM generate_series(1, 120000) AS n',
  );
  // A row beyond the first ten thousand takes a millisecond.
  await test.database.query(
    "CREATE VIEW slow AS SELECT * FROM numbers WHERE CASE WHEN id > 10001 THEN pg_sleep(0.001)::text <> 'x' ELSE true END",
  );
});
afterAll(() => test?.drop());

it.each([
  ['a few', 'numbers', { code: '5' }, 1],
  ['none', 'numbers', { code: '0' }, 0],
  ['more than are counted', 'numbers', {}, null],
  ['all of them, when asked', 'numbers', { 'exact-count': 'true' }, 120_000],
  ['what takes too long', 'slow', {}, null],
  ['a few of what would take long', 'slow', { code: '77' }, 1],
] as const)('%s', async (_case, table, given, expected) => {
  expect(await countMatched(test.database, layer(table), question(given))).toBe(expected);
});
it('leaves the connection as it was', async () => {
  await countMatched(test.database, layer('slow'), question({}));
  const [row] = await test.database.query<{ statement_timeout: string }>('SHOW statement_timeout');
  expect(row?.statement_timeout).not.toBe('80ms');
});
