// The HJ 212 segment: checksum, header fields, CP region and their inverse, encodeHj212.
//
//   ## 0101 QN=…;ST=32;CN=1062;PW=…;MN=…;Flag=5;CP=&&RtdInterval=30&& 1C80 CR LF
//      |    segment: the length counts its bytes, the CRC runs over it    CRC, 4 hex digits, high byte first
//
// Source: HJ 212-2017 §6.3, Annex A (CRC); HJ 212-2025 keeps the form. Times of the protocol are Beijing time (UTC+8) without a zone.

const table = Uint16Array.from({ length: 256 }, (_, index) => {
  let register = index;
  for (let bit = 0; bit < 8; bit++) register = register & 1 ? (register >> 1) ^ 0xa001 : register >> 1;
  return register;
});
/** Of the register only the high byte meets the next one, so it alone is carried along. */
const highBytes = Uint8Array.from(table, (register) => register >> 8);

/** HJ 212-2017 Annex A. Not CRC-16/MODBUS: the shifted HIGH byte meets the data. "123456789" gives 0x2F80. */
export function crcHj212(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (end <= start) return 0xffff;
  let high = 0xff;
  for (let i = start; i < end - 1; i++) high = highBytes[high ^ bytes[i]!]!;
  return table[high ^ bytes[end - 1]!]!;
}

export function hex4(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0');
}

/** Four decimal digits at `at`, or −1. */
export function decimal4(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i++) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function nibble(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const upper = byte & ~0x20;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : -1;
}
/** Four hexadecimal digits of either case at `at`, or −1. */
export function hexAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i++) {
    const digit = i < bytes.length ? nibble(bytes[i]!) : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

export interface Segment {
  readonly qn: string | null;
  readonly st: string | null;
  readonly cn: string | null;
  readonly pw: string | null;
  readonly mn: string | null;
  /** As sent; see flagBits. */
  readonly flag: string | null;
  readonly pnum: number | null;
  readonly pno: number | null;
  /** Between `CP=&&` and the last `&&`; null when there is no such region. */
  readonly cp: string | null;
}

export const cpOpen = 'CP=&&';

/** Reads the fields of a segment's text. Never throws; what is not there is null. */
export function parseSegment(text: string): Segment {
  const open = text.indexOf(cpOpen);
  const close = open < 0 ? -1 : text.lastIndexOf('&&');
  const cp = open >= 0 && close >= open + cpOpen.length ? text.slice(open + cpOpen.length, close) : null;
  const segment: { -readonly [K in keyof Segment]: Segment[K] } = {
    qn: null,
    st: null,
    cn: null,
    pw: null,
    mn: null,
    flag: null,
    pnum: null,
    pno: null,
    cp,
  };
  const head = open < 0 ? text.length : open;
  for (let start = 0; start < head; ) {
    let equals = -1;
    let end = start;
    for (; end < head; end++) {
      const char = text.charCodeAt(end);
      if (char === 0x3b) break;
      if (char === 0x3d && equals < 0) equals = end;
    }
    if (equals >= 0) setField(segment, text, start, equals, end);
    start = end + 1;
  }
  return segment;
}

const pair = (name: string): number => (name.charCodeAt(0) << 8) | name.charCodeAt(1);
const [qnName, stName, cnName, pwName, mnName] = [pair('QN'), pair('ST'), pair('CN'), pair('PW'), pair('MN')];
const packetNumber = (value: string): number | null => (/^\d{1,4}$/.test(value) ? Number(value) : null);

/** Names of two letters are compared as one number: six strings per frame would have to be made to be compared. */
function setField(segment: { -readonly [K in keyof Segment]: Segment[K] }, text: string, start: number, equals: number, end: number): void {
  const value = text.slice(equals + 1, end);
  if (equals - start === 2) {
    const name = (text.charCodeAt(start) << 8) | text.charCodeAt(start + 1);
    if (name === qnName) segment.qn = value;
    else if (name === stName) segment.st = value;
    else if (name === cnName) segment.cn = value;
    else if (name === pwName) segment.pw = value;
    else if (name === mnName) segment.mn = value;
    return;
  }
  const name = text.slice(start, equals);
  if (name === 'Flag') segment.flag = value;
  else if (name === 'PNUM') segment.pnum = packetNumber(value);
  else if (name === 'PNO') segment.pno = packetNumber(value);
}

export interface Flag {
  readonly answer: boolean;
  readonly packets: boolean;
  readonly base: number;
}
/** HJ 212-2017 §6.3.3 Flag: V5…V0 D A. `base` is the edition's (0: 2005, 4: 2017, 8: 2025); null when it is no such number. */
export function flagBits(flag: string | null): Flag | null {
  if (flag === null || flag.length === 0 || flag.length > 3) return null;
  let value = 0;
  for (let i = 0; i < flag.length; i++) {
    const digit = flag.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value > 255 ? null : { answer: (value & 1) === 1, packets: (value & 2) === 2, base: value & ~3 };
}

/** Whether there is a piece at `from`, and it has no '='. */
function isNameless(text: string, from: number, to: number): boolean {
  let i = from;
  for (; i < to; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x3d) return false;
    if (char === 0x3b || char === 0x2c) break;
  }
  return i > from;
}

/**
 * Where the walk over a CP region stands: `name=value` or `code-name=value` in [start, end). The region is walked where it stands in its text: a
 * slice of it would have each character looked up through the slice.
 */
export interface AttributeWalk {
  next: number;
  readonly to: number;
  start: number;
  /** Of the dash behind the factor's code; −1: a plain item (DataTime=…). */
  dash: number;
  equals: number;
  end: number;
}
export const newWalk = (from: number, to: number): AttributeWalk => ({ next: from, to, start: 0, dash: -1, equals: 0, end: 0 });

/** Steps to the next attribute; false: there is none. `;` and `,` both separate (devices mix them up). */
export function nextAttribute(text: string, walk: AttributeWalk): boolean {
  const { to } = walk;
  let start = walk.next;
  while (start < to) {
    let equals = -1;
    let dash = -1;
    let i = start;
    // In the name, then in the value: most characters are looked at once.
    for (; i < to; i++) {
      const char = text.charCodeAt(i);
      if (char === 0x3d) {
        equals = i;
        break;
      }
      if (char === 0x2d && dash < 0) dash = i;
      else if (char === 0x3b || (char === 0x2c && !isNameless(text, i + 1, to))) break;
    }
    if (equals >= 0)
      for (i++; i < to; i++) {
        const char = text.charCodeAt(i);
        // A piece without a name belongs to the value before it: a decimal comma is no 12 with a 5 to throw away.
        if (char === 0x3b || (char === 0x2c && !isNameless(text, i + 1, to))) break;
      }
    if (equals > start) {
      walk.next = i + 1;
      walk.start = start;
      walk.dash = dash > start ? dash : -1;
      walk.equals = equals;
      walk.end = i;
      return true;
    }
    start = i + 1;
  }
  return false;
}

/** Visits the CP's attributes in order, for where speed does not matter. `start` is the index in `cp`. */
export function eachAttribute(
  cp: string,
  visit: (code: string | null, name: string, value: string, start: number, end: number) => void,
): void {
  const walk = newWalk(0, cp.length);
  while (nextAttribute(cp, walk)) {
    const { start, dash, equals, end } = walk;
    const name = cp.slice(dash < 0 ? start : dash + 1, equals);
    visit(dash < 0 ? null : cp.slice(start, dash), name, cp.slice(equals + 1, end), start, end);
  }
}

export interface Hj212Message {
  readonly qn?: string;
  readonly st?: string;
  readonly cn: string;
  readonly pw?: string;
  readonly mn?: string;
  readonly flag?: number;
  /** Packet numbers; set Flag's D bit with them. */
  readonly pnum?: number;
  readonly pno?: number;
  /** The CP region, as text or as items of attributes: [[['DataTime', '…']], [['a34004-Rtd', '46'], ['a34004-Flag', 'N']]]. */
  readonly cp: string | readonly (readonly (readonly [name: string, value: string])[])[];
}

const encoder = new TextEncoder();

/** A segment with its head, checksum and CR LF. @throws RangeError when the segment is longer than 9999 bytes */
export function encodeSegment(text: string): Uint8Array {
  let bytes = new Uint8Array(text.length + 12);
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char > 0x7f) {
      const encoded = encoder.encode(text);
      length = encoded.length;
      bytes = new Uint8Array(length + 12);
      bytes.set(encoded, 6);
      break;
    }
    bytes[i + 6] = char;
  }
  if (length > 9999) throw new RangeError(`HJ 212 segment of ${length} bytes`);
  bytes[0] = bytes[1] = 0x23;
  for (let i = 5, rest = length; i >= 2; i--, rest = Math.floor(rest / 10)) bytes[i] = 0x30 + (rest % 10);
  const crc = crcHj212(bytes, 6, length + 6);
  for (let i = 0; i < 4; i++) {
    const digit = (crc >> (12 - 4 * i)) & 0xf;
    bytes[length + 6 + i] = digit < 10 ? 0x30 + digit : 0x37 + digit;
  }
  bytes[length + 10] = 0x0d;
  bytes[length + 11] = 0x0a;
  return bytes;
}

