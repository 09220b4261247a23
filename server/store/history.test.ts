// History against a real PostGIS: binary COPY round trip, duplicates, corrections, partitions, the cursor in the same transaction, bad rows.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alarm } from '../../contracts/event.ts';
import type { LngLat } from '../../contracts/geo.ts';
import { checkBits, checks, checksOf, identityOf, type Observation, qualities } from '../../contracts/observation.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { openHistory, readCursor } from './history.pg.ts';
import { partitionOf } from './partitions.ts';
import { readLatest, readOpenAlarms } from './recovery.pg.ts';
import { openRegistry } from './registry.pg.ts';

let test1: TestDatabase;
beforeAll(async () => {
  test1 = await testDatabase();
});
afterAll(() => test1.drop());

const day = Date.UTC(2026, 10, 24, 3);
const row = (over: Partial<Observation>): Observation => ({
  ...{ datastream: 1, thing: 1, series: 'z/instant/value', phenomenonTime: day, result: 1.5, position: null, quality: 'good', failed: [] },
  ...{
    flag: null,
    provenance: 'simulated',
    frame: 65536,
    identity: identityOf({ result: 1.5, flag: null, ...over }),
    hops: { received: day + 1, durable: day + 2, processed: day + 3 },
  },
  ...over,
});
async function rows(where = 'true'): Promise<Record<string, unknown>[]> {
  return test1.database.query(`SELECT * FROM observation WHERE ${where} ORDER BY phenomenon_time, identity`);
}
const open = () => openHistory(test1.database.pool, { now: () => Date.now(), flushMilliseconds: 20 });

describe('rows', () => {
  test('what goes in comes out: any value, flag, position and time (property)', async () => {
    const history = open();
    let datastream = 1000;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          // PostgreSQL keeps −0 as −0 in float8; pages print it as 0, so it is not told apart here.
          result: fc.option(fc.double({ noDefaultInfinity: true, noNaN: true }).map((x) => x + 0)),
          flag: fc.option(fc.string({ maxLength: 12 }).map((text) => text.replaceAll('\u0000', ''))),
          position: fc.option(
            fc
              .tuple(fc.double({ min: -180, max: 180, noNaN: true }), fc.double({ min: -90, max: 90, noNaN: true }))
              .map(([x, y]): LngLat => [x + 0, y + 0]),
          ),
          phenomenonTime: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 0, 20) }),
          quality: fc.constantFrom(...qualities),
          failed: fc.subarray([...checks]),
          frame: fc.integer({ min: 0, max: 2 ** 50 }),
        }),
        async (over) => {
          datastream++;
          history.add([row({ ...over, datastream })], [], over.frame);
          await history.flushed();
          const got = (await rows(`datastream = ${datastream}`))[0] ?? {};
          expect(got['result']).toBe(over.result);
          expect(got['flag']).toBe(over.flag);
          expect((got['phenomenon_time'] as Date).getTime()).toBe(over.phenomenonTime);
          expect([got['lng'], got['lat']]).toEqual(over.position ?? [null, null]);
          expect(qualities[got['quality'] as number]).toBe(over.quality);
          expect(checksOf(got['failed'] as number)).toEqual(over.failed);
          expect(got['frame']).toBe(over.frame);
        },
      ),
      { numRuns: 60 },
    );
    await history.close();
  });
  test('bits of failed checks are a bijection', () => {
    fc.assert(
      fc.property(fc.subarray([...checks]), (failed) => {
        expect(checksOf(checkBits(failed))).toEqual(failed);
      }),
    );
  });
});

describe('exactly once', () => {
  test('the same reading twice is one row; a corrected one is a second row', async () => {
    const history = open();
    history.add([row({ datastream: 2 }), row({ datastream: 2 })], [], 1);
    await history.flushed();
    history.add([row({ datastream: 2, frame: 99 }), row({ datastream: 2, result: 1.6 })], [], 2);
    await history.close();
    expect((await rows('datastream = 2')).map((r) => r['result']).sort()).toEqual([1.5, 1.6]);
  });
  test('the cursor moves with the rows, and never back', async () => {
    const history = open();
    history.add([row({ datastream: 3 })], [], 500 * 65536 + 3);
    await history.flushed();
    expect(await readCursor(test1.database.pool)).toBeGreaterThanOrEqual(500 * 65536 + 3);
    const before = await readCursor(test1.database.pool);
    history.add([], [], 7);
    await history.close();
    expect(await readCursor(test1.database.pool)).toBe(before);
  });
  test('one row the database refuses does not take the others with it', async () => {
    const errors: unknown[] = [];
    const history = openHistory(test1.database.pool, {
      now: () => Date.now(),
      flushMilliseconds: 20,
      onError: (error) => errors.push(error),
    });
    const batch = Array.from({ length: 9 }, (_, i) => row({ datastream: 4, phenomenonTime: day + i, flag: i === 5 ? 'a\u0000b' : null }));
    history.add(batch, [], 9);
    await history.close();
    expect(await rows('datastream = 4')).toHaveLength(8);
    expect(errors.length).toBeGreaterThan(0);
  });
});

