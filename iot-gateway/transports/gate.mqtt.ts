// A gate in an MQTT connection: a PUBLISH passes only once it is durable, so whoever reads behind it (aedes, mqtt.js) acknowledges what is safe.
//
// Why not in the broker's hooks: aedes 1.2 and mqtt.js 5 take the next bytes of a connection only after every packet before is done, so holding
// one back in authorizePublish or customHandleAcks stops the connection for the length of a commit. Here packets go to the intake as they
// arrive, hundreds of one client share a commit, and the order of the connection is kept.
//
//   socket → cut into packets → [CONNECT] [PUBLISH: waiting] [PUBLISH: durable] [PINGREQ] → the head of the line passes → reader
//   socket ← everything the reader writes, unchanged
//
// A reading that nobody subscribes to has no business behind the gate: the gate writes its PUBACK, all of one commit in one piece, and the
// reader never sees it. PUBACKs leave in the order of their PUBLISHes (§4.6), so while the reader still owes one the line waits for it.
import { Duplex } from 'node:stream';
import {
  createPacketCounter,
  createTopicMemory,
  encodePubacks,
  type PacketBounds,
  PUBACK,
  PUBLISH,
  type Publish,
  packetAt,
  readPublish,
} from '../mqtt-packets.ts';

export interface GateHooks {
  /** Makes a PUBLISH durable; packets of one commit share the promise. undefined: nothing to wait for. A rejection ends the connection, unacknowledged. */
  publish(packet: Publish): Promise<unknown> | undefined;
  /** Whether a durable PUBLISH of QoS 0 or 1 is done with once it is acknowledged; absent: the reader gets every one. */
  done?(): boolean;
  /** The gate ends the connection: 'too-large', 'stalled', 'malformed', 'unacknowledged', 'keep-alive' or 'slow-reader'. */
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

/** One object a packet, because hundreds of thousands of them wait for their commits. */
interface Line extends PacketBounds {
  readonly buffer: Buffer;
  readonly start: number;
  passed: boolean;
  /** Identifier of a reading that the gate may acknowledge itself, 0 with QoS 0; −1: it is for the reader. */
  id: number;
}
/** PUBACKs of every identifier there is: who lets more than that lie unread does not read. */
const mostUnread = 65_535 * 4;

const empty = Buffer.alloc(0);

export class Gate extends Duplex {
  readonly #socket: Duplex;
  readonly #hooks: GateHooks;
  readonly #limits: GateLimits;
  readonly #topic = createTopicMemory();
  #pending: Buffer = empty;
  /** Packets in order; the head is at #first. */
  #line: Line[] = [];
  #first = 0;
  /** Those before this index were handed to the intake. */
  #admitted = 0;
  #open: boolean;
  #begun = false;
  #waiting = 0;
  /** The packets of the commit that gathers: they wait for it together. */
  #commit: { readonly durable: Promise<unknown>; readonly packets: Line[] } | undefined;
  #flushing = false;
  #stopped = false;
  #ended = false;
  #stall: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  /** PUBACKs that went out, and those that will have: of the reader and of our own. */
  readonly #countPubacks = createPacketCounter(PUBACK);
  #acknowledged = 0;
  #due = 0;
  /** `due` at the last PUBLISH that passed to the reader: before so many have gone out no PUBACK of our own may. */
  #readers = 0;

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
  /** §3.1.2.10: the connection ends after so long without a packet. The reader cannot see to it, it does not see every packet. 0: never. */
  keepAlive(milliseconds: number): void {
    clearTimeout(this.#silence);
    this.#silence = milliseconds > 0 ? setTimeout(() => this.#drop('keep-alive', empty), milliseconds) : undefined;
  }
  /** Takes nothing more from the socket. */
  stop(): void {
    this.#stopped = true;
    this.#socket.pause();
  }

  #hear(chunk: Buffer): void {
    const buffer = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk;
    this.#silence?.refresh();
    let at = 0;
    for (;;) {
      const bounds = packetAt(buffer, at, this.#limits.packetBytes);
      if (bounds === 'more') break;
      if (typeof bounds === 'string') {
        this.#drop(bounds === 'bad' ? 'malformed' : bounds, buffer.subarray(at, at + 1024));
        return;
      }
      const { type, flags, body, end } = bounds;
      this.#line.push({ type, flags, body, end, buffer, start: at, passed: false, id: -1 });
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
      if (packet.type !== PUBLISH || !this.#open) continue;
      const publish = readPublish(packet.buffer, packet, this.#topic);
      const durable = publish === null ? undefined : this.#hooks.publish(publish);
      if (publish === null || durable === undefined) continue;
      packet.passed = false;
      // §2.3.1: identifier 0 is none; what the reader makes of it is its affair.
      if (publish.qos === 0 || (publish.qos === 1 && publish.id > 0)) packet.id = publish.id;
      this.#waiting++;
      if (this.#commit?.durable === durable) this.#commit.packets.push(packet);
      else this.#await(durable, [packet]);
    }
    this.#pass();
  }

  #await(durable: Promise<unknown>, packets: Line[]): void {
    this.#commit = { durable, packets };
    durable.then(
      () => {
        this.#waiting -= packets.length;
        for (const packet of packets) packet.passed = true;
        this.#pass();
        this.#throttle();
      },
      () => {
        this.#waiting -= packets.length;
        this.#drop('unacknowledged', empty);
      },
    );
  }

  /** Once for all that the reader wrote in this turn. */
  #passSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#pass();
      this.#throttle();
    });
  }

