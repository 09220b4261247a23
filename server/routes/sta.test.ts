// SensorThings over a real house: reading with navigation and paging, registering devices by POST. Titles carry the clause of OGC 18-088.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import type { Thing } from '../../contracts/thing.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { readDatastream, readLocation, readProperties } from './sta-bodies.ts';
import { entitySets, readOptions, readPath } from './sta-path.ts';
import { hour, morning, openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
let steward: string;
let dalian: string;
let thing: Thing;
const hours = 12;

beforeAll(async () => {
  t = await openTestHouse(await testDatabase());
  steward = await t.token('steward', { adcode: '210000', departments: '*' });
  dalian = await t.token('monitor', { adcode: '210200', departments: ['ecology'] });
  thing = await t.thing('沈阳太原街', '210102', [123.39, 41.79], {
    device: { protocol: 'hj212', id: 'MN-SY' },
    stream: 'ecology/air-quality',
  });
  await t.thing('大连甘井子', '210211', [121.5, 38.95], { device: { protocol: 'hj212', id: 'MN-DL' }, stream: 'ecology/air-quality' });
  for (let i = 0; i < hours; i++) await t.air('MN-SY', morning - (i + 1) * hour, { a34004: 40 + i });
  await t.air('MN-DL', morning - hour, { a34004: 9 });
  await t.written();
});
afterAll(() => t?.close());

const get = async (path: string, token = steward) => (await t.get(`/sta/v1.1${path}`, token).expect(200)).body;
const pathOf = (url: string): string => new URL(url).pathname.replace('/sta/v1.1', '') + new URL(url).search;

describe('reading', () => {
  test('§9.2.1 the service root lists the entity sets with addresses that answer', async () => {
    const { value } = (await t.get('/sta/v1.1').expect(200)).body;
    expect(value.map((set: { name: string }) => set.name)).toEqual([...entitySets]);
    for (const { name, url } of value)
      if (name !== 'Observations') expect((await t.get(new URL(url).pathname, steward).expect(200)).body.value.length).toBeGreaterThan(0);
  });
  test('§8.2 every entity carries id, selfLink and navigation links, and each link answers', async () => {
    let links = 0;
    const datastream = t.house.registry.datastreamsOf(thing.id)[0]!.id;
    const [observation] = (await get(`/Datastreams(${datastream})/Observations?$top=1`)).value;
    for (const path of [
      `/Things(${thing.id})`,
      `/Locations(${thing.id})`,
      `/Datastreams(${datastream})`,
      "/ObservedProperties('a34004')",
      "/Sensors('hj212')",
      pathOf(observation['@iot.selfLink']),
    ]) {
      const entity = await get(path);
      expect(pathOf(entity['@iot.selfLink'])).toBe(path.replaceAll("'", "'"));
      for (const [name, url] of Object.entries(entity)) {
        if (!name.endsWith('@iot.navigationLink')) continue;
        await get(pathOf(url as string));
        links++;
      }
    }
    expect(links).toBe(10);
  });
  test('§9.2.4 navigation to one and to many', async () => {
    const datastreams = (await get(`/Things(${thing.id})/Datastreams`)).value;
    expect(datastreams).toHaveLength(1);
    const id = datastreams[0]['@iot.id'];
    expect((await get(`/Datastreams(${id})/Thing`)).name).toBe('沈阳太原街');
    expect((await get(`/Datastreams(${id})/ObservedProperty`))['@iot.id']).toBe('a34004');
    expect((await get(`/Datastreams(${id})/Sensor`)).metadata).toContain('HJ');
    expect((await get(`/Datastreams(${id})/Thing/Locations`)).value[0].location).toEqual({ type: 'Point', coordinates: [123.39, 41.79] });
    expect((await get(`/Things(${thing.id})/Datastreams(${id})`))['@iot.id']).toBe(id);
  });
  test('§9.3 newest first, $top, $skip, $count, nextLink to the end; an hour mean has an interval', async () => {
    const id = t.house.registry.datastreamsOf(thing.id)[0]!.id;
    const results: number[] = [];
    for (let path: string | null = `/Datastreams(${id})/Observations?$top=5&$count=true`; path !== null; ) {
      const body: Record<string, unknown> & { value: { result: number; phenomenonTime: string }[] } = await get(path);
      expect(body['@iot.count']).toBe(hours);
      results.push(...body.value.map((one) => one.result));
      if (results.length === 5) expect(body.value[0]?.phenomenonTime).toBe('2026-11-24T07:05:00.000+08:00/2026-11-24T08:05:00.000+08:00');
      const next = body['@iot.nextLink'] as string | undefined;
      path = next === undefined ? null : pathOf(next);
    }
    expect(results).toEqual(Array.from({ length: hours }, (_, i) => 40 + i));
    expect((await get(`/Datastreams(${id})/Observations?$orderby=phenomenonTime asc&$top=1`)).value[0].result).toBe(51);
    expect((await get(`/Datastreams(${id})/Observations?$skip=11`)).value).toHaveLength(1);
    expect((await get('/Things?$top=1')).value).toHaveLength(1);
    expect((await get('/Things?$top=0&$count=true'))['@iot.count']).toBe(2);
  });
  test('scope: others’ Things, Datastreams and Observations are not there', async () => {
    const id = t.house.registry.datastreamsOf(thing.id)[0]!.id;
    const [observation] = (await get(`/Datastreams(${id})/Observations?$top=1`)).value;
    expect((await get('/Things?$count=true', dalian))['@iot.count']).toBe(1);
    for (const path of [
      `/Things(${thing.id})`,
      `/Datastreams(${id})/Observations`,
      `/Things(${thing.id})/Datastreams`,
      pathOf(observation['@iot.selfLink']),
    ])
      await t.get(`/sta/v1.1${path}`, dalian).expect(404);
    await t.get('/sta/v1.1/Things').expect(401);
  });
  test.each([
    ['/Things?$expand=Locations', 501],
    ["/Things?$filter=name eq 'x'", 501],
    ['/Observations', 501],
    ['/HistoricalLocations', 501],
    ['/Things(1)/name', 404],
    ['/Things(1)/constructor', 404],
    ['/Nothings', 404],
    ['/Things(999)', 404],
    ["/Things('a')", 404],
    ['/Things?$top=-1', 400],
    ['/Things?$skip=x', 400],
    ['/Things?top=1', 400],
    ["/Observations('1:1:1')", 404],
    ['/Observations(5)', 404],
  ])('%s is answered with %i', async (path, status) => {
    expect((await t.get(`/sta/v1.1${encodeURI(path)}`, steward)).status).toBe(status);
  });
});

describe('§10.2.1 creating', () => {
  const body = (change: object = {}) => ({
    name: '浑河大桥',
    description: '自动站',
    properties: {
      device: { protocol: 'mqtt', id: `bridge-${Math.random()}` },
      stream: 'water/water-level',
      adcode: '210102',
      limits: { z: { warning: 41.2 } },
    },
    Locations: [{ name: '位置', encodingType: 'application/geo+json', location: { type: 'Point', coordinates: [123.4, 41.75] } }],
    ...change,
  });
  test('a Thing with Location and Datastreams registers a device, whose next message is taken', async () => {
    const given = body({
      Datastreams: [
        { ObservedProperty: { '@iot.id': 'z' }, unitOfMeasurement: { symbol: 'm' } },
        { ObservedProperty: { '@iot.id': 'q' }, properties: { period: 'hour', statistic: 'mean' } },
      ],
    });
    await t.telemetry(given.properties.device.id, { values: { z: 40.1 } });
    const answer = await t.post('/sta/v1.1/Things', steward, given).expect(201);
    const id = answer.body['@iot.id'];
    expect(answer.headers['location']).toBe(answer.body['@iot.selfLink']);
    expect((await get(`/Things(${id})/Datastreams`)).value.map((one: { properties: { series: string } }) => one.properties.series)).toEqual(
      ['z/instant/value', 'q/hour/mean'],
    );
    await t.telemetry(given.properties.device.id, { values: { z: 40.4 } });
    await t.written();
    expect(t.house.store.thing(id)?.series['z/instant/value']?.[0]).toBe(40.4);
    // What came before it was registered was kept and is there too.
    const z = t.house.registry.datastreamOf(id, 'z/instant/value')!.id;
    await expect.poll(async () => (await get(`/Datastreams(${z})/Observations?$count=true`))['@iot.count']).toBeGreaterThanOrEqual(1);
    await t.post('/sta/v1.1/Things', steward, given).expect(409);
  });
  const at = (coordinates: unknown) => ({ Locations: [{ name: 'x', location: { type: 'Point', coordinates } }] });
  test.each([
    [at([41.75, 123.4]), 422, 'bad-position', '对调'],
    [at([200, 95]), 422, 'bad-position', '超出范围'],
    [at([116.4, 39.9]), 422, 'bad-position', '之外'],
    [at(['123', 41]), 422, 'bad-position', 'coordinates'],
    [{ Locations: [{ name: 'x', location: { type: 'LineString', coordinates: [] } }] }, 501, 'unsupported', 'LineString'],
    [{ properties: { stream: 'a/b' } }, 400, 'bad-body', 'a/b'],
    [{ properties: { adcode: '110000' } }, 400, 'bad-body', '110000'],
    [{ properties: { device: { protocol: 'x', id: 'y' } } }, 400, 'bad-body', '没有协议'],
    [{ properties: { adcode: '210102', limits: { z: { warning: 'high' } } } }, 400, 'bad-body', 'limits.z.warning'],
    [{ Datastreams: [{ name: 'no property' }] }, 400, 'bad-body', 'ObservedProperty'],
    [{ properties: {}, Locations: [] }, 400, 'bad-body', 'adcode'],
    [{ name: undefined }, 400, 'bad-body', 'name'],
  ])('%j is refused with its reason, and nothing is written', async (change, status, code, words) => {
    const before = [...t.house.registry.things()].length;
    const { body: problem } = await t.post('/sta/v1.1/Things', steward, body(change)).expect(status);
    expect(problem.code).toBe(code);
    expect(problem.title).toContain(words);
    expect([...t.house.registry.things()].length).toBe(before);
  });
  test('who may not, or not there; a Datastream once', async () => {
    await t.post('/sta/v1.1/Things', dalian, body()).expect(403);
    const local = await t.token('steward', { adcode: '210200', departments: '*' });
    await t.post('/sta/v1.1/Things', local, body()).expect(403);
    const draft = {
      Thing: { '@iot.id': thing.id },
      ObservedProperty: { '@iot.id': 'a05024' },
      properties: { period: 'hour', statistic: 'mean' },
    };
    expect((await t.post('/sta/v1.1/Datastreams', steward, draft).expect(201)).body.properties.series).toBe('a05024/hour/mean');
    await t.post('/sta/v1.1/Datastreams', steward, draft).expect(409);
    await t.post('/sta/v1.1/Datastreams', steward, { ...draft, Thing: { '@iot.id': 9999 } }).expect(404);
    await t.post('/sta/v1.1/Datastreams', local, { ...draft, ObservedProperty: { '@iot.id': 'a21026' } }).expect(403);
    await t.post('/sta/v1.1/Datastreams', steward, { ObservedProperty: { '@iot.id': 'z' } }).expect(400);
  });
});

describe('parsers', () => {
  const problemOnly = (work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  };
  test('any path, options or body gives a value or a Problem', () => {
    const path = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom('Things', "Sensors('x')", 'Things(1)', '(', "('", '__proto__', '$ref')).map((parts) => parts.join('/')),
    );
    fc.assert(fc.property(path, (text) => problemOnly(() => readPath(text))));
    const name = fc.oneof(fc.constantFrom('$top', '$skip', '$count', '$orderby', '$expand'), fc.string());
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(fc.string(), fc.array(fc.string()))), (query) =>
        problemOnly(() => readOptions(query, 'Observations')),
      ),
    );
    const known = { protocols: ['mqtt'], streams: ['a/b'] };
    const key = fc.constantFrom(
      'device',
      'stream',
      'limits',
      'location',
      'type',
      'geometry',
      'coordinates',
      'ObservedProperty',
      '@iot.id',
      'Thing',
      'properties',
      'unitOfMeasurement',
      'z',
    );
    const json = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 4 }, fc.string(), fc.double(), fc.constant(null), fc.array(tie('any')), fc.dictionary(key, tie('any'))),
    })).any;
    fc.assert(
      fc.property(json, (value) => {
        problemOnly(() => readProperties(value, known));
        problemOnly(() => readLocation(value));
        problemOnly(() => readDatastream(value));
      }),
      { numRuns: 1000 },
    );
  });
});
