// Which tiles a raster becomes, in which order, and where the pixels of a tile lie in it. Pure.
//
// WebMercatorQuad (OGC 17-083r4). Work is cut into blocks of 8 × 8 tiles of the finest level, each made with what stands above it up to one
// tile: a block is one transaction, and a stop costs one block.
import type { BBox } from '../../contracts/geo.ts';
import { asWebMercator, HALF_WORLD, lngLatFromWebMercator, tileOf } from '../crs/web-mercator.ts';
import { tileSide } from './tile-pixels.ts';

export interface TileAddress {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}
/** [lng, lat] in degrees → column and row of the raster, the corner of its first pixel being 0, 0. */
export type ToPixel = (lng: number, lat: number) => readonly [number, number];

const blockLevels = 3;
export const finestZoom = 22;
/** Equator, metres per pixel of zoom 0. */
const zeroResolution = (2 * HALF_WORLD) / tileSide;

/** The level whose pixels are nearest in size to `metres` on the plane of EPSG:3857. */
export function zoomFor(metres: number): number {
  return Math.min(finestZoom, Math.max(0, Math.round(Math.log2(zeroResolution / metres))));
}

/** Columns and rows that a box of degrees touches at a level, both ends included. */
export function tileRange([west, south, east, north]: BBox, z: number): { west: number; north: number; east: number; south: number } {
  const [a, b] = [tileOf([west, north], z), tileOf([east, south], z)];
  return { west: a.x, north: a.y, east: b.x, south: b.y };
}
/** Tiles of a level. */
export function tilesAt(bounds: BBox, z: number): number {
  const { west, north, east, south } = tileRange(bounds, z);
  return (east - west + 1) * (south - north + 1);
}

export const blockZoom = (maxZoom: number): number => Math.max(0, maxZoom - blockLevels);
/** Address of block `n` (row by row from the north-west), a tile of `blockZoom`; null: there is none. */
export function blockAt(bounds: BBox, maxZoom: number, n: number): TileAddress | null {
  const z = blockZoom(maxZoom);
  const { west, north, east, south } = tileRange(bounds, z);
  const columns = east - west + 1;
  const row = Math.floor(n / columns);
  return row > south - north ? null : { z, x: west + (n % columns), y: north + row };
}
/** North-west, north-east, south-west, south-east. */
export const childrenOf = ({ z, x, y }: TileAddress): readonly TileAddress[] =>
  [0, 1, 2, 3].map((n) => ({ z: z + 1, x: x * 2 + (n & 1), y: y * 2 + (n >> 1) }));

const knots = 16;
/**
 * Positions in the raster of the middles of a tile's pixels: reckoned at every sixteenth pixel, between them on a straight line. Pairs
 * column, row, 256 × 256 of them; NaN where the raster's system has no place.
 */
export function positionsIn({ z, x, y }: TileAddress, toPixel: ToPixel): Float64Array {
  const side = (2 * HALF_WORLD) / 2 ** z;
  const step = side / tileSide;
  const [left, top] = [x * side - HALF_WORLD, HALF_WORLD - y * side];
  const width = tileSide / knots + 1;
  const grid = new Float64Array(width * width * 2);
  for (let row = 0; row < width; row++)
    for (let column = 0; column < width; column++) {
      const [lng, lat] = lngLatFromWebMercator(asWebMercator(left + column * knots * step, top - row * knots * step));
      const [px, py] = toPixel(lng, lat);
      grid[(row * width + column) * 2] = px;
      grid[(row * width + column) * 2 + 1] = py;
    }
  const out = new Float64Array(tileSide * tileSide * 2);
  for (let row = 0; row < tileSide; row++) {
    const v = (row + 0.5) / knots;
    const [gy, fy] = [Math.floor(v), v - Math.floor(v)];
    for (let column = 0; column < tileSide; column++) {
      const u = (column + 0.5) / knots;
      const [gx, fx] = [Math.floor(u), u - Math.floor(u)];
      const at = (gy * width + gx) * 2;
      for (let k = 0; k < 2; k++) {
        const [a, b] = [grid[at + k] as number, grid[at + 2 + k] as number];
        const [c, d] = [grid[at + width * 2 + k] as number, grid[at + width * 2 + 2 + k] as number];
        out[(row * tileSide + column) * 2 + k] = (a + (b - a) * fx) * (1 - fy) + (c + (d - c) * fx) * fy;
      }
    }
  }
  return out;
}

/** The part of a raster that positions lie in, with a pixel around it: [left, top, right, bottom], whole pixels; null: none. */
export function windowOf(positions: Float64Array, width: number, height: number): readonly [number, number, number, number] | null {
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let n = 0; n < positions.length; n += 2) {
    const [x, y] = [positions[n] as number, positions[n + 1] as number];
    if (!(x >= 0 && y >= 0 && x < width && y < height)) continue;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  if (left > right) return null;
  return [
    ...[Math.max(0, Math.floor(left) - 1), Math.max(0, Math.floor(top) - 1)],
    ...[Math.min(width, Math.floor(right) + 2), Math.min(height, Math.floor(bottom) + 2)],
  ] as [number, number, number, number];
}
