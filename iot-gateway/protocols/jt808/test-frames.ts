// What the tests of JT/T 808 share: hexadecimal text and bytes, bodies as terminals build them, one frame decoded, a stream cut, an answer read.
import type { Reading } from '../../../contracts/observation.ts';
import type { Decoded, RawFrame } from '../../../contracts/protocol.ts';
import { type Jt808Memory, jt808 } from '../jt808.ts';
import { cutJt808 } from './framing.ts';
import { readMessage } from './message.ts';

export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
export const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
export const received = Date.parse('2026-11-24T08:00:10+08:00');
export const raw = (bytes: Uint8Array | string, at = received): RawFrame => ({
  protocol: 'jt808',
  address: 'test:1',
  received: at,
  bytes: typeof bytes === 'string' ? bytesOf(bytes) : bytes,
});
export const decode = (frame: Uint8Array | string, memory: Jt808Memory = jt808.initial, at = received): Decoded<Jt808Memory> =>
  jt808.decode(memory, raw(frame, at));

export interface Place {
  readonly alarm?: number;
  readonly status?: number;
  readonly lng?: number;
  readonly lat?: number;
  readonly altitude?: number;
  /** 0.1 km/h. */
  readonly speed?: number;
  readonly direction?: number;
  /** YYMMDDhhmmss. */
  readonly time?: string;
  /** Additional items, hexadecimal. */
  readonly items?: string;
}
/** The body of 0x0200: Shenyang at 08:00:00 where nothing else is said. */
export function locationBody(place: Place = {}): Uint8Array {
  const { alarm = 0, status = 3, lng = 123.4315, lat = 41.8057, altitude = 52, speed = 605, direction = 270 } = place;
  const bytes = new Uint8Array(28);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of [alarm, status, Math.round(lat * 1e6), Math.round(lng * 1e6)].entries()) view.setUint32(4 * i, value);
  for (const [i, value] of [altitude, speed, direction].entries()) view.setUint16(16 + 2 * i, value);
  bytes.set(bytesOf(place.time ?? '261124080000'), 22);
  return concat([bytes, bytesOf(place.items ?? '')]);
}
export function batchBody(kind: number, bodies: readonly Uint8Array[], count = bodies.length): Uint8Array {
  const items = bodies.map((body) => concat([Uint8Array.of(body.length >> 8, body.length & 0xff), body]));
  return concat([Uint8Array.of(count >> 8, count & 0xff, kind), ...items]);
}
/** The body of 0x0801: head, location, data. */
export function mediaBody(id: number, data: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(id >>> 24, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff, 0, 0, 1, 2), locationBody(), data]);
}
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function cutAll(chunks: readonly Uint8Array[]): { frames: string[]; refused: string[]; kept: number } {
  let memory: Uint8Array = new Uint8Array(0);
  const frames: string[] = [];
  const refused: string[] = [];
  for (const chunk of chunks) {
    const cut = cutJt808(memory, chunk);
    memory = cut.memory;
    frames.push(...cut.frames.map(hexOf));
    refused.push(...cut.refused.map(({ bytes }) => hexOf(bytes)));
  }
  return { frames, refused, kept: memory.length };
}

/** The messages of an answer, as `id serial body`, hexadecimal but for the serial number. */
export function answersOf(answer: Uint8Array | null): string[] {
  if (answer === null) return [];
  return cutAll([answer]).frames.map((frame) => {
    const read = readMessage(bytesOf(frame));
    if ('problem' in read) return read.problem.code;
    const id = read.id.toString(16).toUpperCase().padStart(4, '0');
    return `${id} ${read.serial} ${hexOf(read.bytes.subarray(read.body, read.end))}`;
  });
}

/** A Reading in one line: property, result, flag, time, position, late. */
export function readingLine({ property, result, flag, phenomenonTime, position, late }: Reading): string {
  const value = result === null ? 'null' : Math.round(result * 1e6) / 1e6;
  const place = position ? ` @${position}` : '';
  return `${property}=${value}${flag === null ? '' : ` ${flag}`} ${new Date(phenomenonTime).toISOString()}${place}${late ? ' late' : ''}`;
}