test('partitions: a day from 2026 on, a month before; no instant falls into two', async () => {
  expect(partitionOf(Date.UTC(2026, 10, 24, 23, 59)).name).toBe('observation_20261124');
  expect(partitionOf(Date.UTC(2010, 0, 31, 23, 59))).toEqual({
    name: 'observation_201001',
    from: '2010-01-01T00:00:00.000Z',
    to: '2010-02-01T00:00:00.000Z',
  });
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(2005, 0, 1), max: Date.UTC(2030, 0, 1) }), (instant) => {
      const { from, to } = partitionOf(instant);
      expect(Date.parse(from) <= instant && instant < Date.parse(to)).toBe(true);
      expect(partitionOf(Date.parse(to) - 1).name).toBe(partitionOf(Date.parse(from)).name);
    }),
  );
  const history = open();
  history.add(
    [row({ datastream: 5, phenomenonTime: Date.UTC(2010, 3, 3) }), row({ datastream: 5, phenomenonTime: Date.UTC(2026, 1, 3) })],
    [],
    1,
  );
  await history.close();
  expect(await rows('datastream = 5')).toHaveLength(2);
});

test('after a restart the registry, the newest values and the open alarms are there again', async () => {
  const registry = await openRegistry(test1.database, () => undefined);
  const thing = await registry.saveThing({
    ...{ uid: 'h:1', name: '站', description: '', adcode: '210100', position: [123.4, 41.8] },
    properties: { device: { protocol: 'mqtt', id: 'h1' }, stream: 'water/water-level', provenance: 'simulated' },
  });
  const datastream = await registry.ensureDatastream(thing, 'z/instant/value');
  const history = open();
  const alarm: Alarm = {
    ...{ id: `${thing.id}:z@1`, thing: thing.id, thingName: '站', stream: 'water/water-level', series: 'z/instant/value', level: 'orange' },
    ...{ rule: 'z.guarantee', title: '站 超保证', value: 3, limit: 2, unit: 'm', source: 'x', since: day, updated: day, cleared: null },
    ...{ adcode: '210100', position: [123.4, 41.8], quality: 'good', provenance: 'simulated', frame: 1 },
  };
  const mine = { datastream: datastream.id, thing: thing.id };
  history.add([row({ ...mine, result: 1 }), row({ ...mine, result: 2, phenomenonTime: day + 60_000 })], [alarm], 1);
  history.add(
    [row({ ...mine, result: 2.5, phenomenonTime: day + 60_000, hops: { received: day + 99_000, durable: 0, processed: 0 } })],
    [],
    1,
  );
  await history.close();

  const again = await openRegistry(test1.database, () => undefined);
  expect(again.byDevice('mqtt', 'h1')?.id).toBe(thing.id);
  expect(again.datastreamOf(thing.id, 'z/instant/value')?.unit).toBe('m');
  const latest = await readLatest(test1.database.pool, again, day - 1000);
  expect(latest.filter((o) => o.datastream === datastream.id).map((o) => [o.result, o.phenomenonTime, o.provenance])).toEqual([
    [2.5, day + 60_000, 'simulated'],
  ]);
  expect((await readOpenAlarms(test1.database.pool)).map((a) => [a.id, a.level, a.thingName])).toEqual([[alarm.id, 'orange', '站']]);
});

describe('registry', () => {
  test('JT/T 808: a phone number is one terminal with the zeros before it and without', async () => {
    const registry = await openRegistry(test1.database, () => undefined);
    const base = { name: '车', description: '', adcode: '210100', position: null };
    const device = { protocol: 'jt808', id: '013840000001' };
    const thing = await registry.saveThing({ ...base, uid: 'r:808', properties: { device } });
    for (const id of ['13840000001', '013840000001', '00000000013840000001']) expect(registry.byDevice('jt808', id)?.id).toBe(thing.id);
    expect(registry.byDevice('hj212', '13840000001')).toBeUndefined();
    const again = registry.saveThing({ ...base, uid: 'r:809', properties: { device: { protocol: 'jt808', id: '13840000001' } } });
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
  });
  test('refuses positions outside the province, swapped ones with the reason, and a device registered twice', async () => {
    const registry = await openRegistry(test1.database, () => undefined);
    const base = {
      uid: 'r:1',
      name: '甲',
      description: '',
      adcode: '210100',
      position: null,
      properties: { device: { protocol: 'hj212', id: 'MN1' } },
    };
    await registry.saveThing(base);
    await expect(registry.saveThing({ ...base, uid: 'r:2' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(registry.saveThing({ ...base, position: [41.8, 123.4] })).rejects.toMatchObject({
      code: 'bad-position',
      details: { reason: expect.stringContaining('对调') },
    });
    await expect(registry.saveThing({ ...base, position: [123.4, 411] })).rejects.toMatchObject({ code: 'bad-position' });
    await expect(registry.saveThing({ ...base, position: [116.4, 39.9] })).rejects.toMatchObject({ code: 'bad-position' });
  });
  test('two frames that need the same new Datastream at once make one', async () => {
    const registry = await openRegistry(test1.database, () => undefined);
    const thing = await registry.saveThing({ uid: 'r:3', name: '乙', description: '', adcode: '210100', position: null, properties: {} });
    const made = await Promise.all(Array.from({ length: 8 }, () => registry.ensureDatastream(thing, 'a34004/hour/mean')));
    expect(new Set(made.map((d) => d.id)).size).toBe(1);
    expect(made[0]?.name).toBe('PM2.5 小时均值');
  });
});
