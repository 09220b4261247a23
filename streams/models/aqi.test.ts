// The air quality index against published and recomputed figures.
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aqiBreakpoints } from './aqi.data.ts';
import {
  type AirPollutant,
  type AirStandard,
  type AqiTable,
  airPollutants,
  airStandard,
  aqi,
  aqiLevel,
  iaqi,
  roundHalfEven,
} from './aqi.ts';

// Our own subset, so that the test stands without the shared figures: edges of both editions, ties of rounding, and what lies beyond the table.
const cases: readonly (readonly [AirStandard, AqiTable, AirPollutant, number, number])[] = [
  ['HJ 633-2026', 'day', 'a34004', 0, 0],
  ['HJ 633-2026', 'day', 'a34004', 1, 2],
  ['HJ 633-2026', 'day', 'a34004', 35, 50],
  ['HJ 633-2026', 'day', 'a34004', 60.4, 100],
  ['HJ 633-2026', 'day', 'a34004', 60.6, 101],
  ['HJ 633-2026', 'hour', 'a34004', 75, 114],
  ['HJ 633-2012', 'day', 'a34004', 75, 100],
  ['HJ 633-2026', 'day', 'a34002', 120, 100],
  ['HJ 633-2012', 'day', 'a34002', 150, 100],
  ['HJ 633-2026', 'day', 'a34004', 501, 500],
  ['HJ 633-2026', 'day', 'a21005', 0.65, 15],
  ['HJ 633-2026', 'day', 'a21005', 0.75, 20],
  ['HJ 633-2026', 'day', 'a21005', 2.05, 50],
  ['HJ 633-2026', 'hour', 'a21005', 10.1, 101],
  ['HJ 633-2026', 'hour', 'a21026', 900, 200],
  ['HJ 633-2026', 'day', 'a21026', 2621, 500],
  ['HJ 633-2026', 'day', 'a05024', 801, 300],
  ['HJ 633-2026', 'hour', 'a05024', 161, 52],
  ['HJ 633-2026', 'hour', 'a05024', 1300, 500],
];

describe('HJ 633 formula 1: IAQI', () => {
  it.each(cases)('%s %s %s %f → %i', (standard, table, pollutant, concentration, expected) => {
    expect(iaqi(standard, table, pollutant, concentration)).toBe(expected);
  });
  it('is null without a concentration, and never for a zero', () => {
    expect(iaqi('HJ 633-2026', 'hour', 'a34004', null)).toBeNull();
    expect(iaqi('HJ 633-2026', 'hour', 'a34004', -3)).toBeNull();
    expect(iaqi('HJ 633-2026', 'hour', 'a34004', 0)).toBe(0);
  });
  it('rises with the concentration and stays within 0–500', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<AirStandard>('HJ 633-2012', 'HJ 633-2026'),
        fc.constantFrom<AqiTable>('hour', 'day'),
        fc.constantFrom(...airPollutants),
        fc.double({ min: 0, max: 5000, noNaN: true }),
        fc.double({ min: 0, max: 5000, noNaN: true }),
        (standard, table, pollutant, a, b) => {
          const [low, high] = [iaqi(standard, table, pollutant, Math.min(a, b)), iaqi(standard, table, pollutant, Math.max(a, b))];
          return low !== null && high !== null && low <= high && low >= 0 && high <= 500 && Number.isInteger(low);
        },
      ),
    );
  });
});

