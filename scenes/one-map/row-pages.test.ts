// Tests of the pages of a table: a million rows from any place, memory bounded, going back asks again, orders as words.
import { describe, expect, it } from 'vitest';
import { lengthOf, mostHeld, nextSort, noPages, pageSize, placeOf, type Row, type RowPages, readSort, rowAt, sortText, wantedPage, withPage } from './row-pages.ts'; // biome-ignore format: one list

/** A server with `count` rows, ids 3, 6, 9 …, counting to 100,000 as ours does. */
function answer(count: number, pages: RowPages, page: number): RowPages {
  const place = placeOf(pages, page, null);
  const first = 'after' in place ? place.after / 3 : place.offset;
  const length = Math.max(0, Math.min(pageSize, count - first));
  const rows: Row[] = Array.from({ length }, (_, k) => ({ id: (first + k + 1) * 3, properties: { n: first + k } }));
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
  it('are asked for where the bar is pulled to, and go on from there by id', () => {
    const counted = { ...answer(1_000_000, noPages, 0), matched: 1_000_000 };
    expect([lengthOf(answer(1_000_000, noPages, 0)), lengthOf(counted)]).toEqual([2 * pageSize, 1_000_000]);
    expect(wantedPage(counted, 700_300, 700_330)).toBe(700);
    expect(placeOf(counted, 700, null)).toEqual({ offset: 700_000 });
    const far = answer(1_000_000, counted, 700);
    expect(rowAt(far, 700_300)?.properties).toEqual({ n: 700_300 });
    // What was counted to the end stays, although a page of its own says nothing of it.
    expect(lengthOf(far)).toBe(1_000_000);
    expect(placeOf(far, 701, null)).toEqual({ after: 701_000 * 3 });
    expect(placeOf(far, 1, { attribute: 'n', descending: true })).toEqual({ offset: pageSize });
  });
  it('beyond the last row say nothing of where it is', () => {
    const pages = withPage({ ...answer(50_000, noPages, 0), matched: null }, 90, [], false, null);
    expect([pages.seen, pages.complete]).toEqual([pageSize, false]);
  });
  it.each([null, { attribute: 'name', descending: false }, { attribute: '名称', descending: true }])(
    'write the order %j and read it',
    (sort) => expect(readSort(sortText(sort))).toEqual(sort),
  );
  it.each(['', '-', '--n', 'a b', 'n;', 'N', `${'n'.repeat(80)}`])('read no order from %j', (text) => expect(readSort(text)).toBeNull());
  it('are ordered up, down and not at all by the same head', () => {
    const up = nextSort(null, 'n');
    const down = nextSort(up, 'n');
    expect([sortText(up), sortText(down), sortText(nextSort(down, 'n')), sortText(nextSort(down, 'm'))]).toEqual(['n', '-n', '', 'm']);
  });
});
