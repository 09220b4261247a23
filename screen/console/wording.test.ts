// Tests of wording: ages, numbers, times as the duty room writes them.
import { describe, expect, it } from 'vitest';
import { ageText, changeText, dateTimeText, nearTimeText, numberText, shortAgeText } from './wording.ts';

const at = Date.UTC(2026, 10, 23, 19, 7, 42);
describe('wording', () => {
  it.each([
    [ageText(8_000), '8 s'],
    [ageText(42 * 60_000), '42 min'],
    [ageText(85 * 60_000), '85 min'],
    [ageText(205 * 60_000), '3 h 25 min'],
    [ageText(76 * 3_600_000), '3 d 4 h'],
    [ageText(null), '—'],
    [shortAgeText(107 * 60_000), '107 min'],
    [shortAgeText(5 * 3_600_000), '5 h'],
    [numberText(12345.6, 1), '12\u202f345.6'],
    [numberText(1234.5, 1), '1\u202f234.5'],
    [numberText(-0.41, 2), '−0.41'],
    [numberText(-0.001, 2), '0.00'],
    [numberText(0, 0), '0'],
    [numberText(null, 0), '—'],
    [changeText(41, 0), '↑41'],
    [changeText(-0.3, 1), '↓0.3'],
    [changeText(0.2, 0), '平'],
    [changeText(null, 0), '—'],
    [dateTimeText(at), '2026-11-24 03:07:42'],
    [dateTimeText(Number.NaN), '—'],
    [nearTimeText(at, at + 60_000), '03:07'],
    [nearTimeText(at - 6 * 3_600_000, at), '11-23 21:07'],
  ])('%s = %s', (given, expected) => {
    expect(given).toBe(expected);
  });
});
