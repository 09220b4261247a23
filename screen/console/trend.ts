// Trend of a series in short: change per hour, where a line must break, and what the neighbours say together.
import type { Instant, Quality } from '../../contracts/observation.ts';

export interface TrendPoint {
  readonly phenomenonTime: Instant;
  /** null: the sensor says it has none. */
  readonly result: number | null;
  readonly quality: Quality;
}

const HOUR = 3_600_000;

/** Values that may be compared: bad ones are shown, never reckoned with. */
function counted(points: readonly TrendPoint[]): { t: Instant; value: number }[] {
  return points
    .filter((point) => point.result !== null && point.quality !== 'bad' && point.quality !== 'missing')
    .map((point) => ({ t: point.phenomenonTime, value: point.result as number }))
    .sort((a, b) => a.t - b.t);
}

/**
 * Change per hour, in the unit of the series: the last value against the one nearest to an hour before it, divided by their distance.
 * null when nothing lies between half an hour and two hours before.
 */
export function changePerHour(points: readonly TrendPoint[]): number | null {
  const usable = counted(points);
  const last = usable.at(-1);
  if (!last) return null;
  let best: { t: Instant; value: number } | null = null;
  for (const point of usable) {
    const back = last.t - point.t;
    if (back < HOUR / 2 || back > 2 * HOUR) continue;
    if (!best || Math.abs(back - HOUR) < Math.abs(last.t - best.t - HOUR)) best = point;
  }
  return best ? (last.value - best.value) / ((last.t - best.t) / HOUR) : null;
}

/** Puts a null between two points that lie further apart than 1.5 steps: late data breaks the line, as missing data does. */
export function breakAtGaps(points: readonly TrendPoint[], stepSeconds: number): (readonly [Instant, number | null])[] {
  const ordered = [...points].sort((a, b) => a.phenomenonTime - b.phenomenonTime);
  const line: (readonly [Instant, number | null])[] = [];
  let before: Instant | null = null;
  for (const point of ordered) {
    if (before !== null && point.phenomenonTime - before > stepSeconds * 1500) line.push([before + stepSeconds * 1000, null]);
    line.push([point.phenomenonTime, point.result]);
    before = point.phenomenonTime;
  }
  return line;
}

/** The middle of several series at each time step: what the neighbours say together. Steps with fewer than `least` values are left out. */
export function medianSeries(series: readonly (readonly TrendPoint[])[], stepSeconds: number, least = 2): (readonly [Instant, number])[] {
  const step = stepSeconds * 1000;
  const slots = new Map<Instant, number[]>();
  for (const points of series)
    for (const { t, value } of counted(points)) {
      const slot = Math.floor(t / step) * step;
      const there = slots.get(slot);
      if (there) there.push(value);
      else slots.set(slot, [value]);
    }
  return [...slots]
    .filter(([, values]) => values.length >= least)
    .sort(([a], [b]) => a - b)
    .map(([t, values]) => [t, median(values)] as const);
}
function median(values: number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  const middle = Math.floor(ordered.length / 2);
  const high = ordered[middle] ?? Number.NaN;
  return ordered.length % 2 === 1 ? high : (high + (ordered[middle - 1] ?? Number.NaN)) / 2;
}
