// Scrolling through more rows than a browser makes elements high: whole rows, and from some length on the bar stands for shares of the list. Pure.
//
// Browsers stop at some 17 to 33 million px; at 26 px a row that is less than a million rows. Lengths in px.

/** No list is made higher. */
export const mostHeight = 8_000_000;

export interface Scroll {
  readonly count: number;
  readonly rowHeight: number;
  /** Of the part in which rows are seen. */
  readonly height: number;
}
/** Rows that are seen whole at once, one at least. */
export const rowsSeen = ({ rowHeight, height }: Scroll): number => Math.max(1, Math.floor(height / rowHeight));
/** The greatest first row. */
const lastFirst = (scroll: Scroll): number => Math.max(0, scroll.count - rowsSeen(scroll));
/** With the last row at the end of the bar: a row that is seen in part is not seen. */
const fullHeight = (scroll: Scroll): number => lastFirst(scroll) * scroll.rowHeight + scroll.height;
/** How high the list is made. */
export const listHeight = (scroll: Scroll): number => Math.min(mostHeight, fullHeight(scroll));
const isScaled = (scroll: Scroll): boolean => fullHeight(scroll) > mostHeight;

/** The first row that is drawn. */
export function firstRow(scroll: Scroll, scrollTop: number): number {
  const way = listHeight(scroll) - scroll.height;
  const row = isScaled(scroll) ? (scrollTop / Math.max(1, way)) * lastFirst(scroll) : scrollTop / scroll.rowHeight;
  return Math.min(lastFirst(scroll), Math.max(0, Math.round(row)));
}
/** Where the bar stands with this row first. */
export function scrollTopOf(scroll: Scroll, first: number): number {
  const row = Math.min(lastFirst(scroll), Math.max(0, first));
  return isScaled(scroll) ? (row / Math.max(1, lastFirst(scroll))) * (listHeight(scroll) - scroll.height) : row * scroll.rowHeight;
}
/** The first row with which row `index` is in sight, moved by as little as needed. */
export function revealed(scroll: Scroll, first: number, index: number): number {
  if (index < first) return index;
  return index >= first + rowsSeen(scroll) ? index - rowsSeen(scroll) + 1 : first;
}
