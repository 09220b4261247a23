// Numbers about an area: what counts, what does not, and what stands beside them.
import { describe, expect, it } from 'vitest';
import type { Alarm } from '../contracts/event.ts';
import type { AdCode } from '../contracts/geo.ts';
import type { Indicator } from '../contracts/indicator.ts';
import type { Instant, Provenance, Quality, SeriesKey } from '../contracts/observation.ts';
import type { ThingProperties } from '../contracts/thing.ts';
import type { LatestTuple, ObservationEvent, ThingState } from '../contracts/wire.ts';
import { type IndicatorCode, type IndicatorSource, indicatorCodes, indicatorsOf } from './indicators.ts';

const at = (text: string): Instant => Date.parse(`2026-11-24T${text}:00+08:00`);
const now = at('09:10');
const tuple = (result: number | null, time: Instant, quality: Quality = 'good'): LatestTuple => [
  ...([result, time, quality, [], null, 1, 1, time, time, time] as const),
];
let ids = 0;
function thing(
  adcode: AdCode,
  series: Readonly<Record<SeriesKey, LatestTuple>>,
  more: { provenance?: Provenance; properties?: ThingProperties; name?: string } = {},
): ThingState {
  const { provenance = 'measured', properties = {}, name = `设备 ${++ids}` } = more;
  return { id: ++ids, uid: `t:${ids}`, name, adcode, position: null, provenance, properties, series };
}
const eight = at('08:00');
const seven = at('07:00');
const air = (pm25: number, time = eight, quality: Quality = 'good'): Readonly<Record<SeriesKey, LatestTuple>> => ({
  'a34004/hour/mean': tuple(pm25, time, quality),
});

interface World {
  readonly air?: readonly ThingState[];
  readonly water?: readonly ThingState[];
  readonly sources?: readonly ThingState[];
  readonly satellites?: readonly ThingState[];
  readonly events?: readonly ObservationEvent[];
  readonly alarms?: readonly Alarm[];
  readonly locate?: IndicatorSource['locate'];
  readonly now?: Instant;
}
function of(world: World, adcode: AdCode): Partial<Record<IndicatorCode, Indicator>> {
  const things: Readonly<Record<string, readonly ThingState[] | undefined>> = {
    'ecology/air-quality': world.air,
    'water/water-level': world.water,
    'ecology/pollution-source': world.sources,
    'forestry/fire-hotspot': world.satellites,
  };
  const list = indicatorsOf({
    things: (stream) => things[stream] ?? [],
    observations: () => world.events ?? [],
    alarms: world.alarms ?? [],
    ...(world.locate ? { locate: world.locate } : {}),
    now: world.now ?? now,
    adcode,
  });
  const codes = list.map(({ code }) => code);
  expect(codes).toEqual(indicatorCodes.filter((code) => codes.includes(code)));
  return Object.fromEntries(list.map((indicator) => [indicator.code, indicator]));
}

describe('aqi and pm25', () => {
  it('mean of the stations that count: suspect does, bad, stale, missing and other cities do not', () => {
    const stations = [
      thing('210102', { ...air(70), 'a34002/hour/mean': tuple(100, eight) }),
      thing('210103', air(80, eight, 'suspect')),
      thing('210104', air(500, eight, 'bad')),
      thing('210105', air(500, at('06:00'))),
      thing('210106', { 'a34004/hour/mean': tuple(null, eight, 'missing') }),
      thing('210202', air(300)),
    ];
    const { aqi, pm25 } = of({ air: stations }, '210100');
    // 75 µg/m³ → 114 by HJ 633-2026; PM10 100 → 86.
    expect(aqi).toMatchObject({ value: 114, grade: '轻度污染', note: '首要 PM2.5', coverage: [2, 5], asOf: at('09:00') });
    expect(aqi).toMatchObject({ provenance: 'measured', department: '省生态环境厅', unit: 'AQI' });
    expect(aqi?.quality).toBeCloseTo(2 / 3);
    expect(aqi?.source).toContain('HJ 633-2026');
    expect(pm25).toMatchObject({ value: 75, unit: 'µg/m³', grade: '轻度污染', coverage: [2, 5] });
  });
  it('a province is the mean of its cities, not of its stations', () => {
    const stations = [thing('210102', air(100)), thing('210103', air(100)), thing('210104', air(100)), thing('210202', air(20))];
    expect(of({ air: stations }, '210000').pm25?.value).toBe(60);
    expect(of({ air: stations }, '210000').aqi?.value).toBe(100);
  });
  it('one simulated station makes it simulated, the hour is that of most stations', () => {
    const stations = [
      thing('210102', air(30, seven)),
      thing('210103', air(30, seven), { provenance: 'simulated' }),
      thing('210104', air(30, eight)),
    ];
    expect(of({ air: stations }, '210100').aqi).toMatchObject({ provenance: 'simulated', asOf: at('08:00'), coverage: [3, 3] });
  });
  it('silent is null and not zero; the silence of a simulated station is simulated', () => {
    const silent = [thing('210102', air(30, at('01:00')), { provenance: 'simulated' })];
    expect(of({ air: silent }, '210100').aqi).toMatchObject({
      value: null,
      grade: null,
      asOf: null,
      coverage: [0, 1],
      quality: null,
      provenance: 'simulated',
    });
    expect(of({}, '210100')).toEqual({});
  });
  it('takes the edition of the hour it speaks of', () => {
    const before = Date.parse('2026-02-28T20:00:00+08:00');
    const past = of({ air: [thing('210102', air(75, before))], now: before + 3_700_000 }, '210100').aqi;
    expect([past?.value, past?.source.slice(0, 11)]).toEqual([100, 'HJ 633-2012']);
  });
});

