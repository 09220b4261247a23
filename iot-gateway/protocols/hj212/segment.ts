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

/** HJ 212-2017 Annex A. Not CRC-16/MODBUS: the shifted HIGH byte meets the data. "123456789" gives 0x2F80. */
export function crcHj212(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let register = 0xffff;
  for (let i = start; i < end; i++) register = table[(register >> 8) ^ bytes[i]!]!;
  return register;
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

const cpOpen = 'CP=&&';

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
  for (const field of (open < 0 ? text : text.slice(0, open)).split(';')) {
    const equals = field.indexOf('=');
    if (equals < 0) continue;
    const value = field.slice(equals + 1);
    switch (field.slice(0, equals)) {
      case 'QN':
        segment.qn = value;
        break;
      case 'ST':
        segment.st = value;
        break;
      case 'CN':
        segment.cn = value;
        break;
      case 'PW':
        segment.pw = value;
        break;
      case 'MN':
        segment.mn = value;
        break;
      case 'Flag':
        segment.flag = value;
        break;
      case 'PNUM':
        segment.pnum = /^\d{1,4}$/.test(value) ? Number(value) : null;
        break;
      case 'PNO':
        segment.pno = /^\d{1,4}$/.test(value) ? Number(value) : null;
        break;
    }
  }
  return segment;
}

/** HJ 212-2017 §6.3.3 Flag: V5…V0 D A. `base` is the edition's (0: 2005, 4: 2017, 8: 2025); null when it is no such number. */
export function flagBits(flag: string | null): { answer: boolean; packets: boolean; base: number } | null {
  if (flag === null || !/^\d{1,3}$/.test(flag) || Number(flag) > 255) return null;
  const value = Number(flag);
  return { answer: (value & 1) === 1, packets: (value & 2) === 2, base: value & ~3 };
}

/** One `name=value`, or `code-attribute=value`, of the CP region. */
export interface CpAttribute {
  /** Factor code before the dash; null for plain items (DataTime=…). */
  readonly code: string | null;
  readonly name: string;
  readonly value: string;
}

/** Whether there is a piece at `from`, and it has no '='. */
function isNameless(cp: string, from: number): boolean {
  let i = from;
  for (; i < cp.length; i++) {
    const char = cp.charCodeAt(i);
    if (char === 0x3d) return false;
    if (char === 0x3b || char === 0x2c) break;
  }
  return i > from;
}

/** Visits the CP's attributes in order; `;` and `,` both separate (devices mix them up). `start` is the index in `cp`. */
export function eachAttribute(
  cp: string,
  visit: (code: string | null, name: string, value: string, start: number, end: number) => void,
): void {
  let start = 0;
  for (let i = 0; i <= cp.length; i++) {
    const char = i < cp.length ? cp.charCodeAt(i) : 0x3b;
    if (char !== 0x3b && char !== 0x2c) continue;
    // A piece without a name belongs to the value before it: a decimal comma is no 12 with a 5 to throw away.
    if (char === 0x2c && isNameless(cp, i + 1)) continue;
    const equals = cp.indexOf('=', start);
    if (equals > start && equals < i) {
      const dash = cp.indexOf('-', start);
      if (dash > start && dash < equals) visit(cp.slice(start, dash), cp.slice(dash + 1, equals), cp.slice(equals + 1, i), start, i);
      else visit(null, cp.slice(start, equals), cp.slice(equals + 1, i), start, i);
    }
    start = i + 1;
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

/** A whole frame, CR LF included. Fields that are left out are not sent. @throws RangeError when the segment is longer than 9999 bytes */
export function encodeHj212(message: Hj212Message): Uint8Array {
  const cp =
    typeof message.cp === 'string'
      ? message.cp
      : message.cp.map((item) => item.map(([name, value]) => `${name}=${value}`).join(',')).join(';');
  const field = (name: string, value: string | number | undefined): string => (value === undefined ? '' : `${name}=${value};`);
  const segment = encoder.encode(
    `${field('QN', message.qn)}${field('ST', message.st)}CN=${message.cn};${field('PW', message.pw)}${field('MN', message.mn)}${field('Flag', message.flag)}${field('PNUM', message.pnum)}${field('PNO', message.pno)}CP=&&${cp}&&`,
  );
  if (segment.length > 9999) throw new RangeError(`HJ 212 segment of ${segment.length} bytes`);
  const frame = new Uint8Array(segment.length + 12);
  frame.set(encoder.encode(`##${String(segment.length).padStart(4, '0')}`));
  frame.set(segment, 6);
  frame.set(encoder.encode(`${hex4(crcHj212(segment))}\r\n`), segment.length + 6);
  return frame;
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

/** YYYYMMDDhhmmss (or with milliseconds) in Beijing time → Instant; null when it is no such moment (month 13, 31 April …). */
export function parseBeijingTime(text: string): number | null {
  if (!/^\d{14}(\d{3})?$/.test(text)) return null;
  const part = (from: number, to: number): number => Number(text.slice(from, to));
  const [year, month, day, hour, minute, second] = [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12), part(12, 14)];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const utc = Date.UTC(year, month - 1, day, hour, minute, second, text.length === 17 ? part(14, 17) : 0);
  const back = new Date(utc);
  if (year < 1000 || back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day) return null;
  return utc - beijingOffset;
}
