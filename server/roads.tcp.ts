// The roads by which devices reach us, as the configuration wants them: HJ 212 over TCP, and MQTT by our own broker or as a subscriber of another.
import type { Instant } from '../contracts/observation.ts';
import type { Protocol } from '../contracts/protocol.ts';
import type { TransportStats } from '../iot-gateway/gateway.ts';
import type { Intake } from '../iot-gateway/intake.ts';
import { hj212 } from '../iot-gateway/protocols/hj212.ts';
import { type Audience, listenBroker } from '../iot-gateway/transports/broker.mqtt.ts';
import { listenTcp } from '../iot-gateway/transports/listen.tcp.ts';
import { subscribeBroker } from '../iot-gateway/transports/subscribe.mqtt.ts';
import type { Config } from './config.ts';

export interface Roads {
  /** Ports on this machine that the ready line tells; an outside broker's own port. */
  readonly ports: { readonly mqtt: number; readonly hj212: number };
  /** Where a device of this machine finds the broker; holds the password of MQTT_URL. */
  readonly mqttUrl: string;
  stats(): Readonly<Record<string, TransportStats>>;
  close(): Promise<void>;
}

/** Opens every road. @throws the system's error when a port cannot be listened on; an outside broker may be away */
export async function openRoads(parts: {
  readonly config: Pick<Config, 'host' | 'hj212Port' | 'mqttPort' | 'mqttUrl'>;
  readonly intake: Intake;
  readonly now: () => Instant;
  /** Who hears of SensorThings entities, at our own broker only: another's has its own rights. */
  readonly updates: Audience & { serve(endpoints: readonly string[]): void };
}): Promise<Roads> {
  const { config, intake, now, updates } = parts;
  const common = { intake, now, host: config.host };
  const tcp = await listenTcp({ ...common, protocol: hj212 as Protocol, port: config.hj212Port });
  // The session at the outside broker hangs on this name: it must be the same after a restart.
  const mqtt = config.mqttUrl
    ? subscribeBroker({ intake, now, url: config.mqttUrl, clientId: 'liaozhi-gateway' })
    : await listenBroker({ ...common, port: config.mqttPort, audience: updates });
  if (!config.mqttUrl) updates.serve([`mqtt://${config.host}:${mqtt.port}`]);
  const mqttUrl = config.mqttUrl ?? `mqtt://127.0.0.1:${mqtt.port}`;
  const defaultPort = mqttUrl.startsWith('mqtts:') ? 8883 : 1883;
  return {
    ports: { mqtt: mqtt.port || Number(new URL(mqttUrl).port) || defaultPort, hj212: tcp.port },
    mqttUrl,
    stats: () => ({ hj212: tcp.stats(), mqtt: mqtt.stats() }),
    async close() {
      await Promise.all([tcp.close(), mqtt.close()]);
    },
  };
}
