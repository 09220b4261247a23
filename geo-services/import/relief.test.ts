// Shade and depth outlines on surfaces whose answer is known; the PNG read back.
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pngOf } from './png.file.ts';
import { depthOutlines, type HeightGrid, heightAt, shadePicture, smoothed } from './relief.ts';

function grid(height: (lng: number, lat: number) => number): HeightGrid {
  const [columns, rows, step] = [25, 25, 0.25];
  const heights = Array.from({ length: columns * rows }, (_, i) => height(120 + (i % columns) * step, 38 + Math.floor(i / columns) * step));
  return { west: 120, south: 38, step, columns, rows, heights };
}
const box = [121, 39, 125, 43] as const;
const middle = (picture: { width: number; height: number; pixels: Uint8Array }): [number, number] => {
  const at = (Math.floor(picture.height / 2) * picture.width + Math.floor(picture.width / 2)) * 2;
  return [picture.pixels[at] ?? -1, picture.pixels[at + 1] ?? -1];
};

describe('relief', () => {
  it('flat low ground and the sea are transparent', () => {
    expect(
      middle(
        shadePicture(
          grid(() => 20),
          box,
          40,
        ),
      )[1],
    ).toBeLessThan(3);
    expect(
      middle(
        shadePicture(
          grid(() => -30),
          box,
          40,
        ),
      )[1],
    ).toBe(0);
  });
  it('a slope towards the north-west is lit, one towards the south-east is dark', () => {
    const towards = (sign: number): HeightGrid => grid((lng, lat) => 500 + sign * 900 * (lng - 123 - (lat - 41)));
    expect(middle(shadePicture(towards(1), box, 40))[0]).toBe(255);
    const dark = middle(shadePicture(towards(-1), box, 40));
    expect(dark[0]).toBe(0);
    expect(dark[1]).toBeGreaterThan(20);
  });
  it('is as tall as Web Mercator wants it', () => {
    // 4° of longitude over the Mercator height of 39–43° N: 0.0926 / 0.0698 of the width.
    expect(
      shadePicture(
        grid(() => 0),
        box,
        100,
      ).height,
    ).toBe(133);
  });
  it('smoothing keeps a plane and stays within the heights', () => {
    const plane = smoothed(grid((lng) => lng * 10));
    expect(heightAt(plane, 123, 40)).toBeCloseTo(1230, 3);
  });

  it('property: depth outlines close: every end point is met an even number of times', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: -60, max: 20 })), (values) => {
        const heights: number[] = [];
        for (const value of values) {
          heights.push(value);
          if (heights.length === 64) break;
        }
        const outlines = depthOutlines({ west: 120, south: 38, step: 0.5, columns: 8, rows: 8, heights }, [10, 20], 2);
        for (const segments of outlines.values()) {
          const met = new Map<string, number>();
          for (const segment of segments) for (const end of segment) met.set(end.join(), (met.get(end.join()) ?? 0) + 1);
          expect([...met.values()].filter((count) => count % 2 !== 0)).toEqual([]);
        }
      }),
      { numRuns: 40 },
    );
  });
  it('a basin has one outline around its deep part, none below its floor', () => {
    const basin = grid((lng, lat) => -60 + 30 * Math.hypot(lng - 123, lat - 41));
    const outlines = depthOutlines(basin, [20, 80], 2);
    expect(outlines.get(80)).toEqual([]);
    const reach = (outlines.get(20) ?? []).map(([from]) => Math.hypot(from[0] - 123, from[1] - 41));
    expect(reach.length).toBeGreaterThan(20);
    // 20 m deep at (60 − 20) / 30 = 1.33°; the spline flattens a cone a little.
    for (const distance of reach) expect(Math.abs(distance - 1.33)).toBeLessThan(0.05);
  });
});

describe('PNG', () => {
  it('ISO/IEC 15948: rows come back through filter Up', () => {
    const pixels = Uint8Array.from([0, 10, 255, 20, 0, 30, 255, 250]);
    const png = pngOf({ width: 2, height: 2, pixels });
    expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect([png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]]).toEqual([2, 2, 8, 4]);
    const start = png.indexOf('IDAT') + 4;
    const raw = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)));
    const rows: number[] = [];
    for (let row = 0; row < 2; row++)
      for (let i = 0; i < 4; i++) rows.push(((raw[row * 5 + 1 + i] ?? 0) + (rows[(row - 1) * 4 + i] ?? 0)) & 255);
    expect(rows).toEqual([...pixels]);
    expect([raw[0], raw[5]]).toEqual([2, 2]);
    // CRC of the empty IEND chunk, fixed by the standard.
    expect(png.subarray(-4).toString('hex')).toBe('ae426082');
  });
});
