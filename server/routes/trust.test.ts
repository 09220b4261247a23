// Trust and snoozes over the real house: told now and at a past moment, within scope, kept over a restart, on record.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alarm, Snooze } from '../../contracts/event.ts';
import type { Datastream, Thing } from '../../contracts/thing.ts';
import type { Trust } from '../../contracts/trust.ts';
import type { Page } from '../../contracts/wire.ts';
import { streams } from '../../streams/index.ts';
import { freshTally } from '../../streams/operators/trust.ts';
import { createPipeline } from '../../streams/pipeline.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { openTrust } from '../store/trust.pg.ts';
import { openTestHouse, type TestHouse } from './test-house.http.ts';

const province = { adcode: '210000', departments: '*' } as const;
const hour = 3_600_000;
let house: TestHouse;
let token: string;
let thing: number;
beforeAll(async () => {
  house = await openTestHouse(await testDatabase());
  token = await house.token('monitor', province);
  const station = await house.thing('t:gauge', '210100', [123.4, 41.8], {
    ...{ device: { protocol: 'mqtt', id: 'gauge' }, stream: 'water/water-level', limits: { z: { warning: 41 } } },
  });
  thing = station.id;
});
afterAll(() => house.close());
const level = async (z: number, minutes: number): Promise<void> => {
  await house.telemetry('gauge', { time: house.now - minutes * 60_000, values: { z } });
  await house.written();
};
const trust = async (query = ''): Promise<readonly Trust[]> =>
  ((await house.get(`/api/trust?stream=water/water-level${query}`, token)).body as Page<Trust>).items;
const alarms = async (query = ''): Promise<readonly Alarm[]> => ((await house.get(`/api/alarms${query}`, token)).body as Page<Alarm>).items;

test('trust falls by its reasons, is written down, told for a past moment and taken up after a restart', async () => {
  await level(40, 0);
  expect(await trust()).toMatchObject([{ thing, series: 'z/instant/value', score: 100, reasons: [] }]);
  const before = house.now;
  const [datastream] = house.house.registry.datastreamsOf(thing);
  const counted = createPipeline({ streams });
  counted.recoverTally(datastream?.id ?? 0, freshTally());
  // What the server does once a minute.
  const told = {
    trust: (of: Thing, series: Datastream) => house.house.trust(of, series, house.now),
    tallies: counted.tallies,
    recoverTally: counted.recoverTally,
  };
  const keeper = openTrust(house.db.database.pool, { pipeline: told, registry: house.house.registry, now: () => house.now });
  await keeper.write();
  house.now += 10 * 60_000;
  await level(5000, 0);
  const [now] = await trust();
  expect([now?.score, now?.reasons.map(({ cause, zh }) => [cause, zh])]).toEqual([40, [['range', '近 24 小时 2 条中 1 条超出量程']]]);
  await keeper.write();
  expect((await trust(`&at=${new Date(before + 1000).toISOString()}`)).map(({ score }) => score)).toEqual([100]);
  expect((await trust(`&at=${new Date(house.now + 1000).toISOString()}`)).map(({ score }) => score)).toEqual([40]);
  expect(await trust(`&at=${new Date(before - 1000).toISOString()}`)).toEqual([]);
  const restarted = createPipeline({ streams });
  const next = openTrust(house.db.database.pool, { pipeline: restarted, registry: house.house.registry, now: () => house.now });
  await next.recover();
  expect([...restarted.tallies()].map(([id]) => id)).toEqual([datastream?.id]);
  const elsewhere = await house.token('monitor', { adcode: '210200', departments: '*' });
  expect((await house.get('/api/trust?stream=water/water-level', elsewhere)).body.items).toEqual([]);
  expect((await house.get(`/api/trust?thing=${thing}`, elsewhere)).status).toBe(404);
  await keeper.close();
  await next.close();
});

test('an alarm is put to rest for a reason, speaks again when it ends or grows worse, and all of it is on record', async () => {
  await level(41.5, 0);
  expect(await alarms()).toMatchObject([{ level: 'yellow', thing }]);
  expect((await alarms())[0]?.snoozedUntil ?? null).toBeNull();
  const body = { thing, level: 'yellow', minutes: 60, reason: '闸门检修，水位人为抬高' };
  const reader = await house.token('leader', province);
  expect((await house.post('/api/alarms/snoozes', reader, body)).status).toBe(403);
  expect((await house.post('/api/alarms/snoozes', token, { ...body, reason: ' ' })).status).toBe(400);
  expect((await house.post('/api/alarms/snoozes', token, { ...body, minutes: 20_000 })).status).toBe(400);
  const elsewhere = await house.token('monitor', { adcode: '210200', departments: '*' });
  expect((await house.post('/api/alarms/snoozes', elsewhere, body)).status).toBe(404);
  const answer = await house.post('/api/alarms/snoozes', token, body);
  const snooze = answer.body as Snooze;
  expect([answer.status, snooze.until - snooze.created]).toEqual([201, hour]);
  expect((await alarms())[0]?.snoozedUntil).toBe(snooze.until);
  const during = new Date(house.now + 1000).toISOString();
  expect((await alarms(`?at=${during}`))[0]?.snoozedUntil).toBe(snooze.until);
  expect((await house.get('/api/alarms/snoozes', token)).body.items).toMatchObject([{ id: snooze.id, reason: body.reason }]);
  house.now += 61 * 60_000;
  house.ingest.expire(house.now);
  expect((await alarms())[0]?.snoozedUntil ?? null).toBeNull();
  // The past still knows it, and one can be ended before its time.
  expect((await alarms(`?at=${during}`))[0]?.snoozedUntil).toBe(snooze.until);
  const second = (await house.post('/api/alarms/snoozes', token, body)).body as Snooze;
  expect((await alarms())[0]?.snoozedUntil).toBe(second.until);
  expect((await house.call('delete', `/api/alarms/snoozes/${second.id}`, elsewhere)).status).toBe(404);
  expect((await house.call('delete', `/api/alarms/snoozes/${second.id}`, token)).status).toBe(204);
  expect((await alarms())[0]?.snoozedUntil ?? null).toBeNull();
  expect((await house.call('delete', `/api/alarms/snoozes/${second.id}`, token)).status).toBe(404);
  const said = async (): Promise<string[]> =>
    (await house.db.database.query<{ op: string }>("SELECT detail->>'op' AS op FROM audit WHERE target LIKE 'snooze/%' ORDER BY id")).map(
      ({ op }) => op,
    );
  await expect.poll(said, { timeout: 10_000 }).toEqual(['add', 'add', 'end']);
});
