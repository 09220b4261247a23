// GCJ-02 and BD-09 against published points, and exact round trips.
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LngLat } from '../../contracts/geo.ts';
import { asBd09, asGcj02, bd09FromGcj02, gcj02FromBd09, gcj02FromWgs84, isShifted, wgs84FromGcj02 } from './gcj02.ts';

/** Metres, good enough near 40° N. */
function metres(a: readonly [number, number], b: readonly [number, number]): number {
  return Math.hypot((a[0] - b[0]) * 111320 * Math.cos((a[1] * Math.PI) / 180), (a[1] - b[1]) * 110950);
}

// Reference values published with eviltransform's own tests.
const published: readonly { name: string; wgs84: LngLat; gcj02: LngLat }[] = [
  { name: '上海', wgs84: [121.5272106, 31.1774276], gcj02: [121.531541859215, 31.17530398364597] },
  { name: '深圳', wgs84: [113.912316, 22.543847], gcj02: [113.9171764808363, 22.540796131694766] },
  { name: '北京', wgs84: [116.377817, 39.911954], gcj02: [116.38404722455657, 39.91334545536069] },
];

describe('GCJ-02', () => {
  it.each(published)('forward at $name agrees with eviltransform', ({ wgs84, gcj02 }) => {
    expect(metres(gcj02FromWgs84(wgs84), gcj02)).toBeLessThan(1e-5);
  });

  it('moves Shenyang by some 570 m: an unconverted file would be visibly off', () => {
    const wgs84: LngLat = [123.4315, 41.8057];
    expect(metres(wgs84, gcj02FromWgs84(wgs84))).toBeGreaterThan(300);
  });

  it('leaves positions outside the box alone', () => {
    for (const position of [
      [2.35, 48.85],
      [139.7, 35.7],
      [121, 60],
    ] as LngLat[]) {
      expect(isShifted(position)).toBe(false);
      expect([...gcj02FromWgs84(position)]).toEqual([...position]);
      expect([...wgs84FromGcj02(asGcj02(...position))]).toEqual([...position]);
    }
  });

  it('property: there and back is the same place to a tenth of a millimetre', () => {
    fc.assert(
      fc.property(fc.double({ min: 74, max: 135, noNaN: true }), fc.double({ min: 3, max: 54, noNaN: true }), (lng, lat) => {
        expect(metres(wgs84FromGcj02(gcj02FromWgs84([lng, lat])), [lng, lat])).toBeLessThan(1e-4);
      }),
    );
  });

  it('property: BD-09 there and back', () => {
    fc.assert(
      fc.property(fc.double({ min: 74, max: 135, noNaN: true }), fc.double({ min: 3, max: 54, noNaN: true }), (lng, lat) => {
        expect(metres(gcj02FromBd09(bd09FromGcj02(asGcj02(lng, lat))), [lng, lat])).toBeLessThan(1e-4);
      }),
    );
  });

  const standard = '../shared/standards/gcj02.json';
  it.skipIf(!existsSync(standard))('agrees with every point of the reference table (skipped where it is absent)', () => {
    const table = JSON.parse(readFileSync(standard, 'utf8')) as { points: { wgs84: LngLat; gcj02: LngLat; bd09: LngLat }[] };
    for (const point of table.points) {
      const gcj02 = gcj02FromWgs84(point.wgs84);
      expect(metres(gcj02, point.gcj02)).toBeLessThan(1e-4);
      expect(metres(bd09FromGcj02(gcj02), point.bd09)).toBeLessThan(0.01);
      expect(metres(wgs84FromGcj02(asGcj02(...point.gcj02)), point.wgs84)).toBeLessThan(0.001);
    }
    expect(table.points.length).toBeGreaterThanOrEqual(10);
  });

  const cities = '../shared/data/crs/china_cities_wgs84_gcj02_bd09.json';
  it.skipIf(!existsSync(cities))('agrees with the surveyed cities of gcoord (skipped where they are absent)', () => {
    const table = JSON.parse(readFileSync(cities, 'utf8')) as { coords: { WGS84: LngLat; GCJ02: LngLat; BD09: LngLat } }[];
    for (const { coords } of table) {
      // Their WGS 84 was made from GCJ-02 by an approximate inverse and rounded to 7 digits: a metre.
      expect(metres(wgs84FromGcj02(asGcj02(...coords.GCJ02)), coords.WGS84)).toBeLessThan(1.5);
      expect(metres(gcj02FromBd09(asBd09(...coords.BD09)), coords.GCJ02)).toBeLessThan(1.5);
    }
    expect(table.length).toBeGreaterThan(300);
  });
});
