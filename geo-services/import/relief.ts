// Relief out of a coarse grid of heights: smooth resampling, north-west light as grey and alpha, and the outlines of depths.
//
// Heights are metres above sea level, negative under water. The picture's rows are equidistant in EPSG:3857, so that a map stretches it
// over its four corners without error. Flat ground is transparent: the colour of the land below shows through and stays the theme's.
import type { BBox } from '../../contracts/geo.ts';
import { asWebMercator, lngLatFromWebMercator, webMercatorFromLngLat } from '../crs/web-mercator.ts';

/** Row 0 in the south, column 0 in the west; the first height stands exactly at [west, south]. */
export interface HeightGrid {
  readonly west: number;
  readonly south: number;
  /** Degrees between neighbours. */
  readonly step: number;
  readonly columns: number;
  readonly rows: number;
  readonly heights: ArrayLike<number>;
}

/** Uniform cubic B-spline weights: smooths a little and never overshoots, which a 9 km grid shown at 1 km needs. */
function spline(t: number): readonly [number, number, number, number] {
  const u = 1 - t;
  return [(u * u * u) / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (3 * u * u * u - 6 * u * u + 4) / 6, (t * t * t) / 6];
}

/** Smoothed height at a position, metres; beyond the edge the edge's own. */
export function heightAt(grid: HeightGrid, lng: number, lat: number): number {
  const x = Math.min(grid.columns - 1, Math.max(0, (lng - grid.west) / grid.step));
  const y = Math.min(grid.rows - 1, Math.max(0, (lat - grid.south) / grid.step));
  const column = Math.floor(x);
  const row = Math.floor(y);
  const wx = spline(x - column);
  const wy = spline(y - row);
  let sum = 0;
  for (let j = 0; j < 4; j++) {
    const r = Math.min(grid.rows - 1, Math.max(0, row - 1 + j));
    for (let i = 0; i < 4; i++) {
      const c = Math.min(grid.columns - 1, Math.max(0, column - 1 + i));
      sum += (wx[i] ?? 0) * (wy[j] ?? 0) * (grid.heights[r * grid.columns + c] ?? 0);
    }
  }
  return sum;
}

/**
 * The grid with each height averaged over its neighbours (binomial 1 4 6 4 1 both ways, land and sea alike): ETOPO5's older parts are laid out
 * in blocks of two cells, whose edges light from the side would show as stripes.
 */
export function smoothed(grid: HeightGrid): HeightGrid {
  const weights = [1, 4, 6, 4, 1] as const;
  const { columns, rows } = grid;
  const pass = (from: ArrayLike<number>, dx: number, dy: number): Float32Array => {
    const to = new Float32Array(columns * rows);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let k = -2; k <= 2; k++) {
          const c = Math.min(columns - 1, Math.max(0, column + k * dx));
          const r = Math.min(rows - 1, Math.max(0, row + k * dy));
          sum += (weights[k + 2] ?? 0) * (from[r * columns + c] ?? 0);
        }
        to[row * columns + column] = sum / 16;
      }
    return to;
  };
  return { ...grid, heights: pass(pass(grid.heights, 1, 0), 0, 1) };
}

export interface ShadePicture {
  readonly width: number;
  readonly height: number;
  /** Grey, alpha per pixel, row 0 in the north. */
  readonly pixels: Uint8Array;
}

/** Light of a cartographer: from 315°, 45° high. */
const LIGHT = [-Math.SQRT1_2 * Math.SQRT1_2, Math.SQRT1_2 * Math.SQRT1_2, Math.SQRT1_2] as const;
/** Vertical exaggeration: a 9 km grid has lost most of its slopes. */
const EXAGGERATION = 26;

