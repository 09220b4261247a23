// The assembled house: the parts that main.ts builds once and hands to routes, sockets and jobs. Types only.
import type { AuditEntry, Identity } from '../contracts/access.ts';
import type { Alarm, Snooze } from '../contracts/event.ts';
import type { AdCode, LngLat } from '../contracts/geo.ts';
import type { Indicator } from '../contracts/indicator.ts';
import type { FrameLog } from '../contracts/log.ts';
import type { Hops, Instant, SeriesKey } from '../contracts/observation.ts';
import type { Protocol } from '../contracts/protocol.ts';
import type { Stream, StreamPath } from '../contracts/stream.ts';
import type { Datastream, Thing } from '../contracts/thing.ts';
import type { Trust } from '../contracts/trust.ts';
import type { Health, LatestTuple, ObservationEvent, ThingState } from '../contracts/wire.ts';
import type { Imports } from '../geo-services/import/imports.ts';
import type { Config } from './config.ts';
import type { Database } from './database/database.ts';

/** What the single writer tells its readers, in the order it happened. */
export type StoreChange =
  /** A Thing came to be, or its master data changed; `left`: it is not on this stream any more. */
  | { readonly kind: 'thing'; readonly stream: StreamPath; readonly thing: ThingState; readonly left: boolean }
  /** One series of a Thing has a new value; `moved`: and the Thing a new position. */
  | {
      readonly kind: 'value';
      readonly stream: StreamPath;
      readonly thing: ThingState;
      readonly series: SeriesKey;
      readonly latest: LatestTuple;
      readonly moved: boolean;
      readonly hops: Hops;
    }
  | { readonly kind: 'observation'; readonly stream: StreamPath; readonly event: ObservationEvent; readonly hops: Hops }
  | { readonly kind: 'alarm'; readonly alarm: Alarm }
  | { readonly kind: 'indicators'; readonly indicators: readonly Indicator[] };

/**
 * Latest values. Written by server/ingest.ts alone; everyone else reads, and keeps nothing of a Thing beyond its own turn: its series are
 * changed in place.
 */
export interface Store {
  thing(id: number): ThingState | undefined;
  /** Things of one stream, in no particular order. */
  things(stream: StreamPath): Iterable<ThingState>;
  /** Active observations of an event stream, oldest first. */
  observations(stream: StreamPath): readonly ObservationEvent[];
  /** Open alarms, worst first, then newest first. */
  alarms(): readonly Alarm[];
  /** Of one area, or of all. */
  indicators(adcode?: string): readonly Indicator[];
  onChange(listener: (change: StoreChange) => void): () => void;
}

/** Who sends what: Things by device, Datastreams by Thing and series. */
export interface Registry {
  byDevice(protocol: string, device: string): Thing | undefined;
  thing(id: number): Thing | undefined;
  things(): Iterable<Thing>;
  datastream(id: number): Datastream | undefined;
  datastreamOf(thing: number, series: SeriesKey): Datastream | undefined;
  datastreamsOf(thing: number): readonly Datastream[];
  /** Creates or updates a Thing (by uid) and tells the store. @throws Problem conflict | bad-position */
  saveThing(thing: Omit<Thing, 'id'>): Promise<Thing>;
  /** Makes the missing Datastream of a series. */
  ensureDatastream(thing: Thing, series: SeriesKey, unit?: string): Promise<Datastream>;
  /** Names it, or says its unit. @throws Problem not-found */
  saveDatastream(id: number, change: { readonly name: string; readonly unit: string }): Promise<Datastream>;
  /** With its Datastreams and alarms; its history stays in the database and is reached by nobody. */
  dropThing(id: number): Promise<void>;
  dropDatastream(id: number): Promise<void>;
}

export interface Auth {
  /** The identity behind a Bearer token or session cookie; null: none. */
  authenticate(token: string): Promise<Identity | null>;
  /** Writes one row to the audit table; never throws, never waits. */
  audit(entry: AuditEntry): void;
}

export interface House {
  readonly config: Config;
  readonly database: Database;
  readonly log: FrameLog;
  readonly registry: Registry;
  readonly store: Store;
  readonly auth: Auth;
  readonly streams: readonly Stream[];
  readonly protocols: readonly Protocol[];
  /** Files that are brought in. */
  readonly imports: Imports;
  /** The city a position lies in; null at sea and beyond the province. */
  locate(position: LngLat): AdCode | null;
  /** The present; the only clock that server code reads. */
  now(): Instant;
  /** What the health topic, /readyz and the ops panel say. */
  health(): Health;
  /** Replays what was kept of a device that has just been claimed. Returns how many frames. */
  replayUnclaimed(protocol: string, device: string): Promise<number>;
  /** Trust in a Datastream at `now`; null: nothing came of it yet. */
  trust(thing: Thing, datastream: Datastream, now: Instant): Pick<Trust, 'score' | 'reasons'> | null;
  /** Alarms put to rest, in force now. */
  snooze(list: readonly Snooze[], now: Instant): void;
}
