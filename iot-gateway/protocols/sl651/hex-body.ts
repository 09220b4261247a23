// Bodies in HEX/BCD: identifier, definition byte, data, without separators; read into a Place.
//
//   F1F1 5 bytes class | F0F0 YYMMDDHHmm | 20 19 000005        | 39 23 00012340       | F4 60 12 × 1 byte
//   station            | observed        | 3 bytes, 1 decimal  | 4 bytes, 3 decimals  | rain of twelve times five minutes
//
// Source: SL 651-2014 §6.6.3, table 26 (definition byte: high five bits the number of bytes, low three the decimals), Annex C with its notes.
import { Problem } from '../../../contracts/problem.ts';
import type { Element } from '../sl651.codes.ts';
import { elementById, functions } from './elements.ts';
import { bcdTime, hexOf, stationAt } from './frame.ts';
import {
  addFiveMinutes,
  addValue,
  enterStation,
  enterTime,
  malformed,
  type Place,
  refuse,
  seriesTime,
  unknownElement,
} from './readings.ts';

const minus = 0xff;
/** A number of at most 15 digits is exact; Annex C knows 11. */
const mostBytes = 8;

/**
 * §6.6.3.3: BCD of either sign. null: all F, the station has none (6.6.4.4 d). NaN: no BCD. FF in front says minus; an odd number of digits
 * then stands behind a 0.
 */
export function bcdNumber(bytes: Uint8Array, at: number, count: number): number | null {
  let i = at;
  const end = at + count;
  const negative = bytes[i] === minus;
  if (negative) i++;
  let value = 0;
  for (; i < end; i++) {
    const byte = bytes[i]!;
    const high = byte >> 4;
    const low = byte & 15;
    if (high > 9 || low > 9) {
      for (let j = at; j < end; j++) if (bytes[j] !== minus) return Number.NaN;
      return null;
    }
    value = value * 100 + high * 10 + low;
  }
  if (negative && count === 1) return null;
  return negative ? -value : value;
}

/** Notes g and table C.3: days, hours and minutes, of which one counts; null: no such step. */
export function stepOf(bytes: Uint8Array, at: number): number | null {
  const parts = [bcdNumber(bytes, at, 1), bcdNumber(bytes, at + 1, 1), bcdNumber(bytes, at + 2, 1)];
  const [days, hours, minutes] = parts as [number, number, number];
  if (!(days <= 31 && hours <= 23 && minutes <= 59)) return null;
  return ((days * 24 + hours) * 60 + minutes) * 60_000;
}

function addBcd(place: Place, element: Element, bytes: Uint8Array, at: number, count: number, decimals: number, time: Place['time']): void {
  const whole = count > mostBytes ? Number.NaN : bcdNumber(bytes, at, count);
  if (whole === null || !Number.isNaN(whole)) addValue(place, element, whole, decimals, time);
  else refuse(place, element.ascii, malformed(`${element.zh} 的数据 ${hexOf(bytes, at, at + count)} 不是 BCD 码`));
}

/** Table 58: four bytes, not BCD. */
function addBits(place: Place, element: Element, bytes: Uint8Array, at: number, count: number): void {
  if (count !== 4) refuse(place, element.ascii, malformed(`${element.zh} ${count} 字节，应为 4 字节 HEX 码`));
  else
    addValue(place, element, ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0, 0, place.time);
}

/** F4: a byte each, 0.1 mm, FF none. F5–FC: two bytes each, 0.01 m above the station's base, FFFF none. */
function addGroups(place: Place, element: Element, bytes: Uint8Array, at: number, end: number): void {
  const width = element.kind === 'rain' ? 1 : 2;
  for (let index = 0; at + width <= end; index++, at += width) {
    const value = width === 1 ? bytes[at]! : (bytes[at]! << 8) | bytes[at + 1]!;
    const none = value === (width === 1 ? 0xff : 0xffff);
    if (!addFiveMinutes(place, element, index, none ? null : value / (width === 1 ? 10 : 100))) return;
  }
}

/**
 * §6.6.4.4, 6.6.4.11: values of one element at even steps to the end of the body, each as long as the first. Returns whether it was such a
 * series: in the field, bodies of 31H and 38H are also seen with the groups of other reports.
 */
function addSeries(place: Place, element: Element, bytes: Uint8Array, at: number, end: number, count: number, decimals: number): boolean {
  if (count === 0 || (end - at) % count !== 0) return false;
  if (element.kind === 'rain' || element.kind === 'level') {
    addGroups(place, element, bytes, at, end);
    return true;
  }
  const { step } = place;
  if (step === null || (step === 0 && end - at > count)) return false;
  for (let index = 0; at < end; index++, at += count) {
    const time = seriesTime(place, element, index * step);
    if (time === null) break;
    addBcd(place, element, bytes, at, count, decimals, time);
  }
  return true;
}

/** Reads the groups of a body between `at` and `end` into the place. */
export function readHexBody(place: Place, bytes: Uint8Array, at: number, end: number): void {
  const known = functions[place.fn];
  while (at < end) {
    const id = bytes[at]!;
    const definition = at + 1 < end ? bytes[at + 1]! : -1;
    if (id === 0xf1 && definition === 0xf1) {
      const size = known?.classed ? 8 : 7;
      if (at + size > end) return void overrun(place, '测站编码');
      enterStation(place, stationAt(bytes, at + 2));
      if (known?.classed) place.stationClass = bytes[at + 7]!;
      at += size;
      continue;
    }
    if (id === 0xf0 && definition === 0xf0) {
      if (at + 7 > end) return void overrun(place, '观测时间');
      enterTime(place, bcdTime(bytes, at + 2, false));
      at += 7;
      continue;
    }
    if (id === 0xfd) {
      // Note f: nothing says how these are laid out.
      refuse(place, 'DATA', new Problem('unsupported', { what: '流速批量数据（FDH），标准未定其格式，原始报文已留存' }));
      return;
    }
    // Text and pictures fill the rest of their body (notes c, d), and stand in their own functions.
    if ((id === 0xf2 && definition === 0xf2) || (id === 0xf3 && definition === 0xf3)) return;
    const extended = id === 0xff;
    const data = at + (extended ? 3 : 2);
    if (data > end) return void overrun(place, hexOf(bytes, at, end));
    const element =
      (extended ? undefined : elementById[id]) ?? unknownElement(extended ? `FF${hexOf(bytes, at + 1, at + 2)}` : hexOf(bytes, at, at + 1));
    const shape = bytes[data - 1]!;
    const count = shape >> 3;
    const decimals = shape & 7;
    const next = data + count;
    if (next > end) return void overrun(place, element.ascii);
    if (known?.content === 'series' && element.kind !== 'step' && addSeries(place, element, bytes, data, end, count, decimals)) return;
    if (element.kind === 'step') {
      place.step = count === 3 ? stepOf(bytes, data) : null;
      if (place.step === null) refuse(place, element.ascii, malformed(`时间步长码 ${hexOf(bytes, data, next)} 不合表 C.3`));
    } else if (element.kind === 'rain' || element.kind === 'level') addGroups(place, element, bytes, data, next);
    else if (element.kind === 'bits') addBits(place, element, bytes, data, count);
    else if (count === 0) refuse(place, element.ascii, malformed(`${element.zh} 没有数据`));
    else addBcd(place, element, bytes, data, count, decimals, place.time);
    at = next;
  }
}

function overrun(place: Place, what: string): void {
  refuse(place, what, malformed(`${what} 的数据超出正文`));
}
