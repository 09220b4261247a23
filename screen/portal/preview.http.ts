// What the preview draws: the layer's own style as the server gives it, its legend, and where it lies. For visitors, or by a key.
import type { BBox } from '../../contracts/geo.ts';
import { asHolder, refusalOf } from './portal.http.ts';

export interface PreviewStyle {
  readonly sources: Readonly<Record<string, unknown>>;
  readonly layers: readonly { readonly id: string; readonly type: string }[];
}
export interface Previewed {
  readonly style: PreviewStyle;
  /** null: nowhere, or over the whole world. */
  readonly extent: BBox | null;
  readonly legend: readonly LegendEntry[];
}
export interface LegendEntry {
  readonly label: string;
  readonly geometry: 'point' | 'line' | 'polygon';
  readonly colour: string;
}

/** @throws Refused, or the signal's AbortError */
export async function previewOf(id: string, theme: 'light' | 'dark', key: string, signal: AbortSignal): Promise<Previewed> {
  const at = `/ogc/collections/${id}`;
  const style = theme === 'light' ? 'default' : 'night';
  // One after the other: what is refused once is not asked for three times, each counted against the key.
  const sheet = await asHolder(`${at}/styles/${style}?f=json`, key, signal);
  if (!sheet.ok) throw await refusalOf(sheet);
  const [collection, legend] = await Promise.all(
    [`${at}?f=json`, `${at}/styles/${style}/legend`].map((address) => asHolder(address, key, signal)),
  );
  const told = (collection?.ok ? await collection.json() : {}) as { extent?: { spatial?: { bbox?: readonly (readonly number[])[] } } };
  const [box] = told.extent?.spatial?.bbox ?? [];
  const isBox = box?.length === 4 && box.every(Number.isFinite) && (box[0] ?? 0) <= (box[2] ?? 0);
  return {
    style: (await sheet.json()) as PreviewStyle,
    extent: isBox ? (box as unknown as BBox) : null,
    legend: legend?.ok ? (((await legend.json()) as { entries?: readonly LegendEntry[] }).entries ?? []) : [],
  };
}
