// The latest values, held by a single writer. Everyone else reads, or listens to what changed.
//
// A state Datastream keeps its newest Observation; an event stream keeps every Observation that is still active (never merged).
import { type Alarm, levelRank } from '../../contracts/event.ts';
import type { AdCode, LngLat } from '../../contracts/geo.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import type { Hops, Instant, Observation, Revision, SeriesKey } from '../../contracts/observation.ts';
import { type Stream, type StreamPath, streamPath } from '../../contracts/stream.ts';
import type { Thing } from '../../contracts/thing.ts';
import type { LatestTuple, ObservationEvent, ThingState } from '../../contracts/wire.ts';
import type { Store, StoreChange } from '../house.ts';

/** The writer's side; handed to server/ingest.ts and to nobody else. */
export interface StoreWriter {
  /** A Thing came to be or its master data changed. */
  putThing(thing: Thing): void;
  /** It is registered no more: off every topic, its open alarms with it. */
  dropThing(id: number): void;
  /** Takes an Observation in; `newest` is the pipeline's verdict. Says whether it changed anything (a second copy does not). */
  putObservation(observation: Observation, newest: boolean): boolean;
  /** The verdict on a value changed afterwards; where that value is the latest, readers are told. */
  revise(revision: Revision): void;
  putAlarm(alarm: Alarm): void;
  putIndicators(indicators: readonly Indicator[]): void;
  /** Drops events whose time on the map is over. Call it about once a second. */
  expire(now: Instant): void;
}

interface MutableThing {
  state: ThingState;
  stream: StreamPath | null;
}

export function latestTuple(o: Observation): LatestTuple {
  return [
    o.result,
    o.phenomenonTime,
    o.quality,
    o.failed,
    o.flag,
    o.frame,
    o.datastream,
    o.hops.received,
    o.hops.durable,
    o.hops.processed,
  ];
}

/**
 * @param streams declarations; a Thing without one of these is kept and reachable by id, on no topic
 * @param locate the area of an event's position; absent or null: the area of the Thing that reported it
 */
