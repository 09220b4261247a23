// The parcels of the demo: one Voronoi tessellation of the province, and for each cell its land class, forest stand and control line.
//
// Every polygon layer on land is made of these cells, so no two parcels of one layer overlap. Cells are small in towns and along rivers, large
// in the mountains. Class codes: GB/T 21010-2017. Everything is invented: 演示数据.
import { Delaunay } from 'd3-delaunay';
import type { AdCode } from '../../../contracts/geo.ts';
import { seededRandom } from '../random.ts';
import { type Ground, groundBox, SQUEEZE } from './ground.ts';

export type Zone = 'urban' | 'redline' | 'farmland';
export interface Parcel {
  readonly lng: number;
  readonly lat: number;
  readonly adcode: AdCode;
  readonly dlbm: string;
  readonly zone: Zone | null;
  /** Number of the patch of its zone: neighbours of the same zone and city within a block of a quarter degree. −1: no zone. */
  patch: number;
  /** Well-Known Text, degrees; cut to the province later. */
  readonly wkt: string;
}

/** Degrees of latitude: the edges of the largest and of the smallest cell. */
const LARGEST = 0.032;
const HALVINGS = 3;

/** How long the edge of a cell should be, kilometres. */
function grain(ground: Ground, lng: number, lat: number): number {
  const { share } = ground.town(lng, lat);
  if (share < 0.6) return 0.45;
  if (share < 1.3) return 0.9;
  if (ground.riverKm(lng, lat) < 2.5 || ground.coastKm(lng, lat) < 2.5) return 0.9;
  return ground.roughness(lng, lat) > 260 ? 2.6 : 1.8;
}

/** One jittered site in every leaf of a quadtree that is as fine as the grain. x is squeezed longitude. */
export function sitesOf(ground: Ground, seed: number): Float64Array {
  const random = seededRandom(seed);
  const sites: number[] = [];
  const [west, south, east, north] = groundBox;
  const leaf = (x: number, y: number, edge: number, depth: number): void => {
    const [lng, lat] = [(x + edge / 2) / SQUEEZE, y + edge / 2];
    if (depth < HALVINGS && edge * 111.2 > grain(ground, lng, lat) * 1.35) {
      for (const [dx, dy] of [[0, 0], [1, 0], [0, 1], [1, 1]] as const) // biome-ignore format: four quarters
        leaf(x + (dx * edge) / 2, y + (dy * edge) / 2, edge / 2, depth + 1);
      return;
    }
    const [sx, sy] = [x + edge * (0.08 + 0.84 * random()), y + edge * (0.08 + 0.84 * random())];
    if (ground.city(sx / SQUEEZE, sy) !== null) sites.push(sx, sy);
  };
  for (let y = south; y < north; y += LARGEST) for (let x = west * SQUEEZE; x < east * SQUEEZE; x += LARGEST) leaf(x, y, LARGEST, 0);
  return Float64Array.from(sites);
}

/** Weighted choice by a number in [0, 1]. */
function pick(at: number, ...choices: readonly (readonly [code: string, weight: number])[]): string {
  let left = at * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [code, weight] of choices) {
    left -= weight;
    if (left <= 0) return code;
  }
  return choices[choices.length - 1]?.[0] ?? '';
}

