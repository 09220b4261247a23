// Ingest over a real log and a real PostGIS: order, unknown devices and their claim, what breaks in the middle, an outage, and the restart.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Logged, logged } from '../contracts/log.ts';
import type { Decoded, Protocol, RawFrame } from '../contracts/protocol.ts';
import type { Thing } from '../contracts/thing.ts';
import { mqtt } from '../iot-gateway/protocols/mqtt.ts';
import { streams } from '../streams/index.ts';
import { openTableLog, type TableLog } from '../streams/log/table.pg.ts';
import { createPipeline, type Pipeline } from '../streams/pipeline.ts';
import { type TestDatabase, testDatabase } from '../tests/database.pg.ts';
import type { Registry, Store } from './house.ts';
import { createIngest, type Ingest } from './ingest.ts';
import { type History, openHistory, readCursor } from './store/history.pg.ts';
import { createStore, type StoreWriter } from './store/latest.ts';
import { openRegistry } from './store/registry.pg.ts';
import { openRejects } from './store/rejects.pg.ts';

const now = Date.UTC(2026, 10, 24, 3);
const later = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));

interface Bench {
  readonly log: TableLog;
  readonly registry: Registry;
  readonly store: Store & StoreWriter;
  readonly history: History;
  readonly rejects: ReturnType<typeof openRejects>;
  readonly ingest: Ingest;
  /** What the pipeline judged, in order. */
  readonly judged: number[];
  close(): Promise<void>;
}
let db: TestDatabase;
let bench: Bench;

/** As main.ts puts it together; `breakAt` makes the pipeline throw for one value. */
async function openBench(breakAt = Number.NaN): Promise<Bench> {
  const log = openTableLog(db.database.pool, { now: () => now });
  const store = createStore(streams);
  const registry = await openRegistry(db.database, (thing) => store.putThing(thing));
  // By itself it would write a minute later: the history asks for it.
  const rejects = openRejects(db.database.pool, { flushMilliseconds: 60_000 });
  const history = openHistory(db.database.pool, { now: () => now, flushMilliseconds: 5, before: rejects.written });
  const judged: number[] = [];
  const real = createPipeline({ streams });
  const pipeline: Pipeline = {
    ...real,
    judge(thing, datastream, reading, context) {
      if (reading.result === breakAt) throw new Error('a defect of ours');
      judged.push(reading.result ?? Number.NaN);
      return real.judge(thing, datastream, reading, context);
    },
  };
  const parts = { log, registry, pipeline, store, history, rejects, protocols: [mqtt as Protocol], streams, now: () => now, pause: later };
  return {
    ...{ log, registry, store, history, rejects, ingest: createIngest(parts), judged },
    async close() {
      await history.close();
      await rejects.close();
      await log.close();
    },
  };
}
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.database.query('TRUNCATE thing, frame_batch, observation, log_cursor, dead_letter, unclaimed_device, unclaimed_frame CASCADE');
  bench = await openBench();
  return () => bench.close();
});

const gauge = (device: string): Omit<Thing, 'id'> => ({
  ...{ uid: `t:${device}`, name: `站 ${device}`, description: '', adcode: '210100', position: [123.4, 41.8] },
  properties: { device: { protocol: 'mqtt', id: device }, stream: 'water/water-level', provenance: 'measured' },
});
function frameOf(device: string, body: unknown): [RawFrame, Decoded<unknown>] {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const frame = { protocol: 'mqtt', address: `devices/${device}/telemetry`, received: now, bytes: new TextEncoder().encode(text) };
  return [frame, mqtt.decode(null, frame)];
}
const accept = (frame: RawFrame, decoded: Decoded<unknown>): Promise<Logged> => logged(frame, bench.ingest.accept(frame, decoded));
const send = (device: string, n: number, more: Record<string, number> = {}) =>
  accept(...frameOf(device, { time: now - 60_000 + n, values: { z: n, ...more } }));
const stored = async (): Promise<number[]> => {
  await bench.ingest.settled();
  await bench.history.flushed();
  return (await db.database.query<{ result: number }>('SELECT result FROM observation ORDER BY phenomenon_time')).map((r) => r.result);
};
const letters = async () => {
  await bench.ingest.settled();
  await bench.rejects.flushed();
  return db.database.query<{ code: string; device: string | null; frame: number | null }>('SELECT code, device, frame FROM dead_letter');
};
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('order', () => {
  test('values are judged in the order in which they came, though the first one waits for its Datastream', async () => {
    await bench.registry.saveThing(gauge('a'));
    const before = bench.store.things('water/water-level')[Symbol.iterator]().next().value;
    expect(before?.series).toEqual({});
    const logged = await Promise.all(range(300).map((n) => send('a', n, n === 150 ? { q: 1000 } : {})));
    const values = await stored();
    expect(bench.judged.filter((value) => value < 300)).toEqual(range(300));
    expect(values.filter((value) => value < 300)).toEqual(range(300));
    expect(logged.map(({ id }) => id)).toEqual([...logged.map(({ id }) => id)].sort((x, y) => x - y));
    expect(await readCursor(db.database.pool)).toBe(logged.at(-1)?.id);
    expect(bench.ingest.counters()['mqtt']).toEqual({ frames: 300, refused: 0, readings: 301, unclaimed: 0 });
  });
});

