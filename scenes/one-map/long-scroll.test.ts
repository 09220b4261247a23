// Tests of long lists: every row can be reached from the bar and is where the bar was put, however many there are.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstRow, listHeight, mostHeight, revealed, rowsSeen, scrollTopOf } from './long-scroll.ts';

const scroll = fc.record({ count: fc.integer({ min: 0, max: 60_000_000 }), rowHeight: fc.constant(26), height: fc.integer({ min: 20, max: 900 }) }); // biome-ignore format: one list

describe('a long list', () => {
  it('is never higher than a browser makes it, and begins and ends with its rows', () => {
    fc.assert(
      fc.property(scroll, (given) => {
        const high = listHeight(given);
        expect(high).toBeLessThanOrEqual(mostHeight);
        expect(firstRow(given, 0)).toBe(0);
        expect(firstRow(given, high - given.height)).toBe(Math.max(0, given.count - rowsSeen(given)));
      }),
    );
  });
  it('has a row first where the bar was put for it', () => {
    fc.assert(
      fc.property(scroll, fc.nat(60_000_000), (given, wanted) => {
        const row = Math.min(wanted, Math.max(0, given.count - rowsSeen(given)));
        expect(firstRow(given, scrollTopOf(given, row))).toBe(row);
      }),
    );
  });
  it('brings a row into sight by as little as needed', () => {
    fc.assert(
      fc.property(scroll, fc.nat(1_000_000), fc.nat(1_000_000), (given, first, index) => {
        const moved = revealed(given, first, index);
        expect(index).toBeGreaterThanOrEqual(moved);
        expect(index).toBeLessThan(moved + rowsSeen(given));
        if (index >= first && index < first + rowsSeen(given)) expect(moved).toBe(first);
      }),
    );
  });
});
