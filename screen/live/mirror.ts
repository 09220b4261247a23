// The page's read-only copy of what the server told it, one per topic: snapshot, then numbered deltas. Pure; a hole in the numbers asks for a resync.
//
// The collections are changed in place, because 5,000 Things ten times a second are too many to copy; whoever shows them is told by the caller.
import type { Alarm } from '../../contracts/event.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import type { Check, FrameId, Instant, Quality, SeriesKey } from '../../contracts/observation.ts';
import type {
  Delta,
  Health,
  LatestTuple,
  MapChange,
  ObservationEvent,
  Snapshot,
  ThingDelta,
  ThingState,
  Topic,
} from '../../contracts/wire.ts';

/** What each kind of topic is kept as. */
export interface Kept {
  things: Map<number, ThingState>;
  /** Oldest first, the newest `eventsKept` at most. */
  observations: ObservationEvent[];
  /** Open ones by id; a cleared one is forgotten. */
  alarms: Map<string, Alarm>;
  /** By `adcode/code`. */
  indicators: Map<string, Indicator>;
  health: Health | null;
  /** What changed in the map's layers, numbered from 1, the newest `mapChangesKept`. `epoch` is another one after each snapshot: all may be old. */
  map: MapNews;
}
export interface MapNews {
  readonly epoch: number;
  readonly count: number;
  readonly latest: readonly MapChange[];
}
/** What is still to be drawn anew; null: all of it. */
export function mapChangesSince(before: Pick<MapNews, 'epoch' | 'count'> | null, now: MapNews): readonly MapChange[] | null {
  if (before?.epoch !== now.epoch) return null;
  const fresh = now.count - before.count;
  return fresh > now.latest.length ? null : now.latest.slice(now.latest.length - fresh);
}
export const mapChangesKept = 500;
export type Kind = keyof Kept;
/** What a mirror is seen as from outside. */
export type View<K extends Kind> = K extends 'things'
  ? ReadonlyMap<number, ThingState>
  : K extends 'observations'
    ? readonly ObservationEvent[]
    : K extends 'alarms'
      ? ReadonlyMap<string, Alarm>
      : K extends 'indicators'
        ? ReadonlyMap<string, Indicator>
        : K extends 'map'
          ? MapNews
          : Health | null;

export interface Mirror<K extends Kind = Kind> {
  readonly topic: Topic;
  readonly kind: K;
  /** Number of the last message that was applied; null: waiting for a snapshot. */
  seq: number | null;
  /** When the server sent what is shown, server time. */
  sent: Instant | null;
  data: Kept[K];
}

/** Events are never merged, so they are bounded: more than a province sees in a pass. */
export const eventsKept = 5000;

export function kindOf(topic: Topic): Kind {
  return topic.split(':')[0] as Kind;
}
const nothing: { readonly [K in Kind]: () => Kept[K] } = {
  things: () => new Map(),
  observations: () => [],
  alarms: () => new Map(),
  indicators: () => new Map(),
  health: () => null,
  map: () => ({ epoch: 0, count: 0, latest: [] }),
};
export function createMirror(topic: Topic): Mirror {
  const kind = kindOf(topic);
  return { topic, kind, seq: null, sent: null, data: nothing[kind]() };
}
export const indicatorKey = (adcode: string, code: string): string => `${adcode}/${code}`;

/** Snapshot data in the shape that a mirror keeps; also used for the past, which comes by HTTP in the same lists. */
export function keep<K extends Kind>(kind: K, data: Snapshot['data']): Kept[K] {
  switch (kind) {
    case 'things':
      return new Map((data as readonly ThingState[]).map((thing) => [thing.id, thing])) as Kept[K];
    case 'observations':
      return (data as readonly ObservationEvent[]).slice(-eventsKept) as Kept[K];
    case 'alarms':
      return new Map((data as readonly Alarm[]).filter((alarm) => alarm.cleared === null).map((alarm) => [alarm.id, alarm])) as Kept[K];
    case 'indicators':
      return new Map((data as readonly Indicator[]).map((one) => [indicatorKey(one.adcode, one.code), one])) as Kept[K];
    default:
      return data as Kept[K];
  }
}

