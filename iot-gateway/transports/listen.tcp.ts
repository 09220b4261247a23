// A byte stream protocol on a TCP port: one session per connection, answers in order and after the frame is durable, everything bounded.
import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Decoded, Protocol, RawFrame } from '../../contracts/protocol.ts';
import { type Transport, type TransportSettings, tally } from '../gateway.ts';
import { createSession } from '../session.ts';
import { listenConnections, type Socket } from './connections.tcp.ts';

export interface TcpLimits {
  readonly connections: number;
  /** Frames of one connection that wait to be durable; more pause its socket. */
  readonly framesWaiting: number;
  /** Frames of all connections that wait; a connection that brings more is closed. */
  readonly framesWaitingInAll: number;
  /** A new connection must bring a frame within this. */
  readonly firstFrameMilliseconds: number;
  /** Silence after a frame. HJ 212 devices send at least hourly (RtdInterval ≤ 3600 s). */
  readonly idleMilliseconds: number;
  /** A frame that has begun must be all there within this. */
  readonly stalledMilliseconds: number;
  /** Bytes without a frame in them, since the last frame. */
  readonly refusedBytes: number;
  /** Answers that the peer does not read. */
  readonly unreadBytes: number;
  /** How long a frame is offered again while the database is away; then the connection is closed, and the device sends again. */
  readonly retryMilliseconds: number;
  /** How long close() waits for frames in flight. */
  readonly drainMilliseconds: number;
  /** Devices of one connection that can be written to. */
  readonly devicesOfConnection: number;
}
export const tcpLimits: TcpLimits = {
  connections: 5000,
  framesWaiting: 256,
  framesWaitingInAll: 20_000,
  firstFrameMilliseconds: 60_000,
  idleMilliseconds: 2 * 3_600_000,
  stalledMilliseconds: 30_000,
  refusedBytes: 16_384,
  unreadBytes: 65_536,
  retryMilliseconds: 30_000,
  drainMilliseconds: 5000,
  devicesOfConnection: 256,
};

export interface TcpSettings extends TransportSettings {
  readonly protocol: Protocol;
  readonly port: number;
  readonly host: string;
  readonly limits?: Partial<TcpLimits>;
  /** A device speaks on a connection it had not spoken on: it can be written to from now on. */
  readonly reachable?: (device: string) => void;
}

