// What the centre answers: serial number of what it answers, its own time, and one character that says what the station may do now.
//
// Source: SL 651-2014 table 10, §6.3.1.2, 6.3.2.4, 6.6.2.4 (same serial number), tables 17, 19, 21, 23, 29 and the like (body of an answer).
import type { Instant } from '../../../contracts/observation.ts';
import { control } from '../sl651.codes.ts';
import { beijingDigits, bytesOfHex, crcSl651, encodeSl651, type Header } from './frame.ts';

const encoder = new TextEncoder();

/** The digits of one second, remembered: frames of one chunk are answered in the same one. */
let second = Number.NaN;
let digits = '';
let bytes = new Uint8Array(6);
function timeOf(instant: Instant): { digits: string; bytes: Uint8Array } {
  const whole = Math.floor(instant / 1000);
  if (whole !== second) {
    second = whole;
    digits = beijingDigits(instant);
    bytes = bytesOfHex(digits) as Uint8Array<ArrayBuffer>;
  }
  return { digits, bytes };
}

export interface Answer {
  /** EOT, ESC, ACK or NAK. */
  readonly end: number;
  readonly serial: number;
  /** Split messages: total and number (notes of tables 19 and 23). */
  readonly packet?: { readonly total: number; readonly sequence: number };
}

/** The answer to `frame`, in its own encoding, sent at `now`. */
export function answerTo(frame: Uint8Array, header: Header, answer: Answer, now: Instant): Uint8Array {
  const { end, serial, packet } = answer;
  const time = timeOf(now);
  if (header.encoding === 'ascii') {
    const body = encoder.encode(serial.toString(16).toUpperCase().padStart(4, '0') + time.digits);
    return encodeSl651({ ...header, down: true, body, end, packet });
  }
  const extra = packet ? 3 : 0;
  const whole = new Uint8Array(25 + extra);
  whole[0] = whole[1] = 0x7e;
  // Table 21: the station stands before the centre; password and function as sent.
  whole.set(frame.subarray(3, 8), 2);
  whole[7] = frame[2]!;
  whole.set(frame.subarray(8, 11), 8);
  whole[11] = 0x80;
  whole[12] = 8 + extra;
  whole[13] = packet ? control.SYN : control.STX;
  let at = 14;
  if (packet) {
    whole[at++] = packet.total >> 4;
    whole[at++] = ((packet.total & 0xf) << 4) | (packet.sequence >> 8);
    whole[at++] = packet.sequence & 0xff;
  }
  whole[at++] = serial >> 8;
  whole[at++] = serial & 0xff;
  whole.set(time.bytes, at);
  at += 6;
  whole[at++] = end;
  const crc = crcSl651(whole, 0, at);
  whole[at++] = crc >> 8;
  whole[at] = crc & 0xff;
  return whole;
}
