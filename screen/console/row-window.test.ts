// Tests of the row window: short lists whole, long lists by what is in sight.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowWindow, scrollToRow } from './row-window.ts';

describe('row window', () => {
  it('draws up to 300 rows whole', () => {
    expect(rowWindow(300, 31, 5000, 400)).toEqual({ first: 0, end: 300, before: 0, after: 0 });
  });
  it('always covers what is in sight, and the heights add up to the whole', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 301, max: 20_000 }),
        fc.integer({ min: 0, max: 700_000 }),
        fc.integer({ min: 1, max: 2000 }),
        (count, scroll, height) => {
          const scrollTop = Math.min(scroll, Math.max(0, count * 31 - height));
          const { first, end, before, after } = rowWindow(count, 31, scrollTop, height);
          expect(before + (end - first) * 31 + after).toBe(count * 31);
          expect(first * 31).toBeLessThanOrEqual(scrollTop);
          expect(end * 31).toBeGreaterThanOrEqual(Math.min(count * 31, scrollTop + height));
          expect(end - first).toBeLessThan(height / 31 + 20);
        },
      ),
    );
  });
  it('scrolls no farther than needed', () => {
    expect(scrollToRow(3, 30, 0, 300)).toBeNull();
    expect(scrollToRow(0, 30, 60, 300)).toBe(0);
    expect(scrollToRow(10, 30, 0, 300)).toBe(30);
  });
});
