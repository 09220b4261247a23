// The names that stay put, seen as somebody else's program sees them: nothing but HTTP, MQTT and TCP against the real server.
import { connect } from 'node:net';
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beijingTime, encodeHj212, qnOf } from '../../iot-gateway/protocols/hj212.ts';
import { asAdmin, dataFolder, type RunningServer, startServer } from '../server.file.ts';

type Json = Record<string, unknown> & { readonly [key: string]: never };
const folder = dataFolder();
let server: RunningServer;
let call: Awaited<ReturnType<typeof asAdmin>>;
const get = async (path: string): Promise<Json> => (await call(path)).json() as Promise<Json>;
const path = (url: unknown): string => String(url).replace(server.http, '');
beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '0']);
  call = await asAdmin(server);
});
afterAll(async () => {
  await server?.stop();
  folder.remove();
});

const minute = 60_000;
const hour = 60 * minute;
const thisHour = Math.floor(Date.now() / hour) * hour;

function sendHj212(mn: string, at: number, factors: Readonly<Record<string, string>>): Promise<string> {
  const body = Object.entries(factors).map(
    ([name, value]) =>
      [
        [`${name}-Avg`, value],
        [`${name}-Flag`, 'N'],
      ] as [string, string][],
  );
  const frame = encodeHj212({
    ...{ qn: qnOf(Date.now()), st: '22', cn: '2061', pw: '123456', mn, flag: 5 },
    cp: [[['DataTime', beijingTime(at)]], ...body],
  });
  return new Promise((resolve, reject) => {
    const socket = connect(server.hj212, '127.0.0.1', () => socket.write(frame));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
const thingBody = (name: string, protocol: string, id: string, lng = 123.43, lat = 41.8) => ({
  ...{ name, description: '互操作检查', properties: { device: { protocol, id } } },
  Locations: [{ name, description: '', encodingType: 'application/geo+json', location: { type: 'Point', coordinates: [lng, lat] } }],
});

describe('a device registered by a SensorThings Thing', () => {
  it('HJ 212: its Datastreams are made from the factors it sends, and the value is found by every door', async () => {
    const answer = await call('/sta/v1.1/Things', thingBody('互操作空气站', 'hj212', 'INTEROP0000000000000001'));
    expect(answer.status).toBe(201);
    const self = path(answer.headers.get('location'));
    const thing = await get(self);
    expect(thing['@iot.id']).toBeTypeOf('number');
    const at = thisHour - hour;
    expect(await sendHj212('INTEROP0000000000000001', at, { a34004: '61', a21026: '12' })).toContain('CN=9014');

    const datastreams = async () => ((await get(`${self}/Datastreams?$expand=ObservedProperty`)).value as unknown as Json[]) ?? [];
    await expect.poll(async () => (await datastreams()).length, { timeout: 15_000 }).toBe(2);
    const pm25 = (await datastreams()).find((one) => JSON.stringify(one['ObservedProperty']).includes('a34004'));
    expect(pm25).toMatchObject({ unitOfMeasurement: { symbol: expect.stringMatching(/[µu]g\/m[3³]/) } });
    const observations = () => get(`/sta/v1.1/Datastreams(${pm25?.['@iot.id']})/Observations?$count=true`);
    await expect.poll(async () => (await observations())['@iot.count'], { timeout: 15_000 }).toBe(1);
    const observation = ((await observations()).value as unknown as Json[])[0];
    expect(observation?.['result']).toBe(61);
    // An hour's mean is of an interval, its beginning first.
    expect(Date.parse(String(observation?.['phenomenonTime']).split('/')[0] ?? '')).toBe(at);

    const latest = (await get(`/api/latest?thing=${thing['@iot.id']}`)).items as unknown as { series: Record<string, unknown[]> }[];
    expect(latest[0]?.series['a34004/hour/mean']?.[0]).toBe(61);
    // It is an air station by what it sends: found in its stream, and on the wall.
    const stream = (await get('/api/latest?stream=ecology/air-quality')).items as unknown as { name: string }[];
    expect(stream.map(({ name }) => name)).toContain('互操作空气站');
    const history = await get(`/api/history?datastream=${pm25?.['@iot.id']}`);
    expect(history).toMatchObject({ unit: expect.stringContaining('g/m'), points: [{ result: 61, quality: 'good' }] });
    const lineage = await get(`/api/lineage/observation/${pm25?.['@iot.id']}:${at}`);
    expect(JSON.stringify(lineage)).toContain('a34004-Avg');
  });

  it('MQTT: telemetry by client name, and an Observation addressed by its Datastream', async () => {
    const answer = await call('/sta/v1.1/Things', thingBody('互操作水位站', 'mqtt', 'interop-gauge'));
    expect(answer.status).toBe(201);
    const self = path(answer.headers.get('location'));
    const client = await mqtt.connectAsync({ host: '127.0.0.1', port: server.mqtt, clientId: 'interop-gauge' });
    const time = new Date(Date.now() - minute).toISOString();
    await client.publishAsync('devices/interop-gauge/telemetry', JSON.stringify({ time, values: { z: 3.25 } }), { qos: 1 });
    const datastreams = async () => ((await get(`${self}/Datastreams`)).value as unknown as Json[]) ?? [];
    await expect.poll(async () => (await datastreams()).length, { timeout: 15_000 }).toBe(1);
    const id = (await datastreams())[0]?.['@iot.id'];
    await client.publishAsync(
      `v1.1/Datastreams(${id})/Observations`,
      JSON.stringify({ phenomenonTime: new Date().toISOString(), result: 3.5 }),
      { qos: 1 },
    );
    const results = async () =>
      ((await get(`/sta/v1.1/Datastreams(${id})/Observations?$orderby=phenomenonTime asc`)).value as unknown as Json[]).map(
        (one) => one['result'],
      );
    await expect.poll(results, { timeout: 15_000 }).toEqual([3.25, 3.5]);
    await client.endAsync();
    // HTTP POST of an Observation: 201 after it is durable.
    const posted = await call(`/sta/v1.1/Datastreams(${id})/Observations`, {
      phenomenonTime: new Date(Date.now() + 1).toISOString(),
      result: 3.75,
    });
    expect(posted.status).toBe(201);
    await expect.poll(results, { timeout: 15_000 }).toEqual([3.25, 3.5, 3.75]);
  });

  it.each([
    ['swapped', 41.8, 123.43],
    ['out of range', 223, 41.8],
  ])('a position that is %s is refused with its reason', async (_, lng, lat) => {
    const answer = await call('/sta/v1.1/Things', thingBody('错站', 'mqtt', `bad-${lng}`, lng, lat));
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({ code: 'bad-position', detail: expect.any(String) });
  });
});

describe('an unknown device', () => {
  it('is answered, listed, and by a Thing that names it its frames are replayed', async () => {
    const at = thisHour - 2 * hour;
    expect(await sendHj212('UNKNOWN000000000000001', at, { a34004: '33' })).toContain('CN=9014');
    const listed = async () => ((await get('/api/devices/unclaimed')).items as unknown as { device: string }[]).map(({ device }) => device);
    await expect.poll(listed, { timeout: 15_000 }).toContain('UNKNOWN000000000000001');
    const answer = await call('/sta/v1.1/Things', thingBody('后来登记的站', 'hj212', 'UNKNOWN000000000000001'));
    const self = path(answer.headers.get('location'));
    const results = async () =>
      JSON.stringify(
        ((await get(`${self}/Datastreams?$expand=Observations`)).value as unknown as Json[]).map((one) => one['Observations']),
      );
    await expect.poll(results, { timeout: 15_000 }).toContain('"result":33');
    expect(await listed()).not.toContain('UNKNOWN000000000000001');
  });
});

describe('documents and lists', () => {
  it('openapi and asyncapi are there, and name the paths', async () => {
    const open = await get('/api/openapi.json');
    expect(String(open['openapi'])).toMatch(/^3\./);
    for (const name of ['/api/session', '/api/latest', '/api/history', '/api/streams', '/api/scenes'])
      expect(Object.keys(open['paths'] ?? {})).toContain(name);
    expect(String((await get('/api/asyncapi.json'))['asyncapi'])).toMatch(/^[23]\./);
  });
  it('every stream has its provider, promise, measured, score and provenance; every scene its question', async () => {
    const streams = (await get('/api/streams')).items as unknown as Json[];
    expect(streams.length).toBeGreaterThanOrEqual(5);
    for (const stream of streams)
      for (const name of ['id', 'provider', 'promise', 'measured', 'score', 'provenance'])
        expect(Object.keys(stream), name).toContain(name);
    const scenes = (await get('/api/scenes')).items as unknown as Json[];
    for (const scene of scenes)
      for (const name of ['id', 'title', 'question', 'layers', 'streams', 'panels', 'roles'])
        expect(Object.keys(scene), name).toContain(name);
    expect((await call(`/api/scenes/${scenes[0]?.['id']}`)).status).toBe(200);
    expect((await call(`/api/streams/${encodeURIComponent(String(streams[0]?.['id']))}`)).status).toBe(200);
  });
  it('indicators carry code, title, value, unit, asOf, coverage, quality, provenance, department, now and in the past', async () => {
    await expect
      .poll(async () => ((await get('/api/indicators/210100')).items as unknown as Json[]).length, { timeout: 15_000 })
      .toBeGreaterThan(0);
    for (const query of ['', `?at=${new Date().toISOString()}`])
      for (const one of (await get(`/api/indicators/210100${query}`)).items as unknown as Json[])
        for (const name of ['code', 'title', 'value', 'unit', 'asOf', 'coverage', 'quality', 'provenance', 'department'])
          expect(Object.keys(one), name).toContain(name);
  });
  it.each([
    '/livez',
    '/readyz',
    '/ogc',
    '/ogc/collections',
    '/sta/v1.1',
    '/sta/v1.1/Things',
    '/api/scenes',
    '/screen/overview',
    '/console/ecology',
    '/login',
  ])('%s answers', async (address) => {
    expect((await call(address)).status).toBe(200);
  });
});

describe('errors', () => {
  it.each([
    ['/api/latest?stream=none/none', 404],
    ['/api/latest?bbox=1,2,3', 400],
    ['/api/latest?at=yesterday', 400],
    ['/api/history?datastream=999999', 404],
    ['/api/nothing', 404],
    ['/sta/v1.1/Things(999999)', 404],
    ['/sta/v1.1/Nothings', 404],
    ['/ogc/collections/nothing/items', 404],
  ])('%s → %i as application/problem+json with a code', async (address, status) => {
    const answer = await call(address);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({ status, code: expect.any(String), title: expect.any(String) });
  });
  it('without a session: 401 everywhere but probes, documents and pages', async () => {
    for (const address of ['/api/latest', '/api/streams', '/sta/v1.1/Things', '/ogc/collections'])
      expect((await fetch(`${server.http}${address}`)).status, address).toBe(401);
  });
});