/** Shade of the land in `box`, `width` pixels wide: black where turned away from the light, white where turned to it or high. */
export function shadePicture(grid: HeightGrid, box: BBox, width: number): ShadePicture {
  const [minX, minY] = webMercatorFromLngLat([box[0], box[1]]);
  const [maxX, maxY] = webMercatorFromLngLat([box[2], box[3]]);
  const pixel = (maxX - minX) / width;
  const height = Math.round((maxY - minY) / pixel);
  const surface = new Float32Array((width + 2) * (height + 2));
  const scale = new Float32Array(height + 2);
  for (let row = -1; row <= height; row++) {
    const [, lat] = lngLatFromWebMercator(asWebMercator(0, maxY - (row + 0.5) * ((maxY - minY) / height)));
    // Metres on the ground per metre on the plane.
    scale[row + 1] = Math.cos((lat * Math.PI) / 180);
    for (let column = -1; column <= width; column++) {
      const lng = box[0] + ((column + 0.5) / width) * (box[2] - box[0]);
      surface[(row + 1) * (width + 2) + column + 1] = heightAt(grid, lng, lat);
    }
  }
  const pixels = new Uint8Array(width * height * 2);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = (row + 1) * (width + 2) + column + 1;
      const metres = 2 * pixel * (scale[row + 1] ?? 1);
      const east = (((surface[at + 1] ?? 0) - (surface[at - 1] ?? 0)) / metres) * EXAGGERATION;
      const north = (((surface[at - width - 2] ?? 0) - (surface[at + width + 2] ?? 0)) / metres) * EXAGGERATION;
      const light = (-east * LIGHT[0] - north * LIGHT[1] + LIGHT[2]) / Math.hypot(east, north, 1);
      const high = Math.min(1, Math.max(0, (surface[at] ?? 0) / 1200));
      const tone = (light - LIGHT[2]) * 1.5 + 0.1 * high;
      const shore = Math.min(1, Math.max(0, ((surface[at] ?? 0) + 4) / 14));
      // Fades out towards the picture's edge, which a wide wall shows.
      const edge = Math.min(1, Math.min(column, width - 1 - column, row, height - 1 - row) / (width / 16));
      pixels[(row * width + column) * 2] = tone > 0 ? 255 : 0;
      pixels[(row * width + column) * 2 + 1] = Math.round(255 * Math.min(0.85, Math.abs(tone)) * shore * edge);
    }
  }
  return { width, height, pixels };
}

export type Segment = readonly [readonly [number, number], readonly [number, number]];

/** Which sides of a cell an outline joins, by the corners inside (1 south-west, 2 south-east, 4 north-east, 8 north-west): S, E, N, W. */
const sidesOfCase = ['', 'WS', 'SE', 'WE', 'EN', 'WNSE', 'SN', 'WN', 'NW', 'NS', 'WSEN', 'NE', 'EW', 'ES', 'SW', ''] as const;

/**
 * Outlines of everything deeper than each of `depths` metres, as unordered segments with exactly equal end points (marching squares on a grid
 * `finer` times as fine). Outside of the grid counts as shallow, so every outline closes.
 */
export function depthOutlines(grid: HeightGrid, depths: readonly number[], finer: number): Map<number, Segment[]> {
  const columns = (grid.columns - 1) * finer + 3;
  const rows = (grid.rows - 1) * finer + 3;
  const step = grid.step / finer;
  const lngOf = (column: number): number => grid.west + (column - 1) * step;
  const latOf = (row: number): number => grid.south + (row - 1) * step;
  // A rim of dry cells around everything.
  const water = new Float64Array(columns * rows).fill(-1);
  for (let row = 1; row < rows - 1; row++)
    for (let column = 1; column < columns - 1; column++) water[row * columns + column] = -heightAt(grid, lngOf(column), latOf(row));
  return new Map(depths.map((depth) => [depth, outlineOf(depth)]));

  function outlineOf(depth: number): Segment[] {
    const segments: Segment[] = [];
    for (let row = 0; row < rows - 1; row++) {
      for (let column = 0; column < columns - 1; column++) {
        const at = row * columns + column;
        const southWest = (water[at] ?? 0) - depth;
        const southEast = (water[at + 1] ?? 0) - depth;
        const northEast = (water[at + columns + 1] ?? 0) - depth;
        const northWest = (water[at + columns] ?? 0) - depth;
        const inside = (southWest > 0 ? 1 : 0) + (southEast > 0 ? 2 : 0) + (northEast > 0 ? 4 : 0) + (northWest > 0 ? 8 : 0);
        const sides = sidesOfCase[inside] ?? '';
        const crossing = (side: string | undefined): readonly [number, number] => {
          if (side === 'S') return rounded(lngOf(column) + share(southWest, southEast) * step, latOf(row));
          if (side === 'N') return rounded(lngOf(column) + share(northWest, northEast) * step, latOf(row + 1));
          if (side === 'W') return rounded(lngOf(column), latOf(row) + share(southWest, northWest) * step);
          return rounded(lngOf(column + 1), latOf(row) + share(southEast, northEast) * step);
        };
        for (let i = 0; i < sides.length; i += 2) {
          const from = crossing(sides[i]);
          const to = crossing(sides[i + 1]);
          if (from[0] !== to[0] || from[1] !== to[1]) segments.push([from, to]);
        }
      }
    }
    return segments;
  }
}
function share(a: number, b: number): number {
  return a / (a - b);
}
function rounded(lng: number, lat: number): readonly [number, number] {
  return [Math.round(lng * 1e6) / 1e6, Math.round(lat * 1e6) / 1e6];
}
