// Answers of /ogc in the format asked for: the choice by `f` or Accept, features in each format, documents as JSON or a page.
//
// Source: OGC API Features 1.0.1 (17-069r4) §7.5, §7.16 (links, numberMatched, numberReturned); RFC 8288 (Link header, for CSV that has no place
// for links); OGC-NumberMatched and OGC-NumberReturned as in §8.5 for formats without a place for numbers.
import type { Request, Response } from 'express';
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { contentCrs, type OgcCrs } from './crs.ts';
import { csvOf } from './csv.ts';
import type { Link } from './documents.ts';
import type { FgbPage } from './fgb.ts';
import { chooseFormat, documentFormats, type Format, featureFormats, itemFormats } from './formats.ts';
import { inFormat } from './html.ts';
import { jsonFgCollection, jsonFgFeature } from './json-fg.ts';
import { type DocumentPage, featureHtml, itemsHtml } from './pages.ts';
import type { Feature, ItemsQuery } from './query.ts';

/** The pages have no script and load nothing, and their forms ask this server: a policy says so to the browser too. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";
const VARY = 'Cookie, Authorization, Accept';

/** @throws Problem bad-parameter | not-acceptable */
export function formatOf(request: Request, formats: readonly Format[] = featureFormats): Format {
  return chooseFormat(formats, request.query['f'], (types) => request.accepts(types));
}

export function sendPage(response: Response, text: string): void {
  response.set('Content-Security-Policy', PAGE_POLICY).type('html').send(text);
}
const linkHeader = (links: readonly Link[]): string =>
  links.map(({ href, rel, type }) => `<${href}>; rel="${rel}"${type ? `; type="${type}"` : ''}`).join(', ');

/** 18-058r1 /req/crs/ogc-crs-header: with every answer that carries coordinates, 304 included. */
export function tellCrs(response: Response, crs: OgcCrs): void {
  response.set('Content-Crs', contentCrs(crs));
}

/** Self, and the same resource in the other formats. */
function formatLinks(self: string, format: Format, formats: readonly Format[]): Link[] {
  return [
    { href: self, rel: 'self', type: format.type, title: format.title },
    ...formats
      .filter((other) => other !== format)
      .map((other) => ({ href: inFormat(self, other.id), rel: 'alternate', type: other.type, title: other.title })),
  ];
}
/** The address as asked, with changes; a format that was negotiated stays the format of the following pages. */
function addressWith(request: Request, own: string, format: Format, changes: Readonly<Record<string, string>> = {}): string {
  const kept: Record<string, string> = format === featureFormats[0] ? {} : { f: format.id };
  const query = String(new URLSearchParams({ ...(request.query as Record<string, string>), ...kept, ...changes }));
  return query ? `${own}?${query}` : own;
}

