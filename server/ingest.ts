// From a durable frame to judged, stored Observations: the only writer of the store. Frames are taken in the order of the log.
//
// Order matters twice: a device's values must not overtake each other, and the history's cursor says "all frames up to here", which is only
// true when they are processed in sequence. A frame whose Datastream must be made first therefore holds up those behind it, once in its life.
import type { Alarm, Snooze } from '../contracts/event.ts';
import { type Appended, type Committed, type FrameLog, frameId, type Logged } from '../contracts/log.ts';
import {
  type FrameId,
  type Hops,
  type Instant,
  type Observation,
  type Reading,
  type Revision,
  seriesKey,
} from '../contracts/observation.ts';
import { Problem } from '../contracts/problem.ts';
import type { Decoded, Protocol, RawFrame, Refused } from '../contracts/protocol.ts';
import type { Stream } from '../contracts/stream.ts';
import { type Datastream, deviceId, type Thing } from '../contracts/thing.ts';
import type { Intake } from '../iot-gateway/intake.ts';
import { streamBySeries } from '../streams/by-series.ts';
import type { Pipeline } from '../streams/pipeline.ts';
import type { Registry, Store } from './house.ts';
import type { HistoryQueue } from './store/history-queue.ts';
import type { StoreWriter } from './store/latest.ts';
import type { Rejects } from './store/refusals.ts';

export interface ProtocolCounters {
  frames: number;
  refused: number;
  readings: number;
  unclaimed: number;
}

export interface Ingest extends Intake {
  /** Takes the frames after `after` from the log through today's decoders. Returns how many. Call before the ports open. */
  recover(after: FrameId): Promise<number>;
  replayUnclaimed(protocol: string, device: string): Promise<number>;
  /** Hears every judged Observation, in order, before the history has it; never throws. Those that write come before `recover`. */
  onObservation(listener: (observation: Observation, reading: Reading) => void): void;
  /** Ends alarms whose time is over. Call about once a second. */
  expire(now: Instant): void;
  /** Alarms put to rest, in force now; replaces the former ones. */
  snooze(list: readonly Snooze[], now: Instant): void;
  counters(): Readonly<Record<string, ProtocolCounters>>;
  /** Readings processed since the start. */
  readings(): number;
  /** Resolves when every frame accepted so far is in the store and queued for history. */
  settled(): Promise<void>;
}

export interface IngestParts {
  readonly log: FrameLog;
  readonly registry: Registry;
  readonly pipeline: Pipeline;
  readonly store: Store & StoreWriter;
  readonly history: HistoryQueue;
  readonly rejects: Rejects;
  readonly protocols: readonly Protocol[];
  readonly streams: readonly Stream[];
  readonly now: () => Instant;
  /** Waits; injected because this file reads no clock. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

interface Work {
  readonly frame: RawFrame;
  /** null: not yet. */
  decoded: Decoded<unknown> | null;
  /** Its place in the batch until that is committed, its FrameId from then on. */
  id: FrameId;
  durable: Instant;
}
/** Frames that share a commit. */
interface Group {
  readonly committed: Promise<Committed>;
  readonly works: Work[];
  /** Resolves when they are durable and on their way to the store. */
  readonly taken: Promise<Committed>;
}

/** Rows that may wait for the history before frames wait, too: 30 MB. */
const backlogMost = 250_000;
/** The target of a reading whose Thing is not known. */
const nowhere: Datastream = { id: -1, thing: -1, series: '/instant/value', property: '', name: '', unit: '' };
/** Statements of makeAhead at once; the pool has more callers than this one. */
const madeAheadMost = 48;

/** The Datastream a device addressed by its id (SensorThings: `v1.1/Datastreams(7)/Observations`). */
const byDatastream = /^datastream:(\d+)$/;

