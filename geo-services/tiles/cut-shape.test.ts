// Thinning and cutting shapes of whole numbers: nothing is moved farther than was allowed, nothing is left outside, nothing inside is lost.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutShape, ShapeBuffer, thin } from './cut-shape.ts';
import { LINE, POLYGON } from './ewkb.ts';

type Point = readonly [number, number];
function shapeOf(kind: number, parts: readonly (readonly Point[])[]): ShapeBuffer {
  const shape = new ShapeBuffer();
  shape.clear(kind);
  for (const [n, part] of parts.entries()) {
    for (const [x, y] of part) shape.add(x, y);
    shape.end(n === 0);
  }
  return shape;
}
function partsOf(shape: ShapeBuffer): Point[][] {
  return Array.from({ length: shape.count }, (_, n) => {
    const all: Point[] = [];
    for (let i = n === 0 ? 0 : (shape.ends[n - 1] as number); i < (shape.ends[n] as number); i += 2)
      all.push([shape.positions[i] as number, shape.positions[i + 1] as number]);
    return all;
  });
}
function distance([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const t = dx * dx + dy * dy > 0 ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy))) : 0;
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
const toLine = (point: Point, line: readonly Point[]): number =>
  Math.min(...line.map((one, n) => distance(point, line[Math.max(0, n - 1)] as Point, one)));
const closed = (ring: readonly Point[]): Point[] => [...ring, ring[0] as Point];
const area = (ring: readonly Point[]): number =>
  closed(ring).reduce((sum, [x, y], n, all) => (n === 0 ? 0 : sum + ((all[n - 1] as Point)[0] * y - x * (all[n - 1] as Point)[1]) / 2), 0);
const point: fc.Arbitrary<Point> = fc.tuple(fc.integer({ min: -6000, max: 9000 }), fc.integer({ min: -6000, max: 9000 }));
const many = (least: number): fc.Arbitrary<Point[]> => fc.array(point, { minLength: least, maxLength: 40 });

describe('thin', () => {
  it('property: what is left is of what was there, ends stay, and no corner was farther from it than allowed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(LINE, POLYGON),
        fc.array(many(3), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(1.5, 200),
        (kind, parts, tolerance) => {
          const shape = shapeOf(kind, parts);
          thin(shape, tolerance);
          const left = partsOf(shape);
          expect(left.length).toBe(parts.length);
          for (const [n, part] of parts.entries()) {
            const kept = left[n] as Point[];
            expect(kept[0]).toEqual(part[0]);
            if (kind === LINE) expect(kept.at(-1)).toEqual(part.at(-1));
            else expect(kept.length).toBeGreaterThanOrEqual(3);
            const outline = kind === LINE ? kept : closed(kept);
            for (const one of part) expect(toLine(one, outline)).toBeLessThanOrEqual(tolerance + 1e-9);
            expect(kept.every((one) => part.some(([x, y]) => x === one[0] && y === one[1]))).toBe(true);
          }
        },
      ),
    );
  });
  it('leaves of many corners on a line its ends', () => {
    const shape = shapeOf(LINE, [Array.from({ length: 50 }, (_, n): Point => [n * 3, n * 2 + (n % 2)])]);
    thin(shape, 1.5);
    expect(partsOf(shape)).toEqual([[[0, 0], [147, 99]]]); // biome-ignore format: a line
  });
});

describe('cutShape', () => {
  const [low, high] = [-64, 4160];
  const inside = ([x, y]: Point): boolean => x >= low && x <= high && y >= low && y <= high;
  it('property: of lines every corner inside stays and none lies outside', () => {
    fc.assert(
      fc.property(many(2), (line) => {
        const to = new ShapeBuffer();
        cutShape(shapeOf(LINE, [line]), to, low, high);
        const all = partsOf(to).flat();
        expect(all.every(inside)).toBe(true);
        for (const one of line.filter(inside)) expect(all).toContainEqual(one);
        for (const one of all) expect(toLine(one, line)).toBeLessThan(1);
      }),
    );
  });
  it('property: of a convex ring just the common area stays', () => {
    const ellipse = fc.tuple(
      point,
      fc.integer({ min: 50, max: 5000 }),
      fc.integer({ min: 50, max: 5000 }),
      fc.integer({ min: 3, max: 30 }),
    );
    fc.assert(
      fc.property(ellipse, ([[cx, cy], a, b, corners]) => {
        const ring = Array.from({ length: corners }, (_, n): Point => [Math.round(cx + a * Math.cos((n * 2 * Math.PI) / corners)), Math.round(cy + b * Math.sin((n * 2 * Math.PI) / corners))]); // biome-ignore format: a ring
        const to = new ShapeBuffer();
        cutShape(shapeOf(POLYGON, [ring]), to, low, high);
        const left = partsOf(to);
        expect(left.flat().every(inside)).toBe(true);
        // By strips: how much of each row of the window lies in the ring.
        let common = 0;
        const step = (high - low) / 400;
        for (let y = low + step / 2; y < high; y += step) {
          const crossings = closed(ring).flatMap(([x2, y2], n, all) => {
            const [x1, y1] = all[Math.max(0, n - 1)] as Point;
            return n > 0 && y1 < y !== y2 < y ? [x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)] : [];
          });
          if (crossings.length === 2)
            common += Math.max(0, Math.min(high, Math.max(...crossings)) - Math.max(low, Math.min(...crossings))) * step;
        }
        expect(Math.abs(left.reduce((sum, one) => sum + Math.abs(area(one)), 0) - common)).toBeLessThan(20_000 + common * 0.01);
      }),
    );
  });
  it('leaves nothing of what lies beside, and all of what lies within', () => {
    const to = new ShapeBuffer();
    cutShape(shapeOf(POLYGON, [[[5000, 5000], [6000, 5000], [6000, 6000]]]), to, low, high); // biome-ignore format: a ring
    expect(to.count).toBe(0);
    const ring: Point[] = [[0, 0], [100, 0], [100, 100]]; // biome-ignore format: a ring
    cutShape(shapeOf(POLYGON, [ring]), to, low, high);
    expect(Math.abs(area(partsOf(to)[0] as Point[]))).toBe(5000);
  });
});
