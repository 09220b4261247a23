// The socket side: who may listen, a snapshot and then numbered deltas at 10 Hz, paint samples back.
import type { Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'socket.io';
import type { Identity } from '../../contracts/access.ts';
import { mayRead } from '../../contracts/access.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Stream } from '../../contracts/stream.ts';
import type { ClientToServer, Health, ServerToClient, Subscribe, Topic } from '../../contracts/wire.ts';
import { carriedToken, tokenKey } from '../auth/token.ts';
import type { Store } from '../house.ts';
import type { Latency } from './latency.ts';
import { createRooms } from './rooms.ts';

export interface PushParts {
  readonly http: HttpServer;
  readonly store: Store;
  readonly streams: readonly Stream[];
  readonly latency: Latency;
  readonly authenticate: (token: string) => Promise<Identity | null>;
  readonly health: () => Health;
  readonly now: () => number;
}
export interface Push {
  sockets(): number;
  /** Ends the sockets of one session (tokenKey), or with null all of the user's. */
  end(user: string, session: string | null): void;
  close(): Promise<void>;
}
interface Data {
  identity: Identity;
  session: string;
  rooms: Map<Topic, string>;
}
type Wire = Socket<ClientToServer, ServerToClient, Record<string, never>, Data>;
const mostTopics = 64;
const tickMilliseconds = 100;

export function openPush(parts: PushParts): Push {
  const { store, latency, now } = parts;
  const rooms = createRooms(store, parts.streams);
  const io = new Server<ClientToServer, ServerToClient, Record<string, never>, Data>(parts.http, {
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: 100_000,
  });
  const known = new Set<string>(['alarms', 'indicators', 'health']);
  for (const stream of parts.streams) known.add(`things:${stream.theme}/${stream.id}`).add(`observations:${stream.theme}/${stream.id}`);
  let healthSeq = 0;

  io.use(async (socket, next) => {
    const given = (socket.handshake.auth as { token?: unknown }).token;
    const token = typeof given === 'string' && given ? given : carriedToken(socket.handshake.headers)?.token;
    const identity = token ? await parts.authenticate(token).catch(() => null) : null;
    if (!token || !identity) return next(new Error('unauthenticated'));
    socket.data = { identity, session: tokenKey(token), rooms: new Map() };
    next();
  });

  function refuse(socket: Wire, topic: string): Problem | null {
    if (!known.has(topic)) return new Problem('not-found', { what: String(topic).slice(0, 80) });
    if (socket.data.rooms.size >= mostTopics) return new Problem('overloaded', { retryAfterSeconds: 5 });
    const stream = parts.streams.find(({ theme, id }) => topic.endsWith(`:${theme}/${id}`));
    const { scope } = socket.data.identity;
    if (stream && !mayRead(scope, { adcode: scope.adcode, department: stream.provider.department, sharing: stream.sharing }))
      return new Problem('forbidden', { what: stream.title.zh });
    return null;
  }

  io.on('connection', (socket: Wire) => {
    socket.on('subscribe', (request: Subscribe, reply) => {
      if (typeof reply !== 'function') return;
      const topic = request?.topic;
      const problem = refuse(socket, topic);
      if (problem) return reply({ problem: { code: problem.code, title: problem.zh } });
      const before = socket.data.rooms.get(topic);
      if (topic === 'health') {
        void socket.join('health');
        socket.data.rooms.set(topic, 'health');
        return reply({ topic, seq: healthSeq, sent: now(), data: parts.health() });
      }
      const room = before ?? rooms.enter(topic, socket.data.identity.scope);
      socket.data.rooms.set(topic, room);
      // What is waiting for the room's next tick goes out first, so that snapshot and following deltas meet without a gap or a double.
      flush();
      void socket.join(room);
      reply(rooms.snapshot(room, now()));
    });
    socket.on('unsubscribe', (request) => {
      const room = socket.data.rooms.get(request?.topic);
      if (!room) return;
      void socket.leave(room);
      socket.data.rooms.delete(request.topic);
      if (room !== 'health') rooms.leave(room);
    });
    socket.on('time', (reply) => {
      if (typeof reply === 'function') reply(now());
    });
    socket.on('painted', (samples) => {
      if (!Array.isArray(samples)) return;
      for (const sample of samples.slice(0, 500))
        if (Array.isArray(sample) && Number.isFinite(sample[0]) && Number.isFinite(sample[1]))
          latency.add('painted', sample[1] - sample[0], now());
    });
    socket.on('disconnect', () => {
      for (const room of socket.data.rooms.values()) if (room !== 'health') rooms.leave(room);
    });
  });

  function flush(): void {
    const at = now();
    for (const { room, delta } of rooms.tick(at)) {
      if (delta.hops) latency.add('sent', at - delta.hops.processed, at);
      io.to(room).emit('delta', delta);
    }
  }
  const stop = store.onChange((change) => {
    const hops = change.kind === 'thing' || change.kind === 'observation' ? change.hops : null;
    if (hops) {
      latency.add('durable', hops.durable - hops.received, hops.processed);
      latency.add('processed', hops.processed - hops.durable, hops.processed);
    }
    rooms.take(change);
  });
  const ticking = setInterval(flush, tickMilliseconds);
  const pulse = setInterval(() => {
    healthSeq++;
    io.to('health').emit('delta', { topic: 'health', seq: healthSeq, sent: now(), hops: null, data: parts.health() });
  }, 1000);
  return {
    sockets: () => io.engine.clientsCount,
    end(user, session) {
      for (const socket of io.sockets.sockets.values()) {
        if (socket.data.identity.user !== user || (session !== null && socket.data.session !== session)) continue;
        socket.emit('session', 'ended');
        socket.disconnect(true);
      }
    },
    async close() {
      clearInterval(ticking);
      clearInterval(pulse);
      stop();
      await io.close();
    },
  };
}
