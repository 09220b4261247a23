// Fire hotspots that are still on the map: confidence and power of one sighting together, and where it is in words. Pure.
import { cities } from '../../contracts/adcodes.data.ts';
import type { AdCode, LngLat } from '../../contracts/geo.ts';
import type { Instant, Provenance, Quality } from '../../contracts/observation.ts';
import type { ObservationEvent } from '../../contracts/wire.ts';
import { fireHotspot } from '../../streams/forestry/fire-hotspot.ts';

export interface Hotspot {
  readonly key: string;
  readonly time: Instant;
  readonly position: LngLat | null;
  /** %; null: not sent. */
  readonly confidence: number | null;
  /** MW; null: not sent. */
  readonly power: number | null;
  readonly seenBy: string;
  readonly place: string;
  readonly quality: Quality;
  readonly provenance: Provenance;
  /** Of the confidence, for its lineage. */
  readonly datastream: number;
}
/** Newest first; events older than the stream keeps them are gone. */
export function hotspots(events: readonly ObservationEvent[], now: Instant): Hotspot[] {
  const found = new Map<string, Hotspot>();
  for (const event of events) {
    if (now - event.phenomenonTime >= (fireHotspot.activeSeconds ?? 0) * 1000) continue;
    // One pixel of one pass: same eye, same moment, same place.
    const key = `${event.thing}@${event.phenomenonTime}@${event.position?.join(',') ?? event.identity}`;
    const before = found.get(key);
    const code = event.series.split('/')[0];
    found.set(key, {
      key,
      time: event.phenomenonTime,
      position: event.position,
      confidence: code === 'fire-confidence' ? event.result : (before?.confidence ?? null),
      power: code === 'frp' ? event.result : (before?.power ?? null),
      seenBy: event.thingName,
      place: event.position ? placeWords(event.position) : event.thingName,
      quality: before && before.quality !== 'good' ? before.quality : event.quality,
      provenance: event.provenance,
      datastream: code === 'fire-confidence' ? event.datastream : (before?.datastream ?? event.datastream),
    });
  }
  return [...found.values()].sort((a, b) => b.time - a.time || (b.confidence ?? 0) - (a.confidence ?? 0));
}

const directions = ['北', '东北', '东', '东南', '南', '西南', '西', '西北'] as const;
/** The city whose seat is nearest: distance on a sphere of 6371 km, bearing from the seat in degrees. */
export function nearestCity(position: LngLat): {
  readonly adcode: AdCode;
  readonly name: string;
  readonly km: number;
  readonly bearing: number;
} {
  let nearest = { adcode: '', name: '', km: Number.POSITIVE_INFINITY, bearing: 0 };
  for (const { adcode, short, centre } of cities) {
    const [dx, dy] = offsetKm(centre, position);
    const km = Math.hypot(dx, dy);
    if (km < nearest.km) nearest = { adcode, name: short, km, bearing: (Math.atan2(dx, dy) * 180) / Math.PI };
  }
  return nearest;
}
/** 抚顺东北 62 km: direction and distance from the nearest city seat. */
export function placeWords(position: LngLat): string {
  const nearest = nearestCity(position);
  if (nearest.km < 3) return `${nearest.name}城区`;
  const eighth = Math.round(((nearest.bearing + 360) % 360) / 45) % 8;
  return `${nearest.name}${directions[eighth]} ${Math.round(nearest.km)} km`;
}
/** East and north offset in km, exact enough over a province. */
function offsetKm(from: LngLat, to: LngLat): [number, number] {
  const degree = (Math.PI / 180) * 6371;
  return [(to[0] - from[0]) * degree * Math.cos((((from[1] + to[1]) / 2) * Math.PI) / 180), (to[1] - from[1]) * degree];
}
