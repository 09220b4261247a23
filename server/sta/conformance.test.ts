// The abstract test suite of SensorThings 1.1 over a real house: each title carries the URI of the requirement that it holds.
//
// Source: OGC 18-088 Annex A (abstract test suite), requirement classes 1–9 and 11; Table 24 (mandatory links), Table 26 (integrity). The OGC
// executable suite is a Java program that is not at hand here.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import { hour, morning, openTestHouse, type TestHouse } from '../routes/test-house.http.ts';
import { entitySets, model } from './model.ts';

const req = 'http://www.opengis.net/spec/iot_sensing/1.1/req';
let t: TestHouse;
let steward: string;
type Json = Record<string, unknown> & { '@iot.id': number | string };

beforeAll(async () => {
  t = await openTestHouse(await testDatabase());
  steward = await t.token('steward', { adcode: '210000', departments: '*' });
});
afterAll(() => t?.close());

const below = (url: unknown): string => decodeURIComponent(String(url).replace(/^.*\/sta\/v1\.1/, ''));
const get = async (path: string, status = 200) => (await t.get(encodeURI(`/sta/v1.1${path}`), steward).expect(status)).body;
const values = async (path: string): Promise<Json[]> => (await get(path)).value;
const post = async (path: string, body: unknown, status = 201) => (await t.post(`/sta/v1.1${path}`, steward, body).expect(status)).body;
const call = async (method: 'put' | 'patch' | 'delete', path: string, body?: unknown, status = 200) =>
  (await t.call(method, encodeURI(`/sta/v1.1${path}`), steward, body).expect(status)).body;
const at = (lng: number, lat: number) => ({ type: 'Point', coordinates: [lng, lat] });
const geojson = 'application/geo+json';
const om = 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement';
const iso = (instant: number): string => new Date(instant).toISOString();
const ref = (entity: Json) => ({ '@iot.id': entity['@iot.id'] });
let serial = 0;
const thingBody = (change: object = {}) => ({
  name: `站 ${++serial}`,
  description: '一座站',
  properties: { adcode: '210102', owner: '甲' },
  ...change,
});
const placeBody = (lng = 123.4, lat = 41.8, change: object = {}) => ({
  name: '门口',
  description: '门口的位置',
  encodingType: geojson,
  location: at(lng, lat),
  ...change,
});
const sensorBody = (change: object = {}) => ({
  name: '水位计',
  description: '雷达',
  encodingType: 'application/pdf',
  metadata: 'https://example.invalid/radar.pdf',
  ...change,
});
const propertyBody = (change: object = {}) => ({
  name: '照度',
  definition: `https://example.invalid/def/light-${++serial}`,
  description: '光',
  ...change,
});
const streamBody = (change: object = {}) => ({
  ...{
    name: '照度序列',
    description: '每分钟',
    observationType: om,
    unitOfMeasurement: { name: 'lux', symbol: 'lx', definition: 'ucum:lx' },
  },
  ...change,
});
/** A Thing with everything around it, one Datastream, `n` Observations an hour apart. */
async function station(results: readonly (number | null)[] = []): Promise<{ thing: Json; datastream: Json; sensor: Json; property: Json }> {
  const thing = await post('/Things', thingBody({ Locations: [placeBody()] }));
  const sensor = await post('/Sensors', sensorBody());
  const property = await post('/ObservedProperties', propertyBody());
  const datastream = await post('/Datastreams', streamBody({ Thing: ref(thing), Sensor: ref(sensor), ObservedProperty: ref(property) }));
  for (const [index, result] of results.entries())
    await post(`/Datastreams(${datastream['@iot.id']})/Observations`, { result, phenomenonTime: iso(morning - (index + 1) * hour) });
  await t.written();
  return { thing, datastream, sensor, property };
}

