// The trust score: its reasons add up, late and changed verdicts are counted anew, and it comes back from its bytes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBits } from '../../contracts/observation.ts';
import { countReading, freshTally, packTally, recount, type Tally, trustOf, unpackTally } from './trust.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 24);
const now = start + 24 * hour - 1000;
const promised = { everySeconds: 3600, silentSeconds: 9000 };
/** One reading an hour over the day. */
function day(bitsOf: (n: number) => number = () => 0, skip: (n: number) => boolean = () => false): Tally {
  const tally = freshTally();
  for (let n = 0; n < 24; n++) if (!skip(n)) countReading(tally, start + n * hour, bitsOf(n), false, false);
  return tally;
}
const told = (tally: Tally, at = now): unknown[] => {
  const trust = trustOf(tally, promised, at);
  return [trust?.score, ...(trust?.reasons ?? []).map(({ cause, weight, zh }) => `${cause} ${weight} ${zh}`)];
};

describe('score and reasons', () => {
  it.each<[string, Tally, unknown[]]>([
    ['a day without fault', day(), [100]],
    ['stuck for six hours', day((n) => (n >= 18 ? checkBits(['stuck']) : 0)), [75, 'stuck 25 近 24 小时 24 条中 6 条恒值']],
    [
      'a day of the device calling itself faulty, out of range',
      day(() => checkBits(['range', 'flag'])),
      [0, 'range 60 近 24 小时 24 条中 24 条超出量程', 'flag 40 近 24 小时 24 条中 24 条设备自标异常'],
    ],
    ['every other hour missing', day(undefined, (n) => n % 2 === 1), [60, 'gaps 40 近 21 小时应到 21 条，实到 10 条']],
    ['a lone spike', day((n) => (n === 5 ? checkBits(['spike']) : 0)), [98, 'spike 2 近 24 小时 24 条中 1 条孤立尖峰']],
  ])('%s', (_, tally, expected) => {
    expect(told(tally)).toEqual(expected);
  });
  it('silence is told with its length, and a new device is not blamed for yesterday', () => {
    expect(told(day(), now + 5 * hour)).toContain('silent 60 已 6 小时没有新值，承诺至多 3 小时');
    const young = freshTally();
    for (const n of [21, 22, 23]) countReading(young, start + n * hour, 0, false, false);
    expect(told(young)).toEqual([100]);
    expect(trustOf(freshTally(), promised, now)).toBeNull();
  });
  it('a verdict that changed is counted anew, in its own hour', () => {
    const tally = day((n) => (n >= 18 ? checkBits(['stuck']) : 0));
    for (let n = 18; n < 24; n++) recount(tally, start + n * hour, checkBits(['stuck']), 0);
    expect(told(tally)).toEqual([100]);
    recount(tally, start, 0, checkBits(['neighbour']));
    expect(told(tally)).toEqual([97, 'neighbour 3 近 24 小时 24 条中 1 条与邻站不符']);
  });
  it('a late reading closes its own gap', () => {
    const tally = day(undefined, (n) => n === 7);
    const before = trustOf(tally, promised, now)?.score ?? 0;
    countReading(tally, start + 7 * hour, 0, false, true);
    expect(before).toBeLessThan(100);
    expect(told(tally)).toEqual([99, 'late 1 近 24 小时 24 条中 1 条迟报']);
  });
});

it('never leaves 0–100, the reasons are the whole of what is missing, and the bytes bring it back', () => {
  const step = fc.record({
    hours: fc.integer({ min: -40, max: 40 }),
    bits: fc.nat(255),
    missing: fc.boolean(),
    late: fc.boolean(),
    again: fc.nat(255),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: -10, max: 60 }), (steps, at) => {
      const tally = freshTally();
      for (const { hours, bits, missing, late, again } of steps) {
        countReading(tally, start + hours * hour, bits, missing, late);
        if (again % 3 === 0) recount(tally, start + hours * hour, bits, again);
      }
      const trust = trustOf(tally, promised, start + at * hour);
      expect(
        trustOf(unpackTally(Buffer.concat([Buffer.from([1]), packTally(tally)]).subarray(1)) as Tally, promised, start + at * hour),
      ).toEqual(trust);
      if (!trust) return;
      expect(trust.score).toBe(Math.max(0, 100 - trust.reasons.reduce((sum, { weight }) => sum + weight, 0)));
      expect(trust.reasons.every(({ weight, zh }) => weight > 0 && weight <= 60 && !/NaN|Infinity|undefined/.test(zh))).toBe(true);
    }),
  );
  expect(unpackTally(new Uint8Array(7))).toBeNull();
});
