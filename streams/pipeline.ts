// From a durable Reading to a judged Observation and the alarms it changes. Pure: no clock, no database; what it remembers is bounded.
import type { Alarm, Snooze } from '../contracts/event.ts';
import type { AdCode, LngLat } from '../contracts/geo.ts';
import {
  checkBits,
  checksOf,
  type FrameId,
  type Hops,
  type Instant,
  identityOf,
  type Observation,
  type Reading,
  type Revision,
  type SeriesKey,
} from '../contracts/observation.ts';
import type { QualityRule, Stream } from '../contracts/stream.ts';
import type { Datastream, Thing } from '../contracts/thing.ts';
import type { Trust } from '../contracts/trust.ts';
import { byPath } from './index.ts';
import { createNeighbourhood } from './neighbourhood.ts';
import { type Course, createCourse } from './operators/course.ts';
import { createEpisodes } from './operators/episodes.ts';
import { freshMemory, judgeQuality, type QualityMemory, resumeMemory } from './operators/quality.ts';
import { createSnoozes } from './operators/snooze.ts';
import { type Family, familiesOf } from './operators/threshold.ts';
import { countReading, freshTally, type Promised, recount, type Tally, trustOf } from './operators/trust.ts';
import { periodOf, periodSeconds, staleFrom } from './staleness.ts';

export interface Judged {
  readonly observation: Observation;
  /** Observations judged before whose verdict it changed: a late one came between, or its neighbours came after it. */
  readonly revised: readonly Revision[];
  /** Alarms that began, changed or ended with it. */
  readonly alarms: readonly Alarm[];
  /** No newer value of this Datastream is known. */
  readonly newest: boolean;
}

export interface Pipeline {
  /** Judges one reading. Readings of one Datastream come in the order of the log. Never throws. */
  judge(thing: Thing, datastream: Datastream, reading: Reading, context: { readonly frame: FrameId; readonly hops: Hops }): Judged;
  /** Takes up where the last process ended: the newest Observation of each Datastream and the open alarms. Before the first judge(). */
  recover(latest: Iterable<Observation>, open: Iterable<Alarm>): void;
  /** Alarms whose time is over by now: events that left the map. Call about once a second; the returned alarms are cleared. */
  expire(now: Instant): readonly Alarm[];
  /** Alarms put to rest, in force now; replaces the former ones. Returns the open alarms whose mark it changed. */
  snooze(list: Iterable<Snooze>, now: Instant): readonly Alarm[];
  /** Trust in a Datastream at `now`; null: nothing came of it yet. */
  trust(thing: Thing, datastream: Datastream, now: Instant): Pick<Trust, 'score' | 'reasons'> | null;
  /** What trust is counted from, by Datastream: to be kept over a restart. */
  tallies(): Iterable<readonly [datastream: number, tally: Tally]>;
  /** Before the first judge(). */
  recoverTally(datastream: number, tally: Tally): void;
  /** The stream that thing.properties.stream names. */
  streamOf(thing: Pick<Thing, 'properties'>): Stream | undefined;
}

interface SeriesRules {
  readonly quality: QualityRule | undefined;
  /** Compared with other series: its neighbours' or the other channel. */
  readonly compared: boolean;
  readonly families: readonly Family[];
}
const noAlarms: readonly Alarm[] = [];
const noRevised: readonly Revision[] = [];
const noRules: SeriesRules = { quality: undefined, compared: false, families: [] };
const clockBit = checkBits(['clock']);

/** What a stream promises of one of its series. Of a day mean one a day is promised, and gaps in a day are no matter. */
function promisedOf(stream: Stream | undefined, series: SeriesKey): Promised {
  if (!stream || stream.kind === 'event') return { everySeconds: null, silentSeconds: null };
  const seconds = periodSeconds[periodOf(series)];
  return {
    everySeconds: periodOf(series) === 'day' ? null : Math.max(seconds, stream.periodSeconds),
    silentSeconds: seconds + stream.staleAfterSeconds,
  };
}

export interface PipelineOptions {
  readonly streams: readonly Stream[];
  /** The area a position lies in; null where none is known. Absent: what happens belongs to the area of the Thing that reports it. */
  readonly locate?: (position: LngLat) => AdCode | null;
}

