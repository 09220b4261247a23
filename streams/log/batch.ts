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

/** @param frames 1–65,535; `received` is in whole milliseconds (a fraction is dropped) */
export function encodeBatch(frames: readonly RawFrame[]): Uint8Array {
  if (frames.length > mostFrames) throw new Problem('too-large', { bytes: frames.length, limit: mostFrames });
  const numbers = new Map<string, number>();
  const strings: Uint8Array[] = [];
  const numberOf = (text: string): number => {
    let number = numbers.get(text);
    if (number === undefined) {
      number = strings.length;
      numbers.set(text, number);
      strings.push(encoder.encode(text));
    }
    return number;
  };
  // Heads as plain numbers first: their varint lengths give the size of the whole, and it is written once.
  const heads = new Array<number>(frames.length * 4);
  let size = magic.length + varintLength(frames.length);
  let before = 0;
  let at = 0;
  for (const frame of frames) {
    const received = Math.trunc(frame.received);
    heads[at] = numberOf(frame.protocol);
    heads[at + 1] = numberOf(frame.address);
    heads[at + 2] = zigzag(received - before);
    heads[at + 3] = frame.bytes.length;
    for (let i = 0; i < 4; i++) size += varintLength(heads[at + i] as number);
    size += frame.bytes.length;
    before = received;
    at += 4;
  }
  size += varintLength(strings.length);
  for (const text of strings) size += varintLength(text.length) + text.length;

  const out = new Uint8Array(size);
  out.set(magic);
  let end = writeVarint(out, magic.length, frames.length);
  end = writeVarint(out, end, strings.length);
  for (const text of strings) {
    end = writeVarint(out, end, text.length);
    out.set(text, end);
    end += text.length;
  }
  for (const head of heads) end = writeVarint(out, end, head);
  for (const frame of frames) {
    out.set(frame.bytes, end);
    end += frame.bytes.length;
  }
  return out;
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
