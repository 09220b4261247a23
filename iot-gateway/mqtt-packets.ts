// Where MQTT 3.1.1 control packets begin and end in a byte stream, and what a PUBLISH carries. Pure; the broker itself does the rest.
//
// Source: MQTT 3.1.1 (OASIS 2014) §2.2 fixed header, §2.2.3 remaining length, §3.3 PUBLISH.

export const PUBLISH = 3;
export const PUBACK = 4;

export interface PacketBounds {
  /** Control packet type, §2.2.1: 1 CONNECT, 3 PUBLISH, 4 PUBACK … */
  readonly type: number;
  /** The four low bits of the first byte: for PUBLISH DUP, QoS, RETAIN. */
  readonly flags: number;
  /** Where the variable header begins. */
  readonly body: number;
  readonly end: number;
}

/** The packet at `at`. 'more': it is not all there. 'bad': no length (§2.2.3: four bytes at most). 'too-large': longer than `most` bytes. */
export function packetAt(buffer: Uint8Array, at: number, most: number): PacketBounds | 'more' | 'bad' | 'too-large' {
  let length = 0;
  for (let i = 0; i < 4; i++) {
    const byte = buffer[at + 1 + i];
    if (byte === undefined) return 'more';
    length += (byte & 0x7f) * 128 ** i;
    if (byte & 0x80) continue;
    const body = at + 2 + i;
    if (body + length - at > most) return 'too-large';
    if (body + length > buffer.length) return 'more';
    return { type: buffer[at]! >> 4, flags: buffer[at]! & 0x0f, body, end: body + length };
  }
  return 'bad';
}

export interface Publish {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  /** Packet identifier, §2.3.1; 0 with QoS 0. */
  readonly id: number;
}

/** A topic as it stood in the last packet of a connection: most send to one for ever, and need no new string each time. */
export interface TopicMemory {
  bytes: Buffer;
  text: string;
}
export function createTopicMemory(): TopicMemory {
  return { bytes: Buffer.alloc(0), text: '' };
}

/** What the PUBLISH with these bounds carries; null when its lengths do not fit (the broker will refuse it). */
export function readPublish(buffer: Buffer, bounds: PacketBounds, memory: TopicMemory = createTopicMemory()): Publish | null {
  const { body, end, flags } = bounds;
  const qos = (flags >> 1) & 3;
  if (body + 2 > end || qos === 3) return null;
  const topicStart = body + 2;
  const topicEnd = topicStart + buffer[body]! * 256 + buffer[body + 1]!;
  const start = topicEnd + (qos > 0 ? 2 : 0);
  if (start > end) return null;
  const id = qos > 0 ? buffer[topicEnd]! * 256 + buffer[topicEnd + 1]! : 0;
  const { bytes } = memory;
  let same = bytes.length === topicEnd - topicStart;
  for (let i = 0; same && i < bytes.length; i++) same = bytes[i] === buffer[topicStart + i];
  if (!same) {
    memory.bytes = Buffer.from(buffer.subarray(topicStart, topicEnd));
    memory.text = buffer.toString('utf8', topicStart, topicEnd);
  }
  return { topic: memory.text, payload: buffer.subarray(start, end), qos, id };
}

/** PUBACKs (§3.4) of these identifiers in their order, in one piece. */
export function encodePubacks(ids: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(ids.length * 4);
  let at = 0;
  for (const id of ids) {
    out[at] = PUBACK << 4;
    out[at + 1] = 2;
    out[at + 2] = id >> 8;
    out[at + 3] = id & 255;
    at += 4;
  }
  return out;
}

/** Counts the packets of one type in a stream of well-formed packets that comes in any pieces; a packet counts when its last byte is there. */
export function createPacketCounter(type: number): (chunk: Uint8Array) => number {
  let first = -1;
  let [length, factor] = [0, 1];
  /** Bytes to come of the packet whose head is read; −1: within a head, or between two packets. */
  let rest = -1;
  return (chunk) => {
    let count = 0;
    let at = 0;
    while (at < chunk.length) {
      if (rest < 0) {
        const byte = chunk[at++]!;
        if (first < 0) {
          first = byte;
          [length, factor] = [0, 1];
          continue;
        }
        length += (byte & 0x7f) * factor;
        factor *= 128;
        if (byte & 0x80) continue;
        rest = length;
      }
      const taken = Math.min(rest, chunk.length - at);
      at += taken;
      rest -= taken;
      if (rest > 0) break;
      if (first >> 4 === type) count++;
      first = -1;
      rest = -1;
    }
    return count;
  };
}
