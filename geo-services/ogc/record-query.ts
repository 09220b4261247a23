// The query of the catalogue: parameters of a search for records, checked, and the search itself over descriptions kept in memory. Pure.
//
// Source: OGC API Records Part 1 (20-004r1), requirement classes record-core-query-parameters (q: a comma means or, words of one term stand in that
// order; ids; externalIds with or without scheme; an empty value is none given), sorting (sortby), record-filter. `offset` is our own.
import type { BBox } from '../../contracts/geo.ts';
import { Problem } from '../../contracts/problem.ts';
import { filterParameters } from '../cql2/filter.ts';
import type { Moment } from '../features/rows.ts';
import { parseBBox } from './bbox.ts';
import { crsOf } from './crs.ts';
import { formatNamed, recordFormats } from './formats.ts';
import { parseDatetime, wholeNumber } from './query.ts';
import { RECORD_TYPE, type RecordEntry, type SeenRecord } from './record.ts';

export const DEFAULT_RECORDS = 100;
export const MAX_RECORDS = 1000;
export const sortKeys = ['title', 'updated', 'created', 'id'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface RecordQuery {
  /** Of which one has to be said; each its words in order, in lower case. Empty: anything. */
  readonly q: readonly (readonly string[])[];
  readonly types: readonly string[];
  readonly ids: readonly string[];
  readonly externalIds: readonly string[];
  readonly bbox: BBox | null;
  readonly moment: Moment | null;
  readonly limit: number;
  readonly offset: number;
  readonly sortby: readonly { readonly key: SortKey; readonly descending: boolean }[];
}
export const recordParameters: readonly string[] = [
  ...['q', 'type', 'ids', 'externalIds', 'bbox', 'bbox-crs', 'datetime', 'limit', 'offset', 'sortby', 'f'],
  ...filterParameters,
];

function bad(name: string, given: unknown, allowed: string): never {
  throw new Problem('bad-parameter', { name, given: String(given).slice(0, 80), allowed });
}
const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** What is said, as it is compared: full-width letters are letters, case does not count. */
export function plainly(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
function sortOf(given: string): RecordQuery['sortby'][number] {
  // A plus that nobody encoded arrives as a space.
  const [, sign, name] = /^([+ -]?)(.*)$/.exec(given) ?? [];
  const key = sortKeys.find((one) => one === name);
  if (!key) return bad('sortby', given, sortKeys.map((one) => `${one} -${one}`).join(' '));
  return { key, descending: sign === '-' };
}

/** `filter` and its parameters are for parseFilter (cql2/filter.ts). @throws Problem bad-parameter */
export function parseRecordQuery(given: Readonly<Record<string, unknown>>): RecordQuery {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(given)) {
    if (!recordParameters.includes(name)) bad(name, value, recordParameters.join(' '));
    if (typeof value !== 'string') bad(name, JSON.stringify(value), '只给一次');
    else if (value.trim() !== '') texts.set(name, value);
  }
  const list = (name: string): string[] => listOf(texts.get(name) ?? '');
  const f = texts.get('f');
  if (f !== undefined) formatNamed(recordFormats, f);
  const bbox = texts.get('bbox');
  const crs = crsOf('bbox-crs', texts.get('bbox-crs'));
  if (crs.unit !== 'degree') bad('bbox-crs', texts.get('bbox-crs'), 'CRS84 或以度为单位的坐标系');
  const datetime = texts.get('datetime');
  return {
    q: listOf(plainly(texts.get('q') ?? '')).map((term) => term.split(/\s+/)),
    ...{ types: list('type'), ids: list('ids'), externalIds: list('externalIds') },
    bbox: bbox === undefined ? null : parseBBox(bbox, crs),
    moment: datetime === undefined ? null : parseDatetime(datetime),
    limit: Math.min(MAX_RECORDS, wholeNumber('limit', texts.get('limit') ?? String(DEFAULT_RECORDS), 1, 1e15)),
    offset: wholeNumber('offset', texts.get('offset') ?? '0', 0, 1e15),
    sortby: (texts.get('sortby') ?? '')
      .split(',')
      .filter((part) => part.trim() !== '')
      .map(sortOf),
  };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
/** Whether one of the terms stands in `said`; words of a term may have any white space between them, or none as Chinese has it. */
function matcherOf(q: RecordQuery['q']): ((said: string) => boolean) | null {
  if (q.length === 0) return null;
  const terms = q.map((words) => {
    const [only = ''] = words;
    if (words.length === 1) return (said: string) => said.includes(only);
    const pattern = new RegExp(words.map(escaped).join('\\s*'), 'u');
    return (said: string) => pattern.test(said);
  });
  return (said) => terms.some((term) => term(said));
}
function hasId({ scheme, value }: { readonly scheme: string; readonly value: string }, asked: readonly string[]): boolean {
  return [value, `${scheme}:${value}`, scheme, `${scheme}:`].some((name) => asked.includes(name));
}

/** Whether a record is one that is asked for, by all parameters but bbox and filter, which need the extents. */
export function recordTest(query: RecordQuery): (entry: RecordEntry) => boolean {
  const { types, externalIds, moment } = query;
  const ids = query.ids.length > 0 ? new Set(query.ids) : null;
  const matches = matcherOf(query.q);
  if (types.length > 0 && !types.includes(RECORD_TYPE)) return () => false;
  return (entry) =>
    (ids === null || ids.has(entry.layer.id)) &&
    (externalIds.length === 0 || entry.externalIds.some((one) => hasId(one, externalIds))) &&
    // A layer is kept from its begin until further notice.
    (moment === null || entry.begin === null || Date.parse(entry.begin) <= moment.to) &&
    (matches === null || matches(entry.said));
}

/** Two boxes in degrees; `asked` may lie across the date line (west greater than east). */
export function boxesMeet(asked: BBox, [west, south, east, north]: BBox): boolean {
  if (south > asked[3] || north < asked[1]) return false;
  return asked[0] <= asked[2] ? west <= asked[2] && east >= asked[0] : east >= asked[0] || west <= asked[2];
}

const keyOf: Readonly<Record<SortKey, (entry: RecordEntry) => number | string | null>> = {
  title: ({ titleRank }) => titleRank,
  updated: ({ updated }) => updated,
  created: ({ created }) => created,
  id: ({ layer }) => layer.id,
};
/** By the keys, then as the catalogue has them; what has no such date comes last either way. */
export function sortRecords(records: readonly SeenRecord[], sortby: RecordQuery['sortby']): readonly SeenRecord[] {
  if (sortby.length === 0) return records;
  const keys = sortby.map(({ key, descending }) => ({ of: keyOf[key], descending }));
  return [...records].sort((a, b) => {
    for (const { of, descending } of keys) {
      const [one, other] = [of(a.entry), of(b.entry)];
      if (one === other) continue;
      if (one === null) return 1;
      if (other === null) return -1;
      return one < other === descending ? 1 : -1;
    }
    return 0;
  });
}
