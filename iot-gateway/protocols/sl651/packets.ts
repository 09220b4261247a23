// Split messages (mode M3): packets gathered until all are there, what is missing asked for again, one answer for the whole.
//
//   station   SYN 3/1 … ETB,  SYN 3/2 … ETB (lost),  SYN 3/3 … ETX                    SYN 3/2 … ETX
//   centre                                                          NAK 3/2                              EOT 3/3
//
// Source: SL 651-2014 §6.3.1.2 c, 6.3.2.3, tables 18, 19, 22, 23 with their notes: total from the up-going frame; NAK names one missing packet,
// asked for twice at most; EOT and ESC carry the last number. §6.6.2.4: only the first packet has a serial number.

import type { Problem } from '../../../contracts/problem.ts';
import { control } from '../sl651.codes.ts';
import { functions } from './elements.ts';
import { crcBytes, crcSl651, type Header, headBytes, hexNumber, packetBytes, packetOf, readHeader } from './frame.ts';
import { malformed } from './readings.ts';

interface Message {
  readonly station: string;
  readonly fn: number;
  readonly total: number;
  /** 0 until the first packet is there. */
  readonly serial: number;
  readonly count: number;
  /** One bit for each packet. */
  readonly have: Uint8Array;
  /** Contents by sequence; null for a picture, which is no readings: its bytes stay in the frames that the log keeps. */
  readonly parts: readonly (Uint8Array | undefined)[] | null;
  readonly bytes: number;
  /** The packet asked for last, and how often. */
  readonly asked: number;
  readonly times: number;
}
/** A message that is complete: its last packet sent again (our answer was lost) is answered again. */
interface Done {
  readonly station: string;
  readonly fn: number;
  readonly total: number;
  readonly serial: number;
  readonly crc: number;
}
export interface Packets {
  readonly open: readonly Message[];
  readonly done: readonly Done[];
}
export const noPackets: Packets = { open: [], done: [] };

/** Of one connection: messages at once (a relay speaks for several stations), and bytes of their contents. */
const mostOpen = 4;
const mostBytes = 65_536;
/** §6.3.1.2 c, 6.3.2.3. */
const mostAsked = 2;

export interface Gathered {
  readonly packets: Packets;
  /** What to answer: end character, and the number that stands beside the total; null: nothing yet. */
  readonly answer: { readonly end: number; readonly total: number; readonly sequence: number; readonly serial: number } | null;
  /** The body of the whole message, once, when the last missing packet is there. */
  readonly body: Uint8Array | null;
  /** Messages given up, with the reason. */
  readonly lost: readonly Problem[];
}

const has = (bits: Uint8Array, sequence: number): boolean => (bits[sequence >> 3]! & (1 << (sequence & 7))) !== 0;
function firstMissing({ have, total }: Message): number {
  let sequence = 1;
  while (sequence <= total && has(have, sequence)) sequence++;
  return sequence;
}
const lostMessage = (message: Message, why: string): Problem =>
  malformed(
    `多包报文（${message.station}，功能码 ${message.fn.toString(16).toUpperCase()}H，共 ${message.total} 包）缺第 ${firstMissing(message)} 包：${why}`,
  );

/** Contents of a packet, without total and sequence. */
function contentOf(bytes: Uint8Array, header: Header): Uint8Array {
  const start = headBytes[header.encoding];
  return bytes.subarray(start + packetBytes[header.encoding], start + header.length);
}
/** §6.6.2.4. */
function serialOf(content: Uint8Array, header: Header): number {
  if (header.encoding === 'ascii') return Math.max(0, hexNumber(content, 0, 4));
  return content.length < 2 ? 0 : (content[0]! << 8) | content[1]!;
}

function withPacket(message: Message, sequence: number, content: Uint8Array, serial: number): Message {
  if (has(message.have, sequence)) return message;
  const have = message.have.slice();
  have[sequence >> 3]! |= 1 << (sequence & 7);
  const parts = message.parts?.slice() ?? null;
  // A real copy: what is kept must not keep a whole chunk of the stream alive.
  if (parts) parts[sequence] = new Uint8Array(content);
  const bytes = message.bytes + (parts ? content.length : 0);
  return { ...message, serial: sequence === 1 ? serial : message.serial, count: message.count + 1, have, parts, bytes };
}

