// The factors of an HJ 212 CP region as Readings: codes of two editions, statistics, times, units, flags, split packets.
//
// Source: HJ 212-2017 §6.3.4 (packets), §6.3.5, Annexes B and C; HJ/T 212-2005 Annex B for the old codes.
import type { Period, Reading, Statistic } from '../../../contracts/observation.ts';
import { observedProperty } from '../../../contracts/observed-property.ts';
import { Problem } from '../../../contracts/problem.ts';
import type { Decoded } from '../../../contracts/protocol.ts';
import { checkTime } from '../../moment.ts';
import { printable } from '../../printable.ts';
import { airFlags2005, attributes, flags2005, gasCodes2005, gasSystems, waterCodes2005, waterSystems } from '../hj212.codes.ts';
import { eachAttribute, parseBeijingTime, type Segment } from './segment.ts';

/** A split message of late (§6.3.4): the DataTime of its first packet, and CPs that came before it, because the first was sent again. */
interface SplitMessage {
  readonly key: string;
  readonly dataTime: string | null;
  readonly early: readonly string[];
}
/** Newest last. */
export type Hj212Memory = readonly SplitMessage[];
const rememberedMessages = 16;
/** Of one connection; a packet is 1024 bytes at most by the standard. */
const earlyMost = 8;
const earlyLength = 1024;
/** A real copy: a slice would keep the whole frame's text alive. */
const copyOf = (text: string): string => [...text].join('');

/** A factor's code in today's form: 2005 codes by the kind of system, capitals of the first letter lowered. */
function factorCode(code: string, st: string): string {
  if (/^[AW]\d{5}$/.test(code)) return code.toLowerCase();
  return (waterSystems.has(st) ? waterCodes2005[code] : gasSystems.has(st) ? gasCodes2005[code] : undefined) ?? code;
}

/** UCUM unit where it is not the property's own. Sums: flow in m3, mass in kg (HJ 212-2017 Annex B). Stack gas (ST 31): mg/m3. */
function unitOf(property: string, statistic: Statistic, st: string): string | undefined {
  const { unit } = observedProperty(property.replace(/-Zs$/, ''));
  if (statistic === 'sum') {
    if (property === 'w00000' || property === 'a00000') return 'm3';
    return unit === 'mg/L' || unit === 'mg/m3' || unit === 'ug/m3' ? 'kg' : undefined;
  }
  if (st === '31' && unit === 'ug/m3') return 'mg/m3';
  return property.endsWith('-Zs') && unit ? unit : undefined;
}

/** A flag in today's form; null: none was sent; '?' for one that is no short word. */
function flagOf(sent: string | null, st: string): string | null {
  if (sent === null || sent === '') return null;
  const old = st === '22' ? airFlags2005 : flags2005;
  return Object.hasOwn(old, sent) ? (old[sent] ?? null) : /^[\w-]{1,8}$/.test(sent) ? sent : '?';
}

/** How devices write that they have no number: empty, dashes, asterisks, NaN, null. */
const noNumber = /^\s*(-+|\*+|nan|null|none|n\/a)?\s*$/i;
/** A number as devices write it; null: the sensor has none. Anything else is no number and no statement either. */
function numberOf(text: string): number | null | Problem {
  if (noNumber.test(text)) return null;
  const value = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : new Problem('malformed-frame', { reason: `值 ${printable(text, 40)} 不是数字` });
}

interface Factor {
  code: string;
  flag: string | null;
  sampleTime: string | null;
  values: [attribute: string, value: string][];
}

/** Factors of a CP in order. A repeated attribute begins a new one: the same factor sampled twice in one frame. */
function factorsOf(cp: string): { dataTime: string | null; factors: Factor[] } {
  const factors: Factor[] = [];
  let dataTime: string | null = null;
  let factor: Factor | undefined;
  eachAttribute(cp, (code, name, value) => {
    if (code === null) {
      if (name === 'DataTime') dataTime = value;
      return;
    }
    const repeated =
      factor !== undefined &&
      (name === 'Flag' ? factor.flag : name === 'SampleTime' ? factor.sampleTime : factor.values.find(([n]) => n === name)?.[0]);
    if (factor === undefined || factor.code !== code || typeof repeated === 'string') {
      factor = { code, flag: null, sampleTime: null, values: [] };
      factors.push(factor);
    }
    if (name === 'Flag') factor.flag = value;
    else if (name === 'SampleTime') factor.sampleTime = value;
    else factor.values.push([name, value]);
  });
  return { dataTime, factors };
}

