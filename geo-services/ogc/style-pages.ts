// The pages of styles: a list as cards with their links, and a legend with its picture. Pure.
//
// Source: OGC 17-069r4 §8.3 conf/html: everything that the JSON says, and its links.
import type { LegendEntry } from '../style/layer-style.ts';
import type { Link } from './documents.ts';
import { anchor, html, inFormat, pageOf, tree } from './html.ts';
import type { DocumentPage } from './pages.ts';

interface Entry {
  readonly id: string;
  readonly title: string;
  readonly links: readonly Link[];
}
const WORDS: Readonly<Record<string, string>> = { stylesheet: '样式文件', describedby: '元数据', legend: '图例', preview: '图例（图）' };
const crumbsOf = (base: string, own: string, parts: number) => {
  const collection = /\/collections\/[^/]+/.exec(own)?.[0];
  const within = collection ? [{ href: `${base}${collection}`, text: collection.slice('/collections/'.length) }] : [];
  const list = parts > 0 ? [{ href: own.split('/').slice(0, -parts).join('/'), text: '样式' }] : [];
  return [{ href: base, text: '一张图' }, ...within, ...list];
};
const others = (own: string) => [{ href: inFormat(own, 'json'), title: 'JSON' }];

export const stylesHtml: DocumentPage = (doc, base, own) => {
  const { styles, default: first } = doc as { readonly styles: readonly Entry[]; readonly default: string };
  const cards = styles.map(
    ({ id, title, links }) =>
      html`<li><b>${title}</b><small>${id}${id === first ? ' · 缺省' : ''}</small><p>${links.map(
        ({ href, rel, type }) =>
          html`${anchor(type?.startsWith('image/') ? href : inFormat(href, rel === 'stylesheet' ? 'json' : 'html'), WORDS[rel] ?? rel)} `,
      )}</p></li>`,
  );
  const body = html`<p>共 ${styles.length} 个样式（MapLibre）。</p><ul class="cards">${cards}</ul><details><summary>全部字段</summary>${tree(doc)}</details>`;
  return pageOf({ title: '样式', crumbs: crumbsOf(base, own, 0), others: others(own), body });
};

export const legendHtml: DocumentPage = (doc, base, own) => {
  const { title, entries } = doc as { readonly title: string; readonly entries: readonly LegendEntry[] };
  // The page's own rules for drawings would paint over the legend's marks: the picture is linked, the colours are told.
  const rows = entries.map(
    ({ label, colour }) => html`<tr><td><b style="color:${colour}">■</b> ${label}</td><td><code>${colour}</code></td></tr>`,
  );
  const body = html`<div class="wide"><table><thead><tr><th>图例</th><th>颜色</th></tr></thead><tbody>${rows}</tbody></table></div>
<p>${anchor(`${own}.svg`, '图例（图）')}</p><details><summary>全部字段</summary>${tree(doc)}</details>`;
  return pageOf({ title, crumbs: crumbsOf(base, own, 2), others: others(own), body });
};
