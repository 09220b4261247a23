// HJ 212: pollutant monitoring data over TCP, editions 2005, 2017 and 2025, as one protocol.
//
//   ##0139QN=20261124080000000;ST=31;CN=2051;PW=123456;MN=2101…01;Flag=9;CP=&&DataTime=20261124074000;a34013-Avg=4.4,a34013-Flag=N&&F281
//     │    │                  │     │                         │      └ one item per factor: -Rtd -Avg -Min -Max -Cou -Flag -SampleTime
//     │    command id         │     minute data               version 2 (2025), A: answer wanted
//     length of the segment   stack gas                       (D would be: PNUM and PNO follow)
//
// Source: HJ/T 212-2005, HJ 212-2017 §6, Annexes A–C, HJ 212-2025. DataTime is Beijing time, the start of the period or the sampling instant.

import { Problem } from '../../contracts/problem.ts';
import { type Decoded, defineProtocol, type RawFrame } from '../../contracts/protocol.ts';
import { printable } from '../printable.ts';
import { type Hj212Memory, readFactors } from './hj212/factors.ts';
import { cutHj212, maxFrameBytes } from './hj212/framing.ts';
import { inspectHj212 } from './hj212/inspection.ts';
import {
  crcHj212,
  decimal4,
  eachAttribute,
  encodeHj212,
  flagBits,
  hex4,
  hexAt,
  parseSegment,
  qnOf,
  type Segment,
} from './hj212/segment.ts';
import { commands, QnRtn } from './hj212.codes.ts';

export { beijingTime, crcHj212, encodeHj212, type Hj212Message, parseBeijingTime, qnOf } from './hj212/segment.ts';

/** An extract command carries its data on the way up, and nothing but its selection on the way down (Annex C). */
function carriesData(cp: string | null): boolean {
  let data = false;
  eachAttribute(cp ?? '', (code, name) => {
    if (code !== null || !['PolId', 'InfoId', 'BeginTime', 'EndTime'].includes(name)) data = true;
  });
  return data;
}

/** HJ 212-2025 Annex A.2: CRC and length are those of the plain text, so ciphertext shows as a wrong CRC over bytes that are no text. */
function looksEncrypted(bytes: Uint8Array, segment: Segment, base: number): boolean {
  if (base < 8 || segment.cp === null) return false;
  if (segment.cp.startsWith('{0x')) return true;
  let strange = 0;
  for (const byte of bytes) if (byte < 0x20 || byte > 0x7e) strange++;
  return strange > segment.cp.length / 4;
}

/** MN: 24 hexadecimal digits since 2017, 14 characters before, and in the field any short word. */
function deviceOf({ mn }: Segment): string | null {
  return mn !== null && /^[\x21-\x7e]{1,64}$/.test(mn) ? mn : null;
}

/** What is wrong with the header, as 9011 names it (table 7), before the content is looked at. */
function headerFault(segment: Segment, answerWanted: boolean): { code: number; reason: string } | null {
  if (deviceOf(segment) === null) return { code: QnRtn.mn, reason: `MN ${printable(segment.mn ?? '缺失')}` };
  if (segment.st === null || !/^\d{2,3}$/.test(segment.st)) return { code: QnRtn.st, reason: `ST ${printable(segment.st ?? '缺失', 16)}` };
  // 2005 loggers send no QN with data that wants no answer; some write milliseconds since 1970.
  if (segment.qn === null ? answerWanted : !/^\d{13,20}$/.test(segment.qn))
    return { code: QnRtn.qn, reason: `QN ${printable(segment.qn ?? '缺失', 32)}` };
  if (segment.cn === null || !Object.hasOwn(commands, segment.cn))
    return { code: QnRtn.cn, reason: `CN ${printable(segment.cn ?? '缺失', 16)} 不在命令表中` };
  if (segment.cp === null) return { code: QnRtn.unknown, reason: '缺 CP=&&…&&' };
  return null;
}

const text = new TextDecoder();

