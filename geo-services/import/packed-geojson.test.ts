// The packed boundary maps: round trips, the real files, and refusals.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { asGcj02 } from '../crs/gcj02.ts';
import { convertArea, decodePackedMap, decodeRing, encodeRing, multiPolygonText } from './packed-geojson.ts';
import { installedPaths } from './sources.file.ts';

const cities = '210100 210200 210300 210400 210500 210600 210700 210800 210900 211000 211100 211200 211300 211400'.split(' ');

describe('packed GeoJSON of ECharts 4', () => {
  it('decodes a ring by hand: steps are zig-zag, 64 is zero', () => {
    // 'B' = 66 − 64 = 2 → +1; 'A' = 1 → −1; '@' = 0.
    expect(decodeRing('@@B@@BA@', [1024, 2048]).map((p) => [...p])).toEqual([
      [1, 2],
      [1025 / 1024, 2],
      [1025 / 1024, 2049 / 1024],
      [1, 2049 / 1024],
    ]);
  });

  it('property: encode and decode are inverse on the grid', () => {
    const degree = fc.integer({ min: -180 * 1024, max: 180 * 1024 });
    fc.assert(
      fc.property(fc.array(fc.tuple(degree, degree), { maxLength: 40 }), fc.tuple(degree, degree), (grid, offset) => {
        // One UTF-16 unit holds a step of at most 32735 grid units: walk, do not jump.
        const near = grid.map(([x, y]) => asGcj02((offset[0] + (x % 9000)) / 1024, (offset[1] + (y % 9000)) / 1024));
        expect(decodeRing(encodeRing(near, offset), offset).map((p) => [...p])).toEqual(near.map((p) => [...p]));
      }),
    );
  });

  it('property: any text is decoded or refused as a Problem', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          expect(decodeRing(text, [0, 0]).length * 2).toBe(text.length);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
    );
  });

  it('the real file holds the 14 cities of Liaoning with their seats', () => {
    const areas = decodePackedMap(readFileSync(installedPaths().province, 'utf8'));
    expect(areas.map((area) => area.id).sort()).toEqual(cities);
    for (const area of areas) {
      expect(area.centre).not.toBeNull();
      for (const rings of area.polygons)
        for (const ring of rings)
          for (const [lng, lat] of ring) {
            expect(lng > 118.5 && lng < 126).toBe(true);
            expect(lat > 38 && lat < 43.7).toBe(true);
          }
    }
  });

  it('refuses an ordinary GeoJSON', () => {
    expect(() => decodePackedMap('{"type":"FeatureCollection","features":[]}')).toThrow(Problem);
  });

  it('closes open rings and drops what is no ring', () => {
    const area = { id: '', name: '', centre: null, polygons: [[[asGcj02(0, 0), asGcj02(1, 0), asGcj02(1, 1)]], [[asGcj02(5, 5)]]] };
    const converted = convertArea(area, (p) => [p[0] + 1, p[1]] as const);
    expect(JSON.parse(multiPolygonText(converted.polygons))).toEqual({
      type: 'MultiPolygon',
      coordinates: [
        [
          [
            [1, 0],
            [2, 0],
            [2, 1],
            [1, 0],
          ],
        ],
      ],
    });
  });
});
