// Geometry literals of CQL2: checked GeoJSON, boxes, the order of axes, and Well-Known Text out of them.
//
// Source: RFC 7946 §3.1; OGC 21-065r2 §7.3 and its BNF (geometryLiteral, bboxTaggedText). Degrees; [lng, lat] once `normalised`.

export type Nested = readonly (number | Nested)[];
export const simpleTypes = ['Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiLineString', 'MultiPolygon'] as const;
export type SimpleType = (typeof simpleTypes)[number];
export interface Simple {
  readonly type: SimpleType;
  readonly coordinates: Nested;
}
export type Geometry = Simple | { readonly type: 'GeometryCollection'; readonly geometries: readonly Simple[] };

/** How many arrays stand around a position. */
export const nesting: Readonly<Record<SimpleType, number>> = {
  Point: 0,
  MultiPoint: 1,
  LineString: 1,
  Polygon: 2,
  MultiLineString: 2,
  MultiPolygon: 3,
};

const isPosition = (given: unknown): boolean =>
  Array.isArray(given) && (given.length === 2 || given.length === 3) && given.every((n) => typeof n === 'number' && Number.isFinite(n));

function isNested(given: unknown, depth: number): boolean {
  if (depth === 0) return isPosition(given);
  return Array.isArray(given) && given.length > 0 && given.every((part) => isNested(part, depth - 1));
}
const isRing = (ring: Nested): boolean => {
  const [first, last] = [ring[0], ring.at(-1)] as [Nested, Nested];
  return ring.length >= 4 && first.length === last.length && first.every((n, i) => n === last[i]);
};

/** What is wrong with a simple geometry, or null. */
export function faultOf(type: SimpleType, coordinates: unknown): string | null {
  if (!isNested(coordinates, nesting[type])) return `${type} 的坐标（每个位置 2 或 3 个数）`;
  const parts = coordinates as Nested;
  const lines = type === 'LineString' ? [parts] : type === 'MultiLineString' ? (parts as Nested[]) : [];
  if (lines.some((line) => line.length < 2)) return '至少两个位置的线';
  const rings = type === 'Polygon' ? (parts as Nested[]) : type === 'MultiPolygon' ? (parts as Nested[][]).flat() : [];
  return rings.every(isRing) ? null : '闭合的环：至少四个位置，首尾相同';
}

/** GeoJSON from outside as a geometry, without foreign members. @returns the fault as text when it is none */
export function geometryOf(given: Readonly<Record<string, unknown>>): Geometry | string {
  const type = given['type'];
  if (type === 'GeometryCollection') {
    const parts = given['geometries'];
    if (!Array.isArray(parts) || parts.length === 0) return '至少一个几何的 GeometryCollection';
    const geometries: Simple[] = [];
    for (const part of parts) {
      const made = typeof part === 'object' && part !== null ? geometryOf(part as Readonly<Record<string, unknown>>) : 'GeoJSON 几何';
      if (typeof made === 'string') return made;
      // BNF geometryCollectionText: geometryLiteral only, no collection in a collection.
      if (made.type === 'GeometryCollection') return '不嵌套的 GeometryCollection';
      geometries.push(made);
    }
    return { type, geometries };
  }
  const simple = simpleTypes.find((name) => name === type);
  if (simple === undefined) return `${simpleTypes.join(' ')} GeometryCollection`;
  return faultOf(simple, given['coordinates']) ?? { type: simple, coordinates: positive(given['coordinates'] as Nested) };
}
/** −0 is 0: the two encodings would otherwise differ. */
const positive = (coordinates: Nested): Nested => coordinates.map((part) => (typeof part === 'number' ? part + 0 : positive(part)));

/** Two dimensions, [lng, lat]; `latitudeFirst` says that the input was in the axis order of EPSG. */
export function normalised(geometry: Geometry, latitudeFirst: boolean): Geometry {
  const turn = (coordinates: Nested): Nested =>
    typeof coordinates[0] === 'number'
      ? latitudeFirst
        ? [coordinates[1] as number, coordinates[0]]
        : coordinates.slice(0, 2)
      : (coordinates as readonly Nested[]).map(turn);
  const simple = ({ type, coordinates }: Simple): Simple => ({ type, coordinates: turn(coordinates) });
  return geometry.type === 'GeometryCollection' ? { type: geometry.type, geometries: geometry.geometries.map(simple) } : simple(geometry);
}

/** Half of the equator, metres: no grid of crs.ts reaches further. */
const HALF_EQUATOR = 20_037_509;
export type Unit = 'degree' | 'metre';

/** Of a normalised geometry: every position is on the earth. */
export function onEarth(geometry: Geometry, unit: Unit = 'degree'): boolean {
  const [mostX, mostY] = unit === 'degree' ? [180, 90] : [HALF_EQUATOR, HALF_EQUATOR];
  const inside = (coordinates: Nested): boolean =>
    typeof coordinates[0] === 'number'
      ? Math.abs(coordinates[0]) <= mostX && Math.abs(coordinates[1] as number) <= mostY
      : (coordinates as readonly Nested[]).every(inside);
  return (geometry.type === 'GeometryCollection' ? geometry.geometries : [geometry]).every((part) => inside(part.coordinates));
}

/**
 * A box of four or six numbers as polygons. In degrees, west greater than east goes across the date line.
 * null: south is above north, or west is east of east on a grid.
 */
export function boxGeometry(box: readonly number[], latitudeFirst: boolean, unit: Unit = 'degree'): Geometry | null {
  const four = box.length === 6 ? [box[0], box[1], box[3], box[4]] : box;
  const [a = 0, b = 0, c = 0, d = 0] = four;
  const [west, south, east, north] = latitudeFirst ? [b, a, d, c] : [a, b, c, d];
  if (south > north || (unit === 'metre' && west > east)) return null;
  const ring = (from: number, to: number): Nested => [
    [
      [from, south],
      [to, south],
      [to, north],
      [from, north],
      [from, south],
    ],
  ];
  return west <= east
    ? { type: 'Polygon', coordinates: ring(west, east) }
    : { type: 'MultiPolygon', coordinates: [ring(west, 180), ring(-180, east)] };
}

/** The longer side of a normalised geometry's box, in its unit. */
export function reachOf(geometry: Geometry): number {
  const box = [Infinity, Infinity, -Infinity, -Infinity] as [number, number, number, number];
  const walk = (coordinates: Nested): void => {
    if (typeof coordinates[0] !== 'number') {
      for (const part of coordinates as readonly Nested[]) walk(part);
      return;
    }
    const [x, y] = coordinates as readonly [number, number];
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  };
  for (const part of geometry.type === 'GeometryCollection' ? geometry.geometries : [geometry]) walk(part.coordinates);
  return Math.max(box[2] - box[0], box[3] - box[1]);
}

/** Well-Known Text as the BNF of CQL2 writes it (MULTIPOINT with parentheses around each point). */
export function wktOf(geometry: Geometry): string {
  const name = geometry.type.toUpperCase();
  if (geometry.type === 'GeometryCollection') return `${name}(${geometry.geometries.map(wktOf).join(', ')})`;
  const body = (part: Nested, depth: number, wrapped: boolean): string => {
    if (depth === 0) return wrapped ? `(${part.join(' ')})` : part.join(' ');
    return `(${(part as readonly Nested[]).map((inner) => body(inner, depth - 1, wrapped)).join(', ')})`;
  };
  const wrapped = geometry.type === 'Point' || geometry.type === 'MultiPoint';
  return `${name}${body(geometry.coordinates, nesting[geometry.type], wrapped)}`;
}
