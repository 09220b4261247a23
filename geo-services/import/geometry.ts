// Geometries on their way in: to 4490 degrees, Z dropped, taken apart by class, and written as EWKB for PostGIS.
//
// Source: OGC 06-103r4 §8.2 (WKB), PostGIS EWKB (SRID flag 0x20000000).
import proj4 from 'proj4';
import type { GeometryClass } from '../../contracts/import.ts';
import { Problem } from '../../contracts/problem.ts';
import { asBd09, asGcj02, bd09FromGcj02, gcj02FromBd09, gcj02FromWgs84, wgs84FromGcj02 } from '../crs/gcj02.ts';
import { systemOf, systemOfWkt } from './crs-systems.ts';
import type { Geometry } from './reading/row.ts';

/** Degrees north at most: Web Mercator ends at the poles, and the tiles' column is in it. */
const mostLatitude = 89.9;
const cgcs2000 = '+proj=longlat +a=6378137 +rf=298.257222101 +no_defs';
const SRID = 4490;

/** [x, y] in the file's system → [lng, lat] in degrees. */
export type ToDegrees = (x: number, y: number) => readonly [number, number];

/**
 * @param crs a code of crs-systems, or the WKT of the file
 * @throws Problem bad-parameter
 */
export function degreesFrom(crs: string, swapped = false): ToDegrees {
  const system = systemOf(crs) ?? systemOfWkt(crs);
  if (!system) throw new Problem('bad-parameter', { name: 'crs', given: crs.slice(0, 80), allowed: 'EPSG:nnnn、GCJ-02、BD-09' });
  const straight = ((): ToDegrees => {
    if (system.code === 'GCJ-02') return (x, y) => wgs84FromGcj02(asGcj02(x, y));
    if (system.code === 'BD-09') return (x, y) => wgs84FromGcj02(gcj02FromBd09(asBd09(x, y)));
    // Degrees stay as they are to the last digit; a datum without parameters is not shifted.
    if (system.proj?.startsWith('+proj=longlat')) return (x, y) => [x, y];
    try {
      const ellipsoid = /\+a=\S+ \+rf=\S+/.exec(system.proj ?? '')?.[0];
      const { forward } = proj4(system.proj ?? '', ellipsoid ? `+proj=longlat ${ellipsoid} +no_defs` : cgcs2000);
      return (x, y) => forward([x, y]) as [number, number];
    } catch {
      throw new Problem('bad-parameter', { name: 'crs', given: system.title, allowed: 'proj4 能读的坐标系' });
    }
  })();
  return swapped ? (x, y) => straight(y, x) : straight;
}

/** The reverse of `degreesFrom`: [lng, lat] in degrees → [x, y] of the system; NaN where the system has no place. @throws Problem bad-parameter */
export function degreesTo(crs: string): ToDegrees {
  const system = systemOf(crs) ?? systemOfWkt(crs);
  if (!system) throw new Problem('bad-parameter', { name: 'crs', given: crs.slice(0, 80), allowed: 'EPSG:nnnn、GCJ-02、BD-09' });
  if (system.code === 'GCJ-02') return (lng, lat) => [...gcj02FromWgs84([lng, lat])] as [number, number];
  if (system.code === 'BD-09') return (lng, lat) => [...bd09FromGcj02(gcj02FromWgs84([lng, lat]))] as [number, number];
  if (system.proj?.startsWith('+proj=longlat')) return (lng, lat) => [lng, lat];
  try {
    const ellipsoid = /\+a=\S+ \+rf=\S+/.exec(system.proj ?? '')?.[0];
    const { inverse } = proj4(system.proj ?? '', ellipsoid ? `+proj=longlat ${ellipsoid} +no_defs` : cgcs2000);
    return (lng, lat) => {
      try {
        return inverse([lng, lat]) as [number, number];
      } catch {
        return [Number.NaN, Number.NaN];
      }
    };
  } catch {
    throw new Problem('bad-parameter', { name: 'crs', given: system.title, allowed: 'proj4 能读的坐标系' });
  }
}

