// How long each stretch of the road took, over the last minute: p50, p95, p99. A ring of samples; the oldest make room.
import type { Instant } from '../../contracts/observation.ts';
import type { LatencySummary } from '../../contracts/wire.ts';

export const stretches = ['durable', 'processed', 'sent', 'painted'] as const;
export type Stretch = (typeof stretches)[number];

export interface Latency {
  /** @param milliseconds negative ones (clocks of two machines) count as 0 */
  add(stretch: Stretch, milliseconds: number, now: Instant): void;
  summary(stretch: Stretch, now: Instant): LatencySummary;
}

export function createLatency(kept = 8192, windowMilliseconds = 60_000): Latency {
  const rings = Object.fromEntries(
    stretches.map((stretch) => [stretch, { values: new Float64Array(kept), times: new Float64Array(kept), next: 0, count: 0 }]),
  ) as Record<Stretch, { values: Float64Array; times: Float64Array; next: number; count: number }>;
  return {
    add(stretch, milliseconds, now) {
      const ring = rings[stretch];
      ring.values[ring.next] = Math.max(0, milliseconds);
      ring.times[ring.next] = now;
      ring.next = (ring.next + 1) % kept;
      ring.count = Math.min(ring.count + 1, kept);
    },
    summary(stretch, now) {
      const ring = rings[stretch];
      const recent: number[] = [];
      for (let i = 0; i < ring.count; i++) if ((ring.times[i] ?? 0) > now - windowMilliseconds) recent.push(ring.values[i] ?? 0);
      recent.sort((a, b) => a - b);
      const at = (share: number): number => Math.round(recent[Math.min(recent.length - 1, Math.floor(share * recent.length))] ?? 0);
      return { p50: at(0.5), p95: at(0.95), p99: at(0.99), count: recent.length };
    },
  };
}