const keptOfRefused = 4096;
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Listens for devices of one byte stream protocol. @throws Problem bad-declaration for a protocol without framing; the system's error when it cannot listen */
export async function listenTcp(settings: TcpSettings): Promise<Transport> {
  const { protocol, intake, now } = settings;
  const limits: TcpLimits = { ...tcpLimits, ...settings.limits };
  if (!protocol.framing) throw new Problem('bad-declaration', { what: `${protocol.id} has no framing` });
  const dropped: Record<string, number> = {};
  let [frames, inFlight, refused, unacknowledged, connectionsEver] = [0, 0, 0, 0, 0];
  let closing = false;
  /** The connection that each device spoke on last. */
  const spokenOn = new Map<string, Socket>();

  /** Offers a frame until it is durable. false: given up, it must not be acknowledged. */
  async function keep(frame: RawFrame, decoded: Decoded<unknown>): Promise<boolean> {
    frames++;
    inFlight++;
    try {
      const since = now();
      for (let wait = 100; ; wait = Math.min(wait * 2, 2000)) {
        try {
          await intake.accept(frame, decoded).committed;
          return true;
        } catch {
          if (closing || now() - since + wait > limits.retryMilliseconds) {
            unacknowledged++;
            return false;
          }
          await pause(wait);
        }
      }
    } finally {
      inFlight--;
    }
  }

  function connected(socket: Socket): void {
    const address = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}#${++connectionsEver}`;
    const session = createSession(protocol, address);
    /** Ends when everything before has been answered. */
    let turn: Promise<unknown> = Promise.resolve();
    let waiting = 0;
    let refusedBytes = 0;
    let ended = false;
    let timer: NodeJS.Timeout | undefined;
    let stalling = false;
    let proven = false;
    const devices = new Set<string>();
    let speaker: string | null = null;

    function hearDevice(heard: string): void {
      // A real copy: what a decoder gives may be a slice that keeps its frame's text alive.
      const device = Buffer.from(heard).toString();
      speaker = device;
      if (spokenOn.get(device) === socket || (devices.size >= limits.devicesOfConnection && !devices.has(device))) return;
      devices.add(device);
      spokenOn.set(device, socket);
      settings.reachable?.(device);
    }

    const drop = (reason: string): void => {
      if (socket.destroyed) return;
      tally(dropped, reason);
      socket.destroy();
    };
    const arm = (milliseconds: number, reason: string): void => {
      clearTimeout(timer);
      if (!socket.destroyed) timer = setTimeout(() => drop(reason), milliseconds);
    };
    const finish = (): void => {
      if (ended && waiting === 0) socket.end();
    };

    async function answerInTurn(before: Promise<unknown>, durable: Promise<boolean>, decoded: Decoded<unknown>): Promise<void> {
      const kept = await durable;
      await before;
      waiting--;
      if (!kept) drop('unacknowledged');
      else if (decoded.answer && socket.writable) {
        socket.write(decoded.answer);
        if (socket.writableLength > limits.unreadBytes) drop('slow-reader');
      }
      if (socket.isPaused() && waiting <= limits.framesWaiting / 2 && !closing) socket.resume();
      finish();
    }

    function hear(chunk: Uint8Array, received: Instant): void {
      const heard = session.hear(chunk, received);
      for (const piece of heard.refused) {
        refused++;
        refusedBytes += piece.bytes.length;
        intake.refuse(protocol.id, address, { bytes: piece.bytes.subarray(0, keptOfRefused), problem: piece.problem }, received);
      }
      if (heard.frames.length > 0) {
        refusedBytes = 0;
        proven = true;
      }
      for (const { frame, decoded } of heard.frames) {
        if (decoded.device !== null && decoded.problem === null && (decoded.device !== speaker || spokenOn.get(speaker) !== socket))
          hearDevice(decoded.device);
        waiting++;
        turn = answerInTurn(turn, keep(frame, decoded), decoded);
      }
      if (refusedBytes > limits.refusedBytes) drop('refused');
      if (inFlight > limits.framesWaitingInAll) drop('overloaded');
      if (waiting > limits.framesWaiting) socket.pause();
      // Bytes that trickle in do not prolong a frame's time: the clock of a begun frame starts once.
      const partial = session.pending() > 0;
      if (partial && (!stalling || heard.frames.length > 0)) arm(limits.stalledMilliseconds, 'stalled');
      else if (!partial && (stalling || heard.frames.length > 0))
        arm(proven ? limits.idleMilliseconds : limits.firstFrameMilliseconds, 'idle');
      stalling = partial;
    }

    socket.on('data', (chunk: Uint8Array) => hear(chunk, now()));
    socket.on('end', () => {
      ended = true;
      finish();
    });
    socket.on('close', () => {
      clearTimeout(timer);
      for (const device of devices) if (spokenOn.get(device) === socket) spokenOn.delete(device);
    });
    arm(limits.firstFrameMilliseconds, 'idle');
  }

  const connections = await listenConnections({
    port: settings.port,
    host: settings.host,
    most: limits.connections,
    allowHalfOpen: true,
    connected,
    full: () => tally(dropped, 'full'),
  });
  return {
    port: connections.port,
    send(device, bytes) {
      const socket = spokenOn.get(device);
      if (closing || !socket?.writable || socket.writableLength > limits.unreadBytes) return false;
      socket.write(bytes);
      return true;
    },
    stats: () => ({ connections: connections.sockets.size, frames, inFlight, refused, unacknowledged, dropped: { ...dropped } }),
    async close() {
      connections.stop();
      for (const socket of connections.sockets) socket.pause();
      const until = now() + limits.drainMilliseconds;
      while (inFlight > 0 && now() < until) await pause(10);
      closing = true;
      // Answers written in the last turn leave with the FIN.
      await Promise.race([
        Promise.all([...connections.sockets].map((socket) => new Promise<void>((done) => socket.end(done)))),
        pause(500),
      ]);
      await connections.close();
    },
  };
}
