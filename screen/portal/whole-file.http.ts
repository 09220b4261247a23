// A layer as one file, page after page of the interface put together, with what has come so far and a way to stop.
import { asHolder, refusalOf } from './portal.http.ts';
import { footOf, pageOf, pageSize, type WholeFormat } from './whole-file.ts';

export interface Progress {
  readonly features: number;
  /** null: the server does not say. */
  readonly of: number | null;
}
/** @throws Refused with the server's reason, or the signal's AbortError */
export async function wholeFile(
  layer: string,
  format: WholeFormat,
  key: string,
  tell: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const parts: string[] = [];
  let features = 0;
  let next: string | null = `/ogc/collections/${layer}/items?limit=${pageSize}&f=${format}`;
  for (let first = true; next !== null; first = false) {
    const response: Response = await asHolder(next, key, signal);
    if (!response.ok) throw await refusalOf(response);
    const type = response.headers.get('content-type') ?? '';
    if (format === 'fgb') return new Blob([await response.arrayBuffer()], { type });
    const page = pageOf(format, await response.text(), response.headers.get('link'), first);
    features += page.features;
    const matched = Number(response.headers.get('ogc-numbermatched') ?? page.matched ?? Number.NaN);
    tell({ features, of: Number.isFinite(matched) ? matched : null });
    parts.push(page.text);
    next = page.next;
  }
  return new Blob([...parts, footOf(format)], { type: format === 'csv' ? 'text/csv;charset=utf-8' : 'application/geo+json' });
}

/** Hands a file to the browser's downloads. */
export function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
