// The embedded MQTT 3.1.1 broker: aedes behind gates, so that a PUBACK leaves after the reading is durable.
//
// What may be published: telemetry and Observations (durable first), receipts of commands. Other topics are acknowledged, counted as refused
// and forwarded to nobody; `devices/{id}/commands` and `$SYS` belong to us, and publishing there ends the connection. Nothing is retained. A
// persistent session (clean false) may hold command topics only: telemetry queued for someone who never returns would fill our memory.
import type { EventEmitter } from 'node:events';
import { Aedes, type Client } from 'aedes';
import { Problem } from '../../contracts/problem.ts';
import { type Transport, type TransportSettings, tally } from '../gateway.ts';
import type { Publish } from '../mqtt-packets.ts';
import { printable } from '../printable.ts';
import { carriesReadings, mqtt } from '../protocols/mqtt.ts';
import { listenConnections, type Socket } from './connections.tcp.ts';
import { Gate } from './gate.mqtt.ts';

export interface Credentials {
  readonly clientId: string;
  readonly username: string | null;
  readonly password: string | null;
}
/** Who listens to entities rather than to devices: SensorThings updates, each told to those who may see it. */
export interface Audience {
  /** A topic filter of `v1.1/…` by somebody: how it ends; null: it is not his to hear. `deliver` never throws. */
  subscribe(credentials: Credentials, topic: string, deliver: (payload: string) => void): Promise<(() => void) | null>;
}

export interface BrokerLimits {
  readonly connections: number;
  /** Packets of one client that wait to be durable. */
  readonly waiting: number;
  readonly packetBytes: number;
  readonly connectMilliseconds: number;
  readonly stalledMilliseconds: number;
  /** A subscriber that does not read for this long is closed: with aedes's minute one frozen page stops everybody. */
  readonly drainTimeoutMilliseconds: number;
  /** Clients whose subscriptions are kept while they are away (clean session false). */
  readonly sessions: number;
  readonly drainMilliseconds: number;
}
export const brokerLimits: BrokerLimits = {
  connections: 5000,
  waiting: 4096,
  packetBytes: mqtt.maxFrameBytes + 512,
  connectMilliseconds: 10_000,
  stalledMilliseconds: 30_000,
  drainTimeoutMilliseconds: 1000,
  sessions: 10_000,
  drainMilliseconds: 5000,
};
export interface BrokerSettings extends TransportSettings {
  readonly port: number;
  readonly host: string;
  /** Who may connect; absent: everyone. */
  readonly authenticate?: (credentials: Credentials) => Promise<boolean>;
  /** Absent: `v1.1/…` is told as it was published, to everyone. */
  readonly audience?: Audience;
  readonly limits?: Partial<BrokerLimits>;
}
export interface Broker extends Transport {
  /** Sends to the subscribers of a topic (commands). Resolves when it is on its way. */
  publish(topic: string, payload: string, qos: 0 | 1): Promise<void>;
}

/** The part of aedes-persistence that is narrowed here. */
interface SessionStore {
  addSubscriptions(client: unknown, filters: readonly { readonly topic: string }[]): Promise<void>;
}

/** The parts of aedes's client that are not in its types. */
interface Willed {
  readonly will?: unknown;
}
interface Connected {
  readonly conn: { readonly writableLength?: number };
}
/** Bytes that a listener has not read: beyond, what is told is dropped for him, and counted. */
const mostUntold = 1_000_000;
const mostSubscriptions = 100;

