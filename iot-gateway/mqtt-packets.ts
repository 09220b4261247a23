// Where MQTT 3.1.1 control packets begin and end in a byte stream, and what a PUBLISH carries. Pure; the broker itself does the rest.
//
// Source: MQTT 3.1.1 (OASIS 2014) §2.2 fixed header, §2.2.3 remaining length, §3.3 PUBLISH.

export const PUBLISH = 3;

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
}

const decoder = new TextDecoder();

/** Topic and payload of the PUBLISH with these bounds; null when its lengths do not fit (the broker will refuse it). */
export function readPublish(buffer: Uint8Array, bounds: PacketBounds): Publish | null {
  const { body, end, flags } = bounds;
  const qos = (flags >> 1) & 3;
  if (body + 2 > end || qos === 3) return null;
  const topicEnd = body + 2 + buffer[body]! * 256 + buffer[body + 1]!;
  const start = topicEnd + (qos > 0 ? 2 : 0);
  if (start > end) return null;
  return { topic: decoder.decode(buffer.subarray(body + 2, topicEnd)), payload: buffer.subarray(start, end), qos };
}
