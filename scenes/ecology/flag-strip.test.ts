// Tests of the strip of flags: HJ 212-2017 table 8.
import { describe, expect, it } from 'vitest';
import type { HistoryPoint } from '../../contracts/wire.ts';
import { flagStrip, flagText } from './flag-strip.ts';

const HOUR = 3_600_000;
const point = (hour: number, flag: string | null): HistoryPoint => ({
  phenomenonTime: hour * HOUR,
  result: 1,
  quality: 'good',
  failed: [],
  flag,
  frame: 1,
  received: 0,
});

describe('flag strip', () => {
  it('shows the odd flag of a slot before the plain one, and an empty slot as empty', () => {
    const { cells } = flagStrip([point(0, 'N'), point(0.5, 'M'), point(2, 'N')], 0, 3 * HOUR, 3);
    expect(cells.map((cell) => cell.flag)).toEqual(['M', '', 'N']);
    expect(cells[1]?.title).toContain('缺测');
  });
  it('says so when the device sends no flags at all', () => {
    const strip = flagStrip([point(0, null)], 0, 2 * HOUR, 2);
    expect(strip.cells.map((cell) => cell.flag)).toEqual(['', '']);
    expect(strip.note([])).toContain('不带标记');
  });
  it.each([
    ['N', 'N 正常'],
    ['T', 'T 超上限'],
    ['Q', 'Q'],
    [null, '未带'],
  ])('%s', (flag, text) => {
    expect(flagText(flag)).toBe(text);
  });
});
