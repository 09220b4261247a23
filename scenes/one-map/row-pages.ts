// A table of rows that come page by page, from any place: which pages are held and how the next one is asked for. Pure.
//
// In the order of ids a page whose predecessor was seen continues behind its last id, which no change before it moves; any other page, and every
// page of another order, is asked for by the rows before it. Rows are kept for the pages used last only: a million rows cost the memory of
// `mostHeld` pages.

export const pageSize = 1000;
export const mostHeld = 40;

export interface Row {
  readonly id: number;
  readonly properties: Readonly<Record<string, unknown>>;
}
export interface Sort {
  readonly attribute: string;
  readonly descending: boolean;
}
export interface RowPages {
  /** By page: the id that it begins behind, in the order of ids. */
  readonly starts: ReadonlyMap<number, number>;
  /** Rows by page number, least recently used first. */
  readonly held: ReadonlyMap<number, readonly Row[]>;
  /** One past the last row seen. */
  readonly seen: number;
  /** The last row has been seen. */
  readonly complete: boolean;
  /** As the server counts; null: more than it has counted yet. */
  readonly matched: number | null;
}
export const noPages: RowPages = { starts: new Map([[0, 0]]), held: new Map(), seen: 0, complete: false, matched: 0 };

/** A page has come. `next`: whether another follows. `matched` null keeps a count that is known. */
export function withPage(pages: RowPages, page: number, rows: readonly Row[], next: boolean, matched: number | null): RowPages {
  const held = new Map(pages.held);
  held.delete(page);
  held.set(page, rows);
  for (const oldest of held.keys()) {
    if (held.size <= mostHeld) break;
    held.delete(oldest);
  }
  const last = rows.at(-1)?.id;
  const starts = next && last !== undefined ? new Map(pages.starts).set(page + 1, last) : pages.starts;
  const first = pages.seen === 0 && pages.held.size === 0;
  // A page behind the last one is empty, and tells nothing of where the last row is.
  const seen = rows.length === 0 ? pages.seen : Math.max(pages.seen, page * pageSize + rows.length);
  return {
    ...{ starts, held, seen },
    complete: pages.complete || (!next && (rows.length > 0 || page === 0)),
    matched: matched ?? (first && pages.matched === 0 ? null : pages.matched),
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

/** The page to ask for so that rows first–end can be drawn; null: all are there, or none follows. */
export function wantedPage(pages: RowPages, first: number, end: number): number | null {
  const last = Math.max(0, lengthOf(pages) - 1);
  const [from, to] = [Math.min(first, last), Math.min(Math.max(first, end - 1), last)];
  for (let page = Math.floor(from / pageSize); page <= Math.floor(to / pageSize); page++) if (!pages.held.has(page)) return page;
  return null;
}

/** Where a page begins, as the server is asked for it. */
export type Place = { readonly after: number } | { readonly offset: number };
export function placeOf({ starts }: RowPages, page: number, sort: Sort | null): Place {
  const after = sort === null ? starts.get(page) : undefined;
  return after === undefined ? { offset: page * pageSize } : { after };
}
/** `sortby` of a question; '': the order of ids. */
export const sortText = (sort: Sort | null): string => (sort === null ? '' : `${sort.descending ? '-' : ''}${sort.attribute}`);
export function readSort(text: string | null): Sort | null {
  const [, sign, attribute] = /^(-?)([a-z_\p{Script=Han}][a-z0-9_\p{Script=Han}]{0,62})$/u.exec(text ?? '') ?? [];
  return attribute === undefined ? null : { attribute, descending: sign === '-' };
}
/** A click on a head: up, down, not at all. */
export function nextSort(sort: Sort | null, attribute: string): Sort | null {
  if (sort?.attribute !== attribute) return { attribute, descending: false };
  return sort.descending ? null : { attribute, descending: true };
}