export interface Part {
  readonly class: GeometryClass;
  /** Hexadecimal EWKB, a multi-geometry of its class. */
  readonly ewkb: string;
  /** [west, south, east, north] */
  readonly box: readonly [number, number, number, number];
}
export interface Taken {
  readonly parts: readonly Part[];
  /** Why nothing, or not everything, came of it. */
  readonly fault: string | null;
  /** Latitudes beyond ±89.9 were drawn back. */
  readonly clamped: boolean;
}

type Ring = (readonly [number, number])[];
/** A row whose geometry cannot be used. */
class Unusable extends Error {}
const outside = '坐标越界或不是数';

class Writer {
  private buffer = Buffer.allocUnsafe(1 << 16);
  private at = 0;
  box: [number, number, number, number] = [180, 90, -180, -90];
  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + bytes));
    this.buffer.copy(grown, 0, 0, this.at);
    this.buffer = grown;
  }
  header(type: number, srid = false): void {
    this.reserve(9);
    this.buffer[this.at++] = 1;
    this.at = this.buffer.writeUInt32LE(srid ? (type | 0x20000000) >>> 0 : type, this.at);
    if (srid) this.at = this.buffer.writeUInt32LE(SRID, this.at);
  }
  count(n: number): void {
    this.reserve(4);
    this.at = this.buffer.writeUInt32LE(n, this.at);
  }
  position([lng, lat]: readonly [number, number]): void {
    this.reserve(16);
    this.at = this.buffer.writeDoubleLE(lng, this.at);
    this.at = this.buffer.writeDoubleLE(lat, this.at);
    const { box } = this;
    if (lng < box[0]) box[0] = lng;
    if (lat < box[1]) box[1] = lat;
    if (lng > box[2]) box[2] = lng;
    if (lat > box[3]) box[3] = lat;
  }
  ring(ring: Ring): void {
    this.count(ring.length);
    for (const position of ring) this.position(position);
  }
  hex(): string {
    return this.buffer.toString('hex', 0, this.at);
  }
}

interface Pieces {
  point: (readonly [number, number])[];
  line: Ring[];
  polygon: Ring[][];
}

function partOf(kind: GeometryClass, pieces: Pieces): Part {
  const writer = new Writer();
  if (kind === 'point') {
    const only = pieces.point.length === 1;
    writer.header(only ? 1 : 4, true);
    if (!only) writer.count(pieces.point.length);
    for (const position of pieces.point) {
      if (!only) writer.header(1);
      writer.position(position);
    }
  } else {
    const list = kind === 'line' ? pieces.line : pieces.polygon;
    writer.header(kind === 'line' ? 5 : 6, true);
    writer.count(list.length);
    if (kind === 'line')
      for (const line of pieces.line) {
        writer.header(2);
        writer.ring(line);
      }
    else
      for (const rings of pieces.polygon) {
        writer.header(3);
        writer.count(rings.length);
        for (const ring of rings) writer.ring(ring);
      }
  }
  return { class: kind, ewkb: writer.hex(), box: writer.box };
}

const same = (a: readonly [number, number] | undefined, b: readonly [number, number] | undefined): boolean =>
  a !== undefined && b !== undefined && a[0] === b[0] && a[1] === b[1];

