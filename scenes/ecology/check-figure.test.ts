// Tests of the short figures of checks.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checks } from '../../contracts/observation.ts';
import { shortFigure } from './check-figure.ts';

describe('short figure', () => {
  it.each([
    ['range', '0–2000 µg/m³，读数 187', '0–2000'],
    ['rate', '每分钟 0.68 µg/m³，上限每分钟 6 µg/m³', '0.68/min'],
    ['rate', '没有前一个值，上限每分钟 6 µg/m³', '无前值'],
    ['stuck', '已 9 小时 未变，上限 8 小时', '9 小时同值'],
    ['clock', '观测时刻早于到达 60 分钟', '早 60 分钟'],
    ['flag', '设备标记 N', 'N'],
    ['flag', '设备没有标记', '未带'],
    ['spike', '高出前后值 80 µg/m³ 以上且远超近来起伏才算', '凸出 > 80'],
    ['neighbour', '15 km 内至少 3 站的中位数，容许相差 35 µg/m³ 或 60 %', '15 km ≥ 3 站'],
    ['pair', '与 PM10：不应更高，容许 10 µg/m³ 加 10 %', '≤ PM10'],
    ['pair', '与 记录仪速度应相等，容许 3 加 10 %', '= 记录仪速度'],
    ['range', '本序列未设', '未设'],
  ] as const)('%s: %s → %s', (check, sentence, short) => {
    expect(shortFigure(check, sentence, 'µg/m³')).toBe(short);
  });
  it('takes the unit off as a word, not out of another one', () => {
    expect(shortFigure('clock', '晚到 0 min', 'm')).toBe('晚到 0 min');
    expect(shortFigure('range', '−5–1000 m，读数 4', 'm')).toBe('−5–1000');
  });
  it('takes any sentence and makes it no longer than by its own unit', () => {
    fc.assert(
      fc.property(fc.constantFrom(...checks), fc.string(), fc.string(), (check, sentence, unit) => {
        expect(shortFigure(check, sentence, unit).length).toBeLessThanOrEqual(sentence.length);
      }),
    );
  });
});
