// The tree of a CQL2 filter, the same for both encodings, and the bounds that keep one filter from costing more than a request may.
//
// Source: OGC 21-065r2 (CQL2) §6–8. Both parsers build it, check.ts gives it types, sql.ts turns it into SQL. Where a node stood in the input is kept
// beside the tree, so that trees of the two encodings are equal.
import { Problem } from '../../contracts/problem.ts';
import type { Geometry } from './geometry.ts';

export const comparisons = ['=', '<>', '<', '>', '<=', '>='] as const;
export const arithmetics = ['+', '-', '*', '/', '%', 'div', '^'] as const;
export const spatials = [
  's_intersects',
  's_disjoint',
  's_within',
  's_contains',
  's_touches',
  's_crosses',
  's_overlaps',
  's_equals',
] as const;
export type Comparison = (typeof comparisons)[number];
export type Arithmetic = (typeof arithmetics)[number];
export type Spatial = (typeof spatials)[number];

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly args: readonly Expression[] }
  | { readonly kind: 'not' | 'isNull' | 'casei'; readonly arg: Expression }
  | { readonly kind: 'compare'; readonly op: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'arithmetic'; readonly op: Arithmetic; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'spatial'; readonly op: Spatial; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'like'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'between'; readonly value: Expression; readonly low: Expression; readonly high: Expression }
  | { readonly kind: 'in'; readonly value: Expression; readonly list: readonly Expression[] }
  | { readonly kind: 'property'; readonly name: string }
  | { readonly kind: 'text' | 'date' | 'timestamp'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'geometry'; readonly value: Geometry }
  | { readonly kind: 'bbox'; readonly value: readonly number[] };

/** Where each node stood, for messages: `第 12 个字符` or `/args/0`. */
export type Places = WeakMap<Expression, string>;
export interface Parsed {
  readonly tree: Expression;
  readonly places: Places;
}

/** Characters of a filter, at most: more does not fit into an address anyway. */
export const MAX_LENGTH = 8000;
/** Levels of a tree, at most; PostgreSQL and our own recursion stand far more. */
export const MAX_DEPTH = 48;

/** @throws Problem bad-parameter, always: `given` at `place` is not `allowed` */
export function refuse(given: string, place: string | undefined, allowed: string): never {
  const cut = given.length > 60 ? `${given.slice(0, 60)}…` : given;
  throw new Problem('bad-parameter', {
    name: 'filter',
    given: place === undefined ? cut : `${cut}（${place}）`,
    allowed,
    place: place ?? null,
  });
}

/** @throws Problem bad-parameter beyond MAX_LENGTH, or empty */
export function checkLength(filter: string): void {
  if (filter.length > MAX_LENGTH) refuse(`${filter.length} 个字符`, undefined, `至多 ${MAX_LENGTH} 个字符`);
  if (filter.trim() === '') refuse('空', undefined, '一个条件');
}

export function children(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.args;
    case 'not':
    case 'isNull':
    case 'casei':
      return [node.arg];
    case 'compare':
    case 'arithmetic':
    case 'spatial':
    case 'like':
      return [node.left, node.right];
    case 'between':
      return [node.value, node.low, node.high];
    case 'in':
      return [node.value, ...node.list];
    default:
      return [];
  }
}

/** Level by level and without recursion: a long chain `1+1+1+…` is a deep tree. @throws Problem bad-parameter beyond MAX_DEPTH */
export function checkDepth(tree: Expression): void {
  let level: readonly Expression[] = [tree];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) refuseDepth();
    level = level.flatMap(children);
  }
}
/** @throws Problem bad-parameter, always */
export function refuseDepth(place?: string): never {
  return refuse('嵌套过深', place, `至多 ${MAX_DEPTH} 层`);
}

/** A calendar day `YYYY-MM-DD` that exists; year 0000 does not (PostgreSQL, ISO 8601 apart). */
export function isDate(text: string): boolean {
  const [, year, month, day] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined || year === 0) return false;
  const time = new Date(Date.UTC(2000, 0, 1));
  time.setUTCFullYear(year, month - 1, day);
  return time.getUTCMonth() === month - 1 && time.getUTCDate() === day;
}
/** 21-065r2 BNF `timestampInstantString`: a date, T, a time of day in UTC, Z. */
export function isTimestamp(text: string): boolean {
  const [, date, hour, minute, second] = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?Z$/.exec(text) ?? [];
  return date !== undefined && isDate(date) && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
}