export function createStore(streams: readonly Stream[], locate?: (position: LngLat) => AdCode | null): Store & StoreWriter {
  const declared = new Map(streams.map((stream) => [streamPath(stream) as string, stream]));
  const things = new Map<number, MutableThing>();
  const byStream = new Map<string, Map<number, MutableThing>>();
  const events = new Map<string, ObservationEvent[]>();
  const openAlarms = new Map<string, Alarm>();
  const indicators = new Map<string, Indicator>();
  const listeners = new Set<(change: StoreChange) => void>();
  const tell = (change: StoreChange): void => {
    for (const listener of listeners) listener(change);
  };

  function applyState(entry: MutableThing, o: Observation): boolean {
    const before = entry.state.series[o.series];
    if (before && before[1] === o.phenomenonTime && before[0] === o.result && before[4] === o.flag) return false;
    const latest = latestTuple(o);
    const moved = o.position !== null;
    if (moved) entry.state = { ...entry.state, position: o.position };
    // In place: a copy of all series for each value was a tenth of what a reading costs.
    (entry.state.series as Record<SeriesKey, LatestTuple>)[o.series] = latest;
    if (entry.stream) tell({ kind: 'value', stream: entry.stream, thing: entry.state, series: o.series, latest, moved, hops: o.hops });
    return true;
  }

  function applyEvent(entry: MutableThing, o: Observation, stream: StreamPath): boolean {
    const active = events.get(stream) ?? [];
    const twice = active.some((e) => e.datastream === o.datastream && e.phenomenonTime === o.phenomenonTime && e.identity === o.identity);
    if (twice) return false;
    const event: ObservationEvent = {
      ...o,
      thingName: entry.state.name,
      adcode: (o.position && locate?.(o.position)) ?? entry.state.adcode,
    };
    active.push(event);
    events.set(stream, active);
    tell({ kind: 'observation', stream, event, hops: o.hops });
    return true;
  }

  return {
    thing: (id) => things.get(id)?.state,
    *things(stream) {
      for (const entry of byStream.get(stream)?.values() ?? []) yield entry.state;
    },
    observations: (stream) => events.get(stream) ?? [],
    alarms: () => [...openAlarms.values()].sort((a, b) => levelRank(a.level) - levelRank(b.level) || b.since - a.since),
    indicators: (adcode) => [...indicators.values()].filter((indicator) => adcode === undefined || indicator.adcode === adcode),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    putThing(thing) {
      const before = things.get(thing.id);
      const path = thing.properties.stream;
      const stream = path !== undefined && declared.has(path) ? (path as StreamPath) : null;
      const entry: MutableThing = {
        stream,
        state: {
          id: thing.id,
          uid: thing.uid,
          name: thing.name,
          adcode: thing.adcode,
          position: thing.position ?? before?.state.position ?? null,
          provenance: thing.properties.provenance ?? 'measured',
          properties: thing.properties,
          series: before?.state.series ?? {},
        },
      };
      things.set(thing.id, entry);
      if (before?.stream && before.stream !== stream) byStream.get(before.stream)?.delete(thing.id);
      if (!stream) {
        if (before?.stream) tell({ kind: 'thing', stream: before.stream, thing: entry.state, left: true });
        return;
      }
      const group = byStream.get(stream) ?? new Map<number, MutableThing>();
      byStream.set(stream, group.set(thing.id, entry));
      tell({ kind: 'thing', stream, thing: entry.state, left: false });
    },
    dropThing(id) {
      const entry = things.get(id);
      if (!entry) return;
      things.delete(id);
      if (entry.stream) {
        byStream.get(entry.stream)?.delete(id);
        const active = events.get(entry.stream);
        if (active)
          events.set(
            entry.stream,
            active.filter((event) => event.thing !== id),
          );
        tell({ kind: 'thing', stream: entry.stream, thing: entry.state, left: true });
      }
      for (const alarm of [...openAlarms.values()]) {
        if (alarm.thing !== id) continue;
        openAlarms.delete(alarm.id);
        tell({ kind: 'alarm', alarm: { ...alarm, cleared: alarm.updated } });
      }
    },
    putObservation(o, newest) {
      const entry = things.get(o.thing);
      if (!entry) return false;
      const stream = entry.stream ? declared.get(entry.stream) : undefined;
      const asEvent = stream?.kind === 'event' && entry.stream ? applyEvent(entry, o, entry.stream) : false;
      return newest ? applyState(entry, o) || asEvent : asEvent;
    },
    revise({ thing, series, phenomenonTime, quality, failed }) {
      const entry = things.get(thing);
      const before = entry?.state.series[series];
      if (!entry || !before || before[1] !== phenomenonTime) return;
      const [result, time, , , ...rest] = before;
      const latest: LatestTuple = [result, time, quality, failed, ...rest];
      (entry.state.series as Record<SeriesKey, LatestTuple>)[series] = latest;
      const hops = { received: before[7], durable: before[8], processed: before[9] };
      if (entry.stream) tell({ kind: 'value', stream: entry.stream, thing: entry.state, series, latest, moved: false, hops });
    },
    putAlarm(alarm) {
      if (alarm.cleared === null) openAlarms.set(alarm.id, alarm);
      else openAlarms.delete(alarm.id);
      tell({ kind: 'alarm', alarm });
    },
    putIndicators(list) {
      const changed = list.filter((indicator) => {
        const key = `${indicator.adcode}/${indicator.code}`;
        const before = indicators.get(key);
        indicators.set(key, indicator);
        // All of it: a quality or a grade that moved under an equal value is a change too.
        return !before || JSON.stringify(before) !== JSON.stringify(indicator);
      });
      if (changed.length > 0) tell({ kind: 'indicators', indicators: changed });
    },
    expire(now) {
      for (const [path, active] of events) {
        const keep = (declared.get(path)?.activeSeconds ?? 0) * 1000;
        const first = active.findIndex((e) => e.phenomenonTime + keep > now);
        if (first !== 0) events.set(path, first < 0 ? [] : active.filter((e) => e.phenomenonTime + keep > now));
      }
    },
  };
}

/** Hops of the earlier of two causes: the latency of the slowest is the honest one. */
export function olderHops(a: Hops | null, b: Hops | null): Hops | null {
  if (!a || !b) return a ?? b;
  return a.received <= b.received ? a : b;
}
