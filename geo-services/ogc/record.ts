// The documents of OGC API Records: the catalogue as a collection, one record for each layer, what may be asked and sorted by. Pure.
//
// Source: OGC API Records Part 1 (20-004r1), requirement classes record-core, record-collection, records-api, sorting, json and their schemas
// (recordGeoJSON, contact, theme, linkTemplate, time). Metadata of a layer after GB/T 21063.3 (contracts/layer-life.ts).
import { type BBox, LIAONING_BBOX } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import { departmentTitle, type LayerMetadata, sharingTitle, updateCycles } from '../../contracts/layer-life.ts';
import { timeText } from '../../contracts/parameters.ts';
import type { Column, Columns } from '../cql2/columns.ts';
import { type SeenLayer, seesAll } from '../features/seen.ts';
import { matrixSets } from '../tiles/matrix-sets.ts';
import type { Link } from './documents.ts';
import { featureFormats } from './formats.ts';
import { QUERYABLES_LINK, SCHEMA_TYPE } from './schemas.ts';
import { STYLES_LINK } from './styles.ts';

/** Of the collection; no layer of this id is served beside it. */
export const CATALOGUE = 'catalogue';
export const RECORD_TYPE = 'dataset';
export const CATALOGUE_LINK = 'http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog';
const SORTABLES_LINK = 'http://www.opengis.net/def/rel/ogc/1.0/sortables';
const TILES_LINK = 'http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector';
const CRS84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84';
const CONF = 'http://www.opengis.net/spec/ogcapi-records-1/1.0/conf';
const MVT = 'application/vnd.mapbox-vector-tile';

/** A layer as the catalogue knows it, with what a search looks at made ready. Times in milliseconds since 1970; null: not known. */
export interface RecordEntry {
  readonly layer: Layer;
  readonly metadata: LayerMetadata;
  readonly created: number | null;
  readonly updated: number | null;
  /** Since when its data are kept, as RFC 3339 has a date or a time in UTC (schema `time`); null: not known. */
  readonly begin: string | null;
  readonly externalIds: readonly { readonly scheme: string; readonly value: string }[];
  /** Title, description, keywords, id and source as they are compared, one a line. */
  readonly said: string;
  /** Its place when titles are sorted as Chinese sorts them. */
  readonly titleRank: number;
  /** Whether its table is its own (an imported layer), or one that the code declares. */
  readonly broughtIn: boolean;
}
/** open: the viewer may read it · apply: he may know of it and apply for it. */
export type RecordAccess = 'open' | 'apply';

export const descriptionOf = ({ layer, metadata }: Pick<RecordEntry, 'layer' | 'metadata'>): string =>
  metadata.abstract ?? `${layer.title.zh}。${layer.source}`;

/** A layer's record as one viewer gets it. */
export interface SeenRecord {
  readonly entry: RecordEntry;
  readonly access: RecordAccess;
  /** The layer as he sees it. */
  readonly seen: SeenLayer;
}
/** Whether the viewer is told where the layer lies: only one who reads all of it. To others it is as wide as the province. */
export const isPlaced = ({ access, seen }: SeenRecord): boolean => access === 'open' && seesAll(seen);
/** Degrees, out of what the source has; null: nothing in the layer. */
export function boxOf(record: SeenRecord, boxes: ReadonlyMap<string, BBox | null>): BBox | null {
  return isPlaced(record) ? (boxes.get(record.entry.layer.id) ?? null) : LIAONING_BBOX;
}
function polygonOf([west, south, east, north]: BBox): object {
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return { type: 'Polygon', coordinates: [ring] };
}

