// Vehicles by JT/T 808 and vessels by AIS against the real server: nothing but TCP and HTTP, from a frame to the position on the API.
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeAis } from '../../iot-gateway/protocols/ais.ts';
import { readMessage } from '../../iot-gateway/protocols/jt808/message.ts';
import { batchBody, bytesOf, cutAll, locationBody } from '../../iot-gateway/protocols/jt808/test-frames.ts';
import { encodeJt808 } from '../../iot-gateway/protocols/jt808.ts';
import { asAdmin, dataFolder, type RunningServer, startServer } from '../server.file.ts';

type Json = Readonly<Record<string, unknown>>;
const folder = dataFolder();
let server: RunningServer;
let call: Awaited<ReturnType<typeof asAdmin>>;
const get = async (path: string): Promise<Json> => (await call(path)).json() as Promise<Json>;
beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '0']);
  call = await asAdmin(server);
});
afterAll(async () => {
  await server?.stop();
  folder.remove();
});

async function register(name: string, protocol: string, id: string): Promise<number> {
  const answer = await call('/sta/v1.1/Things', { name, description: '', properties: { adcode: '210200', device: { protocol, id } } });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { '@iot.id': number })['@iot.id'];
}
interface Latest {
  readonly position: readonly number[] | null;
  readonly series: Readonly<Record<string, readonly unknown[]>>;
}
async function latest(thing: number): Promise<Latest | undefined> {
  return ((await get(`/api/latest?thing=${thing}`))['items'] as readonly Latest[])[0];
}
const results = async (thing: number, property: string): Promise<unknown[]> => {
  const answer = await get(`/sta/v1.1/Things(${thing})/Datastreams?$expand=ObservedProperty`);
  const stream = (answer['value'] as readonly Json[]).find((one) => JSON.stringify(one['ObservedProperty']).includes(`:${property}"`));
  if (!stream) return [];
  const list = await get(`/sta/v1.1/Datastreams(${stream['@iot.id']})/Observations?$orderby=phenomenonTime asc`);
  return (list['value'] as readonly Json[]).map((one) => one['result']);
};
/** YYMMDDhhmmss, Beijing time. */
const clock = (secondsAgo: number): string =>
  new Date(Date.now() + 8 * 3_600_000 - secondsAgo * 1000).toISOString().replace(/\D/g, '').slice(2, 14);

/** A connection that sends messages and waits for each one's answer, `id body`. */
async function terminal(phone: string): Promise<{ ask(id: number, body?: Uint8Array): Promise<string>; socket: Socket }> {
  const socket = connect(server.jt808, '127.0.0.1');
  const heard: Uint8Array[] = [];
  socket.on('data', (chunk: Uint8Array) => heard.push(chunk));
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let serial = 0;
  return {
    socket,
    async ask(id, body) {
      socket.write(encodeJt808({ id, phone, serial: serial++, ...(body ? { body } : {}) }));
      await expect.poll(() => cutAll(heard).frames.length, { timeout: 15_000, interval: 10 }).toBe(serial);
      const read = readMessage(bytesOf(cutAll(heard).frames.at(-1)!));
      if ('problem' in read) throw read.problem;
      return `${read.id.toString(16)} ${[...read.bytes.subarray(read.body, read.end)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    },
  };
}

describe('a vehicle (JT/T 808)', () => {
  it('registered under its number with the zero before it: authenticates, reports, hands in late, and is where it said', async () => {
    const thing = await register('应急指挥车', 'jt808', '013840000001');
    const { ask, socket } = await terminal('13840000001');
    const registered = await ask(0x0100, Uint8Array.from([0, 21, 0, 100, ...new Array(32).fill(0x41), 2, ...bytesOf('C1C9413132333435')]));
    expect(registered).toMatch(/^8100 000000[0-9a-f]{24}$/);
    expect(await ask(0x0102, bytesOf(registered.slice(11)))).toBe('8001 0001010200');
    expect(await ask(0x0200, locationBody({ time: clock(5), items: '01040000000A' }))).toBe('8001 0002020000');
    const late = batchBody(1, [locationBody({ time: clock(600), speed: 360 }), locationBody({ time: clock(570), speed: 720, lng: 123.2 })]);
    expect(await ask(0x0704, late)).toBe('8001 0003070400');
    socket.destroy();
    // The late ones are placed by their time, and do not move the vehicle back.
    await expect.poll(() => results(thing, 'speed'), { timeout: 15_000 }).toEqual([10, 20, 605 / 36]);
    expect(await results(thing, 'mileage')).toEqual([1]);
    expect(await latest(thing)).toMatchObject({ position: [123.4315, 41.8057] });
    const stream = (await get('/api/latest?stream=emergency/vehicle-position'))['items'] as readonly { name: string }[];
    expect(stream.map(({ name }) => name)).toContain('应急指挥车');
  });

  it('that nobody registered is answered, listed, and replayed when it is claimed under the other form of its number', async () => {
    const { ask, socket } = await terminal('13840000002');
    expect(await ask(0x0200, locationBody({ time: clock(5) }))).toBe('8001 0000020000');
    socket.destroy();
    const listed = async () =>
      ((await get('/api/devices/unclaimed'))['items'] as readonly { device: string }[]).map(({ device }) => device);
    await expect.poll(listed, { timeout: 15_000 }).toContain('13840000002');
    const thing = await register('后来登记的车', 'jt808', '00000000013840000002');
    await expect.poll(() => results(thing, 'speed'), { timeout: 15_000 }).toEqual([605 / 36]);
    expect(await listed()).not.toContain('13840000002');
  });
});

describe('a vessel (AIS)', () => {
  it('is where its last report says, with its speed over ground, and is taken for no vehicle', async () => {
    const thing = await register('大连之星', 'ais', '412345678');
    const socket = connect(server.ais, '127.0.0.1');
    const report = encodeAis({
      type: 1,
      mmsi: 412345678,
      speed: 100,
      lng: 121.72 * 600_000,
      lat: 38.91 * 600_000,
      course: 900,
      heading: 91,
      second: 60,
    });
    const voyage = encodeAis({ type: 5, mmsi: 412345678, name: 'DALIAN STAR', draught: 82 });
    socket.write([...voyage, ...report].map((line) => `${line}\r\n`).join(''));
    await expect.poll(() => results(thing, 'sog'), { timeout: 15_000 }).toEqual([10 * (1852 / 3600)]);
    socket.destroy();
    expect(await results(thing, 'draught')).toEqual([8.2]);
    expect(await latest(thing)).toMatchObject({ position: [121.72, 38.91] });
    const stream = (await get('/api/latest?stream=emergency/vehicle-position'))['items'] as readonly { name: string }[];
    expect(stream.map(({ name }) => name)).not.toContain('大连之星');
  });
});
