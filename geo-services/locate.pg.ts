// In which city a point lies: the division polygons held in memory, asked for every satellite hotspot that comes in.
import { booleanPointInPolygon } from '@turf/turf';
import type { AdCode, LngLat } from '../contracts/geo.ts';
import type { Queryable } from './queryable.ts';

interface Area {
  readonly adcode: AdCode;
  readonly bbox: readonly [west: number, south: number, east: number, north: number];
  readonly geometry: { readonly type: 'MultiPolygon'; readonly coordinates: number[][][][] };
}

export type Locate = (position: LngLat) => AdCode | null;

/**
 * Reads the city polygons (division, CGCS2000 degrees) and gives a function that answers with the six-digit code of the city, or null out at
 * sea and beyond the province. Borders belong to the first that contains them. @throws the database's error
 */
export async function openLocator(database: Queryable): Promise<Locate> {
  const rows = await database.query<{ adcode: string; box: number[]; geojson: string }>(
    `SELECT adcode, ARRAY[ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)] AS box, ST_AsGeoJSON(geom, 7) AS geojson
     FROM division WHERE level = 'city' ORDER BY adcode`,
  );
  const areas = rows.map(({ adcode, box, geojson }): Area => {
    const [west = 0, south = 0, east = 0, north = 0] = box;
    return { adcode, bbox: [west, south, east, north], geometry: JSON.parse(geojson) as Area['geometry'] };
  });
  return ([lng, lat]) => {
    for (const { adcode, bbox, geometry } of areas) {
      const [west, south, east, north] = bbox;
      if (lng < west || lng > east || lat < south || lat > north) continue;
      if (booleanPointInPolygon([lng, lat], geometry)) return adcode;
    }
    return null;
  };
}
