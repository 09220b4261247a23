// Cutting a byte stream into SL 651 frames of either encoding: finds a head, waits for the length it names, starts again after rubbish.
//
// The frames that come out do not depend on how the stream was chopped into chunks. At most one frame (4,124 bytes) is kept. A frame whose CRC
// is wrong is handed on whole, to be counted as such, unless another head stands inside it: then it was cut off by its sender, or its length is
// wrong, and the bytes up to that head are refused.
import { type Cut, joined, Pieces } from '../../cutting.ts';
import { crcBytes, crcSl651, frameEnd, givenCrc, headAt } from './frame.ts';

/** Where the next head begins, or might begin in the last bytes before `limit`; `limit` when there is none. */
function findHead(buffer: Uint8Array, from: number, limit: number): number {
  for (let at = from; at < limit; at++) {
    const byte = buffer[at]!;
    if ((byte === 0x7e || byte === 0x01) && headAt(buffer, at, limit) > 0) return at;
  }
  return limit;
}

/** Table 10: ETX EOT ENQ ACK NAK ETB ESC. */
const ends = new Set([0x03, 0x04, 0x05, 0x06, 0x15, 0x17, 0x1b]);

/** Protocol.framing.cut of SL 651. */
export function cutSl651(memory: Uint8Array, chunk: Uint8Array): Cut {
  const buffer = joined(memory, chunk);
  const pieces = new Pieces(buffer);
  let at = 0;
  for (;;) {
    const head = findHead(buffer, at, buffer.length);
    if (head > at) pieces.refuse(at, head, '不是 7E7E 或 01H 开头的报头');
    if (headAt(buffer, head) < 2) return pieces.done(head);
    const end = frameEnd(buffer, head);
    if (buffer.length < end) return pieces.done(head);
    const checked = end - crcBytes[buffer[head] === 0x7e ? 'hex' : 'ascii'];
    const frame = buffer.subarray(head, end);
    const ended = ends.has(buffer[checked - 1]!);
    if (ended && givenCrc(frame, frame.length) === crcSl651(buffer, head, checked)) {
      pieces.frames.push(frame);
      at = end;
      continue;
    }
    // One byte alone may be the last of the CRC as well as the first of a head.
    const found = findHead(buffer, head + 1, end);
    const inner = found === end - 1 ? end : found;
    if (ended && inner === end) {
      pieces.frames.push(frame);
      at = end;
    } else {
      pieces.refuse(head, inner, ended ? '报文未完，下一报文已开始' : '长度与内容不符，该处不是报文结束符');
      at = inner;
    }
  }
}
