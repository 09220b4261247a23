// Samples for the tests of this folder: a Thing, an alarm, an indicator with everything filled in, at one fixed moment.
import type { Alarm } from '../../contracts/event.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import type { LatestTuple, ThingState } from '../../contracts/wire.ts';
import { indicatorKey } from '../../screen/live/mirror.ts';

export const now = Date.UTC(2026, 10, 24, 6);
export const M = 60_000;
export const H = 60 * M;
export const tuple = (result: number | null, at = now - M, quality: LatestTuple[2] = 'good'): LatestTuple => [
  result,
  at,
  quality,
  [],
  null,
  1,
  9,
  at,
  at,
  at,
];
export const thing = (id: number, more: Partial<ThingState>): ThingState => ({
  id,
  uid: `t${id}`,
  name: `站 ${id}`,
  adcode: '210100',
  position: [123, 41],
  provenance: 'simulated',
  properties: {},
  series: {},
  ...more,
});
export const alarm = (more: Partial<Alarm>): Alarm => ({
  id: 'a',
  thing: 1,
  thingName: '巨流河',
  stream: 'water/water-level',
  series: 'z/instant/value',
  level: 'yellow',
  rule: 'z.warning',
  title: '巨流河 超警戒 0.12',
  value: 29.32,
  limit: 29.2,
  unit: 'm',
  source: '',
  since: now - 2 * H,
  updated: now - M,
  cleared: null,
  adcode: '210181',
  position: [122.95, 41.99],
  quality: 'good',
  provenance: 'measured',
  frame: 1,
  ...more,
});
export const indicator = (code: string, adcode: string, value: number | null, more: Partial<Indicator> = {}): Indicator => ({
  code,
  adcode,
  title: code,
  value,
  unit: '',
  grade: null,
  note: null,
  targets: [],
  asOf: now,
  coverage: [4, 5],
  quality: 1,
  provenance: 'simulated',
  department: 'ecology',
  source: '',
  ...more,
});
export const mapOf = (list: readonly Indicator[]): Map<string, Indicator> =>
  new Map(list.map((one) => [indicatorKey(one.adcode, one.code), one]));
