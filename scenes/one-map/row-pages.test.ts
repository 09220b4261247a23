// Tests of the pages of a table: a million rows in order, memory bounded, going back asks again, sorting of what is whole.
import { describe, expect, it } from 'vitest';
import { lengthOf, mostHeld, noPages, pageSize, type Row, type RowPages, rowAt, sortedRows, wantedPage, withPage } from './row-pages.ts';

/** A server with `count` rows, ids 3, 6, 9 …, counting to 100,000 as ours does. */
function answer(count: number, pages: RowPages, page: number): RowPages {
  const first = (pages.starts[page] ?? Number.NaN) / 3;
  const rows: Row[] = Array.from({ length: Math.min(pageSize, count - first) }, (_, k) => ({
    id: (first + k + 1) * 3,
    properties: { n: first + k },
  }));
  return withPage(pages, page, rows, first + rows.length < count, count > 100_000 ? null : count);
}
function walk(count: number): RowPages {
  let pages = noPages;
  for (let turn = 0; turn < 2000 && !pages.complete; turn++) {
    const page = wantedPage(pages, pages.seen, pages.seen + 1);
    if (page === null) break;
    pages = answer(count, pages, page);
  }
  return pages;
}

describe('pages of rows', () => {
  it('reach the last of a million rows and hold a few pages', () => {
    const pages = walk(1_000_000);
    expect(pages).toMatchObject({ complete: true, seen: 1_000_000 });
    expect(lengthOf(pages)).toBe(1_000_000);
    expect(pages.held.size).toBe(mostHeld);
    expect(rowAt(pages, 999_999)?.properties).toEqual({ n: 999_999 });
    expect(rowAt(pages, 5)).toBeNull();
    // Back at the top: the first page is asked for again, and its rows are the same.
    expect(wantedPage(pages, 0, 40)).toBe(0);
    const again = answer(1_000_000, pages, 0);
    expect(rowAt(again, 5)?.properties).toEqual({ n: 5 });
    expect(again).toMatchObject({ complete: true, seen: 1_000_000 });
    expect(wantedPage(again, 0, 40)).toBeNull();
  });
  it.each([0, 1, pageSize - 1, pageSize, pageSize + 1, 2 * pageSize])('end at %i rows', (count) => {
    const pages = count === 0 ? withPage(noPages, 0, [], false, 0) : walk(count);
    expect([pages.complete, pages.seen, lengthOf(pages)]).toEqual([true, count, count]);
    expect(wantedPage(pages, Math.max(0, count - 5), count + 50)).toBeNull();
  });
  it('ask for the frontier when the bar is pulled far ahead', () => {
    const pages = answer(50_000, noPages, 0);
    expect(lengthOf(pages)).toBe(50_000);
    expect(wantedPage(pages, 30_000, 30_040)).toBe(1);
  });
  it('sort text, numbers and what is missing', () => {
    const rows: Row[] = [
      { name: '营口', n: 3 },
      { name: '鞍山', n: null },
      { name: '大连', n: 12 },
    ].map((properties, k) => ({ id: k + 1, properties }));
    const order = (attribute: string, descending: boolean): number[] => sortedRows(rows, { attribute, descending }).map(({ id }) => id);
    expect(order('name', false)).toEqual([2, 3, 1]);
    expect(order('n', false)).toEqual([1, 3, 2]);
    expect(order('n', true)).toEqual([3, 1, 2]);
    expect(order('id', true)).toEqual([3, 2, 1]);
    expect(sortedRows(rows, null)).toBe(rows);
  });
});
