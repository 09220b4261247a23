// Devices by what they send.
import { expect, test } from 'vitest';
import type { SeriesKey } from '../contracts/observation.ts';
import { streamBySeries } from './by-series.ts';
import { streams } from './index.ts';

test.each<[string, SeriesKey[], string | null]>([
  ['an air station', ['a34004/hour/mean', 'a21026/hour/mean', 'a21005/hour/mean'], 'ecology/air-quality'],
  ['a chimney', ['a34013/hour/mean', 'a21026/hour/mean', 'a21002-Zs/hour/mean'], 'ecology/pollution-source'],
  ['a waste water outlet', ['w01018/instant/value', 'w21003/instant/value'], 'ecology/pollution-source'],
  ['a gauge', ['z/instant/value'], 'water/water-level'],
  ['a vehicle', ['speed/instant/value', 'bearing/instant/value'], 'emergency/vehicle-position'],
  ['a satellite', ['frp/instant/value'], 'forestry/fire-hotspot'],
  ['SO2 alone: nobody knows', ['a21026/hour/mean'], null],
  ['nothing known', ['x/instant/value'], null],
  ['nothing', [], null],
])('%s', (_, series, path) => {
  expect(streamBySeries(streams, series)).toBe(path);
});

test('the order of the streams changes nothing', () => {
  for (const series of ['a21026/hour/mean', 'a34004/hour/mean'] as const)
    expect(streamBySeries([...streams].reverse(), [series])).toBe(streamBySeries(streams, [series]));
});
