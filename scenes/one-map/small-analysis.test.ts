// Tests of analysis in the page against known figures of the sphere, and parts that must add up to the whole.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, type Shape } from './shape-size.ts';
import { measureOf, partOf, type SmallRow, smallBuffer, smallOverlay, smallStatistics } from './small-analysis.ts';

const square = (x: number, y: number, side: number): Shape => ({ type: 'Polygon', coordinates: [[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]] }); // biome-ignore format: five corners
const at = (x: number, y: number): Shape => ({ type: 'Point', coordinates: [x, y] });
const row = (id: number, geometry: Shape | null, size: number | null = null): SmallRow => ({ id, geometry, properties: { size } });

describe('analysis in the page', () => {
  it.each([500, 5000, 50_000])('widens a point by %i m to a disc', (metres) => {
    const made = smallBuffer(at(123, 41), metres);
    const ratio = (made?.squareMetres ?? 0) / (Math.PI * metres ** 2);
    // 64 sides are 0.16 % short of a circle.
    expect(ratio).toBeGreaterThan(0.99);
    expect(ratio).toBeLessThan(1.005);
  });
  it('cuts an area into what adds up to it', () => {
    const side = fc.integer({ min: 2, max: 90 }).map((n) => n / 100);
    const place = fc.integer({ min: -80, max: 80 }).map((n) => n / 100);
    fc.assert(
      fc.property(side, side, place, place, (a, b, dx, dy) => {
        const [whole, cutter] = [square(123, 41, a), square(123 + dx, 41 + dy, b)];
        const measure = (keep: 'inside' | 'outside'): number => { const part = partOf(whole, cutter, keep); return part ? (measureOf(part) ?? 0) : 0; }; // biome-ignore format: one rule
        expect((measure('inside') + measure('outside')) / (measureOf(whole) ?? 1)).toBeCloseTo(1, 3);
      }),
      { numRuns: 60 },
    );
  });
  it('cuts a line at the rim, and there and back again', () => {
    const line: Shape = { type: 'LineString', coordinates: [[122.5, 41.5], [124.5, 41.5]] }; // biome-ignore format: two ends
    const inside = partOf(line, square(123, 41, 1), 'inside');
    const outside = partOf(line, square(123, 41, 1), 'outside');
    expect(inside?.type).toBe('LineString');
    expect(outside?.type).toBe('MultiLineString');
    // Pieces are cut on the straight line in degrees, which the great circle between its ends leaves by a little.
    expect(((measureOf(inside as Shape) ?? 0) + (measureOf(outside as Shape) ?? 0)) / (measureOf(line) ?? 1)).toBeCloseTo(1, 4);
    expect(partOf(line, square(10, 10, 1), 'inside')).toBeNull();
    expect(partOf(line, square(10, 10, 1), 'outside')).toEqual(line);
  });
  it('keeps points by where they lie, and counts what touches', () => {
    const rows = [
      row(1, at(123.5, 41.5), 4),
      row(2, at(125, 41.5), 100),
      row(3, at(123.1, 41.1), 6),
      row(4, null, 1),
      row(5, at(123.9, 41.9)),
    ];
    const area = square(123, 41, 1);
    expect(smallOverlay(rows, area, 'inside').features.map(({ id }) => id)).toEqual([1, 3, 5]);
    expect(smallOverlay(rows, area, 'outside').features.map(({ id }) => id)).toEqual([2]);
    expect(smallOverlay(rows, area, 'inside').measure).toBeNull();
    expect(smallStatistics(rows, area, 'size')).toEqual({ count: 3, measure: null, sum: 10, mean: 5, least: 4, most: 6 });
    expect(smallStatistics([], area, 'size')).toMatchObject({ count: 0, sum: null, mean: null });
  });
  it('counts the corners of any shape', () => {
    expect([cornersOf(null), cornersOf(at(1, 2)), cornersOf(square(0, 0, 1)), cornersOf({ type: 'MultiPolygon', coordinates: [[[[0, 0], [1, 0]]], [[[2, 2]]]] })]).toEqual([0, 1, 5, 3]); // biome-ignore format: one list
  });
});
