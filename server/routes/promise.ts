// A stream's promise held against what came: freshness, completeness, validity, lateness, and one score. All shares are 0–1.
import type { Instant } from '../../contracts/observation.ts';
import { provenances } from '../../contracts/observation.ts';
import { timeText } from '../../contracts/parameters.ts';
import { type Stream, streamPath } from '../../contracts/stream.ts';
import type { ThingState } from '../../contracts/wire.ts';
import { isThingLive, periodOf, periodSeconds } from '../../streams/staleness.ts';

/** What the history says of the headline series of a stream over a window. */
export interface Counted {
  /** Different phenomenonTimes per datastream, summed. */
  readonly points: number;
  readonly good: number;
  readonly missing: number;
  /** 95 % of the values arrived within so many seconds after the end of their period; null: none. */
  readonly lateness95: number | null;
}
export interface StreamReport {
  readonly id: string;
  readonly title: string;
  readonly provider: { readonly department: string; readonly name: string };
  readonly sharing: string;
  readonly kind: string;
  /** `latenessSeconds`: so long after the end of its period a value may come and still be live. */
  readonly promise: { readonly periodSeconds: number; readonly latenessSeconds: number; readonly headline: string };
  readonly measured: {
    readonly things: number;
    /** [counted, all]: completeness and validity are of so many of the Datastreams with the headline series. */
    readonly datastreams: readonly [number, number];
    /** Share of Things that are live. null: the stream has none. */
    readonly freshness: number | null;
    /** Values that came / promised. */
    readonly completeness: number | null;
    /** Good / came. */
    readonly validity: number | null;
    readonly lateness95Seconds: number | null;
    readonly newest: string | null;
    readonly windowSeconds: number;
    readonly asOf: string;
  };
  /** 0–100: the mean of freshness, completeness and validity; null while one of them cannot be told. */
  readonly score: number | null;
  /** How many Things are measured, reported, modelled, simulated. */
  readonly provenance: Readonly<Record<string, number>>;
}

/** The window a promise is measured over: a day. */
export const windowSeconds = 86_400;
/** Values one headline datastream has promised to bring within the window. */
function promised(stream: Stream): number {
  return Math.max(Math.floor(windowSeconds / stream.periodSeconds), 1);
}
/** Values that one measurement reads, about; more Datastreams than promise so many are sampled. */
const mostRead = 500_000;
/** Datastreams to be counted: all, or so many evenly spread ones that the count stays quick. */
export function sampleOf(stream: Stream, datastreams: readonly number[], most = mostRead): readonly number[] {
  const kept = Math.max(Math.floor(most / promised(stream)), 10);
  if (datastreams.length <= kept) return datastreams;
  return Array.from({ length: kept }, (_, i) => datastreams[Math.floor((i * datastreams.length) / kept)] as number);
}
const share = (part: number, whole: number): number | null => (whole === 0 ? null : Math.min(part / whole, 1));
const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 1000) / 1000);

/**
 * @param things of the stream that the asker may see
 * @param datastreams counted, and how many of them have the headline series
 */
export function reportOf(
  stream: Stream,
  things: readonly ThingState[],
  datastreams: readonly [number, number],
  counted: Counted,
  now: Instant,
): StreamReport {
  let newest: Instant | null = null;
  const provenance: Record<string, number> = Object.fromEntries(provenances.map((name) => [name, 0]));
  let live = 0;
  for (const thing of things) {
    provenance[thing.provenance] = (provenance[thing.provenance] ?? 0) + 1;
    if (isThingLive(stream, thing, now)) live++;
    for (const tuple of Object.values(thing.series)) if (newest === null || tuple[1] > newest) newest = tuple[1];
  }
  const freshness = share(live, things.length);
  // Nobody promises when the next fire is: an event stream's silence is not a gap.
  const completeness = stream.kind === 'event' ? null : share(counted.points, datastreams[0] * promised(stream));
  const validity = share(counted.good, counted.points);
  const parts = stream.kind === 'event' ? [freshness, validity] : [freshness, completeness, validity];
  const whole = parts.every((part) => part !== null) ? (parts as number[]) : null;
  return {
    id: streamPath(stream),
    title: stream.title.zh,
    provider: { department: stream.provider.department, name: stream.provider.zh },
    sharing: stream.sharing,
    kind: stream.kind,
    promise: { periodSeconds: stream.periodSeconds, latenessSeconds: stream.staleAfterSeconds, headline: stream.headline },
    measured: {
      things: things.length,
      datastreams,
      freshness: rounded(freshness),
      completeness: rounded(completeness),
      validity: rounded(validity),
      lateness95Seconds: counted.lateness95 === null ? null : Math.round(counted.lateness95),
      newest: newest === null ? null : timeText(newest),
      windowSeconds,
      asOf: timeText(now),
    },
    score: whole && Math.round((100 * whole.reduce((sum, part) => sum + part, 0)) / whole.length),
    provenance,
  };
}

/** Seconds that the headline series speaks for: lateness counts from the end of its period. */
export function headlineSpan(stream: Stream): number {
  return periodSeconds[periodOf(stream.headline)];
}
