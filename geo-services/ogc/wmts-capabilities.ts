// The ServiceMetadata document of WMTS: what the service is, its operations in KVP and REST, the viewer's layers, the four tile matrix sets. Pure.
//
// Source: OGC 07-057r7 §7.1.1 (order of elements: wmtsGetCapabilities_response.xsd 1.0.0), OGC 06-121r3 §7.4 (OWS Common 1.1).
import { type BBox, LIAONING_BBOX } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import { matrixSets, type TileMatrixSet, tileMatrices } from '../tiles/matrix-sets.ts';

import { formatAt, rasterSet } from './raster-documents.ts';
import { infoFormats, WMTS_FORMAT, WMTS_STYLE, WMTS_VERSION, type WmtsSection } from './wmts-request.ts';

import { element, type Xml, xmlFile } from './xml.ts';

/** A layer as the viewer sees it; extent null: as wide as the province, which tells nothing of rows out of sight. */
export interface WmtsLayer {
  readonly layer: Layer;
  readonly extent: BBox | null;
  /** Styles beside the plain one, and which of all is the first; absent: the plain one alone. */
  readonly styles?: readonly { readonly id: string; readonly title: string }[];
  readonly first?: string | null;
}
/** Of more layers only what a client cannot do without is told: no abstracts, and questions about pixels as KVP alone. */
const MOST_DESCRIBED = 1000;

const ows = (name: string, text: string): Xml => element(`ows:${name}`, {}, text);

function operation(name: string, base: string): Xml {
  return element(
    'ows:Operation',
    { name },
    element(
      'ows:DCP',
      {},
      element(
        'ows:HTTP',
        {},
        element(
          'ows:Get',
          { 'xlink:href': `${base}/wmts?` },
          element('ows:Constraint', { name: 'GetEncoding' }, element('ows:AllowedValues', {}, ows('Value', 'KVP'))),
        ),
      ),
    ),
  );
}

export const wmtsEndings: Readonly<Record<string, string>> = {
  [WMTS_FORMAT]: 'mvt',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
};
/** Each layer has one: vector tiles, or pictures as they are kept. */
export const wmtsFormatOf = ({ raster }: Layer): string =>
  raster ? formatAt(raster, raster.kind === 'vector' ? 'vector' : 'map') : WMTS_FORMAT;

/** The address of REST tiles, with the parts to fill in as §10 writes them. */
export function tileTemplate(base: string, layer: Layer): string {
  return `${base}/wmts/${WMTS_VERSION}/${layer.id}/${WMTS_STYLE}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.${wmtsEndings[wmtsFormatOf(layer)]}`;
}

/** The same for questions about a pixel, answered as JSON. */
export function infoTemplate(base: string, layer: Layer): string {
  return tileTemplate(base, layer).replace(/\.mvt$/, '/{J}/{I}.json');
}
function styleElements({ styles = [], first = null }: WmtsLayer): Xml[] {
  const all = [{ id: WMTS_STYLE, title: '' }, ...styles];
  const chosen = all.find(({ id }) => id === first)?.id ?? WMTS_STYLE;
  return all.map(({ id, title }) =>
    element('Style', id === chosen ? { isDefault: 'true' } : {}, ...(title ? [ows('Title', title)] : []), ows('Identifier', id)),
  );
}

function layerElement(base: string, one: WmtsLayer, brief: boolean): Xml {
  const { layer, extent } = one;
  const [west, south, east, north] = extent ?? LIAONING_BBOX;
  return element(
    'Layer',
    {},
    ows('Title', layer.title.zh),
    ...(brief ? [] : [ows('Abstract', `${layer.title.en}. ${layer.source}`)]),
    element('ows:WGS84BoundingBox', {}, ows('LowerCorner', `${west} ${south}`), ows('UpperCorner', `${east} ${north}`)),
    ows('Identifier', layer.id),
    ...styleElements(one),
    element('Format', {}, wmtsFormatOf(layer)),
    // A picture has no features to tell of.
    ...(layer.raster ? [] : infoFormats.map((format) => element('InfoFormat', {}, format))),
    ...(layer.raster ? [rasterSet] : [...matrixSets.keys()]).map((id) =>
      element('TileMatrixSetLink', {}, element('TileMatrixSet', {}, id)),
    ),
    element('ResourceURL', { format: wmtsFormatOf(layer), resourceType: 'tile', template: tileTemplate(base, layer) }),
    ...(brief || layer.raster
      ? []
      : [element('ResourceURL', { format: infoFormats[0], resourceType: 'FeatureInfo', template: infoTemplate(base, layer) })]),
  );
}

function matrixSetElement(set: TileMatrixSet): Xml {
  const named = (name: string, value: number | string): Xml => element(name, {}, String(value));
  return element(
    'TileMatrixSet',
    {},
    ows('Title', set.title),
    ows('Identifier', set.id),
    ows('SupportedCRS', set.crsUrn),
    // §6.2: a set is of a well-known scale set when it begins at its coarsest level. WorldCRS84Quad begins one below GoogleCRS84Quad.
    ...(set.id === 'WebMercatorQuad' ? [named('WellKnownScaleSet', 'urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible')] : []),
    ...tileMatrices(set).map((matrix) =>
      element(
        'TileMatrix',
        {},
        ows('Identifier', matrix.id),
        named('ScaleDenominator', matrix.scaleDenominator),
        named('TopLeftCorner', matrix.pointOfOrigin.join(' ')),
        named('TileWidth', matrix.tileWidth),
        named('TileHeight', matrix.tileHeight),
        named('MatrixWidth', matrix.matrixWidth),
        named('MatrixHeight', matrix.matrixHeight),
      ),
    ),
  );
}

/** XML with the sections asked for; `base` is the address of /ogc without a slash at its end. */
export function wmtsCapabilities(base: string, layers: readonly WmtsLayer[], sections: readonly WmtsSection[]): string {
  const made: Readonly<Record<WmtsSection, () => Xml>> = {
    ServiceIdentification: () =>
      element(
        'ows:ServiceIdentification',
        {},
        ows('Title', '辽智一张图'),
        ows('Abstract', '辽宁省统一空间底座的矢量瓦片。坐标系 CGCS2000。'),
        ows('ServiceType', 'OGC WMTS'),
        ows('ServiceTypeVersion', WMTS_VERSION),
      ),
    ServiceProvider: () => element('ows:ServiceProvider', {}, ows('ProviderName', '辽智'), element('ows:ServiceContact')),
    OperationsMetadata: () =>
      element(
        'ows:OperationsMetadata',
        {},
        operation('GetCapabilities', base),
        operation('GetTile', base),
        operation('GetFeatureInfo', base),
      ),
    Contents: () =>
      element(
        'Contents',
        {},
        ...layers.map((one) => layerElement(base, one, layers.length > MOST_DESCRIBED)),
        ...[...matrixSets.values()].map(matrixSetElement),
      ),
  };
  return xmlFile(
    element(
      'Capabilities',
      {
        xmlns: 'http://www.opengis.net/wmts/1.0',
        'xmlns:ows': 'http://www.opengis.net/ows/1.1',
        'xmlns:xlink': 'http://www.w3.org/1999/xlink',
        version: WMTS_VERSION,
      },
      ...sections.map((section) => made[section]()),
      element('ServiceMetadataURL', { 'xlink:href': `${base}/wmts/${WMTS_VERSION}/WMTSCapabilities.xml` }),
    ),
  );
}
