// Query options of SensorThings: $filter, $count, $orderby, $skip, $top, $expand with options of its own, $select, $resultFormat.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §9.3; $resultFormat §13.3. What is of the standard and not understood is refused by its name.
import { Problem } from '../../contracts/problem.ts';
import { type Expression, type Order, readFilter, readOrder } from './filter.ts';
import { attributeNames, type EntitySet, navigation, navigationNames } from './model.ts';

export interface Expansion {
  readonly name: string;
  readonly options: Options;
}
export interface Options {
  readonly top: number;
  readonly skip: number;
  readonly count: boolean;
  readonly order: readonly Order[];
  /** null: everything. */
  readonly select: readonly string[] | null;
  readonly expand: readonly Expansion[];
  readonly filter: Expression | null;
  readonly dataArray: boolean;
  /** As given, for the address of the next page. */
  readonly given: Readonly<Record<string, string>>;
}

export const usualTop = 100;
export const mostTop = 1000;
const mostSkip = 1_000_000;
const mostDepth = 4;
const mostExpansions = 20;
const mostCharacters = 4000;
const names = ['$top', '$skip', '$count', '$orderby', '$select', '$expand', '$filter', '$resultFormat'];

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

function readSelect(given: string, set: EntitySet): string[] {
  const allowed = ['id', ...attributeNames(set), ...navigationNames(set)];
  return given.split(',').map((word) => {
    const name = word.trim() === '@iot.id' ? 'id' : word.trim();
    if (name.includes('/')) throw unsupported('$select', given);
    if (!allowed.includes(name)) throw wrong('$select', name, allowed.join('、'));
    return name;
  });
}

export const plain: Options = {
  ...{ top: usualTop, skip: 0, count: false, order: [], select: null, expand: [], filter: null, dataArray: false },
  given: {},
};

/** One item of $expand: Datastreams, Datastreams/Observations, Datastreams($top=1;$expand=Observations). */
function readExpansion(item: string, set: EntitySet, depth: number): Expansion {
  const match = /^\s*([A-Za-z]{1,30})(?:\/(.+)|\((.*)\))?\s*$/s.exec(item);
  if (!match) throw unsupported('$expand', item);
  const [, name = '', below, bracketed] = match;
  const step = navigation(set, name);
  if (!step) {
    if (/^(TaskingCapabilities|MultiDatastreams?)$/.test(name)) throw unsupported('$expand', name);
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
  const items = cutOutside(given, ',');
  if (items.length > mostExpansions) throw wrong('$expand', `${items.length} 项`, `至多 ${mostExpansions} 项`);
  for (const item of items) {
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
    if (value.length > mostCharacters) throw wrong(name, value, `至多 ${mostCharacters} 个字符`);
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
    else if (name === '$resultFormat') {
      if (value !== 'dataArray') throw unsupported(name, value);
      if (set !== 'Observations' || depth > 0) throw wrong(name, value, '用于 Observations 的集合');
      options = { ...options, dataArray: true };
    } else if (name.startsWith('$')) throw new Problem('unsupported', { what: name.slice(0, 40) });
    else throw wrong(name.slice(0, 40), value, names.join('、'));
    given[name] = value;
  }
  return { ...options, given };
}
