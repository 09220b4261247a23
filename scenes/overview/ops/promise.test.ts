// Verdicts over streams and places on the latency axis: cases at and beside each edge.
import { describe, expect, it } from 'vitest';
import { placeOf } from './latency-axis.ts';
import { promiseOf } from './promise.ts';

const now = 1e12;
const stream = (seconds: number | null) => ({
  newest: seconds === null ? null : now - seconds * 1000,
  periodSeconds: 60,
  staleAfterSeconds: 200,
});
describe('promise of a stream', () => {
  it.each([
    [0, 'kept', 0],
    [90, 'kept', 0.45],
    [91, 'late', 0.455],
    [200, 'late', 1],
    [201, 'stale', 1],
    [null, 'silent', 1],
    [-5, 'kept', 0],
  ] as const)('newest %s s old: %s', (seconds, verdict, age) => {
    expect(promiseOf(stream(seconds), now)).toEqual({ verdict, age, period: 0.3 });
  });
});
describe('latency axis', () => {
  it.each([
    [0, 0],
    [1, 0],
    [10, 25],
    [100, 50],
    [10_000, 100],
    [60_000, 100],
  ])('%s ms lies at %s', (milliseconds, place) => {
    expect(placeOf(milliseconds)).toBeCloseTo(place, 9);
  });
});