function decode(memory: Hj212Memory, frame: RawFrame): Decoded<Hj212Memory> {
  const { bytes } = frame;
  const nothing = { memory, device: null, readings: [], refused: [], answer: null, problem: null };
  const malformed = (reason: string): Problem => new Problem('malformed-frame', { reason });
  const declared = bytes[0] === 0x23 && bytes[1] === 0x23 ? decimal4(bytes, 2) : -1;
  if (declared < 0) return { ...nothing, problem: malformed('不是 ## 加四位长度开头的报文') };
  let end = 6 + declared;
  let given = hexAt(bytes, end);
  if (given < 0) {
    // The printed form of ciphertext is longer than its length field says; framing.ts has cut it after the CRC.
    end = bytes.lastIndexOf(0x26) + 1;
    given = hexAt(bytes, end);
    if (given < 0 || text.decode(bytes.subarray(6, end)).indexOf('CP=&&{0x') < 0)
      return { ...nothing, problem: malformed('长度与内容不符') };
  }
  const segment = parseSegment(text.decode(bytes.subarray(6, end)));
  const flag = flagBits(segment.flag);
  const wanted = flag?.answer === true;
  /** §6.3.3: the answer keeps QN, PW and MN, comes from system 91, and wants no answer itself. */
  const answer = (cn: string, cp: string): Uint8Array | null =>
    wanted
      ? encodeHj212({
          qn: segment.qn ?? qnOf(frame.received),
          st: '91',
          cn,
          ...(segment.pw === null ? {} : { pw: segment.pw }),
          ...(segment.mn === null ? {} : { mn: segment.mn }),
          flag: flag.base,
          cp,
        })
      : null;
  const device = deviceOf(segment);
  const fault = (code: number, problem: Problem): Decoded<Hj212Memory> => ({
    ...nothing,
    device,
    answer: answer('9011', `QnRtn=${code}`),
    problem,
  });

  const expected = crcHj212(bytes, 6, end);
  if (given !== expected) {
    if (looksEncrypted(bytes.subarray(6, end), segment, flag?.base ?? 0))
      return fault(
        QnRtn.rejected,
        new Problem('unsupported', { what: 'HJ 212-2025 附录 A 的 SM4 加密 CP 区（未配置密钥），原始报文已留存' }),
      );
    return fault(QnRtn.crc, new Problem('bad-checksum', { given: hex4(given), expected: hex4(expected) }));
  }
  const command = segment.cn !== null && Object.hasOwn(commands, segment.cn) ? commands[segment.cn] : undefined;
  // Never answer an answer: two platforms wired together would talk for ever.
  if (command?.kind === 'answer') return { ...nothing, device };
  if (segment.flag !== null && flag === null) return fault(QnRtn.flag, malformed(`Flag ${printable(segment.flag, 16)} 不是 0–255 的整数`));
  const wrong = headerFault(segment, wanted);
  if (wrong) return fault(wrong.code, malformed(wrong.reason));
  const kind = command?.kind === 'extract' ? (carriesData(segment.cp) ? 'data' : 'request') : command?.kind;
  if (kind === 'key') return fault(QnRtn.rejected, new Problem('unsupported', { what: 'HJ 212-2025 密钥交换（CN 1014）' }));
  if (kind === 'notify') return { ...nothing, device, answer: answer('9013', '') };
  if (kind === 'request') return { ...nothing, device, answer: answer('9011', `QnRtn=${QnRtn.ready}`) };
  const uploaded = { ...nothing, device, answer: answer('9014', '') };
  return command?.period ? { ...uploaded, ...readFactors(memory, segment, command.period, frame.received) } : uploaded;
}

export const hj212 = defineProtocol<Uint8Array, Hj212Memory>({
  id: 'hj212',
  title: { zh: '污染物在线监控（监测）系统数据传输', en: 'Pollutant monitoring data transmission' },
  standard: 'HJ 212-2025 §6，兼收 HJ 212-2017、HJ/T 212-2005',
  maxFrameBytes: maxFrameBytes + 2,
  framing: { initial: new Uint8Array(0), cut: cutHj212 },
  initial: [],
  decode,
  inspect: inspectHj212,
});
