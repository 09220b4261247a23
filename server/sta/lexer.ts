// The words of a $filter: names, numbers, quoted texts, moments, intervals, durations, geography literals, brackets.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §9.3.3.5; literals as OData 4.0 (part 2, ABNF) writes them; moments are ISO 8601.
import { Problem } from '../../contracts/problem.ts';

export type Token =
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string; readonly value: number }
  | { readonly kind: 'text'; readonly text: string; readonly value: string }
  /** Milliseconds since 1970. */
  | { readonly kind: 'time'; readonly text: string; readonly value: number }
  | { readonly kind: 'interval'; readonly text: string; readonly from: number; readonly to: number }
  | { readonly kind: 'date' | 'clock' | 'duration'; readonly text: string; readonly value: string }
  | { readonly kind: 'geo'; readonly text: string; readonly value: string }
  | { readonly kind: 'sign'; readonly text: '(' | ')' | ',' | '/' | '-' };

const moment = String.raw`\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)`;
const text = "'(?:[^']|'')*'";
/** In the order in which they are tried. */
const patterns: readonly (readonly [string, RegExp])[] = [
  ['space', /[ \t\r\n]+/y],
  ['interval', new RegExp(`(${moment})/(${moment})`, 'y')],
  ['time', new RegExp(moment, 'y')],
  ['date', /\d{4}-\d\d-\d\d(?![\d:T])/y],
  ['clock', /\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?/y],
  ['geo', new RegExp(`(?:geography|geometry)(${text})`, 'iy')],
  ['duration', new RegExp(`duration(${text})`, 'iy')],
  ['number', /(?:\d{1,17}(?:\.\d{1,17})?|\.\d{1,17})(?:[eE][+-]?\d{1,3})?(?![\p{L}\p{N}_.])/uy],
  ['text', new RegExp(text, 'y')],
  ['name', /@?[\p{L}_][\p{L}\p{N}_]*(?:[.:-][\p{L}\p{N}_]+)*/uy],
  ['sign', /[(),/-]/y],
];
const mostTokens = 500;
const quoted = (raw: string): string => raw.slice(1, -1).replaceAll("''", "'");

function wrong(given: string, at: number, why: string): Problem {
  return new Problem('bad-parameter', { name: '$filter', given: given.slice(Math.max(0, at - 10), at + 40), allowed: why });
}
function instantOf(raw: string, given: string, at: number): number {
  const value = Date.parse(raw.toUpperCase());
  // Years of four digits: what PostgreSQL and ISO 8601 without agreement both hold.
  if (!Number.isFinite(value)) throw wrong(given, at, '有效的时刻，如 2026-11-24T08:00:00+08:00（+ 写作 %2B）');
  return value;
}

/** A day of the calendar; Date would take 31 February for 3 March. */
function isDay(raw: string): boolean {
  const value = new Date(`${raw}T00:00:00Z`);
  return Number.isFinite(value.getTime()) && value.toISOString().startsWith(raw);
}
export function checkDuration(raw: string): boolean {
  return /^-?P(?=\d|T\d)(\d{1,4}Y)?(\d{1,4}M)?(\d{1,4}W)?(\d{1,6}D)?(T(?=\d)(\d{1,6}H)?(\d{1,6}M)?(\d{1,8}(\.\d{1,6})?S)?)?$/.test(raw);
}

function tokenOf(kind: string, match: RegExpExecArray, given: string): Token {
  const [raw] = match;
  const at = match.index;
  switch (kind) {
    case 'interval': {
      const [from, to] = [instantOf(match[1] as string, given, at), instantOf(match[2] as string, given, at)];
      if (from > to) throw wrong(given, at, '起不晚于止的时段');
      return { kind, text: raw, from, to };
    }
    case 'time':
      return { kind, text: raw, value: instantOf(raw, given, at) };
    case 'date':
      if (!isDay(raw)) throw wrong(given, at, '日历上有的日期');
      return { kind, text: raw, value: raw };
    case 'clock':
      if (!/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?/.test(raw)) throw wrong(given, at, '时刻 HH:MM:SS');
      return { kind, text: raw, value: raw };
    case 'geo': {
      // EWKT's SRID is the house's own or none (OData: geography'SRID=4326;POINT(…)').
      const value = quoted(match[1] as string).replace(/^SRID=(4326|4490|0);/i, '');
      return { kind, text: raw, value };
    }
    case 'duration': {
      const value = quoted(match[1] as string);
      if (!checkDuration(value)) throw wrong(given, at, "ISO 8601 时长，如 duration'PT1H'");
      return { kind, text: raw, value };
    }
    case 'number': {
      const value = Number(raw);
      if (!Number.isFinite(value)) throw wrong(given, at, '有限的数');
      return { kind, text: raw, value };
    }
    case 'text':
      if (raw.includes('\u0000')) throw wrong(given, at, '不含空字符的文字');
      return { kind, text: raw, value: quoted(raw) };
    case 'name':
      return { kind, text: raw };
    default:
      return { kind: 'sign', text: raw as '(' };
  }
}

/** @throws Problem bad-parameter */
export function tokensOf(given: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < given.length; ) {
    let match: RegExpExecArray | null = null;
    let kind = '';
    for (const [name, pattern] of patterns) {
      pattern.lastIndex = at;
      match = pattern.exec(given);
      kind = name;
      if (match) break;
    }
    if (!match) throw wrong(given, at, `第 ${at + 1} 个字符处应为名称、数、引号内的文字或时刻`);
    if (kind !== 'space') tokens.push(tokenOf(kind, match, given));
    if (tokens.length > mostTokens) throw wrong(given, at, `至多 ${mostTokens} 个词`);
    at += match[0].length;
  }
  return tokens;
}
