// The pages of queryables and of the schema: one line for each property, in words. Pure.
//
// Source: OGC 19-079r2 §6 and 23-058 §8 for what is told; OGC 17-069r4 §8.3 conf/html: everything that the JSON says.
import { html, inFormat, type Markup, pageOf, tree } from './html.ts';
import type { DocumentPage } from './pages.ts';

interface Property {
  readonly title?: string;
  readonly type?: string;
  readonly format?: string;
  readonly 'x-ogc-role'?: string;
}
const TYPES: Readonly<Record<string, string>> = {
  ...{ string: '文本', integer: '整数', number: '数', boolean: '是或否', date: '日期', 'date-time': '时刻' },
  'geometry-point-or-multipoint': '点',
  'geometry-linestring-or-multilinestring': '线',
  'geometry-polygon-or-multipolygon': '面',
};
const ROLES: Readonly<Record<string, string>> = { id: '标识', 'primary-geometry': '主几何' };

export const schemaHtml: DocumentPage = (doc, base, own) => {
  const schema = doc as { readonly title?: string; readonly properties?: Readonly<Record<string, Property>> };
  const asked = own.endsWith('/queryables');
  const collection = own.slice(0, own.lastIndexOf('/'));
  const entries = Object.entries(schema.properties ?? {});
  const roles = entries.some(([, property]) => property['x-ogc-role'] !== undefined);
  const row = ([name, property]: [string, Property]): Markup => {
    const kind = property.format ?? property.type ?? '';
    return html`<tr><td><code>${name}</code></td><td>${property.title ?? name}</td><td>${TYPES[kind] ?? kind}</td><td><code>${kind}</code></td>${
      roles ? html`<td>${ROLES[property['x-ogc-role'] ?? ''] ?? ''}</td>` : ''
    }</tr>`;
  };
  const body = html`<p>${asked ? '过滤条件（filter）中可以用的属性' : '每个要素带有的属性'}，共 ${entries.length} 项。</p>
<div class="wide"><table><thead><tr><th>属性</th><th>名称</th><th>类型</th><th>JSON Schema</th>${roles ? html`<th>作用</th>` : ''}</tr></thead><tbody>${entries.map(row)}</tbody></table></div>
<details><summary>全部字段</summary>${tree(doc)}</details>`;
  const crumbs = [
    { href: base, text: '一张图' },
    { href: `${base}/collections`, text: '图层目录' },
    { href: collection, text: schema.title ?? collection.slice(collection.lastIndexOf('/') + 1) },
  ];
  return pageOf({ title: asked ? '可查询属性' : '要素结构', crumbs, others: [{ href: inFormat(own, 'json'), title: 'JSON' }], body });
};
