// Pages of lists: the items, how many, and the address of the next page, which is this one asked further on.
import type { Page } from '../../contracts/wire.ts';

/** The address asked again with another cursor. Only path and query, so that it holds behind any proxy. */
export function nextAddress(originalUrl: string, cursor: string): string {
  const url = new URL(originalUrl, 'http://page');
  url.searchParams.set('cursor', cursor);
  return url.pathname + url.search;
}

/**
 * @param items up to limit + 1 of them: one more than asked for says that there is a next page
 * @param cursorOf where the page after this item begins
 */
export function pageOf<T>(items: readonly T[], limit: number, originalUrl: string, cursorOf: (last: T) => string | number): Page<T> {
  const shown = items.length > limit ? items.slice(0, limit) : items;
  const last = shown.at(-1);
  const next = items.length > limit && last !== undefined ? nextAddress(originalUrl, String(cursorOf(last))) : null;
  return { items: shown, numberReturned: shown.length, next };
}

/** A page of a list that is in memory; the cursor is the place in it. */
export function pageAt<T>(list: readonly T[], offset: number, limit: number, originalUrl: string): Page<T> {
  return pageOf(list.slice(offset, offset + limit + 1), limit, originalUrl, () => offset + limit);
}

/** A cursor that counts; none is the start. */
export function offsetOf(cursor: string | undefined): number {
  return cursor === undefined ? 0 : Math.max(0, Number(cursor));
}