type Content = Pick<Decoded<Hj212Memory>, 'memory' | 'readings' | 'refused'>;

/** Time of a factor: its own SampleTime for values that were sampled (-Rtd), the DataTime of the period for everything taken over one. */
function timeOf(text: string, received: number): number | Problem {
  const instant = parseBeijingTime(text);
  return instant === null ? new Problem('bad-time', { reason: `${printable(text, 40)} 不是有效时刻` }) : checkTime(instant, received);
}

/** §6.3.5, Annex C: the factors of 2011, 2051, 2061 and 2031 as Readings. */
export function readFactors(memory: Hj212Memory, segment: Segment, period: Period, received: number): Content {
  const readings: Reading[] = [];
  const refused: { property: string; problem: Problem }[] = [];
  const found = factorsOf(segment.cp ?? '');
  const st = segment.st ?? '';
  const device = segment.mn ?? '';
  let { dataTime, factors } = found;
  let next = memory;
  let missing = '缺 DataTime';
  if (segment.pnum !== null && segment.pnum > 1) {
    // §6.3.4: only the first packet must name the time; the others are of the same QN.
    const key = `${device} ${segment.qn} ${segment.cn}`;
    const message = memory.find((one) => one.key === key) ?? { key, dataTime: null, early: [] };
    const others = memory.filter((one) => one.key !== key).slice(1 - rememberedMessages);
    if (dataTime !== null && segment.pno === 1) {
      // Their raw frame is this one, of the same QN: until now they had no time and were no readings.
      factors = [...factors, ...message.early.flatMap((cp) => factorsOf(cp).factors)];
      next = [...others, { key, dataTime, early: [] }];
    } else if (dataTime === null) {
      dataTime = message.dataTime;
      const cp = segment.cp ?? '';
      if (dataTime === null) missing = '缺 DataTime，拆包的首包未到，到后补入';
      if (dataTime === null && cp.length <= earlyLength && !message.early.includes(cp)) {
        const room = memory.reduce((count, { early }) => count + early.length, 0) < earlyMost;
        if (room) next = [...others, { ...message, early: [...message.early, copyOf(cp)] }];
        else missing = '缺 DataTime，拆包的首包未到';
      }
    }
  }
  const frameTime = dataTime === null ? new Problem('bad-time', { reason: missing }) : timeOf(dataTime, received);
  for (const factor of factors) {
    const code = factorCode(factor.code, st);
    if (!/^[A-Za-z0-9_]{1,32}$/.test(code)) {
      refused.push({
        property: printable(code, 32),
        problem: new Problem('malformed-frame', { reason: `因子编码 ${printable(code, 32)} 不合规` }),
      });
      continue;
    }
    const sampled = factor.sampleTime === null ? frameTime : timeOf(factor.sampleTime, received);
    let problem: Problem | undefined;
    for (const [name, text] of factor.values) {
      const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      if (!attribute) continue;
      const time = attribute.statistic === 'value' ? sampled : frameTime;
      if (typeof time !== 'number') {
        problem = time;
        continue;
      }
      const result = numberOf(text);
      if (result instanceof Problem) {
        refused.push({ property: `${code}-${name}`, problem: result });
        continue;
      }
      const property = attribute.converted ? `${code}-Zs` : code;
      const unit = unitOf(property, attribute.statistic, st);
      readings.push({
        device,
        property,
        period,
        statistic: attribute.statistic,
        phenomenonTime: time,
        result,
        flag: flagOf(factor.flag, st),
        ...(unit === undefined ? {} : { unit }),
      });
    }
    if (problem) refused.push({ property: code, problem });
  }
  return { memory: next, readings, refused };
}
