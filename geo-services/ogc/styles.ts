// The documents of OGC API Styles: lists of styles, their metadata, legends. The style sheets come from geo-services/style. Pure.
//
// Source: OGC 20-009 (draft) §7 core (list, style, metadata), §8 mapbox-styles. Addresses are those of the request, so a style runs where it was asked.
import type { Layer } from '../../contracts/layer.ts';
import type { MapStyle } from '../style/base-map.ts';
import { consoleStyle } from '../style/console-style.ts';
import { type LayerStyleId, layerStyle, layerStyles, legendOf } from '../style/layer-style.ts';
import { wallStyle } from '../style/wall-style.ts';
import type { Link } from './documents.ts';
import { operationName } from './openapi-formats.ts';

export const STYLE_TYPE = 'application/vnd.mapbox.style+json';
export const STYLES_LINK = 'http://www.opengis.net/def/rel/ogc/1.0/styles';
const SPECIFICATION = 'https://maplibre.org/maplibre-style-spec/';

export interface MapSheet {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly make: (origin: string) => MapStyle;
}
/** Whole maps. The first is the default. */
export const mapSheets: readonly MapSheet[] = [
  {
    ...{ id: 'console-day', title: '桌面台 日间', description: '浅色底图：行政区划、水系、地名、地形，不抢业务颜色' },
    make: (origin) => consoleStyle({ origin, theme: 'light' }),
  },
  {
    ...{ id: 'console-night', title: '桌面台 夜间', description: '深色底图：行政区划、水系、地名、地形' },
    make: (origin) => consoleStyle({ origin, theme: 'dark' }),
  },
  {
    ...{ id: 'wall', title: '辽智屏', description: '大屏底图：全省点亮，邻省退后' },
    make: (origin) => wallStyle({ origin, unit: 1 }),
  },
];

/** Styles name addresses under /ogc; `base` ends with it. */
export const sheetOf = (base: string, sheet: MapSheet): MapStyle => sheet.make(base.replace(/\/ogc$/, ''));

const json = (href: string, rel: string, title: string): Link => ({ href, rel, type: 'application/json', title });
function entry(address: string, id: string, title: string, more: readonly Link[] = []): object {
  const links: Link[] = [
    { href: address, rel: 'stylesheet', type: STYLE_TYPE, title: `${title}（MapLibre）` },
    json(`${address}/metadata`, 'describedby', `${title}：元数据`),
    ...more,
  ];
  return { id, title, links };
}
export function styleList(base: string): object {
  return {
    default: mapSheets[0]?.id,
    styles: mapSheets.map(({ id, title }) => entry(`${base}/styles/${id}`, id, title)),
    links: [json(`${base}/styles`, 'self', '样式')],
  };
}
export function layerStyleList(base: string, layer: Layer): object {
  const own = `${base}/collections/${layer.id}/styles`;
  return {
    default: layerStyles[0].id,
    styles: layerStyles.map(({ id, title }) =>
      entry(`${own}/${id}`, id, `${layer.title.zh} ${title}`, [
        json(`${own}/${id}/legend`, 'legend', '图例'),
        { href: `${own}/${id}/legend.svg`, rel: 'preview', type: 'image/svg+xml', title: '图例（图）' },
      ]),
    ),
    links: [json(own, 'self', `${layer.title.zh}：样式`)],
  };
}

interface Described {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly address: string;
  readonly sheet: MapStyle;
}
const KINDS: Readonly<Record<string, string>> = { circle: 'point', symbol: 'point', line: 'line', fill: 'polygon', raster: 'raster' };
/** 20-009 §7.6: what the style is, its sheets, and the data that it draws. */
function metadata({ id, title, description, address, sheet }: Described): object {
  return {
    ...{ id, title, description, scope: 'style' },
    stylesheets: [
      {
        ...{ title: 'MapLibre', version: '8', specification: SPECIFICATION, native: true },
        link: { href: address, rel: 'stylesheet', type: STYLE_TYPE },
      },
    ],
    layers: sheet.layers
      .filter((layer) => layer.source !== undefined)
      .map((layer) => ({ id: layer.id, type: KINDS[layer.type] ?? layer.type, source: layer['source-layer'] ?? layer.source })),
    links: [json(`${address}/metadata`, 'self', `${title}：元数据`), { href: address, rel: 'stylesheet', type: STYLE_TYPE, title }],
  };
}
export function sheetMetadata(base: string, sheet: MapSheet): object {
  return metadata({ ...sheet, address: `${base}/styles/${sheet.id}`, sheet: sheetOf(base, sheet) });
}
export function layerStyleMetadata(base: string, layer: Layer, style: LayerStyleId): object {
  const sheet = layerStyle(base, layer, style);
  const address = `${base}/collections/${layer.id}/styles/${style}`;
  return metadata({ id: style, title: sheet.name, description: `${layer.title.zh}的简单样式。${layer.source}`, address, sheet });
}
export function legend(base: string, layer: Layer, style: LayerStyleId): object {
  const own = `${base}/collections/${layer.id}/styles/${style}`;
  const links: Link[] = [
    json(`${own}/legend`, 'self', `${layer.title.zh}：图例`),
    { href: `${own}/legend.svg`, rel: 'preview', type: 'image/svg+xml', title: '图例（图）' },
  ];
  return { title: `${layer.title.zh}：图例`, entries: legendOf(layer, style), links };
}

/** Paths for the API definition; `get` as openapi.ts writes one. */
export function stylePaths(
  layers: readonly Layer[],
  get: (id: string, summary: string, type: string, parameters?: readonly object[]) => object,
): Record<string, object> {
  const inPath = (values: readonly string[]): object => ({
    ...{ name: 'styleId', in: 'path', required: true },
    schema: { type: 'string', enum: values },
  });
  const sheets = [inPath(mapSheets.map(({ id }) => id))];
  const own = [inPath(layerStyles.map(({ id }) => id))];
  const paths: Record<string, object> = {
    '/styles': get('styles', '样式', 'application/json'),
    '/styles/{styleId}': get('style', '一个样式', STYLE_TYPE, sheets),
    '/styles/{styleId}/metadata': get('styleMetadata', '样式的元数据', 'application/json', sheets),
  };
  for (const { id, title } of layers) {
    const name = operationName(id);
    const at = `/collections/${id}/styles`;
    paths[at] = get(`${name}.styles`, `${title.zh}：样式`, 'application/json');
    paths[`${at}/{styleId}`] = get(`${name}.style`, `${title.zh}：一个样式`, STYLE_TYPE, own);
    paths[`${at}/{styleId}/metadata`] = get(`${name}.styleMetadata`, `${title.zh}：样式的元数据`, 'application/json', own);
    paths[`${at}/{styleId}/legend`] = get(`${name}.legend`, `${title.zh}：图例`, 'application/json', own);
    paths[`${at}/{styleId}/legend.svg`] = get(`${name}.legendPicture`, `${title.zh}：图例`, 'image/svg+xml', own);
  }
  return paths;
}
