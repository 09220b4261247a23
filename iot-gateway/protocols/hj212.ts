// HJ 212: pollutant monitoring data over TCP, editions 2005, 2017 and 2025, as one protocol.
//
//   ##0139QN=20261124080000000;ST=31;CN=2051;PW=123456;MN=2101…01;Flag=9;CP=&&DataTime=20261124074000;a34013-Avg=4.4,a34013-Flag=N&&F281
//     │    │                  │     │                         │      └ one item per factor: -Rtd -Avg -Min -Max -Cou -Flag -SampleTime
//     │    command id         │     minute data               version 2 (2025), A: answer wanted
//     length of the segment   stack gas                       (D would be: PNUM and PNO follow)
//
// Source: HJ/T 212-2005, HJ 212-2017 §6, Annexes A–C, HJ 212-2025. DataTime is Beijing time, the start of the period or the sampling instant.

import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { type Decoded, defineProtocol, type Protocol, type RawFrame } from '../../contracts/protocol.ts';
import { printable } from '../printable.ts';
import { decipherSegment, findCipher, isCipher, type Keyring, maybeCipher, noKeys } from './hj212/encryption.ts';
import { readFactors } from './hj212/factors.ts';
import { cutHj212, maxFrameBytes } from './hj212/framing.ts';
import { inspectHj212 } from './hj212/inspection.ts';
import type { Hj212Memory } from './hj212/packets.ts';
import {
  crcHj212,
  decimal4,
  eachAttribute,
  encodeSegment,
  type Flag,
  flagBits,
  hex4,
  hexAt,
  parseSegment,
  qnOf,
  type Segment,
} from './hj212/segment.ts';
import { type Command, commands, QnRtn } from './hj212.codes.ts';

export { beijingTime, crcHj212, encodeHj212, type Hj212Message, parseBeijingTime, qnOf } from './hj212/segment.ts';

/** An extract command carries its data on the way up, and nothing but its selection on the way down (Annex C). */
function carriesData(cp: string | null): boolean {
  let data = false;
  eachAttribute(cp ?? '', (code, name) => {
    if (code !== null || !['PolId', 'InfoId', 'BeginTime', 'EndTime'].includes(name)) data = true;
  });
  return data;
}

const reportedMost = 64;
/** What a logger says of itself (1001, 1011, 2081, 3019, 3020 …), name by name as sent. */
function reportedOf(cp: string): Readonly<Record<string, string>> {
  const values = new Map<string, string>();
  eachAttribute(cp, (code, name, value) => {
    if (values.size < reportedMost) values.set(printable(code === null ? name : `${code}-${name}`), printable(value, 256));
  });
  return Object.fromEntries(values);
}

/** MN: 24 hexadecimal digits since 2017, 14 characters before, and in the field any short word. */
function deviceOf({ mn }: Segment): string | null {
  if (mn === null || mn.length === 0 || mn.length > 64) return null;
  for (let i = 0; i < mn.length; i++) {
    const char = mn.charCodeAt(i);
    if (char < 0x21 || char > 0x7e) return null;
  }
  return mn;
}

function isDigits(value: string, least: number, most: number): boolean {
  if (value.length < least || value.length > most) return false;
  for (let i = 0; i < value.length; i++) {
    const char = value.charCodeAt(i);
    if (char < 0x30 || char > 0x39) return false;
  }
  return true;
}

const commandOf: ReadonlyMap<string, Command> = new Map(Object.entries(commands));

