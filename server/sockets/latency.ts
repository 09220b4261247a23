// How long the hops of the road take: quantiles over the last minute, in constant memory, however many readings there are.
//
// A ring of one-second slots, each a histogram with buckets that grow by 4 %, so that a quantile is right within 2 %. Milliseconds.
import type { Hops, Instant } from '../../contracts/observation.ts';
import type { Health, LatencySummary } from '../../contracts/wire.ts';

/** durable: received → durable; processed: durable → processed; sent: processed → sent; painted: received → painted, the whole way. */
export type LatencyHop = keyof Health['latency'];

const windowSeconds = 60;
const growth = Math.log(1.04);
const smallest = 0.1;
/** Up to ten minutes; what takes longer counts as ten minutes. */
const buckets = Math.ceil(Math.log(600_000 / smallest) / growth) + 1;

function bucketOf(milliseconds: number): number {
  if (!(milliseconds > smallest)) return 0;
  return Math.min(buckets - 1, Math.ceil(Math.log(milliseconds / smallest) / growth));
}
/** The middle of a bucket; 0 for the first one, which is "less than can be told". */
function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : smallest * Math.exp((bucket - 0.5) * growth);
}

export interface Quantiles {
  /** Negative and unreal figures (another machine's clock) are left out. */
  add(milliseconds: number, now: Instant): void;
  /** Of the last 60 s. */
  summary(now: Instant): LatencySummary;
}

export function createQuantiles(): Quantiles {
  const ring = new Uint32Array(windowSeconds * buckets);
  const seconds = new Float64Array(windowSeconds).fill(-1);
  let [lastGiven, lastBucket] = [Number.NaN, 0];
  return {
    add(milliseconds, now) {
      if (!Number.isFinite(milliseconds) || milliseconds < 0) return;
      const second = Math.floor(now / 1000);
      const slot = ((second % windowSeconds) + windowSeconds) % windowSeconds;
      if (seconds[slot] !== second) {
        ring.fill(0, slot * buckets, (slot + 1) * buckets);
        seconds[slot] = second;
      }
      // Readings of one commit have the same figures.
      if (milliseconds !== lastGiven) {
        lastBucket = bucketOf(milliseconds);
        lastGiven = milliseconds;
      }
      const index = slot * buckets + lastBucket;
      ring[index] = (ring[index] ?? 0) + 1;
    },
    summary(now) {
      const second = Math.floor(now / 1000);
      const merged = new Float64Array(buckets);
      let counted = 0;
      for (let slot = 0; slot < windowSeconds; slot++) {
        const of = seconds[slot] ?? -1;
        if (of < 0 || of > second || of <= second - windowSeconds) continue;
        for (let bucket = 0; bucket < buckets; bucket++) {
          const n = ring[slot * buckets + bucket] ?? 0;
          merged[bucket] = (merged[bucket] ?? 0) + n;
          counted += n;
        }
      }
      // Nearest rank: the smallest value that at least q of all do not exceed.
      const at = (q: number): number => {
        let rank = Math.ceil(q * counted);
        for (let bucket = 0; bucket < buckets; bucket++) {
          rank -= merged[bucket] ?? 0;
          if (rank <= 0) return Math.round(middleOf(bucket) * 10) / 10;
        }
        return 0;
      };
      return counted === 0 ? { p50: 0, p95: 0, p99: 0, count: 0 } : { p50: at(0.5), p95: at(0.95), p99: at(0.99), count: counted };
    },
  };
}

export interface Latency {
  /** A reading reached the store. */
  processed(hops: Hops, now: Instant): void;
  /** A delta whose oldest reading has these hops went out. */
  sent(hops: Hops, now: Instant): void;
  /** A page painted what was received then. */
  painted(received: Instant, painted: Instant, now: Instant): void;
  summary(now: Instant): Readonly<Record<LatencyHop, LatencySummary>>;
}

export function createLatency(): Latency {
  const hops: Record<LatencyHop, Quantiles> = {
    durable: createQuantiles(),
    processed: createQuantiles(),
    sent: createQuantiles(),
    painted: createQuantiles(),
  };
  return {
    processed(h, now) {
      hops.durable.add(h.durable - h.received, now);
      hops.processed.add(h.processed - h.durable, now);
    },
    sent: (h, now) => hops.sent.add(now - h.processed, now),
    painted: (received, painted, now) => hops.painted.add(painted - received, now),
    summary: (now) => ({
      durable: hops.durable.summary(now),
      processed: hops.processed.summary(now),
      sent: hops.sent.summary(now),
      painted: hops.painted.summary(now),
    }),
  };
}
