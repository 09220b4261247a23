// The checks of one reading, each alone and in the order of time.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Check, checksOf, type Quality, type Reading } from '../../contracts/observation.ts';
import type { QualityRule } from '../../contracts/stream.ts';
import { freshMemory, judgeQuality, qualityOfClock, qualityOfFlag } from './quality.ts';

const start = Date.UTC(2026, 10, 24);
const minute = 60_000;
const rule: QualityRule = { range: [0, 500], ratePerSecond: 0.5, stuckSeconds: 3600 };
const reading = (result: number | null, minutes: number, flag: string | null = null): Reading => ({
  ...{ device: 'd', property: 'a34004', period: 'instant', statistic: 'value', phenomenonTime: start + minutes * minute, result, flag },
});
/** [value, minutes] → quality and failed checks, received at once. */
function run(steps: readonly (readonly [number | null, number, string?])[], by: QualityRule | undefined = rule): string[] {
  const memory = freshMemory();
  return steps.map(([value, minutes, flag]) => {
    const verdict = judgeQuality(memory, reading(value, minutes, flag ?? null), start + minutes * minute, by);
    return [verdict.quality, ...verdict.failed].join(' ');
  });
}

describe('range', () => {
  it('outside is bad, the limits themselves are inside', () => {
    expect(
      run([
        [0, 0],
        [500, 100],
        [500.1, 200],
        [-0.1, 300],
      ]),
    ).toEqual(['good', 'good', 'bad range', 'bad range']);
  });
  it('a null is missing, a number that is none is missing too', () => {
    expect(
      run([
        [null, 0],
        [Number.NaN, 1],
        [Number.POSITIVE_INFINITY, 2],
      ]),
    ).toEqual(['missing', 'missing', 'missing']);
  });
});

describe('rate', () => {
  it('a spike is suspect, and what comes after it is good', () => {
    expect(
      run([
        [40, 0],
        [400, 5],
        [41, 10],
        [42, 15],
      ]),
    ).toEqual(['good', 'suspect rate', 'good', 'good']);
  });
  it('a step is suspect once and believed when the next reading stands beside it', () => {
    expect(
      run([
        [40, 0],
        [400, 5],
        [401, 10],
        [402, 15],
      ]),
    ).toEqual(['good', 'suspect rate', 'good', 'good']);
  });
  it('what is bad or missing is no ground to measure a change from', () => {
    expect(
      run([
        [40, 0],
        [450, 5, 'D'],
        [null, 6],
        [41, 10],
      ]),
    ).toEqual(['good', 'bad flag', 'missing', 'good']);
  });
  it('a digit of the display within a second is no speed', () => {
    const memory = freshMemory();
    judgeQuality(memory, reading(40, 0), start, rule);
    expect(judgeQuality(memory, reading(50, 0.01), start + 600, rule).quality).toBe('good');
  });
});

describe('stuck', () => {
  it('the same value over the whole time is suspect, and moving again ends it', () => {
    const steps = Array.from({ length: 8 }, (_, n) => [7, n * 15] as const);
    expect(run([...steps, [8, 120]])).toEqual([...new Array(4).fill('good'), ...new Array(4).fill('suspect stuck'), 'good']);
  });
  it('two equal readings far apart are a coincidence, and one sent again is no evidence', () => {
    expect(
      run([
        [7, 0],
        [7, 90],
      ]),
    ).toEqual(['good', 'good']);
    expect(
      run([
        [7, 0],
        [7, 90],
        [7, 90],
        [7, 90],
        [7, 90],
      ]),
    ).toEqual(new Array(5).fill('good'));
  });
});

describe('clock', () => {
  it.each<[string, number, Quality]>([
    ['a minute ahead', minute, 'good'],
    ['six minutes ahead', 6 * minute, 'suspect'],
    ['an hour ahead', 60 * minute, 'bad'],
    ['ten days late', -10 * 1440 * minute, 'good'],
    ['forty days late', -40 * 1440 * minute, 'suspect'],
    ['1970', -start, 'bad'],
  ])('%s', (_, ahead, expected) => {
    expect(qualityOfClock(start + ahead, start)).toBe(expected);
  });
  it('a stamp far ahead never becomes the newest, so it cannot hold back what follows', () => {
    const memory = freshMemory();
    expect(judgeQuality(memory, reading(40, 5000), start, rule)).toMatchObject({ quality: 'bad', newest: false });
    expect(judgeQuality(memory, reading(41, 1), start + minute, rule)).toMatchObject({ quality: 'good', newest: true });
  });
});

describe('HJ 212-2017 flags', () => {
  it.each([
    ...[
      ['N', 'good'],
      ['n', 'good'],
      ['', 'good'],
      [null, 'good'],
      ['T', 'suspect'],
      ['S', 'suspect'],
      ['?', 'suspect'],
    ],
    ...[
      ['F', 'bad'],
      ['M', 'bad'],
      ['D', 'bad'],
      ['C', 'bad'],
      ['B', 'bad'],
    ],
  ] as [string | null, Quality][])('%s → %s', (flag, expected) => {
    expect(qualityOfFlag(flag)).toBe(expected);
  });
});

describe('order of time', () => {
  it('a late reading is judged in its place and is not the newest; what it changes of the others is told', () => {
    const memory = freshMemory();
    judgeQuality(memory, reading(40, 60), start + 60 * minute, rule);
    const late = judgeQuality(memory, reading(400, 59), start + 61 * minute, rule);
    expect(late).toMatchObject({ quality: 'good', failed: [], newest: false, place: 0, again: false });
    // 360 in a minute: the reading at 60 min, good until now, is doubted.
    expect(memory.course?.revised).toEqual([{ index: 1, before: 0 }]);
    expect(checksOf(memory.course?.bits[1] ?? 0)).toEqual(['rate']);
  });
  it('a correction of the newest takes its place, the same reading again is known', () => {
    const memory = freshMemory();
    judgeQuality(memory, reading(40, 60), start + 60 * minute, rule);
    expect(judgeQuality(memory, reading(42, 60), start + 62 * minute, rule)).toMatchObject({ quality: 'good', newest: true, again: false });
    expect(judgeQuality(memory, reading(42, 60), start + 63 * minute, rule)).toMatchObject({ newest: true, again: true });
    expect(memory.course?.count).toBe(1);
  });
  it('never throws, knows four qualities, and good means that nothing failed', () => {
    const step = fc.record({
      result: fc.oneof(fc.double(), fc.constant(null), fc.integer({ min: 0, max: 3 })),
      phenomenonTime: fc.oneof(fc.integer({ min: start - 1e9, max: start + 1e9 }), fc.double()),
      flag: fc.oneof(fc.constant(null), fc.string({ maxLength: 3 })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const memory = freshMemory();
        return steps.every((s) => {
          const { quality, failed } = judgeQuality(memory, { ...reading(0, 0), ...s }, start, rule);
          const known: readonly Check[] = ['range', 'rate', 'stuck', 'clock', 'flag'];
          const consistent =
            quality === 'missing' ? !Number.isFinite(s.result ?? Number.NaN) : (quality === 'good') === (failed.length === 0);
          return consistent && failed.every((check) => known.includes(check));
        });
      }),
    );
  });
});
