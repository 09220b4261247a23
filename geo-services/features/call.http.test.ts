// A layer whose rows a function of the database answers with: its parameters are checked, and tiles of one are not those of another.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { featureCounts } from '../../tests/bench/mvt-count.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { addStations, serveOneMap, type TestDoor } from '../../tests/one-map.http.ts';
import { bindCall } from './call.ts';

let test: TestDatabase;
let door: TestDoor;
beforeAll(async () => {
  test = await testDatabase();
  // 0.9, 12 and 100 km east of the first point; one of another stream.
  await addStations(test, [
    { uid: 'near', adcode: '210102', lng: 123.01, lat: 41.8 },
    { uid: 'mid', adcode: '210102', lng: 123.145, lat: 41.8 },
    { uid: 'far', adcode: '210202', lng: 124.2, lat: 41.8 },
    { uid: 'other', adcode: '210102', lng: 123.0, lat: 41.8, stream: 'ecology/pollution-source' },
  ]);
  door = serveOneMap(test);
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});
const items = '/ogc/collections/air-stations-near/items';
const tile = '/ogc/collections/air-stations-near/tiles/WebMercatorQuad/5/11/26';

describe('air-stations-near', () => {
  it.each([
    ['lng=123&lat=41.8&km=1', ['near']],
    ['lng=123&lat=41.8&km=20', ['near', 'mid']],
    ['lng=123&lat=41.8', ['near', 'mid']],
    ['lng=123&lat=41.8&km=120', ['near', 'mid', 'far']],
    ['lng=123&lat=41.8&km=120&adcode=210202', ['far']],
  ])('%s', async (query, uids) => {
    const { body } = await door.as('province', `${items}?${query}`).expect(200);
    expect(body.features.map((feature: { properties: { uid: string } }) => feature.properties.uid)).toEqual(uids);
    expect(body.numberMatched).toBe(uids.length);
  });
  it.each([
    'lng=abc&lat=41.8',
    'lng=1e2&lat=41.8',
    'lng=123&lat=95',
    'lng=123&lat=41.8&km=0',
    'lng=123&lng=124&lat=41.8',
    "lng=123&lat=41.8&km=1)'--",
    'lng=123&lat=41.8&miles=3',
    'lng=123&lat=41.8&datetime=2020-01-01T00:00:00Z',
  ])('%s is refused', async (query) => {
    const { body } = await door.as('province', `${items}?${query}`).expect(400);
    expect(body.code).toBe('bad-parameter');
  });
  it('has tiles of its own for each question, and is not in those of all layers', async () => {
    const count = async (query: string): Promise<number | undefined> =>
      featureCounts(await door.bytes('province', `${tile}?${query}`)).get('air-stations-near');
    expect([await count('lng=123&lat=41.8&km=1'), await count('lng=123&lat=41.8&km=20'), await count('lng=123&lat=41.8&km=1')]).toEqual([
      1, 2, 1,
    ]);
    const all = featureCounts(await door.bytes('province', '/ogc/tiles/WebMercatorQuad/5/11/26'));
    // Two of the three stand in one bubble.
    expect([all.get('air-stations'), all.get('air-stations-near')]).toEqual([2, undefined]);
  });
});

describe('bindCall', () => {
  const parameters = [
    { name: 'lng', title: '经度', min: -180, max: 180 },
    { name: 'n', title: '个数', min: 1, max: 9, integer: true, otherwise: 3 },
  ];
  const layer = { id: 'x', call: { name: 'f', parameters } } as unknown as Layer;
  it('takes what is given, and what is said where nothing is', () => {
    expect(bindCall(layer, { lng: '1.5' }).call?.given).toEqual([1.5, 3]);
    expect(bindCall(layer, { lng: '-1', n: '4' }).call?.given).toEqual([-1, 4]);
  });
  it.each([{}, { lng: '' }, { lng: '181' }, { lng: '1', n: '1.5' }, { lng: '1', n: '0' }])('refuses %j', (query) => {
    expect(() => bindCall(layer, query)).toThrow(Problem);
  });
});