const field = (name: string, value: string | number | undefined): string => (value === undefined ? '' : `${name}=${value};`);

/** A whole frame, CR LF included. Fields that are left out are not sent. @throws RangeError when the segment is longer than 9999 bytes */
export function encodeHj212(message: Hj212Message): Uint8Array {
  const cp =
    typeof message.cp === 'string'
      ? message.cp
      : message.cp.map((item) => item.map(([name, value]) => `${name}=${value}`).join(',')).join(';');
  return encodeSegment(
    `${field('QN', message.qn)}${field('ST', message.st)}CN=${message.cn};${field('PW', message.pw)}${field('MN', message.mn)}${field('Flag', message.flag)}${field('PNUM', message.pnum)}${field('PNO', message.pno)}CP=&&${cp}&&`,
  );
}

const beijingOffset = 8 * 3_600_000;

/** Instant → YYYYMMDDhhmmss in Beijing time. */
export function beijingTime(instant: number): string {
  return new Date(instant + beijingOffset).toISOString().replace(/\D/g, '').slice(0, 14);
}
/** QN: the same with milliseconds. */
export function qnOf(instant: number): string {
  return new Date(instant + beijingOffset).toISOString().replace(/\D/g, '').slice(0, 17);
}

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + text.charCodeAt(i) - 0x30;
  return value;
}

/** YYYYMMDDhhmmss (or with milliseconds) in Beijing time → Instant; null when it is no such moment (month 13, 31 April …). */
export function parseBeijingTime(text: string): number | null {
  if (text.length !== 14 && text.length !== 17) return null;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char < 0x30 || char > 0x39) return null;
  }
  const year = digits(text, 0, 4);
  const month = digits(text, 4, 6);
  const day = digits(text, 6, 8);
  const hour = digits(text, 8, 10);
  const minute = digits(text, 10, 12);
  const second = digits(text, 12, 14);
  if (year < 1000 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return null;
  if (day > 28 && new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second, text.length === 17 ? digits(text, 14, 17) : 0) - beijingOffset;
}
