// The SL 651 frame in both encodings: header, CRC, station address, BCD times, and the inverse, encodeSl651.
//
//   HEX    7E7E | centre 1 | station 5 | password 2 | function 1 | 0 or 8 + length, 12 bits | 02 | body | 03 | CRC 2
//   ASCII  01   | centre 2 | station 10| password 4 | function 2 | the same, 4 characters   | 02 | body | 03 | CRC 4
//   down, the station stands before the centre; packets of a split message begin with 16 (SYN), 12 bits of total and 12 of sequence
//
// Source: SL 651-2014 §6.2 (framework, control characters), §6.4 (ASCII, tables 16–19), §6.5 (HEX/BCD, tables 20–23), §5.2.1.2.4 with H.3.2
// (CRC). Length counts the bytes between the start character and the end character. Times are Beijing time (UTC+8).
import type { Instant } from '../../../contracts/observation.ts';
import { Problem } from '../../../contracts/problem.ts';
import { control } from '../sl651.codes.ts';

const crcTable = Uint16Array.from({ length: 256 }, (_, index) => {
  let register = index;
  for (let bit = 0; bit < 8; bit++) register = register & 1 ? (register >> 1) ^ 0xa001 : register >> 1;
  return register;
});
/** §5.2.1.2.4, H.3.2: CRC-16/MODBUS, sent high byte first. "123456789" gives 0x4B37. */
export function crcSl651(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let register = 0xffff;
  for (let i = start; i < end; i++) register = (register >> 8) ^ crcTable[(register ^ bytes[i]!) & 0xff]!;
  return register;
}

const digits = '0123456789ABCDEF';
const pairs = Array.from({ length: 256 }, (_, byte) => digits[byte >> 4]! + digits[byte & 15]!);
/** Capitals, two for each byte. */
export function hexOf(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  for (let i = start; i < end; i++) text += pairs[bytes[i]!]!;
  return text;
}
/** A digit of either case, or −1. */
export function nibbleOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const upper = byte & ~0x20;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : -1;
}
/** `count` hexadecimal characters at `at` as a number, or −1. */
export function hexNumber(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = i < bytes.length ? nibbleOf(bytes[i]!) : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

export type Encoding = 'hex' | 'ascii';
export interface Header {
  readonly encoding: Encoding;
  /** Table 20: 0 up (station to centre), 8 down. */
  readonly down: boolean;
  readonly centre: number;
  /** Ten hexadecimal digits, as sent (§6.2.3.2). */
  readonly station: string;
  readonly password: number;
  readonly fn: number;
  /** Bytes between the start and the end character. */
  readonly length: number;
  /** SYN: one packet of a split message, §6.4.3, §6.5.3. */
  readonly packet: boolean;
}

/** Bytes up to and with STX or SYN; of CRC; of total and sequence. */
export const headBytes = { hex: 14, ascii: 24 } as const;
export const crcBytes = { hex: 2, ascii: 4 } as const;
export const packetBytes = { hex: 3, ascii: 6 } as const;
/** Tables 16 and 20: 1 to 4095. Table 22 allows up-going packets more, but the bit of the direction stands in the same two bytes. */
export const maxBodyBytes = 4095;
export const maxFrameBytes = headBytes.ascii + maxBodyBytes + 1 + crcBytes.ascii;

/** Of the direction nibble and the length: −1 when it is none. */
const directed = (value: number): number => ((value >> 12 === 0 || value >> 12 === 8) && (value & 0xfff) > 0 ? value : -1);

/** Whether a head begins at `at`, as far as its bytes are there: 0 no, 1 so far, 2 all of it. */
export function headAt(bytes: Uint8Array, at: number, limit = bytes.length): 0 | 1 | 2 {
  const first = bytes[at];
  if (first === 0x7e) {
    if (at + 1 < limit && bytes[at + 1] !== 0x7e) return 0;
    if (at + 11 < limit && bytes[at + 11]! >> 4 !== 0 && bytes[at + 11]! >> 4 !== 8) return 0;
    if (at + 13 >= limit) return 1;
    const start = bytes[at + 13];
    return (start === control.STX || start === control.SYN) && directed((bytes[at + 11]! << 8) | bytes[at + 12]!) >= 0 ? 2 : 0;
  }
  if (first !== control.SOH) return 0;
  for (let i = 1; i < 23; i++) {
    if (at + i >= limit) return 1;
    if (nibbleOf(bytes[at + i]!) < 0) return 0;
  }
  if (directed(hexNumber(bytes, at + 19, 4)) < 0) return 0;
  if (at + 23 >= limit) return 1;
  return bytes[at + 23] === control.STX || bytes[at + 23] === control.SYN ? 2 : 0;
}

/** Where the frame whose whole head stands at `at` ends, its CRC with it. */
export function frameEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] === 0x7e) return at + 14 + (((bytes[at + 11]! & 0xf) << 8) | bytes[at + 12]!) + 3;
  return at + 24 + (hexNumber(bytes, at + 19, 4) & 0xfff) + 5;
}

