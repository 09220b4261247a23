// The province as an SVG outline: one path per city, drawn small and still beside the login form.

import type { LngLat } from '../../contracts/geo.ts';
import type { Area } from '../../geo-services/import/packed-geojson.ts';

export interface OutlineArea {
  readonly adcode: string;
  /** SVG path data. */
  readonly path: string;
}
export interface Outline {
  readonly width: number;
  readonly height: number;
  readonly areas: readonly OutlineArea[];
  /** Where a position lies on the drawing. */
  place(position: LngLat): readonly [number, number];
}

/** Snapping both sides of a border to one grid keeps it one line while four of five vertices go. */
const GRID = 0.5;

/** Fits the areas into `width`; equirectangular with the middle parallel true to scale, which at 6° across cannot be told from Mercator. */
export function outlineOf(areas: readonly Area<LngLat>[], width: number): Outline {
  const all = areas.flatMap((area) => area.polygons.flat(2));
  const longitudes = all.map(([lng]) => lng);
  const latitudes = all.map(([, lat]) => lat);
  const least = (values: readonly number[]): number => values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const most = (values: readonly number[]): number => values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  const [west, east, south, north] = [least(longitudes), most(longitudes), least(latitudes), most(latitudes)];
  const perLongitude = width / (east - west);
  const perLatitude = perLongitude / Math.cos((((south + north) / 2) * Math.PI) / 180);
  const snap = (value: number): number => Math.round(value / GRID) * GRID;
  const place = ([lng, lat]: LngLat): readonly [number, number] => [snap((lng - west) * perLongitude), snap((north - lat) * perLatitude)];

  function ringPath(ring: readonly LngLat[]): string {
    const points: string[] = [];
    for (const position of ring) {
      const point = place(position).join(' ');
      if (point !== points.at(-1)) points.push(point);
    }
    // An islet that has shrunk to a line is left out.
    return points.length < 4 ? '' : `M${points.join('L')}Z`;
  }
  return {
    width,
    height: Math.ceil((north - south) * perLatitude),
    areas: areas.map((area) => ({ adcode: area.id, path: area.polygons.flat().map(ringPath).join('') })),
    place,
  };
}
