// The live road with real clients over real sockets: who is refused, who sees what, what survives loss, slowness, floods and nonsense.
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Alarm } from '../../contracts/event.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import type { Delta, Health, ObservationEvent, Snapshot, ThingDelta, ThingState } from '../../contracts/wire.ts';
import { openLossyLine } from '../../tests/lossy-line.tcp.ts';
import { openPage, standInForBrowser, type TestPage } from '../../tests/page.socket.ts';
import { openTestPush, type TestPush } from '../../tests/push.socket.ts';

const water = 'things:water/water-level' as const;
const fires = 'observations:forestry/fire-hotspot' as const;
const province = '210000:*';
const dalian = '210200:ecology';
let house: TestPush;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  standInForBrowser();
  house = await openTestPush({ tick: 30, sessionCheck: 150, relief: 40, waitingBytes: 100_000 });
  house.thing(1, 'water/water-level', '210102', [123.4, 41.8], '沈阳站');
  house.thing(2, 'water/water-level', '210211', [121.5, 38.9], '大连站');
  house.thing(3, 'water/water-level', '210181', [122.8, 42.0], '新民站');
  house.thing(4, 'ecology/pollution-source', '210211', [121.6, 38.9], '大连排口');
  house.thing(5, 'ecology/pollution-source', '210102', [123.5, 41.8], '沈阳排口');
  house.thing(6, 'forestry/fire-hotspot', '210000', null, '卫星');
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await expect.poll(() => house.push.stats(), { timeout: 10_000 }).toMatchObject({ sockets: 0, rooms: 0, members: 0, congested: 0 });
});
afterAll(() => house?.close());

const until = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 10 });
function page(token: string, url = house.url): TestPage {
  const made = openPage(url, token);
  closers.push(() => made.connection.close());
  return made;
}
function client(options: Parameters<typeof io>[1]): Socket {
  const socket = io(house.url, { transports: ['websocket'], reconnection: false, forceNew: true, ...options });
  closers.push(() => socket.close());
  return socket;
}
async function connected(token: string): Promise<Socket> {
  const socket = client({ auth: { token } });
  await new Promise<void>((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject));
  return socket;
}
type Answer = Snapshot | { problem: { code: string; title: string } };
const ask = (socket: Socket, request: unknown): Promise<Answer> => socket.timeout(10_000).emitWithAck('subscribe', request);
/** Name → value of the first series. */
const levels = (from: TestPage): Record<string, number | null | undefined> =>
  Object.fromEntries(
    (from.values(water) as ThingState[] | undefined)?.map((thing) => [thing.name, thing.series['z/instant/value']?.[0]]) ?? [],
  );

describe('the door', () => {
  test('without a session nobody comes in; auth.token, cookie and Bearer do; a foreign page does not', async () => {
    const refused = (options: Parameters<typeof io>[1]) => new Promise<Error>((resolve) => client(options).on('connect_error', resolve));
    for (const options of [{}, { auth: { token: 'x'.repeat(43) } }, { auth: { token: ['210000:*'] } }])
      expect(await refused(options)).toMatchObject({ message: 'unauthenticated', data: { code: 'unauthenticated', status: 401 } });
    const carried: Record<string, string>[] = [{ cookie: 'a=b; liaozhi_session=210000:*' }, { authorization: `Bearer ${province}` }];
    for (const extraHeaders of carried) await new Promise((resolve) => client({ extraHeaders }).on('connect', () => resolve(null)));
    const from = (origin: string) => fetch(`${house.url}/socket.io/?EIO=4&transport=polling`, { headers: { origin } });
    expect((await from('http://elsewhere.example')).status).toBe(403);
    expect((await from('http://friend.example')).status).toBe(200);
  });

  test('what may not be subscribed is answered with its problem', async () => {
    const socket = await connected(dalian);
    const codes: [unknown, string][] = [
      [{ topic: 'things:water/none' }, 'not-found'],
      [{ topic: `things:${'x'.repeat(200)}` }, 'not-found'],
      [{ topic: '__proto__' }, 'not-found'],
      [{ topic: 'things:emergency/vehicle-position' }, 'forbidden'],
      [{ topic: 'observations:emergency/vehicle-position' }, 'forbidden'],
      [{ topic: 7 }, 'not-found'],
      [{}, 'not-found'],
      [null, 'not-found'],
      [{ topic: water, bbox: [3, 2, 1, 0] }, 'bad-parameter'],
      [{ topic: water, bbox: 'everywhere' }, 'bad-parameter'],
    ];
    for (const [request, code] of codes)
      expect(await ask(socket, request)).toMatchObject({ problem: { code, title: expect.stringMatching(/\p{Script=Han}/u) } });
    // Departments of one's own: allowed, and written down, once per socket.
    const before = house.audited.length;
    for (let i = 0; i < 3; i++)
      expect(await ask(socket, { topic: 'things:ecology/pollution-source' })).toMatchObject({ data: [{ name: '大连排口' }] });
    expect(house.audited.slice(before)).toEqual(['things:ecology/pollution-source']);
  });

  test('nonsense, a giant message and floods harm nobody', async () => {
    const bystander = page(province);
    await bystander.show(water);
    const socket = await connected(province);
    for (const junk of [null, 1, 'x', [], {}, [[1]], [['a', 'b']], { topic: { toString: null } }, { topic: water, bbox: { length: 4 } }])
      for (const event of ['subscribe', 'unsubscribe', 'painted', 'time', 'other']) socket.emit(event, junk, junk);
    expect(await socket.timeout(10_000).emitWithAck('time')).toBeTypeOf('number');
    const giant = await connected(province);
    const gone = new Promise((resolve) => giant.on('disconnect', resolve));
    giant.emit('painted', Array(70_000).fill([1, 2]));
    expect(await gone).toBe('transport close');
    // More than a page would ask: answered with a code. Far more: closed.
    const busy = await connected(province);
    const answers = await Promise.all(Array.from({ length: 120 }, () => ask(busy, { topic: 'alarms' })));
    const codes = answers.map((answer) => ('problem' in answer ? answer.problem.code : 'served'));
    expect(codes.filter((code) => code === 'served').length).toBeGreaterThanOrEqual(40);
    expect(codes.filter((code) => code === 'overloaded').length).toBeGreaterThanOrEqual(40);
    const { closed } = house.push.stats();
    const wild = await connected(province);
    const cut = new Promise((resolve) => wild.on('disconnect', resolve));
    for (let i = 0; i < 2000; i++) wild.emit('unsubscribe', { topic: water });
    expect(await cut).toBe('transport close');
    expect(house.push.stats().closed).toBe(closed + 1);
    house.read(1, 7);
    await until(() => levels(bystander)['沈阳站']).toBe(7);
  });
});

