// What the tests of SL 651 share: frames as a station sends them, one frame decoded, a stream cut into frames.
import type { Decoded, RawFrame } from '../../../contracts/protocol.ts';
import { type Sl651Memory, sl651 } from '../sl651.ts';
import { bytesOfHex, type Encoding, encodeSl651, hexOf, type Sl651Message } from './frame.ts';
import { cutSl651 } from './framing.ts';

const encoder = new TextEncoder();
export const received = Date.parse('2026-11-24T08:00:10+08:00');
/** The body of a report sent at 8:00:00: `groups` are hexadecimal text, or in ASCII the tokens behind the time. */
export function bodyOf(groups: string, { serial = 1, sent = '261124080000', encoding = 'hex' as Encoding } = {}): Uint8Array {
  const opening = serial.toString(16).toUpperCase().padStart(4, '0') + sent;
  return encoding === 'ascii' ? encoder.encode(opening + groups) : bytesOfHex(opening + groups);
}
/** A frame of station 00 12345678, centre 1. */
export function up(fn: number, body: Uint8Array, more: Partial<Sl651Message> = {}): Uint8Array {
  return encodeSl651({ down: false, centre: 1, station: '0012345678', password: 0x1234, fn, body, end: 0x03, ...more });
}
export const river = 'F1F1001234567848F0F02611240800';
/** The packets of a split message. */
export function split(fn: number, body: Uint8Array, size: number, more: Partial<Sl651Message> = {}): Uint8Array[] {
  const total = Math.ceil(body.length / size);
  return Array.from({ length: total }, (_, index) =>
    up(fn, body.subarray(index * size, (index + 1) * size), {
      packet: { total, sequence: index + 1 },
      end: index + 1 === total ? 0x03 : 0x17,
      ...more,
    }),
  );
}
export const raw = (bytes: Uint8Array, at = received): RawFrame => ({ protocol: 'sl651', address: 'test:1', received: at, bytes });
export function decode(frame: Uint8Array, memory: Sl651Memory = sl651.initial): Decoded<Sl651Memory> {
  return sl651.decode(memory, raw(frame));
}
/** Frames of one connection, one after the other. */
export function decodeAll(frames: readonly Uint8Array[]): Decoded<Sl651Memory>[] {
  let memory = sl651.initial;
  return frames.map((frame) => {
    const decoded = decode(frame, memory);
    memory = decoded.memory;
    return decoded;
  });
}
export const answerHex = (decoded: Decoded<unknown>): string | null => decoded.answer && hexOf(decoded.answer);
export function cutAll(chunks: readonly Uint8Array[]): { frames: string[]; refused: number; kept: number } {
  let memory: Uint8Array = new Uint8Array(0);
  const frames: string[] = [];
  let refused = 0;
  for (const chunk of chunks) {
    const cut = cutSl651(memory, chunk);
    memory = cut.memory;
    frames.push(...cut.frames.map((frame) => hexOf(frame)));
    refused += cut.refused.length;
  }
  return { frames, refused, kept: memory.length };
}
