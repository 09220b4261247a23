// A place as people type it: longitude and latitude in degrees, in either order where only one can be meant. Pure.
import type { LngLat } from '../../contracts/geo.ts';

/** `123.43, 41.8` · `41.8 123.43` · `123.43E 41.8N` · `东经123.43 北纬41.8`; null: it is no place. */
export function placeIn(text: string): LngLat | null {
  const plain = text
    .trim()
    .replace(/[东北]经|北纬|东经|[°度NnEe]/g, ' ')
    .replace(/[,，;；/]/g, ' ');
  const [, first, second] = /^\s*(\d{1,3}(?:\.\d+)?)\s+(\d{1,3}(?:\.\d+)?)\s*$/.exec(plain)?.map(Number) ?? [];
  if (first === undefined || second === undefined) return null;
  // The sea and the land around Liaoning: its longitudes are no latitudes.
  const [lng, lat] = first > second ? [first, second] : [second, first];
  return lng >= 73 && lng <= 136 && lat >= 3 && lat <= 54 ? [lng, lat] : null;
}
