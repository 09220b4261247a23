// Telemetry from an outside broker (MQTT_URL): subscribed with QoS 1, acknowledged after durable, reconnecting for ever.
//
// The session is persistent: what the broker could not hand over while we or the database were away, it keeps and sends again.
import mqttClient from 'mqtt';
import { Problem } from '../../contracts/problem.ts';
import { type Transport, type TransportSettings, tally } from '../gateway.ts';
import type { Publish } from '../mqtt-packets.ts';
import { printable } from '../printable.ts';
import { carriesReadings, mqtt } from '../protocols/mqtt.ts';
import { dial } from './connections.tcp.ts';
import { Gate } from './gate.mqtt.ts';

export interface SubscriberSettings extends TransportSettings {
  /** mqtt://[user:password@]host[:port] or mqtts:// */
  readonly url: string;
  /** Must stay the same over restarts: the broker keeps the session under it. */
  readonly clientId: string;
  readonly reconnectMilliseconds?: number;
}
export interface Subscriber extends Transport {
  /** Connected and subscribed: telemetry comes in. */
  connected(): boolean;
  /** Sends to the subscribers of a topic (commands). Resolves when the broker has acknowledged it. */
  publish(topic: string, payload: string, qos: 0 | 1): Promise<void>;
}

/** MQTT wildcards stand for whole levels, so `Datastreams(7)` is caught by `v1.1/+/Observations` and sieved by carriesReadings. */
export const subscriptions = ['devices/+/telemetry', 'v1.1/+/Observations', 'v1.1/Observations'] as const;
const limits = { packetBytes: mqtt.maxFrameBytes + 512, waiting: 4096, stalledMilliseconds: 30_000 };
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Connects in the background; the broker may be away. */
export function subscribeBroker(settings: SubscriberSettings): Subscriber {
  const { intake, now } = settings;
  const { username, password, host } = new URL(settings.url);
  const dropped: Record<string, number> = {};
  let [frames, inFlight, refused, unacknowledged] = [0, 0, 0, 0];
  let gate: Gate | undefined;
  let subscribed = false;
  const retry = settings.reconnectMilliseconds ?? 2000;

  function publish({ topic, payload }: Publish): Promise<unknown> | undefined {
    const received = now();
    if (!carriesReadings(topic)) {
      refused++;
      const problem = new Problem('malformed-frame', { reason: '主题不是遥测主题' });
      intake.refuse(mqtt.id, printable(topic, 256), { bytes: new Uint8Array(payload.subarray(0, 1024)), problem }, received);
      return undefined;
    }
    const frame = { protocol: mqtt.id, address: topic, received, bytes: payload };
    frames++;
    inFlight++;
    const { committed } = intake.accept(frame, null);
    committed.then(
      () => {
        inFlight--;
      },
      () => {
        inFlight--;
        unacknowledged++;
      },
    );
    return committed;
  }

  const client = new mqttClient.MqttClient(
    () => {
      gate = new Gate(
        dial(settings.url, { plain: 1883, secure: 8883 }),
        {
          publish,
          dropped(reason, bytes) {
            tally(dropped, reason);
            if (bytes.length === 0) return;
            refused++;
            intake.refuse(mqtt.id, host, { bytes, problem: new Problem('malformed-frame', { reason: `MQTT 控制包 ${reason}` }) }, now());
          },
        },
        limits,
        false,
      );
      return gate;
    },
    {
      clientId: settings.clientId,
      clean: false,
      keepalive: 30,
      reconnectPeriod: retry,
      connectTimeout: 10_000,
      resubscribe: false,
      ...(username ? { username: decodeURIComponent(username), password: decodeURIComponent(password) } : {}),
    },
  );
  client.on('error', () => tally(dropped, 'client-error'));
  client.on('connect', () => {
    client.subscribe([...subscriptions], { qos: 1 }, (error) => {
      if (error) tally(dropped, 'subscribe-error');
      subscribed = !error;
    });
  });
  client.on('close', () => {
    subscribed = false;
  });

  return {
    port: 0,
    connected: () => client.connected && subscribed,
    stats: () => ({ connections: client.connected ? 1 : 0, frames, inFlight, refused, unacknowledged, dropped: { ...dropped } }),
    async publish(topic, payload, qos) {
      await client.publishAsync(topic, payload, { qos });
    },
    async close() {
      gate?.stop();
      const until = now() + 5000;
      while (inFlight > 0 && now() < until) await pause(10);
      await pause(20);
      await client.endAsync(true);
    },
  };
}
