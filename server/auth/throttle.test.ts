// Tests of the counting of failed attempts: free ones, doubling locks, forgetting, bounded memory.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createThrottle } from './throttle.ts';

const options = { free: 5, firstLockSeconds: 10, maxLockSeconds: 900, forgetSeconds: 1800, maxKeys: 100 };

describe('throttle', () => {
  it('five failures, then 10, 20, 40 … 900 seconds', () => {
    const throttle = createThrottle(options);
    let now = 1_000_000;
    const waits: number[] = [];
    for (let attempt = 0; attempt < 14; attempt++) {
      const wait = throttle.wait('a', now);
      waits.push(wait);
      now += wait * 1000;
      throttle.begin('a', now);
    }
    expect(waits).toEqual([0, 0, 0, 0, 0, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
  });

  it('says how many free attempts are left', () => {
    const throttle = createThrottle(options);
    expect(Array.from({ length: 7 }, () => throttle.begin('a', 0))).toEqual([4, 3, 2, 1, 0, 0, 0]);
  });

  it('a thousand attempts at once do not slip through together', () => {
    const throttle = createThrottle(options);
    let let_through = 0;
    for (let attempt = 0; attempt < 1000; attempt++)
      if (throttle.wait('a', 0) === 0) {
        let_through++;
        throttle.begin('a', 0);
      }
    expect(let_through).toBe(5);
  });

  it('success forgets, and what was no failure is taken back', () => {
    const throttle = createThrottle(options);
    for (let attempt = 0; attempt < 5; attempt++) throttle.begin('a', 0);
    throttle.takeBack('a');
    expect(throttle.wait('a', 0)).toBe(0);
    throttle.begin('a', 0);
    expect(throttle.wait('a', 0)).toBe(10);
    throttle.clear('a');
    expect(throttle.wait('a', 0)).toBe(0);
    expect(throttle.size).toBe(0);
  });

  it('other keys are not touched, and half an hour forgets', () => {
    const throttle = createThrottle(options);
    for (let attempt = 0; attempt < 5; attempt++) throttle.begin('a', 0);
    expect(throttle.wait('b', 0)).toBe(0);
    expect(throttle.begin('a', 1_800_001)).toBe(4);
  });

  it('never holds more than maxKeys, and drops the one longest unused', () => {
    const throttle = createThrottle(options);
    for (let attempt = 0; attempt < 5; attempt++) throttle.begin('victim', 0);
    for (let key = 0; key < 99; key++) throttle.begin(`k${key}`, 0);
    expect(throttle.wait('victim', 0)).toBe(10);
    throttle.begin('victim', 0);
    for (let key = 0; key < 99; key++) throttle.begin(`m${key}`, 0);
    expect(throttle.size).toBe(100);
    expect(throttle.wait('victim', 0)).toBe(20);
    throttle.begin('one more', 0);
    expect(throttle.wait('victim', 0)).toBe(0);
  });

  it('no order of calls makes a wait negative, or longer than the longest lock', () => {
    const call = fc.record({ act: fc.constantFrom('begin', 'takeBack', 'clear'), key: fc.constantFrom('a', 'b'), after: fc.nat(100_000) });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
        const throttle = createThrottle(options);
        let now = 0;
        for (const { act, key, after } of calls) {
          now += after;
          if (act === 'begin') throttle.begin(key, now);
          else if (act === 'takeBack') throttle.takeBack(key);
          else throttle.clear(key);
          const wait = throttle.wait(key, now);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(900);
        }
      }),
    );
  });
});
