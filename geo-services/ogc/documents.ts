// The metadata documents of 一张图 as OGC API wants them: landing page, conformance, collections (tiles: tile-documents.ts).
//
// Source: OGC API Features 1.0.1 (17-069r4), OGC API Tiles 1.0 (20-057).
import type { BBox } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import { crsUris, STORAGE_CRS } from './crs.ts';
import { isRaster, rasterAbout, rasterLinks } from './raster-documents.ts';
import { CATALOGUE, CATALOGUE_LINK } from './record.ts';
import { schemaLinks } from './schemas.ts';
import { STYLES_LINK } from './styles.ts';

const CRS84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84';
const GEOJSON = 'application/geo+json';
const TILES_LINK = 'http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector';

export interface Link {
  readonly href: string;
  readonly rel: string;
  readonly type?: string;
  readonly title?: string;
  readonly templated?: boolean;
}

/** Of OGC 21-065r2; filter.http.test.ts has cases for each. */
const cql2Classes = [
  ...['cql2-text', 'cql2-json', 'basic-cql2', 'advanced-comparison-operators', 'case-insensitive-comparison', 'property-property'],
  ...['arithmetic', 'basic-spatial-functions', 'basic-spatial-functions-plus', 'spatial-functions'],
];

/** Of OGC 20-004r1; records.http.test.ts has cases for each. */
const recordClasses = [
  ...['record-core', 'record-collection', 'record-core-query-parameters', 'record-filter', 'records-api', 'searchable-catalog'],
  ...['sorting', 'json', 'html', 'oas30', 'autodiscovery'],
];

/** Only what the tests beside this folder show to be true. */
export const conformance = {
  conformsTo: [
    ...['core', 'landing-page', 'html', 'json', 'oas30'].map((name) => `http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/${name}`),
    ...['collections', 'json'].map((name) => `http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/${name}`),
    ...['core', 'geojson', 'html', 'oas30'].map((name) => `http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/${name}`),
    'http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs',
    ...['queryables', 'filter', 'features-filter'].map((name) => `http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/${name}`),
    ...['create-replace-delete', 'update', 'features'].map((name) => `http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/${name}`),
    ...cql2Classes.map((name) => `http://www.opengis.net/spec/cql2/1.0/conf/${name}`),
    ...[
      'core',
      'tileset',
      'tilesets-list',
      'dataset-tilesets',
      'geodata-tilesets',
      'collections-selection',
      'datetime',
      'mvt',
      'oas30',
    ].map((name) => `http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/${name}`),
    ...recordClasses.map((name) => `http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/${name}`),
    ...['core', 'manage-styles', 'style-validation', 'mapbox-styles'].map(
      (name) => `http://www.opengis.net/spec/ogcapi-styles-1/1.0/conf/${name}`,
    ),
    ...['tilematrixset', 'json-tilematrixset'].map((name) => `http://www.opengis.net/spec/tilematrixset/2.0/conf/${name}`),
  ],
};

const json = (href: string, rel: string, title: string): Link => ({ href, rel, type: 'application/json', title });

/** `base` is the address of /ogc without a slash at its end, here and below. */
export function landingPage(base: string): object {
  return {
    title: '辽智一张图',
    description: '辽宁省统一空间底座：行政区划、水系、地名、监测站点。坐标系 CGCS2000。',
    links: [
      json(base, 'self', '本页'),
      { href: `${base}/api`, rel: 'service-desc', type: 'application/vnd.oai.openapi+json;version=3.0', title: '接口定义' },
      { href: `${base}/api?f=html`, rel: 'service-doc', type: 'text/html', title: '接口说明' },
      json(`${base}/conformance`, 'conformance', '符合性'),
      json(`${base}/collections`, 'data', '图层目录'),
      { href: `${base}/collections/${CATALOGUE}/items`, rel: CATALOGUE_LINK, type: GEOJSON, title: '图层目录检索（OGC API Records）' },
      json(`${base}/tiles`, TILES_LINK, '矢量瓦片'),
      json(`${base}/tileMatrixSets`, 'http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes', '切片方案'),
      json(`${base}/styles`, STYLES_LINK, '样式'),
      { href: `${base}/wmts/1.0.0/WMTSCapabilities.xml`, rel: 'service-meta', type: 'application/xml', title: 'WMTS 1.0.0' },
    ],
  };
}

/** `updated`: when its newest row was written, milliseconds; null: not told. */
export function collection(base: string, layer: Layer, extent: BBox | null, updated: number | null = null): object {
  const own = `${base}/collections/${layer.id}`;
  return {
    id: layer.id,
    title: layer.title.zh,
    description: `${layer.title.en}. ${layer.source}`,
    attribution: layer.source,
    itemType: 'feature',
    crs: crsUris,
    storageCrs: STORAGE_CRS.uri,
    ...(extent ? { extent: { spatial: { bbox: [extent], crs: CRS84 } } } : {}),
    theme: layer.theme,
    sharing: layer.sharing,
    department: layer.department,
    geometry: layer.geometry,
    // From which level of WebMercatorQuad on it is drawn.
    ...(layer.minZoom > 0 ? { minZoom: layer.minZoom } : {}),
    ...(layer.provenance ? { provenance: layer.provenance } : {}),
    ...(layer.state ? { state: layer.state } : {}),
    ...(layer.raster ? { raster: rasterAbout(layer.raster) } : {}),
    ...(updated === null ? {} : { updated: new Date(updated).toISOString() }),
    links: [
      json(own, 'self', layer.title.zh),
      { href: `${own}/items`, rel: 'items', type: GEOJSON, title: '要素' },
      ...schemaLinks(own),
      json(`${own}/tiles`, TILES_LINK, '矢量瓦片'),
      json(`${own}/styles`, STYLES_LINK, '样式'),
      ...(isRaster(layer) ? rasterLinks(own, layer) : []),
    ],
  };
}

/** 18-058r1 §6.2.2: the CRS that all share stand once, as a global list that each entry points to. */
export function collections(
  base: string,
  entries: readonly object[],
  page: { readonly matched: number; readonly links: readonly Link[] },
): object {
  const short = entries.map((entry) => ('itemType' in entry && entry.itemType === 'feature' ? { ...entry, crs: ['#/crs'] } : entry));
  return {
    links: [json(`${base}/collections`, 'self', '图层目录'), ...page.links],
    ...{ numberMatched: page.matched, numberReturned: entries.length, crs: crsUris, collections: short },
  };
}
