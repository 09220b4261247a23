// From a durable frame to judged, stored Observations: the only writer of the store. Frames are taken in the order of the log.
//
// Order matters twice: a device's values must not overtake each other, and the history's cursor says "all frames up to here", which is only
// true when they are processed in sequence. A frame whose Datastream must be made first therefore holds up those behind it, once in its life.
import type { Alarm } from '../contracts/event.ts';
import type { FrameLog, Logged } from '../contracts/log.ts';
import { type FrameId, type Instant, type Observation, type Reading, seriesKey } from '../contracts/observation.ts';
import { Problem } from '../contracts/problem.ts';
import type { Decoded, Protocol, RawFrame, Refused } from '../contracts/protocol.ts';
import type { Stream } from '../contracts/stream.ts';
import type { Datastream, Thing } from '../contracts/thing.ts';
import type { Intake } from '../iot-gateway/intake.ts';
import { streamBySeries } from '../streams/by-series.ts';
import type { Pipeline } from '../streams/pipeline.ts';
import type { Registry, Store } from './house.ts';
import type { StoreWriter } from './store/latest.ts';

/** What ingest needs of the history (server/store/history.pg.ts). */
export interface HistoryQueue {
  add(observations: readonly Observation[], alarms: readonly Alarm[], done: FrameId): void;
  backlog(): number;
  /** Resolves when there is room for more. */
  room(): Promise<void>;
}

/** Where what was refused, and who is unknown, is written down (server/store/rejects.pg.ts). Never throws. */
export interface Rejects {
  deadLetter(entry: {
    received: Instant;
    protocol: string;
    address: string;
    device: string | null;
    frame: FrameId | null;
    problem: Problem;
    bytes: Uint8Array | null;
  }): void;
  unclaimed(protocol: string, device: string, address: string, frame: FrameId, at: Instant): void;
  /** Frames kept of a device, oldest first; forgotten once `done` is called. */
  framesOf(protocol: string, device: string): Promise<readonly FrameId[]>;
  claimed(protocol: string, device: string): Promise<void>;
}

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
  /** Ends alarms whose time is over. Call about once a second. */
  expire(now: Instant): void;
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

interface Target {
  readonly thing: Thing;
  readonly datastream: Datastream;
}
/** `targets` of the readings in their order; null: not found when the frame came. */
type Work = { readonly logged: Logged; readonly decoded: Decoded<unknown>; readonly targets: (Target | null)[] };

/** Rows that may wait for the history before frames wait, too. */
const backlogMost = 100_000;
/** Statements of makeAhead at once; the pool has more callers than this one. */
const madeAheadMost = 48;

/** The Datastream a device addressed by its id (SensorThings: `v1.1/Datastreams(7)/Observations`). */
const byDatastream = /^datastream:(\d+)$/;

