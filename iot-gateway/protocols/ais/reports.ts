// What an AIS message says, as Readings that carry a position and as facts about the ship: units of the house, no value where AIS says none.
//
// Source: ITU-R M.1371-5 Annex 8 §3. Speed over ground in 0.1 kn, positions in 1/10 000 min, course in 0.1°; message 27 is coarser.
import type { LngLat } from '../../../contracts/geo.ts';
import type { Instant, Reading } from '../../../contracts/observation.ts';
import { Problem } from '../../../contracts/problem.ts';
import { checkTime } from '../../moment.ts';
import { readPosition } from '../../observation-json.ts';
import { printable } from '../../printable.ts';
import { type Layout, layouts, mostMessageType, stampFlags, staticB } from '../ais.codes.ts';
import { readBits, readLayout, unarmour, type Values } from './bits.ts';

export interface AisMessage {
  readonly type: number;
  /** MMSI, nine digits. */
  readonly device: string;
  /** null for types that are not read. */
  readonly layout: Layout | null;
  readonly values: Values;
}

/** Never throws: malformed-frame for characters that are no armour, a type that is none, a message too short for what it must hold. */
export function readAis(payload: string, fill: number): AisMessage | Problem {
  const malformed = (reason: string): Problem => new Problem('malformed-frame', { reason });
  const sixes = unarmour(payload);
  if (sixes === null) return malformed('AIS 载荷含有六比特编码以外的字符');
  const bits = sixes.length * 6 - fill;
  if (bits < 38) return malformed(`AIS 载荷只有 ${bits} 位`);
  const type = readBits(sixes, 0, 6);
  if (type < 1 || type > mostMessageType) return malformed(`AIS 消息类型 ${type}，应为 1–${mostMessageType}`);
  const mmsi = readBits(sixes, 8, 30);
  if (mmsi > 999_999_999) return malformed(`MMSI ${mmsi} 超过九位`);
  const device = String(mmsi).padStart(9, '0');
  let layout = layouts[type];
  if (layout === undefined) return { type, device, layout: null, values: {} };
  if (type === 24 && bits >= 40) {
    const part = readBits(sixes, 38, 2);
    if (part > 1) return malformed(`消息 24 的部分 ${part}，应为 0 或 1`);
    if (part === 1) layout = staticB;
  }
  if (bits < layout.needed) return malformed(`AIS 消息 ${type} 只有 ${bits} 位，至少 ${layout.needed} 位`);
  return { type, device, layout, values: readLayout(sixes, bits, layout) };
}

const metresPerSecond = 1852 / 3600;
export const knots = (value: number): number => value * metresPerSecond;

interface Found {
  readonly readings: Reading[];
  readonly refused: { readonly property: string; readonly problem: Problem }[];
}
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The latest moment with these seconds that is not later than the receipt, a clock ten seconds off allowed for. */
export function atSecond(second: number, heard: Instant): Instant {
  const minute = Math.floor((heard + 10_000) / 60_000) * 60_000;
  const moment = minute + second * 1000;
  return moment > heard + 10_000 ? moment - 60_000 : moment;
}

/** null: AIS says there is none (181°, 91°). */
function placeOf(values: Values, perDegree: number): LngLat | Problem | null {
  const [lng, lat] = [Number(values['lng']) / perDegree, Number(values['lat']) / perDegree];
  return lng === 181 || lat === 91 ? null : readPosition([Math.round(lng * 1e6) / 1e6, Math.round(lat * 1e6) / 1e6]);
}

/** Rate of turn in degrees per minute: 4.733 √rate was sent. ±127 is faster than 5° in 30 s with no number, −128 none. */
export function turnRate(sent: number): number | null {
  return Math.abs(sent) >= 127 ? null : Math.sign(sent) * (sent / 4.733) ** 2;
}

