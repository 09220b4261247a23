// One JT/T 808 message: marks and escapes off and on, check code, header of 2013 and of 2019, and the bytes of an answer.
//
//   7E | 0200 | 0028 | [01] | 013840000001 | 0001 | [total sequence] | body … | check | 7E
//        id     │      2019   phone, BCD[6]  serial   sub-packages             XOR of all before it
//               bits 0–9 length, 10–12 encryption, 13 sub-package, 14 the version byte and BCD[10] of 2019 follow
//
// Source: JT/T 808-2013 §4.4 (composition), JT/T 808-2019 for bit 14. Numbers are big-endian.
import { Problem } from '../../../contracts/problem.ts';

export const mark = 0x7e;
const escapeMark = 0x7d;
const [subBit, versionBit, encryptionBits, lengthBits] = [1 << 13, 1 << 14, 7 << 10, 0x3ff];
/** Header of 2013, no body, the check code. */
export const minPlainBytes = 13;
/** Header of 2019 with sub-packages, the longest body of ten bits, the check code. */
const maxPlainBytes = 21 + lengthBits + 1;
/** Every byte escaped, and the two marks. */
export const maxFrameBytes = 2 * maxPlainBytes + 2;

export interface Message {
  /** The unescaped bytes. Those of a frame with escapes are reused by the next call: copy what is kept. */
  readonly bytes: Uint8Array;
  readonly id: number;
  /** The phone number without the zeros it was filled up with: the same in the header of 2013 and of 2019. */
  readonly device: string;
  readonly version2019: boolean;
  /** Where the phone number stands. */
  readonly phone: number;
  readonly phoneBytes: 6 | 10;
  readonly serial: number;
  /** 0 and 0: not a sub-package. Sequence begins with 1. */
  readonly total: number;
  readonly sequence: number;
  readonly encrypted: boolean;
  readonly body: number;
  readonly end: number;
}

/** What could be read of a message that is wrong: enough to answer it, or nothing. */
export interface Wrong {
  readonly problem: Problem;
  readonly message: Message | null;
}

export const word = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
export const dword = (bytes: Uint8Array, at: number): number => word(bytes, at) * 0x10000 + word(bytes, at + 2);
export const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

const scratch = new Uint8Array(maxFrameBytes);

/** The bytes between the marks, unescaped into `into`; their number, or −1 where an escape is none (§4.4.2). */
export function unescapeInto(into: Uint8Array, frame: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    let byte = frame[at]!;
    if (byte === escapeMark) {
      const next = at + 1 < end ? frame[++at] : -1;
      if (next === 1) byte = escapeMark;
      else if (next === 2) byte = mark;
      else return -1;
    }
    into[length++] = byte;
  }
  return length;
}

/** Pairs of BCD digits as text; undefined where a nibble is no digit. */
const pairs: readonly (string | undefined)[] = Array.from({ length: 256 }, (_, byte) =>
  byte >> 4 < 10 && (byte & 15) < 10 ? `${byte >> 4}${byte & 15}` : undefined,
);
/** A BCD number without leading zeros; null when it is none. */
function phoneOf(bytes: Uint8Array, at: number, length: number): string | null {
  let text = '';
  for (let i = at; i < at + length; i++) {
    const pair = pairs[bytes[i]!];
    if (pair === undefined) return null;
    if (text !== '') text += pair;
    else if (bytes[i] !== 0) text = bytes[i]! < 16 ? pair[1]! : pair;
  }
  return text === '' ? '0' : text;
}

/**
 * Reads a frame, with or without its marks. Never throws: malformed-frame for lengths, escapes and digits that cannot be, bad-checksum.
 * A wrong check code says nothing about who sent it, and gets no answer (§6: the terminal sends again).
 */
