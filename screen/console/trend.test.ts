// Tests of trend: change per hour, broken lines, medians.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Quality } from '../../contracts/observation.ts';
import { breakAtGaps, changePerHour, medianSeries, type TrendPoint } from './trend.ts';

const HOUR = 3_600_000;
const point = (hours: number, result: number | null, quality: Quality = 'good'): TrendPoint => ({
  phenomenonTime: hours * HOUR,
  result,
  quality,
});

describe('changePerHour', () => {
  const cases: readonly (readonly [string, TrendPoint[], number | null])[] = [
    ['hour means', [point(9, 146), point(10, 187)], 41],
    ['five-minute values take the one an hour before', [point(9, 10), point(9.5, 99), point(10, 12)], 2],
    ['a missing hour: the slope over two', [point(8, 10), point(10, 20)], 5],
    ['a longer hole: not known', [point(7, 10), point(10, 20)], null],
    ['null is not zero', [point(9, null, 'missing'), point(10, 20)], null],
    ['a bad value is not reckoned with', [point(9, 500, 'bad'), point(8.5, 10), point(10, 16)], 4],
    ['nothing', [], null],
  ];
  it.each(cases)('%s', (_, points, expected) => {
    expect(changePerHour(points)).toBe(expected);
  });
  it('does not depend on the order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([point(8, 1), point(8.5, 4), point(9, 2), point(9.4, 8), point(10, 7)]), (points) => {
        expect(changePerHour(points)).toBe(changePerHour([...points].reverse()));
      }),
    );
  });
});

describe('breakAtGaps', () => {
  it('puts a null where a reading is late, keeps the null that was sent, and joins nothing', () => {
    expect(breakAtGaps([point(3, 5), point(1, 1), point(2, null, 'missing')], 3600).map(([, value]) => value)).toEqual([1, null, 5]);
    expect(breakAtGaps([point(1, 1), point(3, 5)], 3600)).toEqual([
      [HOUR, 1],
      [2 * HOUR, null],
      [3 * HOUR, 5],
    ]);
    expect(breakAtGaps([point(1, 0), point(2, 0)], 3600).map(([, value]) => value)).toEqual([0, 0]);
  });
});

describe('medianSeries', () => {
  it('takes the middle of each hour and leaves out hours with one voice', () => {
    const series = [[point(1, 10), point(2, 1)], [point(1, 30)], [point(1.2, 20)], [point(1, 900, 'bad')]];
    expect(medianSeries(series, 3600)).toEqual([[HOUR, 20]]);
  });
});