describe(`${req}/datamodel`, () => {
  test(`${req}/datamodel/entity-control-information/common-control-information: id, selfLink, navigationLink of every set, and each answers`, async () => {
    const { datastream } = await station([1]);
    await post('/FeaturesOfInterest', { name: '河段', description: '', encodingType: geojson, feature: at(123.1, 41.1) });
    let seen = 0;
    for (const set of entitySets) {
      const [entity] = await values(`/${set}?$top=1`);
      expect(entity, set).toBeDefined();
      expect(
        Object.keys(entity!)
          .filter((key) => key.endsWith('@iot.navigationLink'))
          .map((key) => key.split('@')[0]),
      ).toEqual(Object.keys(model[set].navigation));
      expect((await get(below(entity!['@iot.selfLink'])))['@iot.id']).toEqual(entity!['@iot.id']);
      for (const [key, link] of Object.entries(entity!)) {
        if (!key.endsWith('@iot.navigationLink')) continue;
        seen++;
        await get(below(link));
      }
    }
    expect([seen, datastream['@iot.id']]).toEqual([16, expect.any(Number)]);
  });
  test.each([
    ['thing/properties', 'Things', ['name', 'description', 'properties']],
    ['location/properties', 'Locations', ['name', 'description', 'encodingType', 'location']],
    ['historical-location/properties', 'HistoricalLocations', ['time']],
    ['datastream/properties', 'Datastreams', ['name', 'description', 'observationType', 'unitOfMeasurement', 'properties']],
    ['sensor/properties', 'Sensors', ['name', 'description', 'encodingType', 'metadata']],
    ['observed-property/properties', 'ObservedProperties', ['name', 'definition', 'description']],
    ['observation/properties', 'Observations', ['phenomenonTime', 'resultTime', 'result']],
    ['feature-of-interest/properties', 'FeaturesOfInterest', ['name', 'description', 'encodingType', 'feature']],
  ] as const)(`${req}/datamodel/%s: %s have %j`, async (_, set, names) => {
    const [entity] = await values(`/${set}?$top=1`);
    for (const name of names) expect(entity, name).toHaveProperty([name]);
  });
  test.each([
    [
      'thing/relations',
      'Things',
      'Locations,HistoricalLocations,Datastreams',
      { Locations: 'many', HistoricalLocations: 'many', Datastreams: 'many' },
    ],
    ['location/relations', 'Locations', 'Things,HistoricalLocations', { Things: 'many', HistoricalLocations: 'many' }],
    ['historical-location/relations', 'HistoricalLocations', 'Thing,Locations', { Thing: 'one', Locations: 'many' }],
    [
      'datastream/relations',
      'Datastreams',
      'Thing,Sensor,ObservedProperty,Observations',
      { Thing: 'one', Sensor: 'one', ObservedProperty: 'one', Observations: 'many' },
    ],
    ['sensor/relations', 'Sensors', 'Datastreams', { Datastreams: 'many' }],
    ['observed-property/relations', 'ObservedProperties', 'Datastreams', { Datastreams: 'many' }],
    ['observation/relations', 'Observations', 'Datastream,FeatureOfInterest', { Datastream: 'one', FeatureOfInterest: 'one' }],
    ['feature-of-interest/relations', 'FeaturesOfInterest', 'Observations', { Observations: 'many' }],
  ] as const)(`${req}/datamodel/%s: %s expand to %s`, async (_, set, expand, shapes) => {
    const [entity] = await values(`/${set}?$top=1&$expand=${expand}`);
    for (const [name, shape] of Object.entries(shapes)) expect(Array.isArray(entity![name]) ? 'many' : 'one', name).toBe(shape);
  });
});

test(`${req}/resource-path/resource-path-to-entities: §9.2 usages 1–8`, async () => {
  const { thing, datastream } = await station([5, 6]);
  const [id, ds] = [thing['@iot.id'], datastream['@iot.id']];
  expect((await values('/Things?$top=1')).length).toBe(1);
  expect((await get(`/Things(${id})`)).name).toBe(thing['name']);
  expect((await values(`/Things(${id})/Datastreams`)).map(({ name }) => name)).toEqual(['照度序列']);
  expect(await get(`/Things(${id})/Datastreams(${ds})/unitOfMeasurement`)).toEqual({
    unitOfMeasurement: { name: 'lux', symbol: 'lx', definition: 'ucum:lx' },
  });
  expect(await get(`/Things(${id})/properties/owner`)).toEqual({ owner: '甲' });
  expect((await t.get(`/sta/v1.1/Things(${id})/description/$value`, steward).expect(200)).text).toBe('一座站');
  expect((await values(`/Things(${id})/Datastreams/$ref`)).map((one) => below(one['@iot.selfLink']))).toEqual([`/Datastreams(${ds})`]);
  const [observation] = await values(`/Datastreams(${ds})/Observations?$top=1`);
  const deep = `/Things(${id})/Datastreams(${ds})/Observations('${observation!['@iot.id']}')/FeatureOfInterest`;
  expect((await get(deep)).feature).toEqual(at(123.4, 41.8));
  expect(below((await get(`/Datastreams(${ds})/Thing/$ref`))['@iot.selfLink'])).toBe(`/Things(${id})`);
  const [other] = await values(`/Things?$filter=id ne ${id}&$top=1`);
  await get(`/Things(${other!['@iot.id']})/Datastreams(${ds})`, 404);
  await get(`/Things(${id})/Datastreams/$value`, 404);
});

