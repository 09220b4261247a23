// EPSG:3857 and its tiles: positions, tile of a point, box of a tile. Tile numbers follow WebMercatorQuad (row 0 in the north).
//
// Source: OGC 17-083r4 Annex D.1 (WebMercatorQuad); EPSG method 1024, spherical with a = 6378137 m.
import type { BBox, LngLat, WebMercator } from '../../contracts/geo.ts';

const RADIUS = 6378137;
/** Half the side of the square world, metres. */
export const HALF_WORLD = Math.PI * RADIUS;
/** The latitude at which the square world ends, degrees. */
export const MAX_LATITUDE = (Math.atan(Math.sinh(Math.PI)) * 180) / Math.PI;

export interface Tile {
  readonly z: number;
  /** Column, from the west. */
  readonly x: number;
  /** Row, from the north. */
  readonly y: number;
}

export function asWebMercator(x: number, y: number): WebMercator {
  return [x, y] as unknown as WebMercator;
}

/** Degrees → metres; latitudes beyond ±85.0511° are held at the edge. */
export function webMercatorFromLngLat(position: LngLat): WebMercator {
  const lat = Math.min(MAX_LATITUDE, Math.max(-MAX_LATITUDE, position[1]));
  return asWebMercator((position[0] * Math.PI * RADIUS) / 180, RADIUS * Math.asinh(Math.tan((lat * Math.PI) / 180)));
}

/** Metres → degrees. */
export function lngLatFromWebMercator(position: WebMercator): LngLat {
  return [(position[0] * 180) / (Math.PI * RADIUS), (Math.atan(Math.sinh(position[1] / RADIUS)) * 180) / Math.PI];
}

/** The tile that holds a position; the far edges belong to the last tile. */
export function tileOf(position: LngLat, z: number): Tile {
  const [x, y] = webMercatorFromLngLat(position);
  const count = 2 ** z;
  const index = (share: number): number => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
  return { z, x: index((x + HALF_WORLD) / (2 * HALF_WORLD)), y: index((HALF_WORLD - y) / (2 * HALF_WORLD)) };
}

/** Side of a tile in metres on the plane. */
export function tileSpan(z: number): number {
  return (2 * HALF_WORLD) / 2 ** z;
}

/** [minX, minY, maxX, maxY] of a tile, metres. */
export function tileEnvelope(tile: Tile): readonly [number, number, number, number] {
  const span = tileSpan(tile.z);
  const west = -HALF_WORLD + tile.x * span;
  const north = HALF_WORLD - tile.y * span;
  return [west, north - span, west + span, north];
}

/** [west, south, east, north] of a tile, degrees. */
export function tileBBox(tile: Tile): BBox {
  const [minX, minY, maxX, maxY] = tileEnvelope(tile);
  const [west, south] = lngLatFromWebMercator(asWebMercator(minX, minY));
  const [east, north] = lngLatFromWebMercator(asWebMercator(maxX, maxY));
  return [west, south, east, north];
}
