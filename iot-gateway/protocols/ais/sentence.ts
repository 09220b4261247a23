// One NMEA 0183 sentence: TAG block, checksum, fields; and the lines of a byte stream.
//
//   \s:dalian-01,c:1795478400*1C\!AIVDM,2,1,4,A,55O0W7`00001L@gC…,0*08
//    └ TAG block: source, UNIX time    │ of 2, first, message 4, channel A, payload, fill bits, XOR of what stands between ! and *
//
// Source: NMEA 0183 4.10 (IEC 61162-1), TAG blocks IEC 61162-450 §7. The bounds are ours: receivers send lines longer than the 82 of the standard.
import type { Instant } from '../../../contracts/observation.ts';
import { Problem } from '../../../contracts/problem.ts';
import { type Cut, joined, Pieces } from '../../cutting.ts';
import { printable } from '../../printable.ts';

export const maxLineBytes = 512;

export interface Tag {
  /** s: who heard it. */
  readonly source: string | null;
  /** c: when; seconds or milliseconds since 1970. */
  readonly time: Instant | null;
}
export interface Sentence {
  /** AI, AB, BS, GP, GN … */
  readonly talker: string;
  /** VDM, RMC … */
  readonly formatter: string;
  /** What stands behind the address, between commas. */
  readonly fields: readonly string[];
  readonly tag: Tag;
  /** A TAG block that is wrong: its content is not used, the sentence is. */
  readonly tagProblem: Problem | null;
}

const hex2 = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

/** XOR of the characters in [start, end). */
export function checksumOf(text: string, start = 0, end = text.length): number {
  let check = 0;
  for (let i = start; i < end; i++) check ^= text.charCodeAt(i);
  return check & 0xff;
}
/** `text` between a start mark and its checksum: !AIVDM,…*5C */
export function sealSentence(text: string): string {
  return `${text}*${hex2(checksumOf(text, 1))}`;
}

/** Where the checksum of [start, end) begins and what it says; null: it is right. */
function checkOf(text: string, start: number, end: number): { star: number; problem: Problem | null } {
  const star = text.lastIndexOf('*', end - 1);
  if (star < start)
    return { star: end, problem: new Problem('bad-checksum', { given: '无', expected: hex2(checksumOf(text, start, end)) }) };
  const given = text.slice(star + 1, star + 3).toUpperCase();
  const expected = hex2(checksumOf(text, start, star));
  return { star, problem: given === expected ? null : new Problem('bad-checksum', { given: printable(given, 2), expected }) };
}

const noTag: Tag = { source: null, time: null };

function readTag(block: string): Tag | Problem {
  const { star, problem } = checkOf(block, 0, block.length);
  if (problem) return problem;
  let { source, time } = noTag;
  for (const part of block.slice(0, star).split(',')) {
    if (part.startsWith('s:')) source = printable(part.slice(2), 32) || null;
    else if (/^c:\d{9,13}$/.test(part)) {
      const value = Number(part.slice(2));
      time = value < 1e11 ? value * 1000 : value;
    }
  }
  return { source, time };
}

/** Never throws: bad-checksum, malformed-frame. A sentence must have its checksum. */
export function readSentence(line: string): Sentence | Problem {
  let start = 0;
  let tag: Tag = noTag;
  let tagProblem: Problem | null = null;
  while (line[start] === '\\') {
    const close = line.indexOf('\\', start + 1);
    if (close < 0) return new Problem('malformed-frame', { reason: 'TAG 块没有结束的反斜杠' });
    const read = readTag(line.slice(start + 1, close));
    if (read instanceof Problem) tagProblem = read;
    else tag = { source: read.source ?? tag.source, time: read.time ?? tag.time };
    start = close + 1;
  }
  if (line[start] !== '!' && line[start] !== '$') return new Problem('malformed-frame', { reason: '语句不以 ! 或 $ 开头' });
  const { star, problem } = checkOf(line, start + 1, line.length);
  if (problem) return problem;
  const [address = '', ...fields] = line.slice(start + 1, star).split(',');
  // Proprietary sentences: $P, the maker's three letters, whatever follows.
  if (/^P[A-Z]{3}/.test(address)) return { talker: 'P', formatter: address.slice(1), fields, tag, tagProblem };
  if (!/^[A-Z0-9]{2}[A-Z0-9]{3}$/.test(address)) return new Problem('malformed-frame', { reason: `语句地址 ${printable(address, 8)}` });
  return { talker: address.slice(0, 2), formatter: address.slice(2), fields, tag, tagProblem };
}

const [lineFeed, carriageReturn, backslash, bang, dollar] = [0x0a, 0x0d, 0x5c, 0x21, 0x24];

/** Protocol.framing.cut of AIS: lines that begin as sentences do. What comes out does not depend on the chunks; at most one line is kept. */
export function cutLines(memory: Uint8Array, chunk: Uint8Array): Cut {
  const buffer = joined(memory, chunk);
  const pieces = new Pieces(buffer);
  let at = 0;
  while (at < buffer.length) {
    const feed = buffer.indexOf(lineFeed, at);
    const stop = feed < 0 ? buffer.length : feed;
    while (stop - at > maxLineBytes) {
      pieces.refuse(at, at + maxLineBytes, `一行超过 ${maxLineBytes} 字节`);
      at += maxLineBytes;
    }
    if (feed < 0) break;
    let end = stop;
    while (end > at && (buffer[end - 1] === carriageReturn || buffer[end - 1] === 0x20)) end--;
    const first = buffer[at];
    if (end > at) {
      if (first === bang || first === dollar || first === backslash) pieces.frames.push(buffer.subarray(at, end));
      else pieces.refuse(at, end, '不是以 ! $ 或 TAG 块开头的语句');
    }
    at = stop + 1;
  }
  return pieces.done(Math.min(at, buffer.length));
}