/** The CRC as sent, or −1 for one that is no number. */
export function givenCrc(bytes: Uint8Array, end: number): number {
  return bytes[0] === 0x7e ? (bytes[end - 2]! << 8) | bytes[end - 1]! : hexNumber(bytes, end - 4, 4);
}

/** One string for each address: a new one for every frame would have to be hashed each time it is looked up. */
const stations = new Map<number, string>();
/** Five bytes at `at` as ten digits. */
export function stationAt(bytes: Uint8Array, at: number): string {
  const key = bytes[at]! * 0x1_0000_0000 + ((bytes[at + 1]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!);
  let text = stations.get(key);
  if (text === undefined) {
    text = hexOf(bytes, at, at + 5);
    // Devices name themselves: what they can fill is bounded.
    if (stations.size < 16_384) stations.set(key, text);
  }
  return text;
}

const decoder = new TextDecoder('latin1');
export const latin = (bytes: Uint8Array, start: number, end: number): string => decoder.decode(bytes.subarray(start, end));

/** The header of a frame that begins with a whole head (headAt 2). */
export function readHeader(bytes: Uint8Array): Header {
  if (bytes[0] === 0x7e) {
    const down = bytes[11]! >> 4 === 8;
    return {
      encoding: 'hex',
      down,
      centre: bytes[down ? 7 : 2]!,
      station: stationAt(bytes, down ? 2 : 3),
      password: (bytes[8]! << 8) | bytes[9]!,
      fn: bytes[10]!,
      length: ((bytes[11]! & 0xf) << 8) | bytes[12]!,
      packet: bytes[13] === control.SYN,
    };
  }
  const directionAndLength = hexNumber(bytes, 19, 4);
  const down = directionAndLength >> 12 === 8;
  return {
    encoding: 'ascii',
    down,
    centre: hexNumber(bytes, down ? 11 : 1, 2),
    station: latin(bytes, down ? 1 : 3, down ? 11 : 13).toUpperCase(),
    password: hexNumber(bytes, 13, 4),
    fn: hexNumber(bytes, 17, 2),
    length: directionAndLength & 0xfff,
    packet: bytes[23] === control.SYN,
  };
}

/** Table 18, 22: total and sequence of a packet, at the byte behind SYN; null when they are no such numbers. */
export function packetOf(bytes: Uint8Array, header: Header): { total: number; sequence: number } | null {
  const at = headBytes[header.encoding];
  if (header.length < packetBytes[header.encoding]) return null;
  const both = header.encoding === 'hex' ? (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]! : hexNumber(bytes, at, 6);
  const total = both >> 12;
  const sequence = both & 0xfff;
  return both > 0 && total >= 1 && sequence >= 1 && sequence <= total ? { total, sequence } : null;
}

/**
 * §6.2.3.2: the three kinds of address. With A5 = 00 a hydrological station of SL 502; else the adcode and a number of the owner's, which the
 * standard restores to six bytes of BCD (`restored`). 0 is no address and 65535 speaks to all.
 */
export function readStation(station: string): { kind: 'hydrological' | 'station' | 'relay' | 'broadcast' | 'none'; restored: string } {
  if (station.startsWith('00')) return { kind: 'hydrological', restored: station };
  const number = Number.parseInt(station.slice(6), 16);
  const restored = `${station.slice(0, 6)}${String(number).padStart(6, '0')}`;
  if (number === 0) return { kind: 'none', restored };
  return { kind: number === 0xffff ? 'broadcast' : number > 60_000 ? 'relay' : 'station', restored };
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const zone = 8 * 3_600_000;
/** §6.6.2.5: YY MM DD HH mm [SS] → Instant; NaN for a time that does not exist. Years are 2000 to 2099. */
export function instantOf(year: number, month: number, day: number, hour: number, minute: number, second: number): Instant {
  if (!(month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60 && day >= 1)) return Number.NaN;
  if (day > (month === 2 && year % 4 === 0 ? 29 : monthDays[month - 1]!)) return Number.NaN;
  return Date.UTC(2000 + year, month - 1, day, hour, minute, second) - zone;
}
const bcd = (byte: number): number => (byte >> 4 > 9 || (byte & 15) > 9 ? Number.NaN : (byte >> 4) * 10 + (byte & 15));
/** Five or six bytes of BCD at `at`; NaN for a time that does not exist. */
export function bcdTime(bytes: Uint8Array, at: number, seconds: boolean): Instant {
  const second = seconds ? bcd(bytes[at + 5]!) : 0;
  return instantOf(bcd(bytes[at]!), bcd(bytes[at + 1]!), bcd(bytes[at + 2]!), bcd(bytes[at + 3]!), bcd(bytes[at + 4]!), second);
}
/** The same from ten or twelve digits. */
export function digitTime(text: string): Instant {
  if (!/^(\d{10}|\d{12})$/.test(text)) return Number.NaN;
  const part = (index: number): number => Number(text.slice(index * 2, index * 2 + 2));
  return instantOf(part(0), part(1), part(2), part(3), part(4), text.length === 12 ? part(5) : 0);
}
/** YYMMDDHHmmSS of an instant; cut it for the shorter forms. */
export function beijingDigits(instant: Instant): string {
  return new Date(instant + zone).toISOString().slice(2, 19).replace(/\D/g, '');
}

export interface Sl651Message {
  readonly encoding?: Encoding;
  readonly down: boolean;
  readonly centre: number;
  /** Ten hexadecimal digits. */
  readonly station: string;
  readonly password: number;
  readonly fn: number;
  /** Present: a packet of a split message (SYN). */
  readonly packet?: { readonly total: number; readonly sequence: number };
  /** Between the start character (or total and sequence) and the end character, in the bytes of its encoding. */
  readonly body: Uint8Array;
  /** One of `control`. */
  readonly end: number;
}

const encoder = new TextEncoder();
/** Bytes of hexadecimal text. */
export function bytesOfHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (nibbleOf(text.charCodeAt(i * 2)) << 4) | nibbleOf(text.charCodeAt(i * 2 + 1));
  return bytes;
}

/** A whole frame with its CRC. @throws Problem malformed-frame for a header that does not fit its fields or a body over 4095 bytes */
export function encodeSl651(message: Sl651Message): Uint8Array {
  const { encoding = 'hex', down, centre, station, password, fn, packet, body, end } = message;
  const length = body.length + (packet ? packetBytes[encoding] : 0);
  const fits = (value: number, most: number): boolean => Number.isInteger(value) && value >= 0 && value <= most;
  const counted = !packet || (fits(packet.total, 4095) && packet.sequence >= 1 && fits(packet.sequence, packet.total));
  if (!/^[0-9A-F]{10}$/.test(station) || !fits(centre, 255) || !fits(password, 0xffff) || !fits(fn, 255) || !fits(end, 255) || !counted)
    throw new Problem('malformed-frame', { reason: 'SL 651 报头字段超出范围' });
  if (length < 1 || length > maxBodyBytes)
    throw new Problem('malformed-frame', { reason: `SL 651 正文 ${length} 字节，允许 1–${maxBodyBytes}` });
  const word = (value: number, characters: number): string => value.toString(16).toUpperCase().padStart(characters, '0');
  const addresses = down ? station + word(centre, 2) : word(centre, 2) + station;
  const head = `${addresses}${word(password, 4)}${word(fn, 2)}${down ? '8' : '0'}${word(length, 3)}`;
  const numbers = packet ? word(packet.total, 3) + word(packet.sequence, 3) : '';
  const text = encoding === 'ascii';
  const whole = new Uint8Array(headBytes[encoding] + length + 1 + crcBytes[encoding]);
  whole.set(text ? encoder.encode(`\u0001${head}`) : bytesOfHex(`7E7E${head}`));
  let at: number = headBytes[encoding];
  whole[at - 1] = packet ? control.SYN : control.STX;
  whole.set(text ? encoder.encode(numbers) : bytesOfHex(numbers), at);
  at += packet ? packetBytes[encoding] : 0;
  whole.set(body, at);
  at += body.length;
  whole[at++] = end;
  const crc = word(crcSl651(whole, 0, at), 4);
  whole.set(text ? encoder.encode(crc) : bytesOfHex(crc), at);
  return whole;
}
