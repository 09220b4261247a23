// Devices nobody has registered, the claim, and what was refused: over a real house, asked by several identities.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { timeText } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import type { ThingState } from '../../contracts/wire.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { morning, openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
const who: Record<'admin' | 'dalian' | 'planner' | 'dispatcher' | 'steward' | 'localSteward' | 'leader', string> = {} as never;

beforeAll(async () => {
  t = await openTestHouse(await testDatabase());
  await t.thing('巨流河', '210181', [122.93, 42.0], { device: { protocol: 'mqtt', id: 'gauge' }, stream: 'water/water-level' });
  who.admin = await t.token('admin', { adcode: '210000', departments: '*' });
  who.dalian = await t.token('monitor', { adcode: '210200', departments: ['ecology'] });
  who.planner = await t.token('planner', { adcode: '210000', departments: ['planning'] });
  who.dispatcher = await t.token('dispatcher', { adcode: '210000', departments: ['water', 'emergency'] });
  who.steward = await t.token('steward', { adcode: '210000', departments: '*' });
  who.localSteward = await t.token('steward', { adcode: '210200', departments: '*' });
  who.leader = await t.token('leader', { adcode: '210000', departments: '*' });
  await t.telemetry('stranger', { time: timeText(morning), values: { z: 1.5 } });
  await t.written();
});
afterAll(() => t?.close());

describe('devices', () => {
  test('who is unknown is listed; a claim registers and replays', async () => {
    const listed = (await t.get('/api/devices/unclaimed', who.steward).expect(200)).body;
    expect(listed.items).toMatchObject([{ protocol: 'mqtt', device: 'stranger', frames: 1, kept: 1 }]);
    await t.get('/api/devices/unclaimed', who.leader).expect(403);
    await t.get('/api/devices/unclaimed', who.dalian).expect(403);
    const claim = {
      protocol: 'mqtt',
      device: 'stranger',
      name: '新民站',
      adcode: '210181',
      position: [122.8, 42.0],
      stream: 'water/water-level',
    };
    await t.post('/api/devices/claim', who.dispatcher, claim).expect(403);
    const wrong: [object, number, string][] = [
      [{ ...claim, position: [42.0, 122.8] }, 422, '对调'],
      [{ ...claim, position: [100, 30] }, 422, '之外'],
      [{ ...claim, adcode: '110000' }, 400, '110000'],
      [{ ...claim, stream: 'water/none' }, 400, 'water/none'],
      [{ ...claim, protocol: 'nmea' }, 400, 'nmea'],
      [{ ...claim, device: 'gauge' }, 409, '巨流河'],
      [{ ...claim, name: '' }, 400, 'name'],
    ];
    for (const [body, status, words] of wrong)
      expect((await t.post('/api/devices/claim', who.steward, body).expect(status)).body.title).toContain(words);
    const { body } = await t.post('/api/devices/claim', who.steward, claim).expect(201);
    expect(body.replayed).toBe(1);
    const state = (await t.get(`/api/latest?thing=${body.thing.id}`, who.planner).expect(200)).body.items[0] as ThingState;
    expect(state.series['z/instant/value']?.[0]).toBe(1.5);
    expect((await t.get('/api/devices/unclaimed', who.steward)).body.items).toEqual([]);
    await t.post('/api/devices/claim', who.steward, claim).expect(409);
  });
  test('what was refused stands there with its reason; its bytes only for who reads secrets', async () => {
    await t.send('mqtt', 'devices/gauge/telemetry', '{"values": nonsense, "PW":"s3cret"}');
    await t.send('mqtt', 'devices/never/telemetry', 'also nonsense');
    t.ingest.refuse(
      'hj212',
      '10.1.1.1:5',
      {
        bytes: new TextEncoder().encode('junk'),
        problem: new Problem('malformed-frame', { reason: '不成帧' }),
      },
      t.now,
    );
    await t.written();
    const all = (await t.get('/api/dead-letters', who.admin).expect(200)).body;
    expect(all.items).toHaveLength(3);
    expect(all.items.find((one: { hex: string | null }) => one.hex)).toMatchObject({
      hex: '6a756e6b',
      code: 'malformed-frame',
      received: timeText(t.now),
    });
    expect((await t.get('/api/dead-letters', who.steward)).body.items.every((one: { hex: string | null }) => one.hex === null)).toBe(true);
    expect((await t.get('/api/dead-letters', who.dalian).expect(200)).body.items).toEqual([]);
    expect((await t.get('/api/dead-letters?protocol=hj212', who.admin)).body.items).toHaveLength(1);
    const first = (await t.get('/api/dead-letters?limit=2', who.admin)).body;
    expect((await t.get(first.next, who.admin)).body.numberReturned).toBe(1);
    await t.get('/api/dead-letters', who.leader).expect(403);
  });
});
