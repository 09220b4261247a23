// Any bytes on any port of the real server: noise, mutated frames, giant and half-open ones. It lives, counts, keeps them, and lets nothing pile up.
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeHj212, qnOf } from '../../iot-gateway/protocols/hj212.ts';
import { databaseUrl, dataFolder, type RunningServer, startServer } from '../server.file.ts';

const folder = dataFolder();
let server: RunningServer;
beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '0']);
});
afterAll(async () => {
  await server?.stop();
  folder.remove();
});

const openFiles = (): number => readdirSync(`/proc/${server.child.pid}/fd`).length;
/** Sends and hangs up; resolves when the connection is gone, whoever ended it. */
function throwAt(port: number, bytes: Uint8Array, politely: boolean): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes);
      if (politely) socket.end();
      setTimeout(() => socket.destroy(), 300);
    });
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.on('close', () => resolve());
  });
}

const hj212 = encodeHj212({
  ...{ qn: qnOf(Date.UTC(2026, 10, 24)), st: '32', cn: '2011', pw: '123456', mn: 'JUNK0000000000000000001', flag: 5 },
  cp: [
    [['DataTime', '20261124080000']],
    [
      ['w01018-Rtd', '36.1'],
      ['w01018-Flag', 'N'],
    ],
  ],
});
const mqttConnect = [0x10, 16, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 4, 0x6a, 0x75, 0x6e, 0x6b];
const topic = new TextEncoder().encode('devices/junk/telemetry');
const payload = new TextEncoder().encode('{"time":1,"values":{"z":1}}');
const publish = [0x32, 4 + topic.length + payload.length, 0, topic.length, ...topic, 0, 7, ...payload];
const request = new TextEncoder().encode(
  'POST /sta/v1.1/Datastreams(1)/Observations HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n{"result":1}',
);
const calls = [
  '/api/latest?stream=%00',
  '/ogc/collections/..%2f..%2fetc',
  '/api/history?datastream=1e999',
  '/socket.io/?EIO=4&transport=x',
  '/%ff',
];

/** A good message with some bytes changed, cut, doubled or put in. */
function mutated(good: Uint8Array): fc.Arbitrary<Uint8Array> {
  const edit = fc.tuple(fc.nat(good.length), fc.nat(12), fc.uint8Array({ maxLength: 12 }));
  return fc
    .array(edit, { minLength: 1, maxLength: 5 })
    .map((edits) =>
      edits.reduce<Uint8Array>((bytes, [at, drop, put]) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + drop)]), good),
    );
}
const noise = fc.uint8Array({ maxLength: 3000 });

test('it lives, it counts, it keeps what it refused, and no connection stays', async () => {
  const before = openFiles();
  const ports: readonly [number, fc.Arbitrary<Uint8Array>][] = [
    [server.hj212, fc.oneof(noise, mutated(hj212), fc.constant(Buffer.concat([Buffer.from('##9999'), Buffer.alloc(2_000_000, 65)])))],
    [
      server.mqtt,
      fc.oneof(
        noise,
        mutated(Buffer.from([...mqttConnect, ...publish])),
        fc.constant(Buffer.from([...mqttConnect, 0x32, 255, 255, 255, 127])),
      ),
    ],
    [
      Number(new URL(server.http).port),
      fc.oneof(
        noise,
        mutated(request),
        fc.constantFrom(...calls).map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)),
      ),
    ],
  ];
  // Half-open ones that say a little and then nothing.
  const silent = ports.flatMap(([port]) => Array.from({ length: 40 }, () => connect(port, '127.0.0.1')));
  for (const socket of silent) socket.once('connect', () => socket.write('##01'));
  for (const socket of silent) socket.on('error', () => undefined);
  const seed = Date.now() % 1_000_000;
  for (let round = 0; round < 40; round++) {
    const throws = ports.flatMap(([port, bytes]) =>
      fc.sample(fc.tuple(bytes, fc.boolean()), { numRuns: 8, seed: seed + round }).map(([one, politely]) => throwAt(port, one, politely)),
    );
    await Promise.all(throws);
    expect(server.child.exitCode, `seed ${seed}, round ${round}: ${server.said()}`).toBeNull();
  }

  const alive = await fetch(`${server.http}/readyz`);
  expect(alive.status).toBe(200);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(server.hj212, '127.0.0.1', () => socket.write(hj212));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
  });
  expect(answer).toContain('CN=9014');
  for (const socket of silent) socket.destroy();
  // A few more than before: the pool of the database has grown.
  await expect.poll(openFiles, { timeout: 60_000, interval: 500 }).toBeLessThan(before + 20);
  const database = new pg.Client({ connectionString: databaseUrl(folder.path) });
  await database.connect();
  const { rows } = await database.query<{ protocol: string; kept: boolean }>(
    'SELECT DISTINCT protocol, bytes IS NOT NULL AS kept FROM dead_letter',
  );
  await database.end();
  expect(rows).toEqual(
    expect.arrayContaining([
      { protocol: 'hj212', kept: true },
      { protocol: 'mqtt', kept: true },
    ]),
  );
});
