// SensorThings over a real house: reading with navigation and paging, registering devices by POST. Titles carry the clause of OGC 18-088.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import type { Thing } from '../../contracts/thing.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { readLocation, readProperties } from '../sta/bodies.ts';
import { DraftReader } from '../sta/drafts.ts';
import { entitySets } from '../sta/model.ts';
import { cutOutside, readOptions } from '../sta/options.ts';
import { readPath } from '../sta/path.ts';
import { hour, morning, openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
let steward: string;
let dalian: string;
let thing: Thing;
let van: Thing;
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
  await t.thing('卫星', '210000', null, { device: { protocol: 'mqtt', id: 'sat' }, stream: 'forestry/fire-hotspot' });
  await t.telemetry('sat', { time: morning - hour, values: { 'fire-confidence': 91 }, position: [123.9, 41.9] });
  await t.telemetry('sat', { time: morning - hour / 2, values: { 'fire-confidence': 60 }, position: [121.6, 39.1] });
  van = await t.thing('巡测车', '210102', [123.5, 41.9], { device: { protocol: 'mqtt', id: 'van' } });
  await t.telemetry('van', { time: morning - hour, values: { a21005: 1 } });
  await t.telemetry('van', { time: morning - hour / 2, values: { a21005: 2 }, position: [123.6, 41.8] });
  await t.written();
});
afterAll(() => t?.close());

const get = async (path: string, token = steward) => (await t.get(`/sta/v1.1${path}`, token).expect(200)).body;
const pathOf = (url: string): string => new URL(url).pathname.replace('/sta/v1.1', '') + new URL(url).search;