describe('what arrives', () => {
  test("a city's user never gets a neighbour's values, alarms or indicators, nor streams of other departments in health", async () => {
    const socket = await connected(dalian);
    const heard: string[] = [];
    socket.on('delta', (delta: Delta) => heard.push(JSON.stringify(delta)));
    const topics = [water, fires, 'alarms', 'indicators', 'health', 'things:ecology/pollution-source'] as const;
    for (const topic of topics) heard.push(JSON.stringify(await ask(socket, { topic })));
    const all = page(province);
    for (const topic of topics) await all.show(topic);
    for (const [thing, adcode] of [
      [1, '210102'],
      [2, '210211'],
    ] as const) {
      house.read(thing, thing + 0.5);
      house.alarm(`alarm-${adcode}`, 'water/water-level', adcode, true);
      house.indicator('aqi', adcode, thing * 11);
    }
    house.alarm('alarm-vehicle', 'emergency/vehicle-position', '210211', true);
    house.read(6, 80, 'fire-confidence/instant/value', [122, 40]);
    house.read(4, 30, 'a21026/hour/mean');
    house.read(5, 31, 'a21026/hour/mean');
    await until(() => heard.join('')).toContain('大连排口');
    await until(() => heard.join('')).toContain('"value":22');
    await until(() => (all.values('alarms') as Alarm[]).map(({ id }) => id).sort()).toEqual([
      'alarm-210102',
      'alarm-210211',
      'alarm-vehicle',
    ]);
    await until(() => (all.values('indicators') as Indicator[]).map(({ value }) => value).sort()).toEqual([11, 22]);
    await until(() => (all.values(fires) as ObservationEvent[]).length).toBe(1);
    await until(() => heard.join('')).toContain('alarm-210211');
    for (const hidden of ['沈阳', '210102', '新民', 'alarm-vehicle', '卫星', 'emergency/vehicle-position'])
      expect(heard.join('')).not.toContain(hidden);
    // Of three gauges in the province the city has one, and its health counts that one.
    const counted = (from: string): unknown =>
      (JSON.parse(from) as Snapshot & { data: Health }).data.streams.map(({ stream, expected }) => [stream, expected]);
    expect(counted(heard.find((text) => text.includes('"topic":"health"')) ?? '')).toContainEqual(['water/water-level', 1]);
    expect((all.values('health') as Health[])[0]?.streams.find(({ stream }) => stream === 'water/water-level')?.expected).toBe(3);
    for (const id of ['alarm-210102', 'alarm-210211', 'alarm-vehicle']) house.alarm(id, 'water/water-level', '210102', false);
  });

  test('equal rights share a room; its deltas are numbered without a hole and carry the hops', async () => {
    const [a, b] = [await connected(province), await connected(province)];
    const heard: Delta[][] = [[], []];
    for (const [i, socket] of [a, b].entries()) {
      socket.on('delta', (delta: Delta) => heard[i]?.push(delta));
      expect(await ask(socket, { topic: water })).toMatchObject({ topic: water, data: [{ id: 1 }, { id: 2 }, { id: 3 }] });
    }
    expect(house.push.stats()).toMatchObject({ rooms: 1, members: 2 });
    for (let value = 1; value <= 5; value++) {
      house.read(1, value);
      await until(() => heard[0]?.length).toBe(value);
    }
    await until(() => heard[1]).toEqual(heard[0]);
    const [first] = heard;
    expect(first?.map(({ seq }) => seq)).toEqual(first?.map((_, i) => (first[0]?.seq ?? 0) + i));
    for (const { hops, sent } of first ?? []) {
      expect(hops?.durable).toBe((hops?.received ?? 0) + 3);
      expect(hops?.processed).toBe((hops?.durable ?? 0) + 2);
      expect(sent).toBeGreaterThanOrEqual(hops?.processed ?? Number.POSITIVE_INFINITY);
    }
  });

  test('values of one beat are coalesced, the last one wins; events and alarms are each sent, in order', async () => {
    const socket = await connected(province);
    const heard: Delta[] = [];
    for (const topic of [water, fires, 'alarms'] as const) await ask(socket, { topic });
    socket.on('delta', (delta: Delta) => heard.push(delta));
    for (let i = 0; i < 20; i++) {
      house.read(1, i);
      house.read(6, i, 'fire-confidence/instant/value', [122, 40]);
      house.alarm('flutter', 'water/water-level', '210102', i % 2 === 0, i);
    }
    await until(() => heard.length).toBe(3);
    const of = (topic: string) => heard.find((delta) => delta.topic === topic)?.data;
    expect((of(water) as readonly ThingDelta[]).map((thing) => thing.series['z/instant/value']?.[0])).toEqual([19]);
    expect((of(fires) as readonly ObservationEvent[]).map(({ result }) => result)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect((of('alarms') as readonly Alarm[]).map(({ value }) => value)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test('a room that is forgotten and made anew counts from 0, and its snapshot says so', async () => {
    const [a, b] = [await connected(province), await connected(province)];
    const heard: Delta[] = [];
    b.on('delta', (delta: Delta) => heard.push(delta));
    await ask(a, { topic: water });
    setTimeout(() => house.read(1, 1));
    const { seq } = await new Promise<Delta>((resolve) => a.once('delta', resolve));
    expect(await ask(a, { topic: water })).toMatchObject({ seq });
    a.emit('unsubscribe', { topic: water });
    await a.timeout(10_000).emitWithAck('time');
    expect(await ask(b, { topic: water })).toMatchObject({ seq: 0, data: expect.arrayContaining([expect.objectContaining({ id: 1 })]) });
    house.read(1, 2);
    await until(() => heard.map((delta) => delta.seq)).toEqual([1]);
  });

  test('who joins in the middle of a stream of events gets none twice and misses none', async () => {
    const before = house.store.observations('forestry/fire-hotspot').length;
    const feeding = (async () => {
      for (let i = 0; i < 80; i++) {
        house.read(6, 1000 + i, 'fire-confidence/instant/value', [122, 40]);
        await new Promise((wake) => setTimeout(wake, 3));
      }
    })();
    const pages: TestPage[] = [];
    for (let n = 0; n < 6; n++) {
      await new Promise((wake) => setTimeout(wake, 20));
      const one = page(province);
      await one.show(fires);
      pages.push(one);
    }
    await feeding;
    for (const one of pages)
      await until(() => (one.values(fires) as ObservationEvent[]).slice(before).map(({ result }) => result)).toEqual(
        Array.from({ length: 80 }, (_, i) => 1000 + i),
      );
  });

  test('a viewport: only what is inside; who comes in is introduced, who leaves is forgotten; another viewport gives what is in that one', async () => {
    const one = page(province);
    await one.show(water, [122.5, 41.5, 123.6, 42.2]);
    expect(Object.keys(levels(one)).sort()).toEqual(['新民站', '沈阳站']);
    house.read(2, 4);
    house.thing(2, 'water/water-level', '210211', [123, 42], '大连站');
    await until(() => levels(one)['大连站']).toBe(4);
    house.thing(2, 'water/water-level', '210211', [121.5, 38.9], '大连站');
    await until(() => Object.keys(levels(one)).sort()).toEqual(['新民站', '沈阳站']);
    one.connection.subscribe(water, [121, 38.5, 122, 39.5]);
    await until(() => levels(one)).toEqual({ 大连站: 4 });
    house.read(2, 5);
    await until(() => levels(one)).toEqual({ 大连站: 5 });
    expect(house.push.stats()).toMatchObject({ rooms: 1, members: 1 });
    one.connection.unsubscribe(water);
    one.connection.unsubscribe(water);
    await until(() => house.push.stats().rooms).toBe(0);
  });

  test('paint samples become latency; impossible ones and more than one page can see do not', async () => {
    const socket = await connected(province);
    const count = () => house.latency.summary(Date.now()).painted.count;
    const before = count();
    const now = Date.now();
    const impossible = [
      [now, now - 1],
      [now, now + 60_000],
      [now - 120_000, now],
      ['x', 1],
      [now, 'y'],
      [Number.NaN, now],
      [1, 2],
      null,
      {},
    ];
    socket.emit('painted', [[now - 300, now], ...impossible]);
    await until(count).toBe(before + 1);
    for (let i = 0; i < 4; i++) socket.emit('painted', Array(400).fill([now - 300, now]));
    await socket.timeout(10_000).emitWithAck('time');
    expect(count()).toBeLessThanOrEqual(before + 1000);
    for (const hop of ['durable', 'processed', 'sent'] as const) expect(house.latency.summary(Date.now())[hop].count).toBeGreaterThan(0);
  });

  test("a page's clock is the server's, and never behind what was sent, however slow the answer to its question was", async () => {
    const own = await openTestPush({ tick: 20 });
    closers.push(() => own.close());
    own.thing(1, 'water/water-level', '210102', [123.4, 41.8]);
    // The answers that it gets while it starts are old by the time it reads them.
    own.ahead = 3_600_000;
    const one = page(province, own.url);
    await one.show(water);
    await until(() => one.connection.now() - Date.now()).toBeGreaterThan(3_590_000);
    own.ahead += 30_000;
    own.read(1, 1);
    await until(() => (one.values(water) as ThingState[])[0]?.series['z/instant/value']?.[0]).toBe(1);
    expect(one.connection.now()).toBeGreaterThanOrEqual(one.connection.mirror(water)?.sent ?? Number.POSITIVE_INFINITY);
  });

  test('health comes every second', async () => {
    const one = page(province);
    await one.show('health');
    const first = (one.values('health') as Health[])[0]?.now ?? 0;
    await until(() => (one.values('health') as Health[])[0]?.now ?? 0).toBeGreaterThan(first + 1000);
  });
});

describe('what goes wrong', () => {
  test('a delta lost on the way: the page sees the gap, asks again and is right; a cut line comes back by itself', async () => {
    let losing = false;
    const line = await openLossyLine(house.port, () => losing);
    closers.push(() => line.close());
    const one = page(province, line.url);
    await one.show(water);
    losing = true;
    house.read(1, 70);
    await until(line.lost).toBe(1);
    losing = false;
    house.read(2, 71);
    await until(() => [levels(one)['沈阳站'], levels(one)['大连站']]).toEqual([70, 71]);
    line.cut();
    house.read(1, 72);
    await until(() => levels(one)['沈阳站']).toBe(72);
    expect(one.lines).toEqual(['live', 'away', 'live']);
  });

  test('a session that ends takes its own sockets and no others; expiry is found by looking', async () => {
    const [one, same, another] = [page(`${dalian}:one`), page(`${dalian}:one`), page(`${dalian}:two`)];
    for (const each of [one, same, another]) await each.show(water);
    const { tokenKey } = await import('../auth/token.ts');
    house.ended.add(`${dalian}:one`);
    house.push.end({ user: '210200', session: tokenKey(`${dalian}:one`), reason: 'logout' });
    await until(() => [one.sessions.length > 0, same.sessions.length > 0]).toEqual([true, true]);
    house.read(2, 44);
    await until(() => levels(another)['大连站']).toBe(44);
    expect([one.sessions[0], another.sessions]).toEqual(['ended', []]);
    expect(levels(one)['大连站']).not.toBe(44);
    house.ended.add(`${dalian}:two`);
    await until(() => another.sessions[0]).toBe('ended');
    house.ended.clear();
  });

  test('rights that change: the page is told and asks again with the new ones', async () => {
    const one = page(province);
    await one.show(water);
    house.push.end({ user: '210000', session: null, reason: 'changed' });
    await until(() => one.sessions).toEqual(['changed']);
    house.read(1, 55);
    await until(() => levels(one)['沈阳站']).toBe(55);
  });

  test('a page refused for asking too much asks again by itself', async () => {
    const one = page(province);
    await one.show('alarms');
    for (let i = 0; i < 100; i++) one.connection.subscribe('alarms', [i, 1, i + 1, 2]);
    await until(() => one.refusals.get('alarms')?.code).toBe('overloaded');
    await until(() => one.values('alarms') !== undefined && !one.refusals.has('alarms')).toBe(true);
  });
});