const receipts = /^devices\/[^/]+\/receipts$/;
const commands = /^devices\/[^/+#]+\/commands$/;
const mayForward = (topic: string): boolean => carriesReadings(topic) || receipts.test(topic) || commands.test(topic);
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Starts the broker. @throws the system's error when it cannot listen */
export async function listenBroker(settings: BrokerSettings): Promise<Broker> {
  const { intake, now } = settings;
  const limits: BrokerLimits = { ...brokerLimits, ...settings.limits };
  const dropped: Record<string, number> = {};
  const gates = new Map<unknown, Gate>();
  const sessions = new Set<string>();
  /** Connections that were granted readings, until they end: while there are any, every reading goes through aedes. */
  const listeners = new Set<unknown>();
  let [frames, inFlight, refused, unacknowledged] = [0, 0, 0, 0];
  let gathering: { readonly committed: Promise<unknown>; frames: number } | undefined;
  const claims = new WeakMap<object, Credentials>();
  /** Ends of what a client hears of entities, by topic. */
  const hearing = new Map<object, Map<string, () => void>>();
  /** While an entity is handed to its listener: what devices publish under the same topic is not forwarded. */
  let telling = false;

  /** Makes a reading durable before the broker hears of it. */
  function publish({ topic, payload }: Publish): Promise<unknown> | undefined {
    if (!carriesReadings(topic)) return undefined;
    const frame = { protocol: mqtt.id, address: topic, received: now(), bytes: payload };
    const { committed } = intake.accept(frame, null);
    frames++;
    inFlight++;
    if (gathering?.committed !== committed) gathering = waitFor(committed);
    gathering.frames++;
    return committed;
  }
  /** Counts the frames of one commit when it is through. */
  function waitFor(committed: Promise<unknown>): { readonly committed: Promise<unknown>; frames: number } {
    const group = { committed, frames: 0 };
    committed.then(
      () => {
        inFlight -= group.frames;
      },
      () => {
        inFlight -= group.frames;
        unacknowledged += group.frames;
      },
    );
    return group;
  }

  function refuse(address: string, bytes: Uint8Array, problem: Problem): void {
    refused++;
    intake.refuse(mqtt.id, printable(address, 256), { bytes: bytes.subarray(0, 1024), problem }, now());
  }

  /** OGC 18-088 §14.3: a subscription to entities, kept beside aedes's own. */
  async function attend(audience: Audience, client: Client, topic: string): Promise<boolean> {
    const own = hearing.get(client) ?? new Map<string, () => void>();
    if (!client.clean || /[+#]/.test(topic) || own.size >= mostSubscriptions) return false;
    const credentials = claims.get(client) ?? { clientId: client.id, username: null, password: null };
    const end = await audience.subscribe(credentials, topic, (payload) => {
      if (client.closed) return;
      if (((client as unknown as Connected).conn.writableLength ?? 0) > mostUntold) return tally(dropped, 'slow-listener');
      telling = true;
      try {
        client.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, () => undefined);
      } finally {
        telling = false;
      }
    });
    if (!end) return false;
    // It is gone meanwhile, or asks a second time.
    if (client.closed) end();
    own.get(topic)?.();
    hearing.set(client, own.set(topic, end));
    return true;
  }
  function leave(client: object, topics?: readonly string[]): void {
    const own = hearing.get(client);
    for (const topic of topics ?? [...(own?.keys() ?? [])]) {
      own?.get(topic)?.();
      own?.delete(topic);
    }
    if (own?.size === 0) hearing.delete(client);
  }

  const broker = await Aedes.createBroker({
    drainTimeout: limits.drainTimeoutMilliseconds,
    connectTimeout: limits.connectMilliseconds,
    concurrency: 1000,
    maxTopicLevels: 16,
    maxInflightInbound: 100,
    preConnect(client, packet, done) {
      // The gate keeps the time (§3.1.2.10: one and a half times the Keep Alive); aedes would not see the readings that stay in front of it.
      gates.get(client.conn)?.keepAlive((packet.keepalive ?? 0) * 1500);
      packet.keepalive = 0;
      if (packet.clean || !packet.clientId) sessions.delete(packet.clientId ?? '');
      else if (sessions.has(packet.clientId) || sessions.size < limits.sessions) sessions.add(packet.clientId);
      else packet.clean = true;
      done(null, true);
    },
    authenticate(client, username, password, done) {
      claims.set(client, { clientId: client.id, username: username ?? null, password: password?.toString() ?? null });
      if (!settings.authenticate) return done(null, true);
      settings.authenticate({ clientId: client.id, username: username ?? null, password: password?.toString() ?? null }).then(
        (allowed) => {
          if (!allowed) tally(dropped, 'unauthenticated');
          done(null, allowed);
        },
        () => done(Object.assign(new Error('authentication is away'), { returnCode: 3 }), false),
      );
    },
    authorizePublish(client, packet, done) {
      packet.retain = false;
      const { topic } = packet;
      if (topic.startsWith('$') || commands.test(topic)) {
        tally(dropped, 'unauthorized');
        return done(new Error(`publishing to ${printable(topic)} is not permitted`));
      }
      if (!carriesReadings(topic) && !receipts.test(topic)) {
        const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
        refuse(topic, payload, new Problem('malformed-frame', { reason: `客户端 ${printable(client?.id ?? '')} 的主题不是遥测主题` }));
      }
      // §3.1.2.5: a will comes from the broker, past the gate, when its client is gone; a reading in it is kept like any other.
      if ((client as Willed | null)?.will === packet && carriesReadings(topic))
        void publish({ topic, payload: Buffer.from(packet.payload), qos: packet.qos, id: 0 })?.then(
          () => done(null),
          (error: Error) => done(error),
        );
      else done(null);
    },
    authorizeSubscribe(client, subscription, done) {
      const { topic } = subscription;
      if (settings.audience && topic.startsWith('v1.1/')) {
        attend(settings.audience, client, topic).then(
          (granted) => done(null, granted ? subscription : null),
          () => done(null, null),
        );
        return;
      }
      const ours = topic.startsWith('devices/') || topic.startsWith('v1.1/');
      const readings = !commands.test(topic);
      const granted = !readings || (ours && client.clean);
      if (granted && readings && gates.has(client.conn)) listeners.add(client.conn);
      done(null, granted ? subscription : null);
    },
    authorizeForward: (_, packet) =>
      telling || (!(settings.audience && packet.topic.startsWith('v1.1/')) && mayForward(packet.topic)) ? packet : null,
  });
  // aedes keeps every filter of a SUBSCRIBE of which one was granted: what was refused must not come back with the session, nor queue.
  const { persistence } = broker as unknown as { persistence: SessionStore };
  const keep = persistence.addSubscriptions.bind(persistence);
  persistence.addSubscriptions = (client, filters) =>
    keep(
      client,
      filters.filter(({ topic }) => commands.test(topic)),
    );
  broker.on('clientReady', (client: Client) => gates.get(client.conn)?.open());
  broker.on('clientDisconnect', (client: Client) => leave(client));
  broker.on('unsubscribe', (topics: string[], client: Client) => leave(client, topics));
  broker.on('clientError', () => tally(dropped, 'client-error'));
  broker.on('connectionError', (_: Client, error: Error) => {
    tally(dropped, 'connection-error');
    refuse('', new Uint8Array(0), new Problem('malformed-frame', { reason: `MQTT 连接不合规：${printable(error.message, 128)}` }));
  });
  // Not in aedes's types, and fatal when nobody listens.
  (broker as EventEmitter).on('error', () => tally(dropped, 'broker-error'));

  function connected(socket: Socket): void {
    const address = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    const gate = new Gate(
      socket,
      {
        publish,
        done: () => listeners.size === 0,
        dropped(reason, bytes) {
          tally(dropped, reason);
          if (bytes.length > 0) refuse(address, bytes, new Problem('malformed-frame', { reason: `MQTT 控制包 ${reason}` }));
        },
      },
      limits,
      true,
    );
    gates.set(gate, gate);
    gate.once('close', () => {
      gates.delete(gate);
      listeners.delete(gate);
    });
    broker.handle(gate);
  }
  const connections = await listenConnections({
    port: settings.port,
    host: settings.host,
    most: limits.connections,
    allowHalfOpen: false,
    connected,
    full: () => tally(dropped, 'full'),
  });

  return {
    port: connections.port,
    stats: () => ({ connections: connections.sockets.size, frames, inFlight, refused, unacknowledged, dropped: { ...dropped } }),
    publish: (topic, payload, qos) =>
      new Promise((resolve, reject) => {
        broker.publish({ cmd: 'publish', topic, payload, qos, retain: false, dup: false }, (error) => (error ? reject(error) : resolve()));
      }),
    async close() {
      connections.stop();
      for (const gate of gates.values()) gate.stop();
      const until = now() + limits.drainMilliseconds;
      while (inFlight > 0 && now() < until) await pause(10);
      // One turn for the acknowledgements of the last commit to leave.
      await pause(20);
      await new Promise<void>((resolve) => broker.close(resolve));
      await connections.close();
    },
  };
}