describe(`${req}/request-data`, () => {
  let ds: unknown;
  let thing: Json;
  const results = async (options: string) => (await values(`/Datastreams(${ds})/Observations?${options}`)).map(({ result }) => result);
  beforeAll(async () => {
    const made = await station([4, 1, 3, 2, null]);
    [ds, thing] = [made.datastream['@iot.id'], made.thing];
  });
  test(`${req}/request-data/order: $filter before $count, before $orderby, before $skip, before $top, before $expand, before $select`, async () => {
    const answer = await get(
      `/Datastreams(${ds})/Observations?$select=result&$expand=Datastream($select=name)&$top=1&$skip=1&$orderby=result desc&$count=true&$filter=result lt 4`,
    );
    expect([answer['@iot.count'], answer.value.map((one: Json) => one['result']), answer.value[0].Datastream.name]).toEqual([
      3,
      [2],
      '照度序列',
    ]);
    expect(Object.keys(answer.value[0]).sort()).toEqual(['@iot.id', '@iot.selfLink', 'Datastream', 'result']);
  });
  test(`${req}/request-data/expand: nested, with options`, async () => {
    const one = await get(
      `/Things(${thing['@iot.id']})?$expand=Datastreams($expand=Observations($filter=result gt 1;$orderby=result;$top=2;$count=true),Sensor,ObservedProperty($select=name)),Locations/HistoricalLocations`,
    );
    const [stream] = one.Datastreams;
    expect(stream.Observations.map((each: Json) => each['result'])).toEqual([2, 3]);
    expect([stream['Observations@iot.count'], stream.Sensor.name, stream.ObservedProperty.name]).toEqual([3, '水位计', '照度']);
    expect(one.Locations[0].HistoricalLocations).toHaveLength(1);
    const rest = await get(below(stream['Observations@iot.nextLink']));
    expect(rest.value.map((each: Json) => each['result'])).toEqual([4]);
  });
  test(`${req}/request-data/select`, async () => {
    expect(Object.keys((await values('/Things?$select=id,name&$top=1'))[0]!)).toEqual(['@iot.id', '@iot.selfLink', 'name']);
  });
  test(`${req}/request-data/orderby: several keys, down a navigation, null last`, async () => {
    expect(await results('$orderby=result')).toEqual([1, 2, 3, 4, null]);
    expect(await results('$orderby=result desc')).toEqual([4, 3, 2, 1, null]);
    const pairs = await values("/Datastreams?$orderby=Thing/name desc,id asc&$expand=Thing&$filter=ObservedProperty/name eq '照度'");
    const names = pairs.map((one) => (one['Thing'] as Json)['name'] as string);
    expect(names.length).toBeGreaterThan(1);
    expect(names).toEqual([...names].sort().reverse());
  });
  test(`${req}/request-data/top and skip and count and pagination: every Observation once, to the end`, async () => {
    const seen: unknown[] = [];
    for (let path: string | null = `/Datastreams(${ds})/Observations?$top=2&$count=true&$orderby=result`; path !== null; ) {
      const page: Json & { value: Json[] } = await get(path);
      expect(page['@iot.count']).toBe(5);
      seen.push(...page.value.map(({ result }) => result));
      path = page['@iot.nextLink'] === undefined ? null : below(page['@iot.nextLink']);
    }
    expect(seen).toEqual([1, 2, 3, 4, null]);
    expect(await results('$orderby=result&$skip=3')).toEqual([4, null]);
    expect(await results('$top=0')).toEqual([]);
    expect((await values('/Observations?$top=100000')).length).toBeLessThanOrEqual(1000);
  });
  test(`${req}/request-data/status-code and query-status-code: 200, 400, 404, 501`, async () => {
    await get('/Things(987654321)', 404);
    await get('/Things?$filter=name', 400);
    await get('/Things?$unknown=1', 501);
    await get('/Things?colour=red', 400);
  });
});

