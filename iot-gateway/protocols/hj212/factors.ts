// The factors of an HJ 212 CP region as Readings: codes of two editions, statistics, times, units, flags, split packets, late data.
//
// Source: HJ 212-2017 §6.3.4 (packets), §6.3.5, Annexes B and C; HJ/T 212-2005 Annex B for the old codes.
import type { Instant, Period, Reading, Statistic } from '../../../contracts/observation.ts';
import { observedProperty } from '../../../contracts/observed-property.ts';
import { Problem } from '../../../contracts/problem.ts';
import type { Decoded } from '../../../contracts/protocol.ts';
import { checkTime } from '../../moment.ts';
import { printable } from '../../printable.ts';
import { airFlags2005, attributes, flags2005, gasCodes2005, gasSystems, waterCodes2005, waterSystems } from '../hj212.codes.ts';
import { type Hj212Memory, joinPacket } from './packets.ts';
import { cpOpen, newWalk, nextAttribute, parseBeijingTime, type Segment } from './segment.ts';

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

/** One attribute of one factor, as far as it is the same in every frame. */
interface Series {
  readonly property: string;
  readonly statistic: Statistic;
  readonly unit: string | undefined;
}
/** One factor code as one kind of system sends it. */
interface Kind {
  readonly code: string;
  /** Fit to name an ObservedProperty. */
  readonly valid: boolean;
  /** By the attribute's place in attributeNames; filled when first met. */
  readonly series: (Series | undefined)[];
}
const attributeNames = Object.keys(attributes);
const attributeIndex = new Map(attributeNames.map((name, index) => [name, index]));

/** Looked up instead of worked out for each reading. Devices name codes and systems, so what they can fill is bounded. */
const kinds = new Map<string, Map<string, Kind>>();
const kindsMost = 4096;
let kindsCount = 0;

function kindOf(sent: string, st: string): Kind {
  const known = kinds.get(st)?.get(sent);
  if (known) return known;
  const code = factorCode(sent, st);
  const kind: Kind = { code, valid: /^[A-Za-z0-9_]{1,32}$/.test(code), series: [] };
  // Longer texts would be slices that keep their frame's text alive; codes of the standard have six characters.
  if (kindsCount < kindsMost && sent.length <= 12 && st.length <= 3) {
    kindsCount++;
    let ofSystem = kinds.get(st);
    if (!ofSystem) {
      ofSystem = new Map();
      kinds.set(st, ofSystem);
    }
    ofSystem.set(sent, kind);
  }
  return kind;
}
function seriesOf(kind: Kind, index: number, st: string): Series {
  let series = kind.series[index];
  if (!series) {
    const { statistic, converted, unit } = attributes[attributeNames[index]!]!;
    const property = converted ? `${kind.code}-Zs` : kind.code;
    series = { property, statistic, unit: unit ?? unitOf(property, statistic, st) };
    kind.series[index] = series;
  }
  return series;
}

/** A flag in today's form; null: none was sent; '?' for one that is no short word. */
function flagOf(sent: string | null, st: string): string | null {
  if (sent === null || sent === '') return null;
  if (sent === 'N') return sent;
  const old = st === '22' ? airFlags2005 : flags2005;
  return Object.hasOwn(old, sent) ? (old[sent] ?? null) : /^[\w-]{1,8}$/.test(sent) ? sent : '?';
}

/** How devices write that they have no number: empty, dashes, asterisks, NaN, null. */
const noNumber = /^\s*(-+|\*+|nan|null|none|n\/a)?\s*$/i;
/** 1234.5 and its like, or NaN. Exact: whole and power of ten are both below 2^53, and IEEE 754 rounds their quotient as it rounds the text. */
function plainNumber(text: string): number {
  const { length } = text;
  if (length === 0 || length > 15) return Number.NaN;
  let whole = 0;
  let scale = 0;
  let first = 0;
  if (text.charCodeAt(0) === 0x2d) first = 1;
  for (let i = first; i < length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x2e && scale === 0 && i > first) scale = 1;
    else if (char >= 0x30 && char <= 0x39) {
      whole = whole * 10 + char - 0x30;
      scale *= 10;
    } else return Number.NaN;
  }
  if (length === first) return Number.NaN;
  const value = scale > 1 ? whole / scale : whole;
  return first === 1 ? -value : value;
}
/** A number as devices write it; null: the sensor has none. Anything else is no number and no statement either. */
function numberOf(text: string): number | null | Problem {
  const plain = plainNumber(text);
  if (!Number.isNaN(plain)) return plain;
  if (noNumber.test(text)) return null;
  const value = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : new Problem('malformed-frame', { reason: `值 ${printable(text, 40)} 不是数字` });
}

interface Factor {
  readonly code: string;
  flag: string | null;
  sampleTime: string | null;
  /** Attribute and its value, in turns. */
  readonly values: string[];
}

function isRepeated(factor: Factor, name: string): boolean {
  if (name === 'Flag') return factor.flag !== null;
  if (name === 'SampleTime') return factor.sampleTime !== null;
  for (let i = 0; i < factor.values.length; i += 2) if (factor.values[i] === name) return true;
  return false;
}

