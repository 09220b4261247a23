// The embedded broker with real clients: PUBACK after durable, one commit for many messages of one client, outages, strangers, bad bytes.
import { connect as connectTcp } from 'node:net';
import fc from 'fast-check';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, expect, it } from 'vitest';
import { createMemoryIntake, type MemoryIntake } from '../memory-intake.ts';
import { type Broker, type BrokerSettings, listenBroker } from './broker.mqtt.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});
async function start(settings: Partial<BrokerSettings> = {}): Promise<{ intake: MemoryIntake; broker: Broker; url: string }> {
  const intake = createMemoryIntake(Date.now, (commit) => setTimeout(commit, 3));
  const broker = await listenBroker({ port: 0, host: '127.0.0.1', intake, now: Date.now, ...settings });
  open.push(broker);
  return { intake, broker, url: `mqtt://127.0.0.1:${broker.port}` };
}
async function client(url: string, options: mqtt.IClientOptions = {}): Promise<MqttClient> {
  const connected = await mqtt.connectAsync(url, { protocolVersion: 4, reconnectPeriod: 100, ...options });
  connected.on('error', () => undefined);
  open.push({ close: () => connected.endAsync(true) });
  return connected;
}
async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 20_000, interval: 5 }).toBe(true);
}
const topic = 'devices/d-1/telemetry';
const body = (n: number): string => JSON.stringify({ time: 1_795_478_400_000, values: { z: n }, sequence: n });
const sent = (intake: MemoryIntake): (number | null)[] => intake.accepted.map(({ decoded }) => decoded.readings[0]?.result ?? null);
/** CONNECT of MQTT 3.1.1 with a one-letter client id, no keep-alive. */
const connectPacket = Buffer.from([0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 1, 0x61]);
function publishPacket(to: string, payload: string, id: number, first = 0x32): Buffer {
  const [name, content] = [Buffer.from(to), Buffer.from(payload)];
  const length = 2 + name.length + 2 + content.length;
  return Buffer.concat([
    Buffer.from([first, (length & 127) | 128, length >> 7, 0, name.length]),
    name,
    Buffer.from([id >> 8, id & 255]),
    content,
  ]);
}

it('sends PUBACK (§4.3.2) after the reading is durable, not before', async () => {
  const { intake, url } = await start();
  const device = await client(url);
  intake.hold();
  let acknowledged = false;
  const publishing = device.publishAsync(topic, body(1), { qos: 1 }).then(() => {
    acknowledged = true;
  });
  await until(() => intake.offered() === 1);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(acknowledged).toBe(false);
  intake.release();
  await publishing;
  expect(sent(intake)).toEqual([1]);
  expect(intake.accepted[0]!.frame).toMatchObject({ protocol: 'mqtt', address: topic });
});

it('lets many messages of one client share a commit, and keeps their order', async () => {
  const { intake, url } = await start();
  const device = await client(url);
  await Promise.all(Array.from({ length: 3000 }, (_, n) => device.publishAsync(topic, body(n), { qos: 1 })));
  expect(sent(intake)).toEqual(Array.from({ length: 3000 }, (_, n) => n));
  expect(intake.commits()).toBeLessThan(600);
});

it('takes messages in flight from one client while a commit is under way', async () => {
  const { intake, url } = await start();
  const device = await client(url);
  intake.hold();
  const all = Array.from({ length: 2000 }, (_, n) => device.publishAsync(topic, body(n), { qos: 1 }));
  // Stop and wait, as the broker alone would do it, offers one chunk of the socket and no more.
  await until(() => intake.offered() === 2000);
  intake.release();
  await Promise.all(all);
});

it('keeps the reading in the will (§3.1.2.5) of a client that is cut off, and none of one that says goodbye', async () => {
  const { intake, url } = await start();
  const will = (n: number) => ({ topic, payload: Buffer.from(body(n)), qos: 1 as const, retain: false });
  const polite = await client(url, { will: will(1), reconnectPeriod: 0 });
  await polite.endAsync();
  const lost = await client(url, { will: will(2), reconnectPeriod: 0 });
  lost.stream.destroy();
  await until(() => intake.accepted.length > 0);
  expect(sent(intake)).toEqual([2]);
});

it('takes QoS 0 and QoS 2 as well', async () => {
  const { intake, url } = await start();
  const device = await client(url);
  await device.publishAsync(topic, body(1), { qos: 0 });
  await device.publishAsync(topic, body(2), { qos: 2 });
  await device.publishAsync('v1.1/Datastreams(7)/Observations', '{"result":3}', { qos: 1 });
  await until(() => intake.accepted.length === 3);
  expect(sent(intake)).toEqual([1, 2, 3]);
});

