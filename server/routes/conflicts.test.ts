// POST /api/analysis/conflicts through the real house: who may ask, what is refused, what is answered.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import { openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
let planner: string;
const path = '/api/analysis/conflicts';
const ring = [[123, 41], [123.02, 41], [123.02, 41.01], [123, 41.01], [123, 41]]; // biome-ignore format: a ring
beforeAll(async () => {
  t = await openTestHouse(await testDatabase());
  planner = await t.token('planner', { adcode: '210000', departments: '*' });
  await t.db.database.query(
    `INSERT INTO permanent_farmland (adcode, name, area, geom) VALUES ('210100', '甲', 1, ST_Multi(ST_MakeEnvelope(122.9, 40.9, 123.01, 41.1, 4490)))`,
  );
});
afterAll(() => t?.close());

describe('the conflict check', () => {
  test('a drawn project', async () => {
    const { body } = await t.post(path, planner, { geometry: { type: 'Polygon', coordinates: [ring] } }).expect(200);
    expect(body).toMatchObject({ conflict: true, incomplete: true, simulated: true });
    expect(body.lines[1]).toMatchObject({ layer: 'permanent-farmland', rule: '占用永久基本农田', numberMatched: 1 });
    expect(body.lines[1].share).toBeCloseTo(0.5, 3);
  });
  test('a feature of a collection', async () => {
    const { body } = await t.post(path, planner, { collection: 'permanent-farmland', id: 1 }).expect(200);
    expect(body.lines[1].share).toBeCloseTo(1, 6);
  });
  test.each([
    ['neither', {}, 400],
    ['both', { geometry: { type: 'Polygon', coordinates: [ring] }, collection: 'cities' }, 400],
    ['a line', { geometry: { type: 'LineString', coordinates: ring } }, 400],
    ['a foreign member', { geometry: { type: 'Polygon', coordinates: [ring] }, buffer: 3 }, 400],
    ['no such collection', { collection: 'nowhere' }, 404],
    ['a collection of points', { collection: 'places' }, 400],
    ['no such feature', { collection: 'cities', id: 77 }, 404],
  ])('%s is refused', async (_, body, status) => {
    const answer = await t.post(path, planner, body);
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json; charset=utf-8']);
  });
  test('a layer of another department is forbidden', async () => {
    const token = await t.token('planner', { adcode: '210000', departments: ['water'] });
    await t.post(path, token, { collection: 'permanent-farmland' }).expect(403);
  });
});
