// The HTML pages of /ogc: landing page, catalogue, one layer, its features, one feature, and any other document as a tree.
//
// Source: OGC API Features 1.0.1 (17-069r4) §8.3 and OGC API Common 1.0 (19-072) conf/html: the same resources, for people.
import type { Layer } from '../../contracts/layer.ts';
import { type Provenance, provenanceTitle } from '../../contracts/observation.ts';
import { crsList, type OgcCrs } from './crs.ts';
import { wktOf } from './csv.ts';
import type { Link } from './documents.ts';
import { anchor, type Crumb, html, inFormat, type Markup, pageOf, tree } from './html.ts';
import type { Feature } from './query.ts';
import { titleOf } from './schemas.ts';
import { sketchOf } from './sketch.ts';

type Doc = Readonly<Record<string, unknown>>;
/** Makes the page of a document; `base` is the address of /ogc, `own` of the document. */
export type DocumentPage = (doc: object, base: string, own: string) => string;

const linksOf = (doc: Doc): readonly Link[] => (Array.isArray(doc['links']) ? (doc['links'] as Link[]) : []);
const textOf = (doc: Doc, name: string): string => String(doc[name] ?? '');
const home = (base: string): Crumb => ({ href: base, text: '一张图' });
const catalogue = (base: string): Crumb => ({ href: `${base}/collections`, text: '图层目录' });
const asJson = (own: string) => [{ href: inFormat(own, 'json'), title: 'JSON' }];

/** The last word of a relation that is registered as an address. */
const shortly = (rel: string): string => rel.slice(rel.lastIndexOf('/') + 1);

function linkCards(links: readonly Link[]): Markup {
  const shown = links.filter((link) => !['self', 'alternate'].includes(link.rel));
  return html`<ul class="cards">${shown.map(
    (link) =>
      html`<li><b>${anchor(link.href, link.title ?? link.rel)}</b><small>${shortly(link.rel)} · ${(link.type ?? '').split(';')[0] ?? ''}</small></li>`,
  )}</ul>`;
}
function everything(doc: object): Markup {
  return html`<details><summary>全部字段</summary>${tree(doc)}</details>`;
}

export const landingHtml: DocumentPage = (doc, base, own) => {
  const landing = doc as Doc;
  const body = html`<p>${textOf(landing, 'description')}</p>${linkCards(linksOf(landing))}${everything(doc)}`;
  return pageOf({ title: textOf(landing, 'title'), crumbs: [], others: asJson(own || base), body });
};

/** A layer that is simulated as a whole says so wherever it is named. */
const simulatedMark = ({ provenance }: { readonly provenance?: unknown }): Markup | '' =>
  provenance === 'simulated' ? html`<em class="simulated">模拟</em> ` : '';

export const collectionsHtml: DocumentPage = (doc, base, own) => {
  const entries = ((doc as Doc)['collections'] ?? []) as readonly Doc[];
  const cards = entries.map((entry) => {
    const self = linksOf(entry).find((link) => link.rel === 'self');
    return html`<li><b>${anchor(self?.href ?? own, textOf(entry, 'title'))}</b>${simulatedMark(entry)}<small>${textOf(entry, 'id')}</small><p>${textOf(entry, 'attribution')}</p></li>`;
  });
  const around = linksOf(doc as Doc).filter((link) => link.rel === 'next' || link.rel === 'prev');
  const paging = html`<nav class="pages" aria-label="翻页">${around.map(
    (link) => html`<a rel="${link.rel}" href="${inFormat(link.href, 'html')}">${link.title}</a>`,
  )}</nav>`;
  const body = html`<p>共 ${String((doc as Doc)['numberMatched'] ?? entries.length)} 个集合${around.length ? html`，本页 ${entries.length} 个` : ''}。</p><ul class="cards">${cards}</ul>${around.length ? paging : ''}${everything(doc)}`;
  return pageOf({ title: '图层目录', crumbs: [home(base)], others: asJson(own), body });
};

const SHAPES: Readonly<Record<string, string>> = { point: '点', line: '线', polygon: '面' };
const SHARING: Readonly<Record<string, string>> = { unconditional: '无条件共享', conditional: '有条件共享', none: '不予共享' };
export const collectionHtml: DocumentPage = (doc, base, own) => {
  const layer = doc as Doc;
  const extent = (layer['extent'] as { spatial?: { bbox?: number[][] } } | undefined)?.spatial?.bbox?.[0];
  const facts: [string, Markup][] = [
    ['标识', html`<code>${textOf(layer, 'id')}</code>`],
    ['说明', html`${textOf(layer, 'description')}`],
    ['几何', html`${SHAPES[textOf(layer, 'geometry')] ?? ''}`],
    ['共享', html`${SHARING[textOf(layer, 'sharing')] ?? ''}`],
    ['范围', extent ? html`<code>${extent.map((side) => side.toFixed(4)).join(', ')}</code>` : html`<span class="none">未给出</span>`],
    ['坐标系', html`${crsList.map((crs) => html`${anchor(withCrs(`${own}/items`, crs), crs.title)}<br>`)}`],
  ];
  const browse = `${own}/items?${new URLSearchParams({ f: 'html', limit: '50' })}`;
  const body = html`<p><a class="go" href="${browse}">浏览要素</a></p>
<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<h2>相关</h2>${linkCards(linksOf(layer))}${everything(doc)}`;
  return pageOf({ title: textOf(layer, 'title'), crumbs: [home(base), catalogue(base)], others: asJson(own), body });
};
function withCrs(items: string, crs: OgcCrs): string {
  return `${items}?${new URLSearchParams({ crs: crs.uri, f: 'html', limit: '50' })}`;
}

