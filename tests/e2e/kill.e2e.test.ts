// kill −9 of the server, or of the database, while 10,000 QoS 1 messages are sent: every acknowledged one is there once.
import { setTimeout as pause } from 'node:timers/promises';
import mqtt from 'mqtt';
import { describe, expect, test } from 'vitest';
import type { History, ThingState } from '../../contracts/wire.ts';
import { asAdmin, dataFolder, postmasterPid, type RunningServer, startServer } from '../server.file.ts';

const messages = 10_000;
const window = 400;
const device = 'kill-gauge';

async function claim(server: RunningServer): Promise<void> {
  const call = await asAdmin(server);
  const answer = await call('/api/devices/claim', {
    ...{ protocol: 'mqtt', device, name: '断电试验站', adcode: '210100', stream: 'water/water-level', position: [123.4, 41.8] },
  });
  expect(answer.status).toBe(201);
}

/** Sends 0 … messages−1 as values a millisecond apart, at most `window` unacknowledged, and again whatever got no PUBACK, as a device does. */
async function sendAll(port: () => number, start: number, onAcknowledged: (count: number) => void): Promise<Set<number>> {
  const acknowledged = new Set<number>();
  const deadline = Date.now() + 150_000;
  while (acknowledged.size < messages && Date.now() < deadline) {
    const client = mqtt.connect({
      port: port(),
      host: '127.0.0.1',
      clientId: device,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 3000,
    });
    client.on('error', () => undefined);
    const lost = new Promise<void>((resolve) => client.once('close', () => resolve()));
    const waiting = Array.from({ length: messages }, (_, n) => n).filter((n) => !acknowledged.has(n));
    const worker = async (): Promise<void> => {
      for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) {
        await client.publishAsync(`devices/${device}/telemetry`, JSON.stringify({ time: start + n, values: { z: n / 1000 } }), { qos: 1 });
        acknowledged.add(n);
        onAcknowledged(acknowledged.size);
      }
    };
    const connected = new Promise<boolean>((resolve) => {
      client.once('connect', () => resolve(true));
      client.once('close', () => resolve(false));
    });
    if (await connected) await Promise.race([Promise.all(Array.from({ length: window }, worker)).catch(() => undefined), lost]);
    client.end(true);
    await pause(200);
  }
  return acknowledged;
}

async function stored(server: RunningServer, start: number): Promise<number[]> {
  const call = await asAdmin(server);
  const { items } = (await (await call('/api/latest?stream=water/water-level')).json()) as { items: ThingState[] };
  const datastream = items[0]?.series['z/instant/value']?.[6];
  const span = `from=${new Date(start - 1000).toISOString()}&to=${new Date(start + messages + 1000).toISOString()}`;
  const answer = (await (await call(`/api/history?datastream=${datastream}&${span}&limit=20000`)).json()) as History;
  return answer.points.map((point) => Math.round((point.result ?? -1) * 1000));
}

describe.each([
  ['the server', 'server'],
  ['the database', 'database'],
] as const)('kill −9 of %s', (_, victim) => {
  test('loses and doubles none of the acknowledged', async () => {
    const folder = dataFolder();
    let server = await startServer(folder.path, ['--demo', '0']);
    try {
      await claim(server);
      const start = Date.now() - 3_600_000;
      let killed: Promise<void> | null = null;
      const acknowledged = await sendAll(
        () => server.mqtt,
        start,
        (count) => {
          if (count < messages / 3 || killed) return;
          killed = (async () => {
            if (victim === 'database') return void process.kill(postmasterPid(folder.path), 'SIGKILL');
            await server.kill();
            server = await startServer(folder.path, ['--demo', '0']);
          })();
        },
      );
      await killed;
      expect(acknowledged.size).toBe(messages);
      // History is written behind the acknowledgement; it has as long as it needs, but it must come to rest at exactly these.
      let values: number[] = [];
      for (let wait = 0; wait < 60 && values.length < messages; wait++) {
        await pause(500);
        values = await stored(server, start).catch(() => []);
      }
      expect(new Set(values).size).toBe(values.length);
      expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: messages }, (__, n) => n));
    } finally {
      await server.stop();
      folder.remove();
    }
  });
});
