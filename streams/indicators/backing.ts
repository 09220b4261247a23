// What stands behind a number about an area: who reports, how good, how direct, how old. The parts of indicators.ts share it.
import type { Alarm } from '../../contracts/event.ts';
import { type AdCode, adcodePrefix, type LngLat } from '../../contracts/geo.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import { type Instant, type Provenance, provenances, type SeriesKey } from '../../contracts/observation.ts';
import type { Stream, StreamPath } from '../../contracts/stream.ts';
import type { LatestTuple, ObservationEvent, ThingState } from '../../contracts/wire.ts';
import { isLive } from '../staleness.ts';

export interface IndicatorSource {
  /** Things of a stream with their latest values, as the Store has them or as they were rebuilt from history. */
  things(stream: StreamPath): Iterable<ThingState>;
  /** Open alarms. */
  readonly alarms: Iterable<Alarm>;
  /** Observations of an event stream; those whose time on the map is over are left out here. */
  observations(stream: StreamPath): Iterable<ObservationEvent>;
  /** The city or county of a position, for events of a source that sees the whole province; absent: such events count for the province only. */
  readonly locate?: (position: LngLat) => AdCode | null;
  readonly now: Instant;
  readonly adcode: AdCode;
}

/** Codes in the order in which they are returned. */
export const indicatorCodes = [
  'aqi',
  'pm25',
  'water-over-warning',
  'sources-over-permit',
  'hotspots',
  'alarms-open',
  'timeliness',
  'good-quality',
] as const;
export type IndicatorCode = (typeof indicatorCodes)[number];

/** Readings come every second; a strip that is printed to the minute need not change more often. */
export const toMinute = (time: Instant): Instant => Math.floor(time / 60_000) * 60_000;

/** What stands behind a number, gathered while it is computed. */
export class Backing {
  reporting = 0;
  expected = 0;
  good = 0;
  counted = 0;
  newest: Instant | null = null;
  private worst = 0;
  value(latest: LatestTuple): void {
    this.counted++;
    if (latest[2] === 'good') this.good++;
    if (this.newest === null || latest[1] > this.newest) this.newest = latest[1];
  }
  from(provenance: Provenance): void {
    this.worst = Math.max(this.worst, provenances.indexOf(provenance));
  }
  get provenance(): Provenance {
    return provenances[this.worst] as Provenance;
  }
  get quality(): number | null {
    return this.counted === 0 ? null : this.good / this.counted;
  }
}

export interface Words {
  readonly code: IndicatorCode;
  readonly title: string;
  readonly unit: string;
  readonly department: string;
  readonly source: string;
}
/** A number with what stands behind it. */
export function indicator(
  words: Words,
  adcode: AdCode,
  backing: Backing,
  value: number | null,
  asOf: Instant | null,
  more: { grade?: string | null; note?: string | null } = {},
): Indicator {
  return {
    ...words,
    adcode,
    value,
    grade: more.grade ?? null,
    note: more.note ?? null,
    targets: [],
    asOf,
    coverage: [backing.reporting, backing.expected],
    quality: backing.quality,
    provenance: backing.provenance,
  };
}

/** Counts in an index: a number, not bad, not stale. */
export function usable(stream: Stream, thing: ThingState, series: SeriesKey, now: Instant): LatestTuple | null {
  const latest = thing.series[series];
  if (!latest || latest[0] === null || latest[2] === 'bad') return null;
  return isLive(stream, latest, now, series) ? latest : null;
}

/** Things at or below an area. */
export function inside(things: Iterable<ThingState>, adcode: AdCode): ThingState[] {
  const prefix = adcodePrefix(adcode);
  return [...things].filter((thing) => thing.adcode.startsWith(prefix));
}
