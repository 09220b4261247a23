// The pipeline from Reading to Observation and alarms: episodes, events, late values, restart.
import { describe, expect, it } from 'vitest';
import type { Alarm } from '../contracts/event.ts';
import type { LngLat } from '../contracts/geo.ts';
import { identityOf, type Observation, type Reading, type SeriesKey } from '../contracts/observation.ts';
import type { Datastream, Thing, ThingProperties } from '../contracts/thing.ts';
import { streams } from './index.ts';
import { createPipeline, type Judged, type Pipeline } from './pipeline.ts';

const start = Date.UTC(2026, 10, 24, 0);
const minute = 60_000;
function thingOf(id: number, name: string, properties: ThingProperties, position: LngLat | null = [123.4, 41.8]): Thing {
  return { id, uid: `t:${id}`, name, description: '', adcode: '210102', position, properties };
}
const gauge = thingOf(7, '巨流河站', {
  stream: 'water/water-level',
  provenance: 'simulated',
  limits: { z: { warning: 41, guarantee: 43, record: 44 } },
});
const satellite = thingOf(9, 'FY-3D', { stream: 'forestry/fire-hotspot' }, null);
const units: Readonly<Record<string, string>> = { z: 'm', 'fire-confidence': '%', a34004: 'ug/m3' };

function feed(pipeline: Pipeline, thing: Thing, series: SeriesKey, value: number | null, at: number, more: Partial<Reading> = {}): Judged {
  const [property = '', period, statistic] = series.split('/') as [string, Reading['period'], Reading['statistic']];
  const datastream: Datastream = { id: thing.id * 10, thing: thing.id, series, property, name: property, unit: units[property] ?? '' };
  const reading: Reading = { device: 'd', property, period, statistic, phenomenonTime: at, result: value, flag: null, ...more };
  const hops = { received: Math.max(at, start), durable: at + 5, processed: at + 9 };
  return pipeline.judge(thing, datastream, reading, { frame: 77, hops });
}
const z = (pipeline: Pipeline, value: number | null, minutes: number, more: Partial<Reading> = {}): Judged =>
  feed(pipeline, gauge, 'z/instant/value', value, start + minutes * minute, more);
const short = (alarms: readonly Alarm[]): string[] => alarms.map((a) => `${a.level} ${a.title}${a.cleared === null ? '' : ' 解除'}`);

describe('observation', () => {
  it('carries what the reading, the Thing and the road say', () => {
    const pipeline = createPipeline({ streams });
    const { observation, newest } = z(pipeline, 40, 0, { sequence: 3, flag: 'N' });
    expect(observation).toEqual({
      ...{
        datastream: 70,
        thing: 7,
        series: 'z/instant/value',
        phenomenonTime: start,
        result: 40,
        position: null,
        quality: 'good',
        failed: [],
      },
      ...{
        flag: 'N',
        provenance: 'simulated',
        frame: 77,
        identity: identityOf({ result: 40, flag: 'N', sequence: 3 }),
        hops: { received: start, durable: start + 5, processed: start + 9 },
      },
    });
    expect(newest).toBe(true);
    expect(pipeline.streamOf(gauge)?.id).toBe('water-level');
    expect(pipeline.streamOf({ properties: { stream: 'water/none' } })).toBeUndefined();
  });
  it('without a stream only flag and clock are judged, and provenance is measured', () => {
    const pipeline = createPipeline({ streams });
    const bare = thingOf(8, '无流设备', {});
    const { observation, alarms } = feed(pipeline, bare, 'z/instant/value', 1e9, start);
    expect([observation.quality, observation.provenance, alarms]).toEqual(['good', 'measured', []]);
    expect(feed(pipeline, bare, 'z/instant/value', 1, start, { flag: 'D' }).observation.failed).toEqual(['flag']);
  });
});

