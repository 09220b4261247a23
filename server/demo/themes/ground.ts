// The ground under the demo layers: which city a place lies in, how far it is to river, coast and seat, how high and how rough it is.
//
// Fields are grids of about one kilometre; distances in kilometres, heights in metres. Pure: the same inputs make the same ground.
import type { AdCode, LngLat } from '../../../contracts/geo.ts';
import { type HeightGrid, heightAt } from '../../../geo-services/import/relief.ts';

export interface GroundInputs {
  readonly seed: number;
  readonly cities: readonly {
    readonly adcode: AdCode;
    readonly seat: LngLat;
    readonly polygons: readonly (readonly (readonly LngLat[])[])[];
  }[];
  readonly rivers: readonly (readonly LngLat[])[];
  readonly coast: readonly (readonly LngLat[])[];
  /** Null: the relief is not installed; hills then come of noise and of the east and west of the province. */
  readonly heights: HeightGrid | null;
}
export interface Ground {
  /** Null: not in the province. */
  city(lng: number, lat: number): AdCode | null;
  riverKm(lng: number, lat: number): number;
  coastKm(lng: number, lat: number): number;
  /** The nearest seat, and how far it is as a share of the town's radius: 1 is the edge of the town. */
  town(lng: number, lat: number): { readonly adcode: AdCode; readonly share: number };
  height(lng: number, lat: number): number;
  /** Metres between highest and lowest within some ten kilometres. */
  roughness(lng: number, lat: number): number;
  /** 0–1, smooth over `km`; different for each `salt`. */
  noise(salt: number, km: number, lng: number, lat: number): number;
}

export const groundBox = [118.5, 38.4, 126.0, 43.7] as const;
/** One degree of longitude against one of latitude at 41.2° N. */
export const SQUEEZE = 0.752;
const STEP = 0.01;
const KM = 111.2;
const [WEST, SOUTH, EAST, NORTH] = groundBox;
const COLUMNS = Math.ceil((EAST - WEST) / STEP);
const ROWS = Math.ceil((NORTH - SOUTH) / STEP);

/** Kilometres from the middle of the town to its edge. */
const townRadius: Readonly<Record<AdCode, number>> = { '210100': 17, '210200': 13, '210300': 10, '210400': 9, '210800': 8, '210700': 8 };
const usualRadius = 6.5;

const cell = (lng: number, lat: number): number => {
  const x = Math.min(COLUMNS - 1, Math.max(0, Math.floor((lng - WEST) / STEP)));
  const y = Math.min(ROWS - 1, Math.max(0, Math.floor((lat - SOUTH) / STEP)));
  return y * COLUMNS + x;
};

/** [0, 1) of a knot of a lattice. */
function knot(seed: number, x: number, y: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}
function smooth(seed: number, x: number, y: number): number {
  const [i, j] = [Math.floor(x), Math.floor(y)];
  const ease = (t: number): number => t * t * (3 - 2 * t);
  const [u, v] = [ease(x - i), ease(y - j)];
  const low = knot(seed, i, j) * (1 - u) + knot(seed, i + 1, j) * u;
  const high = knot(seed, i, j + 1) * (1 - u) + knot(seed, i + 1, j + 1) * u;
  return low * (1 - v) + high * v;
}

/** Distance to the nearest marked cell: two sweeps of a 5-7-11 chamfer would be finer than the data, 3-4 is enough. */
function distances(lines: readonly (readonly LngLat[])[]): Float32Array {
  const field = new Float32Array(COLUMNS * ROWS).fill(1e6);
  for (const line of lines)
    for (let i = 1; i < line.length; i++) {
      const [a, b] = [line[i - 1] as LngLat, line[i] as LngLat];
      const pieces = Math.max(1, Math.ceil(Math.max(Math.abs(b[0] - a[0]), Math.abs(b[1] - a[1])) / (STEP / 2)));
      for (let k = 0; k <= pieces; k++) {
        const [lng, lat] = [a[0] + ((b[0] - a[0]) * k) / pieces, a[1] + ((b[1] - a[1]) * k) / pieces];
        if (lng > WEST && lng < EAST && lat > SOUTH && lat < NORTH) field[cell(lng, lat)] = 0;
      }
    }
  const [dx, dy] = [STEP * KM * SQUEEZE, STEP * KM];
  const diagonal = Math.hypot(dx, dy);
  const sweep = (from: number, to: number, by: 1 | -1): void => {
    for (let y = from; y !== to; y += by)
      for (let n = 0; n < COLUMNS; n++) {
        const x = by === 1 ? n : COLUMNS - 1 - n;
        const at = y * COLUMNS + x;
        const before = y - by >= 0 && y - by < ROWS ? at - by * COLUMNS : -1;
        let least = field[at] as number;
        if (before >= 0) {
          least = Math.min(least, (field[before] as number) + dy);
          if (x > 0) least = Math.min(least, (field[before - 1] as number) + diagonal);
          if (x < COLUMNS - 1) least = Math.min(least, (field[before + 1] as number) + diagonal);
        }
        const beside = x - by;
        if (beside >= 0 && beside < COLUMNS) least = Math.min(least, (field[at - by] as number) + dx);
        field[at] = least;
      }
  };
  sweep(0, ROWS, 1);
  sweep(ROWS - 1, -1, -1);
  return field;
}