/** Starts over from a snapshot. */
export function applySnapshot(mirror: Mirror, snapshot: Snapshot): void {
  const epoch = mirror.kind === 'map' ? (mirror.data as MapNews).epoch + 1 : 0;
  mirror.data = mirror.kind === 'map' ? { epoch, count: 0, latest: [] } : keep(mirror.kind, snapshot.data);
  mirror.seq = snapshot.seq;
  mirror.sent = snapshot.sent;
}

/**
 * Applies one delta.
 * @returns applied · ignored: already covered by the snapshot, or none is there yet · resync: something was lost, ask for a new snapshot
 */
export function applyDelta(mirror: Mirror, delta: Delta): 'applied' | 'ignored' | 'resync' {
  if (mirror.seq === null || delta.seq <= mirror.seq) return 'ignored';
  if (delta.seq !== mirror.seq + 1) {
    mirror.seq = null;
    return 'resync';
  }
  mirror.seq = delta.seq;
  mirror.sent = delta.sent;
  if (mirror.kind === 'things') changeThings(mirror.data as Kept['things'], delta.data as readonly ThingDelta[]);
  else if (mirror.kind === 'observations') {
    const events = mirror.data as Kept['observations'];
    events.push(...(delta.data as readonly ObservationEvent[]));
    if (events.length > eventsKept) events.splice(0, events.length - eventsKept);
  } else if (mirror.kind === 'alarms') {
    for (const alarm of delta.data as readonly Alarm[]) {
      if (alarm.cleared === null) (mirror.data as Kept['alarms']).set(alarm.id, alarm);
      else (mirror.data as Kept['alarms']).delete(alarm.id);
    }
  } else if (mirror.kind === 'indicators') {
    for (const one of delta.data as readonly Indicator[]) (mirror.data as Kept['indicators']).set(indicatorKey(one.adcode, one.code), one);
  } else if (mirror.kind === 'map') {
    const { epoch, count, latest } = mirror.data as MapNews;
    const fresh = delta.data as readonly MapChange[];
    mirror.data = { epoch, count: count + fresh.length, latest: [...latest, ...fresh].slice(-mapChangesKept) };
  } else mirror.data = delta.data as Health;
  return 'applied';
}

function changeThings(things: Map<number, ThingState>, deltas: readonly ThingDelta[]): void {
  for (const delta of deltas) {
    if (delta.left) {
      things.delete(delta.id);
      continue;
    }
    const before = things.get(delta.id);
    if (delta.thing) {
      things.set(delta.id, { ...delta.thing, id: delta.id, position: delta.position ?? null, series: delta.series });
    } else if (before) {
      things.set(delta.id, {
        ...before,
        ...(delta.position === undefined ? {} : { position: delta.position }),
        series: { ...before.series, ...delta.series },
      });
    }
    // A change of a Thing that was never introduced: master data has not come through; the number of the delta still counts.
  }
}

/** One latest value by name; see LatestTuple for the fields. */
export interface Latest {
  readonly result: number | null;
  readonly phenomenonTime: Instant;
  readonly quality: Quality;
  readonly failed: readonly Check[];
  readonly flag: string | null;
  readonly frame: FrameId;
  readonly datastream: number;
  readonly received: Instant;
  readonly durable: Instant;
  readonly processed: Instant;
}
export function named(tuple: LatestTuple): Latest {
  const [result, phenomenonTime, quality, failed, flag, frame, datastream, received, durable, processed] = tuple;
  return { result, phenomenonTime, quality, failed, flag, frame, datastream, received, durable, processed };
}
/** Latest value of one series of a Thing; null: it never sent one. */
export function latest(thing: Pick<ThingState, 'series'>, series: SeriesKey): Latest | null {
  const tuple = thing.series[series];
  return tuple ? named(tuple) : null;
}
/** Indicator of an area. */
export function indicatorOf(indicators: ReadonlyMap<string, Indicator>, adcode: string, code: string): Indicator | null {
  return indicators.get(indicatorKey(adcode, code)) ?? null;
}