it('an outage: nothing is acknowledged, the client is sent away, and its messages come again', async () => {
  const { intake, broker, url } = await start();
  const device = await client(url);
  intake.away = true;
  let acknowledged = 0;
  const all = Array.from({ length: 50 }, (_, n) =>
    device.publishAsync(topic, body(n), { qos: 1 }).then(() => {
      acknowledged++;
    }),
  );
  await until(() => (broker.stats().dropped['unacknowledged'] ?? 0) >= 2);
  expect(acknowledged).toBe(0);
  intake.away = false;
  await Promise.all(all);
  expect(new Set(sent(intake))).toEqual(new Set(Array.from({ length: 50 }, (_, n) => n)));
  expect(broker.stats().unacknowledged).toBeGreaterThan(0);
});

it('keeps what cannot be understood, and acknowledges it: a bad message must not come for ever', async () => {
  const { intake, broker, url } = await start();
  const device = await client(url);
  await device.publishAsync(topic, 'not json', { qos: 1 });
  await device.publishAsync('devices/d-1/status', 'on', { qos: 1, retain: true });
  expect(intake.accepted[0]!.decoded.problem?.code).toBe('malformed-frame');
  expect(intake.refusals[0]).toMatchObject({ protocol: 'mqtt', address: 'devices/d-1/status' });
  expect(broker.stats()).toMatchObject({ refused: 1, frames: 1 });
});

it('forwards telemetry to subscribers of device topics, and nothing else; keeps nothing retained', async () => {
  const { broker, url } = await start();
  const [device, page] = [await client(url), await client(url)];
  const heard: string[] = [];
  page.on('message', (to, payload) => heard.push(`${to} ${payload}`));
  const granted = await page
    .subscribeAsync(['devices/+/telemetry', 'devices/d-1/commands', '#', '$SYS/#'], { qos: 1 })
    .catch((error) => error);
  expect(granted).toBeDefined();
  await device.publishAsync(topic, body(1), { qos: 1, retain: true });
  await device.publishAsync('other/topic', 'x', { qos: 1 });
  await broker.publish('devices/d-1/commands', 'restart', 1);
  await until(() => heard.length === 2);
  expect(heard.sort()).toEqual([`devices/d-1/commands restart`, `${topic} ${body(1)}`].sort());
  const late = await client(url);
  const afterwards: string[] = [];
  late.on('message', (_, payload) => afterwards.push(payload.toString()));
  await late.subscribeAsync('devices/+/telemetry', { qos: 1 });
  await device.publishAsync(topic, body(2), { qos: 1 });
  await until(() => afterwards.includes(body(2)));
  expect(afterwards).toEqual([body(2)]);
});

it('queues commands for a device that is away, and no telemetry for anyone', async () => {
  const { broker, url } = await start();
  const options = { clientId: 'd-1', clean: false, reconnectPeriod: 0 };
  const first = await client(url, options);
  // §3.9.3: 0x80 for telemetry in a session that outlives its connection.
  await expect(first.subscribeAsync(['devices/d-1/commands', 'devices/+/telemetry'], { qos: 1 })).rejects.toThrow();
  await first.endAsync();
  const other = await client(url);
  await other.publishAsync('devices/d-2/telemetry', body(1), { qos: 1 });
  await broker.publish('devices/d-1/commands', 'restart', 1);
  const heard: string[] = [];
  const second = mqtt.connect(url, { ...options, protocolVersion: 4 });
  open.push({ close: () => second.endAsync(true) });
  second.on('message', (to) => heard.push(to));
  await until(() => heard.length > 0);
  await other.publishAsync('devices/d-2/telemetry', body(2), { qos: 1 });
  await broker.publish('devices/d-1/commands', 'again', 1);
  await until(() => heard.length >= 2);
  expect(heard).toEqual(['devices/d-1/commands', 'devices/d-1/commands']);
});

it('lets no client give commands', async () => {
  const { broker, url } = await start();
  const device = await client(url, { reconnectPeriod: 0 });
  device.publish('devices/d-2/commands', 'open the sluice', { qos: 1 });
  await until(() => broker.stats().dropped['unauthorized'] === 1 && !device.connected);
});

