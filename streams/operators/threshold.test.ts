// The ladder of levels with hysteresis, the trend, and the words of an alarm.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Threshold } from '../../contracts/stream.ts';
import type { Datastream } from '../../contracts/thing.ts';
import { pollutionSource } from '../ecology/pollution-source.ts';
import { waterLevel } from '../water/water-level.ts';
import { climb, type Family, familiesOf } from './threshold.ts';
import { trendPerHour } from './trend.ts';
import { alarmTitle, numberText, unitText } from './wording.ts';

const gauge = { properties: { limits: { z: { warning: 41, guarantee: 43, record: 44 } } } };
const [water] = familiesOf(waterLevel).get('z/instant/value') as readonly [Family];
function levels(values: readonly number[]): string[] {
  let rung = -1;
  return values.map((value) => {
    rung = climb(water, rung, value, gauge);
    return water.rungs[rung]?.threshold.level ?? '-';
  });
}

describe('water level marks', () => {
  it('reaching a mark fires, and 0.05 m below it ends', () => {
    expect(levels([40.99, 41, 40.96, 40.95, 40.94, 40.96])).toEqual(['-', 'yellow', 'yellow', 'yellow', '-', '-']);
  });
  it('escalates and comes down within the episode, past several rungs at once', () => {
    expect(levels([42, 44.2, 43.96, 43.5, 42.96, 42.9, 41.5, 30])).toEqual([
      ...['yellow', 'red', 'red', 'orange', 'orange', 'yellow', 'yellow', '-'],
    ]);
  });
  it('a mark that the gauge does not have is not there', () => {
    const poor = { properties: { limits: { z: { guarantee: 43 } } } };
    expect([climb(water, -1, 42, poor), water.rungs[climb(water, -1, 43, poor)]?.threshold.id]).toEqual([-1, 'z.guarantee']);
    expect(climb(water, -1, 99, { properties: {} })).toBe(-1);
  });
  it('never stands below what the value reaches, and never higher than one hysteresis above it', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 38, max: 46, noNaN: true }), { maxLength: 60 }), (values) => {
        let rung = -1;
        return values.every((value) => {
          rung = climb(water, rung, value, gauge);
          const reached = climb(water, -1, value, gauge);
          const held = climb(water, -1, value + 0.05 + 1e-9, gauge);
          const [now, least, most] = [rung, reached, held].map((index) => (index < 0 ? 3 : index)) as [number, number, number];
          return now <= least && now >= most;
        });
      }),
    );
  });
});

describe('permits', () => {
  it('the permitted concentration is permitted; pH has two sides', () => {
    const source = { properties: { limits: { a21026: { permit: 35 }, w01001: { permitLow: 6, permitHigh: 9 } } } };
    const families = familiesOf(pollutionSource);
    const [so2] = families.get('a21026/hour/mean') as readonly [Family];
    expect([climb(so2, -1, 35, source), climb(so2, -1, 35.1, source), climb(so2, 0, 33.1, source), climb(so2, 0, 33, source)]).toEqual([
      -1, 0, 0, -1,
    ]);
    const [high, low] = families.get('w01001/hour/mean') as readonly [Family, Family];
    expect([high.key, low.key]).toEqual(['w01001.hour.mean', 'w01001.hour.mean.below']);
    expect([climb(high, -1, 9.2, source), climb(low, -1, 9.2, source), climb(low, -1, 5.8, source), climb(low, 0, 6.05, source)]).toEqual([
      0, -1, 0, 0,
    ]);
  });
});

describe('words of an alarm', () => {
  const datastream = (property: string, unit: string): Datastream => ({
    ...{ id: 1, thing: 1, series: `${property}/hour/mean`, property, name: property, unit },
  });
  const own = { limit: { ofThing: 'z.warning' }, direction: 'above', title: { zh: '超警戒' } } as unknown as Threshold;
  const shared = { limit: 150.5, direction: 'above', title: { zh: 'PM2.5 重度污染' } } as unknown as Threshold;
  it.each([
    [alarmTitle('巨流河站', own, 41.32, 41, datastream('z', 'm')), '巨流河站 超警戒 0.32 m'],
    [alarmTitle('巨流河站', own, 40.97, 41, datastream('z', 'm')), '巨流河站 超警戒 已回落，低于限值 0.03 m'],
    [alarmTitle('和平站', shared, 168.4, 150.5, datastream('a34004', 'ug/m3')), '和平站 PM2.5 重度污染 168 µg/m³'],
    [
      alarmTitle('热源厂', { ...own, title: { zh: '二氧化硫 超许可' } }, 41.26, 35, datastream('a21026', 'mg/m3')),
      '热源厂 二氧化硫 超许可 6.3 mg/m³',
    ],
    [unitText(datastream('w01001', '[pH]')), ''],
    [unitText(datastream('unknown', 'kPa')), 'kPa'],
    [numberText(-0.324, 2), '−0.32'],
    [numberText(-0.001, 2), '0.00'],
  ])('%s', (given, expected) => {
    expect(given).toBe(expected);
  });
});

describe('trend', () => {
  const hour = 3_600_000;
  it('is the slope per hour of a straight line, whatever the order and the spacing', () => {
    const line = [0, 0.1, 0.35, 0.7, 1, 2].map((h) => [1.79e12 + h * hour, 41 + 0.06 * h] as const);
    expect(trendPerHour([...line].reverse(), 7200)).toBeCloseTo(0.06, 9);
    expect(trendPerHour([[1.79e12 - 5 * hour, 99], ...line], 7200)).toBeCloseTo(0.06, 9);
  });
  it('is unknown from too little', () => {
    expect(
      trendPerHour(
        [
          [0, 1],
          [hour, 2],
        ],
        7200,
      ),
    ).toBeNull();
    expect(
      trendPerHour(
        [
          [0, 1],
          [1000, 2],
          [2000, 3],
        ],
        7200,
      ),
    ).toBeNull();
    expect(trendPerHour([], 7200)).toBeNull();
  });
});