/** @throws Problem duplicate-declaration */
export function createPipeline({ streams, locate }: PipelineOptions): Pipeline {
  const declared = byPath(streams);
  const rules = new Map<string, ReadonlyMap<SeriesKey, SeriesRules>>();
  for (const [path, stream] of declared) {
    const families = familiesOf(stream);
    const keys = new Set([...(Object.keys(stream.quality) as SeriesKey[]), ...families.keys()]);
    const paired = new Set(Object.values(stream.quality).flatMap(({ pair }) => pair?.with ?? []));
    const rulesOf = (key: SeriesKey): SeriesRules => {
      const quality = stream.quality[key];
      const compared = quality?.neighbours !== undefined || quality?.pair !== undefined || paired.has(key);
      return { quality, compared, families: families.get(key) ?? [] };
    };
    rules.set(path, new Map([...keys].map((key) => [key, rulesOf(key)])));
  }
  // One entry per Datastream of the registry, a few numbers each.
  const memories = new Map<number, QualityMemory>();
  const tallies = new Map<number, Tally>();
  const neighbourhood = createNeighbourhood();
  const snoozes = createSnoozes();
  const episodes = createEpisodes(declared);

  function memoryOf(datastream: number): QualityMemory {
    let memory = memories.get(datastream);
    if (!memory) {
      memory = freshMemory();
      memories.set(datastream, memory);
    }
    return memory;
  }

  function tallyOf(datastream: number): Tally {
    let tally = tallies.get(datastream);
    if (!tally) {
      tally = freshTally();
      tallies.set(datastream, tally);
    }
    return tally;
  }
  function revise(datastream: Datastream, course: Course, index: number, before: number): Revision {
    const bits = course.bits[index] as number;
    const phenomenonTime = course.time[index] as number;
    recount(tallyOf(datastream.id), phenomenonTime, before, bits);
    return {
      ...{ datastream: datastream.id, thing: datastream.thing, series: datastream.series, phenomenonTime },
      // Only what is usable stands in a course: it is doubted or it is not.
      ...{ identity: course.identity[index] as number, quality: bits === 0 ? 'good' : 'suspect', failed: checksOf(bits) },
    };
  }

  function count(
    stream: Stream | undefined,
    { id, series }: Datastream,
    reading: Reading,
    received: Instant,
    bits: number,
    missing: boolean,
  ): void {
    const { phenomenonTime } = reading;
    const late = stream !== undefined && received > staleFrom(stream, series, phenomenonTime);
    countReading(tallyOf(id), bits & clockBit && phenomenonTime > received ? received : phenomenonTime, bits, missing, late);
  }

  return {
    judge(thing, datastream, reading, { frame, hops }) {
      const path = thing.properties.stream;
      const stream = path === undefined ? undefined : declared.get(path);
      const { quality: rule, compared, families } = (stream && rules.get(path as string)?.get(datastream.series)) ?? noRules;
      const memory = memoryOf(datastream.id);
      const identity = identityOf(reading);
      if (compared) memory.course ??= createCourse();
      const verdict = judgeQuality(memory, reading, hops.received, rule, identity);
      let { quality, failed } = verdict;
      let revised = noRevised;
      const { course } = memory;
      if (course && course.revised.length > 0)
        revised = course.revised.map(({ index, before }) => revise(datastream, course, index, before));
      if (compared && course && rule && verdict.place >= 0) {
        const member = neighbourhood.memberOf(`${path} ${thing.properties.provenance ?? ''}`, thing, datastream, course, rule);
        const changed = neighbourhood.judge(member, verdict.place);
        if (changed.length > 0) {
          const others = changed.filter((one) => one.member !== member || one.index !== verdict.place);
          revised = [...revised, ...others.map((one) => revise(one.member.datastream, one.member.course, one.index, one.before))];
        }
        failed = checksOf(course.bits[verdict.place] as number);
        quality = failed.length === 0 ? 'good' : 'suspect';
      }
      if (!verdict.again) count(stream, datastream, reading, hops.received, checkBits(failed), quality === 'missing');
      const observation: Observation = {
        datastream: datastream.id,
        thing: thing.id,
        series: datastream.series,
        phenomenonTime: reading.phenomenonTime,
        result: reading.result !== null && Number.isFinite(reading.result) ? reading.result : null,
        position: reading.position ?? null,
        quality,
        failed,
        flag: reading.flag,
        provenance: thing.properties.provenance ?? 'measured',
        frame,
        identity,
        hops,
      };
      let alarms = noAlarms;
      if (stream && families.length > 0) {
        const adcode = stream.kind === 'event' && observation.position ? locate?.(observation.position) : null;
        alarms = episodes.take({ stream, thing, datastream, observation, families, adcode: adcode ?? null }, verdict.newest);
        if (alarms.length > 0) alarms = alarms.map((alarm) => snoozes.mark(alarm, hops.processed));
      }
      return { observation, revised, alarms, newest: verdict.newest };
    },
    recover(latest, open) {
      for (const o of latest) {
        resumeMemory(memoryOf(o.datastream), o.phenomenonTime, o.result, o.failed, o.quality !== 'bad', o.identity);
      }
      episodes.recover(open);
    },
    expire(now) {
      const ended = episodes.expire(now).map((alarm) => snoozes.mark(alarm, now));
      // A snooze whose time is over: the alarm speaks again.
      const woken = snoozes.changed(episodes.open(), now);
      return woken.length === 0 ? ended : [...ended, ...woken];
    },
    snooze(list, now) {
      snoozes.set(list);
      return snoozes.changed(episodes.open(), now);
    },
    trust(thing, datastream, now) {
      const tally = tallies.get(datastream.id);
      const stream = declared.get(thing.properties.stream ?? '');
      return tally ? trustOf(tally, promisedOf(stream, datastream.series), now) : null;
    },
    tallies: () => tallies,
    recoverTally: (datastream, tally) => void tallies.set(datastream, tally),
    streamOf: (thing) => (thing.properties.stream === undefined ? undefined : declared.get(thing.properties.stream)),
  };
}
