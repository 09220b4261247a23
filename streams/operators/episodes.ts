// Alarm episodes: from the first value over a limit to the one that is back. One per Thing and rule family; of events, one per place.
//
// What an episode says follows from phenomenonTime alone, so a replay of the log gives the same ids, levels and times again.
import { type Alarm, levelRank } from '../../contracts/event.ts';
import type { AdCode } from '../../contracts/geo.ts';
import { type Instant, type Observation, provenances } from '../../contracts/observation.ts';
import type { Stream } from '../../contracts/stream.ts';
import { streamPath } from '../../contracts/stream.ts';
import type { Datastream, Thing } from '../../contracts/thing.ts';
import { periodOf, periodSeconds } from '../staleness.ts';
import { metresBetween } from './distance.ts';
import { createDwell, hasDwell } from './dwell.ts';
import { climb, type Family, familiesOf, limitOf, type Rung, rungOf } from './threshold.ts';
import { alarmTitle, unitText } from './wording.ts';

/** Hotspots nearer than this to an open alarm are the same fire: neighbouring 1 km pixels, seen again by the next pass. Our setting. */
export const sameFireMetres = 2000;
/** A day of burning straw must not fill the memory: beyond this many places the oldest alarm is closed. */
export const mostEventAlarms = 2000;

export interface Case {
  readonly stream: Stream;
  readonly thing: Thing;
  readonly datastream: Datastream;
  readonly observation: Observation;
  readonly families: readonly Family[];
  /** Where it happened, when that is not where the Thing belongs: a satellite sees the whole province, the fire is in one city. */
  readonly adcode?: AdCode | null;
}

export interface Episodes {
  /** Takes a judged value; `newest` as judgeQuality said. Returns the alarms that changed. */
  take(what: Case, newest: boolean): readonly Alarm[];
  /** Closes events whose time is over, and alarms whose rule is no more. */
  expire(now: Instant): readonly Alarm[];
  /** Open alarms from the database. */
  recover(open: Iterable<Alarm>): void;
  /** Open ones, in no particular order. */
  open(): Iterable<Alarm>;
  /** How many are open. */
  size(): number;
}

const none: readonly Alarm[] = [];

/** When a value was known to be so: the end of its period, never after its arrival unless the device's clock says so. */
function momentOf(o: Observation): Instant {
  const end = o.phenomenonTime + periodSeconds[periodOf(o.series)] * 1000;
  return Math.min(end, Math.max(o.phenomenonTime, o.hops.received));
}

function alarmOf(
  { thing, datastream, observation, stream, adcode }: Case,
  rung: Rung,
  id: string,
  since: Instant,
  updated: Instant,
): Alarm {
  const value = observation.result as number;
  const limit = limitOf(rung, thing) as number;
  return {
    id,
    thing: thing.id,
    thingName: thing.name,
    stream: streamPath(stream),
    series: observation.series,
    level: rung.threshold.level,
    rule: rung.threshold.id,
    title: alarmTitle(thing.name, rung.threshold, value, limit, datastream),
    value,
    limit,
    unit: unitText(datastream),
    source: rung.threshold.source,
    since,
    updated,
    cleared: null,
    adcode: adcode ?? thing.adcode,
    position: observation.position ?? thing.position,
    quality: observation.quality,
    provenance: observation.provenance,
    frame: observation.frame,
  };
}

