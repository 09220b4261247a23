// The trail of an operations page: thinned, bounded, and honest about what it has not heard.
import { describe, expect, it } from 'vitest';
import type { Health } from '../../../contracts/wire.ts';
import { extended, frameRate, type Step, trailMilliseconds } from './trail.ts';

const quiet = { p50: 0, p95: 0, p99: 0, count: 0 };
function health(now: number, frames: number, painted = quiet): Health {
  return {
    ...{ now, database: 'up', since: 0, demo: true, readingsPerSecond: 7, sockets: 1, streams: [] },
    latency: { durable: quiet, processed: quiet, sent: quiet, painted },
    protocols: { hj212: { frames, refused: 0, readings: 0, unclaimed: 0 } },
  };
}
const walk = (seconds: number, framesPerSecond: number): readonly Step[] =>
  Array.from({ length: seconds }, (_, i) => health(1e12 + i * 1000, i * framesPerSecond)).reduce<readonly Step[]>(
    (trail, one) => extended(trail, one),
    [],
  );

describe('trail', () => {
  it('keeps fifteen minutes in fewer than 200 steps, the newest exact', () => {
    const trail = walk(3600, 4);
    expect(trail.length).toBeLessThan(200);
    expect((trail.at(-1)?.at ?? 0) - (trail[0]?.at ?? 0)).toBeGreaterThan(trailMilliseconds - 10_000);
    expect(trail.at(-1)?.at).toBe(1e12 + 3_599_000);
  });
  it('a minute without a sample has no latency, and zero is not it', () => {
    expect(extended([], health(1, 0)).at(-1)?.painted).toBeNull();
    expect(extended([], health(1, 0, { p50: 0, p95: 0, p99: 1, count: 3 })).at(-1)?.painted).toBe(0);
  });
  it('gives frames per second of the last minute', () => {
    expect(frameRate(walk(300, 4), 'hj212')).toBeCloseTo(4, 6);
    expect(frameRate(walk(300, 4), 'mqtt')).toBe(0);
  });
  it.each([
    ['two seconds of listening', walk(3, 4)],
    ['nothing heard', []],
    ['a server that began anew', extended(walk(60, 4), health(1e12 + 90_000, 3))],
  ])('says nothing after %s', (_, trail) => {
    expect(frameRate(trail, 'hj212')).toBeNull();
  });
});
