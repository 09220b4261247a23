// The course of a series: spikes and steps, and that within its reach no order of arrival makes a difference.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksOf } from '../../contracts/observation.ts';
import type { QualityRule } from '../../contracts/stream.ts';
import { type Course, courseReach, createCourse, place, spikeBit } from './course.ts';
import { medianOf, spreadOf } from './median.ts';

const rule: QualityRule = { ratePerSecond: 0.5, stuckSeconds: 1800, spike: 20 };
const minute = 60_000;
/** Verdict of each reading, oldest first, as it stands after all of them. */
function verdicts(course: Course): string[] {
  return Array.from(
    { length: course.count },
    (_, index) => `${course.time[index]}:${course.value[index]} ${checksOf(course.bits[index] as number)}`,
  );
}
function fold(values: readonly number[], by: QualityRule): { course: Course; atOnce: number[] } {
  const course = createCourse();
  const atOnce = values.map((value, n) => course.bits[place(course, n * 5 * minute, value, n, 0, by)] as number);
  return { course, atOnce };
}

describe('spikes', () => {
  const only: QualityRule = { spike: 20 };
  it('one value apart is doubted and stays so; what comes after it is believed', () => {
    const { course, atOnce } = fold([40, 42, 41, 40, 43, 120, 41, 42], only);
    expect(atOnce).toEqual([0, 0, 0, 0, 0, spikeBit, 0, 0]);
    expect(course.bits[5]).toBe(spikeBit);
  });
  it('a new level is doubted once, and the doubt is taken back when the next value stands beside it', () => {
    const { course, atOnce } = fold([40, 42, 41, 40, 43, 120, 124, 121], only);
    expect(atOnce[5]).toBe(spikeBit);
    expect(Array.from(course.bits.subarray(0, 8))).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });
  it('a steady rise is none, and a least height keeps a calm series calm', () => {
    expect(fold([10, 35, 60, 85, 110, 135, 160, 185, 210, 235], only).atOnce.every((bits) => bits === 0)).toBe(true);
    expect(fold([40, 40, 40, 40, 40, 59, 40, 40], only).atOnce.every((bits) => bits === 0)).toBe(true);
  });
});

describe('order of arrival', () => {
  const series = fc.array(fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 400 })), {
    minLength: 2,
    maxLength: courseReach,
  });
  it('within the reach, any order and any repetition ends in the same verdicts', () => {
    fc.assert(
      fc.property(series, fc.infiniteStream(fc.nat()), (values, dice) => {
        const inOrder = fold(values, rule).course;
        const rest = [...values.entries()];
        const shuffled: [number, number][] = [];
        while (rest.length > 0) {
          const [next] = rest.splice((dice.next().value as number) % rest.length, 1);
          shuffled.push(next as [number, number]);
        }
        const course = createCourse();
        for (const [n, value] of [...shuffled, ...shuffled.slice(0, 5)]) place(course, n * 5 * minute, value, n, 0, rule);
        expect(verdicts(course)).toEqual(verdicts(inOrder));
      }),
      { numRuns: 300 },
    );
  });
  it('what is told as revised is all that changed, and nothing else', () => {
    fc.assert(
      fc.property(series, fc.nat(courseReach - 1), (values, late) => {
        const course = createCourse();
        const held = late % values.length;
        for (const [n, value] of values.entries()) if (n !== held) place(course, n * 5 * minute, value, n, 0, rule);
        const before = new Map(Array.from({ length: course.count }, (_, index) => [course.time[index], course.bits[index]]));
        const index = place(course, held * 5 * minute, values[held] as number, held, 0, rule);
        const changed = Array.from({ length: course.count }, (_, n) => n).filter(
          (n) => n !== index && before.get(course.time[n] as number) !== course.bits[n],
        );
        expect(course.revised.map((entry) => entry.index).sort((a, b) => a - b)).toEqual(changed);
        for (const entry of course.revised) expect(entry.before).toBe(before.get(course.time[entry.index] as number));
      }),
      { numRuns: 300 },
    );
  });
  it('one that is older than what is kept is left alone, and the memory stays as long as it is', () => {
    const { course } = fold(
      Array.from({ length: 200 }, (_, n) => n % 7),
      rule,
    );
    expect(course.count).toBe(courseReach);
    const before = verdicts(course);
    expect(place(course, 3 * minute, 400, 1, 0, rule)).toBe(-1);
    expect(verdicts(course)).toEqual(before);
  });
});

it('median and scatter are those of the sorted values', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 }), (values) => {
      const middle = (list: readonly number[]): number => {
        const sorted = [...list].sort((a, b) => a - b);
        return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
      };
      const median = medianOf(Float64Array.from(values), values.length);
      expect(median).toBe(middle(values));
      expect(spreadOf(Float64Array.from(values), values.length, median)).toBe(
        1.4826 * middle(values.map((value) => Math.abs(value - median))),
      );
    }),
  );
});