/** A geometry of the file as one part per class. Never throws for what a file may hold. */
export function takeGeometry(geometry: Geometry, degrees: ToDegrees): Taken {
  let clamped = false;
  let dropped = '';
  const pieces: Pieces = { point: [], line: [], polygon: [] };
  const position = (given: unknown): readonly [number, number] => {
    if (!Array.isArray(given)) throw new Unusable('坐标不是数组');
    const [x, y] = given as unknown[];
    if (typeof x !== 'number' || typeof y !== 'number' || !Number.isFinite(x) || !Number.isFinite(y)) throw new Unusable(outside);
    const [lng, lat] = degrees(x, y);
    if (!(lng >= -180.000001 && lng <= 180.000001 && lat >= -90.000001 && lat <= 90.000001)) throw new Unusable(outside);
    if (Math.abs(lat) > mostLatitude) clamped = true;
    return [Math.max(-180, Math.min(180, lng)), Math.max(-mostLatitude, Math.min(mostLatitude, lat))];
  };
  const list = (given: unknown): readonly unknown[] => {
    if (!Array.isArray(given)) throw new Unusable('坐标不是数组');
    return given;
  };
  const line = (given: unknown): void => {
    const found = list(given).map(position);
    if (found.length >= 2) pieces.line.push(found);
    else if (found.length === 1) dropped = '线只有一个点';
  };
  const polygon = (given: unknown): void => {
    const rings: Ring[] = [];
    for (const [n, ring] of list(given).entries()) {
      const found = list(ring).map(position);
      // Rings of the file are closed; what is not, is meant to be.
      const [first] = found;
      if (first && !same(first, found.at(-1))) found.push(first);
      if (found.length >= 4) rings.push(found);
      else {
        if (found.length > 0) dropped = '环少于四个点';
        if (n === 0) return;
      }
    }
    if (rings.length > 0) pieces.polygon.push(rings);
  };
  const take = (one: Geometry, depth: number): void => {
    if (typeof one !== 'object' || one === null || depth > 16) throw new Unusable('几何不合规');
    if (one.type === 'GeometryCollection') {
      for (const inner of list(one.geometries)) take(inner as Geometry, depth + 1);
      return;
    }
    const { coordinates } = one;
    if (one.type === 'Point') {
      if (list(coordinates).length > 0) pieces.point.push(position(coordinates));
    } else if (one.type === 'MultiPoint') for (const each of list(coordinates)) pieces.point.push(position(each));
    else if (one.type === 'LineString') line(coordinates);
    else if (one.type === 'MultiLineString') for (const each of list(coordinates)) line(each);
    else if (one.type === 'Polygon') polygon(coordinates);
    else if (one.type === 'MultiPolygon') for (const each of list(coordinates)) polygon(each);
    else throw new Unusable(`几何类型不支持：${String((one as { type?: unknown }).type).slice(0, 40)}`);
  };
  try {
    take(geometry, 0);
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    return { parts: [], fault: error.message, clamped: false };
  }
  const parts = (['point', 'line', 'polygon'] as const).filter((kind) => pieces[kind].length > 0).map((kind) => partOf(kind, pieces));
  return { parts, fault: parts.length === 0 ? dropped || '空几何' : dropped || null, clamped };
}

/** Some positions of a geometry as they stand in the file. */
export function* positionsOf(geometry: Geometry, most = 4): Generator<readonly [number, number]> {
  let left = most;
  function* walk(node: unknown): Generator<readonly [number, number]> {
    if (!Array.isArray(node) || left <= 0) return;
    const [x, y] = node as unknown[];
    if (typeof x === 'number' && typeof y === 'number') {
      left--;
      yield [x, y];
    } else for (const child of node) yield* walk(child);
  }
  if (geometry.type === 'GeometryCollection') for (const inner of geometry.geometries ?? []) yield* positionsOf(inner, 2);
  else yield* walk(geometry.coordinates);
}
/** Classes in a geometry. */
export function classesOf(geometry: Geometry): GeometryClass[] {
  if (geometry.type === 'GeometryCollection') return [...new Set((geometry.geometries ?? []).flatMap(classesOf))];
  const kind = /Point$/.test(geometry.type)
    ? 'point'
    : /LineString$/.test(geometry.type)
      ? 'line'
      : /Polygon$/.test(geometry.type)
        ? 'polygon'
        : null;
  return kind === null ? [] : [kind];
}