/** Adds the factors of a CP in order, and gives its DataTime. A repeated attribute begins a new one: the same factor sampled twice in one frame. */
function collectFactors(text: string, from: number, to: number, factors: Factor[]): string | null {
  let dataTime: string | null = null;
  let factor: Factor | undefined;
  const walk = newWalk(from, to);
  while (nextAttribute(text, walk)) {
    const { start, dash, equals, end } = walk;
    const value = text.slice(equals + 1, end);
    if (dash < 0) {
      if (text.slice(start, equals) === 'DataTime') dataTime = value;
      continue;
    }
    const name = text.slice(dash + 1, equals);
    const same = factor !== undefined && factor.code.length === dash - start && text.startsWith(factor.code, start);
    if (factor === undefined || !same || isRepeated(factor, name)) {
      factor = { code: text.slice(start, dash), flag: null, sampleTime: null, values: [] };
      factors.push(factor);
    }
    if (name === 'Flag') factor.flag = value;
    else if (name === 'SampleTime') factor.sampleTime = value;
    else factor.values.push(name, value);
  }
  return dataTime;
}

type Content = Pick<Decoded<Hj212Memory>, 'memory' | 'readings' | 'refused'>;

/** Time of a factor: its own SampleTime for values that were sampled (-Rtd), the DataTime of the period for everything taken over one. */
function timeOf(text: string, received: number): number | Problem {
  const instant = parseBeijingTime(text);
  return instant === null ? new Problem('bad-time', { reason: `${printable(text, 40)} 不是有效时刻` }) : checkTime(instant, received);
}

/**
 * 补传: data are late once a whole further period of the longest allowed interval has gone by since their own ended (RtdInterval ≤ 3600 s,
 * MinInterval ≤ 30 min, Annex C). Asked for with a request (2051, 2061, 2031 with BeginTime) or sent by the logger after an outage, they look alike.
 */
const lateAfter: Readonly<Record<Period, number>> = { instant: 3_600_000, minute: 3_600_000, hour: 7_200_000, day: 172_800_000 };

/** §6.3.5, Annex C: the factors of 2011, 2051, 2061, 2031 and their like as Readings. `text`: the segment's, with its CP region. */
export function readFactors(memory: Hj212Memory, segment: Segment, text: string, period: Period, received: Instant): Content {
  const refused: { property: string; problem: Problem }[] = [];
  const factors: Factor[] = [];
  const cp = segment.cp ?? '';
  const from = text.indexOf(cpOpen) + cpOpen.length;
  let dataTime = collectFactors(text, from, from + cp.length, factors);
  let next = memory;
  let missing = '缺 DataTime';
  if (segment.pnum !== null && segment.pnum > 1) {
    const joined = joinPacket(memory, segment, dataTime, cp);
    next = joined.memory;
    dataTime = joined.dataTime;
    missing = joined.missing;
    for (const early of joined.early) collectFactors(early, 0, early.length, factors);
    for (const problem of joined.refused) refused.push({ property: '拆包', problem });
  }
  const frameTime = dataTime === null ? new Problem('bad-time', { reason: missing }) : timeOf(dataTime, received);
  const late = typeof frameTime === 'number' && received - frameTime > lateAfter[period];
  const readings: Reading[] = [];
  for (const factor of factors) readFactor(factor, { segment, period, received, frameTime, late }, readings, refused);
  return { memory: next, readings, refused };
}

interface Setting {
  readonly segment: Segment;
  readonly period: Period;
  readonly received: Instant;
  readonly frameTime: Instant | Problem;
  readonly late: boolean;
}

function readFactor(factor: Factor, setting: Setting, readings: Reading[], refused: { property: string; problem: Problem }[]): void {
  const { segment, period, received, frameTime, late } = setting;
  const st = segment.st ?? '';
  const kind = kindOf(factor.code, st);
  if (!kind.valid) {
    const property = printable(kind.code, 32);
    refused.push({ property, problem: new Problem('malformed-frame', { reason: `因子编码 ${property} 不合规` }) });
    return;
  }
  const device = segment.mn ?? '';
  const flag = flagOf(factor.flag, st);
  const sampled = factor.sampleTime === null ? frameTime : timeOf(factor.sampleTime, received);
  let problem: Problem | undefined;
  for (let i = 0; i < factor.values.length; i += 2) {
    const index = attributeIndex.get(factor.values[i]!);
    if (index === undefined) continue;
    const { property, statistic, unit } = seriesOf(kind, index, st);
    const time = statistic === 'value' ? sampled : frameTime;
    if (typeof time !== 'number') {
      problem = time;
      continue;
    }
    const result = numberOf(factor.values[i + 1]!);
    if (result instanceof Problem) {
      refused.push({ property: `${kind.code}-${factor.values[i]}`, problem: result });
      continue;
    }
    const reading: { -readonly [K in keyof Reading]: Reading[K] } = {
      device,
      property,
      period,
      statistic,
      phenomenonTime: time,
      result,
      flag,
    };
    if (unit !== undefined) reading.unit = unit;
    if (late) reading.late = true;
    readings.push(reading);
  }
  if (problem) refused.push({ property: kind.code, problem });
}