const json = (href: string, rel: string, title: string): Link => ({ href, rel, type: 'application/json', title });
function layerLinks(base: string, { id, title }: Layer): Link[] {
  const own = `${base}/collections/${id}`;
  return [
    json(own, 'describes', `${title.zh}：图层`),
    { href: `${own}/items`, rel: 'items', type: 'application/geo+json', title: `${title.zh}：要素` },
    json(`${own}/tiles`, TILES_LINK, `${title.zh}：矢量瓦片`),
    json(`${own}/styles`, STYLES_LINK, `${title.zh}：样式`),
    { href: `${own}/styles/default/legend.svg`, rel: 'preview', type: 'image/svg+xml', title: `${title.zh}：图例` },
    { href: `${base}/wmts/1.0.0/WMTSCapabilities.xml`, rel: 'service-meta', type: 'application/xml', title: 'WMTS 1.0.0' },
  ];
}
function applyLinks(base: string, { id, title }: Layer): Link[] {
  const origin = base.replace(/\/ogc$/, '');
  return [{ href: `${origin}/portal?layer=${id}`, rel: 'related', type: 'text/html', title: `申请使用：${title.zh}` }];
}
const templatesOf = (base: string, { id, title, minZoom, maxZoom }: Layer): object[] => [
  {
    ...{ rel: 'item', type: MVT, title: `${title.zh}：矢量瓦片` },
    uriTemplate: `${base}/collections/${id}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}`,
    variables: {
      tileMatrixSetId: { type: 'string', enum: [...matrixSets.keys()] },
      tileMatrix: { type: 'integer', minimum: minZoom, maximum: maxZoom },
      tileRow: { type: 'integer', minimum: 0 },
      tileCol: { type: 'integer', minimum: 0 },
    },
  },
];
const formatsOf = ({ format }: LayerMetadata): object[] => [
  ...featureFormats.filter(({ id }) => id !== 'html').map(({ title, type }) => ({ name: title, mediaType: type })),
  { name: 'MVT 矢量瓦片', mediaType: MVT },
  ...(format ? [{ name: format }] : []),
];
function contactsOf({ department }: Layer, { provider, contact, maintainer }: LayerMetadata): object[] {
  return [
    { organization: provider ?? departmentTitle[department], ...(contact ? { name: contact } : {}), roles: ['owner', 'pointOfContact'] },
    ...(maintainer ? [{ organization: maintainer, roles: ['custodian'] }] : []),
  ];
}
const dated = (name: string, at: number | null): object => (at === null ? {} : { [name]: timeText(at) });

/** The record of one layer as a GeoJSON feature; `box` is what boxOf gives. */
export function recordOf(base: string, { entry, access }: SeenRecord, box: BBox | null): object {
  const { layer, metadata } = entry;
  const catalogue = `${base}/collections/${CATALOGUE}`;
  const { classification, updateCycle, sharingConditions, publicationDate } = metadata;
  const cycle = updateCycle && updateCycles[updateCycle];
  return {
    ...{ type: 'Feature', id: layer.id, conformsTo: [`${CONF}/record-core`] },
    time: { interval: [entry.begin ?? '..', '..'] },
    geometry: box && polygonOf(box),
    properties: {
      ...{ type: RECORD_TYPE, title: layer.title.zh, description: descriptionOf(entry), keywords: metadata.keywords ?? [] },
      language: { code: 'zh', name: '中文' },
      ...dated('created', entry.created),
      ...dated('updated', entry.updated),
      themes: [
        { scheme: 'urn:liaozhi:theme', concepts: [{ id: layer.theme }] },
        ...(classification ? [{ scheme: 'GB/T 21063', concepts: [{ id: classification, title: classification }] }] : []),
      ],
      formats: formatsOf(metadata),
      contacts: contactsOf(layer, metadata),
      ...(entry.externalIds.length > 0 ? { externalIds: entry.externalIds } : {}),
      ...{ license: 'other', rights: layer.source },
      // Core metadata of GB/T 21063.3 that the schema has no place for.
      ...{ department: layer.department, departmentTitle: departmentTitle[layer.department] },
      ...{ sharing: layer.sharing, sharingTitle: sharingTitle[layer.sharing] },
      ...(sharingConditions ? { sharingConditions } : {}),
      ...(updateCycle && cycle ? { updateCycle, updateCycleTitle: cycle.zh } : {}),
      ...(publicationDate ? { publicationDate } : {}),
      ...{ geometryType: layer.geometry, state: layer.state ?? 'published' },
      ...(layer.provenance ? { provenance: layer.provenance } : {}),
      ...{ access, ...(access === 'apply' ? { accessTitle: '须申请，批准后可用' } : {}) },
    },
    links: [
      { href: `${catalogue}/items/${layer.id}`, rel: 'self', type: 'application/geo+json', title: layer.title.zh },
      json(catalogue, 'collection', '图层目录'),
      ...(access === 'open' ? layerLinks(base, layer) : applyLinks(base, layer)),
    ],
    linkTemplates: access === 'open' ? templatesOf(base, layer) : [],
  };
}