export interface Items {
  readonly layer: Layer;
  readonly query: ItemsQuery;
  readonly format: Format;
  /** Address of /ogc. */
  readonly base: string;
  readonly features: readonly Feature[];
  /** Whether a page follows. */
  readonly more: boolean;
  /** null: not known. */
  readonly matched: number | null;
  /** Instead of features, for that format. */
  readonly file?: FgbPage | undefined;
}
export function sendItems(request: Request, response: Response, items: Items): void {
  const { layer, query, format, base, features, more, matched, file } = items;
  const own = `${base}/collections/${layer.id}`;
  const self = addressWith(request, `${own}/items`, format);
  const skipped = query.sorting?.offset ?? null;
  const place: Record<string, string> =
    skipped === null ? { after: String(file?.last ?? features.at(-1)?.id ?? 0) } : { offset: String(skipped + query.limit) };
  const page = { limit: String(query.limit), ...place };
  const start: Record<string, string> = skipped === null ? { after: '0' } : { offset: '0' };
  const later = (skipped ?? query.after) > 0;
  const links: Link[] = [
    ...formatLinks(self, format, featureFormats),
    ...(more ? [{ href: addressWith(request, `${own}/items`, format, page), rel: 'next', type: format.type }] : []),
    ...(later ? [{ href: addressWith(request, `${own}/items`, format, start), rel: 'first', type: format.type }] : []),
    { href: own, rel: 'collection', type: 'application/json' },
  ];
  const counts = { ...(matched === null ? {} : { numberMatched: matched }), numberReturned: file?.count ?? features.length };
  if (format.id === 'csv' || file) {
    response.set({ Link: linkHeader(links), 'OGC-NumberReturned': String(counts.numberReturned) });
    if (matched !== null) response.set('OGC-NumberMatched', String(matched));
    if (file) response.attachment(`${layer.id}.fgb`).type(format.type).send(file.body);
    else sendCsv(response, layer.id, csvOf(layer, query.crs, features));
  } else if (format.id === 'html') sendPage(response, itemsHtml({ layer, base, crs: query.crs, features, links, matched }));
  else {
    const body =
      format.id === 'jsonfg'
        ? jsonFgCollection(features, query.crs, counts, links)
        : { type: 'FeatureCollection', ...counts, features, links };
    response.type(format.type).send(JSON.stringify(body));
  }
}
function sendCsv(response: Response, name: string, text: string): void {
  response.set('Content-Disposition', `attachment; filename="${name}.csv"`).set('Content-Type', 'text/csv; charset=utf-8; header=present');
  response.send(Buffer.from(text, 'utf8'));
}

export interface OneItem {
  readonly layer: Layer;
  readonly crs: OgcCrs;
  readonly format: Format;
  readonly base: string;
  readonly feature: Feature;
}
export function sendItem(request: Request, response: Response, { layer, crs, format, base, feature }: OneItem): void {
  const own = `${base}/collections/${layer.id}`;
  const links: Link[] = [
    ...formatLinks(addressWith(request, `${own}/items/${feature.id}`, format), format, itemFormats),
    { href: own, rel: 'collection', type: 'application/json' },
  ];
  if (format.id === 'csv') {
    response.set('Link', linkHeader(links));
    sendCsv(response, `${layer.id}-${feature.id}`, csvOf(layer, crs, [feature]));
  } else if (format.id === 'html') sendPage(response, featureHtml({ layer, base, crs, feature, links }));
  else response.type(format.type).send(JSON.stringify(format.id === 'jsonfg' ? jsonFgFeature(feature, crs, links) : { ...feature, links }));
}

/** A metadata document as JSON (of `type`) or as a page; its links gain the other format. @throws Problem bad-parameter | not-acceptable */
export function sendDocument(
  request: Request,
  response: Response,
  answer: {
    readonly doc: object;
    readonly base: string;
    readonly page: DocumentPage;
    readonly type?: string;
    readonly parameters?: readonly string[];
  },
): void {
  const { parameters = [] } = answer;
  for (const [name, value] of Object.entries(request.query))
    if (name !== 'f' && !parameters.includes(name))
      throw new Problem('bad-parameter', { name, given: String(value).slice(0, 80), allowed: ['f=json f=html', ...parameters].join(' ') });
  const format = formatOf(request, documentFormats);
  const { doc, base, page, type = 'application/json' } = answer;
  const kept = new URLSearchParams(Object.entries(request.query as Record<string, string>).filter(([name]) => name !== 'f'));
  const own = `${base}${request.path}`.replace(/\/$/, '') + (kept.size ? `?${kept}` : '');
  const other = format.id === 'html' ? { f: 'json', type, title: 'JSON' } : { f: 'html', type: 'text/html', title: '网页' };
  const alternate = { href: inFormat(own, other.f), rel: 'alternate', type: other.type, title: other.title };
  const linked = 'links' in doc && Array.isArray(doc.links) ? { ...doc, links: [...doc.links, alternate] } : doc;
  response.set({ 'Cache-Control': 'private, no-cache', Vary: VARY });
  if (format.id === 'html') sendPage(response, page(linked, base, own));
  else response.type(type).send(JSON.stringify(linked));
}
