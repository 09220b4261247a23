// Pixels of a tile: four made into one, heights as Terrarium bytes and back, values as colours. Pure.
//
// Source: Terrarium encoding (Mapzen/Tilezen terrain tiles): height = R·256 + G + B/256 − 32768, metres.
import type { RasterRamp } from '../../contracts/import.ts';
import { rampStops } from './ramps.data.ts';

export const tileSide = 256;
const pixelsOfTile = tileSide * tileSide;

/** A picture: RGBA, 256 × 256. Heights: metres, NaN where there are none. */
export type PicturePixels = Uint8Array;
export type HeightPixels = Float32Array;

/**
 * Four tiles (north-west, north-east, south-west, south-east; null: nothing there) as the one above them. Each pixel is the mean of four, by
 * their alpha: a transparent one gives no colour.
 */
export function joinPictures(quarters: readonly (PicturePixels | null)[]): PicturePixels | null {
  if (quarters.every((quarter) => quarter === null)) return null;
  const out = new Uint8Array(pixelsOfTile * 4);
  const half = tileSide / 2;
  for (const [n, quarter] of quarters.entries()) {
    if (!quarter) continue;
    const [left, top] = [(n % 2) * half, Math.floor(n / 2) * half];
    for (let y = 0; y < half; y++)
      for (let x = 0; x < half; x++) {
        let [r, g, b, a] = [0, 0, 0, 0];
        for (let k = 0; k < 4; k++) {
          const at = ((y * 2 + (k >> 1)) * tileSide + x * 2 + (k & 1)) * 4;
          const alpha = quarter[at + 3] as number;
          r += (quarter[at] as number) * alpha;
          g += (quarter[at + 1] as number) * alpha;
          b += (quarter[at + 2] as number) * alpha;
          a += alpha;
        }
        if (a === 0) continue;
        const to = ((top + y) * tileSide + left + x) * 4;
        out[to] = Math.round(r / a);
        out[to + 1] = Math.round(g / a);
        out[to + 2] = Math.round(b / a);
        out[to + 3] = Math.round(a / 4);
      }
  }
  return out;
}

/** The same of heights: the mean of those that are there. */
export function joinHeights(quarters: readonly (HeightPixels | null)[]): HeightPixels | null {
  if (quarters.every((quarter) => quarter === null)) return null;
  const out = new Float32Array(pixelsOfTile).fill(Number.NaN);
  const half = tileSide / 2;
  for (const [n, quarter] of quarters.entries()) {
    if (!quarter) continue;
    const [left, top] = [(n % 2) * half, Math.floor(n / 2) * half];
    for (let y = 0; y < half; y++)
      for (let x = 0; x < half; x++) {
        let [sum, count] = [0, 0];
        for (let k = 0; k < 4; k++) {
          const height = quarter[(y * 2 + (k >> 1)) * tileSide + x * 2 + (k & 1)] as number;
          if (Number.isNaN(height)) continue;
          sum += height;
          count++;
        }
        if (count > 0) out[(top + y) * tileSide + left + x] = sum / count;
      }
  }
  return out;
}

/** 1/256 m above sea level stands for «no height»: a browser draws it flat, and a question is told that there is none. */
const nothing = 32768 * 256 + 1;

/** RGBA of heights, opaque. Heights beyond ±32 km are drawn back. */
export function terrariumOf(heights: HeightPixels): PicturePixels {
  const out = new Uint8Array(heights.length * 4);
  for (let n = 0; n < heights.length; n++) {
    const height = heights[n] as number;
    let code = nothing;
    if (!Number.isNaN(height)) {
      code = Math.round((Math.min(32767, Math.max(-32768, height)) + 32768) * 256);
      if (code === nothing) code--;
    }
    out[n * 4] = code >> 16;
    out[n * 4 + 1] = (code >> 8) & 255;
    out[n * 4 + 2] = code & 255;
    out[n * 4 + 3] = 255;
  }
  return out;
}
/** The reverse, to 1/256 m. */
export function heightsOf(rgba: Uint8Array): HeightPixels {
  const out = new Float32Array(rgba.length / 4);
  for (let n = 0; n < out.length; n++) {
    const code = ((rgba[n * 4] as number) << 16) | ((rgba[n * 4 + 1] as number) << 8) | (rgba[n * 4 + 2] as number);
    out[n] = code === nothing ? Number.NaN : code / 256 - 32768;
  }
  return out;
}

/** A colour for each of 256 steps between the ends of a ramp, RGB. */
export function rampTable(ramp: RasterRamp): Uint8Array {
  const stops = rampStops[ramp];
  const table = new Uint8Array(256 * 3);
  for (let step = 0; step < 256; step++) {
    const share = step / 255;
    const after = Math.max(
      1,
      stops.findIndex(([at]) => at >= share),
    );
    const [[from, low], [to, high]] = [stops[after - 1], stops[after]] as [(typeof stops)[number], (typeof stops)[number]];
    const t = (share - from) / (to - from);
    for (let k = 0; k < 3; k++) table[step * 3 + k] = Math.round((low[k] ?? 0) + ((high[k] ?? 0) - (low[k] ?? 0)) * t);
  }
  return table;
}
/** Values as a picture between `min` and `max`; NaN is transparent. */
export function colourValues(values: Float32Array, min: number, max: number, table: Uint8Array): PicturePixels {
  const out = new Uint8Array(values.length * 4);
  const scale = max > min ? 255 / (max - min) : 0;
  for (let n = 0; n < values.length; n++) {
    const value = values[n] as number;
    if (Number.isNaN(value)) continue;
    const step = Math.min(255, Math.max(0, Math.round((value - min) * scale)));
    out[n * 4] = table[step * 3] as number;
    out[n * 4 + 1] = table[step * 3 + 1] as number;
    out[n * 4 + 2] = table[step * 3 + 2] as number;
    out[n * 4 + 3] = 255;
  }
  return out;
}
/** Whether nothing is to be seen: such a tile is not kept. */
export function isEmpty(pixels: PicturePixels | HeightPixels): boolean {
  if (pixels instanceof Float32Array) return pixels.every(Number.isNaN);
  for (let n = 3; n < pixels.length; n += 4) if (pixels[n] !== 0) return false;
  return true;
}
