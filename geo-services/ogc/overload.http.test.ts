// When no connection becomes free, every door of the map says 503 with when to come again, and never 500; then it serves again.
import express from 'express';
import supertest from 'supertest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemHandler } from '../../server/auth/problem.http.ts';
import { openDatabase, type PgDatabase } from '../../server/database/pool.pg.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { oneMapRouter } from './one-map.http.ts';

let test: TestDatabase;
let narrow: PgDatabase;
const defects: unknown[] = [];
const app = express();
beforeAll(async () => {
  test = await testDatabase();
  narrow = openDatabase(test.url, { max: 2, connectTimeoutMilliseconds: 300, maxWaiting: 5 });
  const identity = { user: 'u', displayName: 'u', role: 'steward', scope: { adcode: '210000', departments: '*' } } as const;
  app.use('/ogc', oneMapRouter({ database: narrow, identityOf: () => identity, audit: () => undefined, now: () => Date.now() }));
  app.use(problemHandler({ log: { error: (figures) => void defects.push(figures['err']) } }));
});
afterAll(async () => {
  await narrow?.close();
  await test?.drop();
});

const paths = [
  '/ogc/collections',
  '/ogc/collections/rivers/items',
  '/ogc/collections/rivers/items?filter=rank%3D1&limit=10',
  '/ogc/collections/rivers/items/1',
  '/ogc/collections/rivers/queryables',
  '/ogc/collections/rivers/tiles/WebMercatorQuad/9/190/431',
  '/ogc/tiles/WebMercatorQuad/9/190/431?collections=rivers,lakes',
  '/ogc/wmts?service=WMTS&request=GetCapabilities',
  '/ogc/wmts/1.0.0/rivers/default/WebMercatorQuad/9/190/431.mvt',
];

it('a pool without a free connection is 503 with Retry-After at every door', async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((open) => (release = open));
  const held = [1, 2].map(() => narrow.transaction(() => gate));
  await new Promise((wake) => setTimeout(wake, 200));
  const answers = await Promise.all([...paths, ...paths, ...paths].map((path) => supertest(app).get(path)));
  expect(answers.map(({ status, headers }) => [status, headers['retry-after']])).toEqual(answers.map(() => [503, '1']));
  release();
  await Promise.all(held);
  for (const path of paths) {
    const { status } = await supertest(app).get(path);
    expect([path, status]).toEqual([path, path.endsWith('items/1') ? 404 : 200]);
  }
  expect(defects).toEqual([]);
});
