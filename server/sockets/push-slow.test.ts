// Pages that do not read: what the server keeps for them is bounded, values are made up for by a snapshot, and no event is missed.
import { afterEach, expect, test } from 'vitest';
import type { Alarm } from '../../contracts/event.ts';
import type { Delta } from '../../contracts/wire.ts';
import { openTestPush, type TestPush } from '../../tests/push.socket.ts';
import { openRawPage, type RawPage } from '../../tests/raw-page.tcp.ts';

const water = 'things:water/water-level' as const;
const province = '210000:*';
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
const until = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 10 });

async function open(limits: Parameters<typeof openTestPush>[0]): Promise<TestPush> {
  const house = await openTestPush(limits);
  closers.push(() => house.close());
  house.thing(1, 'water/water-level', '210102', [123.4, 41.8], '沈阳站');
  return house;
}
async function join(house: TestPush): Promise<RawPage> {
  const made = await openRawPage(house.port, province);
  closers.unshift(() => made.close());
  return made;
}
/**
 * Names are sent: each delta is big enough to fill the buffers of both kernels in a while, and small enough that several may wait between two
 * looks of a busy machine without the page being closed at once.
 */
const fill = (house: TestPush, n: number): void =>
  house.thing(1, 'water/water-level', '210102', [123.4, 41.8], `${n}${'x'.repeat(60_000)}`);
async function congest(house: TestPush): Promise<void> {
  for (let sent = 0; house.push.stats().congested === 0; sent++) {
    const before = house.push.stats().deltas;
    fill(house, sent);
    await until(() => house.push.stats().deltas).toBeGreaterThan(before);
    if (sent > 600) throw new Error('never congested');
  }
}
const of = (page: RawPage, topic: string): Delta[] => page.deltas().filter((delta) => delta.topic === topic);

test('a page that stops reading is taken out of its rooms, bounded, and learns of the gap when it reads again; others miss nothing', async () => {
  const house = await open({ tick: 30, relief: 40, waitingBytes: 100_000 });
  const other = await join(house);
  const start = await other.subscribe(water);
  const slow = await join(house);
  const first = await slow.subscribe(water);
  slow.pause();
  await congest(house);
  const before = of(other, water).length;
  house.thing(1, 'water/water-level', '210102', [123.4, 41.8], '沈阳站');
  await until(() => of(other, water).length).toBeGreaterThan(before);
  const heard = of(other, water).map(({ seq }) => seq);
  expect(heard).toEqual(heard.map((_, i) => start.seq + 1 + i));
  slow.resume();
  await until(() => house.push.stats().congested).toBe(0);
  // The room is quiet now, and still the page learns that it missed something.
  await until(() => of(slow, water).some(({ seq }, i, all) => seq !== (i === 0 ? first.seq : (all[i - 1]?.seq ?? 0)) + 1)).toBe(true);
});

test('an alarm that began and ended while a page did not read is told to it all the same, in order and without a gap', async () => {
  const house = await open({ tick: 30, relief: 40, waitingBytes: 100_000 });
  const slow = await join(house);
  await slow.subscribe(water);
  const first = await slow.subscribe('alarms');
  slow.pause();
  await congest(house);
  for (let n = 0; n < 5; n++) {
    const before = house.push.stats().deltas;
    house.alarm(`short-${n}`, 'water/water-level', '210102', true);
    house.alarm(`short-${n}`, 'water/water-level', '210102', false);
    await until(() => house.push.stats().deltas).toBeGreaterThan(before);
  }
  expect(house.push.stats().congested).toBe(1);
  slow.resume();
  const told = (): [string, boolean][] =>
    of(slow, 'alarms').flatMap(({ data }) =>
      (data as readonly Alarm[]).map(({ id, cleared }): [string, boolean] => [id, cleared !== null]),
    );
  await until(told).toEqual([0, 1, 2, 3, 4].flatMap((n) => [[`short-${n}`, false], [`short-${n}`, true]])); // biome-ignore format: pairs
  expect(of(slow, 'alarms').map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5].map((n) => first.seq + n));
});

test('a page that never reads again is closed', async () => {
  const house = await open({ tick: 20, relief: 20, waitingBytes: 50_000, slowest: 200 });
  const slow = await join(house);
  await slow.subscribe(water);
  slow.pause();
  for (let i = 0; house.push.stats().closed === 0; i++) {
    fill(house, i);
    // Asking for snapshots without reading them does not help.
    slow.ask(water);
    await new Promise((wake) => setTimeout(wake, 20));
    if (i > 2000) throw new Error('never closed');
  }
  await until(() => house.push.stats()).toMatchObject({ sockets: 0, rooms: 0, members: 0 });
});