function joined(message: Message): Uint8Array {
  const whole = new Uint8Array(message.bytes);
  let at = 0;
  for (const part of message.parts ?? []) {
    if (!part) continue;
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Takes one packet with a right CRC. @param online the answer keeps the station on the line (ESC) or lets it go (EOT) */
export function gatherPacket(packets: Packets, bytes: Uint8Array, header: Header, online: boolean): Gathered | Problem {
  const number = packetOf(bytes, header);
  if (number === null) return malformed('SYN 之后的包总数及序列号不合规');
  const { total, sequence } = number;
  const { station, fn } = header;
  const content = contentOf(bytes, header);
  const serial = sequence === 1 ? serialOf(content, header) : 0;
  const ended = bytes[headBytes[header.encoding] + header.length] === control.ETX;
  const end = online ? control.ESC : control.EOT;
  const lost: Problem[] = [];
  let open = packets.open;
  let message = open.find((one) => one.station === station && one.fn === fn);
  if (message && (message.total !== total || (serial !== 0 && message.serial !== 0 && message.serial !== serial))) {
    lost.push(lostMessage(message, '下一条报文已开始'));
    open = open.filter((one) => one !== message);
    message = undefined;
  }
  if (!message) {
    const crc = crcSl651(bytes, 0, bytes.length - crcBytes[header.encoding]);
    const before = ended && packets.done.find((one) => one.station === station && one.fn === fn && one.total === total && one.crc === crc);
    if (before && total > 1)
      return { packets: { ...packets, open }, answer: { end, total, sequence: total, serial: before.serial }, body: null, lost };
    const parts = functions[fn]?.content === 'picture' ? null : [];
    message = { station, fn, total, serial: 0, count: 0, have: new Uint8Array((total >> 3) + 1), parts, bytes: 0, asked: 0, times: 0 };
  }
  const others = open.filter((one) => one !== message);
  message = withPacket(message, sequence, content, serial);
  const at = { station, fn, total, serial: message.serial };
  if (message.count === total) {
    const crc = crcSl651(bytes, 0, bytes.length - crcBytes[header.encoding]);
    const done = [...packets.done.filter((one) => one.station !== station || one.fn !== fn), { ...at, crc }].slice(-mostOpen);
    return {
      packets: { open: others, done },
      answer: { end, total, sequence: total, serial: message.serial },
      body: joined(message),
      lost,
    };
  }
  const held = others.reduce((sum, one) => sum + one.bytes, message.bytes);
  if (held > mostBytes) {
    lost.push(lostMessage(message, `正文超过 ${mostBytes} 字节，不再拼接，各包原始报文已留存`));
    return { packets: { ...packets, open: others }, answer: null, body: null, lost };
  }
  let answer: Gathered['answer'] = null;
  if (ended) {
    const missing = firstMissing(message);
    message = { ...message, asked: missing, times: message.asked === missing ? message.times + 1 : 1 };
    if (message.times > mostAsked) {
      lost.push(lostMessage(message, '要求重发两次后仍未收到'));
      return { packets: { ...packets, open: others }, answer: null, body: null, lost };
    }
    answer = { end: control.NAK, total, sequence: missing, serial: message.serial };
  }
  const kept = [...others, message];
  for (const dropped of kept.slice(0, -mostOpen)) lost.push(lostMessage(dropped, '本连接同时拼接的报文过多'));
  return { packets: { ...packets, open: kept.slice(-mostOpen) }, answer, body: null, lost };
}

/**
 * The body of a split message from its frames as the log keeps them, in any order, repeated ones once; null while one is missing.
 * This is how a picture (36H) becomes bytes again: pictureOf(assembleSl651(frames)).
 */
export function assembleSl651(frames: readonly Uint8Array[]): { fn: number; station: string; body: Uint8Array } | null {
  const parts: Uint8Array[] = [];
  let total = 0;
  let first: Header | undefined;
  for (const bytes of frames) {
    const header = readHeader(bytes);
    const number = packetOf(bytes, header);
    if (!header.packet || !number || (first && (first.station !== header.station || first.fn !== header.fn || number.total !== total)))
      return null;
    first ??= header;
    total = number.total;
    parts[number.sequence] ??= contentOf(bytes, header);
  }
  const present = parts.filter((part) => part !== undefined);
  if (!first || present.length !== total) return null;
  const body = new Uint8Array(present.reduce((sum, part) => sum + part.length, 0));
  present.reduce((at, part) => {
    body.set(part, at);
    return at + part.length;
  }, 0);
  return { fn: first.fn, station: first.station, body };
}

/** Note d of table C.1: all bytes behind F3F3 (in ASCII bodies: behind `PIC `). null: no picture in this body. */
export function pictureOf(body: Uint8Array): Uint8Array | null {
  for (let at = 8; at + 1 < body.length; at++) {
    if (body[at] === 0xf3 && body[at + 1] === 0xf3) return body.subarray(at + 2);
    if (body[at] === 0x50 && body[at + 1] === 0x49 && body[at + 2] === 0x43 && body[at + 3] === 0x20) return body.subarray(at + 4);
  }
  return null;
}
