// Neighbours and double channels through the pipeline: whatever comes last, the verdicts are the same, and what changed is told.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LngLat } from '../contracts/geo.ts';
import type { Observation, Reading, SeriesKey } from '../contracts/observation.ts';
import type { Datastream, Thing } from '../contracts/thing.ts';
import { streams } from './index.ts';
import { createPipeline, type Judged, type Pipeline } from './pipeline.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 24);
const codes = ['a34004/hour/mean', 'a34002/hour/mean', 'speed/instant/value', 'recorder-speed/instant/value'] as const;
const station = (id: number, position: LngLat | null, more: Partial<Thing['properties']> = {}): Thing => ({
  ...{ id, uid: `n:${id}`, name: `站${id}`, description: '', adcode: '210102', position },
  properties: { stream: 'ecology/air-quality', ...more },
});
/** A city of six, four kilometres apart at most; one 200 km away. */
const city = [0, 1, 2, 3, 4, 5].map((n) => station(n + 1, [123.4 + n * 0.01, 41.8 + (n % 2) * 0.02]));
const faraway = station(9, [121.6, 38.9]);

/** Verdicts as they stand: the one at arrival, replaced by each revision. */
function ledger(): { take(judged: Judged): void; of(thing: number, at?: number): string } {
  const verdicts = new Map<string, readonly string[]>();
  const key = (o: Pick<Observation, 'thing' | 'phenomenonTime'>): string => `${o.thing}@${o.phenomenonTime}`;
  return {
    take({ observation, revised }) {
      verdicts.set(key(observation), observation.failed);
      for (const revision of revised) {
        expect(verdicts.has(key(revision)), 'only what was judged is revised').toBe(true);
        expect(revision.quality).toBe(revision.failed.length === 0 ? 'good' : 'suspect');
        verdicts.set(key(revision), revision.failed);
      }
    },
    of: (thing, at = start) => (verdicts.get(`${thing}@${at}`) ?? ['-']).join(' '),
  };
}
function feed(pipeline: Pipeline, thing: Thing, series: SeriesKey, result: number, at = start): Judged {
  const [property = '', period, statistic] = series.split('/') as [string, Reading['period'], Reading['statistic']];
  const id = thing.id * 10 + codes.indexOf(series as (typeof codes)[number]);
  const datastream: Datastream = { id, thing: thing.id, series, property, name: property, unit: 'ug/m3' };
  const reading: Reading = { device: 'd', property, period, statistic, phenomenonTime: at, result, flag: 'N' };
  return pipeline.judge(thing, datastream, reading, { frame: 1, hops: { received: at + hour, durable: 0, processed: 0 } });
}
const pm = 'a34004/hour/mean';

describe('neighbours', () => {
  const values = [62, 55, 70, 240, 58, 66];
  it('the one that stands alone is doubted, in every order of arrival', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), (order) => {
        const [pipeline, book] = [createPipeline({ streams }), ledger()];
        for (const n of order) book.take(feed(pipeline, city[n] as Thing, pm, values[n] as number));
        expect(city.map(({ id }) => book.of(id))).toEqual(['', '', '', 'neighbour', '', '']);
      }),
      { numRuns: 100 },
    );
  });
  it('a dust storm that all of them see is no fault; two neighbours are no consensus; far away and simulated ones are none', () => {
    const [pipeline, book] = [createPipeline({ streams }), ledger()];
    for (const [n, thing] of city.entries()) book.take(feed(pipeline, thing, pm, 700 + n * 40));
    book.take(feed(pipeline, faraway, pm, 30));
    expect([...city, faraway].map(({ id }) => book.of(id)).join('')).toBe('');
    const few = createPipeline({ streams });
    for (const n of [0, 1]) feed(few, city[n] as Thing, pm, 60);
    expect(feed(few, city[2] as Thing, pm, 500).observation.failed).toEqual([]);
    for (const n of [3, 4, 5]) feed(few, station(n + 20, city[n]?.position ?? null, { provenance: 'simulated' }), pm, 60);
    expect(feed(few, city[2] as Thing, pm, 501).observation.failed).toEqual([]);
  });
  it('what the others say an hour later does not speak of this hour', () => {
    const [pipeline, book] = [createPipeline({ streams }), ledger()];
    for (const n of [0, 1, 2, 4, 5]) book.take(feed(pipeline, city[n] as Thing, pm, 60, start + hour));
    book.take(feed(pipeline, city[3] as Thing, pm, 200, start));
    expect(book.of(4)).toBe('');
    // The late hour of the others arrives, and only then is there something to compare with.
    for (const n of [0, 1, 2]) book.take(feed(pipeline, city[n] as Thing, pm, 60, start));
    expect(book.of(4)).toBe('neighbour');
  });
});

describe('two channels', () => {
  it('PM2.5 above PM10 doubts both, whichever comes first', () => {
    for (const first of [true, false]) {
      const pipeline = createPipeline({ streams });
      const pair = [() => feed(pipeline, faraway, pm, 90), () => feed(pipeline, faraway, 'a34002/hour/mean', 60)];
      const [one, two] = (first ? pair : pair.reverse()).map((send) => send()) as [Judged, Judged];
      expect([one.observation.failed, two.observation.failed, two.revised.map((r) => [r.datastream, r.quality, r.failed])]).toEqual([
        [],
        ['pair'],
        [[first ? 90 : 91, 'suspect', ['pair']]],
      ]);
    }
    const fine = createPipeline({ streams });
    feed(fine, faraway, pm, 90);
    expect(feed(fine, faraway, 'a34002/hour/mean', 85).observation.failed).toEqual([]);
  });
  it('JT/T 808 附加信息 03: the recorder and GNSS must agree on the speed, also of a car that moves', () => {
    const pipeline = createPipeline({ streams });
    const car = station(11, null, { stream: 'emergency/vehicle-position' });
    feed(pipeline, car, 'speed/instant/value', 16.7);
    expect(feed(pipeline, car, 'recorder-speed/instant/value', 16.1).observation.failed).toEqual([]);
    feed(pipeline, car, 'speed/instant/value', 16.7, start + 30_000);
    const off = feed(pipeline, car, 'recorder-speed/instant/value', 0, start + 30_000);
    expect([off.observation.failed, off.revised.map((r) => r.failed)]).toEqual([['pair'], [['pair']]]);
  });
  it('a correction takes the doubt back on both sides', () => {
    const pipeline = createPipeline({ streams });
    feed(pipeline, faraway, pm, 90);
    feed(pipeline, faraway, 'a34002/hour/mean', 60);
    const corrected = feed(pipeline, faraway, 'a34002/hour/mean', 130);
    expect([corrected.observation.failed, corrected.revised.map((r) => [r.datastream, r.quality])]).toEqual([[], [[90, 'good']]]);
  });
});