describe(`${req}/create-update-delete`, () => {
  test(`${req}/create-update-delete/create-entity and link-to-existing-entities: every set, by body and by path`, async () => {
    const { thing, datastream } = await station();
    const location = await post('/Locations', placeBody(123.5, 41.9, { properties: { floor: 2 }, Things: [ref(thing)] }));
    expect(location).toMatchObject({ name: '门口', location: at(123.5, 41.9), properties: { floor: 2 } });
    expect((await values(`/Things(${thing['@iot.id']})/Locations`)).map((one) => one['@iot.id'])).toEqual([location['@iot.id']]);
    // The map has moved, too: one true chain.
    expect(t.house.registry.thing(thing['@iot.id'] as number)?.position).toEqual([123.5, 41.9]);
    const feature = await post('/FeaturesOfInterest', {
      name: '断面',
      description: 'd',
      encodingType: geojson,
      feature: {
        type: 'LineString',
        coordinates: [
          [123, 41],
          [123.1, 41.1],
        ],
      },
    });
    const answer = await t.post(`/sta/v1.1/FeaturesOfInterest(${feature['@iot.id']})/Observations`, steward, {
      ...{
        result: 7.5,
        phenomenonTime: `${iso(morning - hour)}/${iso(morning)}`,
        resultTime: iso(morning),
        validTime: `${iso(morning)}/${iso(morning + hour)}`,
      },
      ...{ parameters: { method: '甲' }, Datastream: ref(datastream) },
    });
    expect(answer.status).toBe(201);
    await t.written();
    const made = await get(below(answer.headers['location']));
    expect(made).toMatchObject({ result: 7.5, parameters: { method: '甲' } });
    expect([made.phenomenonTime, made.validTime].map((one: string) => one.split('/').map((each) => Date.parse(each)))).toEqual([
      [morning - hour, morning],
      [morning, morning + hour],
    ]);
    expect(Date.parse(made.resultTime)).toBe(morning);
    expect((await get(`${below(made['@iot.selfLink'])}/FeatureOfInterest`)).name).toBe('断面');
    expect((await values(`/FeaturesOfInterest(${feature['@iot.id']})/Observations`)).map(({ result }) => result)).toEqual([7.5]);
  });
  test('§8.2.7 a null result is a result, an absent resultTime is null, an absent phenomenonTime is now', async () => {
    const { datastream } = await station();
    const answer = await t.post(`/sta/v1.1/Datastreams(${datastream['@iot.id']})/Observations`, steward, { result: null }).expect(201);
    await t.written();
    const made = await get(below(answer.headers['location']));
    expect([made.result, made.resultTime, Date.parse(made.phenomenonTime), 'validTime' in made]).toEqual([null, null, morning, false]);
  });
  test(`${req}/create-update-delete/deep-insert: a Thing with everything, an Observation with its feature`, async () => {
    const body = thingBody({
      Locations: [placeBody(123.6, 41.7)],
      Datastreams: [
        streamBody({
          ...{ Sensor: sensorBody({ name: '内嵌传感器' }), ObservedProperty: propertyBody({ name: '内嵌属性' }) },
          Observations: [
            { result: 1, phenomenonTime: iso(morning - hour) },
            { result: 2, phenomenonTime: iso(morning - 2 * hour) },
          ],
        }),
      ],
    });
    const thing = await post('/Things', body);
    await t.written();
    const [stream] = await values(`/Things(${thing['@iot.id']})/Datastreams?$expand=Sensor,ObservedProperty,Observations($orderby=result)`);
    expect(stream).toMatchObject({
      name: '照度序列',
      description: '每分钟',
      Sensor: { name: '内嵌传感器' },
      ObservedProperty: { name: '内嵌属性' },
    });
    expect((stream!['Observations'] as Json[]).map(({ result }) => result)).toEqual([1, 2]);
    expect((await values(`/Things(${thing['@iot.id']})/Locations`))[0]).toMatchObject({
      name: '门口',
      description: '门口的位置',
      location: at(123.6, 41.7),
    });
    const answer = await t.post(`/sta/v1.1/Datastreams(${stream!['@iot.id']})/Observations`, steward, {
      ...{ result: 3, FeatureOfInterest: { name: '内嵌要素', description: 'x', encodingType: geojson, feature: at(123.7, 41.6) } },
    });
    expect(answer.status).toBe(201);
    await t.written();
    expect(await get(`${below(answer.headers['location'])}/FeatureOfInterest`)).toMatchObject({
      name: '内嵌要素',
      feature: at(123.7, 41.6),
    });
  });
  test(`${req}/create-update-delete/deep-insert-status-code: 400 for what is missing, and nothing of it stays`, async () => {
    const counts = async () =>
      Promise.all(
        ['Things', 'Locations', 'Sensors', 'ObservedProperties', 'Datastreams'].map(
          async (set) => (await get(`/${set}?$count=true&$top=0`))['@iot.count'],
        ),
      );
    const before = await counts();
    await post('/Things', thingBody({ Datastreams: [streamBody({ Sensor: sensorBody() })] }), 400);
    await post('/Things', thingBody({ Locations: [{ name: 'x', description: 'x', encodingType: geojson }] }), 400);
    await post('/Datastreams', streamBody({ Sensor: sensorBody(), ObservedProperty: propertyBody() }), 400);
    await post('/Sensors', { name: 'x', description: 'x' }, 400);
    await post('/HistoricalLocations', { time: iso(morning) }, 400);
    // Found out late: the second Datastream fails when the Thing and the first are there already.
    await post(
      '/Things',
      thingBody({
        Datastreams: [
          streamBody({ ObservedProperty: propertyBody() }),
          streamBody({ ObservedProperty: propertyBody(), Sensor: { '@iot.id': 'hj212' } }),
        ],
      }),
      409,
    );
    expect(await counts()).toEqual(before);
  });
  test(`${req}/create-update-delete/update-entity: PATCH keeps what it does not name`, async () => {
    const { thing, datastream, sensor, property } = await station();
    const changed = await call('patch', `/Things(${thing['@iot.id']})`, { description: '改了', properties: { note: 1 } });
    expect(changed).toMatchObject({
      '@iot.id': thing['@iot.id'],
      name: thing['name'],
      description: '改了',
      properties: { owner: '甲', note: 1, adcode: '210102' },
    });
    expect(await get(`/Things(${thing['@iot.id']})`)).toEqual(changed);
    const location = (await values(`/Things(${thing['@iot.id']})/Locations`))[0]!;
    expect(await call('patch', `/Locations(${location['@iot.id']})`, { location: at(123.45, 41.85) })).toMatchObject({
      name: '门口',
      location: at(123.45, 41.85),
    });
    expect(t.house.registry.thing(thing['@iot.id'] as number)?.position).toEqual([123.45, 41.85]);
    const stream = `/Datastreams(${datastream['@iot.id']})`;
    expect(
      await call('patch', stream, { name: '新名', unitOfMeasurement: { name: 'kilolux', symbol: 'klx', definition: 'ucum:klx' } }),
    ).toMatchObject({ name: '新名', description: '每分钟', unitOfMeasurement: { symbol: 'klx' } });
    expect(t.house.registry.datastream(datastream['@iot.id'] as number)).toMatchObject({ name: '新名', unit: 'klx' });
    expect(await call('patch', `/Sensors(${sensor['@iot.id']})`, { metadata: { model: 'X1' } })).toMatchObject({
      name: '水位计',
      metadata: { model: 'X1' },
    });
    expect(await call('patch', `/ObservedProperties('${property['@iot.id']}')`, { description: '改' })).toMatchObject({
      name: '照度',
      description: '改',
    });
    const feature = await post('/FeaturesOfInterest', { name: '湖', description: '', encodingType: geojson, feature: at(123, 41) });
    expect(await call('patch', `/FeaturesOfInterest(${feature['@iot.id']})`, { feature: at(123.2, 41.2) })).toMatchObject({
      name: '湖',
      feature: at(123.2, 41.2),
    });
    const [story] = await values(`/Things(${thing['@iot.id']})/HistoricalLocations`);
    expect(Date.parse((await call('patch', `/HistoricalLocations(${story!['@iot.id']})`, { time: iso(morning - 9 * hour) })).time)).toBe(
      morning - 9 * hour,
    );
    // §10.3: no inline entities, no words that are not the entity's, and what a series is stays what it is.
    await call('patch', stream, { Sensor: sensorBody() }, 400);
    await call('patch', stream, { colour: 'red' }, 400);
    await call('patch', stream, { ObservedProperty: { '@iot.id': 'a34004' } }, 409);
    await call('patch', "/ObservedProperties('a34004')", { name: 'x' }, 404);
    await call('patch', "/Sensors('hj212')", { name: 'x' }, 403);
  });
  test(`${req}/create-update-delete/update-entity: an Observation is corrected through the log; its id stays, the former version too`, async () => {
    const { datastream } = await station([5]);
    const [before] = await values(`/Datastreams(${datastream['@iot.id']})/Observations`);
    const path = `/Observations('${before!['@iot.id']}')`;
    await call('patch', path, { result: 6, parameters: { reason: '校准' } });
    await t.written();
    const after = await get(path);
    expect([after['@iot.id'], after.result, after.parameters.reason, after.phenomenonTime]).toEqual([
      before!['@iot.id'],
      6,
      '校准',
      before!['phenomenonTime'],
    ]);
    expect(after.parameters.frame).toBeGreaterThan((before!['parameters'] as { frame: number }).frame);
    t.now += 1000;
    await call('patch', path, { result: 5 });
    await t.written();
    expect(await get(`/Datastreams(${datastream['@iot.id']})/Observations?$count=true`)).toMatchObject({
      '@iot.count': 1,
      value: [{ result: 5, parameters: { reason: '校准' } }],
    });
    expect((await values(`/Datastreams(${datastream['@iot.id']})/Observations?$filter=result eq 6`)).length).toBe(0);
    const rows = await t.db.database.query<{ result: number }>('SELECT result FROM observation WHERE datastream = $1 ORDER BY frame', [
      datastream['@iot.id'],
    ]);
    expect(rows.map(({ result }) => result)).toEqual([5, 6, 5]);
    // The house counts the correction as the value of that moment.
    expect(
      t.house.store.thing(t.house.registry.datastream(datastream['@iot.id'] as number)!.thing)?.series[
        t.house.registry.datastream(datastream['@iot.id'] as number)!.series
      ]?.[0],
    ).toBe(5);
    await call('patch', path, { phenomenonTime: iso(morning) }, 409);
    await call('patch', path, { result: 'x' }, 400);
    t.now = morning;
  });
  test(`${req}/create-update-delete/update-entity-put: what is not named is gone, mandatory words have to be there`, async () => {
    const { thing, sensor, datastream } = await station([1]);
    const whole = { name: '新站', description: '', properties: { adcode: '210102' } };
    const put = await call('put', `/Things(${thing['@iot.id']})`, whole);
    expect(put).toMatchObject({ '@iot.id': thing['@iot.id'], name: '新站' });
    expect(put.properties).not.toHaveProperty('owner');
    await call('put', `/Things(${thing['@iot.id']})`, { name: '新站' }, 400);
    expect(await call('put', `/Sensors(${sensor['@iot.id']})`, sensorBody({ properties: { a: 1 } }))).toMatchObject({
      properties: { a: 1 },
    });
    expect(await call('put', `/Sensors(${sensor['@iot.id']})`, sensorBody())).not.toHaveProperty('properties');
    const [one] = await values(`/Datastreams(${datastream['@iot.id']})/Observations`);
    await call('put', `/Observations('${one!['@iot.id']}')`, { result: 9, phenomenonTime: one!['phenomenonTime'] });
    await t.written();
    expect((await get(`/Observations('${one!['@iot.id']}')`)).result).toBe(9);
  });
  test(`${req}/create-update-delete/update-entity-jsonpatch: RFC 6902`, async () => {
    const { thing } = await station();
    const path = `/sta/v1.1/Things(${thing['@iot.id']})`;
    const patch = (operations: unknown, status: number) =>
      t.call('patch', path, steward).set('Content-Type', 'application/json-patch+json').send(JSON.stringify(operations)).expect(status);
    const { body } = await patch(
      [
        { op: 'test', path: '/name', value: thing['name'] },
        { op: 'remove', path: '/properties/owner' },
        { op: 'add', path: '/properties/tags', value: ['a'] },
        { op: 'add', path: '/properties/tags/-', value: 'b' },
      ],
      200,
    );
    expect(body.properties).toMatchObject({ tags: ['a', 'b'], adcode: '210102' });
    expect(body.properties).not.toHaveProperty('owner');
    await patch([{ op: 'test', path: '/name', value: 'x' }], 409);
    await patch([{ op: 'remove', path: '/properties/none' }], 400);
    expect((await get(`/Things(${thing['@iot.id']})`)).properties.tags).toEqual(['a', 'b']);
  });
  test(`${req}/create-update-delete/delete-entity: Table 26, what hangs on it goes with it`, async () => {
    const gone = async (path: string) => get(path, 404);
    const a = await station([1, 2]);
    const [ds, thing] = [a.datastream['@iot.id'], a.thing['@iot.id']];
    const [observation, second] = await values(`/Datastreams(${ds})/Observations`);
    await call('delete', `/Observations('${observation!['@iot.id']}')`);
    await t.written();
    await gone(`/Observations('${observation!['@iot.id']}')`);
    expect(await get(`/Datastreams(${ds})/Observations?$count=true`)).toMatchObject({ '@iot.count': 1 });
    // Withdrawn, not rewritten: the row stays, and the moment counts as one without a value.
    const rows = await t.db.database.query<{ result: number | null; flag: string | null }>(
      'SELECT result, flag FROM observation WHERE datastream = $1 AND phenomenon_time = $2 ORDER BY frame',
      [ds, observation!['phenomenonTime']],
    );
    expect(rows).toEqual([
      { result: 1, flag: null },
      { result: null, flag: 'withdrawn' },
    ]);
    await call('delete', `/Datastreams(${ds})`);
    await gone(`/Datastreams(${ds})`);
    await gone(`/Observations('${second!['@iot.id']}')`);
    const [story] = await values(`/Things(${thing})/HistoricalLocations`);
    const stream = await post(
      '/Datastreams',
      streamBody({ Thing: ref(a.thing), Sensor: ref(a.sensor), ObservedProperty: ref(a.property) }),
    );
    await call('delete', `/Things(${thing})`);
    for (const path of [`/Things(${thing})`, `/Datastreams(${stream['@iot.id']})`, `/HistoricalLocations(${story!['@iot.id']})`])
      await gone(path);
    expect(t.house.store.thing(thing as number)).toBeUndefined();
    // The place that came with it was nobody else's.
    await gone(`/Locations(${thing})`);
    const b = await station();
    await call('delete', `/Sensors(${b.sensor['@iot.id']})`);
    await gone(`/Datastreams(${b.datastream['@iot.id']})`);
    const c = await station();
    await call('delete', `/ObservedProperties('${c.property['@iot.id']}')`);
    await gone(`/Datastreams(${c.datastream['@iot.id']})`);
    const [place] = await values(`/Things(${c.thing['@iot.id']})/Locations`);
    const [past] = await values(`/Things(${c.thing['@iot.id']})/HistoricalLocations`);
    await call('delete', `/Locations(${place!['@iot.id']})`);
    await gone(`/HistoricalLocations(${past!['@iot.id']})`);
    await get(`/Things(${c.thing['@iot.id']})`);
    const d = await station();
    const feature = await post('/FeaturesOfInterest', { name: '湖', description: '', encodingType: geojson, feature: at(123, 41) });
    const answer = await t.post(`/sta/v1.1/Datastreams(${d.datastream['@iot.id']})/Observations`, steward, {
      result: 1,
      FeatureOfInterest: ref(feature),
    });
    await t.written();
    await get(below(answer.headers['location']));
    await call('delete', `/FeaturesOfInterest(${feature['@iot.id']})`);
    await t.written();
    await gone(below(answer.headers['location']));
    await call('delete', "/Sensors('hj212')", undefined, 403);
    await call('delete', '/Things(987654321)', undefined, 404);
    await call('delete', '/Things', undefined, 404);
  });
  test(`${req}/create-update-delete/historical-location-auto-creation: whatever moves a Thing leaves a HistoricalLocation`, async () => {
    const thing = await post('/Things', thingBody({ Locations: [placeBody(123.1, 41.1)] }));
    const id = thing['@iot.id'];
    const stories = () => values(`/Things(${id})/HistoricalLocations?$expand=Locations&$orderby=id`);
    expect((await stories()).length).toBe(1);
    const next = await post(`/Things(${id})/Locations`, placeBody(123.2, 41.2));
    const third = await post('/Locations', placeBody(123.3, 41.3));
    await call('patch', `/Things(${id})`, { Locations: [ref(third)] });
    // By the house's own door, too.
    await t.house.registry.saveThing({ ...t.house.registry.thing(id as number)!, position: [123.4, 41.4] });
    const told = await stories();
    expect(told.map((story) => (story['Locations'] as Json[])[0]!['location'])).toEqual([
      at(123.1, 41.1),
      at(123.2, 41.2),
      at(123.3, 41.3),
      at(123.4, 41.4),
    ]);
    expect((await values(`/Things(${id})/Locations`)).map(({ location }) => location)).toEqual([at(123.4, 41.4)]);
    expect((await values(`/Locations(${next['@iot.id']})/Things`)).length).toBe(0);
    expect((await values(`/Locations(${next['@iot.id']})/HistoricalLocations`)).length).toBe(1);
  });
  test(`${req}/create-update-delete/historical-location-manual-creation: the newest is where the Thing is`, async () => {
    const thing = await post('/Things', thingBody({ Locations: [placeBody(123.1, 41.1)] }));
    const [old, later] = [await post('/Locations', placeBody(123.2, 41.2)), await post('/Locations', placeBody(123.3, 41.3))];
    const story = (time: number, location: Json) =>
      post('/HistoricalLocations', { time: iso(time), Thing: ref(thing), Locations: [ref(location)] });
    await story(morning - 1000 * hour, old);
    expect(t.house.registry.thing(thing['@iot.id'] as number)?.position).toEqual([123.1, 41.1]);
    await story(Date.now() + hour, later);
    expect(t.house.registry.thing(thing['@iot.id'] as number)?.position).toEqual([123.3, 41.3]);
    expect((await values(`/Things(${thing['@iot.id']})/Locations`)).map((one) => one['@iot.id'])).toEqual([later['@iot.id']]);
    expect((await values(`/Things(${thing['@iot.id']})/HistoricalLocations`)).length).toBe(3);
  });
});

