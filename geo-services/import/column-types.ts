// Attributes: names that a table can bear, types found in the values, and values written as their type; a type that does not hold is widened.

import type { ImportType } from '../../contracts/import.ts';
import { isIdentifier } from '../../contracts/layer.ts';

/** Columns that every table of features has, and what SQL calls its own inside our statements. */
const reserved = new Set(['id', 'geom', 'geom_3857', 'revision', 'since', 'bbox', 'geometry']);

/** Column names for the names of a file: lower case, no two the same, at most 60 bytes. */
export function columnNames(names: readonly string[]): string[] {
  const taken = new Set(reserved);
  return names.map((name) => {
    let plain = name
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[^a-z0-9_\p{Script=Han}]+/gu, '_')
      .replace(/^_+|_+$/g, '');
    if (!/^[a-z_\p{Script=Han}]/u.test(plain)) plain = `f_${plain}`;
    while (new TextEncoder().encode(plain).byteLength > 57) plain = plain.slice(0, -1);
    let candidate = plain;
    for (let n = 1; taken.has(candidate); n++) candidate = `${plain}_${n}`;
    taken.add(candidate);
    return candidate;
  });
}
export const isColumnName = (name: string): boolean => isIdentifier(name) && !reserved.has(name);

const dateText = /^(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})日?$/;
const timeText = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

function dayOf(year: string, month: string, day: string): string | null {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  if (y < 1 || m < 1 || m > 12 || d < 1 || d > new Date(Date.UTC(y, m, 0)).getUTCDate()) return null;
  return `${year}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
}

/** The narrowest type of one value; null: the value says nothing (null, empty). */
function typeOf(value: unknown): ImportType | null {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'bigint') return 'bigint';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'bigint' : 'double precision';
  if (value instanceof Date) return 'timestamp with time zone';
  if (typeof value !== 'string') return 'text';
  const text = value.trim();
  // A code is no number: 021, 210100 keep their zeros, and more digits than a number holds stay text.
  if (/^-?(0|[1-9]\d{0,14})$/.test(text)) return 'bigint';
  if (/^-?(0|[1-9]\d{0,14})\.\d+$|^-?\d(\.\d+)?[eE][+-]?\d{1,3}$/.test(text)) return 'double precision';
  const date = dateText.exec(text);
  if (date && dayOf(date[1]!, date[2]!, date[3]!)) return 'date';
  const time = timeText.exec(text);
  if (time && dayOf(time[1]!, time[2]!, time[3]!)) return 'timestamp with time zone';
  return 'text';
}

/** The narrowest type that holds both. */
export function widen(a: ImportType, b: ImportType): ImportType {
  if (a === b) return a;
  const numbers: readonly ImportType[] = ['bigint', 'double precision'];
  if (numbers.includes(a) && numbers.includes(b)) return 'double precision';
  return 'text';
}

/** A type for values seen so far; text where nothing was seen. */
export function typeOfValues(values: Iterable<unknown>): ImportType {
  let found: ImportType | null = null;
  for (const value of values) {
    const one = typeOf(value);
    if (one !== null) found = found === null ? one : widen(found, one);
    if (found === 'text') break;
  }
  return found ?? 'text';
}

/** Types as OGR prints them. */
export function typeOfOgr(type: string): ImportType {
  const [kind, subtype] = type.split(/[ (]/);
  if (/Boolean/.test(type)) return 'boolean';
  if (kind === 'Integer' || kind === 'Integer64') return subtype === 'List)' ? 'text' : 'bigint';
  if (kind === 'Real') return 'double precision';
  if (kind === 'Date') return 'date';
  if (kind === 'DateTime') return 'timestamp with time zone';
  return 'text';
}

/** What fits no more than it must be told from a null. */
export const misfit: unique symbol = Symbol('misfit');

/** A value as text of its type for PostgreSQL; null: none. Times without an offset are Beijing's. */
export function writeValue(value: unknown, type: ImportType): string | null | typeof misfit {
  if (value === null || value === undefined) return null;
  if (type === 'text') {
    const text =
      typeof value === 'string'
        ? value
        : value instanceof Date
          ? value.toISOString()
          : typeof value === 'object'
            ? JSON.stringify(value)
            : String(value);
    return wellFormed(text);
  }
  if (typeof value === 'string' && value.trim() === '') return null;
  const text = value instanceof Date ? value.toISOString() : String(value).trim();
  switch (type) {
    case 'boolean':
      return /^(true|t|1|yes|y|是|真)$/i.test(text) ? 't' : /^(false|f|0|no|n|否|假)$/i.test(text) ? 'f' : misfit;
    case 'bigint':
      return /^[+-]?\d{1,18}(\.0+)?$/.test(text) ? text.replace(/\.0+$/, '') : misfit;
    case 'double precision':
      return /^[+-]?(\d{1,300}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/.test(text) && Number.isFinite(Number(text)) ? text : misfit;
    case 'date': {
      const found = dateText.exec(text) ?? /^(\d{4})-(\d{2})-(\d{2})T00:00:00(?:\.0+)?Z?$/.exec(text);
      return (found && dayOf(found[1]!, found[2]!, found[3]!)) ?? misfit;
    }
    case 'timestamp with time zone': {
      const date = dateText.exec(text);
      const found = timeText.exec(date ? `${text} 00:00` : text);
      if (date) return ((day) => (day === null ? misfit : `${day} 00:00:00+08`))(dayOf(date[1]!, date[2]!, date[3]!));
      const day = found && dayOf(found[1]!, found[2]!, found[3]!);
      if (!found || !day || Number(found[4]) > 23 || Number(found[5]) > 59 || Number(found[6] ?? 0) > 59) return misfit;
      return `${day} ${found[4]}:${found[5]}:${found[6] ?? '00'}${found[7] ? `.${found[7]}` : ''}${found[8] ?? '+08'}`;
    }
  }
}

/** PostgreSQL has no NUL, and half a surrogate pair is no UTF-8. */
function wellFormed(text: string): string {
  return text.replaceAll('\u0000', '').replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}
