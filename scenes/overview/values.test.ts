// What the wall says of the values it is given: ranking, levels, permits, hotspots, figures, fleet, stations. Cases as data.
import { describe, expect, it } from 'vitest';
import type { LatestTuple, ObservationEvent } from '../../contracts/wire.ts';
import { cityRows, together } from './cities.ts';
import { changePerHour, cityLine } from './city-day.ts';
import { provinceFigures } from './figures.ts';
import { hotspots, placeWords } from './fires.ts';
import { fleetRows, newestOf } from './fleet.ts';
import { lateRows } from './late.ts';
import { barShares, gaugeRows, riverProfiles, trendOf } from './levels.ts';
import { permitRows } from './permits.ts';
import { H, indicator, M, mapOf, now, thing, tuple } from './samples.ts';
import { wallStreams } from './sources.ts';
import { diamondLooks, stationPoints } from './station-points.ts';

describe('cities', () => {
  it('are ranked from worst to best, silent ones last, all 14 of them', () => {
    const rows = cityRows(mapOf([indicator('aqi', '210100', 61), indicator('aqi', '211300', 112), indicator('aqi', '210200', null)]));
    expect(rows).toHaveLength(14);
    expect(rows.slice(0, 3).map((row) => [row.rank, row.name, row.value, row.word])).toEqual([
      [1, '朝阳', 112, '轻度'],
      [2, '沈阳', 61, '良'],
      [3, rows[2]?.name, null, ''],
    ]);
  });
  it('add up coverage and weigh quality by what was counted', () => {
    expect(
      together([
        indicator('aqi', '1', 1, { coverage: [1, 2], quality: 0 }),
        indicator('aqi', '2', 1, { coverage: [3, 3], quality: 1, asOf: now + 5 }),
        null,
      ]),
    ).toEqual({
      asOf: now + 5,
      coverage: [4, 5],
      quality: 0.75,
    });
    expect(together([]).quality).toBeNull();
  });
  it('have a day line of the mean of their stations, with holes', () => {
    const h = Math.floor(now / H) * H;
    expect(
      cityLine([
        [
          [h, 10],
          [h + H, null],
        ],
        [
          [h, 20],
          [h + 2 * H, 5],
        ],
      ]),
    ).toEqual([
      [h, 15],
      [h + 2 * H, 5],
    ]);
    expect(
      changePerHour([
        [now - H, 1],
        [now - 30 * M, 1.2],
        [now, 1.5],
      ]),
    ).toBeCloseTo(0.5);
    expect(changePerHour([[now, 1.5]])).toBeNull();
    expect(
      changePerHour([
        [now - 5 * H, 1],
        [now, 2],
      ]),
    ).toBeNull();
  });
});

describe('rivers', () => {
  const gauge = (id: number, z: number | null, at = now - M) =>
    thing(id, {
      properties: { river: '辽河', kind: 'river', limits: { z: { warning: 10, guarantee: 12 } } },
      series: { 'z/instant/value': tuple(z, at) },
    });
  it('are ordered by distance to their own mark', () => {
    const rows = gaugeRows([gauge(1, 8), gauge(2, 10.32), gauge(3, null), gauge(4, 9, now - 2 * H)], now);
    expect(rows.map((row) => [row.id, row.above === null ? null : Math.round(row.above * 100) / 100, row.live])).toEqual([
      [2, 0.32, true],
      [4, -1, false],
      [1, -2, true],
      [3, null, true],
    ]);
    expect(rows[0]?.room).toBe(2);
  });
  it('fill a bar on one scale, exceedance beyond the mark', () => {
    expect(barShares(0)).toEqual({ filled: 0.8, exceeding: 0, mark: 0.8 });
    expect(barShares(0.5).exceeding).toBeCloseTo(0.1);
    expect(barShares(-9).filled).toBeCloseTo(0.01);
    expect(barShares(9).filled + barShares(9).exceeding).toBeCloseTo(1);
    expect(barShares(null).filled).toBe(0);
  });
  it.each([
    [0.06, 'rising'],
    [-0.06, 'falling'],
    [0.01, 'steady'],
    [null, 'unknown'],
  ] as const)('%s m/h is %s', (change, word) => expect(trendOf(change)).toBe(word));
  it('make profiles of rivers with two gauges and more', () => {
    const rows = gaugeRows([gauge(1, 8), gauge(2, 10), thing(3, { properties: { river: '柳河' } })], now);
    expect(riverProfiles(rows, 5).map(({ river, gauges }) => [river, gauges.map((one) => one.id)])).toEqual([['辽河', [2, 1]]]);
  });
});

