// Bodies in ASCII, and the text of manual reports: identifiers and data between spaces; read into a Place.
//
//   ST 0012345678 H TT 2611240800 PJ 12.5 PT 125.0 Z 12.340 VT 12.65 ␠
//   ST … H TT 2611240800 DRN05 Z Q 12.34 100.5 12.35 M ␠        a series: identifiers first, then their values time by time, M for none
//
// Source: SL 651-2014 §6.6.2, 6.6.4.4, 6.6.4.8, Annex C with table C.2, Annex G (manual text, SL 330).
import { Problem } from '../../../contracts/problem.ts';
import { printable } from '../../printable.ts';
import type { Element } from '../sl651.codes.ts';
import { elementByAscii, functions, stationClasses } from './elements.ts';
import { digitTime } from './frame.ts';
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

const elementOf = (token: string): Element | undefined => elementByAscii.get(token.toUpperCase());
const stepToken = /^DR([DHN])(\d{2})$/i;
const stepUnits: Readonly<Record<string, readonly [milliseconds: number, most: number]>> = {
  D: [86_400_000, 31],
  H: [3_600_000, 23],
  N: [60_000, 59],
};
/** Table C.2; null: no such step. */
function stepOf(token: string): number | null {
  const [, letter = '', number = ''] = stepToken.exec(token) ?? [];
  const unit = stepUnits[letter.toUpperCase()];
  return unit && Number(number) <= unit[1] ? Number(number) * unit[0] : null;
}

/** A decimal number as its digits and the place of its point; null for M; undefined when it is neither. */
function numberOf(text: string): { whole: number | null; decimals: number } | undefined {
  if (/^m$/i.test(text)) return { whole: null, decimals: 0 };
  const [, sign = '', before = '', , after = ''] = /^([+-]?)(\d{1,13})(\.(\d{0,7}))?$/.exec(text) ?? [];
  // More than 15 digits are exact no longer.
  if (before === '' || before.length + after.length > 15) return undefined;
  const whole = Number(`${before}${after}`);
  return { whole: sign === '-' ? -whole : whole, decimals: after.length };
}

/** Annex C: groups of five minutes as hexadecimal text; width 2 for rain, 4 for levels. */
function addGroups(place: Place, element: Element, text: string, from: number): number {
  const width = element.kind === 'rain' ? 2 : 4;
  if (!/^[0-9a-f]+$/i.test(text) || text.length % width !== 0)
    refuse(place, element.ascii, malformed(`${element.zh} 的数据 ${printable(text, 32)} 不是 HEX 码`));
  else {
    for (let index = 0; index * width < text.length; index++) {
      const value = Number.parseInt(text.slice(index * width, (index + 1) * width), 16);
      const none = value === 16 ** width - 1;
      if (!addFiveMinutes(place, element, from + index, none ? null : value / (width === 2 ? 10 : 100))) break;
    }
  }
  return from + Math.floor(text.length / width);
}

function addText(place: Place, element: Element, text: string, time: Place['time']): void {
  if (element.kind === 'bits') {
    if (/^[0-9a-f]{8}$/i.test(text)) addValue(place, element, Number.parseInt(text, 16), 0, time);
    else refuse(place, element.ascii, malformed(`${element.zh} ${printable(text, 32)} 不是 4 字节 HEX 码`));
    return;
  }
  const number = numberOf(text);
  if (number) addValue(place, element, number.whole, number.decimals, time);
  else refuse(place, element.ascii, malformed(`${element.zh} 的数据 ${printable(text, 32)} 不是数字`));
}

/** §6.6.4.4: the identifiers, then their values, one of each for every time. Returns the token behind it. */
function addSeries(place: Place, tokens: readonly string[], at: number): number {
  const named: Element[] = [];
  for (let element = elementOf(tokens[at] ?? ''); element; element = elementOf(tokens[at] ?? '')) {
    named.push(element);
    at++;
  }
  if (named.length === 0) return at;
  const { step } = place;
  const first = named[0]!;
  let group = 0;
  let when: number | null = null;
  for (let index = 0; at < tokens.length; index++, at++) {
    const token = tokens[at]!;
    if (first.kind === 'rain' || first.kind === 'level') {
      group = addGroups(place, first, token, group);
      continue;
    }
    if (!numberOf(token) && /^[a-z]/i.test(token)) return at;
    const row = Math.floor(index / named.length);
    if (index % named.length === 0) {
      if (step === null || (step === 0 && row > 0)) {
        refuse(place, first.ascii, malformed('时间步长不明，或为 0 而跟的不是 1 小时时段组合数据（表 C.1 注 g）'));
        return tokens.length;
      }
      when = seriesTime(place, first, row * step);
      if (when === null) return tokens.length;
    }
    addText(place, named[index % named.length]!, token, when!);
  }
  return at;
}

