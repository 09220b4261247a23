// Quantiles over a sliding minute, against sorting everything.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLatency, createQuantiles } from './latency.ts';

describe('quantiles', () => {
  test('are within 3 % (or 0.1 ms) of the nearest-rank quantile of the last 60 seconds', () => {
    const sample = fc.record({ at: fc.nat(120_000), value: fc.double({ min: 0, max: 500_000, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 300 }), (samples) => {
        const quantiles = createQuantiles();
        const sorted = [...samples].sort((a, b) => a.at - b.at);
        for (const { at, value } of sorted) quantiles.add(value, at);
        const now = sorted.at(-1)!.at;
        const kept = sorted.filter(({ at }) => Math.floor(at / 1000) > Math.floor(now / 1000) - 60).map(({ value }) => value);
        kept.sort((a, b) => a - b);
        const summary = quantiles.summary(now);
        expect(summary.count).toBe(kept.length);
        for (const [q, got] of [
          [0.5, summary.p50],
          [0.95, summary.p95],
          [0.99, summary.p99],
        ] as const) {
          const exact = kept[Math.ceil(q * kept.length) - 1]!;
          expect(Math.abs(got - exact)).toBeLessThanOrEqual(Math.max(exact * 0.03, 0.16));
        }
      }),
    );
  });
  test('what is older than a minute is gone; impossible figures are left out', () => {
    const quantiles = createQuantiles();
    quantiles.add(100, 1000);
    quantiles.add(-5, 1000);
    quantiles.add(Number.NaN, 1000);
    expect(quantiles.summary(60_999).count).toBe(1);
    expect(quantiles.summary(61_000)).toEqual({ p50: 0, p95: 0, p99: 0, count: 0 });
  });
  test('each hop is measured on its own, the paint over the whole way', () => {
    const latency = createLatency();
    const hops = { received: 1000, durable: 1020, processed: 1023 };
    latency.processed(hops, 1023);
    latency.sent(hops, 1100);
    latency.painted(1000, 1180, 1200);
    const { durable, processed, sent, painted } = latency.summary(1200);
    for (const [got, exact] of [
      [durable.p50, 20],
      [processed.p50, 3],
      [sent.p50, 77],
      [painted.p50, 180],
    ] as const)
      expect(Math.abs(got - exact) / exact).toBeLessThan(0.03);
  });
});
