// The pixels of one tile out of a raster: where they lie in it, what is read there, and what is made of it. Pure but for the reading it is given.
import type { RasterBand, RasterPlan } from '../../contracts/import.ts';
import { positionsIn, type TileAddress, type ToPixel, windowOf } from './tile-grid.ts';
import { colourValues, type HeightPixels, isEmpty, type PicturePixels, rampTable, tileSide } from './tile-pixels.ts';

/** What is read from. */
export interface Readable {
  readonly width: number;
  readonly height: number;
  readonly bands: readonly RasterBand[];
  readonly palette: Uint8Array | null;
  read(window: readonly [number, number, number, number], bands: readonly number[], noData: number | null): Promise<Float32Array[]>;
}
export type Drawing =
  | { readonly kind: 'elevation'; readonly band: number; readonly noData: number | null }
  | {
      readonly kind: 'picture';
      /** Red, green, blue; or one. */
      readonly bands: readonly number[];
      readonly alpha: number | null;
      readonly noData: number | null;
      readonly min: number;
      readonly max: number;
      readonly ramp: Uint8Array | null;
      readonly palette: Uint8Array | null;
    };

/**
 * What is drawn: as the person chose, else three bands that are colours as they are, one band by a ramp between its ends.
 * @throws Error naming a band that is not there
 */
export function drawingOf(
  { bands, palette }: Pick<Readable, 'bands' | 'palette'>,
  use: 'picture' | 'elevation',
  plan: RasterPlan,
): Drawing {
  const noData = plan.nodata ?? bands[0]?.nodata ?? null;
  const index = (band: number): number => {
    if (band > bands.length) throw new Error(`没有波段 ${band}`);
    return band - 1;
  };
  if (use === 'elevation') return { kind: 'elevation', band: index(plan.band ?? 1), noData };
  const alphaAt = bands.findIndex(({ colour }) => colour === 'alpha');
  const alpha = alphaAt < 0 ? null : alphaAt;
  const coloured = bands[0]?.colour === 'red' && bands.length >= 3;
  const chosen = plan.bands?.map(index) ?? (plan.band === undefined && coloured ? [0, 1, 2] : [index(plan.band ?? 1)]);
  const first = bands[chosen[0] ?? 0];
  const eight = first?.type === 'uint8' && chosen.length === 3;
  const statistics = chosen.flatMap((band) => bands[band]?.statistics ?? []);
  const low = statistics.length
    ? Math.min(...statistics.map(({ min, mean, deviation }) => (chosen.length === 3 ? Math.max(min, mean - 2.5 * deviation) : min)))
    : 0;
  const high = statistics.length
    ? Math.max(...statistics.map(({ max, mean, deviation }) => (chosen.length === 3 ? Math.min(max, mean + 2.5 * deviation) : max)))
    : 255;
  const grey = chosen.length === 1 && first?.type === 'uint8' && plan.ramp === undefined;
  return {
    ...{ kind: 'picture', bands: chosen, alpha, noData },
    min: plan.min ?? (eight || grey ? 0 : low),
    max: plan.max ?? (eight || grey ? 255 : high),
    ramp: chosen.length === 1 ? rampTable(plan.ramp ?? (grey ? 'grey' : 'terrain')) : null,
    palette: plan.ramp === undefined && plan.band === undefined ? palette : null,
  };
}