  /** Hands the head of the line to the reader, neighbours of one chunk in one piece; readings that nobody waits for are acknowledged here. */
  #pass(): void {
    if (this.destroyed) return;
    const line = this.#line;
    const done = this.#hooks.done?.() ?? false;
    const ids: number[] = [];
    let i = this.#first;
    while (i < line.length && line[i]!.passed) {
      const { buffer, start, id } = line[i]!;
      if (done && id >= 0) {
        if (this.#acknowledged < this.#readers) break;
        if (id > 0) ids.push(id);
        i++;
        continue;
      }
      let next = line[i];
      let end = start;
      while (next?.passed && next.buffer === buffer && !(done && next.id >= 0)) {
        const { type, flags } = next;
        // A PUBACK of ours that is not written yet goes out before the reader's.
        if (type === PUBLISH && (flags & 6) === 2) {
          this.#due++;
          this.#readers = this.#due + ids.length;
        }
        end = next.end;
        next = line[++i];
      }
      this.#acknowledge(ids);
      this.push(buffer.subarray(start, end));
    }
    this.#acknowledge(ids);
    this.#first = i;
    if (i > 1024 || i === line.length) {
      this.#admitted -= i;
      this.#line = line.slice(i);
      this.#first = 0;
    }
    if (this.#ended && this.#line.length === this.#first) this.push(null);
  }

  /** Through our own writable side, behind what the reader has written: never into the middle of one of its packets. Empties `ids`. */
  #acknowledge(ids: number[]): void {
    if (ids.length === 0 || !this.writable) return;
    this.#due += ids.length;
    this.write(encodePubacks(ids));
    ids.length = 0;
    if (this.writableLength + this.#socket.writableLength > mostUnread) this.#drop('slow-reader', empty);
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
  #send(chunk: Buffer, done: (error?: Error | null) => void): void {
    this.#acknowledged += this.#countPubacks(chunk);
    if (this.#first < this.#line.length) this.#passSoon();
    this.#socket.write(chunk, done);
  }
  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }
  override _final(done: () => void): void {
    this.#socket.end(done);
  }
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#stall);
    clearTimeout(this.#silence);
    this.#socket.destroy();
    this.#line = [];
    this.#first = 0;
    this.#admitted = 0;
    done(error);
  }
}
