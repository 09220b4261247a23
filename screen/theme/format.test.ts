// Numbers, ages and times as printed: cases as data.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  age,
  clock,
  date,
  dateTime,
  nearClock,
  none,
  number,
  percent,
  roundSpan,
  secondsOf,
  shortSpan,
  signed,
  span,
  weekday,
} from './format.ts';

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe('numbers', () => {
  it.each([
    [0, 0, '0'],
    [-0.32, 2, '−0.32'],
    [-0.004, 2, '0.00'],
    [1234, 0, '1\u202F234'],
    [-1234567.891, 1, '−1\u202F234\u202F567.9'],
    [999.96, 1, '1\u202F000.0'],
    [null, 1, none],
    [Number.NaN, 1, none],
  ] as const)('%s with %s decimals', (value, decimals, text) => {
    expect(number(value, decimals)).toBe(text);
  });
  it.each([
    [0.32, 2, '+0.32'],
    [-0.32, 2, '−0.32'],
    [0.001, 2, '0.00'],
    [null, 2, none],
  ] as const)('signed %s', (value, decimals, text) => {
    expect(signed(value, decimals)).toBe(text);
  });
  it('reads back to the value it rounds to', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.integer({ min: 0, max: 4 }), (value, decimals) => {
        const back = Number(number(value, decimals).replaceAll('\u202F', '').replace('−', '-'));
        expect(back + 0).toBe(Number(value.toFixed(decimals)) + 0);
      }),
    );
  });
  it.each([
    [1, '100'],
    [0.9999, '99'],
    [0.981, '98'],
    [0.0001, '1'],
    [0, '0'],
    [null, none],
  ] as const)('share %s', (share, text) => {
    expect(percent(share)).toBe(text);
  });
  it.each([
    [420, '0.42'],
    [1250, '1.3'],
    [12_000, '12'],
    [null, none],
  ] as const)('%s ms in seconds', (ms, text) => {
    expect(secondsOf(ms)).toBe(text);
  });
});

describe('spans', () => {
  it.each([
    [-5 * S, '0 秒', '0 秒', '0 秒'],
    [8 * S, '8 秒', '8 秒', '8 秒'],
    [59.9 * S, '59 秒', '59 秒', '59 秒'],
    [14 * M, '14 分', '14 分', '14 分'],
    [H, '1 小时', '1 时', '1 时'],
    [H + 47 * M, '1 小时 47 分', '1 时 47 分', '1 时'],
    [11 * H + 5 * M, '11 小时 5 分', '11 时', '11 时'],
    [D + 3 * H, '1 天 3 小时', '1 天', '27 时'],
    [3 * D, '3 天', '3 天', '3 天'],
  ] as const)('%s ms', (ms, long, short, round) => {
    expect([span(ms), shortSpan(ms), roundSpan(ms)]).toEqual([long, short, round]);
    expect(age(ms)).toBe(`${long}前`);
  });
});

describe('times in Asia/Shanghai', () => {
  const at = Date.UTC(2026, 10, 24, 16, 26, 8);
  it('are in ISO order', () => {
    expect([date(at), clock(at), dateTime(at), weekday(at)]).toEqual(['2026-11-25', '00:26', '2026-11-25 00:26:08', '周三']);
  });
  it('say the day only where it is another one', () => {
    expect(nearClock(at, at + H)).toBe('00:26');
    expect(nearClock(at - H, at)).toBe('昨 23:26');
    expect(nearClock(at - 3 * D, at)).toBe('11-22 00:26');
  });
});