/** What is wrong with the header, as 9011 names it (table 7), before the content is looked at. */
function headerFault(
  segment: Segment,
  device: string | null,
  command: Command | undefined,
  answerWanted: boolean,
): { code: number; reason: string } | null {
  const { mn, st, qn, cn } = segment;
  if (device === null) return { code: QnRtn.mn, reason: `MN ${printable(mn ?? '缺失')}` };
  if (st === null || !isDigits(st, 2, 3)) return { code: QnRtn.st, reason: `ST ${printable(st ?? '缺失', 16)}` };
  // 2005 loggers send no QN with data that wants no answer; some write milliseconds since 1970.
  if (qn === null ? answerWanted : !isDigits(qn, 13, 20)) return { code: QnRtn.qn, reason: `QN ${printable(qn ?? '缺失', 32)}` };
  if (command === undefined) return { code: QnRtn.cn, reason: `CN ${printable(cn ?? '缺失', 16)} 不在命令表中` };
  if (segment.cp === null) return { code: QnRtn.unknown, reason: '缺 CP=&&…&&' };
  return null;
}

const decoder = new TextDecoder();
const malformed = (reason: string): Problem => new Problem('malformed-frame', { reason });

/** §6.3.3: the answer keeps QN, PW and MN, comes from system 91, and wants no answer itself. */
function answerTo(segment: Segment, flag: Flag | null, received: Instant, cn: string, cp: string): Uint8Array | null {
  if (!flag?.answer) return null;
  const pw = segment.pw === null ? '' : `PW=${segment.pw};`;
  const mn = segment.mn === null ? '' : `MN=${segment.mn};`;
  return encodeSegment(`QN=${segment.qn ?? qnOf(received)};ST=91;CN=${cn};${pw}${mn}Flag=${flag.base};CP=&&${cp}&&`);
}

/** A frame as far as its head, text and checksum go: `fault` names what table 7 calls it. */
interface Opened {
  readonly text: string;
  readonly segment: Segment;
  readonly flag: Flag | null;
  readonly fault: { readonly code: number; readonly problem: Problem } | null;
}

/** Annex A of 2025: the CP region may be ciphertext. One in 256 ciphertexts has the checksum of its plain text, so a right one proves nothing. */
function openEncrypted(bytes: Uint8Array, end: number, given: number, wire: Segment, text: string, flag: Flag, keys: Keyring): Opened {
  const device = deviceOf(wire);
  const ring = device === null ? noRing : keys(device);
  const region = findCipher(bytes, end);
  const found = region && ring.length > 0 ? decipherSegment(bytes, region, given, ring) : null;
  if (found) {
    const plain = decoder.decode(found.segment);
    return { text: plain, segment: parseSegment(plain), flag, fault: null };
  }
  const expected = crcHj212(bytes, 6, end);
  if (region === null || !isCipher(wire.cp ?? '', given === expected)) return openPlain(wire, text, flag, given, expected);
  if (ring.length > 0) {
    const problem = malformed('SM4 加密的 CP 区用该设备的密钥解不开，密钥不对或报文有误');
    return { text, segment: wire, flag, fault: { code: QnRtn.crc, problem } };
  }
  const what = 'HJ 212-2025 附录 A 的 SM4 加密 CP 区（未配置密钥），原始报文已留存';
  return { text, segment: wire, flag, fault: { code: QnRtn.rejected, problem: new Problem('unsupported', { what }) } };
}
const noRing: readonly never[] = [];

function openPlain(segment: Segment, text: string, flag: Flag | null, given: number, expected: number): Opened {
  if (given === expected) return { text, segment, flag, fault: null };
  const problem = new Problem('bad-checksum', { given: hex4(given), expected: hex4(expected) });
  return { text, segment, flag, fault: { code: QnRtn.crc, problem } };
}

function openFrame(bytes: Uint8Array, keys: Keyring): Opened | Problem {
  const declared = bytes[0] === 0x23 && bytes[1] === 0x23 ? decimal4(bytes, 2) : -1;
  if (declared < 0) return malformed('不是 ## 加四位长度开头的报文');
  let end = 6 + declared;
  let given = hexAt(bytes, end);
  if (given < 0) {
    // The printed form of ciphertext is longer than its length field says; framing.ts has cut it after the CRC.
    end = bytes.lastIndexOf(0x26) + 1;
    given = hexAt(bytes, end);
    if (given < 0 || decoder.decode(bytes.subarray(6, end)).indexOf('CP=&&{0x') < 0) return malformed('长度与内容不符');
  }
  const text = decoder.decode(bytes.subarray(6, end));
  const segment = parseSegment(text);
  const flag = flagBits(segment.flag);
  if (flag !== null && flag.base >= 8 && segment.cp !== null && maybeCipher(segment.cp))
    return openEncrypted(bytes, end, given, segment, text, flag, keys);
  return openPlain(segment, text, flag, given, crcHj212(bytes, 6, end));
}

