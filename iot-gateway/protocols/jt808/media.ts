// Media of JT/T 808: the head before a picture, a sound or a film, and their bytes put together from the frames in the log.
//
// Source: JT/T 808-2013 §8.51 (0x0800), §8.52 (0x0801). Since 2013 the 28 bytes of a location stand between head and data.
import { Problem } from '../../../contracts/problem.ts';
import { locationBytes } from './location.ts';
import { dword, type Message, readMessage } from './message.ts';

export interface MediaHead {
  readonly id: number;
  /** jt808.codes.ts mediaKinds, mediaFormats, mediaEvents. */
  readonly kind: number;
  readonly format: number;
  readonly event: number;
  readonly channel: number;
}
export const headBytes = 8;

/** The 8 bytes that 0x0800 consists of and 0x0801 begins with; malformed-frame when they are not there. */
export function readMediaHead(bytes: Uint8Array, start: number, end: number): MediaHead | Problem {
  if (end - start < headBytes)
    return new Problem('malformed-frame', { reason: `多媒体消息体 ${end - start} 字节，至少 ${headBytes} 字节` });
  return {
    id: dword(bytes, start),
    kind: bytes[start + 4]!,
    format: bytes[start + 5]!,
    event: bytes[start + 6]!,
    channel: bytes[start + 7]!,
  };
}

export interface Media extends MediaHead {
  readonly device: string;
  readonly data: Uint8Array;
}

/**
 * Puts one medium together from its frames, in any order, repeats among them. Frames of anything else are passed over.
 * @param mostBytes of the data; more is too-large
 * @returns malformed-frame when a sub-package is missing or there is none
 */
export function assembleMedia(frames: Iterable<Uint8Array>, mostBytes = 64 * 1024 * 1024): Media | Problem {
  const bodies: (Uint8Array | undefined)[] = [];
  let total = 0;
  let first = -1;
  let bytes = 0;
  let device = '';
  for (const frame of frames) {
    const read = readMessage(frame);
    if ('problem' in read || read.id !== 0x0801) continue;
    const message: Message = read;
    const sequence = message.total === 0 ? 1 : message.sequence;
    const serial = (message.serial - (sequence - 1)) & 0xffff;
    if (first < 0) {
      first = serial;
      total = Math.max(1, message.total);
      device = message.device;
    }
    if (serial !== first || message.device !== device || sequence < 1 || sequence > total || bodies[sequence - 1]) continue;
    const body = new Uint8Array(message.bytes.subarray(message.body, message.end));
    bodies[sequence - 1] = body;
    bytes += body.length;
    if (bytes > mostBytes) return new Problem('too-large', { bytes, limit: mostBytes });
  }
  let count = 0;
  for (const body of bodies) if (body) count++;
  if (total === 0 || count < total) return new Problem('malformed-frame', { reason: `多媒体数据分包 ${count}/${total}` });
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const body of bodies) {
    whole.set(body!, at);
    at += body!.length;
  }
  const head = readMediaHead(whole, 0, whole.length);
  if (head instanceof Problem) return head;
  if (whole.length < headBytes + locationBytes)
    return new Problem('malformed-frame', { reason: `多媒体数据 ${whole.length} 字节，没有位置信息` });
  return { ...head, device, data: whole.slice(headBytes + locationBytes) };
}