describe('alarm episodes', () => {
  it('one episode from the first value over the mark to the one that is back, under one id', () => {
    const pipeline = createPipeline({ streams });
    const seen = [40.5, 41.32, 41.32, 41.4, 43.1, 41.2, 40.97, 40.9, 40.5].flatMap((value, n) => z(pipeline, value, n * 60).alarms);
    expect(short(seen)).toEqual([
      ...[
        'yellow 巨流河站 超警戒 0.32 m',
        'yellow 巨流河站 超警戒 0.40 m',
        'orange 巨流河站 超保证 0.10 m',
        'yellow 巨流河站 超警戒 0.20 m',
      ],
      ...['yellow 巨流河站 超警戒 已回落，低于限值 0.03 m', 'yellow 巨流河站 超警戒 已回落，低于限值 0.03 m 解除'],
    ]);
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set([`7:z.instant.value@${start + 60 * minute}`]));
    expect(seen[0]).toMatchObject({
      rule: 'z.warning',
      limit: 41,
      unit: 'm',
      since: start + 60 * minute,
      provenance: 'simulated',
      frame: 77,
    });
    expect(seen.at(-1)).toMatchObject({ value: 40.9, cleared: start + 420 * minute });
    expect(z(pipeline, 41.5, 600).alarms[0]?.id).toBe(`7:z.instant.value@${start + 600 * minute}`);
  });
  it('bad and missing values neither raise nor clear, late ones change nothing', () => {
    const pipeline = createPipeline({ streams });
    expect(z(pipeline, 42, 0, { flag: 'D' }).alarms).toEqual([]);
    expect(z(pipeline, 42, 10).alarms.length).toBe(1);
    expect(z(pipeline, 0, 20, { flag: 'B' }).alarms).toEqual([]);
    expect(z(pipeline, null, 30).alarms).toEqual([]);
    expect(z(pipeline, 5000, 40).alarms).toEqual([]);
    const late = z(pipeline, 40, 5);
    expect([late.alarms, late.newest]).toEqual([[], false]);
    expect(z(pipeline, 41.9, 50).alarms.length).toBe(1);
  });
  it('a suspect value raises it marked, a stuck one does not', () => {
    const pipeline = createPipeline({ streams });
    expect(z(pipeline, 42, 0, { flag: 'S' }).alarms[0]?.quality).toBe('suspect');
    const other = createPipeline({ streams });
    const poor = thingOf(7, '巨流河站', { stream: 'water/water-level' });
    const day = 1440;
    for (let n = 0; n <= 4; n++) feed(other, poor, 'z/instant/value', 42, start + n * day * minute);
    // The mark is registered while the sensor is stuck above it.
    expect(z(other, 42, 5 * day)).toMatchObject({ observation: { failed: ['stuck'] }, alarms: [] });
    expect(short(z(other, 42.1, 6 * day).alarms)).toEqual(['yellow 巨流河站 超警戒 1.10 m']);
  });
  it('an hour mean is known at the end of its hour', () => {
    const pipeline = createPipeline({ streams });
    const station = thingOf(3, '和平站', { stream: 'ecology/air-quality' });
    const at = start - 60 * minute;
    expect(feed(pipeline, station, 'a34004/hour/mean', 168, at).alarms[0]).toMatchObject({
      since: start,
      level: 'orange',
      title: '和平站 PM2.5 重度污染 168 µg/m³',
    });
  });
});

