// GCJ-02 and BD-09, the shifted systems of public Chinese maps, to and from WGS 84: forward by the published series, inverse exact by iteration.
//
// Source: the series published with eviltransform and coordtransform (Krasovsky 1940: a 6378245 m, e² 0.006693421622965943); WGS 84 here is
// CGCS2000 within centimetres. All positions are [lng, lat] in degrees.
import type { Bd09, Gcj02, LngLat } from '../../contracts/geo.ts';

const SEMI_MAJOR_AXIS = 6378245;
const ECCENTRICITY_SQUARED = 0.006693421622965943;
const BD09_ANGLE = (Math.PI * 3000) / 180;
/** Degrees; 1e-11° is a micrometre, and the iteration shrinks the error about a thousandfold each round. */
const TOLERANCE = 1e-11;
const MAX_ROUNDS = 12;

/** Marks a position as read from a GCJ-02 source. */
export function asGcj02(lng: number, lat: number): Gcj02 {
  return [lng, lat] as unknown as Gcj02;
}
/** Marks a position as read from a BD-09 source. */
export function asBd09(lng: number, lat: number): Bd09 {
  return [lng, lat] as unknown as Bd09;
}

/** Whether the shift applies: the common bounding box of the implementations, which is no legal border. */
export function isShifted(position: readonly [number, number]): boolean {
  const [lng, lat] = position;
  return lng >= 72.004 && lng <= 137.8347 && lat >= 0.8293 && lat <= 55.8271;
}

/** Offset GCJ-02 − WGS 84 at a WGS 84 position, degrees. */
function shift(lng: number, lat: number): readonly [number, number] {
  const x = lng - 105;
  const y = lat - 35;
  const root = Math.sqrt(Math.abs(x));
  const ripple = ((20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * 2) / 3;
  const north =
    -100 +
    2 * x +
    3 * y +
    0.2 * y * y +
    0.1 * x * y +
    0.2 * root +
    ripple +
    ((20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * 2) / 3 +
    ((160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * 2) / 3;
  const east =
    300 +
    x +
    2 * y +
    0.1 * x * x +
    0.1 * x * y +
    0.1 * root +
    ripple +
    ((20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * 2) / 3 +
    ((150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * 2) / 3;
  const phi = (lat / 180) * Math.PI;
  const w = 1 - ECCENTRICITY_SQUARED * Math.sin(phi) ** 2;
  const sqrtW = Math.sqrt(w);
  return [
    (east * 180) / ((SEMI_MAJOR_AXIS / sqrtW) * Math.cos(phi) * Math.PI),
    (north * 180) / (((SEMI_MAJOR_AXIS * (1 - ECCENTRICITY_SQUARED)) / (w * sqrtW)) * Math.PI),
  ];
}

/** WGS 84 → GCJ-02; identity outside the box of isShifted. */
export function gcj02FromWgs84(position: LngLat): Gcj02 {
  const [lng, lat] = position;
  if (!isShifted(position)) return asGcj02(lng, lat);
  const [east, north] = shift(lng, lat);
  return asGcj02(lng + east, lat + north);
}

/** GCJ-02 → WGS 84, the exact inverse of gcj02FromWgs84 to better than a millimetre. */
export function wgs84FromGcj02(position: Gcj02): LngLat {
  if (!isShifted(position)) return [position[0], position[1]];
  let [lng, lat]: readonly [number, number] = [position[0], position[1]];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const [east, north] = shift(lng, lat);
    const nextLng = position[0] - east;
    const nextLat = position[1] - north;
    const moved = Math.max(Math.abs(nextLng - lng), Math.abs(nextLat - lat));
    lng = nextLng;
    lat = nextLat;
    if (moved < TOLERANCE) break;
  }
  return [lng, lat];
}

/** GCJ-02 → BD-09. */
export function bd09FromGcj02(position: Gcj02): Bd09 {
  const [lng, lat] = position;
  const z = Math.sqrt(lng * lng + lat * lat) + 0.00002 * Math.sin(lat * BD09_ANGLE);
  const theta = Math.atan2(lat, lng) + 0.000003 * Math.cos(lng * BD09_ANGLE);
  return asBd09(z * Math.cos(theta) + 0.0065, z * Math.sin(theta) + 0.006);
}

/** BD-09 → GCJ-02, by iteration: the closed formula in circulation is off by up to a metre. */
export function gcj02FromBd09(position: Bd09): Gcj02 {
  let lng = position[0] - 0.0065;
  let lat = position[1] - 0.006;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const back = bd09FromGcj02(asGcj02(lng, lat));
    const east = position[0] - back[0];
    const north = position[1] - back[1];
    lng += east;
    lat += north;
    if (Math.max(Math.abs(east), Math.abs(north)) < TOLERANCE) break;
  }
  return asGcj02(lng, lat);
}