export function createIngest(parts: IngestParts): Ingest {
  const { log, registry, pipeline, store, history, rejects, now } = parts;
  const counters = new Map<string, ProtocolCounters>();
  let readingsTotal = 0;
  /** While it is set everyone waits for it: who comes later must not overtake. */
  let crowded: Promise<void> | null = null;
  let queue: Work[] = [];
  let pumping: Promise<void> | null = null;
  let madeAhead = 0;
  /** Things without a stream whose frames were asked for one. */
  const filed = new Set<number>();

  function count(protocol: string): ProtocolCounters {
    const entry = counters.get(protocol) ?? { frames: 0, refused: 0, readings: 0, unclaimed: 0 };
    counters.set(protocol, entry);
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
  function aim(protocol: string, decoded: Decoded<unknown>): (Target | null)[] {
    return decoded.readings.map((reading) => {
      const { thing, datastream } = find(protocol, reading);
      return thing && datastream ? { thing, datastream } : null;
    });
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

  /** Begins to make what a frame will need while the log writes it, a bounded number at a time: a whole fleet's first frames do not queue up. */
  function makeAhead(protocol: string, reading: Reading): void {
    if (madeAhead >= madeAheadMost) return;
    const { thing } = find(protocol, reading);
    if (!thing) return;
    madeAhead++;
    registry
      .ensureDatastream(thing, seriesKey(reading.property, reading.period, reading.statistic), reading.unit)
      // Made again, with patience, when its turn comes.
      .catch(() => undefined)
      .finally(() => {
        madeAhead--;
      });
  }

  function judge(target: Target, reading: Reading, logged: Logged, observations: Observation[], alarms: Alarm[]): void {
    const hops = { received: logged.frame.received, durable: logged.durable, processed: now() };
    const verdict = pipeline.judge(target.thing, target.datastream, reading, { frame: logged.id, hops });
    observations.push(verdict.observation);
    store.putObservation(verdict.observation, verdict.newest);
    for (const alarm of verdict.alarms) {
      alarms.push(alarm);
      store.putAlarm(alarm);
    }
  }

  function refuseReadings({ logged, decoded }: Work): void {
    const { frame } = logged;
    const common = {
      received: frame.received,
      protocol: frame.protocol,
      address: frame.address,
      device: decoded.device,
      frame: logged.id,
      bytes: null,
    };
    if (decoded.problem) rejects.deadLetter({ ...common, problem: decoded.problem });
    for (const { problem } of decoded.refused) rejects.deadLetter({ ...common, problem });
    count(frame.protocol).refused += decoded.refused.length + (decoded.problem ? 1 : 0);
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

  /** Makes what a frame lacks, one thing after the other; null: it lacks nothing, which is so for all but the first of a device. */
  function making({ logged, decoded, targets }: Work): Promise<unknown> | null {
    const { protocol } = logged.frame;
    for (const [index, reading] of decoded.readings.entries()) {
      if (targets[index]) continue;
      const { thing, datastream } = find(protocol, reading);
      if (thing && thing.properties.stream === undefined && !filed.has(thing.id)) return file(thing, decoded);
      if (thing && !datastream) return make(thing, reading);
      if (thing && datastream) targets[index] = { thing, datastream };
    }
    return null;
  }

  function take(work: Work): void {
    const { logged, decoded, targets } = work;
    const { protocol, address, received } = logged.frame;
    const counter = count(protocol);
    const observations: Observation[] = [];
    const alarms: Alarm[] = [];
    counter.frames++;
    if (decoded.problem || decoded.refused.length > 0) refuseReadings(work);
    let unknown: string | null = null;
    if (decoded.device !== null && decoded.readings.length === 0 && !decoded.problem && !byDatastream.test(decoded.device))
      unknown = registry.byDevice(protocol, decoded.device) ? null : decoded.device;
    for (const [index, reading] of decoded.readings.entries()) {
      const target = targets[index];
      if (target) judge(target, reading, logged, observations, alarms);
      else unknown = reading.device;
    }
    if (unknown !== null) {
      counter.unclaimed++;
      if (byDatastream.test(unknown))
        rejects.deadLetter({
          received,
          protocol,
          address,
          device: unknown,
          frame: logged.id,
          bytes: null,
          problem: new Problem('not-found', { what: unknown }),
        });
      else rejects.unclaimed(protocol, unknown, address, logged.id, received);
    }
    counter.readings += observations.length;
    readingsTotal += observations.length;
    history.add(observations, alarms, logged.id);
  }

  async function pump(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      for (const work of batch) {
        try {
          if (work.targets.includes(null)) for (let made = making(work); made; made = making(work)) await made;
          take(work);
        } catch (error) {
          // A frame that breaks the middle must not stop the ones behind it: it is in the log, and this says which one and why.
          const { frame, id } = work.logged;
          const problem = error instanceof Problem ? error : new Problem('internal', { incident: `frame ${id}: ${String(error)}` });
          rejects.deadLetter({
            received: frame.received,
            protocol: frame.protocol,
            address: frame.address,
            device: work.decoded.device,
            frame: id,
            bytes: null,
            problem,
          });
          history.add([], [], id);
        }
      }
    }
  }
  function keep(frame: RawFrame, decoded: Decoded<unknown>): Promise<Logged> {
    const targets = aim(frame.protocol, decoded);
    for (const [index, target] of targets.entries()) if (!target) makeAhead(frame.protocol, decoded.readings[index]!);
    return log.append(frame).then((logged) => {
      push({ logged, decoded, targets });
      return logged;
    });
  }
  function run(): void {
    pumping = pump().finally(() => {
      pumping = null;
      if (queue.length > 0) run();
    });
  }
  function push(work: Work): void {
    queue.push(work);
    if (!pumping) run();
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
    accept(frame, decoded) {
      if (crowded === null && history.backlog() > backlogMost)
        crowded = history.room().finally(() => {
          crowded = null;
        });
      return crowded ? crowded.then(() => keep(frame, decoded)) : keep(frame, decoded);
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
          if (decoded) push({ logged, decoded, targets: aim(logged.frame.protocol, decoded) });
          frames++;
        }
        await settled();
        if (history.backlog() > 50_000) await history.room();
      }
      return frames;
    },
    async replayUnclaimed(protocol, device) {
      const decode = decoder();
      const ids = await rejects.framesOf(protocol, device);
      let frames = 0;
      for (const id of ids) {
        const logged = await log.get(id);
        const decoded = logged && decode(logged.frame);
        if (!decoded) continue;
        // The cursor has passed these frames long ago: queue their rows under the newest frame, which history keeps by `greatest`.
        push({ logged, decoded, targets: aim(logged.frame.protocol, decoded) });
        frames++;
      }
      await settled();
      await rejects.claimed(protocol, device);
      return frames;
    },
    expire(at) {
      const ended = pipeline.expire(at);
      for (const alarm of ended) store.putAlarm(alarm);
      if (ended.length > 0) history.add([], ended, 0);
    },
    counters: () => Object.fromEntries(counters),
    readings: () => readingsTotal,
    settled,
  };
}
