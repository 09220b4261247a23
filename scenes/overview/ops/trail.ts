// What this page has heard of the house since it was opened: the last minutes of health, thinned, and rates between them. Pure.
import type { Instant } from '../../../contracts/observation.ts';
import type { Health } from '../../../contracts/wire.ts';

export interface Step {
  readonly at: Instant;
  readonly readingsPerSecond: number;
  /** p95 of received → painted, ms; null: no sample in the minute before. */
  readonly painted: number | null;
  /** p95 of received → durable, ms; null as above. */
  readonly durable: number | null;
  /** Resident memory of the server, bytes; null: not told. */
  readonly memory: number | null;
  readonly frames: Readonly<Record<string, number>>;
}
export const trailMilliseconds = 900_000;
/** Steps nearer than this replace each other: fifteen minutes stay under 200 of them. */
const stepMilliseconds = 5000;

/** The trail with this health at its end; what is older than `trailMilliseconds` is gone. */
export function extended(trail: readonly Step[], health: Health, memory: number | null = null): readonly Step[] {
  const { painted, durable } = health.latency;
  const step: Step = {
    at: health.now,
    readingsPerSecond: health.readingsPerSecond,
    painted: painted.count > 0 ? painted.p95 : null,
    durable: durable.count > 0 ? durable.p95 : null,
    memory,
    frames: Object.fromEntries(Object.entries(health.protocols).map(([protocol, counts]) => [protocol, counts.frames])),
  };
  const kept = trail.filter((one) => one.at > health.now - trailMilliseconds && one.at < health.now);
  const [before, last] = [kept.at(-2), kept.at(-1)];
  const replaces = last && before && last.at - before.at < stepMilliseconds;
  return [...(replaces ? kept.slice(0, -1) : kept), step];
}

/**
 * Frames per second of a protocol over the last minute of the trail; null: not heard long enough, or the server began to count anew.
 * @param window milliseconds looked back
 */
export function frameRate(trail: readonly Step[], protocol: string, window = 60_000): number | null {
  const last = trail.at(-1);
  const first = last && trail.find((one) => one.at >= last.at - window);
  if (!last || !first || last.at - first.at < stepMilliseconds) return null;
  const frames = (last.frames[protocol] ?? 0) - (first.frames[protocol] ?? 0);
  return frames < 0 ? null : frames / ((last.at - first.at) / 1000);
}
