// AIS payloads: six-bit armour and the fields of a message in it, read and written by the layouts of ais.codes.ts.
//
// Source: ITU-R M.1371-5 Annex 8 §3 and table 47 (six-bit ASCII); IEC 61162-1 encapsulation for the armour of VDM and VDO.
import type { Field, Layout } from '../ais.codes.ts';

export type Values = Readonly<Record<string, number | string>>;

/** The six bits of each character, or null where one is none of the 64. */
export function unarmour(payload: string): Uint8Array | null {
  const sixes = new Uint8Array(payload.length);
  for (let i = 0; i < payload.length; i++) {
    const code = payload.charCodeAt(i);
    if (code < 48 || code > 119 || (code > 87 && code < 96)) return null;
    sixes[i] = code < 88 ? code - 48 : code - 56;
  }
  return sixes;
}
const armourOf = (six: number): string => String.fromCharCode(six < 40 ? six + 48 : six + 56);

/** `count` bits from `start`, most significant first; up to 30. */
export function readBits(sixes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let bit = start; bit < start + count; ) {
    const offset = bit % 6;
    const take = Math.min(6 - offset, start + count - bit);
    const six = sixes[Math.floor(bit / 6)]!;
    value = value * 2 ** take + ((six >> (6 - offset - take)) & ((1 << take) - 1));
    bit += take;
  }
  return value;
}

/** Table 47: '@' ends the text, spaces behind it are filling. */
function readText(sixes: Uint8Array, start: number, bits: number): string {
  let text = '';
  for (let bit = start; bit + 6 <= start + bits; bit += 6) {
    const six = readBits(sixes, bit, 6);
    if (six === 0) break;
    text += String.fromCharCode(six < 32 ? six + 64 : six);
  }
  return text.trimEnd();
}

function readField(sixes: Uint8Array, start: number, [, bits, kind]: Field): number | string {
  if (kind === 't') return readText(sixes, start, bits);
  const value = readBits(sixes, start, bits);
  return kind === 'i' && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
}

/** Every field of which all bits are there; a text behind the needed bits may be shorter. */
export function readLayout(sixes: Uint8Array, bits: number, { fields }: Layout): Values {
  const values: Record<string, number | string> = {};
  let at = 0;
  for (const field of fields) {
    const [name, length, kind] = field;
    const there = Math.min(length, bits - at);
    if (there === length) values[name] = readField(sixes, at, field);
    else if (kind === 't' && there >= 6) values[name] = readText(sixes, at, there - (there % 6));
    else break;
    at += length;
  }
  return values;
}

/** The armoured payload of a message, and the bits that fill up its last character. Texts are cut, numbers rounded and wrapped to their fields. */
export function writeLayout({ fields }: Layout, values: Values): { payload: string; fill: number } {
  const bits: number[] = [];
  for (const [name, length, kind] of fields) {
    const value = values[name];
    // Only what stands last may be left out.
    if (value === undefined && kind === 't' && name === 'nameExtension') continue;
    if (kind === 't') {
      const text = String(value ?? '').padEnd(length / 6, '@');
      for (let i = 0; i < length / 6; i++) {
        const six = text.charCodeAt(i) & 63;
        for (let bit = 5; bit >= 0; bit--) bits.push((six >> bit) & 1);
      }
    } else {
      const number = Math.round(Number(value ?? 0));
      const raw = number < 0 ? number + 2 ** length : number;
      for (let bit = length - 1; bit >= 0; bit--) bits.push(Math.floor(raw / 2 ** bit) % 2);
    }
  }
  const fill = (6 - (bits.length % 6)) % 6;
  let payload = '';
  for (let at = 0; at < bits.length; at += 6) {
    let six = 0;
    for (let i = 0; i < 6; i++) six = six * 2 + (bits[at + i] ?? 0);
    payload += armourOf(six);
  }
  return { payload, fill };
}
