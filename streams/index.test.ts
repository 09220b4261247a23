// The registry of streams: every file in the list, every declaration usable, every threshold reachable and cited.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { levelRank } from '../contracts/event.ts';
import { periods, statistics } from '../contracts/observation.ts';
import { isKnownProperty } from '../contracts/observed-property.ts';
import { Problem } from '../contracts/problem.ts';
import { streamPath } from '../contracts/stream.ts';
import { byPath, streams } from './index.ts';
import { climb, familiesOf } from './operators/threshold.ts';

/** Folders that hold no streams. */
const engines = ['indicators', 'log', 'models', 'operators', 'connectors'];
const folder = new URL('.', import.meta.url);
const files = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !engines.includes(entry.name))
  .flatMap(({ name }) =>
    readdirSync(new URL(`${name}/`, folder))
      .filter((file) => /^[a-z-]+\.ts$/.test(file))
      .map((file) => `${name}/${file.slice(0, -3)}`),
  );

describe('registry of streams', () => {
  it('lists every file, and each is named by folder and id', () => {
    expect(streams.map(streamPath).sort()).toEqual(files.sort());
    expect(streams.length).toBe(5);
    expect(byPath(streams).size).toBe(streams.length);
    expect(() => byPath([...streams, ...streams.slice(0, 1)])).toThrow(Problem);
  });

  it('knows every property, period and statistic that it names', () => {
    let named = 0;
    for (const stream of streams) {
      const keys = [...Object.keys(stream.quality), ...stream.thresholds.map(({ series }) => series), stream.headline];
      expect(stream.quality[stream.headline], `${stream.id} judges its headline`).toBeDefined();
      for (const key of keys) {
        const [property = '', period, statistic] = key.split('/');
        // -Zs: converted to the reference oxygen, HJ 212; the same property otherwise.
        expect(isKnownProperty(property.replace(/-Zs$/, '')), `${stream.id}: ${key}`).toBe(true);
        expect(
          [periods, statistics].map((list) => (list as readonly string[]).includes(list === periods ? (period ?? '') : (statistic ?? ''))),
        ).toEqual([true, true]);
        named++;
      }
    }
    expect(named).toBe(88);
  });

  it('every threshold fires on a value that passes the range check, at its own level, and cites a source', () => {
    let proven = 0;
    for (const stream of streams)
      for (const families of familiesOf(stream).values())
        for (const family of families)
          for (const [index, rung] of family.rungs.entries()) {
            const { threshold, path } = rung;
            const range = stream.quality[threshold.series]?.range ?? [-1e9, 1e9];
            const [low, high] = range;
            // A limit of the Thing's own is given one in the middle of the range; worse rungs are not there for this Thing.
            const own = (low + high) / 2;
            const limits = path ? { [path[0]]: { [path[1]]: own } } : {};
            const limit = typeof threshold.limit === 'number' ? threshold.limit : own;
            const step = Math.min(0.5, (high - low) / 1000);
            const beyond = threshold.direction === 'above' ? limit + step : limit - step;
            expect(beyond >= low && beyond <= high, threshold.id).toBe(true);
            const found = climb(family, -1, beyond, { properties: { limits } });
            expect(family.rungs[found]?.threshold.id, threshold.id).toBe(threshold.id);
            expect(threshold.source.length).toBeGreaterThan(10);
            expect(threshold.hysteresis >= 0 && threshold.title.zh !== '').toBe(true);
            if (index > 0)
              expect(levelRank(threshold.level)).toBeGreaterThan(levelRank(family.rungs[index - 1]?.threshold.level ?? threshold.level));
            proven++;
          }
    expect(proven).toBe(30);
    expect(streams.reduce((sum, stream) => sum + stream.thresholds.length, 0)).toBe(proven);
  });
});
