// Query options of SensorThings: $top, $skip, $count, $orderby, $select, $expand, and a $filter of comparisons joined by `and`.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §9.3. What is of the standard and not understood is refused as unsupported, by its name.
import { instantOf } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { attributes, type EntitySet, navigation, navigationNames } from './sta-path.ts';

const operators = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;
export type Operator = (typeof operators)[number];
export interface Comparison {
  /** id, name, phenomenonTime, resultTime or result. */
  readonly property: string;
  readonly operator: Operator;
  /** Times in milliseconds since 1970. */
  readonly value: string | number;
}
export interface Order {
  readonly property: string;
  readonly ascending: boolean;
}
export interface Expansion {
  readonly name: string;
  readonly options: Options;
}
export interface Options {
  readonly top: number;
  readonly skip: number;
  readonly count: boolean;
  readonly order: Order | null;
  /** null: everything. */
  readonly select: readonly string[] | null;
  readonly expand: readonly Expansion[];
  readonly filter: readonly Comparison[];
  /** As given, for the address of the next page. */
  readonly given: Readonly<Record<string, string>>;
}

const usualTop = 100;
const mostTop = 1000;
const mostSkip = 1_000_000;
const mostDepth = 4;
const mostComparisons = 10;
const times = ['phenomenonTime', 'resultTime'];

/** Cuts at a separator that stands outside brackets and quotes. */
export function cutOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let [depth, quoted, start] = [0, false, 0];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === separator && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}

const wrong = (name: string, given: string, allowed: string): Problem =>
  new Problem('bad-parameter', { name, given: given.slice(0, 60), allowed });
const unsupported = (name: string, given: string): Problem => new Problem('unsupported', { what: `${name}=${given.slice(0, 80)}` });

function whole(name: string, given: string, most: number): number {
  if (!/^\d{1,9}$/.test(given) || Number(given) > most) throw wrong(name, given, `0–${most}`);
  return Number(given);
}

/** What a set can be compared and ordered by. */
function comparable(set: EntitySet): readonly string[] {
  return set === 'Observations' ? ['id', ...times, 'result'] : ['id', 'name'];
}
function propertyOf(name: string, word: string, given: string, set: EntitySet): string {
  const property = word === '@iot.id' ? 'id' : word;
  if (!comparable(set).includes(property)) throw unsupported(name, given);
  return property;
}

function readOrder(given: string, set: EntitySet): Order {
  const match = /^(@?[\w.]+)(?: (asc|desc))?$/.exec(given.trim());
  if (!match) throw unsupported('$orderby', given);
  return { property: propertyOf('$orderby', match[1] as string, given, set), ascending: match[2] !== 'desc' };
}

function readComparison(property: string, operator: Operator, literal: string): Comparison {
  const text = literal.startsWith("'") ? literal.slice(1, -1).replaceAll("''", "'") : null;
  if (times.includes(property)) {
    const time = text ?? literal;
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(time))
      throw wrong('$filter', literal, `${property} 与 RFC 3339 时刻比较，带时区（+ 写作 %2B）`);
    return { property, operator, value: instantOf('$filter', time) };
  }
  if (text !== null) {
    if (property === 'result') throw wrong('$filter', literal, 'result 与数字比较');
    return { property, operator, value: text };
  }
  const number = /^-?\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,3})?$/.test(literal) ? Number(literal) : Number.NaN;
  if (!Number.isFinite(number)) throw wrong('$filter', literal, '数字、带引号的文字或时刻');
  if (property === 'name') throw wrong('$filter', literal, "name 与带引号的文字比较，如 name eq '和平站'");
  return { property, operator, value: number };
}

function readFilter(given: string, set: EntitySet): Comparison[] {
  const list: Comparison[] = [];
  const one = /\s*(@?[\w.]+)\s+(eq|ne|gt|ge|lt|le)\s+('(?:[^']|'')*'|[^\s'()]+)\s*/y;
  const and = /and\s+/y;
  for (let at = 0; ; ) {
    one.lastIndex = at;
    const match = one.exec(given);
    if (!match || list.length === mostComparisons) throw unsupported('$filter', given);
    list.push(readComparison(propertyOf('$filter', match[1] as string, given, set), match[2] as Operator, match[3] as string));
    if (one.lastIndex === given.length) return list;
    and.lastIndex = one.lastIndex;
    if (!and.test(given)) throw unsupported('$filter', given);
    at = and.lastIndex;
  }
}