describe('permits', () => {
  it('take the worst factor of a source and only what permits speak of', () => {
    const rows = permitRows(
      [
        thing(1, {
          properties: { limits: { a21026: { permit: 35 }, a34013: { permit: 10 } } },
          series: { 'a21026/hour/mean': tuple(70, now - H), 'a34013/hour/mean': tuple(11, now - H), 'a21026/instant/value': tuple(900) },
        }),
        thing(2, { properties: { limits: { w01018: { permit: 50 } } }, series: { 'w01018/hour/mean': tuple(25, now - 9 * H) } }),
        thing(3, { series: { 'a21026/hour/mean': tuple(70) } }),
      ],
      now,
    );
    expect(rows.map((row) => [row.id, row.ratio, row.factor, row.unit, row.live])).toEqual([
      [1, 2, '二氧化硫', 'mg/m³', true],
      [2, 0.5, '化学需氧量', 'mg/L', false],
    ]);
  });
});

describe('hotspots', () => {
  const event = (code: string, result: number, more: Partial<ObservationEvent> = {}): ObservationEvent =>
    ({
      series: `${code}/instant/value`,
      result,
      thing: 1,
      thingName: '卫星',
      phenomenonTime: now - H,
      position: [124.9, 42.1],
      quality: 'good',
      provenance: 'simulated',
      frame: 1,
      identity: 0,
      ...more,
    }) as ObservationEvent;
  it('bring confidence and power of one sighting together and forget the old', () => {
    const found = hotspots(
      [
        event('fire-confidence', 72),
        event('frp', 31),
        event('fire-confidence', 90, { position: [120, 41] }),
        event('frp', 9, { phenomenonTime: now - 7 * H }),
      ],
      now,
    );
    expect(found.map((one) => [one.confidence, one.power])).toEqual([
      [90, null],
      [72, 31],
    ]);
  });
  it.each([
    [[123.4315, 41.8057], '沈阳城区'],
    [[121.6147, 38.7], '大连南 24 km'],
    [[124.92, 42.1], '抚顺东 83 km'],
  ] as const)('%s is %s', (position, words) => expect(placeWords(position)).toBe(words));
});

describe('figures', () => {
  it('print what there is, with the distance to the target', () => {
    const rows = provinceFigures(
      mapOf([
        indicator('timeliness', '210000', 96.4, {
          unit: '%',
          targets: [
            { year: 2025, value: 90 },
            { year: 2027, value: 98 },
          ],
        }),
        indicator('pm25', '210000', 31, { unit: 'µg/m³', targets: [{ year: 2025, value: 35 }] }),
        indicator('hotspots', '210000', null),
      ]),
      '210000',
      2026,
    );
    expect(
      rows.map((row) => [
        row.name,
        row.text,
        row.beside,
        row.met,
        row.share === null ? null : Math.round(row.share * 1000) / 1000,
        row.target,
      ]),
    ).toEqual([
      ['数据及时率', '96.4', '差 1.6', false, 0.964, 0.98],
      ['PM2.5 均值', '31', '达标', true, null, null],
      ['林火热点', '—', '4/5', false, null, null],
    ]);
  });
});

describe('fleet, stations, late ones', () => {
  it('tell moving, standing and lost vehicles apart', () => {
    const car = (id: number, speed: number, at: number) =>
      thing(id, { properties: { kind: '消防', mark: '消' }, series: { 'speed/instant/value': tuple(speed, at) } });
    const list = [car(1, 9, now - M), car(2, 0.1, now - M), car(3, 9, now - H), thing(4, { properties: { kind: '消防' } })];
    expect(fleetRows(list, now)).toEqual([{ kind: '消防', mark: '消', moving: 1, standing: 1, lost: 2 }]);
    expect(newestOf(list)).toMatchObject({ asOf: now - M, good: 3, counted: 3 });
  });
  it('draw late and doubted stations as such, and change the signature only with the picture', () => {
    const station = (id: number, at: number, quality: LatestTuple[2] = 'good') =>
      thing(id, { series: { 'z/instant/value': tuple(5, at, quality) } });
    const first = stationPoints(
      wallStreams.water,
      [station(1, now), station(2, now - 2 * H), station(3, now, 'suspect')],
      diamondLooks,
      now,
    );
    expect(first.count).toEqual({ live: 1, doubted: 1, late: 1, total: 3 });
    expect(first.marks.map((one) => one.look)).toEqual([diamondLooks.live, diamondLooks.late, diamondLooks.doubted]);
    expect(
      stationPoints(wallStreams.water, [station(1, now + 5), station(2, now - 2 * H), station(3, now, 'suspect')], diamondLooks, now + M)
        .signature,
    ).toBe(first.signature);
    expect(
      stationPoints(wallStreams.water, [station(1, now - 2 * H), station(2, now - 2 * H), station(3, now, 'suspect')], diamondLooks, now)
        .signature,
    ).not.toBe(first.signature);
    expect(
      lateRows([{ stream: wallStreams.water, things: [station(1, now), station(2, now - 2 * H), thing(3, {})] }], now).map((row) => [
        row.id,
        row.asOf,
      ]),
    ).toEqual([
      [3, null],
      [2, now - 2 * H],
    ]);
  });
});