/** The catalogue as a collection of records. */
export function catalogueDocument(base: string): object {
  const own = `${base}/collections/${CATALOGUE}`;
  return {
    ...{ id: CATALOGUE, title: '图层目录（OGC API Records）', itemType: 'record', type: 'Collection' },
    description:
      '一张图的全部图层，一条记录一个图层：名称、摘要、责任部门、更新周期、共享属性、范围和访问地址。未获授权的有条件共享图层附申请方式。',
    ...{ language: { code: 'zh', name: '中文' }, license: 'other', attribution: '辽智' },
    conformsTo: [`${CONF}/record-collection`, `${CONF}/searchable-catalog`],
    extent: { spatial: { bbox: [LIAONING_BBOX], crs: CRS84 } },
    crs: [CRS84],
    links: [
      json(own, 'self', '图层目录'),
      { href: `${own}/items`, rel: 'items', type: 'application/geo+json', title: '记录' },
      { href: `${own}/queryables`, rel: QUERYABLES_LINK, type: SCHEMA_TYPE, title: '可查询的属性' },
      { href: `${own}/sortables`, rel: SORTABLES_LINK, type: SCHEMA_TYPE, title: '可排序的属性' },
    ],
  };
}

/** What a filter may name, over a relation `record` of those columns (records.http.ts). */
export const recordColumns: Columns = new Map<string, Column>([
  ...['id', 'type', 'title', 'description', 'keywords', 'theme', 'department', 'sharing', 'updateCycle'].map((name): [string, Column] => [
    name,
    { type: 'text', sql: `"${name}"` },
  ]),
  ['created', { type: 'timestamp', sql: '"created"' }],
  ['updated', { type: 'timestamp', sql: '"updated"' }],
  ['geometry', { type: 'geometry', sql: '"geom"' }],
]);
const titles: Readonly<Record<string, string>> = {
  ...{ id: '标识', type: '类型', title: '名称', description: '摘要', keywords: '关键字', theme: '专题', department: '责任部门' },
  ...{ sharing: '共享属性', updateCycle: '更新周期', created: '建立时间', updated: '更新时间', geometry: '范围' },
};
function schemaOf(address: string, title: string, names: readonly string[]): object {
  const typed = (name: string): object =>
    ({ text: { type: 'string' }, timestamp: { type: 'string', format: 'date-time' }, geometry: { format: 'geometry-polygon' } })[
      String(recordColumns.get(name)?.type)
    ] ?? {};
  return {
    ...{ $schema: 'https://json-schema.org/draft/2020-12/schema', $id: address, type: 'object', title },
    properties: Object.fromEntries(names.map((name) => [name, { title: titles[name] ?? name, ...typed(name) }])),
    additionalProperties: false,
  };
}
export const recordQueryables = (base: string): object =>
  schemaOf(`${base}/collections/${CATALOGUE}/queryables`, '图层目录：可查询的属性', [...recordColumns.keys()]);
export const recordSortables = (base: string, keys: readonly string[]): object =>
  schemaOf(`${base}/collections/${CATALOGUE}/sortables`, '图层目录：可排序的属性', keys);