describe(`${req}/batch-request/batch-request`, () => {
  const batch = async (requests: unknown[], token = steward) =>
    (await t.post('/sta/v1.1/$batch', token, { requests }).expect(200)).body.responses;
  test('in order, by relative and absolute addresses, with what an earlier one made', async () => {
    const { property } = await station();
    const answers = await batch([
      { id: 'thing1', method: 'post', url: 'Things', body: thingBody({ name: '批一' }) },
      { id: 'ds', method: 'post', url: '$thing1/Datastreams', body: streamBody({ ObservedProperty: ref(property) }) },
      { id: 'loc', method: 'post', url: '/sta/v1.1/Locations', body: placeBody(123.1, 41.1, { Things: [{ '@iot.id': '$thing1' }] }) },
      { id: 'obs', method: 'post', url: 'Observations', body: { result: 1, Datastream: { '@iot.id': '$ds' } } },
      { id: 'patch', method: 'patch', url: '$thing1', body: { description: '批改' } },
      {
        id: 'get',
        method: 'get',
        url: `${t.url}/sta/v1.1/$thing1?$expand=Locations($select=location)&$select=name,description`
          .replace('/$thing1', "/Things?$filter=name eq '批一'&x=")
          .replace('&x=?', '&'),
      },
      { id: 'bad', method: 'get', url: 'Nothings' },
      { id: 'del', method: 'delete', url: '$thing1' },
    ]);
    expect(answers.map(({ id, status }: { id: string; status: number }) => [id, status])).toEqual([
      ['thing1', 201],
      ['ds', 201],
      ['loc', 201],
      ['obs', 201],
      ['patch', 200],
      ['get', 200],
      ['bad', 404],
      ['del', 200],
    ]);
    expect(answers[5].body.value).toMatchObject([{ name: '批一', description: '批改', Locations: [{ location: at(123.1, 41.1) }] }]);
    expect(answers[0].location).toBe(answers[0].body['@iot.selfLink']);
    expect(answers[6].body.code).toBe('not-found');
  });
  test('atomicityGroup: all of it or nothing', async () => {
    const count = async () => (await get('/Sensors?$count=true&$top=0'))['@iot.count'];
    const before = await count();
    const [one, two] = await batch([
      { id: '1', atomicityGroup: 'g', method: 'post', url: 'Sensors', body: sensorBody() },
      { id: '2', atomicityGroup: 'g', method: 'post', url: 'Sensors', body: { name: 'no metadata' } },
    ]);
    expect([one.status, two.status, await count()]).toEqual([409, 400, before]);
    const good = await batch([
      { id: '1', atomicityGroup: 'g', method: 'post', url: 'Sensors', body: sensorBody() },
      { id: '2', atomicityGroup: 'g', method: 'post', url: 'Sensors', body: sensorBody() },
    ]);
    expect([good.map(({ status }: { status: number }) => status), await count()]).toEqual([[201, 201], before + 2]);
    expect((await batch([{ id: '1', atomicityGroup: 'g', method: 'delete', url: 'Sensors(1)' }]))[0].status).toBe(501);
  });
  test('each member has the rights of its sender', async () => {
    const viewer = await t.token('leader', { adcode: '210000', departments: '*' });
    const answers = await batch(
      [
        { id: '1', method: 'get', url: 'Things?$top=1' },
        { id: '2', method: 'post', url: 'Sensors', body: sensorBody() },
        { id: '3', method: 'delete', url: 'Things(1)' },
        { id: '4', method: 'post', url: 'CreateObservations', body: [] },
      ],
      viewer,
    );
    expect(answers.map(({ status }: { status: number }) => status)).toEqual([200, 403, 403, 403]);
    await t.post('/sta/v1.1/$batch', steward, { requests: [{ id: 1 }] }).expect(400);
    await t.post('/sta/v1.1/$batch', 'no-such-token', { requests: [] }).expect(401);
  });
});

