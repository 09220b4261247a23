// Drawing by hand as a value: which tool, the corners so far, and what that looks like, with its measure. Pure.
//
// Lengths and areas are those of the sphere with R = 6 371 008.8 m (turf); against the ellipsoid of CGCS2000 that is at most 0.6 %.
import { area as turfArea, length as turfLength } from '@turf/turf';
import type { LngLat } from '../../contracts/geo.ts';

export const toolTitles = {
  length: '量距离',
  area: '量面积',
  point: '标点',
  line: '画线',
  polygon: '画面',
  box: '框选',
  region: '圈选',
} as const;
export type Tool = keyof typeof toolTitles;

export type Geometry =
  | { readonly type: 'Point'; readonly coordinates: LngLat }
  | { readonly type: 'LineString'; readonly coordinates: readonly LngLat[] }
  | { readonly type: 'Polygon'; readonly coordinates: readonly (readonly LngLat[])[] };
export interface Drawing {
  readonly id: string;
  readonly kind: 'sketch' | 'measure';
  readonly geometry: Geometry;
  readonly note: string;
}

const enough: Readonly<Record<Tool, number>> = { length: 2, area: 3, point: 1, line: 2, polygon: 3, box: 2, region: 3 };
/** Tools that are done with their last needed corner; the others end with Enter or a double click. */
export const endsItself = (tool: Tool, corners: readonly LngLat[]): boolean =>
  (tool === 'point' || tool === 'box') && corners.length >= enough[tool];
export const isComplete = (tool: Tool, corners: readonly LngLat[]): boolean => corners.length >= enough[tool];

/** Two opposite corners → the four. */
function boxRing([a, b]: readonly LngLat[]): readonly LngLat[] {
  return a && b ? [[a[0], a[1]], [b[0], a[1]], [b[0], b[1]], [a[0], b[1]]] : []; // biome-ignore format: four corners
}
const closed = (ring: readonly LngLat[]): readonly LngLat[] => (ring[0] ? [...ring, ring[0]] : []);
/** The open ring of an area tool. */
export const ringOf = (tool: Tool, corners: readonly LngLat[]): readonly LngLat[] => (tool === 'box' ? boxRing(corners) : corners);

/** The geometry of corners; null: too few. */
export function geometryOf(tool: Tool, corners: readonly LngLat[]): Geometry | null {
  const [first] = corners;
  if (!first) return null;
  if (tool === 'point') return { type: 'Point', coordinates: first };
  if (tool === 'length' || tool === 'line') return corners.length >= 2 ? { type: 'LineString', coordinates: corners } : null;
  const ring = ringOf(tool, corners);
  if (ring.length >= 3) return { type: 'Polygon', coordinates: [closed(ring)] };
  return ring.length === 2 ? { type: 'LineString', coordinates: ring } : null;
}

/** 845 m · 12.4 km · 386 km */
export function lengthText(metres: number): string {
  if (metres < 1000) return `${Math.round(metres)} m`;
  return metres < 100_000 ? `${(metres / 1000).toFixed(2)} km` : `${(metres / 1000).toFixed(1)} km`;
}
/** 640 m² · 3.2 ha · 12.4 km² */
export function areaText(squareMetres: number): string {
  if (squareMetres < 10_000) return `${Math.round(squareMetres)} m²`;
  if (squareMetres < 1_000_000) return `${(squareMetres / 10_000).toFixed(2)} ha`;
  return `${(squareMetres / 1_000_000).toFixed(squareMetres < 1e9 ? 2 : 0)} km²`;
}
const feature = (geometry: Geometry, properties: object = {}): object => ({ type: 'Feature', properties, geometry });
// turf's own types ask for mutable arrays; it changes none.
const forTurf = (geometry: Geometry): Parameters<typeof turfArea>[0] => feature(geometry) as unknown as Parameters<typeof turfArea>[0];

/** Length of a line, area of a polygon, in words; '' for a point. */
export function measureText(geometry: Geometry): string {
  if (geometry.type === 'LineString') return lengthText(turfLength(forTurf(geometry) as never, { units: 'meters' }));
  return geometry.type === 'Polygon' ? areaText(turfArea(forTurf(geometry))) : '';
}

/** Where a text stands: the last corner of a line, the mean of a ring. */
function labelPlace(geometry: Geometry): LngLat {
  if (geometry.type === 'Point') return geometry.coordinates;
  if (geometry.type === 'LineString') return geometry.coordinates.at(-1) ?? [0, 0];
  const ring = geometry.coordinates[0]?.slice(1) ?? [];
  const mean = (axis: 0 | 1): number => ring.reduce((sum, corner) => sum + corner[axis], 0) / Math.max(1, ring.length);
  return [mean(0), mean(1)];
}
/** A drawing as features for the map: its shape, and its note or measure as a text. */
export function shapesOf({ kind, geometry, note }: Drawing): readonly object[] {
  const text = kind === 'measure' ? measureText(geometry) : note;
  const label = text === '' ? [] : [feature({ type: 'Point', coordinates: labelPlace(geometry) }, { kind, text })];
  return geometry.type === 'Point' ? [feature(geometry, { kind, text })] : [feature(geometry, { kind }), ...label];
}
/** What is being drawn, with the pointer as its next corner. */
export function rubberBand(tool: Tool, corners: readonly LngLat[], pointer: LngLat | null): readonly object[] {
  const geometry = corners.length === 0 ? null : geometryOf(tool, pointer && tool !== 'point' ? [...corners, pointer] : corners);
  const dots = corners.map((coordinates) => feature({ type: 'Point', coordinates }, { kind: 'measure' }));
  return geometry ? [...shapesOf({ id: '', kind: 'measure', geometry, note: '' }), ...dots] : dots;
}

/** Drawings that were kept; what is none is dropped. */
export function readDrawings(text: string | null): readonly Drawing[] {
  try {
    const given = JSON.parse(text ?? '[]') as readonly Drawing[];
    const point = (at: unknown): boolean =>
      Array.isArray(at) && at.length === 2 && at.every((n) => typeof n === 'number' && Number.isFinite(n));
    const sound = ({ id, kind, note, geometry }: Drawing): boolean =>
      typeof id === 'string' && (kind === 'sketch' || kind === 'measure') && typeof note === 'string' &&
      (geometry.type === 'Point' ? point(geometry.coordinates)
        : geometry.type === 'LineString' ? geometry.coordinates.every(point)
        : geometry.type === 'Polygon' && geometry.coordinates.every((ring) => ring.every(point))); // biome-ignore format: one condition
    return given.filter(sound);
  } catch {
    return [];
  }
}