/** What documents without a title of their own are called, by the last part of their address. */
const TITLES: Readonly<Record<string, string>> = {
  conformance: '符合性',
  api: '接口定义',
  tileMatrixSets: '切片方案',
};
export const documentHtml: DocumentPage = (doc, base, own) => {
  const last = own.split('/').at(-1) ?? '';
  const title = TITLES[last] ?? (doc as Doc)['title'] ?? linksOf(doc as Doc).find((link) => link.rel === 'self')?.title ?? last;
  return pageOf({
    title: String(title),
    crumbs: [home(base)],
    others: asJson(own),
    body: html`<div class="tree">${tree(doc)}</div>`,
  });
};

/** What a feature is called where people read. */
function nameOf(feature: Feature): string {
  return String(feature.properties['name'] ?? feature.properties['uid'] ?? feature.id);
}
/** A simulated row says so in the words of every other page. */
function worded(attribute: string, value: unknown): unknown {
  return attribute === 'provenance' ? (provenanceTitle[value as Provenance] ?? value) : value;
}
function cell(value: unknown): Markup {
  if (typeof value === 'number') return html`<td class="n">${value}</td>`;
  if (value === null || value === undefined) return html`<td class="none">空</td>`;
  return html`<td>${typeof value === 'object' ? JSON.stringify(value) : String(value)}</td>`;
}
const alternates = (links: readonly Link[]) =>
  links.filter((link) => link.rel === 'alternate').map(({ href, title }) => ({ href, title: title ?? href }));

export interface ItemsPage {
  readonly layer: Layer;
  readonly base: string;
  readonly crs: OgcCrs;
  readonly features: readonly Feature[];
  readonly links: readonly Link[];
  /** null: too many to count. */
  readonly matched: number | null;
}
export function itemsHtml({ layer, base, crs, features, links, matched }: ItemsPage): string {
  const own = `${base}/collections/${layer.id}`;
  const addressOf = (feature: Feature): string => `${own}/items/${feature.id}?${new URLSearchParams({ crs: crs.uri, f: 'html' })}`;
  const shapes = features.map((feature) => ({ geometry: feature.geometry, href: addressOf(feature), title: nameOf(feature) }));
  const pages = links.filter((link) => link.rel === 'first' || link.rel === 'next');
  const rows = features.map(
    (feature) =>
      html`<tr><td><a href="${addressOf(feature)}">${feature.id}</a></td>${layer.attributes.map((name) => cell(worded(name, feature.properties[name])))}</tr>`,
  );
  const paging = html`<nav class="pages" aria-label="翻页">${pages.map(
    (link) => html`<a rel="${link.rel}" href="${link.href}">${link.rel === 'next' ? '下一页' : '第一页'}</a>`,
  )}</nav>`;
  const body = html`<p>${simulatedMark(layer)}本页 ${features.length} 条${matched === null ? '，总数过大，未计' : html`，共 ${matched} 条`}。坐标系：${crs.title}</p>
${sketchOf(shapes, crs, layer.geometry, `${layer.title.zh}示意`)}
<div class="wide"><table><thead><tr><th>${titleOf('id', layer)}</th>${layer.attributes.map((name) => html`<th title="${name}">${titleOf(name, layer)}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>
${paging}<p class="meta">来源：${layer.source}</p>`;
  const crumbs = [home(base), catalogue(base), { href: own, text: layer.title.zh }];
  return pageOf({ title: `${layer.title.zh}：要素`, crumbs, others: alternates(links), body });
}

export interface FeaturePage {
  readonly layer: Layer;
  readonly base: string;
  readonly crs: OgcCrs;
  readonly feature: Feature;
  readonly links: readonly Link[];
}
export function featureHtml({ layer, base, crs, feature, links }: FeaturePage): string {
  const own = `${base}/collections/${layer.id}`;
  const shape = { geometry: feature.geometry, href: `${own}/items/${feature.id}`, title: nameOf(feature) };
  const facts = [['id', feature.id] as const, ...layer.attributes.map((name) => [name, worded(name, feature.properties[name])] as const)];
  const body = html`<p>${simulatedMark(layer)}</p>${sketchOf([shape], crs, layer.geometry, nameOf(feature))}
<dl class="facts">${facts.map(([name, value]) => html`<dt title="${name}">${titleOf(name, layer)}</dt><dd>${tree(value)}</dd>`)}<dt>坐标系</dt><dd>${crs.title}（${crs.axes.join(', ')}）</dd></dl>
<details><summary>坐标</summary><code>${wktOf(feature.geometry)}</code></details>
<p class="meta">来源：${layer.source}</p>`;
  const crumbs = [home(base), catalogue(base), { href: own, text: layer.title.zh }, { href: `${own}/items?f=html&limit=50`, text: '要素' }];
  return pageOf({ title: nameOf(feature), crumbs, others: alternates(links), body });
}
