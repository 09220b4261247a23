// Split messages of HJ 212: what is remembered of one from packet to packet, within bounds, and what of it never came.
//
// Source: HJ 212-2017 §6.3.4: PNUM packets of the same QN, ST, CN and MN, numbered from 1, each with length and checksum of its own. Only the
// first must name the time. A packet's readings go on at once; what came before its first packet waits for that one.
import { Problem } from '../../../contracts/problem.ts';
import { printable } from '../../printable.ts';
import type { Segment } from './segment.ts';

interface SplitMessage {
  readonly key: string;
  /** DataTime of the first packet. */
  readonly dataTime: string | null;
  /** CPs that came before it, because the first was lost and sent again. */
  readonly early: readonly string[];
  readonly pnum: number;
  /** Numbers that have come; empty when there are too many packets to watch over. */
  readonly seen: readonly number[];
}
/** Newest last. */
export type Hj212Memory = readonly SplitMessage[];
const rememberedMessages = 16;
/** Of one connection; a packet is 1024 bytes at most by the standard. */
const earlyMost = 8;
const earlyLength = 1024;
const watchedPackets = 64;
const namedPackets = 8;
/** A real copy: a slice would keep the whole frame's text alive. */
const copyOf = (text: string): string => [...text].join('');

export interface Joined {
  readonly memory: Hj212Memory;
  readonly dataTime: string | null;
  /** CPs that can be placed now. Their raw frame is this one, of the same QN: until now they had no time and were no readings. */
  readonly early: readonly string[];
  /** Why there is no time, where there is none. */
  readonly missing: string;
  /** Messages that are given up, with what is missing of them; packets with an impossible number. */
  readonly refused: readonly Problem[];
}

/** A message that is pushed out of the memory by newer ones: which packets never came, or null when all did. */
function lossOf({ key, pnum, seen }: SplitMessage): Problem | null {
  if (pnum > watchedPackets || seen.length >= pnum) return null;
  const lost: number[] = [];
  for (let n = 1; n <= pnum && lost.length < namedPackets; n++) if (!seen.includes(n)) lost.push(n);
  const more = pnum - seen.length > lost.length ? ' 等' : '';
  return new Problem('malformed-frame', { reason: `拆包 ${printable(key)} 共 ${pnum} 包，未收到第 ${lost.join('、')} 包${more}` });
}

/** Takes a packet of a split message into account. `dataTime`: its own, if it names one. */
export function joinPacket(memory: Hj212Memory, segment: Segment, dataTime: string | null, cp: string): Joined {
  const { pno } = segment;
  const pnum = segment.pnum ?? 0;
  const key = `${segment.mn ?? ''} ${segment.qn} ${segment.cn}`;
  if (pno === null || pno < 1 || pno > pnum) {
    const reason = `PNO ${pno ?? '缺失'} 不在 1–${pnum}`;
    return { memory, dataTime, early: [], missing: `缺 DataTime，${reason}`, refused: [new Problem('malformed-frame', { reason })] };
  }
  const found = memory.find((one) => one.key === key);
  const message = found ?? { key: copyOf(key), dataTime: null, early: [], pnum, seen: [] };
  const watch = pnum <= watchedPackets && !message.seen.includes(pno);
  const heard = watch ? { ...message, seen: [...message.seen, pno] } : message;
  const others = memory.filter((one) => one !== found);
  const refused: Problem[] = [];
  while (others.length >= rememberedMessages) {
    const loss = lossOf(others.shift()!);
    if (loss) refused.push(loss);
  }
  if (dataTime !== null) {
    if (pno !== 1) return { memory: [...others, heard], dataTime, early: [], missing: '', refused };
    const first = { ...heard, dataTime: copyOf(dataTime), early: [] };
    return { memory: [...others, first], dataTime, early: message.early, missing: '', refused };
  }
  if (message.dataTime !== null) return { memory: [...others, heard], dataTime: message.dataTime, early: [], missing: '', refused };
  const room = memory.reduce((count, { early }) => count + early.length, 0) < earlyMost;
  const keep = room && cp.length <= earlyLength && !message.early.includes(cp);
  const waiting = keep ? { ...heard, early: [...message.early, copyOf(cp)] } : heard;
  const known = keep || message.early.includes(cp);
  const missing = known ? '缺 DataTime，拆包的首包未到，到后补入' : '缺 DataTime，拆包的首包未到';
  return { memory: [...others, waiting], dataTime: null, early: [], missing, refused };
}
