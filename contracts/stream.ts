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
  /** A lone value that stands out from the last ones by this much at least, and by far more than they scatter, is suspect. */
  readonly spike?: number;
  readonly neighbours?: NeighbourRule;
  readonly pair?: PairRule;
}

/** Consensus: a value far from the median of the same series at Things nearby is suspect. */
export interface NeighbourRule {
  readonly withinMetres: number;
  /** Compared are values at most so far apart in time: below half the spacing of the readings. */
  readonly withinSeconds: number;
  /** Fewer neighbours with a value are no consensus. */
  readonly least: number;
  /** Allowed from the median in any case, in the property's unit … */
  readonly absolute: number;
  /** … or this share of the median, whichever is more. */
  readonly relative: number;
}

/** Two channels of one Thing that measure the same, or of which one is part of the other. Beyond the allowance both are suspect. */
export interface PairRule {
  readonly with: SeriesKey;
  /** equal: the same quantity twice. at-most: this one is contained in the other (PM2.5 in PM10). */
  readonly relation: 'equal' | 'at-most';
  readonly withinSeconds: number;
  /** Allowed: absolute + relative × the other channel's value. */
  readonly absolute: number;
  readonly relative: number;
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
  /** The limit must be held without a break for so long before it fires, by phenomenonTime; absent: the first value fires. */
  readonly dwellSeconds?: number;
  /** And be left for so long before an open alarm of this rung ends; absent: the first value ends it. */
  readonly clearDwellSeconds?: number;
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
  for (const [series, { neighbours, pair, spike }] of Object.entries(stream.quality)) {
    if (neighbours && !(neighbours.least >= 2 && neighbours.withinMetres > 0 && neighbours.absolute > 0))
      bad(`${series}: a consensus needs two neighbours, a distance and an allowance`);
    if (pair && (pair.with === series || !stream.quality[pair.with])) bad(`${series}: its other channel ${pair.with} is not judged here`);
    if (spike !== undefined && !(spike > 0)) bad(`${series}: a spike has a least height`);
  }
  const ids = new Set<string>();
  for (const threshold of stream.thresholds) {
    if (ids.has(threshold.id)) bad(`threshold ${threshold.id} twice`);
    ids.add(threshold.id);
    if ((threshold.dwellSeconds ?? 0) < 0 || (threshold.clearDwellSeconds ?? 0) < 0)
      bad(`threshold ${threshold.id}: dwell is not negative`);
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
