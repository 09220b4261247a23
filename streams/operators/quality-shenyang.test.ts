// The checks on six years of hour means of Shenyang (PM2.5, 2010–2015) with seeded faults put on top: what is found, what is blamed wrongly.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Reading } from '../../contracts/observation.ts';
import { airQuality } from '../ecology/air-quality.ts';
import { freshMemory, judgeQuality } from './quality.ts';

const file = new URL('../../../shared/data/air_quality/ShenyangPM20100101_20151231.csv', import.meta.url);
const hour = 3_600_000;
const rule = airQuality.quality['a34004/hour/mean'];

/** [time, µg/m³] of every hour that has a value; the columns are found by their names. */
function series(): [number, number][] {
  const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const at = (name: string): number => head.split(',').indexOf(name);
  const [year, month, day, clock, pm] = ['year', 'month', 'day', 'hour', 'PM_US Post'].map(at) as [number, number, number, number, number];
  return lines.flatMap((line): [number, number][] => {
    const cells = line.split(',').map(Number);
    const value = cells[pm] as number;
    const time = Date.UTC(cells[year] as number, (cells[month] as number) - 1, cells[day], cells[clock]);
    return Number.isFinite(value) ? [[time, value]] : [];
  });
}
/** Failed checks by time, as they stand in the end: revisions taken in. */
function judged(values: readonly (readonly [number, number])[]): Map<number, readonly string[]> {
  const memory = freshMemory();
  const verdicts = new Map<number, readonly string[]>();
  for (const [phenomenonTime, result] of values) {
    const reading: Reading = { device: 'd', property: 'a34004', period: 'hour', statistic: 'mean', phenomenonTime, result, flag: 'N' };
    verdicts.set(phenomenonTime, judgeQuality(memory, reading, phenomenonTime + hour, rule).failed);
    for (const { index, before } of memory.course?.revised ?? []) {
      // A doubt in a spike that was taken back.
      if (before) verdicts.set(memory.course?.time[index] as number, []);
    }
  }
  return verdicts;
}

describe.skipIf(!existsSync(file))('Shenyang 2010–2015', () => {
  it('spikes of +400 µg/m³ every 97th hour: recall and precision', () => {
    const clean = series();
    expect(clean.length).toBeGreaterThan(20_000);
    const faulty = new Set<number>();
    const values = clean.map(([time, value], n): [number, number] => {
      if (n < 10 || n % 97 !== 0) return [time, value];
      faulty.add(time);
      return [time, value + 400];
    });
    const before = judged(clean);
    const after = judged(values);
    const spikes = [...after].filter(([, failed]) => failed.includes('spike')).map(([time]) => time);
    const found = spikes.filter((time) => faulty.has(time)).length;
    const natural = [...before.values()].filter((failed) => failed.includes('spike')).length;
    console.info(
      `spikes: ${faulty.size} put in, ${found} found, ${spikes.length - found} others; without faults ${natural} of ${clean.length}`,
    );
    expect(found / faulty.size).toBeGreaterThan(0.95);
    expect(natural / clean.length).toBeLessThan(0.01);
  });
  it('a sensor stuck for a day, every 400 hours: each is found', () => {
    const clean = series();
    const values = clean.map(([time, value], n): [number, number] => {
      const start = Math.floor(n / 400) * 400;
      const stuck = start > 0 && n - start < 24;
      return [time, stuck ? (clean[start]?.[1] ?? value) : value];
    });
    const stuck = [...judged(values)].filter(([, failed]) => failed.includes('stuck')).map(([time]) => time);
    const starts = clean.flatMap(([time], n) => (n > 0 && n % 400 === 0 && n + 24 < clean.length ? [time] : []));
    const found = starts.filter((start) => stuck.some((time) => time >= start && time < start + 72 * hour)).length;
    const natural = [...judged(clean).values()].filter((failed) => failed.includes('stuck')).length;
    console.info(`stuck: ${starts.length} put in, ${found} found; without faults ${natural} of ${clean.length}`);
    expect(found).toBe(starts.length);
    expect(natural / clean.length).toBeLessThan(0.01);
  });
});
