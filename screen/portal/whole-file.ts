// Pages of /ogc items as parts of one file: what of a page goes into it, and where the next page is. Pure.

/** Formats whose pages can be put together; FlatGeobuf has one index for the file and is one page alone. */
export type WholeFormat = 'geojson' | 'jsonfg' | 'csv' | 'fgb';
/** The largest page of /ogc. */
export const pageSize = 10_000;

export interface FilePage {
  readonly text: string;
  readonly features: number;
  /** Path and query of the next page. */
  readonly next: string | null;
  readonly matched: number | null;
}
interface Collection {
  readonly features: readonly unknown[];
  readonly numberMatched?: number;
  readonly links?: readonly { readonly rel: string; readonly href: string }[];
}
/** What stands behind the last page. */
export const footOf = (format: WholeFormat): string => (format === 'csv' ? '' : '\n]}\n');
const local = (address: string): string => {
  const url = new URL(address, 'http://localhost');
  return url.pathname + url.search;
};

/** The address of rel=next in a Link header (RFC 8288); null: this is the last page. */
export function nextLink(header: string | null): string | null {
  for (const [, address = '', parameters = ''] of (header ?? '').matchAll(/<([^>]*)>([^<]*)/g))
    if (/;\s*rel="?next"?/i.test(parameters)) return local(address);
  return null;
}

/** `link`: the header, where the page itself does not tell. @throws SyntaxError for a page that is no JSON */
export function pageOf(format: WholeFormat, text: string, link: string | null, first: boolean): FilePage {
  if (format === 'csv') {
    // A value in quotes may hold a line break: rows are counted outside of them. The head stands once.
    const head = first ? 0 : endOfRow(text, 0);
    return { text: text.slice(head), features: Math.max(0, rowsIn(text) - 1), next: nextLink(link), matched: null };
  }
  const page = JSON.parse(text) as Collection & Readonly<Record<string, unknown>>;
  const next = page.links?.find(({ rel }) => rel === 'next')?.href ?? null;
  const features = page.features.map((feature) => JSON.stringify(feature)).join(',\n');
  return {
    text: (first ? headOf(page) : page.features.length === 0 ? '' : ',\n') + features,
    ...{ features: page.features.length, next: next === null ? null : local(next), matched: page.numberMatched ?? null },
  };
}
/** The collection as the first page has it, but for what is true of a page alone. */
function headOf({ features: _, links: __, numberMatched: ___, ...rest }: Collection & Readonly<Record<string, unknown>>): string {
  const { numberReturned: _n, timeStamp: _t, ...own } = rest;
  return `${JSON.stringify(own).slice(0, -1)}${Object.keys(own).length > 0 ? ',' : ''}"features":[\n`;
}
/** Behind the line break that ends the row beginning at `from`. */
function endOfRow(text: string, from: number): number {
  let quoted = false;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (text[i] === '\n' && !quoted) return i + 1;
  }
  return text.length;
}
function rowsIn(text: string): number {
  let rows = 0;
  for (let at = 0; at < text.length; at = endOfRow(text, at)) rows += 1;
  return rows;
}
