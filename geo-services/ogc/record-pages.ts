// The pages of the catalogue: a form to search, records as cards, one record as facts with its links. Pure; the form works without a script.
//
// Source: OGC API Records Part 1 (20-004r1) html; OGC 17-069r4 §8.3 conf/html: everything that the JSON says, and its links.
import { departmentTitle, sharingTitle } from '../../contracts/layer-life.ts';
import { provenanceTitle } from '../../contracts/observation.ts';
import type { Link } from './documents.ts';
import { anchor, html, inFormat, type Markup, pageOf, tree } from './html.ts';
import type { DocumentPage } from './pages.ts';
import { CATALOGUE } from './record.ts';

interface RecordBody {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly links: readonly Link[];
}
export interface RecordsPage {
  readonly base: string;
  readonly body: object;
  /** Parameters as given. */
  readonly asked: Readonly<Record<string, string>>;
}
const crumbsOf = (base: string, deep: boolean) => [
  { href: base, text: '一张图' },
  ...(deep ? [{ href: `${base}/collections/${CATALOGUE}/items?f=html`, text: '图层目录' }] : []),
];
const GEOMETRY: Readonly<Record<string, string>> = { point: '点', line: '线', polygon: '面' };
const text = (record: RecordBody, name: string): string => String(record.properties[name] ?? '');

/** To the minute, on our own clock. */
const clock = (at: string): string => at.slice(0, 16).replace('T', ' ');

function searchForm(base: string, asked: Readonly<Record<string, string>>): Markup {
  const { q = '', sortby = '', filter = '' } = asked;
  const department = /^department = '([a-z]+)'$/.exec(filter)?.[1] ?? '';
  const option = (value: string, title: string, chosen: string): Markup =>
    value === chosen ? html`<option value="${value}" selected>${title}</option>` : html`<option value="${value}">${title}</option>`;
  return html`<form class="search" method="get" action="${base}/collections/${CATALOGUE}/items" role="search">
<input type="hidden" name="f" value="html">
<label>关键词 <input type="search" name="q" value="${q}" placeholder="名称、摘要、关键字；逗号表示“或”"></label>
<label>部门 <select name="filter">${option('', '全部', filter)}${Object.entries(departmentTitle).map(([id, title]) => option(`department = '${id}'`, title, department ? filter : ''))}</select></label>
<label>排序 <select name="sortby">${option('', '目录顺序', sortby)}${option('title', '名称', sortby)}${option('-updated', '最近更新', sortby)}</select></label>
<button type="submit">检索</button></form>`;
}
const marks = (record: RecordBody): Markup =>
  html`${record.properties['provenance'] === 'simulated' ? html`<em class="simulated">模拟</em> ` : ''}${record.properties['access'] === 'apply' ? html`<em class="apply">须申请</em> ` : ''}`;

function cardOf(base: string, record: RecordBody): Markup {
  const href = `${base}/collections/${CATALOGUE}/items/${record.id}?f=html`;
  const apply = record.links.find(({ rel }) => rel === 'related');
  const facts = [
    text(record, 'departmentTitle'),
    GEOMETRY[text(record, 'geometryType')],
    text(record, 'sharingTitle'),
    text(record, 'updateCycleTitle'),
  ];
  return html`<li><b>${anchor(href, text(record, 'title'))}</b>${marks(record)}<small>${facts.filter(Boolean).join(' · ')}</small><p>${text(record, 'description').slice(0, 120)}</p>${apply ? html`<p>${anchor(apply.href, '申请使用')}</p>` : ''}</li>`;
}

export function recordsHtml({ base, body, asked }: RecordsPage): string {
  const { features, links, numberMatched } = body as { features: readonly RecordBody[]; links: readonly Link[]; numberMatched: number };
  const around = links.filter(({ rel }) => rel === 'prev' || rel === 'next');
  const paging = html`<nav class="pages" aria-label="翻页">${around.map((link) => html`<a rel="${link.rel}" href="${link.href}">${link.title}</a>`)}</nav>`;
  const found = features.length
    ? html`<ul class="cards">${features.map((record) => cardOf(base, record))}</ul>`
    : html`<p>没有符合条件的图层。试试更短的关键词，或去掉部门条件。</p>`;
  const content = html`${searchForm(base, asked)}<p>共 ${numberMatched} 个图层${around.length ? html`，本页 ${features.length} 个` : ''}。</p>${found}${around.length ? paging : ''}`;
  const others = links.filter(({ rel }) => rel === 'alternate').map(({ href, title }) => ({ href, title: title ?? href }));
  return pageOf({ title: '图层目录', crumbs: crumbsOf(base, false), others, body: content });
}

export function recordHtml({ base, record }: { readonly base: string; readonly record: object }): string {
  const one = record as RecordBody & { readonly time: { readonly interval: readonly string[] } };
  const contacts = (one.properties['contacts'] ?? []) as readonly { organization?: string; name?: string; roles?: readonly string[] }[];
  const keywords = (one.properties['keywords'] ?? []) as readonly string[];
  const provenance = text(one, 'provenance') as keyof typeof provenanceTitle;
  const facts: [string, string][] = [
    ['标识', one.id],
    ['摘要', text(one, 'description')],
    ['关键字', keywords.join('、')],
    ['责任部门', text(one, 'departmentTitle')],
    ['联系', contacts.map(({ organization, name }) => [organization, name].filter(Boolean).join('，')).join('；')],
    ['几何', GEOMETRY[text(one, 'geometryType')] ?? ''],
    ['更新周期', text(one, 'updateCycleTitle')],
    ['共享', sharingTitle[text(one, 'sharing') as keyof typeof sharingTitle] ?? ''],
    ['共享条件', text(one, 'sharingConditions')],
    ['数据来历', provenanceTitle[provenance] ?? ''],
    ['来源与许可', text(one, 'rights')],
    ['建立', clock(text(one, 'created'))],
    ['更新', clock(text(one, 'updated'))],
  ];
  const shown = one.links.filter(({ rel }) => !['self', 'alternate', 'collection'].includes(rel));
  const cards = shown.map(({ href, rel, type, title }) => {
    const readable = type === 'application/json' || type === 'application/geo+json' ? inFormat(href, 'html') : href;
    return html`<li><b>${anchor(readable, title ?? rel)}</b><small>${(type ?? '').split(';')[0]}</small></li>`;
  });
  const body = html`<p>${marks(one)}</p><dl class="facts">${facts.filter(([, value]) => value !== '').map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<h2>${one.properties['access'] === 'apply' ? '如何取得' : '访问'}</h2><ul class="cards">${cards}</ul><details><summary>全部字段</summary>${tree(record)}</details>`;
  const others = one.links.filter(({ rel }) => rel === 'alternate').map(({ href, title }) => ({ href, title: title ?? href }));
  return pageOf({ title: text(one, 'title'), crumbs: crumbsOf(base, true), others, body });
}

export const catalogueHtml: DocumentPage = (doc, base, own) => {
  const { title, description } = doc as { readonly title: string; readonly description: string };
  const body = html`<p>${description}</p>${searchForm(base, {})}<p><a class="go" href="${own}/items?f=html">浏览全部图层</a></p><details><summary>全部字段</summary>${tree(doc)}</details>`;
  return pageOf({ title, crumbs: crumbsOf(base, false), others: [{ href: inFormat(own, 'json'), title: 'JSON' }], body });
};
