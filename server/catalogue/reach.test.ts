// Thresholds that can fire and those that cannot: no Things, no limit at the Thing, a limit beyond the range check.
import { expect, test } from 'vitest';
import type { Stream } from '../../contracts/stream.ts';
import { thresholdReach } from './reach.ts';

const series = 'z/instant/value';
const stream = {
  quality: { [series]: { range: [0, 100] } },
  thresholds: [
    { id: 'fixed', series, level: 'red', direction: 'above', limit: 90, hysteresis: 1, title: { zh: '固定' }, source: 'x' },
    {
      id: 'own',
      series,
      level: 'red',
      direction: 'above',
      limit: { ofThing: 'z.warning' },
      hysteresis: 1,
      title: { zh: '自有' },
      source: 'x',
    },
    {
      id: 'low',
      series,
      level: 'red',
      direction: 'below',
      limit: { ofThing: 'z.dead' },
      hysteresis: 1,
      title: { zh: '下限' },
      source: 'x',
    },
  ],
} as unknown as Stream;
const thing = (limits?: Record<string, Record<string, number>>) => ({ properties: limits ? { limits } : {} });

test.each([
  ['no Things', [], [false, false, false], [0, 0, 0]],
  ['no limits at the Things', [thing(), thing()], [true, false, false], [2, 0, 0]],
  ['limits inside', [thing({ z: { warning: 41, dead: 3 } }), thing()], [true, true, true], [2, 1, 1]],
  ['limits at the edge of the range and beyond', [thing({ z: { warning: 100, dead: -1 } })], [true, false, false], [1, 0, 0]],
] as const)('%s', (_, things, reachable, counts) => {
  const reach = thresholdReach(stream, things);
  expect(reach.map((one) => one.reachable)).toEqual(reachable);
  expect(reach.map((one) => one.things[0])).toEqual(counts);
  expect(reach.every((one) => one.things[1] === things.length && one.why.length > 1)).toBe(true);
});
