// The roads by which devices reach us, as the configuration wants them: byte stream protocols over TCP, each on a port of its own, and MQTT by our
// own broker or as a subscriber of another.
import type { Instant } from '../contracts/observation.ts';
import type { Protocol } from '../contracts/protocol.ts';
import type { TransportStats } from '../iot-gateway/gateway.ts';
import type { Intake } from '../iot-gateway/intake.ts';
import { ais } from '../iot-gateway/protocols/ais.ts';
import { hj212 } from '../iot-gateway/protocols/hj212.ts';
import { jt808 } from '../iot-gateway/protocols/jt808.ts';
import { sl651 } from '../iot-gateway/protocols/sl651.ts';
import { type Audience, listenBroker } from '../iot-gateway/transports/broker.mqtt.ts';
import { listenTcp } from '../iot-gateway/transports/listen.tcp.ts';
import { subscribeBroker } from '../iot-gateway/transports/subscribe.mqtt.ts';
import type { Config } from './config.ts';

/** Protocols with a TCP port, in the order of the ready line: the key names port and counters, `port` is the field of Config. */
const tcpProtocols = {
  hj212: { protocol: hj212 as Protocol, port: 'hj212Port' },
  sl651: { protocol: sl651 as Protocol, port: 'sl651Port' },
  jt808: { protocol: jt808 as unknown as Protocol, port: 'jt808Port' },
  ais: { protocol: ais as unknown as Protocol, port: 'aisPort' },
} as const satisfies Readonly<Record<string, { readonly protocol: Protocol; readonly port: keyof Config }>>;
type TcpProtocol = keyof typeof tcpProtocols;
type TcpPort = (typeof tcpProtocols)[TcpProtocol]['port'];
const tcpEntries = Object.entries(tcpProtocols) as readonly [TcpProtocol, { readonly protocol: Protocol; readonly port: TcpPort }][];

export interface Roads {
  /** Ports on this machine that the ready line tells; an outside broker's own port. */
  readonly ports: { readonly mqtt: number } & Readonly<Record<TcpProtocol, number>>;
  /** Where a device of this machine finds the broker; holds the password of MQTT_URL. */
  readonly mqttUrl: string;
  stats(): Readonly<Record<string, TransportStats>>;
  close(): Promise<void>;
}

/** Opens every road. @throws the system's error when a port cannot be listened on; an outside broker may be away */
export async function openRoads(parts: {
  readonly config: Pick<Config, 'host' | TcpPort | 'mqttPort' | 'mqttUrl'>;
  /** As configured: keys. */
  readonly protocols: readonly Protocol[];
  readonly intake: Intake;
  readonly now: () => Instant;
  /** Who hears of SensorThings entities, at our own broker only: another's has its own rights. */
  readonly updates: Audience & { serve(endpoints: readonly string[]): void };
}): Promise<Roads> {
  const { config, protocols, intake, now, updates } = parts;
  const common = { intake, now, host: config.host };
  const tcp = await Promise.all(
    tcpEntries.map(async ([id, { port, ...declared }]) => {
      const protocol = protocols.find((one) => one.id === id) ?? declared.protocol;
      return [id, await listenTcp({ ...common, protocol, port: config[port] })] as const;
    }),
  );
  // The session at the outside broker hangs on this name: it must be the same after a restart.
  const mqtt = config.mqttUrl
    ? subscribeBroker({ intake, now, url: config.mqttUrl, clientId: 'liaozhi-gateway' })
    : await listenBroker({ ...common, port: config.mqttPort, audience: updates });
  if (!config.mqttUrl) updates.serve([`mqtt://${config.host}:${mqtt.port}`]);
  const mqttUrl = config.mqttUrl ?? `mqtt://127.0.0.1:${mqtt.port}`;
  const defaultPort = mqttUrl.startsWith('mqtts:') ? 8883 : 1883;
  const tcpPorts = Object.fromEntries(tcp.map(([id, road]) => [id, road.port])) as Record<TcpProtocol, number>;
  return {
    ports: { mqtt: mqtt.port || Number(new URL(mqttUrl).port) || defaultPort, ...tcpPorts },
    mqttUrl,
    stats: () => ({ ...Object.fromEntries(tcp.map(([id, road]) => [id, road.stats()])), mqtt: mqtt.stats() }),
    async close() {
      await Promise.all([...tcp.map(([, road]) => road.close()), mqtt.close()]);
    },
  };
}
