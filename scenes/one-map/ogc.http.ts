// What the page asks of /ogc: the catalogue, schemas, rows by pages, one row whole. Refusals are those of screen/live (Refused).
import type { BBox } from '../../contracts/geo.ts';
import type { Instant } from '../../contracts/observation.ts';
import { ask, Refused } from '../../screen/live/past.http.ts';
import { type Attribute, attributesOf, type Collection } from './catalogue.ts';

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
}

export async function collections(signal?: AbortSignal): Promise<readonly Collection[]> {
  return (await ask<{ collections: readonly Collection[] }>('/ogc/collections?f=json', signal)).collections;
}
export async function attributes(layer: string, signal?: AbortSignal): Promise<readonly Attribute[]> {
  return attributesOf(await ask(`/ogc/collections/${layer}/schema?f=json`, signal));
}

/** Address of a page of rows. `after`: the id that the page continues behind. */
export function itemsAddress(question: ItemsQuestion, limit: number, after: number, format = 'json'): string {
  const query = new URLSearchParams({ f: format, limit: String(limit) });
  if (question.filter !== '') query.set('filter', question.filter);
  if (question.bbox) query.set('bbox', question.bbox.map((side) => side.toFixed(6)).join(','));
  if (question.at !== null) query.set('datetime', new Date(question.at).toISOString());
  if (after > 0) query.set('after', String(after));
  return `/ogc/collections/${question.layer}/items?${query}`;
}
export function items(question: ItemsQuestion, limit: number, after = 0, signal?: AbortSignal): Promise<ItemsPage> {
  return ask(itemsAddress(question, limit, after), signal);
}
export function item(layer: string, id: number, at: Instant | null, signal?: AbortSignal): Promise<Feature> {
  return ask(`/ogc/collections/${layer}/items/${id}?f=json${at === null ? '' : `&datetime=${new Date(at).toISOString()}`}`, signal);
}
/** @throws Refused */
export async function csv(question: ItemsQuestion, limit: number, after: number): Promise<string> {
  const response = await fetch(itemsAddress(question, limit, after, 'csv'), { credentials: 'same-origin' });
  if (!response.ok) throw new Refused('internal', response.status, `服务器答 ${response.status}`);
  return response.text();
}
