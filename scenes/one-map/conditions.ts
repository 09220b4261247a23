// Conditions that are put together by hand, written as CQL2 text; the text is what counts, and it may be edited. Pure.
//
// Source: OGC 21-065r2 (CQL2) BNF: characterLiteral (a quote is doubled), identifier, propertyName in double quotes where it is no plain one.
import { parseText } from '../../geo-services/cql2/parse-text.ts';
import { printText } from '../../geo-services/cql2/print-text.ts';
import type { Attribute } from './catalogue.ts';

export const operators = ['=', '<>', '<', '<=', '>', '>=', 'has', 'starts', 'empty', 'filled'] as const;
export type Operator = (typeof operators)[number];
export const operatorTitle: Readonly<Record<Operator, string>> = {
  '=': '等于',
  '<>': '不等于',
  '<': '小于',
  '<=': '至多',
  '>': '大于',
  '>=': '至少',
  has: '包含',
  starts: '开头是',
  empty: '为空',
  filled: '不为空',
};
export interface Condition {
  readonly attribute: string;
  readonly operator: Operator;
  readonly value: string;
}

/** What may be asked of an attribute of this type. */
export function operatorsFor(type: Attribute['type']): readonly Operator[] {
  if (type === 'geometry') return ['empty', 'filled'];
  if (type === 'boolean') return ['=', '<>', 'empty', 'filled'];
  return type === 'string'
    ? ['has', 'starts', '=', '<>', '<', '<=', '>', '>=', 'empty', 'filled']
    : ['=', '<>', '<', '<=', '>', '>=', 'empty', 'filled'];
}

const quoteText = (value: string): string => printText({ kind: 'text', value });
const nameText = (name: string): string => printText({ kind: 'property', name });
/** % and _ stand for anything in a pattern; a backslash takes that from them. */
const patternText = (text: string): string => text.replace(/[\\%_]/g, (sign) => `\\${sign}`);

function literal(value: string, { type, format }: Attribute): string | null {
  if (type === 'integer' || type === 'number') return /^[+-]?\d+(\.\d+)?$/.test(value.trim()) ? value.trim().replace(/^\+/, '') : null;
  if (type === 'boolean') return ['true', '是', '1'].includes(value) ? 'TRUE' : ['false', '否', '0'].includes(value) ? 'FALSE' : null;
  if (format === 'date') return `DATE(${quoteText(value)})`;
  return format === 'date-time' ? `TIMESTAMP(${quoteText(value)})` : quoteText(value);
}

/** One condition as CQL2 text; null: not finished, or the value is none of that type. */
export function conditionText({ attribute, operator, value }: Condition, attributes: readonly Attribute[]): string | null {
  const of = attributes.find(({ name }) => name === attribute);
  if (!of || !operatorsFor(of.type).includes(operator)) return null;
  const name = nameText(attribute);
  if (operator === 'empty') return `${name} IS NULL`;
  if (operator === 'filled') return `${name} IS NOT NULL`;
  if (value === '') return null;
  if (operator === 'has') return `${name} LIKE ${quoteText(`%${patternText(value)}%`)}`;
  if (operator === 'starts') return `${name} LIKE ${quoteText(`${patternText(value)}%`)}`;
  const given = literal(value, of);
  return given === null ? null : `${name} ${operator} ${given}`;
}
/** All conditions that are finished, joined. */
export function conditionsText(conditions: readonly Condition[], attributes: readonly Attribute[], joint: 'AND' | 'OR'): string {
  return conditions.flatMap((condition) => conditionText(condition, attributes) ?? []).join(` ${joint} `);
}

/** A drawn area as a condition; '': none. */
export function areaText(ring: readonly (readonly [number, number])[]): string {
  const [first] = ring;
  if (!first || ring.length < 3) return '';
  const corners = [...ring, first].map(([lng, lat]) => `${lng.toFixed(5)} ${lat.toFixed(5)}`);
  return `S_INTERSECTS(geometry, POLYGON((${corners.join(', ')})))`;
}
/** Both, where both are given. */
export function joined(...parts: readonly string[]): string {
  const given = parts.filter((part) => part.trim() !== '');
  return given.length > 1 ? given.map((part) => `(${part})`).join(' AND ') : (given[0] ?? '');
}

/** What is wrong with a text, in words; '': it can be read. Names and types are checked by the server. */
export function faultOf(text: string): string {
  if (text.trim() === '') return '';
  try {
    parseText(text);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