describe(`${req}/data-array/data-array`, () => {
  test('CreateObservations: addresses in order, "error" for what is none; read back as a data array', async () => {
    const [a, b] = [(await station()).datastream, (await station()).datastream];
    const rows = [
      [iso(morning - hour), 1, iso(morning)],
      [iso(morning - 2 * hour), 2, null],
      ['noon', 3, null],
      [iso(morning), 'x', null],
      [1],
    ];
    const answer = await post('/CreateObservations', [
      { Datastream: ref(a), components: ['phenomenonTime', 'result', 'resultTime'], 'dataArray@iot.count': 5, dataArray: rows },
      {
        Datastream: ref(b),
        components: ['result', 'phenomenonTime', 'FeatureOfInterest/id'],
        dataArray: [
          [
            9,
            iso(morning - hour),
            (await post('/FeaturesOfInterest', { name: '点', description: '', encodingType: geojson, feature: at(123, 41) }))['@iot.id'],
          ],
        ],
      },
      { Datastream: { '@iot.id': 987654 }, components: ['result'], dataArray: [[1]] },
    ]);
    expect(answer.map((one: string) => (one === 'error' ? one : 'made'))).toEqual([
      'made',
      'made',
      'error',
      'error',
      'error',
      'made',
      'error',
    ]);
    await t.written();
    expect((await get(below(answer[1]))).result).toBe(2);
    expect((await get(`${below(answer[5])}/FeatureOfInterest`)).name).toBe('点');
    const { value } = await get(
      `/Datastreams(${a['@iot.id']})/Observations?$resultFormat=dataArray&$select=result,phenomenonTime&$orderby=result`,
    );
    expect(value.length).toBe(1);
    expect([value[0].components, value[0]['dataArray@iot.count'], below(value[0]['Datastream@iot.navigationLink'])]).toEqual([
      ['phenomenonTime', 'result'],
      2,
      `/Datastreams(${a['@iot.id']})`,
    ]);
    expect(value[0].dataArray.map((row: [string, number]) => [Date.parse(row[0]), row[1]])).toEqual([
      [morning - hour, 1],
      [morning - 2 * hour, 2],
    ]);
  });
  test.each([
    [{}],
    [[{ Datastream: {}, components: [], dataArray: [] }]],
    [[{ Datastream: { '@iot.id': 1 }, components: ['colour', 'result'], dataArray: [] }]],
    [[{ Datastream: { '@iot.id': 1 }, components: ['result'], dataArray: [[1]], 'dataArray@iot.count': 2 }]],
  ])('%j is 400', async (body) => {
    await post('/CreateObservations', body, 400);
  });
});

test('§9.2.1 what the service root claims is what stands here, and nothing of MultiDatastreams or MQTT without a broker of ours', async () => {
  const { serverSettings } = (await t.get('/sta/v1.1').expect(200)).body;
  for (const uri of serverSettings.conformance) expect(uri.startsWith(`${req}/`), uri).toBe(true);
  expect(serverSettings.conformance).toHaveLength(15);
  expect(JSON.stringify(serverSettings)).not.toMatch(/multi-datastream|mqtt/);
});
