// The abstract test suite of SensorThings 1.1, batches and data arrays: each title carries the URI of the requirement that it holds.
//
// Source: OGC 18-088 Annex A (abstract test suite). The OGC executable suite is a Java program that is not at hand here.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import { hour, morning } from '../routes/test-house.http.ts';
import { type Json, openStation, req, type Station } from './test-station.http.ts';

let t: Station['t'];
let steward: Station['steward'];
let below: Station['below'];
let get: Station['get'];
let post: Station['post'];
let values: Station['values'];
let at: Station['at'];
let geojson: Station['geojson'];
let iso: Station['iso'];
let ref: Station['ref'];
let thingBody: Station['thingBody'];
let placeBody: Station['placeBody'];
let sensorBody: Station['sensorBody'];
let streamBody: Station['streamBody'];
let station: Station['station'];
beforeAll(async () => {
  ({ t, steward, below, get, post, values, at, geojson, iso, ref, thingBody, placeBody, sensorBody, streamBody, station } =
    await openStation(await testDatabase()));
});
afterAll(() => t?.close());

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

describe('durability', () => {
  test('what was logged and not yet judged when the house fell is there with its details afterwards, once, and so are corrections', async () => {
    const { datastream } = await station([1]);
    const id = datastream['@iot.id'];
    const [first] = await values(`/Datastreams(${id})/Observations`);
    const bytes = (body: unknown) => new TextEncoder().encode(JSON.stringify(body));
    const cursor = async () =>
      Number((await t.db.database.query<{ frame: number }>("SELECT frame FROM log_cursor WHERE consumer = 'history'"))[0]!.frame);
    const before = await cursor();
    const frame = (address: string, body: unknown) =>
      t.house.log.append({ protocol: 'sta', address, received: t.now + 5, bytes: bytes(body) }).committed;
    await frame(`/sta/v1.1/Datastreams(${id})/Observations`, {
      result: 2,
      phenomenonTime: new Date(morning - 5 * hour).toISOString(),
      parameters: { note: 'kept' },
    });
    await frame(`/sta/v1.1/Observations('${first!['@iot.id']}')`, { result: 3 });
    for (let round = 0; round < 2; round++) {
      await t.ingest.recover(before);
      await t.written();
      const told = await get(`/Datastreams(${id})/Observations?$count=true&$orderby=result`);
      expect([told['@iot.count'], told.value.map((one: Json) => one['result']), told.value[0].parameters.note]).toEqual([
        2,
        [2, 3],
        'kept',
      ]);
    }
  });
});
