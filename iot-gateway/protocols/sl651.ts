// SL 651: hydrological monitoring data over TCP, HEX/BCD and ASCII, modes M1 to M4, as one protocol.
//
//   7E7E 01 0012345678 1234 32 002B 02 0001 261124080000 F1F1 0012345678 48 F0F0 2611240800 20 19 000125 39 23 00012340 03 CRC
//   │    │  │          │    │  │    │  │    │            │                  │               │            │              │
//   head │  station    │    │  │    │  │    sent         station again,     observed        20: rain of  39: level,     ETX
//        centre        │    │  │    │  serial            class 48: river                    today, 12.5  12.340 m
//                      │    │  │    STX (SYN: one packet of several)
//                      │    │  up (8: down) and length of the body
//                      │    function 32: timed report
//                      password
//
// Source: SL 651-2014 §6 and Annexes A to E, read in the approval draft (报批稿). The device is the station's address as ten hexadecimal digits.
// Observation times are Beijing time; those of periods name their end, a Reading has the start.
import { Problem } from '../../contracts/problem.ts';
import { type Decoded, defineProtocol, type RawFrame } from '../../contracts/protocol.ts';
import { checkTime } from '../moment.ts';
import { printable } from '../printable.ts';
import { answerTo } from './sl651/answers.ts';
import { functions, functionTitle } from './sl651/elements.ts';
import {
  bcdTime,
  crcBytes,
  crcSl651,
  digitTime,
  frameEnd,
  givenCrc,
  type Header,
  headAt,
  headBytes,
  hexNumber,
  hexOf,
  latin,
  maxFrameBytes,
  readHeader,
  readStation,
} from './sl651/frame.ts';
import { cutSl651 } from './sl651/framing.ts';
import { readHexBody } from './sl651/hex-body.ts';
import { inspectSl651 } from './sl651/inspection.ts';
import { gatherPacket, noPackets, type Packets } from './sl651/packets.ts';
import { malformed, noSuchTime, type Place, placeOf, refuse } from './sl651/readings.ts';
import { readTextBody } from './sl651/text-body.ts';
import { control } from './sl651.codes.ts';

export { crcSl651, encodeSl651, readStation, type Sl651Message } from './sl651/frame.ts';
export { assembleSl651, pictureOf } from './sl651/packets.ts';

export interface Sl651Memory {
  /** A station of this connection sends 2FH: it stays on the line by itself and is told so (ESC); others are let go (EOT). */
  readonly online: boolean;
  readonly packets: Packets;
}

/** Bytes or characters of serial number and sending time, tables 24 and 25. */
const serialBytes = { hex: 2, ascii: 4 } as const;
const openingBytes = { hex: 8, ascii: 16 } as const;

const serialAt = (bytes: Uint8Array, at: number, { encoding }: Header): number =>
  encoding === 'hex' ? (bytes[at]! << 8) | bytes[at + 1]! : hexNumber(bytes, at, 4);

/** Where the text of a manual report begins (F2F2; in ASCII bodies RGZS and a space); −1: there is none. */
function manualAt(bytes: Uint8Array, at: number, end: number, { encoding }: Header): number {
  for (; at + 1 < end; at++) {
    if (bytes[at] === 0xf2 && bytes[at + 1] === 0xf2) return at + 2;
    if (encoding === 'ascii' && at + 4 <= end && latin(bytes, at, at + 4) === 'RGZS') return at + 4;
  }
  return -1;
}

function sentAt(bytes: Uint8Array, at: number, { encoding }: Header): number {
  if (encoding === 'hex') return bcdTime(bytes, at + serialBytes.hex, true);
  return digitTime(latin(bytes, at + serialBytes.ascii, at + openingBytes.ascii));
}

/** Reads a whole body, serial number and sending time first, into a place. */
function readBody(place: Place, header: Header, bytes: Uint8Array, at: number, end: number): void {
  const content = functions[header.fn]?.content;
  const from = at + openingBytes[header.encoding];
  switch (content) {
    case 'manual': {
      const text = manualAt(bytes, from, end, header);
      if (text < 0) refuse(place, 'RGZS', malformed('人工置数报没有人工置数标识符'));
      else readTextBody(place, latin(bytes, text, end), sentAt(bytes, at, header));
      return;
    }
    case 'status': {
      // Tables 60 and 70 have no time of observation: the state is that of the moment in which it is sent.
      const time = sentAt(bytes, at, header);
      place.base = Number.isNaN(time) ? noSuchTime : checkTime(time, place.received);
      break;
    }
    case 'elements':
    case 'series':
      break;
    default:
      // 6.6.4.3, H.4.8: what a test sends must not be stored. Pictures, configuration and states are no readings; all stay in the raw frame.
      return;
  }
  if (header.encoding === 'hex') readHexBody(place, bytes, from, end);
  else readTextBody(place, latin(bytes, from, end), sentAt(bytes, at, header));
}

