// What the page asks of /ogc: the catalogue, schemas, rows by pages, one row whole. Refusals are those of screen/live (Refused).
import type { BBox, LngLat } from '../../contracts/geo.ts';
import type { Instant } from '../../contracts/observation.ts';
import { ask, Refused } from '../../screen/live/past.http.ts';
import { type Attribute, attributesOf, type Collection } from './catalogue.ts';
import type { Place } from './row-pages.ts';

export interface Feature {
  readonly type: 'Feature';
  readonly id: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly geometry: { readonly type: string; readonly coordinates: unknown } | null;
}
export interface ItemsPage {
  readonly features: readonly Feature[];
  /** Absent beyond what the server counts (100,000). */
  readonly numberMatched?: number;
  readonly links: readonly { readonly rel: string; readonly href: string }[];
}
export interface ItemsQuestion {
  readonly layer: string;
  /** CQL2 text; '': all. */
  readonly filter: string;
  readonly bbox: BBox | null;
  readonly at: Instant | null;
  /** As the parameter of that name; '' or absent: the order of ids. */
  readonly sortby?: string;
}

export async function collections(signal?: AbortSignal): Promise<readonly Collection[]> {
  const { collections: all } = await ask<{ collections: readonly (Collection & { itemType: string })[] }>(
    '/ogc/collections?f=json',
    signal,
  );
  // The catalogue of records is a collection too.
  return all.filter(({ itemType }) => itemType === 'feature');
}
export async function attributes(layer: string, signal?: AbortSignal): Promise<readonly Attribute[]> {
  return attributesOf(await ask(`/ogc/collections/${layer}/schema?f=json`, signal));
}

/** Address of a page of rows from a place on; absent: from the first. */
export function itemsAddress(question: ItemsQuestion, limit: number, place: Place = { after: 0 }, format = 'json'): string {
  const query = new URLSearchParams({ f: format, limit: String(limit) });
  if (question.filter !== '') query.set('filter', question.filter);
  if (question.bbox) query.set('bbox', question.bbox.map((side) => side.toFixed(6)).join(','));
  if (question.at !== null) query.set('datetime', new Date(question.at).toISOString());
  if (question.sortby) query.set('sortby', question.sortby);
  if ('offset' in place) query.set('offset', String(place.offset));
  else if (place.after > 0) query.set('after', String(place.after));
  return `/ogc/collections/${question.layer}/items?${query}`;
}
export function items(question: ItemsQuestion, limit: number, place?: Place, signal?: AbortSignal): Promise<ItemsPage> {
  return ask(itemsAddress(question, limit, place), signal);
}
/** All rows of a question, counted to the end. */
export async function exactCount(question: ItemsQuestion, signal?: AbortSignal): Promise<number | null> {
  const page = await ask<ItemsPage>(`${itemsAddress({ ...question, sortby: '' }, 1)}&exact-count=true`, signal);
  return page.numberMatched ?? null;
}
/** The height of one place by a raster (geo-services/ogc/raster.http.ts). */
export interface Height {
  readonly collection: string;
  /** Metres; null: the raster says nothing there. */
  readonly elevation: number | null;
  /** Metres of a pixel. */
  readonly resolution: number;
  readonly source: string;
}
/** @throws Refused */
export const height = (layer: string, [lng, lat]: LngLat, signal?: AbortSignal): Promise<Height> =>
  ask(`/ogc/collections/${layer}/elevation?lon=${lng.toFixed(6)}&lat=${lat.toFixed(6)}`, signal);

export function item(layer: string, id: number, at: Instant | null, signal?: AbortSignal): Promise<Feature> {
  return ask(`/ogc/collections/${layer}/items/${id}?f=json${at === null ? '' : `&datetime=${new Date(at).toISOString()}`}`, signal);
}
/** @throws Refused */
export async function csv(question: ItemsQuestion, limit: number, place: Place): Promise<string> {
  const response = await fetch(itemsAddress(question, limit, place, 'csv'), { credentials: 'same-origin' });
  if (!response.ok) throw new Refused('internal', response.status, `服务器答 ${response.status}`);
  return response.text();
}