test('a late reading is put into its place, and what it makes doubtful is corrected in the history and in the store', async () => {
  await bench.registry.saveThing(gauge('late'));
  const at = (minutes: number, z: number) => accept(...frameOf('late', { time: now - minutes * 60_000, values: { z } }));
  const verdicts = async () => {
    await stored();
    return db.database.query('SELECT result, quality, failed FROM observation ORDER BY phenomenon_time');
  };
  // 4 m in 20 minutes may be; in the last two of them, as the late reading says, it may not.
  await at(40, 1);
  await at(20, 5);
  expect((await verdicts()).map((row) => row['quality'])).toEqual([0, 0]);
  await at(22, 1);
  expect(await verdicts()).toEqual([
    { result: 1, quality: 0, failed: 0 },
    { result: 1, quality: 0, failed: 0 },
    { result: 5, quality: 1, failed: 2 },
  ]);
  const [thing] = bench.store.things('water/water-level');
  expect(thing?.series['z/instant/value']?.slice(0, 4)).toEqual([5, now - 20 * 60_000, 'suspect', ['rate']]);
});

test('a Thing registered by its device alone is filed under the stream that it speaks for; one that nobody can tell stays', async () => {
  const { stream: _, ...bare } = gauge('bare').properties;
  await bench.registry.saveThing({ ...gauge('bare'), properties: bare });
  await bench.registry.saveThing({ ...gauge('odd'), properties: { device: { protocol: 'mqtt', id: 'odd' } } });
  await send('bare', 1);
  await accept(...frameOf('odd', { time: now, values: { strange: 1 } }));
  expect(await stored()).toEqual([1, 1]);
  expect([...bench.store.things('water/water-level')].map((thing) => [thing.name, thing.series['z/instant/value']?.[0]])).toEqual([
    ['站 bare', 1],
  ]);
  expect(bench.registry.byDevice('mqtt', 'odd')?.properties.stream).toBeUndefined();
});

describe('unknown devices', () => {
  test('are written down before the cursor passes their frames: kill −9 in between loses none', async () => {
    const { id } = await accept(...frameOf('passing', { time: now, values: { z: 1 } }));
    await accept(...frameOf('passing', 'broken'));
    await stored();
    expect(await readCursor(db.database.pool)).toBe(id + 65_536);
    expect(await db.database.query('SELECT frame FROM unclaimed_frame')).toEqual([{ frame: id }]);
    expect(await db.database.query('SELECT code FROM dead_letter')).toEqual([{ code: 'malformed-frame' }]);
  });
  test('are kept, listed, and replayed once they are claimed, each value once', async () => {
    for (const n of range(5)) await send('stranger', n);
    expect(await stored()).toEqual([]);
    await bench.rejects.flushed();
    expect(await db.database.query('SELECT device, frames FROM unclaimed_device')).toEqual([{ device: 'stranger', frames: 5 }]);
    await bench.registry.saveThing(gauge('stranger'));
    // One that comes between registration and replay.
    await send('stranger', 5);
    expect(await bench.ingest.replayUnclaimed('mqtt', 'stranger')).toBe(5);
    expect(await stored()).toEqual(range(6));
    expect(await db.database.query('SELECT FROM unclaimed_device')).toEqual([]);
  });
  test('a Datastream addressed by a number that is none goes to the dead letters, with its frame', async () => {
    const frame = {
      protocol: 'mqtt',
      address: 'v1.1/Datastreams(99999)/Observations',
      received: now,
      bytes: new TextEncoder().encode('{"result":1}'),
    };
    const { id } = await accept(frame, mqtt.decode(null, frame));
    expect(await letters()).toEqual([{ code: 'not-found', device: 'datastream:99999', frame: id }]);
  });
});

describe('what cannot be taken', () => {
  test('a broken payload is in the log and in the dead letters, and the ones behind it go on', async () => {
    await bench.registry.saveThing(gauge('a'));
    const { id } = await accept(...frameOf('a', '{"values":{"z":'));
    await send('a', 1);
    expect(await stored()).toEqual([1]);
    expect(await letters()).toMatchObject([{ code: 'malformed-frame', frame: id }]);
    expect(Buffer.from((await bench.log.get(id))?.frame.bytes ?? []).toString()).toBe('{"values":{"z":');
  });
  test('a defect in the middle stops nobody: the frame is named, the cursor passes it', async () => {
    await bench.close();
    bench = await openBench(2);
    await bench.registry.saveThing(gauge('a'));
    const logged = [];
    for (const n of [0, 1, 3, 2]) logged.push(await send('a', n));
    expect(await stored()).toEqual([0, 1, 3]);
    expect(await letters()).toMatchObject([{ code: 'internal', frame: logged[3]?.id }]);
    expect(await readCursor(db.database.pool)).toBe(logged[3]?.id);
  });
});

describe('restart', () => {
  test('frames that were durable and not yet in the history are taken from the log, each once', async () => {
    await bench.registry.saveThing(gauge('a'));
    for (const n of range(10)) await send('a', n);
    expect(await stored()).toHaveLength(10);
    // As after a crash: durable, acknowledged, and the process gone before the history had them.
    for (const n of range(5)) await bench.log.append(frameOf('a', { time: now - 60_000 + 10 + n, values: { z: 10 + n } })[0]).committed;
    await bench.close();
    bench = await openBench();
    expect(await bench.ingest.recover(await readCursor(db.database.pool))).toBe(5);
    expect(await stored()).toEqual(range(15));
    // From the beginning: today's decoder over everything, and still each row once.
    expect(await bench.ingest.recover(0)).toBe(15);
    expect(await stored()).toEqual(range(15));
  });
});

test('nothing is acknowledged that the log did not take', async () => {
  await bench.registry.saveThing(gauge('a'));
  await send('a', 0);
  await bench.log.close();
  await expect(send('a', 1)).rejects.toMatchObject({ code: 'database-unavailable' });
  expect(await stored()).toEqual([0]);
  expect(bench.store.things('water/water-level')[Symbol.iterator]().next().value?.series['z/instant/value']?.[0]).toBe(0);
});