type Outcome = Pick<Decoded<Hj212Memory>, 'device' | 'answer'> & Partial<Decoded<Hj212Memory>>;
const none: readonly never[] = [];
function decoded(memory: Hj212Memory, outcome: Outcome): Decoded<Hj212Memory> {
  return { memory, readings: none, refused: none, problem: null, ...outcome };
}

function decode(memory: Hj212Memory, frame: RawFrame, keys: Keyring): Decoded<Hj212Memory> {
  const { received } = frame;
  const opened = openFrame(frame.bytes, keys);
  if (opened instanceof Problem) return decoded(memory, { device: null, answer: null, problem: opened });
  const { segment, flag, fault } = opened;
  const device = deviceOf(segment);
  const refuse = (code: number, problem: Problem): Decoded<Hj212Memory> =>
    decoded(memory, { device, answer: answerTo(segment, flag, received, '9011', `QnRtn=${code}`), problem });
  if (fault) return refuse(fault.code, fault.problem);
  const command = segment.cn === null ? undefined : commandOf.get(segment.cn);
  // Never answer an answer: two platforms wired together would talk for ever.
  if (command?.kind === 'answer') return decoded(memory, { device, answer: null });
  if (segment.flag !== null && flag === null) return refuse(QnRtn.flag, malformed(`Flag ${printable(segment.flag, 16)} 不是 0–255 的整数`));
  const wrong = headerFault(segment, device, command, flag?.answer === true);
  if (wrong) return refuse(wrong.code, malformed(wrong.reason));
  switch (command?.kind) {
    case 'key':
      return refuse(QnRtn.rejected, new Problem('unsupported', { what: 'HJ 212-2025 密钥交换（CN 1014）' }));
    case 'notify':
      return decoded(memory, { device, answer: answerTo(segment, flag, received, '9013', '') });
    case 'request':
      return decoded(memory, { device, answer: answerTo(segment, flag, received, '9011', `QnRtn=${QnRtn.ready}`) });
    case 'extract':
      if (!carriesData(segment.cp))
        return decoded(memory, { device, answer: answerTo(segment, flag, received, '9011', `QnRtn=${QnRtn.ready}`) });
  }
  const answer = answerTo(segment, flag, received, '9014', '');
  if (command?.period === undefined) return decoded(memory, { device, answer, reported: reportedOf(segment.cp ?? '') });
  const content = readFactors(memory, segment, opened.text, command.period, received);
  return { memory: content.memory, device, readings: content.readings, refused: content.refused, answer, problem: null };
}

/** HJ 212 with the keys of its devices (Annex A of 2025). */
export function createHj212(keys: Keyring): Protocol<Uint8Array, Hj212Memory> {
  return defineProtocol<Uint8Array, Hj212Memory>({
    id: 'hj212',
    title: { zh: '污染物在线监控（监测）系统数据传输', en: 'Pollutant monitoring data transmission' },
    standard: 'HJ 212-2025 §6，兼收 HJ 212-2017、HJ/T 212-2005',
    maxFrameBytes: maxFrameBytes + 2,
    framing: { initial: new Uint8Array(0), cut: cutHj212 },
    initial: [],
    decode: (memory, frame) => decode(memory, frame, keys),
    inspect: (frame) => inspectHj212(frame, keys),
  });
}

/** Without keys: ciphertext is kept and answered as rejected. */
export const hj212 = createHj212(noKeys);
