// kill −9 of the server, or of the database, while 10,000 QoS 1 messages are sent: every acknowledged one is there once.
import { setTimeout as pause } from 'node:timers/promises';
import mqtt from 'mqtt';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { asAdmin, databaseUrl, dataFolder, postmasterPid, type RunningServer, startServer } from '../server.file.ts';

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
async function sendAll(
  port: () => number,
  alive: () => boolean,
  start: number,
  onAcknowledged: (count: number) => void,
): Promise<{ acknowledged: Set<number>; cutOff: number }> {
  const acknowledged = new Set<number>();
  let sent = 0;
  let cutOff = 0;
  const deadline = Date.now() + 150_000;
  while (acknowledged.size < messages && Date.now() < deadline && alive()) {
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
    // The last acknowledged ones go again too: to us the PUBACK went out, to the device it may have been lost with the line.
    const unsure = [...acknowledged].slice(-300);
    const waiting = [...unsure, ...Array.from({ length: messages }, (_, n) => n).filter((n) => !acknowledged.has(n))];
    const worker = async (): Promise<void> => {
      for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) {
        sent++;
        await client.publishAsync(`devices/${device}/telemetry`, JSON.stringify({ time: start + n, values: { z: n / 1000 } }), { qos: 1 });
        sent--;
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
    cutOff += sent;
    sent = 0;
    await pause(200);
  }
  return { acknowledged, cutOff };
}

/** Rows as they stand in the table: no route in between that would show two of one instant as one. */
async function stored(dataDir: string): Promise<number[]> {
  const database = new pg.Client({ connectionString: databaseUrl(dataDir) });
  await database.connect();
  try {
    const { rows } = await database.query<{ result: number }>('SELECT result FROM observation ORDER BY result');
    return rows.map((row) => Math.round(row.result * 1000));
  } finally {
    await database.end();
  }
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
      const { acknowledged, cutOff } = await sendAll(
        () => server.mqtt,
        // A server that we killed is raised by us; one that ended by itself never comes back.
        () => server.child.exitCode === null,
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
      expect(killed, 'nothing was killed').not.toBeNull();
      expect(server.child.exitCode, `the server ended:\n${server.said()}`).toBeNull();
      // Sent and not yet acknowledged when the line broke: these are the ones that may be in the log or not, and come again.
      expect(cutOff).toBeGreaterThan(0);
      expect(acknowledged.size).toBe(messages);
      // History is written behind the acknowledgement; it has as long as it needs, but it must come to rest at exactly these.
      let values: number[] = [];
      for (let wait = 0; wait < 60 && values.length < messages; wait++) {
        await pause(500);
        values = await stored(folder.path).catch(() => []);
      }
      expect(values).toEqual(Array.from({ length: messages }, (__, n) => n));
    } finally {
      await server.stop();
      folder.remove();
    }
  });
});
