// When a value stops being live.
import { describe, expect, it } from 'vitest';
import type { LatestTuple } from '../contracts/wire.ts';
import { airQuality } from './ecology/air-quality.ts';
import { vehiclePosition } from './emergency/vehicle-position.ts';
import { isLive, isThingLive, staleFrom } from './staleness.ts';

const at = (text: string): number => Date.parse(`2026-11-24T${text}+08:00`);
const latest = (phenomenonTime: number, result: number | null = 41): LatestTuple => [
  ...([result, phenomenonTime, 'good', [], null, 1, 1, 0, 0, 0] as const),
];

describe('staleness', () => {
  it('the hour 07–08 is live until 09:30 and not a millisecond longer', () => {
    const hour = latest(at('07:00:00'));
    expect(isLive(airQuality, hour, at('08:02:00'))).toBe(true);
    expect(isLive(airQuality, hour, at('09:29:59.999'))).toBe(true);
    expect(isLive(airQuality, hour, at('09:30:00'))).toBe(false);
    expect(staleFrom(airQuality, 'a34004/hour/mean', at('07:00:00'))).toBe(at('09:30:00'));
  });
  it('an instant has no period to add', () => {
    expect(isLive(vehiclePosition, latest(at('08:00:00')), at('08:01:59'))).toBe(true);
    expect(isLive(vehiclePosition, latest(at('08:00:00')), at('08:02:00'))).toBe(false);
  });
  it('null is a live statement, nothing is none, and a stamp from the future proves nothing', () => {
    expect(isLive(airQuality, latest(at('07:00:00'), null), at('08:00:00'))).toBe(true);
    expect(isLive(airQuality, undefined, at('08:00:00'))).toBe(false);
    expect(isLive(vehiclePosition, latest(at('08:10:00')), at('08:00:00'))).toBe(true);
    expect(isLive(vehiclePosition, latest(at('08:16:00')), at('08:00:00'))).toBe(false);
  });
  it('a Thing lives by its freshest series', () => {
    const series = { 'a34004/hour/mean': latest(at('01:00:00')), 'a34004/instant/value': latest(at('08:00:00')) } as const;
    expect(isThingLive(airQuality, { series }, at('09:00:00'))).toBe(true);
    expect(isThingLive(airQuality, { series }, at('09:30:00'))).toBe(false);
    expect(isThingLive(airQuality, { series: {} }, at('09:30:00'))).toBe(false);
  });
});