it('takes nothing from someone who is not let in, even when it is sent ahead of the CONNACK', async () => {
  const { intake, broker, url } = await start({
    authenticate: async ({ username, password }) => username === 'gauge' && password === 'secret',
  });
  const socket = connectTcp(broker.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  socket.write(Buffer.concat([connectPacket, publishPacket(topic, body(1), 1)]));
  await new Promise((resolve) => socket.once('close', resolve));
  expect(intake.offered()).toBe(0);
  const device = await client(url, { username: 'gauge', password: 'secret' });
  await device.publishAsync(topic, body(2), { qos: 1 });
  expect(sent(intake)).toEqual([2]);
});

it('takes what a known client sends ahead of its CONNACK (§3.1.4)', async () => {
  const { intake, broker } = await start({ authenticate: () => new Promise((resolve) => setTimeout(resolve, 50, true)) });
  const socket = connectTcp(broker.port, '127.0.0.1');
  open.push({ close: () => socket.destroy() });
  let answer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    answer = Buffer.concat([answer, chunk]);
  });
  socket.write(Buffer.concat([connectPacket, ...Array.from({ length: 100 }, (_, n) => publishPacket(topic, body(n), n + 1))]));
  await until(() => answer.length === 4 + 100 * 4);
  expect([...answer.subarray(0, 8)]).toEqual([0x20, 2, 0, 0, 0x40, 2, 0, 1]);
  expect(sent(intake)).toEqual(Array.from({ length: 100 }, (_, n) => n));
});

/** A connection of our own bytes that has its CONNACK, and the PUBACK identifiers it has heard. */
async function rawClient(
  broker: Broker,
  keepAliveSeconds = 0,
  letter = 'a',
): Promise<{ socket: ReturnType<typeof connectTcp>; ids: number[] }> {
  const socket = connectTcp(broker.port, '127.0.0.1');
  socket.on('error', () => undefined);
  open.push({ close: () => socket.destroy() });
  const connectBytes = Buffer.from(connectPacket);
  connectBytes[11] = keepAliveSeconds;
  connectBytes.write(letter, 14);
  const ids: number[] = [];
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (; bytes.length >= 4; bytes = bytes.subarray(4)) if (bytes[0] === 0x40) ids.push(bytes.readUInt16BE(2));
  });
  socket.write(connectBytes);
  await new Promise((resolve) => socket.once('data', resolve));
  return { socket, ids };
}

it.each([
  ['nobody listens', false],
  ['somebody listens', true],
])('sends PUBACKs in the order of the PUBLISHes (§4.6), whoever writes them, when %s', async (_, listened) => {
  const { intake, broker, url } = await start();
  if (listened) await (await client(url)).subscribeAsync('devices/+/telemetry');
  const { socket, ids } = await rawClient(broker);
  // Readings, receipts of commands and topics that are nobody's, in one piece and in pieces: aedes acknowledges the latter two.
  const to = (n: number): string => (n % 7 === 3 ? 'devices/d-1/receipts' : n % 11 === 5 ? 'other/topic' : topic);
  for (let n = 0; n < 600; n += 50) {
    socket.write(Buffer.concat(Array.from({ length: 50 }, (__, k) => publishPacket(to(n + k), body(n + k), n + k + 1))));
    if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 4));
  }
  await until(() => ids.length === 600);
  expect(ids).toEqual(Array.from({ length: 600 }, (__, n) => n + 1));
  expect(sent(intake)).toEqual(Array.from({ length: 600 }, (__, n) => n).filter((n) => to(n) === topic));
});

it('acknowledges a reading that is sent again (DUP) each time, and a subscriber that comes later gets what follows', async () => {
  const { intake, broker, url } = await start();
  const { socket, ids } = await rawClient(broker);
  socket.write(Buffer.concat([publishPacket(topic, body(1), 7), publishPacket(topic, body(1), 7, 0x3a)]));
  await until(() => ids.length === 2);
  expect(ids).toEqual([7, 7]);
  expect(sent(intake)).toEqual([1, 1]);
  const page = await client(url);
  const heard: string[] = [];
  page.on('message', (_, payload) => heard.push(payload.toString()));
  await page.subscribeAsync('devices/+/telemetry', { qos: 1 });
  socket.write(publishPacket(topic, body(2), 8));
  await until(() => heard.length === 1 && ids.length === 3);
  await page.endAsync();
  await until(() => broker.stats().connections === 1);
  socket.write(publishPacket(topic, body(3), 9));
  await until(() => ids.length === 4);
  expect(heard).toEqual([body(2)]);
});

