// Words that the address of every desk page writes alike: a moment, a camera, one of a list. Reads anything; what it cannot read is null.
import { type BBox, insideBBox, LIAONING_BBOX, type LngLat } from '../../contracts/geo.ts';
import type { Instant } from '../../contracts/observation.ts';

export interface Camera {
  readonly center: LngLat;
  readonly zoom: number;
}

/** The part of vue-router's query that is read here: a value, an empty key, or a key given several times. */
export type Query = Readonly<Record<string, string | null | undefined | readonly (string | null)[]>>;

const cameraBox: BBox = [LIAONING_BBOX[0] - 6, LIAONING_BBOX[1] - 6, LIAONING_BBOX[2] + 6, LIAONING_BBOX[3] + 6];

/** The first value of a key; null: none, or an empty one. */
export function firstOf(query: Query, key: string): string | null {
  const value = query[key];
  const text = Array.isArray(value) ? value[0] : value;
  return typeof text === 'string' && text !== '' ? text : null;
}

export function oneOf<T extends string>(allowed: readonly T[], text: string | null): T | null {
  return allowed.find((value) => value === text) ?? null;
}

/** 2026-11-24T11:20:00+08:00: the wall clock of Liaoning, to the second, so that a person can read and change it. */
export function writeInstant(at: Instant): string {
  return `${new Date(Math.floor(at / 1000) * 1000 + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
}
export function readInstant(text: string | null): Instant | null {
  // A plus sign that was not escaped arrives as a blank.
  if (text === null || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+ -]\d\d:\d\d)$/.test(text)) return null;
  const at = Date.parse(text.replace(' ', '+'));
  return Number.isFinite(at) ? Math.floor(at / 1000) * 1000 : null;
}

/** zoom/lat/lng as map addresses have it. */
export function writeCamera(camera: Camera): string {
  return `${camera.zoom.toFixed(2)}/${camera.center[1].toFixed(4)}/${camera.center[0].toFixed(4)}`;
}
export function readCamera(text: string | null): Camera | null {
  const numbers = text?.split('/').map((part) => (/^-?\d{1,3}(\.\d+)?$/.test(part) ? Number(part) : Number.NaN)) ?? [];
  const [zoom = Number.NaN, lat = Number.NaN, lng = Number.NaN] = numbers;
  if (numbers.length !== 3 || !(zoom >= 3 && zoom <= 20) || !insideBBox([lng, lat], cameraBox)) return null;
  return { center: [lng, lat], zoom };
}
