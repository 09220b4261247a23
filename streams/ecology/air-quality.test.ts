// The alarm of a station and the class that pages print for it agree at every concentration.
import { describe, expect, it } from 'vitest';
import { type AirPollutant, aqiLevel, iaqi } from '../models/aqi.ts';
import { climb, type Family, familiesOf } from '../operators/threshold.ts';
import { airQuality } from './air-quality.ts';

const expected: Readonly<Record<string, string>> = { moderate: 'yellow', heavy: 'orange', severe: 'red' };

describe('HJ 633-2026: class of the hour and level of the alarm', () => {
  it.each(['a34004', 'a34002', 'a05024'] as AirPollutant[])('%s, every tenth of a microgram from 0 to 1300', (pollutant) => {
    const [family] = familiesOf(airQuality).get(`${pollutant}/hour/mean`) as readonly [Family];
    const different: number[] = [];
    let compared = 0;
    for (let tenths = 0; tenths <= 13_000; tenths++) {
      const level = aqiLevel(iaqi('HJ 633-2026', 'hour', pollutant, tenths / 10) ?? -1);
      const rung = family.rungs[climb(family, -1, tenths / 10, { properties: {} })];
      if (rung?.threshold.level !== expected[level.en]) different.push(tenths / 10);
      compared++;
    }
    expect(different).toEqual([]);
    expect(compared).toBe(13_001);
  });
});
