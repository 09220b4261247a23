// Tests of the time bar's track.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alarmMarks, arrivalBars, momentAt, shareOf, trackAround, trackTicks } from './time-track.ts';

const now = Date.UTC(2026, 10, 24, 3, 42, 18);
const track = trackAround(now);

describe('time track', () => {
  it('finds the moment again, to the minute, and never one after now', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 2, noNaN: true }), (share) => {
        const at = momentAt(track, share, now);
        expect(at).toBeLessThanOrEqual(now);
        if (at < now - 60_000)
          expect(Math.abs(shareOf(track, at) - Math.max(0, share)) * (track.to - track.from)).toBeLessThanOrEqual(30_001);
      }),
    );
  });
  it('scales the bars by the fullest', () => {
    const bars = arrivalBars(
      track,
      [
        { at: now - 7_200_000, count: 50 },
        { at: now - 3_600_000, count: 200 },
        { at: now - 90 * 3_600_000, count: 9000 },
      ],
      600,
    );
    expect(bars.map((bar) => bar.height)).toEqual([0.25, 1]);
  });
  it('lets the worst alarm stand where several began together', () => {
    const alarm = (minutes: number, level: 'red' | 'yellow' | 'blue') => ({ since: now - minutes * 60_000, level, title: level });
    const marks = alarmMarks(track, [alarm(60, 'blue'), alarm(57, 'red'), alarm(500, 'yellow')]);
    expect(marks.map((mark) => [mark.level, mark.count])).toEqual([
      ['yellow', 1],
      ['red', 2],
    ]);
  });
  it('ticks at the hours of Liaoning', () => {
    const texts = trackTicks(track).map((tick) => tick.text);
    expect(texts[0]).toBe('11-23 12:00');
    expect(texts).toContain('11-24 00:00');
    expect(texts).toContain('09:00');
  });
});