/** §3.2: the base station's own UTC; null where a part of it is not available. */
function stationTime(values: Values): Instant | null {
  const part = (name: string): number => Number(values[name]);
  const [year, month, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map(part) as [
    ...[number, number, number],
    ...[number, number, number],
  ];
  if (year === 0 || month < 1 || month > 12 || day === 0 || hour > 23 || minute > 59 || second > 59) return null;
  const instant = Date.UTC(year, month - 1, day, hour, minute, second);
  return new Date(instant).getUTCDate() === day ? instant : null;
}

/**
 * Readings of one message.
 * @param heard when the receiver got it: the time of its TAG block, else our own receipt
 */
export function readingsOf({ type, device, values }: AisMessage, heard: Instant, received: Instant): Found {
  const found: Found = { readings: [], refused: [] };
  const number = (name: string): number => Number(values[name]);
  const second = values['second'] === undefined ? 60 : number('second');
  let told: Instant = heard;
  if (type === 4 || type === 11) told = stationTime(values) ?? heard;
  else if (second < 60) told = atSecond(second, heard);
  const time = checkTime(told, received);
  if (time instanceof Problem) {
    found.refused.push({ property: 'position', problem: time });
    return found;
  }
  const located = values['lng'] !== undefined;
  const place = located ? placeOf(values, type === 27 ? 600 : 600_000) : null;
  if (place instanceof Problem) found.refused.push({ property: 'position', problem: place });
  const position = place instanceof Problem ? null : place;
  const flag = located ? (stampFlags[second] ?? null) : null;
  const push = (property: string, result: number | null): void => {
    const reading: Writable<Reading> = { device, property, period: 'instant', statistic: 'value', phenomenonTime: time, result, flag };
    if (position !== null) reading.position = position;
    found.readings.push(reading);
  };
  const long = type === 27;
  if (values['speed'] !== undefined) {
    const [speed, course] = [number('speed'), number('course')];
    push('sog', speed === (long ? 63 : 1023) ? null : knots(long ? speed : speed / 10));
    push('cog', course >= (long ? 360 : 3600) ? null : long ? course : course / 10);
  }
  if (values['heading'] !== undefined) push('heading', number('heading') > 359 ? null : number('heading'));
  if (values['turn'] !== undefined) push('turn-rate', turnRate(number('turn')));
  if (values['status'] !== undefined) push('nav-status', number('status') === 15 ? null : number('status'));
  if (type === 5) push('draught', number('draught') === 0 ? null : number('draught') / 10);
  if (type === 4 || type === 11) push('fix-accuracy', number('accuracy'));
  // §3.19: the indicator counts only while the time stamp is one.
  if (type === 21) push('off-position', second > 59 ? null : number('offPosition'));
  return found;
}

const filled = (value: number | string | undefined): string => printable(String(value ?? '').trim());

/** What a ship or an aid says of itself (messages 5, 19, 21, 24); null for the others. */
export function factsOf({ type, values }: AisMessage): Readonly<Record<string, string | number>> | null {
  if (type !== 5 && type !== 19 && type !== 21 && type !== 24) return null;
  const facts: Record<string, string | number> = {};
  const number = (name: string): number => Number(values[name] ?? 0);
  const name = filled(`${values['name'] ?? ''}${values['nameExtension'] ?? ''}`);
  if (name) facts['name'] = name;
  for (const key of ['callSign', 'destination', 'vendor']) if (filled(values[key])) facts[key] = filled(values[key]);
  for (const key of ['imo', 'shipType', 'aidType']) if (number(key) > 0) facts[key] = number(key);
  // Metres; an auxiliary craft (MMSI 98…) writes its mother ship's MMSI here instead, and whoever asks the size of that is misled.
  const auxiliary = type === 24 && String(values['mmsi']).startsWith('98');
  if (!auxiliary && number('toBow') + number('toStern') > 0) facts['length'] = number('toBow') + number('toStern');
  if (!auxiliary && number('toPort') + number('toStarboard') > 0) facts['beam'] = number('toPort') + number('toStarboard');
  if (type === 5 && number('month') > 0 && number('day') > 0 && number('hour') < 24) {
    const two = (key: string): string => String(number(key)).padStart(2, '0');
    facts['eta'] = `${two('month')}-${two('day')}T${two('hour')}:${two('minute')}Z`;
  }
  if (type === 21 && number('virtual') === 1) facts['virtual'] = 1;
  return facts;
}
