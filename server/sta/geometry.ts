// A GeoJSON geometry, or a Feature of one, as well-known text: for features of any shape.
//
// Source: RFC 7946 §3.1 (geometry objects), §3.2 (Feature); positions are [lng, lat], a height is left out.
import { LIAONING_BBOX } from '../../contracts/geo.ts';
import { Problem } from '../../contracts/problem.ts';
import { checkWkt } from './wkt.ts';

const depths: Readonly<Record<string, number>> = {
  Point: 0,
  MultiPoint: 1,
  LineString: 1,
  MultiLineString: 2,
  Polygon: 2,
  MultiPolygon: 3,
};
const bad = (reason: string): Problem => new Problem('bad-position', { reason });

/** @throws Problem bad-position | unsupported */
export function checkGeometry(value: unknown): string {
  let geometry = value as { type?: unknown; coordinates?: unknown; geometry?: unknown } | null;
  if (typeof geometry !== 'object' || geometry === null) throw bad('feature 应为 GeoJSON 几何');
  if (geometry.type === 'Feature') geometry = geometry.geometry as typeof geometry;
  if (typeof geometry !== 'object' || geometry === null) throw bad('feature 应为 GeoJSON 几何');
  const type = typeof geometry.type === 'string' ? geometry.type : '';
  if (!Object.hasOwn(depths, type))
    throw new Problem('unsupported', { what: `几何 ${(JSON.stringify(geometry.type) ?? '（未给）').slice(0, 40)}` });
  const written = write(geometry.coordinates, depths[type] as number);
  try {
    return checkWkt(`${type} ${type === 'Point' ? `(${written})` : written}`);
  } catch {
    throw bad(`${type} 的 coordinates 不合规`);
  }
}
function write(coordinates: unknown, depth: number): string {
  if (!Array.isArray(coordinates) || coordinates.length === 0 || coordinates.length > 2000) throw bad('coordinates 应为数组');
  if (depth > 0) return `(${coordinates.map((one) => write(one, depth - 1)).join(', ')})`;
  const [lng, lat] = coordinates as unknown[];
  const [west, south, east, north] = LIAONING_BBOX;
  const inside = typeof lng === 'number' && typeof lat === 'number' && lng >= west && lng <= east && lat >= south && lat <= north;
  if (!inside) throw bad(`${(JSON.stringify([lng, lat]) ?? '').slice(0, 50)} 不是辽宁范围 ${LIAONING_BBOX.join(' ')} 内的 [经度, 纬度]`);
  // Fixed notation: 1e-7 is no number of WKT's grammar everywhere.
  return `${(lng as number).toFixed(9)} ${(lat as number).toFixed(9)}`;
}