it('ends a connection that is silent for longer than its Keep Alive (§3.1.2.10), and none that only publishes', async () => {
  const { broker } = await start();
  const [silent, busy] = [await rawClient(broker, 1, 's'), await rawClient(broker, 1, 'b')];
  const closed = { silent: false, busy: false };
  silent.socket.once('close', () => {
    closed.silent = true;
  });
  busy.socket.once('close', () => {
    closed.busy = true;
  });
  let n = 0;
  const timer = setInterval(() => busy.socket.write(publishPacket(topic, body(++n), n)), 100);
  open.push({ close: () => clearInterval(timer) });
  await until(() => closed.silent);
  await new Promise((resolve) => setTimeout(resolve, 1600));
  expect(closed.busy).toBe(false);
  expect(broker.stats().dropped).toMatchObject({ 'keep-alive': 1 });
});

it('ends connections that send too much, too slowly, or no MQTT', async () => {
  const { intake, broker, url } = await start({ limits: { packetBytes: 1000, stalledMilliseconds: 150, connectMilliseconds: 150 } });
  const closed = (bytes: Buffer, trickle = false): Promise<void> =>
    new Promise((resolve) => {
      const socket = connectTcp(broker.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(bytes);
      const timer = trickle ? setInterval(() => socket.write('x'), 20) : undefined;
      socket.once('close', () => {
        clearInterval(timer);
        resolve();
      });
      socket.resume();
    });
  await closed(Buffer.concat([connectPacket, Buffer.from([0x30, 0xff, 0xff, 0x7f]), Buffer.alloc(5000)]));
  await closed(Buffer.concat([connectPacket, Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01])]));
  await closed(Buffer.concat([connectPacket, Buffer.from([0x30, 0x64])]), true);
  await closed(Buffer.alloc(0));
  await closed(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  await closed(publishPacket(topic, body(1), 1));
  expect(broker.stats().dropped).toMatchObject({ 'too-large': 1, malformed: 1, stalled: 1 });
  expect(intake.offered()).toBe(0);
  const device = await client(url);
  await device.publishAsync(topic, body(3), { qos: 1 });
  expect(sent(intake)).toEqual([3]);
});

it('survives any bytes, and still serves', async () => {
  const { intake, broker, url } = await start();
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(
      connectPacket,
      publishPacket(topic, '{', 1),
      Buffer.from([0xc0, 0]),
      Buffer.from([0x82, 3, 0, 1, 0]),
      Buffer.from([0x62, 2, 0, 9]),
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 6 }), fc.boolean(), async (pieces, greet) => {
      const socket = connectTcp(broker.port, '127.0.0.1');
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.once('connect', resolve));
      if (greet) socket.write(connectPacket);
      for (const bytes of pieces) socket.write(bytes);
      await new Promise((resolve) => setImmediate(resolve));
      socket.destroySoon();
    }),
    { numRuns: 150 },
  );
  const device = await client(url);
  await device.publishAsync(topic, body(9), { qos: 1 });
  expect(sent(intake).at(-1)).toBe(9);
  await until(() => broker.stats().connections === 1);
});

it('one frozen subscriber does not stop the others', async () => {
  const { intake, broker, url } = await start();
  const frozen = connectTcp(broker.port, '127.0.0.1');
  frozen.on('error', () => undefined);
  open.push({ close: () => frozen.destroy() });
  const filter = Buffer.from('devices/+/telemetry');
  frozen.write(Buffer.concat([connectPacket, Buffer.from([0x82, filter.length + 5, 0, 1, 0, filter.length]), filter, Buffer.from([0])]));
  await new Promise((resolve) => frozen.once('data', resolve));
  frozen.pause();
  const device = await client(url);
  const padding = 'x'.repeat(20_000);
  for (let n = 0; n < 400; n++) await device.publishAsync(topic, JSON.stringify({ values: { z: n }, padding }), { qos: 1 });
  expect(intake.accepted.length).toBe(400);
  await until(() => broker.stats().connections === 1);
});

it('close() acknowledges what is in flight', async () => {
  const { intake, broker, url } = await start();
  const device = await client(url, { reconnectPeriod: 0 });
  intake.hold();
  const publishing = device.publishAsync(topic, body(1), { qos: 1 });
  await until(() => intake.offered() === 1);
  const closing = broker.close();
  setTimeout(() => intake.release(), 50);
  await closing;
  await publishing;
});
