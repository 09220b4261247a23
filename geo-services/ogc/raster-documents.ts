// The metadata of tiles that were brought in: their links in a collection, their tilesets. Pure.
//
// Source: OGC API Tiles 1.0 (OGC 20-057): relations tilesets-map, tilesets-coverage, tilesets-vector; OGC 17-083r4 (tileset metadata).
import type { Layer, LayerTiles } from '../../contracts/layer.ts';
import { tileRange } from '../raster/tile-grid.ts';
import { matrixSets } from '../tiles/matrix-sets.ts';
import type { Link } from './documents.ts';

export type RasterLayer = Layer & { readonly raster: LayerTiles };
export const isRaster = (layer: Layer): layer is RasterLayer => layer.raster !== undefined;
/** Part of the address before `tiles`: pictures are maps, heights a coverage, vector tiles stand where those of every layer do. */
export type TilesDoor = 'map' | 'coverage' | 'vector';
export const doorPath: Readonly<Record<TilesDoor, string>> = { map: '/map', coverage: '/coverage', vector: '' };
export const rasterSet = 'WebMercatorQuad';

const SCHEME = 'http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme';
const json = (href: string, rel: string, title: string): Link => ({ href, rel, type: 'application/json', title });
const relation = (door: TilesDoor): string => `http://www.opengis.net/def/rel/ogc/1.0/tilesets-${door}`;
const doorTitle: Readonly<Record<TilesDoor, string>> = { map: '影像瓦片', coverage: '高程瓦片（Terrarium）', vector: '矢量瓦片' };

/** Doors that a layer has: heights are a picture to look at as well. */
export const doorsOf = ({ kind }: LayerTiles): readonly TilesDoor[] =>
  kind === 'vector' ? ['vector'] : kind === 'elevation' ? ['map', 'coverage'] : ['map'];
/** Media type of the tiles behind a door. */
export const formatAt = (raster: LayerTiles, door: TilesDoor): string =>
  door === 'map' && raster.kind === 'elevation' ? 'image/png' : raster.format;

/** Of a collection's entry, beside the links of every layer. */
export function rasterLinks(own: string, { raster }: RasterLayer): readonly Link[] {
  return [
    ...doorsOf(raster)
      .filter((door) => door !== 'vector')
      .map((door) => json(`${own}${doorPath[door]}/tiles`, relation(door), doorTitle[door])),
    ...(raster.kind === 'elevation'
      ? [{ href: `${own}/elevation{?lon,lat}`, rel: 'alternate', type: 'application/json', title: '一点的高程', templated: true }]
      : []),
  ];
}
/** What a page needs to draw it. */
export function rasterAbout({ kind, format, minZoom, maxZoom, bounds, range, vectorLayers, count }: LayerTiles): object {
  return { kind, format, minZoom, maxZoom, bounds, tiles: count, ...(range ? { range } : {}), ...(vectorLayers ? { vectorLayers } : {}) };
}

function summary(base: string, own: string, layer: RasterLayer, door: TilesDoor): object {
  const set = matrixSets.get(rasterSet);
  const address = `${own}${doorPath[door]}/tiles/${rasterSet}`;
  return {
    ...{ title: layer.title.zh, dataType: door, crs: set?.crs },
    ...(set?.uri ? { tileMatrixSetURI: set.uri } : {}),
    links: [
      json(address, 'self', doorTitle[door]),
      json(`${base}/tileMatrixSets/${rasterSet}`, SCHEME, set?.title ?? rasterSet),
      { href: `${address}/{tileMatrix}/{tileRow}/{tileCol}`, rel: 'item', type: formatAt(layer.raster, door), templated: true },
    ],
  };
}
export function rasterTilesets(base: string, own: string, layer: RasterLayer, door: TilesDoor): object {
  return { links: [json(`${own}${doorPath[door]}/tiles`, 'self', doorTitle[door])], tilesets: [summary(base, own, layer, door)] };
}
/** With the limits of every level that is kept. */
export function rasterTileset(base: string, own: string, layer: RasterLayer, door: TilesDoor): object {
  const { minZoom, maxZoom, bounds, vectorLayers, range } = layer.raster;
  const levels = Array.from({ length: maxZoom - minZoom + 1 }, (_, n) => minZoom + n);
  return {
    ...summary(base, own, layer, door),
    accessConstraints: layer.sharing === 'unconditional' ? 'unclassified' : 'restricted',
    attribution: layer.source,
    boundingBox: {
      lowerLeft: [bounds[0], bounds[1]],
      upperRight: [bounds[2], bounds[3]],
      crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
    },
    tileMatrixSetLimits: levels.map((z) => {
      const { west, east, north, south } = tileRange(bounds, z);
      return { tileMatrix: String(z), minTileRow: north, maxTileRow: south, minTileCol: west, maxTileCol: east };
    }),
    ...(door === 'coverage' ? { encoding: 'terrarium', unit: 'm', ...(range ? { range } : {}) } : {}),
    layers: (vectorLayers ?? [{ id: layer.id, fields: [] }]).map(({ id, fields }) => ({
      ...{ id, dataType: door, minTileMatrix: String(minZoom), maxTileMatrix: String(maxZoom) },
      ...(door === 'vector'
        ? { propertiesSchema: { type: 'object', properties: Object.fromEntries(fields.map((name) => [name, {}])) } }
        : {}),
    })),
  };
}
