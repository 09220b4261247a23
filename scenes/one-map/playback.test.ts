// Tests of the time bar: a playback goes forward, stays in its span, and ends at now; ticks stand on whole hours and days.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextMoment, paceIn, pacesOf, spanLength, spans, ticksOf } from './playback.ts';

const now = Date.parse('2026-11-25T04:12:50+08:00');
const span = fc.constantFrom(...spans);

describe('the time bar', () => {
  it('plays from anywhere forward through its span and ends', () => {
    fc.assert(
      fc.property(span, fc.option(fc.integer({ min: 0, max: 400 * 86_400_000 })), (of, ago) => {
        for (const { milliseconds } of pacesOf(of)) {
          let at = nextMoment(ago === null ? null : now - ago, milliseconds, of, now);
          let steps = 0;
          while (at !== null) {
            expect(at).toBeLessThan(now);
            const next = nextMoment(at, milliseconds, of, now);
            if (next !== null) expect(next).toBe(at + milliseconds);
            at = next;
            expect(++steps).toBeLessThanOrEqual(152);
          }
        }
      }),
    );
  });
  it.each(spans)('goes forward over %s while the clock does', (of) => {
    for (const { milliseconds } of pacesOf(of)) {
      const start = nextMoment(null, milliseconds, of, now) ?? 0;
      for (const seconds of [1, 5, 20]) expect(nextMoment(start, milliseconds, of, now + seconds * 1000)).toBe(start + milliseconds);
    }
  });
  it('begins at the start of its span', () => {
    expect(nextMoment(null, 60_000, 'hour', now)).toBe(Date.parse('2026-11-25T03:12:50+08:00'));
    expect(nextMoment(now - 2 * spanLength.hour, 60_000, 'hour', now)).toBe(Date.parse('2026-11-25T03:12:50+08:00'));
  });
  it.each(spans)('has paces and ticks over %s', (of) => {
    expect(pacesOf(of).length).toBeGreaterThan(1);
    for (const { milliseconds } of pacesOf(of)) expect(paceIn(of, milliseconds).milliseconds).toBe(milliseconds);
    expect(pacesOf(of)).toContainEqual(paceIn(of, 1));
    const shares = ticksOf(of, now).map(({ share }) => share);
    expect(shares.length).toBeGreaterThan(3);
    expect(shares.every((share) => share >= 0 && share < 1)).toBe(true);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
  });
  it('says the hour in Liaoning, and the day at midnight', () => {
    expect(ticksOf('day', now).map(({ text }) => text)).toEqual(['06:00', '09:00', '12:00', '15:00', '18:00', '21:00', '11-25', '03:00']);
    expect(ticksOf('week', now).map(({ text }) => text)).toEqual(['11-19', '11-20', '11-21', '11-22', '11-23', '11-24']);
  });
});
