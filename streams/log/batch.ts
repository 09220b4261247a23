// Many raw frames in one value, and back: the body of a frame_batch row.
//
//   4C 5A 01 | frames | strings | (length utf8)* | frame*: protocol# address# Δreceived length | all bytes, one after the other
//
// Numbers are LEB128; Δreceived is zigzag in milliseconds against the frame before (the first: against 0). Protocols and addresses repeat from
// frame to frame and stand once. A 200-byte frame costs about 5 bytes more than itself.
import { Problem } from '../../contracts/problem.ts';
import type { RawFrame } from '../../contracts/protocol.ts';

/** FrameId leaves 16 bits for the index (contracts/log.ts). */
export const mostFrames = 65_535;
const magic = [0x4c, 0x5a, 0x01] as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}
function writeVarint(out: Uint8Array, at: number, value: number): number {
  let [rest, position] = [value, at];
  // Division instead of shifts: milliseconds since 1970 do not fit 32 bits.
  while (rest >= 128) {
    out[position++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  out[position++] = rest;
  return position;
}
const zigzag = (value: number): number => (value < 0 ? -value * 2 - 1 : value * 2);
const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

/** Bytes that a frame adds at most, for bounding a batch before it is encoded. */
export function frameCost(frame: RawFrame): number {
  return frame.bytes.length + 24 + frame.address.length * 3;
}

export interface BatchWriter {
  /** Takes a copy of the frame; `received` is in whole milliseconds (a fraction is dropped). Returns its index. @throws Problem too-large */
  add(frame: RawFrame): number;
  readonly count: number;
  /** frameCost of all frames. */
  readonly cost: number;
  encode(): Uint8Array;
}

/** Gathers frames as they come: nothing is kept of each but four numbers and its bytes in one piece with the others. */
export function createBatch(): BatchWriter {
  const numbers = new Map<string, number>();
  const strings: Uint8Array[] = [];
  /** protocol#, address#, Δreceived and length of each frame. */
  const heads: number[] = [];
  let headBytes = 0;
  let bytes = Buffer.allocUnsafe(4096);
  let [end, before, cost, count] = [0, 0, 0, 0];

  function numberOf(text: string): number {
    let number = numbers.get(text);
    if (number === undefined) {
      number = strings.length;
      numbers.set(text, number);
      strings.push(encoder.encode(text));
    }
    return number;
  }
  function head(value: number): void {
    heads.push(value);
    headBytes += varintLength(value);
  }
  return {
    add(frame) {
      if (count >= mostFrames) throw new Problem('too-large', { bytes: count + 1, limit: mostFrames });
      const received = Math.trunc(frame.received);
      const { length } = frame.bytes;
      head(numberOf(frame.protocol));
      head(numberOf(frame.address));
      head(zigzag(received - before));
      head(length);
      if (end + length > bytes.length) {
        const grown = Buffer.allocUnsafe(Math.max(bytes.length * 2, end + length));
        bytes.copy(grown, 0, 0, end);
        bytes = grown;
      }
      bytes.set(frame.bytes, end);
      end += length;
      before = received;
      cost += frameCost(frame);
      return count++;
    },
    get count() {
      return count;
    },
    get cost() {
      return cost;
    },
    encode() {
      let size = magic.length + varintLength(count) + varintLength(strings.length) + headBytes + end;
      for (const text of strings) size += varintLength(text.length) + text.length;
      const out = new Uint8Array(size);
      out.set(magic);
      let at = writeVarint(out, magic.length, count);
      at = writeVarint(out, at, strings.length);
      for (const text of strings) {
        at = writeVarint(out, at, text.length);
        out.set(text, at);
        at += text.length;
      }
      for (const value of heads) at = writeVarint(out, at, value);
      out.set(bytes.subarray(0, end), at);
      return out;
    },
  };
}

function broken(reason: string): never {
  throw new Problem('malformed-frame', { reason: `batch: ${reason}` });
}

interface Heads {
  readonly strings: readonly string[];
  /** protocol#, address#, received, offset, length of each frame. */
  readonly frames: Float64Array;
}

function readHeads(body: Uint8Array): Heads {
  let at = 0;
  const byte = (): number => body[at++] ?? broken('cut short');
  const varint = (): number => {
    let [value, factor] = [0, 1];
    for (let n = 0; n < 8; n++) {
      const next = byte();
      value += (next % 128) * factor;
      if (next < 128) return value <= Number.MAX_SAFE_INTEGER ? value : broken('number too large');
      factor *= 128;
    }
    return broken('number too long');
  };
  for (const expected of magic) if (byte() !== expected) broken('unknown format');
  const count = varint();
  if (count > mostFrames) broken(`${count} frames`);
  const stringCount = varint();
  if (stringCount > body.length) broken(`${stringCount} strings`);
  const strings: string[] = [];
  for (let i = 0; i < stringCount; i++) {
    const length = varint();
    if (at + length > body.length) broken('cut short');
    try {
      strings.push(decoder.decode(body.subarray(at, at + length)));
    } catch {
      broken('text is not UTF-8');
    }
    at += length;
  }
  // Four bytes per head at least: a lying count cannot make us allocate more than the body is worth.
  if (count * 4 > body.length - at) broken('cut short');
  const frames = new Float64Array(count * 5);
  let received = 0;
  let offset = 0;
  for (let i = 0; i < frames.length; i += 5) {
    const [protocol, address] = [varint(), varint()];
    if (protocol >= strings.length || address >= strings.length) broken('string number');
    received += unzigzag(varint());
    const length = varint();
    frames.set([protocol, address, received, offset, length], i);
    offset += length;
  }
  if (at + offset !== body.length) broken(`${body.length - at} bytes for ${offset}`);
  for (let i = 3; i < frames.length; i += 5) (frames[i] as number) += at;
  return { strings, frames };
}

function frameAt(body: Uint8Array, { strings, frames }: Heads, index: number): RawFrame {
  const [protocol, address, received, offset, length] = frames.subarray(index * 5, index * 5 + 5) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    protocol: strings[protocol] as string,
    address: strings[address] as string,
    received,
    bytes: body.subarray(offset, offset + length),
  };
}

/** The frames again; their bytes are views into `body`. @throws Problem malformed-frame */
export function decodeBatch(body: Uint8Array): RawFrame[] {
  const heads = readHeads(body);
  return Array.from({ length: heads.frames.length / 5 }, (_, index) => frameAt(body, heads, index));
}

/** One frame; null: the batch has no such index. @throws Problem malformed-frame */
export function decodeFrame(body: Uint8Array, index: number): RawFrame | null {
  const heads = readHeads(body);
  return index >= 0 && index < heads.frames.length / 5 ? frameAt(body, heads, index) : null;
}
