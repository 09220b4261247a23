// Distance between two points near each other.
import type { LngLat } from '../../contracts/geo.ts';

const metresPerDegree = 111_195;
/** Metres between two points near each other (equirectangular, 0.1 % over 100 km). */
export function metresBetween(a: LngLat, b: LngLat): number {
  const north = (b[1] - a[1]) * metresPerDegree;
  const east = (b[0] - a[0]) * Math.cos(((a[1] + b[1]) * Math.PI) / 360);
  return Math.sqrt((east * metresPerDegree) ** 2 + north * north);
}
