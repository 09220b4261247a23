// From a durable Reading to a judged Observation and the alarms it changes. Pure: no clock, no database; what it remembers is bounded.
import type { Alarm } from '../contracts/event.ts';
import type { AdCode, LngLat } from '../contracts/geo.ts';
import {
  type FrameId,
  type Hops,
  type Instant,
  identityOf,
  type Observation,
  type Reading,
  type Revision,
  type SeriesKey,
  checkBits,
  checksOf,
} from '../contracts/observation.ts';
import type { QualityRule, Stream } from '../contracts/stream.ts';
import type { Datastream, Thing } from '../contracts/thing.ts';
import { byPath } from './index.ts';
import { createEpisodes } from './operators/episodes.ts';
import { createNeighbourhood } from './neighbourhood.ts';
import type { Course } from './operators/course.ts';
import { freshMemory, judgeQuality, type QualityMemory, resumeMemory } from './operators/quality.ts';
import { type Family, familiesOf } from './operators/threshold.ts';

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
  /** The stream that thing.properties.stream names. */
  streamOf(thing: Pick<Thing, 'properties'>): Stream | undefined;
}

interface SeriesRules {
  readonly quality: QualityRule | undefined;
  readonly families: readonly Family[];
}
const noAlarms: readonly Alarm[] = [];
const noRules: SeriesRules = { quality: undefined, families: [] };

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
    rules.set(path, new Map([...keys].map((key) => [key, { quality: stream.quality[key], families: families.get(key) ?? [] }])));
  }
  // One entry per Datastream of the registry, a few numbers each.
  const memories = new Map<number, QualityMemory>();
  const episodes = createEpisodes(declared);

  function memoryOf(datastream: number): QualityMemory {
    let memory = memories.get(datastream);
    if (!memory) {
      memory = freshMemory();
      memories.set(datastream, memory);
    }
    return memory;
  }

  return {
    judge(thing, datastream, reading, { frame, hops }) {
      const path = thing.properties.stream;
      const stream = path === undefined ? undefined : declared.get(path);
      const { quality: rule, families } = (stream && rules.get(path as string)?.get(datastream.series)) ?? noRules;
      const verdict = judgeQuality(memoryOf(datastream.id), reading, hops.received, rule);
      const observation: Observation = {
        datastream: datastream.id,
        thing: thing.id,
        series: datastream.series,
        phenomenonTime: reading.phenomenonTime,
        result: reading.result !== null && Number.isFinite(reading.result) ? reading.result : null,
        position: reading.position ?? null,
        quality: verdict.quality,
        failed: verdict.failed,
        flag: reading.flag,
        provenance: thing.properties.provenance ?? 'measured',
        frame,
        identity: identityOf(reading),
        hops,
      };
      let alarms = noAlarms;
      if (stream && families.length > 0) {
        const adcode = stream.kind === 'event' && observation.position ? locate?.(observation.position) : null;
        alarms = episodes.take({ stream, thing, datastream, observation, families, adcode: adcode ?? null }, verdict.newest);
      }
      return { observation, alarms, newest: verdict.newest };
    },
    recover(latest, open) {
      for (const o of latest) {
        const memory = memoryOf(o.datastream);
        if (o.phenomenonTime < memory.newest) continue;
        memory.newest = o.phenomenonTime;
        if (o.result === null || o.quality === 'bad') continue;
        // A sensor that was stuck is stuck at once when it goes on as before, not after another wait.
        const stuck = o.failed.includes('stuck');
        memory.sameSince = stuck ? -Infinity : o.phenomenonTime;
        memory.sameValue = o.result;
        memory.sameCount = stuck ? 1000 : 1;
        if (o.failed.includes('rate')) continue;
        memory.trustedTime = o.phenomenonTime;
        memory.trustedValue = o.result;
      }
      episodes.recover(open);
    },
    expire: (now) => episodes.expire(now),
    streamOf: (thing) => (thing.properties.stream === undefined ? undefined : declared.get(thing.properties.stream)),
  };
}
