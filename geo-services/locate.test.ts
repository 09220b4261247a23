// Points of known cities, the sea and the neighbours, against the imported division polygons.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cities } from '../contracts/adcodes.data.ts';
import type { LngLat } from '../contracts/geo.ts';
import { type TestDatabase, testDatabase } from '../tests/database.pg.ts';
import { importOneMap } from './import/import-one-map.pg.ts';
import { type Locate, openLocator } from './locate.pg.ts';

let db: TestDatabase;
let locate: Locate;
beforeAll(async () => {
  db = await testDatabase();
  await importOneMap(db.database);
  locate = await openLocator(db.database);
});
afterAll(() => db.drop());

test.each([
  ['沈阳站', [123.39, 41.79], '210100'],
  ['清原', [124.92, 42.1], '210400'],
  ['宽甸', [124.78, 40.73], '210600'],
  ['大连', [121.61, 38.91], '210200'],
  // Islands are missing from the outline we have: the caller falls back on who reported it.
  ['长海县的岛', [122.59, 39.27], null],
  ['渤海', [120.5, 39.5], null],
  ['北京', [116.4, 39.9], null],
  ['海上无岛', [123.5, 38.5], null],
] as const)('%s', (_, position, adcode) => {
  expect(locate(position as unknown as LngLat)).toBe(adcode);
});

test('the centre of each city is in that city', () => {
  for (const { adcode, centre, name } of cities) expect(locate(centre), name).toBe(adcode);
});
