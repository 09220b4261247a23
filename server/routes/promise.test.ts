// A stream's promise against what came: which Datastreams are counted, what cannot be told, and the score.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { airQuality } from '../../streams/ecology/air-quality.ts';
import { fireHotspot } from '../../streams/forestry/fire-hotspot.ts';
import { type Counted, reportOf, sampleOf } from './promise.ts';

const now = Date.parse('2026-11-24T08:05:00+08:00');
const counted = (change: Partial<Counted>): Counted => ({ points: 0, good: 0, missing: 0, lateness95: null, ...change });
const thing = (age: number, provenance: 'measured' | 'simulated' = 'measured') => ({
  ...{ id: 1, uid: 'x', name: 'x', adcode: '210100', position: null, properties: {}, provenance },
  series: { 'a34004/hour/mean': [40, now - age, 'good', [], null, 1, 1, now, now, now] as const },
});

describe('sample', () => {
  test('few are counted all, many evenly, each once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 50_000 }), (length, most) => {
        const all = Array.from({ length }, (_, i) => i);
        const sample = sampleOf(airQuality, all, most);
        expect(new Set(sample).size).toBe(sample.length);
        expect(sample.length).toBe(Math.min(length, Math.max(Math.floor(most / 24), 10)));
      }),
    );
    expect(
      sampleOf(
        airQuality,
        Array.from({ length: 100 }, (_, i) => i),
        240,
      ),
    ).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
  });
});
describe('report', () => {
  test.each([
    ['everything came', [thing(3_600_000)], [1, 1], counted({ points: 24, good: 24 }), [1, 1, 1, 100]],
    ['half came, a third of it good', [thing(3_600_000)], [1, 1], counted({ points: 12, good: 4 }), [1, 0.5, 0.333, 61]],
    ['silent for a day', [thing(86_400_000)], [1, 1], counted({}), [0, 0, null, null]],
    ['no Thing at all', [], [0, 0], counted({}), [null, null, null, null]],
    ['more than promised is no more than whole', [thing(0)], [1, 1], counted({ points: 99, good: 99 }), [1, 1, 1, 100]],
    ['a sample speaks for its own', [thing(0), thing(0)], [1, 2], counted({ points: 12, good: 12 }), [1, 0.5, 1, 83]],
  ] as const)('%s', (_, things, datastreams, figures, [freshness, completeness, validity, score]) => {
    const report = reportOf(airQuality, things, datastreams, figures, now);
    expect([report.measured.freshness, report.measured.completeness, report.measured.validity, report.score]).toEqual([
      freshness,
      completeness,
      validity,
      score,
    ]);
  });
  test('the silence of an event stream is no gap', () => {
    const report = reportOf(fireHotspot, [thing(0, 'simulated')], [1, 1], counted({ points: 2, good: 2 }), now);
    expect([report.measured.completeness, report.provenance['simulated']]).toEqual([null, 1]);
  });
});
