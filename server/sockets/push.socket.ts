// The live road to the pages: socket.io at /socket.io. A subscription is answered by one snapshot and goes on with its room's numbered deltas.
//
// Each delta is encoded once per room (socket.io's adapter hands the same frame to every member). Slow sockets are not buffered without end:
// they are taken out of the rooms of values until they have drained, and the gap in `seq` then makes the page ask for a fresh snapshot. Events
// (alarms, observations) are few and none may be missed: they stay in line, and who does not read even those is closed.
import type { Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'socket.io';
import type { Identity } from '../../contracts/access.ts';
import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import type { ClientToServer, Health, ServerToClient, Snapshot, Subscribe, Topic } from '../../contracts/wire.ts';
import type { SessionsEnded } from '../auth/accounts.ts';
import { mayReadStream, streamsByPath } from '../auth/guard.ts';
import { isSameOrigin } from '../auth/same-origin.ts';
import { carriedToken, tokenKey } from '../auth/token.ts';
import type { House } from '../house.ts';
import { encodeSnapshotsOnce } from './encode-once.socket.ts';
import type { Latency } from './latency.ts';
import { cutOff, type EngineLine, waitingBytes } from './pressure.ts';
import { createRooms, type LayerNews, type Room, streamOfTopic } from './rooms.ts';
import { readBBox, snapViewport } from './viewport.ts';

/** Bounds of what the sockets may cost; each has its default in `usual`. */
export interface PushLimits {
  /** Milliseconds between two deltas of a room. */
  readonly tick: number;
  /** Milliseconds between two looks at whether sessions and their rights still stand. */
  readonly sessionCheck: number;
  /** Milliseconds between two looks at who reads too slowly. */
  readonly relief: number;
  readonly sockets: number;
  /** Bytes that may wait for one socket before it is taken out of its rooms. */
  readonly waitingBytes: number;
  /** Milliseconds after which a socket that has not drained is closed. */
  readonly slowest: number;
  /** Subscriptions of one socket per second that are answered; ten times as many packets of any kind and it is closed. */
  readonly callsPerSecond: number;
  /** Paint samples of one socket per second that count. */
  readonly samplesPerSecond: number;
}
const usual: PushLimits = {
  ...{ tick: 100, sessionCheck: 10_000, relief: 500, sockets: 5000, waitingBytes: 2 * 1024 * 1024, slowest: 60_000 },
  ...{ callsPerSecond: 40, samplesPerSecond: 500 },
};
/** So many times `waitingBytes`, and a socket is closed at once: only events can get there. */
const mostOver = 4;
const isEvents = (topic: Topic): boolean => topic === 'alarms' || topic === 'map' || topic.startsWith('observations:');
/** A client's message may be this long, bytes; the longest honest one is a second's paint samples. */
const longestMessage = 64 * 1024;

export interface PushParts {
  readonly http: HttpServer;
  readonly house: Pick<House, 'store' | 'streams' | 'auth' | 'now'> & { readonly config: { readonly allowedOrigins: readonly string[] } };
  readonly latency: Latency;
  readonly health: () => Health;
  readonly limits?: Partial<PushLimits>;
}
export interface PushStats {
  readonly sockets: number;
  readonly rooms: number;
  readonly members: number;
  /** Since the start: deltas made, sockets closed for reading too slowly or calling too much. */
  readonly deltas: number;
  readonly closed: number;
  /** Now: sockets that are out of their rooms until they have drained. */
  readonly congested: number;
}
export interface Push {
  sockets(): number;
  stats(): PushStats;
  /** Tells whoever draws a map what of it is old. */
  tellMap(news: readonly LayerNews[]): void;
  /** Tells the sockets of one session, or with session null all of the user's, and closes them. */
  end(ended: SessionsEnded): void;
  close(): Promise<void>;
}

interface SocketData {
  token: string;
  session: string;
  identity: Identity;
}
type PageSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>;
type Reply = Parameters<ClientToServer['subscribe']>[1];
/** Answers a subscription. */
type Deliver = () => void;
interface Subscription {
  readonly room: Room;
  /** The number of the room when the socket was taken out of it for being slow; null: it is in. */
  pausedAt: number | null;
  joined: boolean;
}
interface Client {
  readonly subscriptions: Map<Topic, Subscription>;
  /** Restricted topics whose reading has been written down. */
  readonly audited: Set<Topic>;
  /** Of this second: packets that came, subscriptions asked for, paint samples. */
  calls: number;
  asked: number;
  samples: number;
  /** Since when it is out of its rooms; null: it keeps up. */
  congested: Instant | null;
  /** Answers that wait until it has drained. */
  held: Deliver[];
}

const lineOf = (socket: PageSocket): EngineLine => socket.conn as unknown as EngineLine;

export function openPush(parts: PushParts): Push {
  const { house, latency } = parts;
  const limits = { ...usual, ...parts.limits };
  const declared = streamsByPath(house.streams);
  let heard: Health | null = null;
  /** Health walks every value: once a second is enough, however many ask. */
  function health(): Health {
    if (!heard || house.now() - heard.now >= 900 || house.now() < heard.now) heard = parts.health();
    return heard;
  }
  const rooms = createRooms({ store: house.store, streams: house.streams, health });
  const clients = new Map<PageSocket, Client>();
  const waiting: Deliver[] = [];
  /** Of this beat, by room: whoever asks for the same gets the same object, and its text is made once. */
  const snapshots = new Map<string, Snapshot>();
  let [deltas, closed] = [0, 0];

  const io = new Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>(parts.http, {
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: longestMessage,
    connectTimeout: 10_000,
    pingInterval: 20_000,
    pingTimeout: 20_000,
    allowRequest(request, answer) {
      const { host, origin, 'sec-fetch-site': site } = request.headers;
      const ours = isSameOrigin({ host, origin, 'sec-fetch-site': Array.isArray(site) ? site[0] : site });
      if (!ours && !house.config.allowedOrigins.includes(origin ?? '')) return answer('cross-site', false);
      answer(null, io.engine.clientsCount < limits.sockets);
    },
  });

  const keepText = encodeSnapshotsOnce(io);

  /** The error that a refused handshake carries; the page reads `data`. */
  const refusal = (problem: Problem): Error => Object.assign(new Error(problem.code), { data: problem.toJSON() });
  io.use((socket, next) => {
    const given = (socket.handshake.auth as { token?: unknown }).token;
    const { authorization, cookie } = socket.handshake.headers;
    const token = typeof given === 'string' && given !== '' ? given : carriedToken({ authorization, cookie })?.token;
    if (token === undefined) return next(refusal(new Problem('unauthenticated')));
    house.auth.authenticate(token).then(
      (identity) => {
        if (!identity) return next(refusal(new Problem('unauthenticated')));
        socket.data = { token, session: tokenKey(token), identity };
        next();
      },
      (error) => next(refusal(error instanceof Problem ? error : new Problem('internal', { incident: 'socket' }))),
    );
  });

  /** @throws Problem not-found | forbidden */
  function checkTopic(topic: unknown, socket: PageSocket, client: Client): Topic {
    if (topic === 'alarms' || topic === 'indicators' || topic === 'health' || topic === 'map') return topic;
    const of = typeof topic === 'string' && topic.length <= 100 ? streamOfTopic(topic) : null;
    const stream = of && declared.get(of.stream);
    if (!of || !stream) throw new Problem('not-found', { what: typeof topic === 'string' ? topic.slice(0, 100) : '主题' });
    const { identity } = socket.data;
    if (!mayReadStream(identity.scope, stream)) throw new Problem('forbidden', { what: stream.title.zh });
    if (stream.sharing !== 'unconditional' && !client.audited.has(topic as Topic)) {
      client.audited.add(topic as Topic);
      house.auth.audit({ identity, address: socket.handshake.address, act: 'read-restricted', target: topic as string });
    }
    return topic as Topic;
  }
  function leaveTopic(socket: PageSocket, client: Client, topic: Topic): void {
    const subscription = client.subscriptions.get(topic);
    if (!subscription) return;
    client.subscriptions.delete(topic);
    void socket.leave(subscription.room.id);
    rooms.leave(subscription.room.id);
  }
  function answerProblem(reply: Reply, problem: Problem): void {
    reply({ problem: { code: problem.code, title: problem.zh } });
  }
  function subscribe(socket: PageSocket, client: Client, request: Subscribe, reply: Reply): void {
    const topic = checkTopic(request?.topic, socket, client);
    const viewport = request.bbox === undefined || request.bbox === null ? null : snapViewport(readBBox(request.bbox));
    // Enter before leaving: the same room keeps its number.
    const subscription: Subscription = { room: rooms.enter(topic, socket.data.identity, viewport), pausedAt: null, joined: false };
    leaveTopic(socket, client, topic);
    client.subscriptions.set(topic, subscription);
    const { id } = subscription.room;
    const deliver: Deliver = () => {
      if (client.subscriptions.get(topic) !== subscription) {
        answerProblem(reply, new Problem('conflict', { what: `${topic} 的订阅已被取代或取消` }));
        return;
      }
      // Whoever asks for snapshots without reading them gets no more of them.
      if (client.congested !== null || waitingBytes(lineOf(socket)) > limits.waitingBytes) {
        client.held.push(deliver);
        return;
      }
      // A room that was forgotten and made anew within the beat counts from 0 again.
      const kept = snapshots.get(id);
      const snapshot = kept && kept.seq === rooms.seq(id) ? kept : rooms.snapshot(id, house.now());
      snapshots.set(id, snapshot);
      keepText(snapshot);
      subscription.joined = true;
      void socket.join(id);
      reply(snapshot);
    };
    // With changes pending, the answer comes right after the tick: the snapshot then holds exactly what the deltas up to its `seq` told.
    if (rooms.settled(id)) deliver();
    else waiting.push(deliver);
  }

  function tick(): void {
    const now = house.now();
    for (const { room, delta } of rooms.tick(now)) {
      io.to(room).emit('delta', delta);
      if (delta.hops) latency.sent(delta.hops, now);
      deltas++;
    }
    snapshots.clear();
    // A thousand pages that come back at once must not stop the readings: what does not fit goes out after the next tick, which is as exact.
    let served = 0;
    while (served < waiting.length && (served === 0 || house.now() - now < limits.tick / 2)) waiting[served++]?.();
    waiting.splice(0, served);
  }

  /** Takes slow sockets out of their rooms, lets those back in that have drained to a quarter, closes those that never do. */
  function relieve(): void {
    const now = house.now();
    for (const [socket, client] of clients) {
      const bytes = waitingBytes(lineOf(socket));
      if (client.congested !== null && now - client.congested > limits.slowest) {
        closed++;
        cutOff(lineOf(socket));
      } else if (bytes > limits.waitingBytes * mostOver) {
        closed++;
        cutOff(lineOf(socket));
      } else if (bytes > limits.waitingBytes) {
        client.congested ??= now;
        for (const subscription of client.subscriptions.values()) {
          if (!subscription.joined || subscription.pausedAt !== null || isEvents(subscription.room.topic)) continue;
          subscription.pausedAt = rooms.seq(subscription.room.id);
          void socket.leave(subscription.room.id);
        }
      } else if (bytes <= limits.waitingBytes / 4 && (client.congested !== null || client.held.length > 0)) {
        client.congested = null;
        for (const subscription of client.subscriptions.values()) resume(socket, subscription);
        waiting.push(...client.held.splice(0));
      }
    }
  }
  function resume(socket: PageSocket, subscription: Subscription): void {
    const { room, pausedAt } = subscription;
    if (pausedAt === null) return;
    subscription.pausedAt = null;
    void socket.join(room.id);
    const seq = rooms.seq(room.id) ?? 0;
    // A quiet room would not show the gap, so an empty delta does: its number is beyond the next one in any case. Health comes every second.
    if (seq !== pausedAt && room.topic !== 'health')
      socket.emit('delta', { topic: room.topic, seq: seq + 2, sent: house.now(), hops: null, data: [] });
  }

  /** What a page says of itself: believed only where it can be so, and no more of it than one page can see. */
  function painted(client: Client, samples: unknown): void {
    if (!Array.isArray(samples)) return;
    const now = house.now();
    for (const sample of samples as unknown[]) {
      if (client.samples++ >= limits.samplesPerSecond) return;
      if (!Array.isArray(sample)) continue;
      const [received, at] = sample as [Instant, Instant];
      const possible = Number.isFinite(received) && Number.isFinite(at) && at >= received && at <= now + 2000;
      if (possible && received > now - 60_000) latency.painted(received, at, now);
    }
  }

  io.on('connection', (socket) => {
    const client: Client = { subscriptions: new Map(), audited: new Set(), calls: 0, asked: 0, samples: 0, congested: null, held: [] };
    clients.set(socket, client);
    socket.use((_packet, next) => {
      const over = ++client.calls - limits.callsPerSecond * 10;
      if (over <= 0) return next();
      // What came in the same breath is dropped without a word.
      if (over > 1) return;
      closed++;
      cutOff(lineOf(socket));
    });
    socket.on('subscribe', (request, reply) => {
      if (typeof reply !== 'function') return;
      try {
        if (++client.asked > limits.callsPerSecond) throw new Problem('overloaded', { retryAfterSeconds: 1 });
        subscribe(socket, client, request, reply);
      } catch (error) {
        answerProblem(reply, error instanceof Problem ? error : new Problem('internal', { incident: 'subscribe' }));
      }
    });
    socket.on('unsubscribe', (request) => {
      if (typeof request?.topic === 'string') leaveTopic(socket, client, request.topic);
    });
    socket.on('painted', (samples) => painted(client, samples));
    socket.on('time', (reply) => {
      if (typeof reply === 'function') reply(house.now());
    });
    socket.on('disconnect', () => {
      for (const topic of [...client.subscriptions.keys()]) leaveTopic(socket, client, topic);
      client.held = [];
      clients.delete(socket);
    });
  });

  function endSocket(socket: PageSocket, change: 'ended' | 'changed'): void {
    // The rooms go first: what is written from here on is not theirs any more.
    const client = clients.get(socket);
    for (const topic of [...(client?.subscriptions.keys() ?? [])]) leaveTopic(socket, client as Client, topic);
    socket.emit('session', change);
    socket.disconnect(true);
  }
  /** Finds what ended or changed past this process: expiry, another server, a hand in the database. */
  async function checkSessions(): Promise<void> {
    const bySession = new Map<string, PageSocket[]>();
    for (const socket of clients.keys()) {
      const list = bySession.get(socket.data.session) ?? [];
      bySession.set(socket.data.session, list);
      list.push(socket);
    }
    for (const sockets of bySession.values()) {
      const { token, identity: before } = (sockets[0] as PageSocket).data;
      try {
        const identity = await house.auth.authenticate(token);
        if (!identity) for (const socket of sockets) endSocket(socket, 'ended');
        else if (JSON.stringify(identity) !== JSON.stringify(before)) for (const socket of sockets) endSocket(socket, 'changed');
      } catch {
        // The database is away: nobody is thrown out for that.
      }
    }
  }

  const stopNotes = house.store.onChange((change) => {
    if ('hops' in change && change.hops) latency.processed(change.hops, change.hops.processed);
    rooms.note(change);
  });
  function pulse(): void {
    if (rooms.listens('health')) rooms.noteHealth(health());
    for (const client of clients.values()) {
      client.calls = 0;
      client.asked = 0;
      client.samples = 0;
    }
  }
  const timers = [
    setInterval(pulse, 1000),
    setInterval(tick, limits.tick),
    setInterval(relieve, limits.relief),
    setInterval(() => void checkSessions(), limits.sessionCheck),
  ];

  return {
    sockets: () => clients.size,
    stats() {
      let congested = 0;
      for (const client of clients.values()) if (client.congested !== null) congested++;
      return { sockets: clients.size, ...rooms.size(), deltas, closed, congested };
    },
    tellMap: rooms.noteMap,
    end({ user, session, reason }) {
      for (const socket of [...clients.keys()]) {
        const { data } = socket;
        if (session === null ? data.identity.user === user : data.session === session)
          endSocket(socket, reason === 'changed' ? 'changed' : 'ended');
      }
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      stopNotes();
      await io.close();
    },
  };
}
