// Sparklines: gaps stay gaps, everything stays in its box.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sparkGeometry } from './spark.ts';

describe('spark geometry', () => {
  it.each([
    [
      'joins neighbours',
      [
        [0, 1],
        [5, 3],
        [10, 2],
      ],
      5,
      'M0 100L50 0L100 50',
    ],
    [
      'breaks at a missing value',
      [
        [0, 1],
        [5, null],
        [10, 3],
      ],
      10,
      'M0 100M100 0',
    ],
    [
      'breaks at a long step',
      [
        [0, 1],
        [2, 2],
        [10, 3],
      ],
      4,
      'M0 100L20 50M100 0',
    ],
    [
      'lays a flat line in the middle',
      [
        [0, 2],
        [10, 2],
      ],
      10,
      'M0 50L100 50',
    ],
    ['is nothing without values', [[0, null]], 10, ''],
  ] as const)('%s', (_, points, gap, path) => {
    expect(sparkGeometry(points, 0, 10, gap).path).toBe(path);
  });
  it('never leaves its box', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -50, max: 150 }), fc.option(fc.double({ noNaN: true, min: -1e6, max: 1e6 })))),
        (points) => {
          const sorted = [...points].sort((a, b) => a[0] - b[0]);
          const { path, last } = sparkGeometry(sorted, 0, 100, 20, 0, 50);
          for (const figure of path.match(/-?[\d.]+/g) ?? []) {
            expect(Number(figure)).toBeGreaterThanOrEqual(0);
            expect(Number(figure)).toBeLessThanOrEqual(100);
          }
          expect(last === null).toBe(!sorted.some(([at, value]) => value !== null && at >= 0 && at <= 100));
        },
      ),
    );
  });
});