function readSelect(given: string, set: EntitySet): string[] {
  const allowed = ['id', ...attributes[set], ...navigationNames(set)];
  return given.split(',').map((word) => {
    const name = word.trim() === '@iot.id' ? 'id' : word.trim();
    if (name.includes('/')) throw unsupported('$select', given);
    if (!allowed.includes(name)) throw wrong('$select', name, allowed.join('、'));
    return name;
  });
}

const plain: Options = { top: usualTop, skip: 0, count: false, order: null, select: null, expand: [], filter: [], given: {} };

/** One item of $expand: Datastreams, Datastreams/Observations, Datastreams($top=1;$expand=Observations). */
function readExpansion(item: string, set: EntitySet, depth: number): Expansion {
  const match = /^\s*([A-Za-z]{1,30})(?:\/(.+)|\((.*)\))?\s*$/s.exec(item);
  if (!match) throw unsupported('$expand', item);
  const [, name = '', below, bracketed] = match;
  const step = navigation(set, name);
  if (!step) {
    if (/^(HistoricalLocations?|TaskingCapabilities)$/.test(name)) throw unsupported('$expand', name);
    throw wrong('$expand', name, navigationNames(set).join('、'));
  }
  if (depth >= mostDepth) throw unsupported('$expand', `${depth + 1} 级`);
  if (below !== undefined) return { name, options: { ...plain, expand: [readExpansion(below, step.to, depth + 1)] } };
  const query: Record<string, string> = {};
  for (const option of cutOutside(bracketed ?? '', ';')) {
    const cut = option.indexOf('=');
    if (option.trim() !== '') query[option.slice(0, Math.max(cut, 0)).trim()] = option.slice(cut + 1);
  }
  return { name, options: readOptions(query, step.to, depth + 1) };
}
/** The same name twice is one with what both expand. */
function readExpand(given: string, set: EntitySet, depth: number): Expansion[] {
  const byName = new Map<string, Expansion>();
  for (const item of cutOutside(given, ',')) {
    const next = readExpansion(item, set, depth);
    const before = byName.get(next.name);
    byName.set(
      next.name,
      before ? { ...before, options: { ...before.options, expand: [...before.options.expand, ...next.options.expand] } } : next,
    );
  }
  return [...byName.values()];
}

/** @throws Problem bad-parameter | unsupported */
export function readOptions(query: Readonly<Record<string, unknown>>, set: EntitySet, depth = 0): Options {
  const given: Record<string, string> = {};
  let options = plain;
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== 'string') throw wrong(name, '多个值', '一个值');
    if (value.length > 2000) throw wrong(name, value, '至多 2000 个字符');
    // A larger $top than the server gives is not an error: it gives fewer and a nextLink (§9.3.3.4).
    if (name === '$top') options = { ...options, top: Math.min(whole(name, value, 999_999_999), mostTop) };
    else if (name === '$skip') options = { ...options, skip: whole(name, value, mostSkip) };
    else if (name === '$count') {
      if (value !== 'true' && value !== 'false') throw wrong(name, value, 'true、false');
      options = { ...options, count: value === 'true' };
    } else if (name === '$orderby') options = { ...options, order: readOrder(value, set) };
    else if (name === '$select') options = { ...options, select: readSelect(value, set) };
    else if (name === '$expand') options = { ...options, expand: readExpand(value, set, depth) };
    else if (name === '$filter') options = { ...options, filter: readFilter(value, set) };
    else if (name.startsWith('$')) throw new Problem('unsupported', { what: name.slice(0, 40) });
    else throw wrong(name.slice(0, 40), value, '$top、$skip、$count、$orderby、$select、$expand、$filter');
    given[name] = value;
  }
  return { ...options, given };
}
