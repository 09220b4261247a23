// A gate in an MQTT connection: a PUBLISH passes only once it is durable, so whoever reads behind it (aedes, mqtt.js) acknowledges what is safe.
//
// Why not in the broker's hooks: aedes 1.2 and mqtt.js 5 take the next bytes of a connection only after every packet before is done, so holding
// one back in authorizePublish or customHandleAcks stops the connection for the length of a commit. Here packets go to the intake as they
// arrive, hundreds of one client share a commit, and the order of the connection is kept.
//
//   socket → cut into packets → [CONNECT] [PUBLISH: waiting] [PUBLISH: durable] [PINGREQ] → the head of the line passes → reader
//   socket ← everything the reader writes, unchanged
import { Duplex } from 'node:stream';
import { type PacketBounds, PUBLISH, type Publish, packetAt, readPublish } from '../mqtt-packets.ts';

export interface GateHooks {
  /** Makes a PUBLISH durable. undefined: nothing to wait for. A rejection ends the connection, unacknowledged. */
  publish(packet: Publish): Promise<unknown> | undefined;
  /** The gate ends the connection: 'too-large', 'stalled', 'malformed' or 'unacknowledged'. */
  dropped(reason: string, bytes: Uint8Array): void;
}
export interface GateLimits {
  /** Largest control packet, bytes. */
  readonly packetBytes: number;
  /** Packets waiting for durability before the socket is paused. */
  readonly waiting: number;
  /** How long a packet that has begun may take to be all there. */
  readonly stalledMilliseconds: number;
}

interface Line {
  readonly buffer: Buffer;
  readonly start: number;
  readonly bounds: PacketBounds;
  passed: boolean;
}

const empty = Buffer.alloc(0);

export class Gate extends Duplex {
  readonly #socket: Duplex;
  readonly #hooks: GateHooks;
  readonly #limits: GateLimits;
  #pending: Buffer = empty;
  /** Packets in order; the head is at #first. */
  #line: Line[] = [];
  #first = 0;
  /** Those before this index were handed to the intake. */
  #admitted = 0;
  #open: boolean;
  #begun = false;
  #waiting = 0;
  #flushing = false;
  #stopped = false;
  #ended = false;
  #stall: NodeJS.Timeout | undefined;

  /** @param closed true: only the first packet (CONNECT) passes until open() is called, because its sender is nobody yet */
  constructor(socket: Duplex, hooks: GateHooks, limits: GateLimits, closed: boolean) {
    super({ readableHighWaterMark: 262_144, emitClose: true });
    this.#socket = socket;
    this.#hooks = hooks;
    this.#limits = limits;
    this.#open = !closed;
    socket.on('data', (chunk: Buffer) => this.#hear(chunk));
    socket.on('end', () => {
      this.#ended = true;
      this.#pass();
    });
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /** The sender is known now: what it sent ahead of its CONNACK is taken. */
  open(): void {
    this.#open = true;
    this.#admit();
    this.#throttle();
  }
  /** Takes nothing more from the socket. */
  stop(): void {
    this.#stopped = true;
    this.#socket.pause();
  }

  #hear(chunk: Buffer): void {
    const buffer = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const bounds = packetAt(buffer, at, this.#limits.packetBytes);
      if (bounds === 'more') break;
      if (typeof bounds === 'string') {
        this.#drop(bounds === 'bad' ? 'malformed' : bounds, buffer.subarray(at, at + 1024));
        return;
      }
      this.#line.push({ buffer, start: at, bounds, passed: false });
      at = bounds.end;
    }
    // A real copy, so that a few bytes do not keep a whole chunk alive.
    this.#pending = at < buffer.length ? Buffer.from(buffer.subarray(at)) : empty;
    if (this.#pending.length === 0) {
      clearTimeout(this.#stall);
      this.#stall = undefined;
    } else if (at > 0 || this.#stall === undefined) {
      clearTimeout(this.#stall);
      this.#stall = setTimeout(() => this.#drop('stalled', this.#pending), this.#limits.stalledMilliseconds);
    }
    this.#admit();
    this.#throttle();
  }

  #admit(): void {
    for (; this.#admitted < this.#line.length; this.#admitted++) {
      const packet = this.#line[this.#admitted]!;
      if (!this.#open && this.#begun) break;
      this.#begun = true;
      packet.passed = true;
      // Ahead of CONNECT nobody has said who they are: the reader ends such a connection (§3.1), and nothing of it is kept.
      if (packet.bounds.type !== PUBLISH || !this.#open) continue;
      const publish = readPublish(packet.buffer, packet.bounds);
      const durable = publish === null ? undefined : this.#hooks.publish(publish);
      if (durable === undefined) continue;
      packet.passed = false;
      this.#waiting++;
      durable.then(
        () => {
          this.#waiting--;
          packet.passed = true;
          this.#passSoon();
        },
        () => {
          this.#waiting--;
          this.#drop('unacknowledged', empty);
        },
      );
    }
    this.#pass();
  }

  /** Once for all packets that one commit made durable. */
  #passSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#pass();
      this.#throttle();
    });
  }

  /** Hands the head of the line to the reader; neighbours of one chunk in one piece. */
  #pass(): void {
    if (this.destroyed) return;
    const line = this.#line;
    let i = this.#first;
    while (i < line.length && line[i]!.passed) {
      const { buffer, start } = line[i]!;
      let { end } = line[i]!.bounds;
      for (i++; i < line.length && line[i]!.passed && line[i]!.buffer === buffer; i++) end = line[i]!.bounds.end;
      this.push(buffer.subarray(start, end));
    }
    this.#first = i;
    if (i > 1024 || i === line.length) {
      this.#admitted -= i;
      this.#line = line.slice(i);
      this.#first = 0;
    }
    if (this.#ended && this.#line.length === this.#first) this.push(null);
  }

  #throttle(): void {
    if (this.destroyed) return;
    const full =
      this.#stopped ||
      this.#waiting >= this.#limits.waiting ||
      this.#line.length - this.#admitted > this.#limits.waiting ||
      this.readableLength > this.readableHighWaterMark;
    if (full && !this.#socket.isPaused()) this.#socket.pause();
    else if (!full && this.#socket.isPaused()) this.#socket.resume();
  }

  #drop(reason: string, bytes: Uint8Array): void {
    if (this.destroyed) return;
    this.#hooks.dropped(reason, bytes);
    this.destroy();
  }

  override _read(): void {
    this.#throttle();
  }
  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }
  override _final(done: () => void): void {
    this.#socket.end(done);
  }
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#stall);
    this.#socket.destroy();
    this.#line = [];
    this.#first = 0;
    this.#admitted = 0;
    done(error);
  }
}