describe('limits of the Thing’s own', () => {
  const limits = (warning: number): ThingProperties => ({ limits: { z: { warning } } });
  it('counts gauges at or over their warning level, names the worst, and leaves out those without one', () => {
    const gauge = (value: number, warning: number | null, name: string, quality: Quality = 'good'): ThingState =>
      thing(
        '210102',
        { 'z/instant/value': tuple(value, at('09:08'), quality) },
        { name, properties: warning === null ? {} : limits(warning) },
      );
    const water = [gauge(41, 41, '甲'), gauge(41.9, 41.5, '乙'), gauge(40, 41, '丙'), gauge(99, 41, '丁', 'bad'), gauge(99, null, '戊')];
    expect(of({ water }, '210000')['water-over-warning']).toMatchObject({
      ...{ value: 2, note: '乙 +0.40 m', coverage: [3, 4], asOf: at('09:08'), department: '省水文局', quality: 1 },
    });
  });
  it('counts an outlet once, however many of its limits it breaks; the limit itself is kept', () => {
    const permit = { limits: { a21026: { permit: 35 }, a21002: { permit: 50 } } };
    const hourly = (so2: number, nox: number, name: string): ThingState =>
      thing('210102', { 'a21026/hour/mean': tuple(so2, eight), 'a21002/hour/mean': tuple(nox, eight) }, { properties: permit, name });
    const sources = [hourly(40, 75, '甲'), hourly(35, 50, '乙'), thing('210102', {}, { properties: permit, provenance: 'simulated' })];
    expect(of({ sources }, '210100')['sources-over-permit']).toMatchObject({
      ...{ value: 1, note: '甲 氮氧化物 超许可 50%', coverage: [2, 3], provenance: 'measured' },
    });
  });
});

describe('events, alarms and health', () => {
  const satellites = [thing('210000', { 'fire-confidence/instant/value': tuple(40, at('08:30')) })];
  const hotspot = (result: number, time: Instant, quality: Quality = 'good'): ObservationEvent => ({
    ...{
      datastream: 1,
      thing: 1,
      series: 'fire-confidence/instant/value',
      phenomenonTime: time,
      result,
      position: [125, 42],
      quality,
      failed: [],
    },
    ...{ flag: null, provenance: 'simulated', frame: 1, identity: 0, hops: { received: time, durable: time, processed: time } },
    ...{ thingName: 'FY-3D', adcode: '210000' },
  });
  const events = [
    hotspot(60, at('08:30')),
    hotspot(90, at('03:11')),
    hotspot(90, at('03:10')),
    hotspot(49, eight),
    hotspot(90, eight, 'bad'),
    hotspot(90, at('09:11')),
  ];
  it('hotspots: confident, not bad, still on the map; in a city only where someone can tell the place', () => {
    expect(of({ satellites, events }, '210000').hotspots).toMatchObject({
      value: 2,
      coverage: [1, 1],
      provenance: 'simulated',
      quality: 1,
      asOf: at('08:30'),
    });
    expect(of({ satellites, events }, '210400').hotspots).toBeUndefined();
    const locate = (): AdCode => '210423';
    expect(of({ satellites, events, locate }, '210400').hotspots?.value).toBe(2);
    expect(of({ satellites, events, locate }, '210100').hotspots?.value).toBe(0);
    expect(of({ satellites: [thing('210000', {})] }, '210000').hotspots).toMatchObject({ value: null, coverage: [0, 1] });
  });
  it('alarms: open ones of the area, worst first in the note', () => {
    const alarm = (level: Alarm['level'], adcode: AdCode, cleared: Instant | null, quality: Quality = 'good'): Alarm => ({
      ...{
        id: `${++ids}`,
        thing: 1,
        thingName: '站',
        stream: 'x/y',
        series: 'z/instant/value',
        level,
        rule: 'z.warning',
        title: '',
        value: 1,
      },
      ...{
        limit: 1,
        unit: 'm',
        source: 's',
        since: eight,
        updated: eight,
        cleared,
        adcode,
        position: null,
        quality,
        provenance: 'measured',
        frame: 1,
      },
    });
    const alarms = [
      alarm('yellow', '210102', null),
      alarm('red', '210103', null, 'suspect'),
      alarm('red', '210202', null),
      alarm('red', '210102', eight),
    ];
    const water = [thing('210102', { 'z/instant/value': tuple(1, at('09:05')) }, { provenance: 'simulated' })];
    expect(of({ alarms, water }, '210100')['alarms-open']).toMatchObject({
      ...{ value: 2, grade: '红', note: '红 1 · 黄 1', quality: 0.5, coverage: [1, 1], provenance: 'simulated', asOf: at('09:10') },
    });
  });
  it('timeliness counts Things, quality counts live values; silence of a satellite is no fault', () => {
    const water = [
      thing('210102', { 'z/instant/value': tuple(1, at('09:05')), 'q/instant/value': tuple(1, at('09:05'), 'suspect') }),
      thing('210102', { 'z/instant/value': tuple(1, at('08:00')) }),
      thing('210202', { 'z/instant/value': tuple(1, at('09:05')) }),
    ];
    const health = of({ water, satellites }, '210100');
    expect(health.timeliness).toMatchObject({ value: 50, unit: '%', coverage: [1, 2] });
    expect(health['good-quality']).toMatchObject({ value: 50, unit: '%', quality: 0.5 });
    expect(of({ water }, '210000').timeliness?.value).toBe(66.7);
  });
  it('the same world an hour later: everything has aged', () => {
    const water = [thing('210102', { 'z/instant/value': tuple(1, at('09:05')) })];
    expect(of({ water, now: at('10:10') }, '210100').timeliness).toMatchObject({ value: 0, coverage: [0, 1] });
    expect(of({ water, now: at('10:10') }, '210100')['good-quality']?.value).toBeNull();
  });
});
