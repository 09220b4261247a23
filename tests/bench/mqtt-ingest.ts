// MQTT QoS 1 durable ingest against the same broker and generator with no persistence at all, alternating in one run.
//
// The budget (issue: at least 0.8) is durable ÷ bare. bare: aedes alone on a port, no gate, no decoding. instant: our broker, an intake that
// resolves at once. durable: our broker with the intake that is given. Alone: npx tsx tests/bench/mqtt-ingest.ts (its own database, log only).
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Aedes } from 'aedes';
import type { Intake } from '../../iot-gateway/intake.ts';
import { listenBroker } from '../../iot-gateway/transports/broker.mqtt.ts';

export interface MqttIngestOptions {
  readonly intake: Intake;
  readonly rounds?: number;
  /** Measured seconds of each phase. */
  readonly seconds?: number;
  readonly clients?: number;
  readonly window?: number;
  readonly generator?: 'raw' | 'mqttjs';
}
export interface MqttIngestResult {
  /** Messages acknowledged per second, medians. */
  readonly bare: number;
  readonly instant: number;
  readonly durable: number;
  readonly ratio: number;
}

async function generate(port: number, options: Required<Omit<MqttIngestOptions, 'intake'>>): Promise<number> {
  const script = fileURLToPath(new URL('./mqtt-generator.ts', import.meta.url));
  const numbers = [port, options.clients, options.window, options.seconds].map(String);
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...numbers, options.generator], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => child.once('exit', resolve));
  return JSON.parse(text).rate;
}

async function bareRate(options: Required<Omit<MqttIngestOptions, 'intake'>>): Promise<number> {
  const broker = await Aedes.createBroker({ drainTimeout: 1000, concurrency: 1000 });
  const server = createServer({ noDelay: true }, (socket) => broker.handle(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const rate = await generate(typeof address === 'object' && address ? address.port : 0, options);
  await new Promise<void>((resolve) => broker.close(resolve));
  server.close();
  return rate;
}

async function brokerRate(intake: Intake, options: Required<Omit<MqttIngestOptions, 'intake'>>): Promise<number> {
  const broker = await listenBroker({ port: 0, host: '127.0.0.1', intake, now: Date.now });
  const rate = await generate(broker.port, options);
  await broker.close();
  return rate;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Rounds of bare, instant, durable; a neighbour's load hits all three. */
export async function benchMqttIngest(given: MqttIngestOptions): Promise<MqttIngestResult> {
  const options = { rounds: 3, seconds: 3, clients: 8, window: 500, generator: 'raw' as const, ...given };
  const instantIntake: Intake = { accept: async (frame) => ({ id: 1, frame, durable: frame.received }), refuse: () => undefined };
  const rates = { bare: [] as number[], instant: [] as number[], durable: [] as number[] };
  for (let round = 0; round < options.rounds; round++) {
    rates.bare.push(await bareRate(options));
    rates.instant.push(await brokerRate(instantIntake, options));
    rates.durable.push(await brokerRate(given.intake, options));
  }
  const [bare, instant, durable] = [median(rates.bare), median(rates.instant), median(rates.durable)];
  return { bare, instant, durable, ratio: durable / bare };
}

if (process.argv[1]?.endsWith('mqtt-ingest.ts')) {
  const { startTestCluster } = await import('../cluster.file.ts');
  const { makeTemplate, templateName, urlOf } = await import('../template.pg.ts');
  const { default: pg } = await import('pg');
  const { openTableLog } = await import('../../streams/log/table.pg.ts');
  const cluster = await startTestCluster();
  await makeTemplate(cluster.url);
  const pool = new pg.Pool({ connectionString: urlOf(cluster.url, templateName), max: 2 });
  pool.on('error', () => undefined);
  const log = openTableLog(pool, { now: Date.now });
  const generator = process.argv[2] === 'mqttjs' ? 'mqttjs' : 'raw';
  const result = await benchMqttIngest({ generator, intake: { accept: (frame) => log.append(frame), refuse: () => undefined } });
  process.stdout.write(
    `mqtt QoS 1 (${generator}): bare aedes ${result.bare}/s, our broker ${result.instant}/s, durable in the log ${result.durable}/s, durable ÷ bare ${result.ratio.toFixed(2)}\n`,
  );
  await log.close();
  await pool.end();
  await cluster.stop();
}
