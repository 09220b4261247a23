// MQTT QoS 1 durable ingest against the same broker and generator with no persistence at all, alternating in one run.
//
// bare: aedes alone on a port, no gate, no decoding. log: our broker and the log on a database of its own, nothing behind it. server: the real
// server with everything behind the acknowledgement, judged, stored, in PostGIS, on the same cores. One generator process in every phase.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Aedes } from 'aedes';
import pg from 'pg';
import { listenBroker } from '../../iot-gateway/transports/broker.mqtt.ts';
import { startCluster } from '../../server/database/cluster.file.ts';
import { openTableLog } from '../../streams/log/table.pg.ts';
import { asAdmin, databaseUrl, dataFolder, type RunningServer, startServer } from '../server.file.ts';
import { makeTemplate, templateName, urlOf } from '../template.pg.ts';
import { median, type Result } from './result.ts';

/** Before each phase: what the last one left to be written to the disk must not be the next one's load. */
const restMilliseconds = 3000;
type Generator = 'raw' | 'mqttjs';
const clients = 8;
const windows: Readonly<Record<Generator, number>> = { raw: 500, mqttjs: 500 };

/** Messages acknowledged per second after a second of warm-up. */
async function generate(port: number, generator: Generator, seconds: number): Promise<{ rate: number; acknowledged: number }> {
  const script = fileURLToPath(new URL('./mqtt-generator.ts', import.meta.url));
  const numbers = [port, clients, windows[generator], seconds].map(String);
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...numbers, generator], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => child.once('exit', resolve));
  return JSON.parse(text) as { rate: number; acknowledged: number };
}

async function bareRate(generator: Generator, seconds: number): Promise<number> {
  const broker = await Aedes.createBroker({ drainTimeout: 1000, concurrency: 1000 });
  const server = createServer({ noDelay: true }, (socket) => broker.handle(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const { rate } = await generate(typeof address === 'object' && address ? address.port : 0, generator, seconds);
  await new Promise<void>((resolve) => broker.close(resolve));
  server.close();
  return rate;
}

/** A log on a cluster with the settings of the product: an acknowledged frame is on the disk. */
async function openLog(): Promise<{ rate(generator: Generator, seconds: number): Promise<number>; close(): Promise<void> }> {
  const folder = dataFolder();
  const cluster = await startCluster({ dataDir: folder.path });
  await makeTemplate(cluster.url);
  const pool = new pg.Pool({ connectionString: urlOf(cluster.url, templateName), max: 2 });
  pool.on('error', () => undefined);
  const log = openTableLog(pool, { now: Date.now });
  return {
    async rate(generator, seconds) {
      const intake = { accept: log.append, refuse: () => undefined };
      const broker = await listenBroker({ port: 0, host: '127.0.0.1', intake, now: Date.now });
      const { rate } = await generate(broker.port, generator, seconds);
      await broker.close();
      return rate;
    },
    async close() {
      await log.close();
      await pool.end();
      await cluster.stop();
      folder.remove();
    },
  };
}

async function claimDevices(server: RunningServer): Promise<void> {
  const call = await asAdmin(server);
  for (let n = 0; n < clients; n++) {
    const answer = await call('/api/devices/claim', {
      ...{ protocol: 'mqtt', device: `bench-${n}`, name: `测试站 ${n}`, adcode: '210100', stream: 'water/water-level' },
    });
    if (answer.status !== 201) throw new Error(`claim: ${answer.status} ${await answer.text()}`);
  }
}

const count = async (database: pg.Client): Promise<number> =>
  Number((await database.query('SELECT count(*) AS n FROM observation')).rows[0]?.n);

/** Readings per second from the first message until the last acknowledged one is committed to the history. Two values a message. */
async function historyRate(server: RunningServer, database: pg.Client, seconds: number): Promise<number> {
  const before = await count(database);
  const from = performance.now();
  await generate(server.mqtt, 'raw', seconds);
  let [rows, seen, since] = [before, performance.now(), 0];
  // At rest when two looks half a second apart see the same; the time is that of the last row, not of the look.
  for (let calm = 0; calm < 3; ) {
    await pause(500);
    const now = await count(database);
    calm = now === rows ? calm + 1 : 0;
    if (now !== rows) seen = performance.now();
    rows = now;
    since = seen - from;
  }
  return ((rows - before) / since) * 1000;
}

/** @param rounds of bare, server, log in turn; a neighbour's load hits all of them. Needs dist/server. */
export async function bench(rounds = 3, seconds = 4): Promise<Result[]> {
  const folder = dataFolder();
  const server = await startServer(folder.path, ['--demo', '0']);
  const log = await openLog();
  const rates: Record<string, number[]> = {};
  const note = (name: string, rate: number): void => {
    rates[name] = [...(rates[name] ?? []), rate];
  };
  try {
    await claimDevices(server);
    for (let round = 0; round < rounds; round++) {
      for (const generator of ['raw', 'mqttjs'] as const) {
        note(`bare ${generator}`, await bareRate(generator, seconds));
        await pause(restMilliseconds);
        note(`server ${generator}`, (await generate(server.mqtt, generator, seconds)).rate);
        await pause(restMilliseconds);
        if (generator === 'mqttjs') continue;
        note('log raw', await log.rate(generator, seconds));
        await pause(restMilliseconds);
      }
    }
    const database = new pg.Client({ connectionString: databaseUrl(folder.path) });
    await database.connect();
    const history = await historyRate(server, database, seconds * 2);
    await database.end();
    const rate = (name: string): number => Math.round(median(rates[name] ?? []));
    const ratio = (name: string, generator: Generator): number => rate(`${name} ${generator}`) / rate(`bare ${generator}`);
    return [
      {
        name: 'mqtt-log-ratio',
        value: ratio('log', 'raw'),
        unit: '×',
        against: `bare aedes ${rate('bare raw')}/s, log ${rate('log raw')}/s`,
      },
      {
        ...{ name: 'mqtt-server-ratio', value: ratio('server', 'raw'), unit: '×' },
        against: `bare aedes ${rate('bare raw')}/s, whole server ${rate('server raw')}/s`,
      },
      {
        ...{ name: 'mqtt-server-ratio-mqttjs', value: ratio('server', 'mqttjs'), unit: '×' },
        against: `bare aedes ${rate('bare mqttjs')}/s, whole server ${rate('server mqttjs')}/s, mqtt.js clients`,
      },
      { name: 'history-rate', value: history, unit: 'readings/s' },
    ];
  } finally {
    await log.close();
    await server.stop();
    folder.remove();
  }
}
