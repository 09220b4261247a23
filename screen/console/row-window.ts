// Which rows of a long list are drawn: only those in sight and a few beside, so that 5,000 rows cost as much as 40.

export interface RowWindow {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
  /** Pixels above the first drawn row. */
  readonly before: number;
  /** Pixels below the last drawn row. */
  readonly after: number;
}

/** Lists up to `whole` rows are drawn whole: then the browser's own search finds every row. All lengths in px. */
export function rowWindow(count: number, rowHeight: number, scrollTop: number, height: number, whole = 300, spare = 8): RowWindow {
  if (count <= whole) return { first: 0, end: count, before: 0, after: 0 };
  const first = Math.min(Math.max(0, Math.floor(scrollTop / rowHeight) - spare), Math.max(0, count - 1));
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare);
  return { first, end: Math.max(end, first), before: first * rowHeight, after: Math.max(0, count - end) * rowHeight };
}

/** Where to scroll so that row `index` is wholly in sight; null: it is. */
export function scrollToRow(index: number, rowHeight: number, scrollTop: number, height: number): number | null {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height;
  return null;
}