describe('events', () => {
  const hotspot = (pipeline: Pipeline, value: number, minutes: number, position: LngLat): Judged =>
    feed(pipeline, satellite, 'fire-confidence/instant/value', value, start + minutes * minute, { position });
  it('each hotspot is an observation; pixels of one fire share an alarm that only gets worse; its time ends it', () => {
    const pipeline = createPipeline({ streams });
    const seen = [
      hotspot(pipeline, 60, 0, [125, 42]),
      hotspot(pipeline, 85, 0, [125.01, 42]),
      hotspot(pipeline, 55, 30, [125, 42.01]),
      hotspot(pipeline, 55, 30, [124, 41]),
      hotspot(pipeline, 30, 30, [123, 41]),
    ];
    expect(seen.every(({ observation }) => observation.quality === 'good')).toBe(true);
    expect(seen.flatMap(({ alarms }) => short(alarms))).toEqual([
      ...[
        'yellow FY-3D 林火热点 60 %',
        'orange FY-3D 林火热点 高置信 85 %',
        'orange FY-3D 林火热点 高置信 85 %',
        'yellow FY-3D 林火热点 55 %',
      ],
    ]);
    const ids = seen.flatMap(({ alarms }) => alarms.map(({ id }) => id));
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toBe(`9:fire-confidence.instant.value@${start}#125.0000,42.0000`);
    expect(seen[1]?.alarms[0]?.position).toEqual([125.01, 42]);
    expect(hotspot(pipeline, 60, 0, [125, 42]).alarms).toEqual([]);
    expect(pipeline.expire(start + 389 * minute)).toEqual([]);
    const over = pipeline.expire(start + 390 * minute);
    expect(over.map(({ cleared }) => cleared)).toEqual([start + 390 * minute, start + 390 * minute]);
    expect(pipeline.expire(start + 400 * minute)).toEqual([]);
    expect(hotspot(pipeline, 60, 400, [125, 42]).alarms[0]?.id).not.toBe(ids[0]);
  });
  it('the alarm belongs to the city the fire lies in; to the satellite where no city is known', () => {
    const pipeline = createPipeline({ streams, locate: ([lng]) => (lng < 125 ? '210400' : null) });
    expect(hotspot(pipeline, 60, 0, [124.9, 42]).alarms[0]?.adcode).toBe('210400');
    expect(hotspot(pipeline, 60, 0, [126, 42]).alarms[0]?.adcode).toBe('210102');
    // A gauge is where it is registered, whatever position a frame claims.
    expect(z(pipeline, 43.1, 0, { position: [124.9, 42] }).alarms[0]?.adcode).toBe('210102');
  });
  it('two hotspots of one overpass far apart are two alarms, and a flood of them stays bounded', () => {
    const pipeline = createPipeline({ streams });
    let [opened, cleared] = [0, 0];
    for (let n = 0; n < 2500; n++)
      for (const alarm of hotspot(pipeline, 60, 0, [118.5 + (n % 50) * 0.1, 38.5 + Math.floor(n / 50) * 0.1]).alarms)
        alarm.cleared === null ? opened++ : cleared++;
    expect([opened, cleared]).toEqual([2500, 500]);
  });
});

describe('restart', () => {
  it('goes on where it was: the same episode, the same newest, and the log read twice says nothing new', () => {
    const before = createPipeline({ streams });
    const first = z(before, 41.5, 0);
    const after = createPipeline({ streams });
    after.recover([first.observation], first.alarms);
    expect(z(after, 41.5, 0).alarms).toEqual([]);
    expect(z(after, 40, -10)).toMatchObject({ newest: false, alarms: [] });
    const [next] = z(after, 43.5, 60).alarms;
    expect([next?.id, next?.level, next?.since]).toEqual([first.alarms[0]?.id, 'orange', start]);
    expect(z(after, 40, 120).alarms[0]?.cleared).toBe(start + 120 * minute);
  });
  it('a sensor that was stuck is stuck at once', () => {
    const pipeline = createPipeline({ streams });
    const stuck: Observation = { ...z(createPipeline({ streams }), 42, 0).observation, quality: 'suspect', failed: ['stuck'] };
    pipeline.recover([stuck], []);
    expect(z(pipeline, 42, 5).observation.failed).toEqual(['stuck']);
    expect(z(pipeline, 42.01, 10).observation.failed).toEqual([]);
  });
  it('an alarm whose rule is no more is closed', () => {
    const [alarm] = z(createPipeline({ streams }), 42, 0).alarms as readonly [Alarm];
    const pipeline = createPipeline({ streams });
    pipeline.recover([], [{ ...alarm, stream: 'water/gone' }]);
    expect(pipeline.expire(start + minute)).toEqual([{ ...alarm, stream: 'water/gone', updated: start + minute, cleared: start + minute }]);
    expect(pipeline.expire(start + minute)).toEqual([]);
  });
});