/** The land class of a place. `chance`: 0–1, drawn once per cell. */
export function landClassOf(ground: Ground, lng: number, lat: number, chance: number): string {
  const { share } = ground.town(lng, lat);
  const height = ground.height(lng, lat);
  const coast = ground.coastKm(lng, lat);
  const rough = ground.roughness(lng, lat);
  // Half of the choice is smooth, so that neighbours go together.
  const grainy = ground.noise(3, 5, lng, lat) * 0.55 + chance * 0.45;
  const edge = share * (0.75 + 0.5 * ground.noise(2, 6, lng, lat));
  if (edge < 0.35) return pick(chance, ['0701', 50], ['0501', 26], ['0810', 12], ['0801', 12]);
  if (edge < 1) return pick(grainy, ['0810', 9], ['0701', 42], ['0501', 9], ['0601', 30], ['0604', 8], ['0103', 2]);
  const lowCoast = height < 45 && rough < 120 && lat > 40.3;
  if (coast < 1.1 && lowCoast) return pick(grainy, ['1105', 55], ['1104', 30], ['0603', 15]);
  if (coast < 5 && lowCoast) return pick(grainy, ['1104', 34], ['0603', 22], ['0101', 34], ['0702', 10]);
  const delta = Math.hypot((lng - 121.85) * SQUEEZE, lat - 40.95) * 111;
  if (delta < 24 && grainy < 0.6) return '1108';
  const mountain =
    Math.min(1, Math.max(0, (height - 60) / 320)) * 0.7 + Math.min(1, rough / 300) * 0.6 + (ground.noise(4, 14, lng, lat) - 0.5) * 0.75;
  const west = lng < 122;
  if (mountain > 0.62)
    return west
      ? pick(grainy, ['0301', 44], ['0305', 26], ['0404', 12], ['0307', 10], ['0103', 7], ['0602', 1])
      : pick(grainy, ['0301', 78], ['0307', 9], ['0305', 6], ['0201', 3], ['0103', 3], ['0602', 1]);
  if (mountain > 0.42)
    return pick(grainy, ['0301', 24], ['0305', 6], ['0201', 16], ['0404', west ? 16 : 4], ['0103', 42], ['0702', 7], ['0602', 1]);
  if (west && lat > 42.1 && grainy < 0.3) return '0401';
  const wet = ground.riverKm(lng, lat) < 5 && height < 60;
  if ((lat < 41.7 && lng > 121.5 && lng < 123.1 && height < 30) || (wet && grainy < 0.55))
    return pick(grainy, ['0101', 82], ['0702', 12], ['1104', 3], ['0103', 3]);
  return pick(grainy, ['0103', 70], ['0102', 16], ['0702', 11], ['0307', 3]);
}

function zoneOf(ground: Ground, lng: number, lat: number, dlbm: string): Zone | null {
  if (ground.town(lng, lat).share * (0.75 + 0.5 * ground.noise(2, 6, lng, lat)) < 1.2) return 'urban';
  const wild = ground.noise(5, 32, lng, lat);
  if (dlbm.startsWith('03') && wild > 0.52) return 'redline';
  if ((dlbm === '1108' || dlbm === '1105') && wild > 0.3) return 'redline';
  return dlbm.startsWith('01') && ground.noise(6, 11, lng, lat) > 0.36 ? 'farmland' : null;
}

/** `breathe` is awaited between portions, so that whoever else runs in the process has his turn. */
export async function parcelsOf(ground: Ground, seed: number, breathe: () => Promise<void>): Promise<Parcel[]> {
  const sites = sitesOf(ground, seed);
  await breathe();
  const delaunay = new Delaunay(sites);
  await breathe();
  const [west, south, east, north] = groundBox;
  const voronoi = delaunay.voronoi([west * SQUEEZE, south, east * SQUEEZE, north]);
  const random = seededRandom(seed + 1);
  const parcels: Parcel[] = [];
  const count = sites.length / 2;
  /** Parcel of a site; −1: it has none. */
  const of = new Int32Array(count).fill(-1);
  for (let i = 0; i < count; i++) {
    if (i % 1500 === 0) await breathe();
    const [lng, lat] = [(sites[2 * i] as number) / SQUEEZE, sites[2 * i + 1] as number];
    const polygon = voronoi.cellPolygon(i);
    const adcode = ground.city(lng, lat);
    const dlbm = landClassOf(ground, lng, lat, random());
    if (!polygon || adcode === null) continue;
    // A corner is printed the same in all three cells that meet there: rounding cannot tear them apart.
    const ring = polygon.map(([x, y]) => `${(x / SQUEEZE).toFixed(7)} ${y.toFixed(7)}`).join(',');
    of[i] = parcels.length;
    parcels.push({ lng, lat, adcode, dlbm, zone: zoneOf(ground, lng, lat, dlbm), patch: -1, wkt: `POLYGON((${ring}))` });
  }
  await breathe();
  const block = ({ lng, lat }: Parcel): number => Math.floor(lng * 4) * 1000 + Math.floor(lat * 4);
  let patches = 0;
  for (let i = 0; i < count; i++) {
    const start = parcels[of[i] as number];
    if (!start?.zone || start.patch >= 0) continue;
    start.patch = patches++;
    const open = [i];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const next of delaunay.neighbors(at)) {
        const other = parcels[of[next] as number];
        if (!other || other.patch >= 0 || other.zone !== start.zone || other.adcode !== start.adcode) continue;
        // A town is one patch; the rest is cut into blocks, so that a tile does not fetch half the province.
        if (start.zone !== 'urban' && block(other) !== block(start)) continue;
        other.patch = start.patch;
        open.push(next);
      }
  }
  return parcels;
}
