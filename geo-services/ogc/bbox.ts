// The box of an items request: four or six numbers in the axis order of its CRS, turned into degrees or a box on a grid.
//
// Source: OGC API Features 1.0.1 (17-069r4) §7.15.3 bbox; Part 2 (18-058r1) /req/crs/fc-bbox-crs-definition and -action.
import type { BBox } from '../../contracts/geo.ts';
import { Problem } from '../../contracts/problem.ts';
import { asWebMercator, HALF_WORLD, lngLatFromWebMercator } from '../crs/web-mercator.ts';
import { CRS84, crsOf, type GridBox, type OgcCrs } from './crs.ts';

export interface Area {
  /** Degrees, or null when the box lies on a grid or there is none. */
  readonly bbox: BBox | null;
  readonly grid: GridBox | null;
}
/** Where a 3° zone may be asked: a million metres to each side, which holds all of Liaoning in each of its zones, from equator to pole. */
const GRID_RANGE = { west: -500_000, south: 0, east: 1_500_000, north: 10_000_000 };

function refuse(given: string, allowed: string): never {
  throw new Problem('bad-parameter', { name: 'bbox', given: given.slice(0, 80), allowed });
}

/** [first, second, first, second] without heights. */
function fourOf(given: string, allowed: string): BBox {
  const numbers = given.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const four = numbers.length === 6 ? [numbers[0], numbers[1], numbers[3], numbers[4]] : numbers;
  const [a, b, c, d] = four;
  if (four.length !== 4 || a === undefined || b === undefined || c === undefined || d === undefined) return refuse(given, allowed);
  if (!numbers.every(Number.isFinite)) refuse(given, allowed);
  return [a, b, c, d];
}

/** Four numbers, or six with heights; west may be greater than east across the date line. @throws Problem bad-parameter */
export function parseBBox(given: string, crs: OgcCrs = CRS84): BBox {
  const allowed = crs.northFirst
    ? 'south,west,north,east（纬度在前，度，-90..90 与 -180..180，south ≤ north）'
    : 'west,south,east,north（度，-180..180 与 -90..90，south ≤ north）';
  const [a, b, c, d] = fourOf(given, allowed);
  const [west, south, east, north] = crs.northFirst ? [b, a, d, c] : [a, b, c, d];
  const lngOk = [west, east].every((v) => v >= -180 && v <= 180);
  const latOk = [south, north].every((v) => v >= -90 && v <= 90);
  if (!lngOk || !latOk || south > north) refuse(given, allowed);
  return [west, south, east, north];
}

function parseMetres(given: string, crs: OgcCrs): BBox {
  const limit = crs.srid === 3857 ? { west: -HALF_WORLD, south: -HALF_WORLD, east: HALF_WORLD, north: HALF_WORLD } : GRID_RANGE;
  const [one, two] = crs.axes;
  const sides = crs.northFirst ? [limit.south, limit.west, limit.north, limit.east] : [limit.west, limit.south, limit.east, limit.north];
  const allowed = `${one},${two},${one},${two}（米，先小后大，在 ${sides.map((side) => Math.trunc(side)).join(',')} 之内）`;
  const [a, b, c, d] = fourOf(given, allowed);
  const [west, south, east, north] = crs.northFirst ? [b, a, d, c] : [a, b, c, d];
  // A metre of slack: clients round the edge of the world up.
  const inside = west >= limit.west - 1 && south >= limit.south - 1 && east <= limit.east + 1 && north <= limit.north + 1;
  if (!inside || west > east || south > north) refuse(given, allowed);
  return [west, south, east, north];
}

/** A box in the CRS that `bbox-crs` names, CRS84 when it names none. @throws Problem bad-parameter */
export function parseArea(given: string, bboxCrs: unknown): Area {
  const crs = bboxCrs === undefined ? CRS84 : crsOf('bbox-crs', String(bboxCrs));
  if (crs.unit === 'degree') return { bbox: parseBBox(given, crs), grid: null };
  const box = parseMetres(given, crs);
  if (crs.srid !== 3857) return { bbox: null, grid: { srid: crs.srid, box } };
  // Straight lines of Web Mercator's grid are straight in degrees too: the corners say it all.
  const clamp = (degree: number): number => Math.min(180, Math.max(-180, degree));
  const [west, south] = lngLatFromWebMercator(asWebMercator(box[0], box[1]));
  const [east, north] = lngLatFromWebMercator(asWebMercator(box[2], box[3]));
  return { bbox: [clamp(west), south, clamp(east), north], grid: null };
}