/** Values at positions: of the four pixels around it by their nearness, those without data left out; `nearest`: of the pixel it lies in. */
function sample(
  values: Float32Array,
  [left, top, right, bottom]: readonly [number, number, number, number],
  positions: Float64Array,
  { width, height }: Pick<Readable, 'width' | 'height'>,
  nearest: boolean,
): Float32Array {
  const out = new Float32Array(positions.length / 2).fill(Number.NaN);
  const [columns, rows] = [right - left, bottom - top];
  for (let n = 0; n < out.length; n++) {
    const [x, y] = [positions[n * 2] as number, positions[n * 2 + 1] as number];
    if (!(x >= 0 && y >= 0 && x < width && y < height)) continue;
    const own = values[(Math.floor(y) - top) * columns + Math.floor(x) - left] as number;
    // Where its own pixel has nothing there is nothing: edges do not grow.
    if (nearest || Number.isNaN(own)) {
      out[n] = own;
      continue;
    }
    const [u, v] = [x - left - 0.5, y - top - 0.5];
    const [c, r] = [Math.floor(u), Math.floor(v)];
    const [fx, fy] = [u - c, v - r];
    let [sum, weight] = [0, 0];
    for (let k = 0; k < 4; k++) {
      const [column, row] = [Math.min(columns - 1, Math.max(0, c + (k & 1))), Math.min(rows - 1, Math.max(0, r + (k >> 1)))];
      const value = values[row * columns + column] as number;
      if (Number.isNaN(value)) continue;
      const w = ((k & 1) === 1 ? fx : 1 - fx) * (k >> 1 === 1 ? fy : 1 - fy);
      sum += value * w;
      weight += w;
    }
    out[n] = weight > 0 ? sum / weight : own;
  }
  return out;
}

/** A window that one tile may need: beyond it the raster is far finer than the finest level. */
const mostWindowPixels = 4096 * 4096;

/** Pixels of a tile; null: nothing of the raster lies there. */
export async function drawTile(
  raster: Readable,
  drawing: Drawing,
  address: TileAddress,
  toPixel: ToPixel,
): Promise<PicturePixels | HeightPixels | null> {
  const positions = positionsIn(address, toPixel);
  const window = windowOf(positions, raster.width, raster.height);
  if (!window) return null;
  if ((window[2] - window[0]) * (window[3] - window[1]) > mostWindowPixels) throw new Error('像元比最细一级瓦片还细得多');
  if (drawing.kind === 'elevation') {
    const [values] = await raster.read(window, [drawing.band], drawing.noData);
    const heights = sample(values as Float32Array, window, positions, raster, false);
    return isEmpty(heights) ? null : heights;
  }
  const { bands, alpha, palette, ramp } = drawing;
  const read = await raster.read(window, alpha === null || bands.includes(alpha) ? bands : [...bands, alpha], drawing.noData);
  const values = read.map((band) => sample(band, window, positions, raster, palette !== null));
  const pixels =
    ramp && !palette ? colourValues(values[0] as Float32Array, drawing.min, drawing.max, ramp) : new Uint8Array(tileSide * tileSide * 4);
  const scale = 255 / (drawing.max - drawing.min || 1);
  for (let n = 0; n < tileSide * tileSide; n++) {
    if (palette) {
      const index = values[0]?.[n] as number;
      if (Number.isNaN(index)) continue;
      for (let k = 0; k < 3; k++) pixels[n * 4 + k] = palette[index * 3 + k] ?? 0;
      pixels[n * 4 + 3] = 255;
    } else if (!ramp) {
      // Nodata of a colour picture: all its bands have it.
      if (bands.every((_, k) => Number.isNaN(values[k]?.[n] as number))) continue;
      for (let k = 0; k < 3; k++) {
        const value = values[k]?.[n] as number;
        const shown = Number.isNaN(value) ? (drawing.noData ?? drawing.min) : value;
        pixels[n * 4 + k] = Math.min(255, Math.max(0, Math.round((shown - drawing.min) * scale)));
      }
      pixels[n * 4 + 3] = 255;
    }
    if (alpha !== null && read.length > bands.length) {
      const opaque = values[bands.length]?.[n] as number;
      const most = raster.bands[alpha]?.type === 'uint16' ? 65535 : 255;
      if ((pixels[n * 4 + 3] as number) > 0) pixels[n * 4 + 3] = Number.isNaN(opaque) ? 0 : Math.round((opaque / most) * 255);
    }
  }
  return isEmpty(pixels) ? null : pixels;
}
