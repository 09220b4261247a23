// When a value stops being live. Pure and light: server, pages and the past-minute view decide by the same rule.
//
// null (the sensor says none) is a live statement; only age makes a value stale.
import type { Instant, Period, SeriesKey } from '../contracts/observation.ts';
import type { Stream } from '../contracts/stream.ts';
import type { LatestTuple, ThingState } from '../contracts/wire.ts';

/**
 * Longest seconds that a result of this period speaks for, counted from its phenomenonTime. A "minute" value of HJ 212-2017 (CN 2051) covers
 * MinInterval minutes, 1–30 and 10 unless the device was told otherwise.
 */
export const periodSeconds: Readonly<Record<Period, number>> = { instant: 0, minute: 600, hour: 3600, day: 86_400 };

/** What a device's clock may be ahead of ours before its stamp proves nothing. */
export const clockToleranceSeconds = 900;

/** The period of a series key. */
export function periodOf(series: SeriesKey): Period {
  return series.split('/')[1] as Period;
}

/** The instant from which the value is stale: phenomenonTime + period + the stream's staleAfter. */
export function staleFrom(stream: Pick<Stream, 'staleAfterSeconds'>, series: SeriesKey, phenomenonTime: Instant): Instant {
  return phenomenonTime + (periodSeconds[periodOf(series)] + stream.staleAfterSeconds) * 1000;
}

/**
 * Whether a latest value counts as live.
 * @param series of the value; absent: the stream's headline
 */
export function isLive(
  stream: Pick<Stream, 'staleAfterSeconds' | 'headline'>,
  latest: LatestTuple | undefined,
  now: Instant,
  series: SeriesKey = stream.headline,
): boolean {
  if (!latest) return false;
  const phenomenonTime = latest[1];
  return phenomenonTime <= now + clockToleranceSeconds * 1000 && now < staleFrom(stream, series, phenomenonTime);
}

/** A Thing is live while any of its series is. */
export function isThingLive(
  stream: Pick<Stream, 'staleAfterSeconds' | 'headline'>,
  thing: Pick<ThingState, 'series'>,
  now: Instant,
): boolean {
  for (const series in thing.series) {
    const key = series as SeriesKey;
    if (isLive(stream, thing.series[key], now, key)) return true;
  }
  return false;
}