export function readMessage(frame: Uint8Array): Message | Wrong {
  const malformed = (reason: string, message: Message | null = null): Wrong => ({
    problem: new Problem('malformed-frame', { reason }),
    message,
  });
  const start = frame[0] === mark ? 1 : 0;
  const end = frame.length > start && frame[frame.length - 1] === mark ? frame.length - 1 : frame.length;
  if (end - start > maxFrameBytes - 2) return malformed(`报文 ${end - start} 字节，上限 ${maxFrameBytes}`);
  let bytes = frame;
  let at = start;
  let length = end - start;
  const escaped = frame.indexOf(escapeMark, start);
  if (escaped >= 0 && escaped < end) {
    length = unescapeInto(scratch, frame, start, end);
    if (length < 0) return malformed('转义字符 7D 之后不是 01 或 02');
    bytes = scratch;
    at = 0;
  }
  if (length < minPlainBytes) return malformed(`报文只有 ${length} 字节，消息头和校验码至少 ${minPlainBytes} 字节`);
  const last = at + length - 1;
  let check = 0;
  for (let i = at; i < last; i++) check ^= bytes[i]!;
  if (check !== bytes[last])
    return { problem: new Problem('bad-checksum', { given: hex(bytes[last]!, 2), expected: hex(check, 2) }), message: null };
  const properties = word(bytes, at + 2);
  const version2019 = (properties & versionBit) !== 0;
  const phone = at + (version2019 ? 5 : 4);
  const phoneBytes = version2019 ? 10 : 6;
  const sub = (properties & subBit) !== 0;
  const body = phone + phoneBytes + (sub ? 6 : 2);
  if (body > last) return malformed(`报文只有 ${length} 字节，不够消息头`);
  const device = phoneOf(bytes, phone, phoneBytes);
  if (device === null) return malformed('终端手机号不是 BCD 数字');
  const message: Message = {
    bytes,
    id: word(bytes, at),
    device,
    version2019,
    phone,
    phoneBytes,
    serial: word(bytes, phone + phoneBytes),
    total: sub ? word(bytes, body - 4) : 0,
    sequence: sub ? word(bytes, body - 2) : 0,
    encrypted: (properties & encryptionBits) !== 0,
    body,
    end: last,
  };
  const declared = properties & lengthBits;
  if (declared !== last - body) return malformed(`消息体声明 ${declared} 字节，实有 ${last - body} 字节`, message);
  return message;
}

const plain = new Uint8Array(maxPlainBytes);
const wire = new Uint8Array(maxFrameBytes);

/** The first `length` bytes of `plain` with check code, escapes and marks: check first, then escape (§4.4.2). */
function seal(length: number): Uint8Array {
  let check = 0;
  for (let i = 0; i < length; i++) check ^= plain[i]!;
  plain[length] = check;
  let at = 0;
  wire[at++] = mark;
  for (let i = 0; i <= length; i++) {
    const byte = plain[i]!;
    if (byte === mark || byte === escapeMark) {
      wire[at++] = escapeMark;
      wire[at++] = byte === mark ? 2 : 1;
    } else wire[at++] = byte;
  }
  wire[at++] = mark;
  return wire.slice(0, at);
}

/** A message of the platform to the terminal that sent `to`, under the header of its own edition. */
export function answerTo(to: Message, id: number, serial: number, body: readonly number[]): Uint8Array {
  let at = 0;
  plain[at++] = id >> 8;
  plain[at++] = id & 0xff;
  plain[at++] = (to.version2019 ? versionBit >> 8 : 0) | (body.length >> 8);
  plain[at++] = body.length & 0xff;
  for (let i = to.phone - (to.version2019 ? 1 : 0); i < to.phone + to.phoneBytes; i++) plain[at++] = to.bytes[i]!;
  plain[at++] = (serial >> 8) & 0xff;
  plain[at++] = serial & 0xff;
  for (const byte of body) plain[at++] = byte;
  return seal(at);
}

export interface Jt808Message {
  readonly id: number;
  /** Up to 12 digits, up to 20 with a version. */
  readonly phone: string;
  readonly serial: number;
  readonly body?: Uint8Array;
  /** Byte 4 of the 2019 header; absent: the header of 2013. */
  readonly version?: number;
  /** Number of sub-packages, and which one this is. */
  readonly sub?: readonly [total: number, sequence: number];
  /** Bits 10–12. */
  readonly encryption?: number;
}

/** The frame of a message, for simulators, tests and commands. @throws Problem bad-parameter for what the header cannot say */
export function encodeJt808(message: Jt808Message): Uint8Array {
  const { id, phone, serial, version, sub, encryption = 0 } = message;
  const body = message.body ?? new Uint8Array(0);
  const digits = version === undefined ? 12 : 20;
  if (body.length > lengthBits)
    throw new Problem('bad-parameter', { name: 'body', given: `${body.length} bytes`, allowed: `0–${lengthBits} bytes` });
  if (!/^\d+$/.test(phone) || phone.length > digits)
    throw new Problem('bad-parameter', { name: 'phone', given: phone, allowed: `1–${digits} digits` });
  const properties = body.length | ((encryption & 7) << 10) | (sub ? subBit : 0) | (version === undefined ? 0 : versionBit);
  let at = 0;
  const put = (value: number): void => {
    plain[at++] = (value >> 8) & 0xff;
    plain[at++] = value & 0xff;
  };
  put(id);
  put(properties);
  if (version !== undefined) plain[at++] = version;
  const padded = phone.padStart(digits, '0');
  for (let i = 0; i < digits; i += 2) plain[at++] = (Number(padded[i]) << 4) | Number(padded[i + 1]);
  put(serial);
  if (sub) {
    put(sub[0]);
    put(sub[1]);
  }
  plain.set(body, at);
  return seal(at + body.length);
}
