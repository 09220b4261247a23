// The encrypted CP region of HJ 212-2025: where the ciphertext stands, in raw and in printed form, and the plain segment behind it.
//
//   CP=&& [16-byte blocks, SM4-ECB without padding] [rest of fewer than 16 bytes, plain] &&      length and CRC are those of the plain segment
//
// Source: HJ 212-2025 Annex A.2. The standard prints ciphertext as {0xE4,0x3E,…}; its length field says that the wire carries the bytes
// themselves. Both are read. The cipher itself is given (keys.file.ts): decoding stays a function of its arguments.
import { crcHj212 } from './segment.ts';

/** Deciphers whole blocks of 16 bytes with one key. Pure: the same blocks give the same text. */
export type Decipher = (blocks: Uint8Array) => Uint8Array;
/** The keys of a device, newest first: they change every 90 days, and a log is read again with the key of its time. */
export type Keyring = (mn: string) => readonly Decipher[];
export const noKeys: Keyring = () => [];
export const blockBytes = 16;

const open = [...'CP=&&'].map((char) => char.charCodeAt(0));
/** Index behind `CP=&&`, or −1. */
function regionStart(bytes: Uint8Array, from: number, to: number): number {
  for (let at = bytes.indexOf(open[0]!, from); at >= 0 && at + open.length <= to; at = bytes.indexOf(open[0]!, at + 1))
    if (open.every((byte, i) => bytes[at + i] === byte)) return at + open.length;
  return -1;
}

const printable = new TextDecoder();
/** `{0xE4,0x3E,…}` → bytes and the index behind the brace; null when it is none. */
function readPrinted(bytes: Uint8Array, from: number, to: number): { blocks: Uint8Array; end: number } | null {
  const close = bytes.indexOf(0x7d, from);
  if (close < 0 || close >= to) return null;
  const parts = printable.decode(bytes.subarray(from + 1, close)).split(',');
  if (!parts.every((part) => /^0x[0-9A-Fa-f]{1,2}$/.test(part))) return null;
  return { blocks: Uint8Array.from(parts, (part) => Number.parseInt(part.slice(2), 16)), end: close + 1 };
}

export interface CipherRegion {
  /** Index of the first byte between `CP=&&` and `&&`. */
  readonly start: number;
  /** Index of the first byte behind the ciphertext: the plain rest. */
  readonly rest: number;
  /** Index of the closing `&&`. */
  readonly close: number;
  readonly blocks: Uint8Array;
}

/** Where the ciphertext of a segment in [6, end) would stand; null when there is no whole block or no region. */
export function findCipher(bytes: Uint8Array, end: number): CipherRegion | null {
  const start = regionStart(bytes, 6, end);
  const close = end - 2;
  if (start < 0 || close < start || bytes[close] !== 0x26 || bytes[close + 1] !== 0x26) return null;
  if (bytes[start] === 0x7b && bytes[start + 1] === 0x30 && bytes[start + 2] === 0x78) {
    const printed = readPrinted(bytes, start, close);
    if (!printed || printed.blocks.length === 0 || printed.blocks.length % blockBytes !== 0) return null;
    return { start, rest: printed.end, close, blocks: printed.blocks };
  }
  const whole = close - start - ((close - start) % blockBytes);
  return whole === 0 ? null : { start, rest: start + whole, close, blocks: bytes.subarray(start, start + whole) };
}

export interface Deciphered {
  /** The plain segment, as the sender wrote it before encryption. */
  readonly segment: Uint8Array;
  readonly checksum: number;
}

function hasControl(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte < 0x20) return true;
  return false;
}
/**
 * Annex A.2: the plain segment under the first key that fits, or null. Only the high byte of the CRC's register is carried from byte to byte, so
 * it tells 256 values apart and no more: a key fits when the checksum is right and the text has no control characters.
 */
export function decipherSegment(bytes: Uint8Array, region: CipherRegion, given: number, ciphers: readonly Decipher[]): Deciphered | null {
  for (const cipher of ciphers) {
    const plain = cipher(region.blocks);
    if (hasControl(plain)) continue;
    const segment = new Uint8Array(region.start - 6 + plain.length + region.close - region.rest + 2);
    segment.set(bytes.subarray(6, region.start));
    segment.set(plain, region.start - 6);
    segment.set(bytes.subarray(region.rest, region.close + 2), region.start - 6 + plain.length);
    const checksum = crcHj212(segment);
    if (checksum === given) return { segment, checksum };
  }
  return null;
}

/** Whether the CP text could be ciphertext at all: printed, or with bytes that are no UTF-8, or control characters. */
export function maybeCipher(cp: string): boolean {
  if (cp.startsWith('{0x') || cp.includes('\uFFFD')) return true;
  for (let i = 0; i < cp.length; i++) if (cp.charCodeAt(i) < 0x20) return true;
  return false;
}
/**
 * Whether it must be: more than a quarter is no text (of ciphertext, more than half is). Where the checksum is right all the same, Chinese in
 * another encoding than UTF-8 would be taken for it, so control characters are asked for, too.
 */
export function isCipher(cp: string, checksumRight: boolean): boolean {
  if (cp.startsWith('{0x')) return true;
  let [controls, strange] = [0, 0];
  for (let i = 0; i < cp.length; i++) {
    const char = cp.charCodeAt(i);
    if (char < 0x20) controls++;
    else if (char === 0xfffd) strange++;
  }
  return controls + strange > cp.length / 4 && (!checksumRight || controls > 0);
}
