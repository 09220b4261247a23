// Telemetry through a real Mosquitto: acknowledged after durable, nothing lost over an outage of the intake or of the broker.
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { type Mosquitto, mosquittoProgram, startMosquitto } from '../../tests/mosquitto.file.ts';
import { createMemoryIntake, type MemoryIntake } from '../memory-intake.ts';
import { type Subscriber, subscribeBroker } from './subscribe.mqtt.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});
async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 30_000, interval: 10 }).toBe(true);
}
async function mosquitto(): Promise<Mosquitto> {
  const running = await startMosquitto();
  open.push({ close: () => running.remove() });
  return running;
}
function subscriber(url: string, intake: MemoryIntake): Subscriber {
  const started = subscribeBroker({ url, clientId: 'liaozhi-test', intake, now: Date.now, reconnectMilliseconds: 100 });
  open.push(started);
  return started;
}
async function device(url: string): Promise<MqttClient> {
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 100, connectTimeout: 10_000 });
  client.on('error', () => undefined);
  open.push({ close: () => client.endAsync(true) });
  return client;
}
const body = (n: number): string => JSON.stringify({ values: { z: n } });
const results = (intake: MemoryIntake): (number | null)[] => intake.accepted.map(({ decoded }) => decoded.readings[0]?.result ?? null);
const newIntake = (): MemoryIntake => createMemoryIntake(Date.now, (commit) => setTimeout(commit, 3));

describe.skipIf(!mosquittoProgram)('with mosquitto (skipped where it is not installed)', () => {
  it('takes both kinds of topics, in order, many to a commit', async () => {
    const { url } = await mosquitto();
    const intake = newIntake();
    const gateway = subscriber(url, intake);
    await until(() => gateway.connected());
    const client = await device(url);
    await Promise.all(Array.from({ length: 2000 }, (_, n) => client.publishAsync('devices/d/telemetry', body(n), { qos: 1 })));
    await client.publishAsync('v1.1/Datastreams(7)/Observations', '{"result":1}', { qos: 1 });
    await client.publishAsync('v1.1/Things(7)/Observations', 'x', { qos: 1 });
    await until(() => intake.accepted.length >= 2001 && intake.refusals.length >= 1);
    expect(results(intake)).toEqual([...Array.from({ length: 2000 }, (_, n) => n), 1]);
    expect(intake.commits()).toBeLessThan(1000);
    expect(gateway.stats().dropped).toEqual({});
  });

  it('does not acknowledge while the database is away; everything comes again', async () => {
    const { url } = await mosquitto();
    const intake = newIntake();
    const gateway = subscriber(url, intake);
    await until(() => gateway.connected());
    const client = await device(url);
    intake.away = true;
    await Promise.all(Array.from({ length: 100 }, (_, n) => client.publishAsync('devices/d/telemetry', body(n), { qos: 1 })));
    await until(() => (gateway.stats().dropped['unacknowledged'] ?? 0) >= 2);
    intake.away = false;
    await until(() => new Set(results(intake)).size === 100);
  });

  it('gets what was published while we were away, and comes back after the broker was', async () => {
    const broker = await mosquitto();
    const intake = newIntake();
    const first = subscriber(broker.url, intake);
    await until(() => first.connected());
    await first.close();
    const client = await device(broker.url);
    await client.publishAsync('devices/d/telemetry', body(1), { qos: 1 });
    const second = subscriber(broker.url, intake);
    await until(() => results(intake).includes(1));
    await broker.stop();
    await until(() => !second.connected());
    broker.start();
    await until(() => second.connected() && client.connected);
    await client.publishAsync('devices/d/telemetry', body(2), { qos: 1 });
    await until(() => results(intake).includes(2));
  });
});