describe('HJ 633 §4.4: AQI and primary pollutant', () => {
  it('names the worst above 50, several when tied, none at 50', () => {
    const tied = aqi('HJ 633-2026', 'day', { a34004: 60, a34002: 120, a21026: 10, a21004: 20, a21005: 1, a05024: 50 });
    expect([tied?.value, tied?.level.zh, tied?.primary]).toEqual([100, '良', ['a34004', 'a34002']]);
    const clean = aqi('HJ 633-2026', 'day', { a34004: 35, a34002: 50, a21005: 2 });
    expect([clean?.value, clean?.level.zh, clean?.primary]).toEqual([50, '优', []]);
    expect(aqi('HJ 633-2026', 'hour', { a34004: null })).toBeNull();
  });
  it('takes the edition of the day it speaks of, in Chinese time', () => {
    expect(airStandard(Date.parse('2026-02-28T23:59:59+08:00'))).toBe('HJ 633-2012');
    expect(airStandard(Date.parse('2026-03-01T00:00:00+08:00'))).toBe('HJ 633-2026');
  });
  it('classes by table 2', () => {
    expect([0, 50, 51, 100, 101, 150, 151, 200, 201, 300, 301, 500].map((value) => aqiLevel(value).short)).toEqual([
      '优',
      '优',
      '良',
      '良',
      '轻度',
      '轻度',
      '中度',
      '中度',
      '重度',
      '重度',
      '严重',
      '严重',
    ]);
  });
});

describe('GB/T 8170 §3.2: half to even', () => {
  it.each([
    [0.5, 0, 0],
    [1.5, 0, 2],
    [2.5, 0, 2],
    [0.65, 1, 0.6],
    [0.35, 1, 0.4],
    [2.05, 1, 2],
    [(0.6 + 0.7) / 2, 1, 0.6],
    [(2.3 + 2.4 + 2.35) / 3, 1, 2.4],
    [114.5, 0, 114],
    [115.5, 0, 116],
  ])('%f at %i decimals → %f', (value, decimals, expected) => {
    expect(roundHalfEven(value, decimals)).toBe(expected);
  });
});

interface Shared {
  vectors: {
    standard: AirStandard;
    period: AqiTable;
    pollutant: string;
    concentration: number;
    rounded: number;
    iaqi: number;
    level: string;
  }[];
  whole: {
    standard: AirStandard;
    period: AqiTable;
    input: Record<string, number>;
    iaqi: Record<string, number>;
    aqi: number;
    level: string;
    primary: string[];
  }[];
  breakpoints: Record<string, Record<AqiTable, Record<string, number[]>>>;
  levels: { cn: string; hex: string; grade: string; range: [number, number] }[];
}
const file = '../shared/standards/aqi.json';
const code: Readonly<Record<string, AirPollutant>> = {
  ...{ PM25: 'a34004', PM10: 'a34002', SO2: 'a21026', NO2: 'a21004', CO: 'a21005', O3: 'a05024', O3_8h: 'a05024' },
};
describe.skipIf(!existsSync(file))(`all figures of ${file} (skipped where it is absent)`, () => {
  const shared: Shared = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { vectors: [], whole: [], breakpoints: {}, levels: [] };
  it('every vector and every whole station', () => {
    for (const v of shared.vectors) {
      const got = iaqi(v.standard, v.period, code[v.pollutant] as AirPollutant, v.concentration);
      expect([got, aqiLevel(got ?? -1).zh], JSON.stringify(v)).toEqual([v.iaqi, v.level]);
    }
    for (const station of shared.whole) {
      const input = Object.fromEntries(Object.entries(station.input).map(([name, value]) => [code[name], value]));
      const got = aqi(station.standard, station.period, input);
      expect([got?.value, got?.level.zh]).toEqual([station.aqi, station.level]);
      expect(new Set(got?.primary)).toEqual(new Set(station.primary.map((name) => code[name])));
      expect(got?.iaqi).toEqual(Object.fromEntries(Object.entries(station.iaqi).map(([name, value]) => [code[name], value])));
    }
    expect([shared.vectors.length, shared.whole.length]).toEqual([69, 6]);
  });
  it('every breakpoint and class of both editions', () => {
    let columns = 0;
    for (const [year, tables] of Object.entries(shared.breakpoints))
      for (const [table, byName] of Object.entries(tables))
        for (const [name, column] of Object.entries(byName)) {
          expect(aqiBreakpoints[`HJ 633-${year}` as AirStandard][table as AqiTable][code[name] as AirPollutant]).toEqual(column);
          columns++;
        }
    expect(columns).toBe(22);
    for (const level of shared.levels) {
      const ours = aqiLevel(level.range[1]);
      expect([ours.zh, ours.colour, ours.grade]).toEqual([level.cn, level.hex, level.grade]);
    }
  });
});
