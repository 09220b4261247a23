// The abstract test suite of SensorThings 1.1, reading: each title carries the URI of the requirement that it holds.
//
// Source: OGC 18-088 Annex A (abstract test suite). The OGC executable suite is a Java program that is not at hand here.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import { entitySets, model } from './model.ts';
import { type Json, openStation, req, type Station } from './test-station.http.ts';

let t: Station['t'];
let steward: Station['steward'];
let below: Station['below'];
let get: Station['get'];
let values: Station['values'];
let post: Station['post'];
let at: Station['at'];
let geojson: Station['geojson'];
let station: Station['station'];
beforeAll(async () => {
  ({ t, steward, below, get, values, post, at, geojson, station } = await openStation(await testDatabase()));
});
afterAll(() => t?.close());

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
  await t.call('put', '/sta/v1.1/Things', steward, {}).expect(404);
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

test('§9.2.1 what the service root claims is what stands here, and nothing of MultiDatastreams or MQTT without a broker of ours', async () => {
  const { serverSettings } = (await t.get('/sta/v1.1').expect(200)).body;
  for (const uri of serverSettings.conformance) expect(uri.startsWith(`${req}/`), uri).toBe(true);
  expect(serverSettings.conformance).toHaveLength(15);
  expect(JSON.stringify(serverSettings)).not.toMatch(/multi-datastream|mqtt/);
});
