// A number with its age, its quality, its source and the raw frame it came from: the word the whole house is built on.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §8.2, entities Observation, Datastream, FeatureOfInterest.
// A Reading is what a protocol decodes from bytes; an Observation is a Reading that was matched to a Datastream, judged and made durable.
// `null` (the sensor says none), timed out, and zero are three different things: null is `result: null`, timed out is an age, zero is 0.
import type { LngLat } from './geo.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. Pure code gets the present as an argument of this type. */
export type Instant = number;

/** How the number came to be. A simulated one stays simulated down to the pixel. Order: from most to least direct. */
export const provenances = ['measured', 'reported', 'modelled', 'simulated'] as const;
export type Provenance = (typeof provenances)[number];
export const provenanceTitle: Readonly<Record<Provenance, string>> = {
  measured: '实测',
  reported: '上报',
  modelled: '模式',
  simulated: '模拟',
};

/** good: all checks passed; suspect: shown and marked; bad: shown, never counted in an index or an alarm; missing: result is null. */
export const qualities = ['good', 'suspect', 'bad', 'missing'] as const;
export type Quality = (typeof qualities)[number];
export const qualityTitle: Readonly<Record<Quality, string>> = { good: '可信', suspect: '存疑', bad: '不可信', missing: '无值' };

/**
 * The checks a Reading goes through. `flag` is the device's own statement (HJ 212 Flag other than N), kept as sent beside ours in
 * `Observation.flag`. Their place here is their bit in the history: new ones at the end.
 */
export const checks = ['range', 'rate', 'stuck', 'clock', 'flag', 'spike', 'neighbour', 'pair'] as const;
export type Check = (typeof checks)[number];
export const checkTitle: Readonly<Record<Check, string>> = {
  ...{ range: '量程', rate: '变率', stuck: '恒值', clock: '时钟', flag: '标记' },
  ...{ spike: '尖峰', neighbour: '邻站', pair: '双通道' },
};

/** A set of checks as bits, bit n for the n-th of `checks`. */
export function checkBits(failed: readonly Check[]): number {
  let bits = 0;
  for (const check of failed) bits |= 1 << checks.indexOf(check);
  return bits;
}
/** The checks of a set of bits, in their order. The same list each time, so that a million judged readings share a few. */
export function checksOf(bits: number): readonly Check[] {
  const known = setsOf.get(bits);
  if (known) return known;
  const made = checks.filter((_, index) => bits & (1 << index));
  setsOf.set(bits, made);
  return made;
}
/** At most two to the number of checks. */
const setsOf = new Map<number, readonly Check[]>();

/** What span of time the result speaks for; the length of an hour mean is not the length of an instant. */
export const periods = ['instant', 'minute', 'hour', 'day'] as const;
export type Period = (typeof periods)[number];
/** value: the reading itself; the others are taken over the period. */
export const statistics = ['value', 'mean', 'min', 'max', 'sum'] as const;
export type Statistic = (typeof statistics)[number];

/** Names one series of one Thing: `a34004/hour/mean`. A Datastream is one Thing × one SeriesKey. */
export type SeriesKey = `${string}/${Period}/${Statistic}`;
export function seriesKey(property: string, period: Period, statistic: Statistic): SeriesKey {
  let keys = keysOf.get(property);
  if (!keys) {
    keys = [];
    // Devices name properties: what they can fill is bounded.
    if (keysOf.size < 4096) keysOf.set(property, keys);
  }
  const index = periods.indexOf(period) * statistics.length + statistics.indexOf(statistic);
  let key = keys[index];
  if (key === undefined) {
    key = `${property}/${period}/${statistic}`;
    keys[index] = key;
  }
  return key;
}
/** Made once: a new string for each reading would have to be hashed each time it is looked up. */
const keysOf = new Map<string, SeriesKey[]>();

/** What a protocol decodes: not yet matched to a Datastream, not yet judged. */
export interface Reading {
  /** The device's own id: MN, station address, phone number, client name. */
  readonly device: string;
  /** ObservedProperty by the standard's code, e.g. a34004. */
  readonly property: string;
  readonly period: Period;
  readonly statistic: Statistic;
  /** Start of the period, or the sampling instant. */
  readonly phenomenonTime: Instant;
  /** In `unit`. null: the device says it has none. */
  readonly result: number | null;
  /** UCUM, where it is not the ObservedProperty's own: a21026 is µg/m³ in ambient air and mg/m³ in a stack. */
  readonly unit?: string;
  /** The protocol's own quality flag, kept as sent (HJ 212: N F M S D C T B). */
  readonly flag: string | null;
  /** Where it was observed, if the Thing moves or the feature is not the Thing (vehicle, hotspot). */
  readonly position?: LngLat;
  /** The device's own number of this reading, where the protocol has one. */
  readonly sequence?: number;
  /** The device says itself that it hands this in late, from its memory (JT/T 808 盲区补报). It is placed by its phenomenonTime all the same. */
  readonly late?: true;
  readonly details?: ReadingDetails;
}

/** What a SensorThings Observation says beside its result (OGC 18-088 §8.2.7); kept with the reading, judged by nobody. */
export interface ReadingDetails {
  /** End of phenomenonTime, where an interval was given. */
  readonly until: Instant | null;
  readonly resultTime: Instant | null;
  readonly validTime: readonly [from: Instant, to: Instant] | null;
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly quality: unknown;
  /** FeatureOfInterest by its id; null: where the Thing stands, or `position`. */
  readonly feature: number | null;
  /** Identity of the Observation of this moment that this one corrects; null: it is one of its own. */
  readonly corrects: number | null;
  /** It takes that one back. */
  readonly withdrawn: boolean;
}

/** Points at a raw frame in the log: batch × 65536 + index in the batch. Safe as a number up to 2^37 batches. */
export type FrameId = number;

/** When each station of the road saw it. Latency is measured on these and on the page's paint. */
export interface Hops {
  /** The first byte's arrival at our port. */
  readonly received: Instant;
  /** The log has it; the acknowledgement went out after this. */
  readonly durable: Instant;
  /** Judged, and in the store. */
  readonly processed: Instant;
}

export interface Observation {
  readonly datastream: number;
  readonly thing: number;
  readonly series: SeriesKey;
  readonly phenomenonTime: Instant;
  readonly result: number | null;
  readonly position: LngLat | null;
  readonly quality: Quality;
  /** The checks that failed; empty when good. */
  readonly failed: readonly Check[];
  readonly flag: string | null;
  readonly provenance: Provenance;
  readonly frame: FrameId;
  /** identityOf the Reading. */
  readonly identity: number;
  readonly hops: Hops;
}

/** An Observation whose verdict changed afterwards: a late reading came between, or what it is compared with did. */
export interface Revision {
  readonly datastream: number;
  readonly thing: number;
  readonly series: SeriesKey;
  readonly phenomenonTime: Instant;
  readonly identity: number;
  readonly quality: Quality;
  readonly failed: readonly Check[];
}

/**
 * Identity of a reading inside its Datastream and phenomenonTime: the device's sequence, or else a 32-bit FNV-1a hash of result, flag
 * and position. The same reading sent twice (QoS 1, 补传, replay) is one row; a corrected value is a second row and the later one counts.
 */
export function identityOf(reading: {
  readonly result: number | null;
  readonly flag: string | null;
  readonly sequence?: number;
  readonly position?: LngLat | null;
}): number {
  const { sequence } = reading;
  const text = sequence === undefined ? `${reading.result}|${reading.flag ?? ''}|${reading.position ?? ''}` : `#${sequence}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash | 0;
}