describe('reading', () => {
  test('§9.2.1 the service root lists the entity sets with addresses that answer', async () => {
    const { value } = (await t.get('/sta/v1.1').expect(200)).body;
    expect(value.map((set: { name: string }) => set.name)).toEqual([...entitySets]);
    for (const { url } of value) expect((await t.get(new URL(url).pathname, steward).expect(200)).body.value.length).toBeGreaterThan(0);
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
      `/FeaturesOfInterest(${thing.id})`,
    ]) {
      const entity = await get(path);
      expect(pathOf(entity['@iot.selfLink'])).toBe(path);
      for (const [name, url] of Object.entries(entity)) {
        if (!name.endsWith('@iot.navigationLink')) continue;
        await get(pathOf(url as string));
        links++;
      }
    }
    expect(links).toBe(14);
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
    expect((await get('/Things?$top=0&$count=true'))['@iot.count']).toBe(4);
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
  test('§9.2.6 an attribute, and its bare value', async () => {
    expect(await get(`/Things(${thing.id})/name`)).toEqual({ name: '沈阳太原街' });
    expect((await t.get(`/sta/v1.1/Things(${thing.id})/name/$value`, steward).expect(200)).text).toBe('沈阳太原街');
  });
  test('§8.2.8 a feature of interest: where the Thing stands, or where this very observation was made', async () => {
    const id = t.house.registry.datastreamsOf(thing.id)[0]!.id;
    const [still] = (await get(`/Datastreams(${id})/Observations?$top=1`)).value;
    const place = await get(`${pathOf(still['@iot.selfLink'])}/FeatureOfInterest`);
    expect([place['@iot.id'], place.feature.coordinates]).toEqual([thing.id, [123.39, 41.79]]);
    expect((await get(`/FeaturesOfInterest(${thing.id})/Observations?$count=true`))['@iot.count']).toBe(hours);
    const hotspots = (await get("/ObservedProperties('fire-confidence')/Datastreams")).value[0]['@iot.id'];
    const [made] = (await get(`/Datastreams(${hotspots})/Observations?$filter=result%20eq%2091`)).value;
    const spot = await get(`${pathOf(made['@iot.selfLink'])}/FeatureOfInterest`);
    expect(spot.feature.coordinates).toEqual([123.9, 41.9]);
    expect((await get(`${pathOf(spot['@iot.selfLink'])}/Observations`)).value.map((one: { result: number }) => one.result)).toEqual([91]);
    // The van's own place has what it measured standing there.
    const standing = (await get(`/FeaturesOfInterest(${van.id})/Observations?$count=true`)) as {
      '@iot.count': number;
      value: { result: number }[];
    };
    expect([standing['@iot.count'], standing.value.map((one) => one.result)]).toEqual([1, [1]]);
  });
  const first = async (path: string) => (await get(encodeURI(path))).value[0];
  test('§9.3.2.1 $expand, nested, with options of its own and the address of the rest', async () => {
    const one = await get(`/Things(${thing.id})?$expand=Locations,Datastreams($select=name;$expand=Observations($top=2;$count=true))`);
    expect(one.Locations[0].location.coordinates).toEqual([123.39, 41.79]);
    const [datastream] = one.Datastreams;
    expect(Object.keys(datastream).sort()).toEqual(
      ['@iot.id', '@iot.selfLink', 'Observations', 'Observations@iot.count', 'Observations@iot.nextLink', 'name'].sort(),
    );
    expect([datastream.Observations.length, datastream['Observations@iot.count']]).toEqual([2, hours]);
    const next = await get(pathOf(datastream['Observations@iot.nextLink']));
    expect(next.value.map((each: { result: number }) => each.result)).toEqual([42, 43]);
    const path = await first('/Datastreams?$top=1&$expand=Thing/Locations,ObservedProperty,Sensor');
    expect([path.Thing.Locations.length, path.ObservedProperty['@iot.id'], path.Sensor['@iot.id']]).toEqual([1, 'a34004', 'hj212']);
  });
  test('§9.3.2.2 $select', async () => {
    expect(await get(`/Things(${thing.id})?$select=name,Datastreams`)).toEqual({
      '@iot.id': thing.id,
      '@iot.selfLink': expect.stringContaining(`/Things(${thing.id})`),
      name: '沈阳太原街',
      'Datastreams@iot.navigationLink': expect.stringContaining(`/Things(${thing.id})/Datastreams`),
    });
  });
  test('§9.3.3 $orderby and $filter on id, name and times', async () => {
    const names = async (path: string): Promise<string[]> => (await get(encodeURI(path))).value.map((one: { name: string }) => one.name);
    expect(await names('/Things?$orderby=name desc&$top=1')).toEqual(['沈阳太原街']);
    expect(await names(`/Things?$filter=id eq ${thing.id}`)).toEqual(['沈阳太原街']);
    expect(await names(`/Things?$filter=id gt ${thing.id} and name ne '卫星'`)).toEqual(['大连甘井子', '巡测车']);
    expect(await names("/ObservedProperties?$filter=id ge 'f'")).toHaveLength(1);
    const id = t.house.registry.datastreamsOf(thing.id)[0]!.id;
    const results = async (options: string): Promise<number[]> =>
      (await get(`/Datastreams(${id})/Observations?${options.replaceAll(' ', '%20').replaceAll('+', '%2B')}`)).value.map(
        (one: { result: number }) => one.result,
      );
    const since = '2026-11-24T05:05:00+08:00';
    expect(await results(`$filter=phenomenonTime ge ${since}`)).toEqual([40, 41, 42]);
    expect(await results(`$filter=phenomenonTime gt ${since} and result lt 41`)).toEqual([40]);
    expect(await results(`$filter=resultTime le '2026-11-24T08:05:00+08:00'&$orderby=result desc&$top=2`)).toEqual([51, 50]);
    expect(await results('$orderby=phenomenonTime&$top=1')).toEqual([51]);
    const [one] = (await get(`/Datastreams(${id})/Observations?$top=1`)).value;
    expect(await results(`$filter=id eq '${one['@iot.id']}'`)).toEqual([40]);
  });
  test('Observations of everything that may be seen, newest first, in pages without hole or double', async () => {
    const seen: string[] = [];
    for (let path: string | null = '/Observations?$top=4&$count=true'; path !== null; ) {
      const body: { value: { '@iot.id': string }[]; '@iot.count': number; '@iot.nextLink'?: string } = await get(path);
      expect(body['@iot.count']).toBe(hours + 5);
      seen.push(...body.value.map((one) => one['@iot.id']));
      path = body['@iot.nextLink'] === undefined ? null : pathOf(body['@iot.nextLink']);
    }
    expect(new Set(seen).size).toBe(hours + 5);
    expect((await get('/Observations?$count=true', dalian))['@iot.count']).toBe(1);
  });
  test('restricted streams: only for their departments, and audited', async () => {
    const stack = await t.thing('大连某厂排口', '210211', [121.52, 38.96], { stream: 'ecology/pollution-source' });
    const planner = await t.token('planner', { adcode: '210000', departments: ['planning'] });
    await t.get(`/sta/v1.1/Things(${stack.id})`, planner).expect(404);
    await get(`/Things(${stack.id})`, dalian);
    await t.auth.log.flush();
    const acts = await t.db.database.query("SELECT act FROM audit WHERE target = 'sta/ecology/pollution-source'");
    expect(acts).toEqual([{ act: 'read-restricted' }]);
  });
  test.each([
    ['/Things?$select=properties/adcode', 501, '$select'],
    ['/Things?$expand=Datastreams/Thing/Datastreams/Thing/Datastreams', 501, '$expand'],
    ['/Things?$search=x', 501, '$search'],
    ['/Things?$expand=MultiDatastreams', 501, '$expand'],
    ['/MultiDatastreams', 501, 'MultiDatastreams'],
    ['/Observations?$resultFormat=csv', 501, '$resultFormat'],
    ['/Things?$resultFormat=dataArray', 400, '$resultFormat'],
    ['/Things?$orderby=colour', 400, '$orderby'],
    ['/Things?$orderby=Datastreams/name', 400, '$orderby'],
    ["/Things?$filter=startswit(name,'x')", 400, '$filter'],
    ["/Things?$filter=startswith('x')", 400, '$filter'],
    ['/Things?$expand=Observations', 400, '$expand'],
    ['/Things?$select=colour', 400, '$select'],
    ['/Things?$filter=name eq 7', 400, '$filter'],
    ['/Observations?$filter=phenomenonTime gt yesterday', 400, '$filter'],
    ["/Observations?$filter=result gt 'x'", 400, '$filter'],
    ['/Things?$top=-1', 400, '$top'],
    ['/Things?$skip=x', 400, '$skip'],
    ['/Things?$count=1', 400, '$count'],
    ['/Things?top=1', 400, 'top'],
    ['/Things?$top=1&$top=2', 400, '$top'],
    ['/Things(1)/colour', 404, ''],
    ['/Things(1)/constructor', 404, ''],
    ['/Nothings', 404, ''],
    ['/Things(999)', 404, ''],
    ["/Things('a')", 404, ''],
    ["/Observations('1:1:1')", 404, ''],
    ["/Observations('1:999999999999999:1')", 404, ''],
    ['/Observations(5)', 404, ''],
    ["/FeaturesOfInterest('x')", 404, ''],
  ])('%s is answered with %i and names %s', async (path, status, name) => {
    const { body } = await t.get(`/sta/v1.1${encodeURI(path)}`, steward).expect(status);
    expect(body.details.name ?? body.title).toContain(name);
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
  test('a posted Observation is found where the answer says; one for another’s Datastream is not there and not kept', async () => {
    const id = t.house.registry.datastreamsOf(thing.id)[0]!.id;
    const given = { result: 33, phenomenonTime: '2026-11-24T08:00:00+08:00' };
    const answer = await t.post(`/sta/v1.1/Datastreams(${id})/Observations`, steward, given).expect(201);
    await t.written();
    const found = await get(String(answer.headers['location']).replace(/^.*\/sta\/v1\.1/, ''));
    expect([found.result, (await get(pathOf(found['@iot.selfLink']))).result]).toEqual([33, 33]);
    await t.auth.log.flush();
    const writes = await t.db.database.query("SELECT act FROM audit WHERE target LIKE '/sta/v1.1/Observations(%'");
    expect(writes).toEqual([{ act: 'write' }]);
    const local = await t.token('steward', { adcode: '210200', departments: '*' });
    const before = await t.db.database.query('SELECT count(*)::int AS n FROM frame_batch');
    await t.post(`/sta/v1.1/Datastreams(${id})/Observations`, local, given).expect(404);
    await t.post('/sta/v1.1/Observations', local, { ...given, Datastream: { '@iot.id': id } }).expect(404);
    expect(await t.db.database.query('SELECT count(*)::int AS n FROM frame_batch')).toEqual(before);
    await t.post(`/sta/v1.1/Datastreams(${id})/Observations`, dalian, given).expect(403);
  });
  test('whose a device is, is told to those who may see it', async () => {
    const local = await t.token('steward', { adcode: '210200', departments: '*' });
    const taken = body({ properties: { device: { protocol: 'hj212', id: 'MN-SY' }, adcode: '210211' } });
    expect((await t.post('/sta/v1.1/Things', steward, taken).expect(409)).body.title).toContain('沈阳太原街');
    expect((await t.post('/sta/v1.1/Things', local, taken).expect(409)).body.title).not.toContain('沈阳');
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
    await t.post('/sta/v1.1/Datastreams', local, { ...draft, ObservedProperty: { '@iot.id': 'a21026' } }).expect(404);
    await t.post('/sta/v1.1/Datastreams', steward, { ObservedProperty: { '@iot.id': 'z' } }).expect(400);
  });
});

describe('parsers', () => {
  test('a separator inside brackets or quotes cuts nothing', () => {
    expect(cutOutside("a($filter=name eq 'x,(y';$top=1),b", ',')).toEqual(["a($filter=name eq 'x,(y';$top=1)", 'b']);
    expect(cutOutside("$filter=name eq 'it''s;so';$top=1", ';')).toEqual(["$filter=name eq 'it''s;so'", '$top=1']);
  });
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
    const name = fc.oneof(fc.constantFrom('$top', '$skip', '$count', '$orderby', '$expand', '$select', '$filter'), fc.string());
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(fc.string(), fc.array(fc.string()))), (query) =>
        problemOnly(() => readOptions(query, 'Observations')),
      ),
    );
    const piece = fc.constantFrom(
      ...['Datastreams', 'Observations', '(', ')', ';', ',', '/', '$top=1', '$expand=', '$filter=', "'", ' and ', 'id eq 1'],
    );
    const text = fc.array(piece).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (expand, filter) => {
        problemOnly(() => readOptions({ $expand: expand }, 'Things'));
        problemOnly(() => readOptions({ $filter: filter }, 'Datastreams'));
        expect(cutOutside(expand, ',').join(',')).toBe(expand);
      }),
      { numRuns: 500 },
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
        problemOnly(() => new DraftReader(known).read('Datastreams', { ObservedProperty: value, Thing: value }));
      }),
      { numRuns: 1000 },
    );
  });
});
