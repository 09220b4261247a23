// The abstract test suite of SensorThings 1.1, create, update and delete: each title carries the URI of the requirement that it holds.
//
// Source: OGC 18-088 Annex A (abstract test suite). The OGC executable suite is a Java program that is not at hand here. Table 24: mandatory links; Table 26: integrity.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import { hour, morning } from '../routes/test-house.http.ts';
import { type Json, openStation, req, type Station } from './test-station.http.ts';

let t: Station['t'];
let steward: Station['steward'];
let below: Station['below'];
let get: Station['get'];
let values: Station['values'];
let post: Station['post'];
let call: Station['call'];
let at: Station['at'];
let geojson: Station['geojson'];
let iso: Station['iso'];
let ref: Station['ref'];
let thingBody: Station['thingBody'];
let placeBody: Station['placeBody'];
let sensorBody: Station['sensorBody'];
let propertyBody: Station['propertyBody'];
let streamBody: Station['streamBody'];
let station: Station['station'];
beforeAll(async () => {
  ({
    t,
    steward,
    below,
    get,
    values,
    post,
    call,
    at,
    geojson,
    iso,
    ref,
    thingBody,
    placeBody,
    sensorBody,
    propertyBody,
    streamBody,
    station,
  } = await openStation(await testDatabase()));
});
afterAll(() => t?.close());

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
  test(`${req}/create-update-delete/deep-insert: an Observation with its Datastream; what is refused leaves nothing behind`, async () => {
    const { thing } = await station();
    const datastream = streamBody({ Thing: ref(thing), ObservedProperty: propertyBody(), Sensor: sensorBody() });
    const answer = await t.post('/sta/v1.1/Observations', steward, { result: 4, Datastream: datastream }).expect(201);
    await t.written();
    expect((await get(`${below(answer.headers['location'])}/Datastream/Thing`))['@iot.id']).toBe(thing['@iot.id']);
    const counts = async () =>
      Promise.all(
        ['FeaturesOfInterest', 'Datastreams', 'Sensors'].map(async (set) => (await get(`/${set}?$count=true&$top=0`))['@iot.count']),
      );
    const before = await counts();
    const feature = { name: '点', description: '', encodingType: geojson, feature: at(123, 41) };
    await post(
      '/Observations',
      { result: 'x', Datastream: streamBody({ ...datastream, ObservedProperty: propertyBody() }), FeatureOfInterest: feature },
      400,
    );
    await post('/Observations', { result: 1, phenomenonTime: 'noon', Datastream: { '@iot.id': 1 }, FeatureOfInterest: feature }, 422);
    expect(await counts()).toEqual(before);
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
    // What was read and is sent back, changed in one word: our own marks in it are not taken for the client's.
    const read = await get(`/Observations('${one!['@iot.id']}')`);
    t.now += 1000;
    await call('put', `/Observations('${one!['@iot.id']}')`, { ...read, result: 10 });
    await t.written();
    t.now = morning;
    const again = await get(`/Observations('${one!['@iot.id']}')`);
    expect([again.result, again.resultQuality, Object.keys(again.parameters)]).toEqual([
      10,
      { quality: 'good', failed: [], flag: null },
      ['frame'],
    ]);
    const details = await t.db.database.query(
      'SELECT parameters, quality FROM observation_detail WHERE datastream = $1 ORDER BY frame DESC LIMIT 1',
      [datastream['@iot.id']],
    );
    expect(details).toEqual([{ parameters: {}, quality: null }]);
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
});
