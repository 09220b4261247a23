// SensorThings over MQTT: Observations made by PUBLISH, entities told to subscribers, through a real broker and a real house.
//
// Source: OGC 18-088 §14 (MQTT extension), Annex A: create Observations via MQTT, receive updates via MQTT.
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { type Broker, listenBroker } from '../../iot-gateway/transports/broker.mqtt.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { hour, morning } from '../routes/test-house.http.ts';
import { openStation, req, type Station } from './test-station.http.ts';
import { readTopic } from './updates.ts';

let s: Station;
let broker: Broker;
const clients: MqttClient[] = [];

beforeAll(async () => {
  s = await openStation(await testDatabase());
  const { updates, ingest } = s.t.parts;
  broker = await listenBroker({ intake: ingest, now: () => s.t.now, host: '127.0.0.1', port: 0, audience: updates });
  updates.serve([`mqtt://127.0.0.1:${broker.port}`]);
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
});
afterAll(async () => {
  await broker?.close();
  await s?.t.close();
});

async function client(password?: string): Promise<MqttClient> {
  const made = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
    username: 'x',
    ...(password === undefined ? {} : { password }),
    reconnectPeriod: 0,
  });
  clients.push(made);
  return made;
}
/** What a listener is told, by topic. */
async function listen(token: string, ...topics: string[]): Promise<{ topic: string; body: Record<string, unknown> }[]> {
  const told: { topic: string; body: Record<string, unknown> }[] = [];
  const listener = await client(token);
  listener.on('message', (topic, payload) => told.push({ topic, body: JSON.parse(payload.toString()) }));
  for (const topic of topics) expect((await listener.subscribeAsync(topic))[0]?.qos, topic).toBe(0);
  return told;
}
const refused = async (token: string | undefined, topic: string): Promise<boolean> => {
  const listener = await client(token);
  try {
    return (await listener.subscribeAsync(topic))[0]?.qos === 128;
  } catch {
    return true;
  }
};

test(`${req}/create-observations-via-mqtt/observations-creation: by the topic of its Datastream, and by a link`, async () => {
  const { datastream } = await s.station();
  const id = datastream['@iot.id'];
  const device = await client();
  await device.publishAsync(
    `v1.1/Datastreams(${id})/Observations`,
    JSON.stringify({ result: 1, phenomenonTime: new Date(morning - hour).toISOString(), parameters: { a: 1 } }),
    { qos: 1 },
  );
  await device.publishAsync('v1.1/Observations', JSON.stringify({ result: 2, Datastream: { '@iot.id': id } }), { qos: 1 });
  await s.t.written();
  expect((await s.values(`/Datastreams(${id})/Observations?$orderby=result`)).map(({ result }) => result)).toEqual([1, 2]);
  expect((await s.values(`/Datastreams(${id})/Observations?$filter=parameters/a eq 1`)).length).toBe(1);
});