/** City number + 1 per cell, by the even-odd rule along each row. */
function cityField(cities: GroundInputs['cities']): Uint8Array {
  const field = new Uint8Array(COLUMNS * ROWS);
  cities.forEach(({ polygons }, number) => {
    const crossings = new Map<number, number[]>();
    for (const rings of polygons)
      for (const ring of rings)
        for (let i = 1; i < ring.length; i++) {
          const [a, b] = [ring[i - 1] as LngLat, ring[i] as LngLat];
          const [low, high] = a[1] < b[1] ? [a, b] : [b, a];
          const first = Math.ceil((low[1] - SOUTH) / STEP - 0.5);
          const last = Math.ceil((high[1] - SOUTH) / STEP - 0.5) - 1;
          for (let y = Math.max(0, first); y <= Math.min(ROWS - 1, last); y++) {
            const lat = SOUTH + (y + 0.5) * STEP;
            const lng = low[0] + ((high[0] - low[0]) * (lat - low[1])) / (high[1] - low[1]);
            crossings.set(y, [...(crossings.get(y) ?? []), lng]);
          }
        }
    for (const [y, at] of crossings) {
      at.sort((p, q) => p - q);
      for (let i = 1; i < at.length; i += 2) {
        const from = Math.max(0, Math.ceil(((at[i - 1] as number) - WEST) / STEP - 0.5));
        const to = Math.min(COLUMNS - 1, Math.ceil(((at[i] as number) - WEST) / STEP - 0.5) - 1);
        for (let x = from; x <= to; x++) field[y * COLUMNS + x] = number + 1;
      }
    }
  });
  return field;
}

export function groundOf(inputs: GroundInputs): Ground {
  const { seed, cities, heights } = inputs;
  const rivers = distances(inputs.rivers);
  const coast = distances(inputs.coast);
  const areas = cityField(cities);
  const noise: Ground['noise'] = (salt, km, lng, lat) => {
    const [x, y] = [(lng * SQUEEZE * KM) / km, (lat * KM) / km];
    const s = seed * 31 + salt;
    const sum = smooth(s, x, y) + smooth(s + 7, x * 2.1, y * 2.1) / 2 + smooth(s + 13, x * 4.3, y * 4.3) / 4;
    return Math.min(1, Math.max(0, (sum / 1.75 - 0.5) * 1.5 + 0.5));
  };
  const hills = (lng: number, lat: number): number => {
    const middle = 122.4 + (lat - 41) * 0.5;
    return Math.max(0, Math.abs(lng - middle) - 0.9) * 260 + noise(1, 60, lng, lat) * 120 - 20;
  };
  const height: Ground['height'] = (lng, lat) => (heights ? heightAt(heights, lng, lat) : hills(lng, lat));
  return {
    city: (lng, lat) => cities[(areas[cell(lng, lat)] ?? 0) - 1]?.adcode ?? null,
    riverKm: (lng, lat) => rivers[cell(lng, lat)] as number,
    coastKm: (lng, lat) => coast[cell(lng, lat)] as number,
    town(lng, lat) {
      let best = { adcode: '', share: Number.POSITIVE_INFINITY };
      for (const { adcode, seat } of cities) {
        const km = Math.hypot((lng - seat[0]) * SQUEEZE, lat - seat[1]) * KM;
        const share = km / (townRadius[adcode] ?? usualRadius);
        if (share < best.share) best = { adcode, share };
      }
      return best;
    },
    height,
    roughness(lng, lat) {
      const around = [height(lng - 0.1, lat), height(lng + 0.1, lat), height(lng, lat - 0.08), height(lng, lat + 0.08), height(lng, lat)];
      return Math.max(...around) - Math.min(...around);
    },
    noise,
  };
}
