// HTML of the pages of /ogc: text made safe, the frame around every page, and any document as a tree.
//
// Source: HTML Living Standard §13.3 (what is escaped); OGC 17-069r4 §8.3 (conf/html: everything that the JSON says, and its links, in the body).
// No script, no picture, nothing from elsewhere: a page is one answer. Every value enters through html``, so nothing is forgotten.

/** Markup that is safe to send. Only html`` and `raw` make it. */
export interface Markup {
  readonly markup: string;
}
type Part = Markup | string | number | boolean | null | undefined | readonly Part[];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
function textOf(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (Array.isArray(part)) return part.map(textOf).join('');
  return typeof part === 'object' ? (part as Markup).markup : escapeHtml(String(part));
}
/** Text between the literals is escaped, markup is not; lists are joined; null, undefined and false are nothing. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: literals.map((literal, i) => literal + (i < parts.length ? textOf(parts[i]) : '')).join('') };
}

/** Addresses of our own kind become links; anything else (a template, another scheme) stays text. */
export function anchor(href: string, text: string): Markup {
  return /^https?:\/\/[^\s{}]*$/.test(href) ? html`<a href="${href}">${text}</a>` : html`<code>${href}</code>`;
}
/** The same address with another format. */
export function inFormat(href: string, f: string): string {
  const [path = '', query = ''] = href.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('f', f);
  return `${path}?${parameters}`;
}

/** Any JSON value as nested lists, links as links. */
export function tree(value: unknown): Markup {
  if (value === null || value === undefined) return html`<span class="none">空</span>`;
  if (Array.isArray(value)) {
    if (value.every((entry) => typeof entry === 'number')) return html`<code>${value.join(', ')}</code>`;
    return html`<ol>${value.map((entry) => html`<li>${tree(entry)}</li>`)}</ol>`;
  }
  if (typeof value === 'object' && 'href' in value && typeof value.href === 'string') {
    const { href, ...rest } = value as { href: string; title?: unknown; rel?: unknown };
    return html`${anchor(href, String(rest.title ?? rest.rel ?? href))} ${tree(rest)}`;
  }
  if (typeof value === 'object')
    return html`<dl>${Object.entries(value).map(([name, entry]) => html`<dt>${name}</dt><dd>${tree(entry)}</dd>`)}</dl>`;
  // Identifiers of standards look like addresses, but only what stands in an `href` is a link.
  return html`${String(value)}`;
}

export interface Crumb {
  readonly href: string;
  readonly text: string;
}
export interface Page {
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  /** The same in other formats. */
  readonly others: readonly { readonly href: string; readonly title: string }[];
  readonly body: Markup;
}

export function pageOf({ title, crumbs, others, body }: Page): string {
  return html`<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · 辽智一张图</title>
<style>${{ markup: STYLE }}</style>
</head>
<body>
<header><nav aria-label="位置">${crumbs.map((crumb) => html`${anchor(crumb.href, crumb.text)}<i>›</i>`)}<b>${title}</b></nav>
<nav aria-label="其他格式">${others.map((other) => anchor(other.href, other.title))}</nav></header>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.markup;
}

const STYLE = `
:root{color-scheme:light dark;--bg:#e9edf2;--p:#fff;--p2:#f4f6f9;--ln:#d9e0e8;--t:#15202b;--t2:#435364;--t3:#5f6f80;--ac:#006a9e;--acs:#ddeff8;--land:#f5f3ec;--sea:#dce8f0}
@media(prefers-color-scheme:dark){:root{--bg:#0a1119;--p:#111b26;--p2:#162231;--ln:#223142;--t:#eaf1f7;--t2:#a9b9c9;--t3:#8496a8;--ac:#4cc3f0;--acs:#10354a;--land:#1d2b3c;--sea:#0b141d}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--t);font:14px/1.6 "Noto Sans SC","Microsoft YaHei",sans-serif;font-variant-numeric:tabular-nums}
a{color:var(--ac);text-decoration:none}a:hover{text-decoration:underline}a:focus-visible{outline:2px solid var(--ac);outline-offset:2px}
header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:4px 24px;padding:10px 24px;background:var(--p);border-bottom:1px solid var(--ln)}
header nav{display:flex;flex-wrap:wrap;gap:8px;align-items:center}header i{color:var(--t3);font-style:normal}
header nav+nav a{padding:1px 10px;border:1px solid var(--ln);border-radius:4px;font-size:12px}
main{max-width:1180px;margin:0 auto;padding:20px 24px 48px}
h1{font-size:24px;line-height:32px;margin:4px 0 8px}h2{font-size:16px;margin:24px 0 8px}
p{margin:4px 0;color:var(--t2)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(260px,1fr));gap:12px;margin:16px 0;padding:0;list-style:none}
.cards>li{background:var(--p);border:1px solid var(--ln);border-radius:6px;padding:12px 16px}
.cards b{display:block;font-size:16px}.cards small{overflow-wrap:anywhere}.cards small,.meta{color:var(--t3);font-size:12px}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:0 20px;background:var(--p);border:1px solid var(--ln);border-radius:6px;padding:8px 16px;margin:12px 0}
.facts dt{color:var(--t3);padding:4px 0}.facts dd{margin:0;padding:4px 0;overflow-wrap:anywhere}
.wide{overflow-x:auto;background:var(--p);border:1px solid var(--ln);border-radius:6px;margin:12px 0}
table{border-collapse:collapse;width:100%}th{background:var(--p2);color:var(--t3);font-size:12px;text-align:left}
th,td{padding:6px 14px;border-bottom:1px solid var(--ln);white-space:nowrap}td.n,th.n{text-align:right}tr:last-child td{border-bottom:0}tr:hover td{background:var(--acs)}
.simulated{font-style:normal;font-size:12px;padding:0 6px;border:1px dashed #a08a2f;border-radius:3px;background:#fbf3d0;color:#5b4a00}
.apply{font-style:normal;font-size:12px;padding:0 6px;border:1px solid var(--ac);border-radius:3px;background:var(--acs);color:var(--ac)}
.search{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:end;background:var(--p);border:1px solid var(--ln);border-radius:6px;padding:12px 16px;margin:12px 0}
.search label{display:flex;flex-direction:column;color:var(--t3);font-size:12px}.search input{min-width:280px}
.search input,.search select,.search button{font:inherit;font-size:14px;height:32px;padding:0 10px;color:var(--t);background:var(--p2);border:1px solid var(--ln);border-radius:4px}
.search button{background:var(--ac);border-color:var(--ac);color:var(--p)}
.none{color:var(--t3)}code{font-family:"DejaVu Sans Mono",Consolas,monospace;font-size:12px;overflow-wrap:anywhere}
.pages{display:flex;gap:12px;margin:12px 0}.pages a,.go{display:inline-block;padding:3px 14px;border:1px solid var(--ac);border-radius:4px}
svg{display:block;width:100%;max-height:460px;background:var(--sea);border:1px solid var(--ln);border-radius:6px;margin:12px 0}
svg path{fill:var(--land);stroke:var(--ac);stroke-width:1}svg path.line{fill:none;stroke-width:1.4}svg circle{fill:var(--ac)}svg a:hover *{stroke-width:2.5;stroke:var(--t)}
details{margin:24px 0}summary{cursor:pointer;color:var(--t2)}
details dl,.tree dl{margin:0;border-left:1px solid var(--ln);padding-left:12px}dl dt{color:var(--t3)}details dd,.tree dd{margin:0 0 4px 12px;overflow-wrap:anywhere}
`;
