// How fast a value rises or falls: the slope of a straight line through the last readings.
import type { Instant } from '../../contracts/observation.ts';

/**
 * Least-squares slope per hour over the points within `windowSeconds` before the newest one. Unsorted input is fine.
 * @returns null when fewer than three points, or less than a quarter of the window, carry it
 */
export function trendPerHour(points: readonly (readonly [time: Instant, value: number])[], windowSeconds: number): number | null {
  let newest = -Infinity;
  for (const [time] of points) newest = Math.max(newest, time);
  const inside = points.filter(([time]) => newest - time <= windowSeconds * 1000);
  if (inside.length < 3) return null;
  let [meanTime, meanValue, oldest] = [0, 0, newest];
  for (const [time, value] of inside) {
    // Hours before the newest: small numbers keep the sums exact enough.
    meanTime += (time - newest) / 3_600_000 / inside.length;
    meanValue += value / inside.length;
    oldest = Math.min(oldest, time);
  }
  if ((newest - oldest) * 4 < windowSeconds * 1000) return null;
  let [covariance, variance] = [0, 0];
  for (const [time, value] of inside) {
    const hours = (time - newest) / 3_600_000 - meanTime;
    covariance += hours * (value - meanValue);
    variance += hours * hours;
  }
  return variance > 0 ? covariance / variance : null;
}