/** Not understood, and not answered. */
function failed(memory: Sl651Memory, device: string | null, problem: Problem): Decoded<Sl651Memory> {
  return { memory, device, readings: [], refused: [], answer: null, problem };
}

/** One packet of a split message (M3). */
function decodePacket(memory: Sl651Memory, frame: RawFrame, header: Header, strange: Problem | null): Decoded<Sl651Memory> {
  const { bytes, received } = frame;
  const { fn, station } = header;
  const gathered = gatherPacket(memory.packets, bytes, header, memory.online);
  if (gathered instanceof Problem) return failed(memory, station, gathered);
  const place = placeOf(fn, station, received);
  const { body, answer } = gathered;
  if (body && body.length >= openingBytes[header.encoding]) readBody(place, header, body, 0, body.length);
  for (const problem of gathered.lost) refuse(place, 'M3', problem);
  return {
    memory: { ...memory, packets: gathered.packets },
    device: station,
    readings: place.readings,
    refused: place.refused,
    answer: answer && answerTo(bytes, header, { ...answer, packet: answer }, received),
    problem: body ? strange : null,
  };
}

function decode(memory: Sl651Memory, frame: RawFrame): Decoded<Sl651Memory> {
  const { bytes, received } = frame;
  if (headAt(bytes, 0) < 2 || frameEnd(bytes, 0) !== bytes.length)
    return failed(memory, null, malformed('不是 7E7E 或 01H 开头的整帧报文'));
  const header = readHeader(bytes);
  const { fn, encoding } = header;
  const checked = bytes.length - crcBytes[encoding];
  const expected = crcSl651(bytes, 0, checked);
  // 6.3.1.2 b: what is invalid gets no answer; the station sends it again.
  if (givenCrc(bytes, bytes.length) !== expected) {
    const given = encoding === 'hex' ? hexOf(bytes, checked) : printable(latin(bytes, checked, bytes.length));
    return failed(
      memory,
      header.station,
      new Problem('bad-checksum', { given, expected: expected.toString(16).toUpperCase().padStart(4, '0') }),
    );
  }
  const nothing = { memory, device: header.station, readings: [], refused: [], answer: null, problem: null };
  // Never answer an answer: two centres wired together would talk for ever.
  if (header.down) return nothing;
  const kind = readStation(header.station).kind;
  if (kind === 'none' || kind === 'broadcast')
    return failed(memory, null, malformed(`遥测站地址 ${header.station} 不是发报站的地址（6.2.3.2）`));
  const end = bytes[checked - 1]!;
  if (end !== control.ETX && end !== control.ETB) return failed(memory, header.station, malformed('上行报文须以 ETX 或 ETB 结束（表 11）'));
  const known = functions[fn];
  /** The answer stands, what it holds is not understood: dead letter and raw frame keep it. */
  const strange = known
    ? null
    : new Problem('unsupported', { what: `功能码 ${hexOf(Uint8Array.of(fn))}H（${functionTitle(fn)}），原始报文已留存` });

  if (header.packet) return decodePacket(memory, frame, header, strange);

  const at = headBytes[encoding];
  const serial = header.length < openingBytes[encoding] ? -1 : serialAt(bytes, at, header);
  if (serial < 0) return failed(memory, header.station, malformed('正文没有流水号及发报时间（表 24）'));
  // 6.6.4.2: the link is kept, nothing goes down.
  if (known?.content === 'none') return memory.online ? nothing : { ...nothing, memory: { ...memory, online: true } };
  const place = placeOf(fn, header.station, received);
  readBody(place, header, bytes, at, checked - 1);
  // Table 10: ACK when more is to come, ESC for EOT to keep a station on the line.
  const last = memory.online ? control.ESC : control.EOT;
  return {
    memory,
    device: header.station,
    readings: place.readings,
    refused: place.refused,
    answer: answerTo(bytes, header, { end: end === control.ETB ? control.ACK : last, serial }, received),
    problem: strange,
  };
}

export const sl651 = defineProtocol<Uint8Array, Sl651Memory>({
  id: 'sl651',
  title: { zh: '水文监测数据通信规约', en: 'Hydrological monitoring data transmission' },
  standard: 'SL 651-2014 §6，HEX/BCD 与 ASCII 编码',
  maxFrameBytes,
  framing: { initial: new Uint8Array(0), cut: cutSl651 },
  initial: { online: false, packets: noPackets },
  decode,
  inspect: inspectSl651,
});
