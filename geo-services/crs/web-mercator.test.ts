// EPSG:3857 and WebMercatorQuad against published figures, and round trips.
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LngLat } from '../../contracts/geo.ts';
import { HALF_WORLD, lngLatFromWebMercator, MAX_LATITUDE, tileBBox, tileEnvelope, tileOf, webMercatorFromLngLat } from './web-mercator.ts';

describe('EPSG:3857', () => {
  it('OGC 17-083r4 D.1: the world is ±20037508.3427892 m and ends at 85.0511288°', () => {
    expect(HALF_WORLD).toBeCloseTo(20037508.3427892, 6);
    expect(MAX_LATITUDE).toBeCloseTo(85.0511287798, 9);
    expect([...tileEnvelope({ z: 0, x: 0, y: 0 })]).toEqual([-HALF_WORLD, -HALF_WORLD, HALF_WORLD, HALF_WORLD]);
  });

  // 沈阳 [123.4315, 41.8057]: column (123.4315 + 180) / 360 × 2^z; rows by the map-tile formula.
  it.each([
    { z: 0, x: 0, y: 0 },
    { z: 7, x: 107, y: 47 },
    { z: 10, x: 863, y: 380 },
  ])('Shenyang lies in tile $z/$x/$y', (tile) => {
    expect(tileOf([123.4315, 41.8057], tile.z)).toEqual(tile);
  });

  it('property: degrees → metres → degrees', () => {
    fc.assert(
      fc.property(fc.double({ min: -180, max: 180, noNaN: true }), fc.double({ min: -85, max: 85, noNaN: true }), (lng, lat) => {
        const back = lngLatFromWebMercator(webMercatorFromLngLat([lng, lat]));
        expect(Math.abs(back[0] - lng)).toBeLessThan(1e-9);
        expect(Math.abs(back[1] - lat)).toBeLessThan(1e-9);
      }),
    );
  });

  it('property: a position lies in the box of its own tile', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.double({ min: -85, max: 85, noNaN: true }),
        fc.integer({ min: 0, max: 20 }),
        (lng, lat, z) => {
          const [west, south, east, north] = tileBBox(tileOf([lng, lat], z));
          expect(lng).toBeGreaterThanOrEqual(west - 1e-9);
          expect(lng).toBeLessThanOrEqual(east + 1e-9);
          expect(lat).toBeGreaterThanOrEqual(south - 1e-9);
          expect(lat).toBeLessThanOrEqual(north + 1e-9);
        },
      ),
    );
  });

  const cities = '../shared/data/crs/china_cities_wgs84_gcj02_bd09.json';
  it.skipIf(!existsSync(cities))('agrees with the projected cities of gcoord (skipped where they are absent)', () => {
    const table = JSON.parse(readFileSync(cities, 'utf8')) as { coords: { WGS84: LngLat; EPSG3857: LngLat } }[];
    for (const { coords } of table) {
      const [x, y] = webMercatorFromLngLat(coords.WGS84);
      expect(Math.hypot(x - coords.EPSG3857[0], y - coords.EPSG3857[1])).toBeLessThan(0.02);
    }
    expect(table.length).toBeGreaterThan(300);
  });
});
