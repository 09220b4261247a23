// Every message between server and page: socket topics, snapshot and numbered deltas, and the routes. Both ends import this.
//
// A subscription gets one snapshot and then deltas. `seq` numbers what this very subscription was sent, without holes: a delta whose `seq` is
// not the last one + 1 means loss, and the page asks for a new snapshot (resync). State values may be coalesced within a tick, events never.
import type { Identity } from './access.ts';
import type { Alarm } from './event.ts';
import type { AdCode, BBox, LngLat } from './geo.ts';
import type { Indicator } from './indicator.ts';
import type { Check, FrameId, Instant, Observation, Provenance, Quality, SeriesKey } from './observation.ts';
import type { FrameField, Inspection } from './protocol.ts';
import type { StreamPath } from './stream.ts';
import type { ThingProperties } from './thing.ts';

/** things:<stream> latest values per Thing · observations:<stream> each Observation of an event stream · alarms · indicators · health · map: what changed in the layers */
export type Topic = `things:${StreamPath}` | `observations:${StreamPath}` | 'alarms' | 'indicators' | 'health' | 'map';

/** One series' latest value. Arrays keep the bytes low; `latest()` in screen/live reads them. */
export type LatestTuple = readonly [
  result: number | null,
  phenomenonTime: Instant,
  quality: Quality,
  failed: readonly Check[],
  flag: string | null,
  frame: FrameId,
  datastream: number,
  received: Instant,
  durable: Instant,
  processed: Instant,
];

export interface ThingState {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly adcode: AdCode;
  readonly position: LngLat | null;
  readonly provenance: Provenance;
  readonly properties: ThingProperties;
  readonly series: Readonly<Record<SeriesKey, LatestTuple>>;
}
/**
 * What changed of one Thing: only the series that moved, and the position if it did. A Thing that the subscription did not have yet (new, came
 * into the viewport, or its master data changed) carries `thing` and all its series; one that it must forget carries `left`.
 */
export interface ThingDelta {
  readonly id: number;
  readonly position?: LngLat | null;
  readonly series: Readonly<Record<SeriesKey, LatestTuple>>;
  readonly thing?: Omit<ThingState, 'id' | 'position' | 'series'>;
  readonly left?: true;
}

/** An Observation of an event stream (hotspot), with its Thing's name. */
export interface ObservationEvent extends Observation {
  readonly thingName: string;
  readonly adcode: AdCode;
}

export interface StreamHealth {
  readonly stream: StreamPath;
  readonly title: string;
  readonly provider: string;
  /** Things that are live by the stream's staleAfter / registered. */
  readonly live: number;
  readonly expected: number;
  /** Share of good among the latest values, 0–1. */
  readonly good: number | null;
  readonly simulated: number;
  readonly newest: Instant | null;
  readonly periodSeconds: number;
  readonly staleAfterSeconds: number;
}
export interface LatencySummary {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly count: number;
}
export interface Health {
  readonly now: Instant;
  readonly database: 'up' | 'away';
  readonly since: Instant;
  readonly demo: boolean;
  readonly readingsPerSecond: number;
  /** Milliseconds, last minute: received → durable, durable → processed, processed → sent; `painted` is the whole way, received → painted. */
  readonly latency: Readonly<Record<'durable' | 'processed' | 'sent' | 'painted', LatencySummary>>;
  readonly sockets: number;
  readonly streams: readonly StreamHealth[];
  /** Since the start: per protocol. */
  readonly protocols: Readonly<Record<string, { frames: number; refused: number; readings: number; unclaimed: number }>>;
}

/** Rows of a layer changed: what is drawn of it there is old. */
export interface MapChange {
  /** Collection id; null: the list of layers itself. */
  readonly layer: string | null;
  /** Degrees; null: anywhere. */
  readonly box: BBox | null;
  readonly minZoom: number;
  readonly maxZoom: number;
}

export interface TopicPayload {
  things: { snapshot: readonly ThingState[]; delta: readonly ThingDelta[] };
  observations: { snapshot: readonly ObservationEvent[]; delta: readonly ObservationEvent[] };
  alarms: { snapshot: readonly Alarm[]; delta: readonly Alarm[] };
  indicators: { snapshot: readonly Indicator[]; delta: readonly Indicator[] };
  health: { snapshot: Health; delta: Health };
  /** A snapshot says nothing but where the numbers begin: whatever is drawn may be old. */
  map: { snapshot: readonly MapChange[]; delta: readonly MapChange[] };
}
export type KindOf<T extends Topic> = T extends `things:${string}` ? 'things' : T extends `observations:${string}` ? 'observations' : T;

