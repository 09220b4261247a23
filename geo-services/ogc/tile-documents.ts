// The metadata documents of tiles: lists of tilesets, one tileset per tile matrix set, and the tile matrix sets. Pure.
//
// Source: OGC API Tiles 1.0 (OGC 20-057) §8–§10; OGC 17-083r4 §8 (tileset metadata) and §9 (tile matrix set as JSON).
import type { Layer } from '../../contracts/layer.ts';
import { matrixSets, type TileMatrixSet } from '../tiles/matrix-sets.ts';
import type { Link } from './documents.ts';

const MVT = 'application/vnd.mapbox-vector-tile';
const SCHEME = 'http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme';

const json = (href: string, rel: string, title: string): Link => ({ href, rel, type: 'application/json', title });
const sets = [...matrixSets.values()];

/** Of one collection (`own` = its address) or of the dataset (`own` = base): one tileset per tile matrix set. */
export function tilesetList(base: string, own: string, layers: readonly Layer[]): object {
  return {
    links: [json(`${own}/tiles`, 'self', '瓦片集')],
    tilesets: sets.map((set) => summary(base, own, layers, set)),
  };
}
function summary(base: string, own: string, layers: readonly Layer[], set: TileMatrixSet): object {
  const address = `${own}/tiles/${set.id}`;
  return {
    title: layers.map((layer) => layer.title.zh).join('、'),
    dataType: 'vector',
    crs: set.crs,
    ...(set.uri ? { tileMatrixSetURI: set.uri } : {}),
    links: [
      json(address, 'self', '瓦片集'),
      json(`${base}/tileMatrixSets/${set.id}`, SCHEME, set.title),
      { href: `${address}/{tileMatrix}/{tileRow}/{tileCol}`, rel: 'item', type: MVT, templated: true },
    ],
  };
}

/** Tileset metadata, with the layers that a style needs to know. Zooms of layers count mercator levels: they are told in the set's own. */
export function tileset(base: string, own: string, layers: readonly Layer[], set: TileMatrixSet): object {
  const level = (zoom: number): string => String(Math.min(set.maxLevel, Math.max(set.minLevel, zoom - set.zOffset)));
  return {
    ...summary(base, own, layers, set),
    accessConstraints: layers.some((layer) => layer.sharing !== 'unconditional') ? 'restricted' : 'unclassified',
    layers: layers.map((layer) => ({
      id: layer.id,
      title: layer.title.zh,
      dataType: 'vector',
      geometryDimension: { point: 0, line: 1, polygon: 2 }[layer.geometry],
      minTileMatrix: level(layer.minZoom),
      maxTileMatrix: level(layer.maxZoom),
      attribution: layer.source,
      propertiesSchema: { type: 'object', properties: Object.fromEntries(layer.attributes.map((name) => [name, {}])) },
    })),
  };
}

export function tileMatrixSetList(base: string): object {
  return {
    tileMatrixSets: sets.map((set) => ({
      id: set.id,
      title: set.title,
      ...(set.uri ? { uri: set.uri } : {}),
      crs: set.crs,
      links: [json(`${base}/tileMatrixSets/${set.id}`, 'self', set.title)],
    })),
  };
}
