// Cutting a byte stream into JT/T 808 frames: 7E … 7E, each with its marks.
//
// The frames that come out do not depend on how the stream was chopped into chunks. Between two frames one mark may be missing, or shared: a
// piece that no mark opens is a frame when its check code is right, and refused otherwise. At most one frame is kept.
//
// Source: JT/T 808-2013 §4.4.2.
import { type Cut, joined, Pieces } from '../../cutting.ts';
import { mark, maxFrameBytes, minPlainBytes, readMessage } from './message.ts';

/** Protocol.framing.cut of JT/T 808. The memory is a frame that has begun, with its opening mark, or bytes that no mark has opened. */
export function cutJt808(memory: Uint8Array, chunk: Uint8Array): Cut {
  const buffer = joined(memory, chunk);
  const pieces = new Pieces(buffer);
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
      pieces.refuse(start, start + most, `${most} 字节内没有结束标识 7E`);
      start += most;
      whole = false;
    }
    if (close < 0) return pieces.done(whole ? at : start);
    if (start === close && whole) {
      // Two marks side by side: the second one opens.
      at = close;
      continue;
    }
    const long = close - start >= minPlainBytes;
    if (long && whole) pieces.frames.push(buffer.subarray(at, close + 1));
    else if (long && 'id' in readMessage(buffer.subarray(start, close))) pieces.frames.push(buffer.subarray(start, close + 1));
    else {
      pieces.refuse(start, close, long ? '不在标识 7E 之间，校验也不符' : `两个标识 7E 之间不足 ${minPlainBytes} 字节`);
      // It closed nothing, so it opens.
      at = close;
      continue;
    }
    at = close + 1;
  }
  return pieces.done(buffer.length);
}
