// MQTT_URL: a device speaks to a real Mosquitto, the server subscribes there, and its readings are the same as over the embedded broker.
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ThingState } from '../../contracts/wire.ts';
import { type Mosquitto, mosquittoProgram, startMosquitto } from '../mosquitto.file.ts';
import { asAdmin, dataFolder, type RunningServer, startServer } from '../server.file.ts';

describe.skipIf(!mosquittoProgram)('with mosquitto (skipped where it is not installed)', () => {
  const folder = dataFolder();
  let broker: Mosquitto;
  let server: RunningServer;
  beforeAll(async () => {
    broker = await startMosquitto();
    server = await startServer(folder.path, ['--demo', '0', '--mqtt-url', broker.url]);
  });
  afterAll(async () => {
    await server?.stop();
    await broker?.remove();
    folder.remove();
  });

  it('the ready line tells its port, and what is published there while we are away arrives after the restart', async () => {
    expect(`mqtt://127.0.0.1:${server.mqtt}`).toBe(broker.url);
    const call = async (path: string, body?: unknown) => (await (await asAdmin(server))(path, body)).json();
    const claim = { protocol: 'mqtt', device: 'outside-1', name: '外部代理站', adcode: '210100', stream: 'water/water-level' };
    await call('/api/devices/claim', { ...claim, position: [123.4, 41.8] });
    const level = async (): Promise<number | null | undefined> => {
      const { items } = (await call('/api/latest?stream=water/water-level')) as { items: ThingState[] };
      return items[0]?.series['z/instant/value']?.[0];
    };
    const device = await mqtt.connectAsync(broker.url);
    const send = (z: number) =>
      device.publishAsync('devices/outside-1/telemetry', JSON.stringify({ time: Date.now(), values: { z } }), { qos: 1 });
    await send(1.25);
    await expect.poll(level, { timeout: 20_000 }).toBe(1.25);
    await server.kill();
    await send(1.5);
    server = await startServer(folder.path, ['--demo', '0', '--mqtt-url', broker.url]);
    await expect.poll(level, { timeout: 20_000 }).toBe(1.5);
    await device.endAsync();
  });
});
