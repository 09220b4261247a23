// The declared shape of a stream: who promises what, how a reading is judged, when it alarms, citing its standard.
import type { Department, Sharing } from './access.ts';
import type { AlertLevel } from './event.ts';
import type { SeriesKey } from './observation.ts';
import { Problem } from './problem.ts';

/** Checks of one series. All limits are in the property's unit. */
export interface QualityRule {
  /** Outside is bad. */
  readonly range?: readonly [number, number];
  /** Largest believable change per second; beyond is suspect. */
  readonly ratePerSecond?: number;
  /** The same value for this long is suspect (the sensor is stuck). */
  readonly stuckSeconds?: number;
}

/** One threshold. The limit is a number, or a path into the Thing's own limits ('z.warning'). */
export interface Threshold {
  readonly id: string;
  readonly series: SeriesKey;
  readonly level: AlertLevel;
  readonly direction: 'above' | 'below';
  readonly limit: number | { readonly ofThing: string };
  /** true: the limit itself does not fire yet (超过); absent: reaching it fires (达到). */
  readonly strict?: true;
  /** Back below limit − hysteresis clears it; in the property's unit. */
  readonly hysteresis: number;
  readonly title: { readonly zh: string };
  /** Standard and clause, or the reason of a setting of our own. */
  readonly source: string;
}

export interface Stream {
  /** File name. */
  readonly id: string;
  /** Folder name. */
  readonly theme: string;
  readonly title: { readonly zh: string; readonly en: string };
  /** Department and name of the provider, as the truth strip prints it. */
  readonly provider: { readonly department: Department; readonly zh: string };
  readonly sharing: Sharing;
  /** state: the latest value counts and periodic values may be coalesced. event: every one counts and none is ever merged. */
  readonly kind: 'state' | 'event';
  /** Promised seconds between readings of one Datastream. */
  readonly periodSeconds: number;
  /** Seconds after phenomenonTime + period from which a value no longer counts as live. */
  readonly staleAfterSeconds: number;
  /** Events only: how long one stays on the map. */
  readonly activeSeconds?: number;
  /** The series that a list or a map shows first. */
  readonly headline: SeriesKey;
  readonly quality: Readonly<Record<SeriesKey, QualityRule>>;
  readonly thresholds: readonly Threshold[];
}

export type StreamPath = `${string}/${string}`;
export function streamPath(stream: Pick<Stream, 'theme' | 'id'>): StreamPath {
  return `${stream.theme}/${stream.id}`;
}

/** Checks a stream's declaration. @throws Problem bad-declaration */
export function defineStream(stream: Stream): Stream {
  const bad = (what: string): never => {
    throw new Problem('bad-declaration', { what: `${streamPath(stream)}: ${what}` });
  };
  if (!/^[a-z][a-z-]*$/.test(stream.id) || !/^[a-z][a-z-]*$/.test(stream.theme)) bad('id and theme are kebab-case');
  if (!(stream.periodSeconds > 0) || !(stream.staleAfterSeconds > 0)) bad('period and staleAfter are positive');
  if (stream.kind === 'event' && !stream.activeSeconds) bad('an event stream says how long an event stays');
  const ids = new Set<string>();
  for (const threshold of stream.thresholds) {
    if (ids.has(threshold.id)) bad(`threshold ${threshold.id} twice`);
    ids.add(threshold.id);
    if (!threshold.source) bad(`threshold ${threshold.id} cites nothing`);
    const range = stream.quality[threshold.series]?.range;
    if (
      typeof threshold.limit === 'number' &&
      range &&
      (threshold.direction === 'above' ? threshold.limit >= range[1] : threshold.limit <= range[0])
    )
      bad(`threshold ${threshold.id} can never fire: its limit lies outside the range check`);
  }
  return Object.freeze(stream);
}
