// Which stream a device belongs to, told by what it sends: for Things that somebody registered by name and number alone.
import type { SeriesKey } from '../contracts/observation.ts';
import { type Stream, type StreamPath, streamPath } from '../contracts/stream.ts';

/**
 * The stream that declares the most of these series (their checks, or its headline); null where none declares any, or two as many: a device
 * that sends only SO₂ may be a city's station or a factory's chimney, and a guess would judge it by the wrong limits.
 */
export function streamBySeries(streams: readonly Stream[], series: readonly SeriesKey[]): StreamPath | null {
  let best: StreamPath | null = null;
  let most = 0;
  for (const stream of streams) {
    const declared = series.filter((key) => key === stream.headline || key in stream.quality).length;
    if (declared < most || declared === 0) continue;
    best = declared === most ? null : streamPath(stream);
    most = declared;
  }
  return best;
}