export function createIngest(parts: IngestParts): Ingest {
  const { log, registry, pipeline, store, history, rejects, now } = parts;
  const protocols = new Map(parts.protocols.map((protocol) => [protocol.id, protocol]));
  const counters = new Map<string, ProtocolCounters>();
  let readingsTotal = 0;
  /** The history is full: nobody is acknowledged until it has room. */
  let crowded = false;
  /** The commit that gathers, and those on the disk that wait for the history, in their order. */
  let gathering: Group | null = null;
  let [held, queue]: [(() => void)[], Work[]] = [[], []];
  let pumping: Promise<void> | null = null;
  let madeAhead = 0;
  /** Of the frame in hand: what it gives is passed on before the next one, and an array for each would be most of what is thrown away. */
  const targets: Datastream[] = [];
  const [observations, alarms, revised]: [Observation[], Alarm[], Revision[]] = [[], [], []];
  const listeners: ((observation: Observation, reading: Reading) => void)[] = [];
  /** Things without a stream whose frames were asked for one. */
  const filed = new Set<number>();

  function count(protocol: string): ProtocolCounters {
    let entry = counters.get(protocol);
    if (!entry) {
      entry = { frames: 0, refused: 0, readings: 0, unclaimed: 0 };
      counters.set(protocol, entry);
    }
    return entry;
  }

  /** Thing and Datastream of a reading, as far as they are there. */
  function find(protocol: string, reading: Reading): { thing: Thing | undefined; datastream: Datastream | undefined } {
    const id = byDatastream.exec(reading.device)?.[1];
    if (id !== undefined) {
      const datastream = registry.datastream(Number(id));
      return { thing: datastream && registry.thing(datastream.thing), datastream };
    }
    const thing = registry.byDevice(protocol, reading.device);
    return { thing, datastream: thing && registry.datastreamOf(thing.id, seriesKey(reading.property, reading.period, reading.statistic)) };
  }
  function decodedOf(work: Work): Decoded<unknown> {
    work.decoded ??= decodeAlone(work.frame);
    return work.decoded;
  }
  /** A frame whose protocol remembers nothing from one to the next. */
  function decodeAlone(frame: RawFrame): Decoded<unknown> {
    const protocol = protocols.get(frame.protocol);
    if (!protocol) throw new Problem('internal', { incident: `protocol ${frame.protocol}` });
    return protocol.decode(protocol.initial, frame);
  }

  /** An outage of the database is waited for, because the frame is acknowledged already. */
  async function patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let wait = 50; ; wait = Math.min(wait * 2, 2000)) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Problem) || (error.code !== 'database-unavailable' && error.code !== 'overloaded')) throw error;
        await parts.pause(wait);
      }
    }
  }

  function judge(thing: Thing, datastream: Datastream, reading: Reading, context: { frame: FrameId; hops: Hops }): void {
    const verdict = pipeline.judge(thing, datastream, reading, context);
    observations.push(verdict.observation);
    store.putObservation(verdict.observation, verdict.newest);
    for (const listener of listeners) listener(verdict.observation, reading);
    for (const revision of verdict.revised) {
      revised.push(revision);
      store.revise(revision);
    }
    for (const alarm of verdict.alarms) {
      alarms.push(alarm);
      store.putAlarm(alarm);
    }
  }

  function refuseReadings({ id, frame }: Work, decoded: Decoded<unknown>): void {
    const { received, protocol, address } = frame;
    const common = { received, protocol, address, device: decoded.device, frame: id, bytes: null };
    if (decoded.problem) rejects.deadLetter({ ...common, problem: decoded.problem });
    for (const { problem } of decoded.refused) rejects.deadLetter({ ...common, problem });
    count(protocol).refused += decoded.refused.length + (decoded.problem ? 1 : 0);
  }

  function make(thing: Thing, reading: Reading): Promise<Datastream> {
    return patiently(() => registry.ensureDatastream(thing, seriesKey(reading.property, reading.period, reading.statistic), reading.unit));
  }

  /** Files a Thing that was registered by device alone under the stream its first frame speaks for. */
  async function file(thing: Thing, decoded: Decoded<unknown>): Promise<void> {
    filed.add(thing.id);
    const keys = decoded.readings.map(({ property, period, statistic }) => seriesKey(property, period, statistic));
    const stream = streamBySeries(parts.streams, keys);
    if (stream !== null) await patiently(() => registry.saveThing({ ...thing, properties: { ...thing.properties, stream } }));
  }

  /** Finds where the readings of a frame belong; what is missing is made, one thing after the other. null: all is there. */
  function aim(protocol: string, decoded: Decoded<unknown>): Promise<unknown> | null {
    targets.length = 0;
    for (const reading of decoded.readings) {
      const { thing, datastream } = find(protocol, reading);
      if (datastream) targets.push(datastream);
      else if (!thing) targets.push(nowhere);
      else if (thing.properties.stream === undefined && !filed.has(thing.id)) return file(thing, decoded);
      else return make(thing, reading);
    }
    return null;
  }
  /** Begins to make what the next frames will need, a bounded number at a time: a whole fleet's first frames do not wait for one another. */
  function makeAhead(batch: readonly Work[], from: number): number {
    let next = from;
    while (next < batch.length && madeAhead < madeAheadMost) {
      const work = batch[next++]!;
      for (const reading of decodedOf(work).readings) {
        const { thing, datastream } = find(work.frame.protocol, reading);
        if (!thing || datastream) continue;
        madeAhead++;
        make(thing, reading)
          // Tried again when its turn comes.
          .catch(() => undefined)
          .finally(() => {
            madeAhead--;
          });
      }
    }
    return next;
  }

  function take(work: Work, decoded: Decoded<unknown>): void {
    const { id, frame } = work;
    const { protocol, address, received } = frame;
    const counter = count(protocol);
    observations.length = 0;
    alarms.length = 0;
    revised.length = 0;
    counter.frames++;
    if (decoded.problem || decoded.refused.length > 0) refuseReadings(work, decoded);
    let unknown: string | null = null;
    if (decoded.device !== null && decoded.readings.length === 0 && !decoded.problem && !byDatastream.test(decoded.device))
      unknown = registry.byDevice(protocol, decoded.device) ? null : decoded.device;
    const context = { frame: id, hops: { received, durable: work.durable, processed: now() } };
    for (let index = 0; index < targets.length; index++) {
      const target = targets[index]!;
      const reading = decoded.readings[index]!;
      const thing = registry.thing(target.thing);
      if (thing) judge(thing, target, reading, context);
      else unknown = reading.device;
    }
    if (unknown !== null) {
      counter.unclaimed++;
      const problem = new Problem('not-found', { what: unknown });
      if (byDatastream.test(unknown)) rejects.deadLetter({ received, protocol, address, device: unknown, frame: id, bytes: null, problem });
      else rejects.unclaimed(protocol, unknown, address, id, received);
    }
    counter.readings += observations.length;
    readingsTotal += observations.length;
    history.add(observations, alarms, id, revised);
  }

  async function pump(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      let ahead = 0;
      for (let index = 0; index < batch.length; index++) {
        const work = batch[index]!;
        try {
          const decoded = decodedOf(work);
          for (let making = aim(work.frame.protocol, decoded); making; making = aim(work.frame.protocol, decoded)) {
            ahead = makeAhead(batch, Math.max(ahead, index + 1));
            await making;
          }
          take(work, decoded);
        } catch (error) {
          // A frame that breaks the middle must not stop the ones behind it: it is in the log, and this says which one and why.
          const { id, frame, decoded } = work;
          const { received, protocol, address } = frame;
          const problem = error instanceof Problem ? error : new Problem('internal', { incident: `frame ${id}: ${String(error)}` });
          rejects.deadLetter({ received, protocol, address, device: decoded?.device ?? null, frame: id, bytes: null, problem });
          history.add([], [], id);
        }
        // A batch of thousands need not be kept until its last frame is through.
        work.decoded = null;
      }
    }
  }
  function push(works: readonly Work[]): void {
    for (const work of works) queue.push(work);
    if (!pumping) run();
  }
  function again({ id, frame, durable }: Logged, decoded: Decoded<unknown>): void {
    push([{ id, frame, durable, decoded }]);
  }
  /** When a commit is on the disk, and the history has room, its frames go on together; then all who wait for it hear of it. */
  function group(committed: Promise<Committed>): Group {
    const works: Work[] = [];
    const taken = committed.then((commit) => {
      const go = (): Committed => {
        for (const work of works) {
          work.id = frameId(commit.batch, work.id);
          work.durable = commit.durable;
        }
        push(works);
        return commit;
      };
      if (!crowded && history.backlog() <= backlogMost) return go();
      if (!crowded) {
        crowded = true;
        void history.room().finally(() => {
          crowded = false;
          const waiting = held;
          held = [];
          for (const release of waiting) release();
        });
      }
      return new Promise<Committed>((resolve) => {
        held.push(() => resolve(go()));
      });
    });
    // Who asked hears of it; this copy of the rejection is nobody's.
    taken.catch(() => undefined);
    return { committed, works, taken };
  }
  function run(): void {
    // After this turn: the acknowledgements of a commit leave before its frames are judged, and the devices go on meanwhile.
    pumping = new Promise<void>((begin) => setImmediate(begin)).then(pump).finally(() => {
      pumping = null;
      if (queue.length > 0) run();
    });
  }
  async function settled(): Promise<void> {
    while (pumping) await pumping;
  }

  /** Decodes frames from the log again, each connection with its own memory, as it was live. */
  function decoder(): (frame: RawFrame) => Decoded<unknown> | null {
    const memories = new Map<string, unknown>();
    return (frame) => {
      const protocol = parts.protocols.find((candidate) => candidate.id === frame.protocol);
      if (!protocol) return null;
      const key = `${frame.protocol} ${frame.address}`;
      const decoded = protocol.decode(memories.has(key) ? memories.get(key) : protocol.initial, frame);
      if (memories.size > 10_000) memories.clear();
      memories.set(key, decoded.memory);
      return decoded;
    };
  }

  return {
    accept(frame, decoded): Appended {
      const { index, committed } = log.append(frame);
      if (gathering?.committed !== committed) gathering = group(committed);
      gathering.works.push({ frame, decoded, id: index, durable: 0 });
      return { index, committed: gathering.taken };
    },
    refuse(protocol, address, refused: Refused, received) {
      count(protocol).refused++;
      rejects.deadLetter({ received, protocol, address, device: null, frame: null, problem: refused.problem, bytes: refused.bytes });
    },
    async recover(after) {
      const decode = decoder();
      let frames = 0;
      for await (const batch of log.read(after)) {
        for (const logged of batch) {
          const decoded = decode(logged.frame);
          if (decoded) again(logged, decoded);
          frames++;
        }
        await settled();
        if (history.backlog() > 50_000) await history.room();
      }
      return frames;
    },
    async replayUnclaimed(protocol, given) {
      const device = deviceId(protocol, given);
      const decode = decoder();
      const ids = await rejects.framesOf(protocol, device);
      let frames = 0;
      for (const id of ids) {
        const logged = await log.get(id);
        const decoded = logged && decode(logged.frame);
        if (!logged || !decoded) continue;
        // The cursor has passed these frames long ago: queue their rows under the newest frame, which history keeps by `greatest`.
        again(logged, decoded);
        frames++;
      }
      await settled();
      await rejects.claimed(protocol, device);
      return frames;
    },
    onObservation: (listener) => void listeners.push(listener),
    expire(at) {
      const ended = pipeline.expire(at);
      for (const alarm of ended) store.putAlarm(alarm);
      if (ended.length > 0) history.add([], ended, 0);
    },
    snooze(list, at) {
      for (const alarm of pipeline.snooze(list, at)) store.putAlarm(alarm);
    },
    counters: () => Object.fromEntries(counters),
    readings: () => readingsTotal,
    settled,
  };
}
