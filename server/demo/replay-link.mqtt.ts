// The MQTT road of a replay: one client that publishes with QoS 1; a PUBACK is the answer.
import mqtt from 'mqtt';
import { Problem } from '../../contracts/problem.ts';
import type { Link, LinkEvents } from './replay-run.ts';

/** @throws Problem unreachable */
export async function openMqttLink(host: string, port: number, { answered, lost }: LinkEvents): Promise<Link> {
  const clientId = `replay-${process.pid}`;
  // Sending again is the replay's own affair: the client itself must not.
  const options = { clientId, clean: true, reconnectPeriod: 0, connectTimeout: 5000, protocolVersion: 4 as const };
  const client = await mqtt.connectAsync(`mqtt://${host}:${port}`, options, false).catch((error: NodeJS.ErrnoException) => {
    throw new Problem('unreachable', { what: `MQTT ${host}:${port}`, reason: error.code ?? error.message });
  });
  let finished = false;
  client.on('error', () => undefined);
  client.once('close', () => {
    if (!finished) lost();
  });
  return {
    send(record) {
      client.publish(record.topic, Buffer.from(record.bytes), { qos: 1 }, (error) => {
        if (!error) answered(record, null);
      });
    },
    async finish() {
      finished = true;
      await client.endAsync();
      return true;
    },
    abandon: () => void client.end(true),
  };
}