export function createEpisodes(streams: ReadonlyMap<string, Stream>): Episodes {
  /** By family and Thing. */
  const states = new Map<Family, Map<number, { alarm: Alarm; rung: number }>>();
  /** Of event streams, oldest first. */
  let events: Alarm[] = [];
  let orphans: Alarm[] = [];
  const families = new Map([...streams].map(([path, stream]) => [path, familiesOf(stream)]));

  const dwell = createDwell();

  function keep(family: Family, thing: number, state: { alarm: Alarm; rung: number }): void {
    const open = states.get(family) ?? new Map<number, typeof state>();
    states.set(family, open.set(thing, state));
  }
  function takeState(what: Case, family: Family): Alarm | null {
    const { thing, observation } = what;
    const open = states.get(family)?.get(thing.id);
    const value = observation.result as number;
    const current = open?.rung ?? -1;
    const at = momentOf(observation);
    let rung = climb(family, current, value, thing);
    let began = at;
    if (hasDwell(family)) {
      const held = dwell.settle(family, thing, current, rung, value, at);
      rung = held.rung;
      began = held.since;
    }
    // A stuck sensor neither opens an alarm nor raises one (it kept duty officers busy for weeks elsewhere); what is open stays, marked.
    if (observation.failed.includes('stuck')) {
      if (!open) return null;
      rung = current;
    }
    if (rung < 0 && !open) return null;
    if (rung < 0 && open) {
      states.get(family)?.delete(thing.id);
      const { frame, quality } = observation;
      return { ...open.alarm, value, frame, quality, updated: at, cleared: at };
    }
    const since = open?.alarm.since ?? began;
    const chosen = family.rungs[rung] as Rung;
    // The limit may have gone from the Thing while the episode was open.
    if (limitOf(chosen, thing) === null) return null;
    const alarm = alarmOf(what, chosen, open?.alarm.id ?? `${thing.id}:${family.key}@${since}`, since, at);
    const same =
      open &&
      open.alarm.rule === alarm.rule &&
      open.alarm.title === alarm.title &&
      open.alarm.quality === alarm.quality &&
      open.rung === rung;
    if (same) return null;
    keep(family, thing.id, { alarm, rung });
    return alarm;
  }

  function closed(alarm: Alarm, stream: Stream | undefined): Alarm {
    const cleared = alarm.updated + (stream?.activeSeconds ?? 0) * 1000;
    return { ...alarm, updated: cleared, cleared };
  }

  function takeEvent(what: Case, family: Family): readonly Alarm[] {
    const { observation, thing, stream } = what;
    const rung = family.rungs[climb(family, -1, observation.result as number, thing)];
    if (!rung) return none;
    const at = observation.phenomenonTime;
    const activeFor = (stream.activeSeconds ?? 0) * 1000;
    const place = observation.position ?? thing.position;
    const path = streamPath(stream);
    const changed: Alarm[] = [];
    const near = events.find(
      (alarm) =>
        alarm.stream === path &&
        alarm.series === observation.series &&
        at < alarm.updated + activeFor &&
        at > alarm.since - activeFor &&
        (place && alarm.position ? metresBetween(place, alarm.position) <= sameFireMetres : alarm.thing === thing.id),
    );
    if (near) {
      const worse = levelRank(rung.threshold.level) - levelRank(near.level) || near.value - (observation.result as number);
      const updated = Math.max(near.updated, at);
      const next = worse < 0 ? alarmOf(what, rung, near.id, near.since, updated) : { ...near, updated };
      // Two sources: the less direct one decides what the alarm may be called.
      const provenance =
        provenances.indexOf(near.provenance) > provenances.indexOf(observation.provenance) ? near.provenance : observation.provenance;
      if (worse >= 0 && updated === near.updated && provenance === near.provenance) return none;
      const alarm = { ...next, provenance };
      events = events.map((other) => (other === near ? alarm : other));
      return [alarm];
    }
    const where = place ? `${place[0].toFixed(4)},${place[1].toFixed(4)}` : '-';
    const alarm = alarmOf(what, rung, `${thing.id}:${family.key}@${at}#${where}`, at, at);
    if (events.length >= mostEventAlarms) {
      const [oldest, ...rest] = events;
      events = rest;
      if (oldest) changed.push(closed(oldest, streams.get(oldest.stream)));
    }
    events.push(alarm);
    return [...changed, alarm];
  }

  return {
    take(what, newest) {
      const { observation } = what;
      if (observation.result === null || observation.quality === 'bad' || what.families.length === 0) return none;
      const event = what.stream.kind === 'event';
      if (!event && !newest) return none;
      let changed: readonly Alarm[] = none;
      for (const family of what.families) {
        if (event) {
          const found = takeEvent(what, family);
          if (found.length > 0) changed = [...changed, ...found];
        } else {
          const alarm = takeState(what, family);
          if (alarm) changed = [...changed, alarm];
        }
      }
      return changed;
    },
    expire(now) {
      if (events.length === 0 && orphans.length === 0) return none;
      const over = events.filter((alarm) => closed(alarm, streams.get(alarm.stream)).updated <= now);
      const list = [
        ...over.map((alarm) => closed(alarm, streams.get(alarm.stream))),
        ...orphans.map((a) => ({ ...a, updated: now, cleared: now })),
      ];
      if (over.length > 0) events = events.filter((alarm) => !over.includes(alarm));
      orphans = [];
      return list;
    },
    recover(open) {
      for (const alarm of open) {
        const stream = streams.get(alarm.stream);
        const family = families
          .get(alarm.stream)
          ?.get(alarm.series)
          ?.find((candidate) => rungOf(candidate, alarm.rule, alarm.level) >= 0);
        if (!stream || !family) orphans.push(alarm);
        else if (stream.kind === 'event') events.push(alarm);
        else keep(family, alarm.thing, { alarm, rung: rungOf(family, alarm.rule, alarm.level) });
      }
    },
    *open() {
      for (const open of states.values()) for (const { alarm } of open.values()) yield alarm;
      yield* events;
    },
    size: () => [...states.values()].reduce((sum, open) => sum + open.size, events.length),
  };
}
