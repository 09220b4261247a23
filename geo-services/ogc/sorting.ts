// The order of an items request and where its page begins: `sortby`, `offset`, `exact-count`; parsed, checked, and turned into SQL.
//
// `sortby=name,-area` as OGC API Records has it: names, each with + (the default) or − before it. What may be sorted by is what the viewer is given
// out: an order by a hidden column would tell its values. Equal rows follow each other by id and rows without a value come last either way, so an
// order is total. A page behind an order is found by `offset`: rows that are added or taken away before it meanwhile move it by as many. Whoever
// has to see every row once reads in the order of ids with `after`, which no change moves.
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Columns } from '../cql2/columns.ts';
import type { Placeholder } from '../features/rows.ts';

export const sortParameters: readonly string[] = ['sortby', 'offset', 'exact-count'];
const mostKeys = 4;
const mostSkipped = 999_999_999;

export interface SortKey {
  readonly attribute: string;
  readonly descending: boolean;
}
export interface Sorting {
  /** Empty: by id. */
  readonly keys: readonly SortKey[];
  /** Rows before the page; null: the page continues behind an id. */
  readonly offset: number | null;
  /** All rows that match are counted, however many they are. */
  readonly exact: boolean;
}

function bad(name: string, given: string, allowed: string): never {
  throw new Problem('bad-parameter', { name, given: given.slice(0, 80), allowed });
}

/** @throws Problem bad-parameter for a name that the viewer is not given out, a name twice, or `after` beside it */
export function parseSorting(layer: Pick<Layer, 'attributes'>, given: Readonly<Record<string, unknown>>): Sorting {
  const { sortby, offset } = given;
  const exactly = given['exact-count'];
  if (exactly !== undefined && exactly !== 'true' && exactly !== 'false') bad('exact-count', String(exactly), 'true false');
  if (typeof offset === 'string' && !(/^\d{1,9}$/.test(offset) && Number(offset) <= mostSkipped))
    bad('offset', offset, `0–${mostSkipped} 的整数`);
  const names = ['id', ...layer.attributes];
  const keys = (typeof sortby === 'string' ? sortby.split(',') : []).map((part): SortKey => {
    // A plus sign that was not written as %2B arrives as a blank.
    const [, sign, attribute = ''] = /^([ +-]?)(.*)$/s.exec(part) ?? [];
    if (!names.includes(attribute)) bad('sortby', part, `${names.join(' ')}，前面可加 + 或 -`);
    return { attribute, descending: sign === '-' };
  });
  if (keys.length > mostKeys) bad('sortby', String(sortby), `至多 ${mostKeys} 个属性`);
  if (new Set(keys.map(({ attribute }) => attribute)).size < keys.length) bad('sortby', String(sortby), '每个属性只出现一次');
  const skipped = typeof offset === 'string' ? Number(offset) : keys.length > 0 ? 0 : null;
  if (skipped !== null && Number(given['after'] ?? 0) > 0) bad('after', String(given['after']), '与 sortby、offset 只用其一');
  return { keys, offset: skipped, exact: exactly === 'true' };
}

/** An ORDER BY that is total. Chinese text goes by its pronunciation. */
export function orderSql({ keys }: Sorting, columns: Columns): string {
  const parts = keys.map(({ attribute, descending }) => {
    const column = columns.get(attribute);
    if (!column) throw new Problem('bad-parameter', { name: 'sortby', given: attribute, allowed: '图层的属性' });
    const collation = column.type === 'text' ? ' COLLATE "zh-x-icu"' : '';
    return `${column.sql}${collation}${descending ? ' DESC' : ''} NULLS LAST`;
  });
  return [...parts, 'id'].join(', ');
}

/**
 * The page's rows as a clause: ids are sorted first, so that no shape is fetched or written out for a row that is skipped.
 * @param from the relation, with the placeholders that it has
 */
export function pageClause(sorting: Sorting, order: string, from: string, where: string, limit: string, next: Placeholder): string {
  return `id IN (SELECT id FROM ${from} ${where} ORDER BY ${order} LIMIT ${limit} OFFSET ${next(sorting.offset ?? 0)}::bigint)`;
}

/** Why a file that has an order of its own takes none: details of the Problem. */
export const unsortedFile = (given: Readonly<Record<string, unknown>>) => ({
  ...{ name: given['sortby'] === undefined ? 'offset' : 'sortby', given: String(given['sortby'] ?? given['offset']).slice(0, 80) },
  allowed: 'FlatGeobuf 按空间排列，不能排序；续页用 after',
});
