// What lies at a pixel of a tile: the query over what a viewer sees, and the answer as JSON, as a page and as XML. Pure.
//
// Source: OGC 07-057r7 §7.3 GetFeatureInfo: the client asks for a pixel; how near is near is left to the server.
import { attributeList, relationSql, rowClauses } from '../features/rows.ts';
import type { SeenLayer } from '../features/seen.ts';
import { gridBounds } from '../tiles/matrix-sets.ts';
import { PLANE } from '../tiles/tile-sql.ts';
import { CRS84, geometrySql } from './crs.ts';
import { html, pageOf } from './html.ts';
import type { Feature, Sql } from './query.ts';
import { titleOf } from './schemas.ts';
import { type GetFeatureInfo, TILE_PIXELS } from './wmts-request.ts';
import { element, xmlFile } from './xml.ts';

/** A finger is broader than a pixel: so many pixels around the middle of the one that is asked about. */
const NEAR_PIXELS = 5;
export const MOST_FEATURES = 10;

/** The nearest features, nearest first: id, revision, attributes, geometry as GeoJSON text. */
export function featureInfoSql(layer: SeenLayer, { tile, i, j }: Pick<GetFeatureInfo, 'tile' | 'i' | 'j'>): Sql {
  const { column, srid } = PLANE[tile.grid];
  const [minX, , maxX, maxY] = gridBounds(tile);
  const pixel = (maxX - minX) / TILE_PIXELS;
  const values: unknown[] = [minX + (i + 0.5) * pixel, maxY - (j + 0.5) * pixel, NEAR_PIXELS * pixel];
  const next = (value: unknown): string => `$${values.push(value)}`;
  const point = `ST_SetSRID(ST_MakePoint($1::float8, $2::float8), ${srid})`;
  const relation = relationSql(layer, null, next, { near: { column, box: `ST_Expand(${point}, $3::float8)` } });
  const where = [`ST_DWithin(${column}, ${point}, $3::float8)`, ...rowClauses(layer, next)].join(' AND ');
  return {
    text: `SELECT id, revision${attributeList(layer)}, ${geometrySql(CRS84, next)} AS geometry FROM ${relation} WHERE ${where}
ORDER BY ST_Distance(${column}, ${point}), id LIMIT ${MOST_FEATURES}`,
    values,
  };
}

const textOf = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

export function infoXml(layer: SeenLayer, features: readonly Feature[]): string {
  const property = (name: string, value: unknown) => element('Property', { name, title: titleOf(name, layer) }, textOf(value));
  return xmlFile(
    element(
      'FeatureInfoResponse',
      { layer: layer.id, title: layer.title.zh },
      ...features.map(({ id, properties }) =>
        element('Feature', { id: String(id) }, ...Object.entries(properties).map(([name, value]) => property(name, value))),
      ),
    ),
  );
}
/** `base`: the address of /ogc. */
export function infoHtml(base: string, layer: SeenLayer, features: readonly Feature[]): string {
  const own = `${base}/collections/${layer.id}`;
  const found = features.map(
    ({ id, properties }) => html`<h2><a href="${own}/items/${id}?f=html">${layer.title.zh} ${id}</a></h2>
<dl class="facts">${Object.entries(properties).map(([name, value]) => html`<dt>${titleOf(name, layer)}</dt><dd>${textOf(value)}</dd>`)}</dl>`,
  );
  const body = html`${found.length ? found : html`<p>此处没有要素。</p>`}<p class="meta">来源：${layer.source}</p>`;
  const crumbs = [
    { href: base, text: '一张图' },
    { href: `${own}?f=html`, text: layer.title.zh },
  ];
  return pageOf({ title: `${layer.title.zh}：此处`, crumbs, others: [], body });
}
