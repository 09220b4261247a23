// A table of rows that come page by page and in order only: which pages are held, where each begins, which one is asked for next. Pure.
//
// The server continues behind an id, so page n can be asked for once page n − 1 has been seen. Starts are kept for every page seen, rows only for
// the pages used last: a million rows cost the memory of `mostHeld` pages, and going back asks again from the start that is known.

export const pageSize = 1000;
export const mostHeld = 40;

export interface Row {
  readonly id: number;
  readonly properties: Readonly<Record<string, unknown>>;
}
export interface RowPages {
  /** Ids that the pages begin behind; the first is 0. The last one is the frontier: asked for next. */
  readonly starts: readonly number[];
  /** Rows by page number, least recently used first. */
  readonly held: ReadonlyMap<number, readonly Row[]>;
  /** Rows seen so far, from the first. */
  readonly seen: number;
  /** No page follows. */
  readonly complete: boolean;
  /** As the server counts; null: more than it counts. */
  readonly matched: number | null;
}
export const noPages: RowPages = { starts: [0], held: new Map(), seen: 0, complete: false, matched: 0 };

/** A page has come. `next`: whether another follows. */
export function withPage(pages: RowPages, page: number, rows: readonly Row[], next: boolean, matched: number | null): RowPages {
  const held = new Map(pages.held);
  held.delete(page);
  held.set(page, rows);
  for (const oldest of held.keys()) {
    if (held.size <= mostHeld) break;
    held.delete(oldest);
  }
  const last = rows.at(-1)?.id;
  const atFrontier = page === pages.starts.length - 1 && !pages.complete;
  const starts = atFrontier && next && last !== undefined ? [...pages.starts, last] : pages.starts;
  return {
    ...{ starts, held, matched },
    seen: Math.max(pages.seen, page * pageSize + rows.length),
    complete: pages.complete || (atFrontier && !next),
  };
}

/** How many rows the table is long: all that match where that is known, else what was seen and one page more to scroll into. */
export function lengthOf({ matched, seen, complete }: RowPages): number {
  if (complete) return seen;
  return matched === null ? seen + pageSize : Math.max(matched, seen);
}

/** Row number `index`; null: not held. */
export function rowAt({ held }: RowPages, index: number): Row | null {
  return held.get(Math.floor(index / pageSize))?.[index % pageSize] ?? null;
}

/** The page to ask for so that rows first–end can be drawn; null: all are there, or none follows. Beyond the frontier: the frontier. */
export function wantedPage(pages: RowPages, first: number, end: number): number | null {
  const from = Math.floor(first / pageSize);
  const to = Math.floor(Math.max(first, end - 1) / pageSize);
  const frontier = pages.starts.length - 1;
  for (let page = from; page <= to; page++) {
    if (page > frontier) return pages.complete || pages.held.has(frontier) ? null : frontier;
    if (!pages.held.has(page)) return page;
  }
  return null;
}

export interface Sort {
  readonly attribute: string;
  readonly descending: boolean;
}
/** Sorts what is wholly held; text by the Chinese order, numbers by size, nothing last. Equal ones keep the order of ids. */
export function sortedRows(rows: readonly Row[], sort: Sort | null): readonly Row[] {
  if (!sort) return rows;
  const order = new Intl.Collator('zh-CN', { numeric: true });
  const sign = sort.descending ? -1 : 1;
  const value = (row: Row): unknown => (sort.attribute === 'id' ? row.id : row.properties[sort.attribute]);
  return [...rows].sort((left, right) => {
    const [a, b] = [value(left), value(right)];
    if (a == null || b == null) return Number(a == null) - Number(b == null) || left.id - right.id;
    const by = typeof a === 'number' && typeof b === 'number' ? a - b : order.compare(String(a), String(b));
    return sign * by || left.id - right.id;
  });
}
