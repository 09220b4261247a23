// Cutting a byte stream into JT/T 808 frames: 7E … 7E, each with its marks.
//
// The frames that come out do not depend on how the stream was chopped into chunks. Between two frames one mark may be missing, or shared: a
// piece that no mark opens is a frame when its check code is right, and refused otherwise. At most one frame is kept.
//
// Source: JT/T 808-2013 §4.4.2.
import { Problem } from '../../../contracts/problem.ts';
import type { Refused } from '../../../contracts/protocol.ts';
import { mark, maxFrameBytes, minPlainBytes, readMessage } from './message.ts';

export interface Cut {
  readonly memory: Uint8Array;
  readonly frames: readonly Uint8Array[];
  readonly refused: readonly Refused[];
}

/** A real copy: `slice` of a Node Buffer is a view and would keep the whole chunk alive. */
const copy = (bytes: Uint8Array, start: number, end: number): Uint8Array => new Uint8Array(bytes.subarray(start, end));
const blank = (byte: number): boolean => byte === 0x0d || byte === 0x0a || byte === 0x20 || byte === 0;

/** Protocol.framing.cut of JT/T 808. The memory is a frame that has begun, with its opening mark, or bytes that no mark has opened. */
export function cutJt808(memory: Uint8Array, chunk: Uint8Array): Cut {
  let buffer = chunk;
  if (memory.length > 0) {
    buffer = new Uint8Array(memory.length + chunk.length);
    buffer.set(memory);
    buffer.set(chunk, memory.length);
  }
  const frames: Uint8Array[] = [];
  const refused: Refused[] = [];
  const refuse = (start: number, end: number, reason: string): void => {
    while (start < end && blank(buffer[start]!)) start++;
    while (end > start && blank(buffer[end - 1]!)) end--;
    if (end > start) refused.push({ bytes: copy(buffer, start, end), problem: new Problem('malformed-frame', { reason }) });
  };
  const most = maxFrameBytes - 2;
  let at = 0;
  while (at < buffer.length) {
    // A line end between frames is nobody's, and must not look like a frame that has begun.
    if (buffer[at] === 0x0d || buffer[at] === 0x0a) {
      at++;
      continue;
    }
    const opened = buffer[at] === mark;
    let start = opened ? at + 1 : at;
    const close = buffer.indexOf(mark, start);
    const end = close < 0 ? buffer.length : close;
    // Longer than any frame: what is past the bound is looked at as if it had come without a mark.
    let whole = opened;
    while (end - start > most) {
      refuse(start, start + most, `${most} 字节内没有结束标识 7E`);
      start += most;
      whole = false;
    }
    if (close < 0) return { memory: copy(buffer, whole ? at : start, buffer.length), frames, refused };
    if (start === close && whole) {
      // Two marks side by side: the second one opens.
      at = close;
      continue;
    }
    const long = close - start >= minPlainBytes;
    if (long && whole) frames.push(buffer.subarray(at, close + 1));
    else if (long && 'id' in readMessage(buffer.subarray(start, close))) frames.push(buffer.subarray(start, close + 1));
    else {
      refuse(start, close, long ? '不在标识 7E 之间，校验也不符' : `两个标识 7E 之间不足 ${minPlainBytes} 字节`);
      // It closed nothing, so it opens.
      at = close;
      continue;
    }
    at = close + 1;
  }
  return { memory: copy(buffer, buffer.length, buffer.length), frames, refused };
}