describe(`${req}/receive-updates-via-mqtt/receive-updates`, () => {
  test('§14.3 Observations of a Datastream and of all, by whatever road they come; with $select; in the order they were made', async () => {
    const { datastream } = await s.station();
    const id = datastream['@iot.id'] as number;
    const topics = [`v1.1/Datastreams(${id})/Observations`, 'v1.1/Observations?$select=result,phenomenonTime', 'v1.1/Observations'];
    const told = await listen(s.steward, ...topics);
    await s.post(`/Datastreams(${id})/Observations`, { result: 7, parameters: { note: 'x' } });
    const device = await client();
    await device.publishAsync(`v1.1/Datastreams(${id})/Observations`, JSON.stringify({ result: 8 }), { qos: 1 });
    await s.t.thing('别站', '210102', null, { device: { protocol: 'hj212', id: 'MN-U' } });
    await s.t.air('MN-U', morning - hour, { a34004: 40 });
    await expect.poll(() => told.filter(({ topic }) => topic === topics[2]).length).toBe(3);
    const of = (topic: string | undefined) => told.filter((one) => one.topic === topic).map(({ body }) => body);
    expect(of(topics[0]).map(({ result }) => result)).toEqual([7, 8]);
    expect(of(topics[1]).map((body) => Object.keys(body))).toEqual(
      Array.from({ length: 3 }, () => ['@iot.id', '@iot.selfLink', 'phenomenonTime', 'result']),
    );
    expect(of(topics[2]).map(({ result }) => result)).toEqual([7, 8, 40]);
    await s.t.written();
    // What is told is what is read afterwards, but for the address of the service in the links.
    const [first] = of(topics[0]);
    const read = await s.get(String(first!['@iot.selfLink']).replace('/sta/v1.1', ''));
    expect({ ...first, '@iot.selfLink': 0, 'Datastream@iot.navigationLink': 0, 'FeatureOfInterest@iot.navigationLink': 0 }).toEqual({
      ...read,
      '@iot.selfLink': 0,
      'Datastream@iot.navigationLink': 0,
      'FeatureOfInterest@iot.navigationLink': 0,
    });
  });
  test('§14.3 entity sets, an entity, a property, what hangs on an entity', async () => {
    const { thing, sensor, property, datastream } = await s.station();
    const id = thing['@iot.id'];
    const told = await listen(
      s.steward,
      `v1.1/Datastreams(${datastream['@iot.id']})/Thing/description`,
      'v1.1/Things',
      `v1.1/Things(${id})`,
      `v1.1/Things(${id})/properties`,
      `v1.1/Things(${id})/Datastreams`,
      `v1.1/Things(${id})/HistoricalLocations`,
      'v1.1/Sensors?$select=name',
    );
    await s.call('patch', `/Things(${id})`, { description: '改', properties: { note: 5 } });
    const other = await s.post('/Things', s.thingBody());
    const stream = await s.post(
      '/Datastreams',
      s.streamBody({
        name: '再一',
        Thing: { '@iot.id': id },
        Sensor: { '@iot.id': sensor['@iot.id'] },
        ObservedProperty: { '@iot.id': property['@iot.id'] },
        properties: { period: 'hour', statistic: 'mean' },
      }),
    );
    await s.post(
      '/Datastreams',
      s.streamBody({ name: '不在这里', Thing: { '@iot.id': other['@iot.id'] }, ObservedProperty: { '@iot.id': 'z' } }),
    );
    await s.post(`/Things(${id})/Locations`, s.placeBody(123.7, 41.7));
    await s.post('/Sensors', s.sensorBody({ name: '新' }));
    await expect.poll(() => told.filter(({ topic }) => topic.startsWith('v1.1/Sensors')).length).toBe(1);
    const of = (topic: string) => told.filter((one) => one.topic === topic).map(({ body }) => body);
    expect(of('v1.1/Things').map((body) => body['@iot.id'])).toEqual([id, other['@iot.id']]);
    expect(of(`v1.1/Things(${id})`)).toMatchObject([{ '@iot.id': id, description: '改', properties: { note: 5 } }]);
    expect(of(`v1.1/Things(${id})/properties`)).toMatchObject([{ properties: { note: 5, owner: '甲' } }]);
    expect(of(`v1.1/Datastreams(${datastream['@iot.id']})/Thing/description`)).toEqual([{ description: '改' }]);
    expect(of(`v1.1/Things(${id})/Datastreams`).map((body) => body['@iot.id'])).toEqual([stream['@iot.id']]);
    expect(of(`v1.1/Things(${id})/HistoricalLocations`).length).toBe(1);
    expect(of('v1.1/Sensors?$select=name').map(({ name }) => name)).toEqual(['新']);
  });
  test('who is told: a session, of his area alone; nobody without one; and never what a device merely published', async () => {
    const { datastream } = await s.station();
    const id = datastream['@iot.id'];
    const dalian = await s.t.token('leader', { adcode: '210200', departments: '*' });
    expect(await refused(undefined, 'v1.1/Observations')).toBe(true);
    expect(await refused('no-such-token', 'v1.1/Things')).toBe(true);
    expect(await refused(dalian, `v1.1/Datastreams(${id})/Observations`)).toBe(true);
    for (const topic of [
      'v1.1/#',
      'v1.1/+',
      'v1.1/Nothings',
      'v1.1/Things(987654)',
      'v1.1/Things?$filter=id eq 1',
      'v1.1/Things(1)/colour',
      'v1.1/Things/name',
      'v1.1/',
      'v1.1/FeaturesOfInterest(1)/Observations',
    ])
      expect(await refused(s.steward, topic), topic).toBe(true);
    const told = await listen(dalian, 'v1.1/Observations', 'v1.1/Things', 'v1.1/Datastreams');
    const own = await listen(s.steward, 'v1.1/Observations');
    const device = await client();
    await device.publishAsync(`v1.1/Datastreams(${id})/Observations`, JSON.stringify({ result: 1 }), { qos: 1 });
    await device.publishAsync('v1.1/Observations', JSON.stringify({ result: 2, Datastream: { '@iot.id': 987654 } }), { qos: 1 });
    await s.t.thing('大连站', '210211', null, { device: { protocol: 'mqtt', id: 'dl' } });
    await device.publishAsync('devices/dl/telemetry', JSON.stringify({ values: { z: 3 } }), { qos: 1 });
    await expect.poll(() => own.length).toBe(2);
    await expect.poll(() => told.length).toBe(1);
    expect(told.map(({ body }) => body['result'])).toEqual([3]);
  });
  test('a session that ended hears nothing more', async () => {
    const { datastream } = await s.station();
    const token = await s.t.token('leader', { adcode: '210100', departments: '*' });
    const told = await listen(token, 'v1.1/Observations', 'v1.1/Things');
    const kept = await listen(s.steward, 'v1.1/Observations');
    const path = `/Datastreams(${datastream['@iot.id']})/Observations`;
    await s.post(path, { result: 1 });
    await expect.poll(() => told.length).toBe(1);
    const { user } = (await s.t.auth.authenticate(token)) as { user: string };
    await s.t.auth.update(user, { scope: { adcode: '210200', departments: '*' } });
    await s.t.parts.updates.recheck(user);
    await s.post(path, { result: 2 });
    await s.post('/Things', s.thingBody());
    await expect.poll(() => kept.length).toBe(2);
    expect(told.length).toBe(1);
  });
  test('unsubscribed, or gone: nothing more', async () => {
    const listener = await client(s.steward);
    const told: string[] = [];
    listener.on('message', (topic) => told.push(topic));
    await listener.subscribeAsync('v1.1/Sensors');
    await s.post('/Sensors', s.sensorBody());
    await expect.poll(() => told.length).toBe(1);
    await listener.unsubscribeAsync('v1.1/Sensors');
    await s.post('/Sensors', s.sensorBody());
    await s.t.parts.updates.settled();
    await listener.publishAsync('devices/x/telemetry', '{"values":{}}', { qos: 1 });
    expect(told.length).toBe(1);
  });
});

test('the service root names the two requirements and where the broker is', async () => {
  const { serverSettings } = (await s.t.get('/sta/v1.1').expect(200)).body;
  for (const uri of [`${req}/create-observations-via-mqtt/observations-creation`, `${req}/receive-updates-via-mqtt/receive-updates`]) {
    expect(serverSettings.conformance).toContain(uri);
    expect(serverSettings[uri].endpoints).toEqual([`mqtt://127.0.0.1:${broker.port}`]);
  }
});
test.each(['v1.1/Things(1)/Datastreams(2)/Thing/name', "v1.1/Observations('1:2:3')/result", 'v1.1/Locations(1)/Things(2)/properties'])(
  '%s is a topic',
  (topic) => {
    expect(readTopic(topic).set).toBeTypeOf('string');
  },
);
test.each(['v1.1/', 'v1.1/x', 'v1.1/Things(', 'v1.1/Things?$top=1', 'v1.1/Things?$select=colour'])('%s is none', (topic) => {
  expect(() => readTopic(topic)).toThrow(Problem);
});