/** The address of ST: ten digits, or the eight of SL 330 and SL 502, which the standard puts behind 00 (table 13). */
function stationOf(text: string): string | null {
  return /^[0-9a-f]{10}$/i.test(text) ? text.toUpperCase() : /^\d{8}$/.test(text) ? `00${text}` : null;
}

/** Time of TT: ten digits, or the MMDDHHmm of SL 330, whose year is that of the message. */
function timeOf(place: Place, text: string, sent: number): void {
  if (!/^\d{8}$/.test(text)) {
    enterTime(place, digitTime(text));
    return;
  }
  const year = new Date((Number.isNaN(sent) ? place.received : sent) + 8 * 3_600_000).getUTCFullYear() - 2000;
  const digits = (value: number): string => String(value).padStart(2, '0');
  const instant = digitTime(digits(year) + text);
  // Reported in January, observed in December.
  enterTime(place, instant > place.received + 86_400_000 ? digitTime(digits(year - 1) + text) : instant);
}

/**
 * Reads text behind serial and time into the place. @param sent when the message was sent, NaN when it does not say; its year is that of short
 * times
 */
export function readTextBody(place: Place, text: string, sent: number): void {
  const series = functions[place.fn]?.content === 'series';
  const tokens = text.split(/[ \r\n\t\0]+/).filter((token) => token !== '');
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at]!;
    const upper = token.toUpperCase();
    const data = tokens[at + 1];
    if (upper === 'ST') {
      const station = stationOf(data ?? '');
      if (station === null) {
        refuse(place, 'ST', malformed(`测站编码 ${printable(data ?? '缺失', 16)} 不合规`));
        return;
      }
      enterStation(place, station);
      at += 2;
      const letter = tokens[at] ?? '';
      // H is a class here and an element elsewhere: behind the address stands the class.
      if (letter.length === 1 && letter.toUpperCase().charCodeAt(0) in stationClasses)
        place.stationClass = tokens[at++]!.toUpperCase().charCodeAt(0);
    } else if (upper === 'TT') {
      timeOf(place, data ?? '', sent);
      at += 2;
    } else if (stepToken.test(token)) {
      place.step = stepOf(token);
      if (place.step === null) refuse(place, 'DR', malformed(`时间步长码 ${token} 不合表 C.2`));
      at++;
      if (series) at = addSeries(place, tokens, at);
    } else if (upper === 'NN') at++;
    else if (data === undefined) {
      refuse(place, printable(token, 16), malformed(`${printable(token, 16)} 没有数据`));
      at++;
    } else {
      at = addGroup(place, upper, data) ? at + 2 : at + 1;
    }
  }
}

/** Annex G: CD is the day's mean water temperature and AS how an area was measured; in Annex C they are cadmium and arsenic. */
const otherInManual = new Set(['CD', 'AS']);

/** One identifier with its data; false when it was no identifier at all. */
function addGroup(place: Place, code: string, data: string): boolean {
  const element = functions[place.fn]?.content === 'manual' && otherInManual.has(code) ? undefined : elementOf(code);
  if (element?.kind === 'raw')
    refuse(place, code, new Problem('unsupported', { what: '流速批量数据（DATA），标准未定其格式，原始报文已留存' }));
  else if (element?.kind === 'rain' || element?.kind === 'level') addGroups(place, element, data, 0);
  else if (element) addText(place, element, data, place.time);
  else if (/^[A-Z][A-Z0-9]{0,7}$/.test(code)) addText(place, unknownElement(code), data, place.time);
  else {
    refuse(place, printable(code, 16), malformed(`${printable(code, 16)} 不是要素标识符`));
    return false;
  }
  return true;
}