export interface Snapshot<T extends Topic = Topic> {
  readonly topic: T;
  readonly seq: number;
  readonly sent: Instant;
  readonly data: TopicPayload[KindOf<T> & keyof TopicPayload]['snapshot'];
}
export interface Delta<T extends Topic = Topic> {
  readonly topic: T;
  readonly seq: number;
  readonly sent: Instant;
  /** Hops of the oldest reading in it, for the latency of the slowest; null when no reading caused it. */
  readonly hops: { readonly received: Instant; readonly durable: Instant; readonly processed: Instant } | null;
  readonly data: TopicPayload[KindOf<T> & keyof TopicPayload]['delta'];
}

export interface Subscribe {
  readonly topic: Topic;
  /**
   * Only what lies inside, snapped outward to a grid so that equal walls share a room; absent: everything within the user's scope. Alarms,
   * indicators, health and map do not look at it: an alarm is heard wherever the map stands. An observation without a position always passes.
   */
  readonly bbox?: BBox;
}

/** Socket events by name. Client → server calls are acknowledged with the reply or {problem}. */
export interface ClientToServer {
  subscribe(request: Subscribe, reply: (answer: Snapshot | { problem: { code: string; title: string } }) => void): void;
  unsubscribe(request: { topic: Topic }): void;
  /** Paint samples of the last second: [received, painted] in server time. */
  painted(samples: readonly (readonly [Instant, Instant])[]): void;
  /** For clock offset: the server answers with its time. */
  time(reply: (now: Instant) => void): void;
}
export interface ServerToClient {
  delta(delta: Delta): void;
  /** The session ended or its rights changed: log in again / resubscribe. */
  session(change: 'ended' | 'changed'): void;
}

// ---- routes -------------------------------------------------------------------------------------------------------------------------

/** A page of a list; `next` is the address of the next one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly numberReturned: number;
  readonly next: string | null;
}

export interface HistoryPoint {
  readonly phenomenonTime: Instant;
  readonly result: number | null;
  readonly quality: Quality;
  readonly failed: readonly Check[];
  readonly flag: string | null;
  readonly frame: FrameId;
  readonly received: Instant;
  /** Buckets only: over the values that are not bad, and how many there are. */
  readonly minimum?: number | null;
  readonly maximum?: number | null;
  readonly count?: number;
}
export interface History {
  readonly datastream: number;
  readonly series: SeriesKey;
  readonly unit: string;
  readonly provenance: Provenance;
  /** Raw points, or the mean of each bucket where `bucketSeconds` is set; minimum and maximum beside. */
  readonly bucketSeconds: number | null;
  readonly points: readonly HistoryPoint[];
  readonly next: string | null;
}

/** From the pixel back to the wire. */
export interface Lineage {
  readonly thing: { readonly id: number; readonly name: string; readonly adcode: AdCode; readonly device: string | null };
  readonly stream: { readonly path: StreamPath; readonly title: string; readonly provider: string; readonly sharing: string } | null;
  readonly observation: HistoryPoint & { readonly series: SeriesKey; readonly unit: string; readonly provenance: Provenance };
  readonly rules: readonly {
    readonly id: string;
    readonly title: string;
    readonly limit: number | null;
    readonly source: string;
    readonly firing: boolean;
  }[];
  readonly checks: readonly { readonly check: Check; readonly passed: boolean | null; readonly figure: string }[];
  readonly frame: {
    readonly id: FrameId;
    readonly protocol: string;
    readonly standard: string;
    readonly address: string;
    readonly received: Instant;
    readonly durable: Instant;
    /** Hexadecimal; null when the viewer may not read raw frames. Secret bytes are replaced by 2A ('*'). */
    readonly hex: string | null;
    readonly checksum: Inspection['checksum'];
    readonly fields: readonly FrameField[];
  } | null;
  /** Which right let this be shown. */
  readonly permission: string;
}

/** What /api/session answers. */
export interface SessionReply {
  readonly token: string;
  readonly identity: Identity;
  readonly expires: string;
}
