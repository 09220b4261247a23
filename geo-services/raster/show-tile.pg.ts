// A kept tile as it is sent: pictures and vector tiles as they are, heights as Terrarium or as a coloured picture; and the height at a position.
import { zxyToTileId } from 'pmtiles';
import type { LngLat } from '../../contracts/geo.ts';
import type { LayerTiles } from '../../contracts/layer.ts';
import { asWebMercator, HALF_WORLD, lngLatFromWebMercator, MAX_LATITUDE, webMercatorFromLngLat } from '../crs/web-mercator.ts';
import type { Queryable } from '../queryable.ts';
import { typeOfTile } from './archive.ts';
import { pixelsOfPng, pngOfPixels } from './png-codec.ts';
import type { TileAddress } from './tile-grid.ts';
import { colourValues, heightsOf, rampTable, terrariumOf, tileSide } from './tile-pixels.ts';
import { readTile } from './tile-table.pg.ts';

export interface ShownTile {
  readonly body: Buffer;
  readonly type: string;
  readonly gzip: boolean;
}
/** map: to be looked at; data: as it is kept. */
export type TileUse = 'map' | 'data';

const clear = pngOfPixels(new Uint8Array(tileSide * tileSide * 4));
const flat = pngOfPixels(terrariumOf(new Float32Array(tileSide * tileSide).fill(Number.NaN)));
const terrain = rampTable('terrain');

/** null: the archive has no tile there, or the level is not kept. Where a raster has no data the tile is transparent (heights: flat). */
export async function shownTile(database: Queryable, tiles: LayerTiles, { z, x, y }: TileAddress, use: TileUse): Promise<ShownTile | null> {
  if (z < tiles.minZoom || z > tiles.maxZoom) return null;
  const body = await readTile(database, tiles, zxyToTileId(z, x, y));
  const png = { type: 'image/png', gzip: false };
  if (tiles.kind === 'vector') return body && { body, type: tiles.format, gzip: tiles.gzip };
  if (tiles.kind === 'picture')
    return body ? { body, type: typeOfTile(body)?.format ?? tiles.format, gzip: false } : { ...png, body: clear };
  if (use === 'data') return { ...png, body: body ?? flat };
  if (!body) return { ...png, body: clear };
  const [low, high] = tiles.range ?? [0, 1000];
  return { ...png, body: pngOfPixels(colourValues(heightsOf(pixelsOfPng(body)), low, high, terrain)) };
}

export interface Height {
  /** Metres above the datum of the source; null: the layer has no height there. */
  readonly metres: number | null;
  /** Side of a pixel of the tile it is read from, metres on the ground: it is no finer than that. */
  readonly resolution: number;
}
/** Between the middles of the four pixels around it, of the finest level. */
export async function heightAt(database: Queryable, tiles: LayerTiles, [lng, lat]: LngLat): Promise<Height> {
  const side = tileSide * 2 ** tiles.maxZoom;
  const resolution = ((2 * HALF_WORLD) / side) * Math.cos((lat * Math.PI) / 180);
  const [west, south, east, north] = tiles.bounds;
  if (lng < west || lng > east || lat < south || lat > north || Math.abs(lat) > MAX_LATITUDE) return { metres: null, resolution };
  const [mx, my] = webMercatorFromLngLat([lng, lat]);
  const [px, py] = [((mx + HALF_WORLD) / (2 * HALF_WORLD)) * side - 0.5, ((HALF_WORLD - my) / (2 * HALF_WORLD)) * side - 0.5];
  const [column, row] = [Math.floor(px), Math.floor(py)];
  const read = new Map<string, Float32Array | null>();
  const at = async (x: number, y: number): Promise<number> => {
    const [cx, cy] = [Math.min(side - 1, Math.max(0, x)), Math.min(side - 1, Math.max(0, y))];
    const [tx, ty] = [Math.floor(cx / tileSide), Math.floor(cy / tileSide)];
    const key = `${tx} ${ty}`;
    let heights = read.get(key);
    if (heights === undefined) {
      const body = await readTile(database, tiles, zxyToTileId(tiles.maxZoom, tx, ty));
      heights = body ? heightsOf(pixelsOfPng(body)) : null;
      read.set(key, heights);
    }
    return heights?.[(cy % tileSide) * tileSide + (cx % tileSide)] ?? Number.NaN;
  };
  const [fx, fy] = [px - column, py - row];
  // Where its own pixel has nothing there is nothing.
  if (Number.isNaN(await at(Math.round(px), Math.round(py)))) return { metres: null, resolution };
  let [sum, weight] = [0, 0];
  for (let k = 0; k < 4; k++) {
    const height = await at(column + (k & 1), row + (k >> 1));
    if (Number.isNaN(height)) continue;
    const w = ((k & 1) === 1 ? fx : 1 - fx) * (k >> 1 === 1 ? fy : 1 - fy);
    sum += height * w;
    weight += w;
  }
  return { metres: weight > 0 ? Math.round((sum / weight) * 100) / 100 : null, resolution };
}
/** Middle of a pixel, for tests and for whoever asks what was read. */
export function middleOfPixel({ z, x, y }: TileAddress, column: number, row: number): LngLat {
  const step = (2 * HALF_WORLD) / 2 ** z / tileSide;
  return lngLatFromWebMercator(
    asWebMercator((x * tileSide + column + 0.5) * step - HALF_WORLD, HALF_WORLD - (y * tileSide + row + 0.5) * step),
  );
}
