// The factors of an HJ 212 CP region as Readings: codes of two editions, statistics, times, units, flags, split packets.
//
// Source: HJ 212-2017 §6.3.4 (packets), §6.3.5, Annexes B and C; HJ/T 212-2005 Annex B for the old codes.
import type { Period, Reading, Statistic } from '../../../contracts/observation.ts';
import { observedProperty } from '../../../contracts/observed-property.ts';
import { Problem } from '../../../contracts/problem.ts';
import type { Decoded } from '../../../contracts/protocol.ts';
import { checkTime } from '../../moment.ts';
import { printable } from '../../printable.ts';
import { attributes, gasCodes2005, gasSystems, waterCodes2005, waterSystems } from '../hj212.codes.ts';
import { eachAttribute, parseBeijingTime, type Segment } from './segment.ts';

/** DataTime of the first packet of each split message of late (§6.3.4), newest last. */
export type Hj212Memory = readonly { readonly key: string; readonly dataTime: string }[];
const rememberedMessages = 16;

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

/** A number as devices write it; null for anything else ('-', 'NaN', empty): the sensor has none. */
function numberOf(text: string): number | null {
  if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
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
function timeOf(text: string | null, received: number): number | Problem {
  if (text === null) return new Problem('bad-time', { reason: '缺 DataTime' });
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
  let dataTime = found.dataTime;
  let next = memory;
  if (segment.pnum !== null && segment.pnum > 1) {
    // §6.3.4: only the first packet must name the time; the others are of the same QN.
    const key = `${device} ${segment.qn} ${segment.cn}`;
    if (dataTime === null) dataTime = memory.find((message) => message.key === key)?.dataTime ?? null;
    else if (segment.pno === 1)
      next = [...memory.filter((message) => message.key !== key).slice(1 - rememberedMessages), { key, dataTime }];
  }
  const frameTime = timeOf(dataTime, received);
  for (const factor of found.factors) {
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
      const property = attribute.converted ? `${code}-Zs` : code;
      const unit = unitOf(property, attribute.statistic, st);
      readings.push({
        device,
        property,
        period,
        statistic: attribute.statistic,
        phenomenonTime: time,
        result: numberOf(text),
        flag: factor.flag === null || factor.flag === '' ? null : /^[\w-]{1,8}$/.test(factor.flag) ? factor.flag : '?',
        ...(unit === undefined ? {} : { unit }),
      });
    }
    if (problem) refused.push({ property: code, problem });
  }
  return { memory: next, readings, refused };
}
