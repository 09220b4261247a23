// Cutting a byte stream into HJ 212 frames: finds `##` + four digits, waits for the length it names, and starts again after rubbish.
//
// The frames that come out do not depend on how the stream was chopped into chunks. A frame ends with its CRC: CR LF behind it is skipped,
// so one that lacks it is no different. At most one frame (10,009 bytes) is kept.
import { type Cut, joined, Pieces } from '../../cutting.ts';
import { decimal4, hexAt } from './segment.ts';

/** Four digits can name 9999. The standard says 1024 at most, and devices send more: 1025 and 1623 were captured. */
export const maxFrameBytes = 6 + 9999 + 4;
const hash = 0x23;

const digit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** Where the next `##dddd` begins, or might begin in the last bytes; buffer.length when there is none. */
function findHead(buffer: Uint8Array, from: number): number {
  for (let at = buffer.indexOf(hash, from); at >= 0; at = buffer.indexOf(hash, at + 1)) {
    let i = 1;
    if (at + 1 < buffer.length && buffer[at + 1] !== hash) continue;
    for (i = 2; i < 6 && at + i < buffer.length && digit(buffer[at + i]); i++);
    if (i === 6 || at + i >= buffer.length) return at;
  }
  return buffer.length;
}

/** A whole head, `##dddd` and `XX=`, inside [from, end): the frame around it was cut off by its sender. −1: none. */
function findInner(buffer: Uint8Array, from: number, end: number): number {
  for (let at = buffer.indexOf(hash, from); at >= 0 && at + 9 <= end; at = buffer.indexOf(hash, at + 1)) {
    const upper = (i: number): boolean => (buffer[at + i] ?? 0) >= 0x41 && (buffer[at + i] ?? 0) <= 0x5a;
    if (buffer[at + 1] === hash && decimal4(buffer, at + 2) >= 0 && upper(6) && upper(7) && buffer[at + 8] === 0x3d) return at;
  }
  return -1;
}

const printedOpen = [...'CP=&&{0x'].map((char) => char.charCodeAt(0));
const printedLimit = 8192;
/**
 * HJ 212-2025 Annex A.2 prints ciphertext as {0xE4,0x3E,…}; its length field then counts the plain bytes. End of such a frame (after its
 * CRC), 0 while it is not all there, −1 when this is none.
 */
function printedEnd(buffer: Uint8Array, head: number): number {
  const limit = Math.min(buffer.length, head + printedLimit);
  let open = buffer.indexOf(0x7b, head);
  while (open >= 0 && open < limit && !printedOpen.every((byte, i) => buffer[open - 5 + i] === byte)) open = buffer.indexOf(0x7b, open + 1);
  if (open < 0 || open >= limit) return -1;
  let at = open + 1;
  for (; at < limit && buffer[at] !== 0x7d; at++) {
    const byte = buffer[at]!;
    const allowed = digit(byte) || byte === 0x2c || byte === 0x78 || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
    if (!allowed) return -1;
  }
  for (at++; at < limit && at < open + printedLimit; at++) {
    if (buffer[at] === 0x26 && buffer[at + 1] === 0x26 && at + 6 <= limit) return hexAt(buffer, at + 2) >= 0 ? at + 6 : -1;
  }
  return limit - head >= printedLimit ? -1 : 0;
}

/** Protocol.framing.cut of HJ 212. */
export function cutHj212(memory: Uint8Array, chunk: Uint8Array): Cut {
  const buffer = joined(memory, chunk);
  const pieces = new Pieces(buffer);
  let at = 0;
  for (;;) {
    const head = findHead(buffer, at);
    pieces.refuse(at, head, '不是 ## 加四位长度开头的报文');
    if (buffer.length - head < 6) return pieces.done(head);
    let end = head + 6 + decimal4(buffer, head + 2) + 4;
    const inner = findInner(buffer, head + 6, Math.min(end, buffer.length));
    if (inner >= 0) {
      pieces.refuse(head, inner, '报文未完，下一报文已开始');
      at = inner;
      continue;
    }
    if (buffer.length < end) return pieces.done(head);
    if (hexAt(buffer, end - 4) < 0) {
      end = printedEnd(buffer, head);
      if (end === 0) return pieces.done(head);
    }
    if (end < 0) {
      // The length is wrong or bytes were lost: the next head may lie inside what this one claimed.
      const next = findHead(buffer, head + 2);
      pieces.refuse(head, next, '长度与内容不符，该处不是四位校验码');
      at = next;
      continue;
    }
    pieces.frames.push(buffer.subarray(head, end));
    at = end;
  }
}
