// Drawing by hand as a value: which tool, the corners so far, and what that looks like, with its measure. Pure.
//
// Lengths and areas are those of the sphere with R = 6 371 008.8 m (turf); against the ellipsoid of CGCS2000 that is at most 0.6 %.
import { area as turfArea, circle as turfCircle, distance as turfDistance, length as turfLength } from '@turf/turf';
import type { LngLat } from '../../contracts/geo.ts';
import { areaIn, lengthIn, type Units, usualUnits } from './units.ts';

export const toolTitles = {
  length: '量距离',
  area: '量面积',
  point: '标点',
  line: '画线',
  polygon: '画面',
  circle: '画圆',
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

const enough: Readonly<Record<Tool, number>> = { length: 2, area: 3, point: 1, line: 2, polygon: 3, circle: 2, box: 2, region: 3 };
/** Tools that are done with their last needed corner; the others end with Enter or a double click. */
export const endsItself = (tool: Tool, corners: readonly LngLat[]): boolean =>
  (tool === 'point' || tool === 'box' || tool === 'circle') && corners.length >= enough[tool];
export const isComplete = (tool: Tool, corners: readonly LngLat[]): boolean => corners.length >= enough[tool];

/** Two opposite corners → the four. */
function boxRing([a, b]: readonly LngLat[]): readonly LngLat[] {
  return a && b ? [[a[0], a[1]], [b[0], a[1]], [b[0], b[1]], [a[0], b[1]]] : []; // biome-ignore format: four corners
}
const closed = (ring: readonly LngLat[]): readonly LngLat[] => (ring[0] ? [...ring, ring[0]] : []);
/** Corners of a circle: few enough for a link, and 0.3 % short of its area. */
const roundCorners = 48;
/** Middle and a place on the rim → a ring that is as far from the middle everywhere. */
function roundRing([middle, rim]: readonly LngLat[]): readonly LngLat[] {
  if (!middle || !rim) return [];
  const radius = turfDistance([...middle], [...rim], { units: 'meters' });
  if (!(radius > 0)) return [];
  const { geometry } = turfCircle([...middle], radius, { steps: roundCorners, units: 'meters' });
  return (geometry.coordinates[0] ?? []).slice(1) as unknown as readonly LngLat[];
}
/** The open ring of an area tool. */
export const ringOf = (tool: Tool, corners: readonly LngLat[]): readonly LngLat[] =>
  tool === 'box' ? boxRing(corners) : tool === 'circle' ? roundRing(corners) : corners;

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

const feature = (geometry: Geometry, properties: object = {}): object => ({ type: 'Feature', properties, geometry });
// turf's own types ask for mutable arrays; it changes none.
const forTurf = (geometry: Geometry): Parameters<typeof turfArea>[0] => feature(geometry) as unknown as Parameters<typeof turfArea>[0];

/** Length of a line, area and girth of a polygon, in words; '' for a point. */
export function measureText(geometry: Geometry, units: Units = usualUnits): string {
  if (geometry.type === 'LineString') return lengthIn(turfLength(forTurf(geometry) as never, { units: 'meters' }), units.length);
  return geometry.type === 'Polygon' ? areaIn(turfArea(forTurf(geometry)), units.area) : '';
}
/** Length of a polygon's rim, in words; '' for what has none. */
export function girthText(geometry: Geometry, units: Units = usualUnits): string {
  const [ring] = geometry.type === 'Polygon' ? geometry.coordinates : [];
  return ring ? lengthIn(turfLength(forTurf({ type: 'LineString', coordinates: ring }) as never, { units: 'meters' }), units.length) : '';
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
export function shapesOf({ kind, geometry, note }: Drawing, units: Units = usualUnits): readonly object[] {
  const text = kind === 'measure' ? measureText(geometry, units) : note;
  const label = text === '' ? [] : [feature({ type: 'Point', coordinates: labelPlace(geometry) }, { kind, text, label: true })];
  return geometry.type === 'Point' ? [feature(geometry, { kind, text })] : [feature(geometry, { kind }), ...label];
}
/** What is being drawn, with the pointer as its next corner. */
export function rubberBand(tool: Tool, corners: readonly LngLat[], pointer: LngLat | null, units: Units = usualUnits): readonly object[] {
  const geometry = corners.length === 0 ? null : geometryOf(tool, pointer && tool !== 'point' ? [...corners, pointer] : corners);
  const dots = corners.map((coordinates) => feature({ type: 'Point', coordinates }, { kind: 'measure' }));
  return geometry ? [...shapesOf({ id: '', kind: 'measure', geometry, note: '' }, units), ...dots] : dots;
}

// ---- editing -------------------------------------------------------------------------------------------------------------------------------

/** The corners that can be moved; of a ring the closing one is no corner of its own. */
export function cornersOf(geometry: Geometry): readonly LngLat[] {
  if (geometry.type === 'Point') return [geometry.coordinates];
  return geometry.type === 'LineString' ? geometry.coordinates : (geometry.coordinates[0]?.slice(0, -1) ?? []);
}
/** The same kind of shape with other corners; null: too few. Holes stay. */
export function withCorners(geometry: Geometry, corners: readonly LngLat[]): Geometry | null {
  const [first] = corners;
  if (!first) return null;
  if (geometry.type === 'Point') return { type: 'Point', coordinates: first };
  if (geometry.type === 'LineString') return corners.length >= 2 ? { type: 'LineString', coordinates: corners } : null;
  return corners.length >= 3 ? { type: 'Polygon', coordinates: [closed(corners), ...geometry.coordinates.slice(1)] } : null;
}
/** Middles of the sides: taken in hand they become corners. Middle k lies behind corner k. */
export function middlesOf(geometry: Geometry): readonly LngLat[] {
  const corners = cornersOf(geometry);
  const ends = geometry.type === 'Polygon' ? [...corners.slice(1), ...corners.slice(0, 1)] : corners.slice(1);
  return geometry.type === 'Point'
    ? []
    : ends.map((end, k) => [(end[0] + (corners[k]?.[0] ?? 0)) / 2, (end[1] + (corners[k]?.[1] ?? 0)) / 2] as const);
}
/** Handles of a shape for the map: corners, then middles. */
export function handleShapes(geometry: Geometry): readonly object[] {
  const dot = (kind: string) => (coordinates: LngLat) => feature({ type: 'Point', coordinates }, { kind });
  return [...middlesOf(geometry).map(dot('middle')), ...cornersOf(geometry).map(dot('corner'))];
}

// ---- keeping -------------------------------------------------------------------------------------------------------------------------------

/** Drawings that were kept; what is none is dropped. */
export function readDrawings(text: string | null): readonly Drawing[] {
  try {
    return soundDrawings(JSON.parse(text ?? '[]'));
  } catch {
    return [];
  }
}
function soundDrawings(given: unknown): readonly Drawing[] {
  if (!Array.isArray(given)) return [];
  const point = (at: unknown): boolean =>
    Array.isArray(at) && at.length === 2 && at.every((n) => typeof n === 'number' && Number.isFinite(n)) && Math.abs(at[0]) <= 180 && Math.abs(at[1]) <= 90; // biome-ignore format: one condition
  const line = (part: unknown, least: number): boolean => Array.isArray(part) && part.length >= least && part.every(point);
  return given.filter((one: Drawing | null): one is Drawing => {
    const { id, kind, note, geometry } = one ?? ({} as Drawing);
    if (typeof id !== 'string' || (kind !== 'sketch' && kind !== 'measure') || typeof note !== 'string') return false;
    if (geometry?.type === 'Point') return point(geometry.coordinates);
    if (geometry?.type === 'LineString') return line(geometry.coordinates, 2);
    return (
      geometry?.type === 'Polygon' &&
      Array.isArray(geometry.coordinates) &&
      geometry.coordinates.length > 0 &&
      geometry.coordinates.every((ring) => line(ring, 4))
    );
  });
}

/** Characters of drawings in a link; what is longer stays at home. */
export const mostShared = 6000;
const letters = { Point: 'p', LineString: 'l', Polygon: 'a' } as const;
/** Drawings as a link carries them, to 1e-5 degrees; '': none, or too long for a link. Holes are left out. */
export function writeSharedDrawings(drawings: readonly Drawing[]): string {
  const rows = drawings.map(({ kind, note, geometry }) => [
    `${kind === 'measure' ? 'm' : 's'}${letters[geometry.type]}`,
    note,
    cornersOf(geometry).flatMap(([lng, lat]) => [Math.round(lng * 1e5), Math.round(lat * 1e5)]),
  ]);
  const text = rows.length === 0 ? '' : JSON.stringify(rows);
  return text.length > mostShared ? '' : text;
}
export function readSharedDrawings(text: string | null): readonly Drawing[] {
  try {
    const rows = JSON.parse(text === null || text.length > mostShared ? '[]' : text) as readonly unknown[];
    if (!Array.isArray(rows)) return [];
    const drawings = rows.map((row, k): unknown => {
      const [word, note, numbers] = Array.isArray(row) ? (row as readonly unknown[]) : [];
      const corners = (Array.isArray(numbers) ? (numbers as unknown[]) : []).map((n) => Number(n) / 1e5);
      const places = corners.flatMap((lng, n) => (n % 2 === 0 ? [[lng, corners[n + 1] ?? Number.NaN] as const] : []));
      const tool = { p: 'point', l: 'line', a: 'polygon' }[String(word).slice(1)] as Tool | undefined;
      const geometry = tool ? geometryOf(tool, places) : null;
      return { id: String(k + 1), kind: String(word).startsWith('m') ? 'measure' : 'sketch', note, geometry };
    });
    return soundDrawings(drawings);
  } catch {
    return [];
  }
}
/** Those of `more` that are not there yet, behind those that are, each under an id of its own. */
export function joinedDrawings(drawings: readonly Drawing[], more: readonly Drawing[]): readonly Drawing[] {
  const key = ({ kind, note, geometry }: Drawing): string => writeSharedDrawings([{ id: '', kind, note, geometry }]);
  const known = new Set(drawings.map(key));
  let last = Math.max(0, ...drawings.map(({ id }) => Number(id) || 0));
  return [...drawings, ...more.filter((one) => !known.has(key(one))).map((one) => ({ ...one, id: String(++last) }))];
}
