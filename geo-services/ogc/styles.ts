// The documents of OGC API Styles: lists of styles, their metadata, legends. The style sheets come from geo-services/style. Pure.
//
// Source: OGC 20-009 (draft) §7 core (list, style, metadata), §8 mapbox-styles. Addresses are those of the request, so a style runs where it was asked.
import type { Layer } from '../../contracts/layer.ts';
import type { MapStyle } from '../style/base-map.ts';
import { consoleStyle } from '../style/console-style.ts';
import { type LayerStyleId, layerStyle, layerStyles, legendOf } from '../style/layer-style.ts';
import { wallStyle } from '../style/wall-style.ts';
import type { Link } from './documents.ts';

export const STYLE_TYPE = 'application/vnd.mapbox.style+json';
export const STYLES_LINK = 'http://www.opengis.net/def/rel/ogc/1.0/styles';
const SPECIFICATION = 'https://maplibre.org/maplibre-style-spec/';

/** A style that somebody drew, as it is kept (stored-styles.pg.ts). */
interface StoredStyle {
  readonly id: string;
  readonly metadata: { readonly title: string; readonly description?: string };
  readonly created: Date;
  readonly updated: Date;
}
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
/** What people drew beside the styles of the house, and which one of all is shown when none is asked for (null: the first of the house). */
export interface Drawn {
  readonly styles: readonly { readonly id: string; readonly title: string }[];
  readonly first: string | null;
}
export function styleList(base: string, drawn: Drawn): object {
  return {
    default: drawn.first ?? mapSheets[0]?.id,
    styles: [...mapSheets, ...drawn.styles].map(({ id, title }) => entry(`${base}/styles/${id}`, id, title)),
    links: [json(`${base}/styles`, 'self', '样式')],
  };
}
export function layerStyleList(base: string, layer: Layer, drawn: Drawn): object {
  const own = `${base}/collections/${layer.id}/styles`;
  return {
    default: drawn.first ?? layerStyles[0].id,
    styles: [
      ...layerStyles.map(({ id, title }) =>
        entry(`${own}/${id}`, id, `${layer.title.zh} ${title}`, [
          json(`${own}/${id}/legend`, 'legend', '图例'),
          { href: `${own}/${id}/legend.svg`, rel: 'preview', type: 'image/svg+xml', title: '图例（图）' },
        ]),
      ),
      ...drawn.styles.map(({ id, title }) => entry(`${own}/${id}`, id, title)),
    ],
    links: [json(own, 'self', `${layer.title.zh}：样式`)],
  };
}

interface Described {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly address: string;
  readonly sheet: MapStyle;
  readonly more?: Readonly<Record<string, unknown>>;
}
const KINDS: Readonly<Record<string, string>> = { circle: 'point', symbol: 'point', line: 'line', fill: 'polygon', raster: 'raster' };
/** 20-009 §7.6: what the style is, its sheets, and the data that it draws. */
function metadata({ id, title, description, address, sheet, more = {} }: Described): object {
  return {
    ...{ id, title, description, scope: 'style', ...more },
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
/** Of a style that somebody drew; `address`: its own, `sheet`: as it is given out. */
export function drawnMetadata(address: string, style: StoredStyle, sheet: MapStyle): object {
  const { title, description = '', ...others } = style.metadata;
  const more = { ...others, created: style.created.toISOString(), updated: style.updated.toISOString() };
  return metadata({ id: style.id, title, description, address, sheet, more });
}
export function legend(base: string, layer: Layer, style: LayerStyleId): object {
  const own = `${base}/collections/${layer.id}/styles/${style}`;
  const links: Link[] = [
    json(`${own}/legend`, 'self', `${layer.title.zh}：图例`),
    { href: `${own}/legend.svg`, rel: 'preview', type: 'image/svg+xml', title: '图例（图）' },
  ];
  return { title: `${layer.title.zh}：图例`, entries: legendOf(layer, style), links };
}
