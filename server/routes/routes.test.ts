// The routes on a real house: real bytes in, real database, several identities; what is answered, what is refused, what is known when.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Logged } from '../../contracts/log.ts';
import { timeText } from '../../contracts/parameters.ts';
import type { Thing } from '../../contracts/thing.ts';
import type { History, Lineage, ObservationEvent, Page, ThingState } from '../../contracts/wire.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { hour, minute, morning, openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
const who: Record<'admin' | 'dalian' | 'planner' | 'dispatcher' | 'steward' | 'leader', string> = {} as never;
const things: Record<'shenyang' | 'dalian' | 'stack' | 'gauge' | 'satellite', Thing> = {} as never;
const frames: Record<'first' | 'late', Logged> = {} as never;
const seven = Date.parse('2026-11-24T07:00:00+08:00');
const q = (instant: number): string => encodeURIComponent(timeText(instant));

beforeAll(async () => {
  t = await openTestHouse(await testDatabase());
  things.shenyang = await t.thing('沈阳太原街', '210102', [123.39, 41.79], {
    device: { protocol: 'hj212', id: 'MN-SY' },
    stream: 'ecology/air-quality',
  });
  things.dalian = await t.thing('大连甘井子', '210211', [121.5, 38.95], {
    device: { protocol: 'hj212', id: 'MN-DL' },
    stream: 'ecology/air-quality',
    provenance: 'simulated',
  });
  things.stack = await t.thing('大连某厂排口', '210211', [121.52, 38.96], {
    device: { protocol: 'mqtt', id: 'stack' },
    stream: 'ecology/pollution-source',
  });
  things.gauge = await t.thing('巨流河', '210181', [122.93, 42.0], {
    device: { protocol: 'mqtt', id: 'gauge' },
    stream: 'water/water-level',
    limits: { z: { warning: 29.2, guarantee: 30.2 } },
  });
  things.satellite = await t.thing('甲号卫星', '210000', null, {
    device: { protocol: 'mqtt', id: 'sat' },
    stream: 'forestry/fire-hotspot',
  });
  who.admin = await t.token('admin', { adcode: '210000', departments: '*' });
  who.dalian = await t.token('monitor', { adcode: '210200', departments: ['ecology'] });
  who.planner = await t.token('planner', { adcode: '210000', departments: ['planning'] });
  who.dispatcher = await t.token('dispatcher', { adcode: '210000', departments: ['water', 'emergency'] });
  who.steward = await t.token('steward', { adcode: '210000', departments: '*' });
  who.leader = await t.token('leader', { adcode: '210000', departments: '*' });

  // 06:00–08:00, arriving five minutes after each hour; then the 07 h value of Shenyang is corrected at 08:20.
  t.now = morning - 2 * hour;
  for (const [i, value] of [40, 44, 63].entries()) {
    const sent = await t.air('MN-SY', seven + (i - 2) * hour, { a34004: value, a21026: 12 + i });
    if (i === 2) frames.first = sent;
    await t.air('MN-DL', seven + (i - 2) * hour, { a34004: value / 2 });
    t.now += hour;
  }
  t.now = morning + 15 * minute;
  frames.late = await t.air('MN-SY', seven, { a34004: 260 });
  for (let i = 0; i < 30; i++) await t.telemetry('gauge', { time: timeText(morning - (30 - i) * 5 * minute), values: { z: 29 + i / 100 } });
  await t.telemetry('stack', { time: timeText(morning), values: { 'a21026/minute/mean': 20 } });
  await t.telemetry('sat', { time: timeText(morning - hour), values: { 'fire-confidence': 91 }, position: [123.9, 41.9] });
  await t.telemetry('sat', { time: timeText(morning - 5 * minute), values: { 'fire-confidence': 60 }, position: [121.6, 39.1] });
  await t.telemetry('stranger', { time: timeText(morning), values: { z: 1.5 } });
  t.now = morning + 20 * minute;
  await t.written();
});
afterAll(() => t?.close());

const idsOf = (page: Page<ThingState>): number[] => page.items.map((thing) => thing.id);

describe('latest', () => {
  test('now: within the scope, with age and provenance', async () => {
    const all = (await t.get('/api/latest?stream=ecology/air-quality', who.admin).expect(200)).body as Page<ThingState>;
    expect(idsOf(all)).toEqual([things.shenyang.id, things.dalian.id]);
    expect(all.items[0]?.series['a34004/hour/mean']?.slice(0, 2)).toEqual([260, seven]);
    expect(all.items[1]?.provenance).toBe('simulated');
    const dalian = (await t.get('/api/latest?stream=ecology/air-quality', who.dalian).expect(200)).body;
    expect(idsOf(dalian)).toEqual([things.dalian.id]);
  });
  test('restricted streams: refused to other departments, audited for one’s own', async () => {
    expect((await t.get('/api/latest?stream=ecology/pollution-source', who.planner).expect(403)).body.code).toBe('forbidden');
    expect(idsOf((await t.get('/api/latest', who.planner).expect(200)).body)).not.toContain(things.stack.id);
    expect(idsOf((await t.get('/api/latest', who.dalian).expect(200)).body)).toEqual([things.dalian.id, things.stack.id]);
    await t.auth.log.flush();
    const audited = await t.db.database.query(
      "SELECT account FROM audit WHERE act = 'read-restricted' AND target = 'latest/ecology/pollution-source'",
    );
    expect(audited.length).toBeGreaterThan(0);
  });
  test('one thing; a box; pages', async () => {
    expect(idsOf((await t.get(`/api/latest?thing=${things.gauge.id}`, who.planner).expect(200)).body)).toEqual([things.gauge.id]);
    await t.get(`/api/latest?thing=${things.gauge.id}`, who.dalian).expect(404);
    await t.get('/api/latest?thing=9999', who.admin).expect(404);
    // The satellite stands where its last hotspot was.
    const inBox = [things.dalian.id, things.stack.id, things.satellite.id];
    expect(idsOf((await t.get('/api/latest?bbox=121,38,122,40', who.admin).expect(200)).body)).toEqual(inBox);
    await t.get('/api/latest?bbox=122,38,121,40', who.admin).expect(400);
    const seen: number[] = [];
    for (let next: string | null = '/api/latest?limit=2'; next !== null; ) {
      const page: Page<ThingState> = (await t.get(next, who.admin).expect(200)).body;
      expect(page.numberReturned).toBeLessThanOrEqual(2);
      seen.push(...idsOf(page));
      next = page.next;
    }
    expect(seen).toEqual(Object.values(things).map((thing) => thing.id));
  });
  test('a past moment: what was known then, the correction not yet', async () => {
    const at = (instant: number, stream = 'ecology/air-quality') =>
      t.get(`/api/latest?stream=${stream}&at=${q(instant)}`, who.admin).expect(200);
    const value = async (instant: number) =>
      ((await at(instant)).body as Page<ThingState>).items[0]?.series['a34004/hour/mean']?.slice(0, 2);
    expect(await value(morning + 10 * minute)).toEqual([63, seven]);
    expect(await value(morning + 16 * minute)).toEqual([260, seven]);
    expect(await value(morning - 10 * minute)).toEqual([44, seven - hour]);
    expect(await value(morning - 30 * hour)).toBeUndefined();
    const gauge = ((await at(morning + 16 * minute, 'water/water-level')).body as Page<ThingState>).items[0];
    expect(gauge?.series['z/instant/value']?.[0]).toBeCloseTo(29.29);
    const paged = (await t.get(`/api/latest?limit=1&at=${q(morning + 16 * minute)}`, who.dalian).expect(200)).body as Page<ThingState>;
    expect([idsOf(paged), paged.next !== null]).toEqual([[things.dalian.id], true]);
  });
  test('an event stream gives every event that is on the map, now and then', async () => {
    const now = (await t.get('/api/latest?stream=forestry/fire-hotspot', who.admin).expect(200)).body as Page<ObservationEvent>;
    expect(now.items.map((event) => [event.result, event.position])).toEqual([
      [91, [123.9, 41.9]],
      [60, [121.6, 39.1]],
    ]);
    const past = (await t.get(`/api/latest?stream=forestry/fire-hotspot&at=${q(morning + 16 * minute)}`, who.admin).expect(200))
      .body as Page<ObservationEvent>;
    expect(past.items.map((event) => event.result)).toEqual([91, 60]);
    expect(
      ((await t.get(`/api/latest?stream=forestry/fire-hotspot&at=${q(morning)}`, who.admin).expect(200)).body as Page<unknown>).items,
    ).toEqual([]);
    expect(
      ((await t.get('/api/latest?stream=forestry/fire-hotspot&bbox=123,41,125,43', who.admin)).body as Page<unknown>).items,
    ).toHaveLength(1);
    expect(((await t.get('/api/latest?stream=forestry/fire-hotspot', who.dalian).expect(200)).body as Page<unknown>).items).toEqual([]);
  });
});

describe('history', () => {
  const datastream = (thing: Thing, series: 'a34004/hour/mean' | 'z/instant/value') => t.house.registry.datastreamOf(thing.id, series)!.id;
  test('points in order, the later arrival counts, earlier knowledge on demand', async () => {
    const id = datastream(things.shenyang, 'a34004/hour/mean');
    const now = (await t.get(`/api/history?datastream=${id}`, who.admin).expect(200)).body as History;
    expect(now.points.map((point) => point.result)).toEqual([40, 44, 260]);
    expect(now).toMatchObject({ series: 'a34004/hour/mean', provenance: 'measured', bucketSeconds: null, next: null });
    const then = (await t.get(`/api/history?datastream=${id}&at=${q(morning + 10 * minute)}`, who.admin).expect(200)).body as History;
    expect(then.points.map((point) => point.result)).toEqual([40, 44, 63]);
    // Both ends are inside: a moment shows what is stamped with it.
    const span = (await t.get(`/api/history?datastream=${id}&from=${q(seven - hour)}&to=${q(seven)}`, who.admin).expect(200))
      .body as History;
    expect(span.points.map((point) => point.result)).toEqual([44, 260]);
    await t.get(`/api/history?datastream=${id}`, who.dalian).expect(404);
    await t.get('/api/history?datastream=99999', who.admin).expect(404);
    await t.get(`/api/history?datastream=${id}&from=${q(morning)}&to=${q(morning - hour)}`, who.admin).expect(400);
  });
  test.each([
    ['', 30],
    ['&bucket=900', 11],
  ])('pages of %s join without hole or double', async (bucket, expected) => {
    const id = datastream(things.gauge, 'z/instant/value');
    const points: History['points'][number][] = [];
    for (let next: string | null = `/api/history?datastream=${id}&limit=4${bucket}`; next !== null; ) {
      const page: History = (await t.get(next, who.admin).expect(200)).body;
      points.push(...page.points);
      next = page.next;
    }
    const whole = ((await t.get(`/api/history?datastream=${id}${bucket}`, who.admin)).body as History).points;
    expect(points).toEqual(whole);
    expect(points).toHaveLength(expected);
  });
  test('buckets: mean, minimum, maximum and count', async () => {
    const id = datastream(things.gauge, 'z/instant/value');
    const { points } = (await t.get(`/api/history?datastream=${id}&bucket=3600`, who.admin).expect(200)).body as History;
    const full = points.find((point) => point.count === 12);
    expect(full?.result).toBeCloseTo(((full?.minimum ?? 0) + (full?.maximum ?? 0)) / 2);
    expect((full?.maximum ?? 0) - (full?.minimum ?? 0)).toBeCloseTo(0.11);
    expect(points.reduce((sum, point) => sum + (point.count ?? 0), 0)).toBe(30);
    expect(full ? full.phenomenonTime % hour : null).toBe(0);
    expect(((await t.get(`/api/history?datastream=${id}&bucket=auto`, who.admin).expect(200)).body as History).bucketSeconds).toBeNull();
    const long = await t.get(`/api/history?datastream=${id}&bucket=auto&from=${q(morning - 365 * 24 * hour)}`, who.admin).expect(200);
    expect((long.body as History).bucketSeconds).toBe(43_200);
  });
});

describe('alarms, arrivals, indicators', () => {
  test('open now, open then, begun in a span; within the scope', async () => {
    const open = (await t.get('/api/alarms', who.admin).expect(200)).body;
    const rules = open.items.map((alarm: { rule: string }) => alarm.rule).sort();
    expect(rules).toEqual(['a34004.severe', 'fire-confidence.high', 'fire-confidence.nominal', 'z.warning'].sort());
    expect((await t.get('/api/alarms', who.dalian)).body.items).toEqual([]);
    const now = (await t.get(`/api/alarms?at=${q(t.now)}`, who.admin).expect(200)).body;
    expect(now.items.map((alarm: { id: string }) => alarm.id).sort()).toEqual(open.items.map((alarm: { id: string }) => alarm.id).sort());
    expect((await t.get(`/api/alarms?at=${q(morning - 20 * hour)}`, who.admin)).body.items).toEqual([]);
    const span = `from=${q(morning - 24 * hour)}&to=${q(t.now)}`;
    expect((await t.get(`/api/alarms?${span}`, who.admin)).body.items).toHaveLength(4);
    expect((await t.get(`/api/alarms?${span}&open=false`, who.admin)).body.items).toHaveLength(0);
    const page = (await t.get(`/api/alarms?${span}&limit=3`, who.admin)).body;
    expect([page.numberReturned, (await t.get(page.next, who.admin)).body.numberReturned]).toEqual([3, 1]);
  });
  test('arrivals per bucket add up to the frames that came', async () => {
    await t.db.database.query('UPDATE frame_batch SET durable = $1', [new Date(morning).toISOString()]);
    const { body } = await t.get(`/api/arrivals?bucket=900&from=${q(morning - hour)}&to=${q(t.now)}`, who.admin).expect(200);
    expect(body.buckets).toEqual([{ at: morning - 5 * minute, count: 41 }]);
    expect(body.alarms.length).toBeGreaterThan(0);
    await t.get(`/api/arrivals?bucket=10&from=${q(morning - 400 * 24 * hour)}&to=${q(t.now)}`, who.admin).expect(400);
  });
  test('indicators of a past moment come from the history, of areas in the scope only', async () => {
    const { body } = await t.get(`/api/indicators/210000?below=1&at=${q(morning + 10 * minute)}`, who.admin).expect(200);
    const pm = (adcode: string) =>
      body.items.find((one: { adcode: string; code: string }) => one.adcode === adcode && one.code === 'pm25')?.value;
    expect([pm('210100'), pm('210200')]).toEqual([63, 32]);
    const scoped = (await t.get(`/api/indicators/210000?below=1&at=${q(morning + 10 * minute)}`, who.dalian).expect(200)).body;
    expect(new Set(scoped.items.map((one: { adcode: string }) => one.adcode))).toEqual(new Set(['210200']));
    const county = (await t.get('/api/indicators/210211', who.dalian).expect(200)).body;
    expect(county.items.find((one: { code: string }) => one.code === 'pm25')).toMatchObject({ value: 32, adcode: '210211' });
    await t.get('/api/indicators/210100', who.dalian).expect(403);
    await t.get('/api/indicators/990000', who.admin).expect(404);
    await t.get('/api/indicators/21', who.admin).expect(400);
  });
});

describe('lineage', () => {
  const address = () => `/api/lineage/observation/${t.house.registry.datastreamOf(things.shenyang.id, 'a34004/hour/mean')!.id}:${seven}`;
  test('from the number to rule, checks, frame and right', async () => {
    const { body } = (await t.get(address(), who.dispatcher).expect(200)) as { body: Lineage };
    expect(body.observation).toMatchObject({ result: 260, frame: frames.late.id });
    expect(body.rules.map((rule) => [rule.id, rule.firing])).toEqual([
      ['a34004.severe', true],
      ['a34004.heavy', true],
      ['a34004.moderate', true],
    ]);
    expect(body.checks.map((check) => check.check)).toEqual(['range', 'rate', 'stuck', 'clock', 'flag', 'spike', 'neighbour', 'pair']);
    expect(body.checks[0]).toMatchObject({ passed: true, figure: '0–2000 µg/m³，读数 260' });
    expect(body.frame?.checksum?.ok).toBe(true);
    expect(body.thing.device).toBe('hj212:MN-SY');
    expect(body.permission).toContain('应急调度，范围辽宁省');
  });
  test('what was known earlier has its own frame', async () => {
    const { body } = await t.get(`${address()}?at=${q(morning + 10 * minute)}`, who.dispatcher).expect(200);
    expect(body.observation).toMatchObject({ result: 63, frame: frames.first.id });
  });
  test('the password in a frame: stars for those who read frames, bytes for the administrator, no frame for the leader', async () => {
    const bytes = (hex: string) => Buffer.from(hex, 'hex').toString('latin1');
    const of = async (token: string) => (await t.get(address(), token).expect(200)).body.frame as NonNullable<Lineage['frame']>;
    const read = await of(who.dispatcher);
    expect(bytes(read.hex ?? '')).toMatch(/CN=2061;\*+;MN=MN-SY/);
    expect(JSON.stringify(read)).not.toContain('123456');
    const secret = await of(who.admin);
    expect(bytes(secret.hex ?? '')).toContain('PW=123456;');
    expect(secret.hex?.length).toBe(frames.late.frame.bytes.length * 2);
    const leader = await of(who.leader);
    expect([leader.hex, leader.fields]).toEqual([null, []]);
    await t.auth.log.flush();
    const acts = await t.db.database.query('SELECT DISTINCT act FROM audit WHERE target = $1 ORDER BY act', [`frame/${frames.late.id}`]);
    expect(acts.map((row) => row['act'])).toEqual(['read-raw', 'read-secret']);
  });
  test('by frame; frames of others and of nobody', async () => {
    expect((await t.get(`/api/lineage/frame/${frames.first.id}`, who.dispatcher).expect(200)).body.observation.frame).toBe(frames.first.id);
    await t.get(`/api/lineage/frame/${frames.first.id}`, who.dalian).expect(404);
    await t.get(address(), who.dalian).expect(404);
    for (const id of ['1', '0:0', '999999999999999']) await t.get(`/api/lineage/frame/${id}`, who.admin).expect(404);
    await t.get('/api/lineage/observation/999999:0', who.admin).expect(404);
    await t.get('/api/lineage/observation/5', who.admin).expect(404);
    await t.get('/api/lineage/thing/5', who.admin).expect(400);
    const [stray] = await t.db.database.query<{ frame: number }>("SELECT frame FROM unclaimed_frame WHERE device = 'stranger'");
    expect((await t.get(`/api/frames/${stray?.frame}`, who.steward).expect(200)).body.address).toBe('devices/stranger/telemetry');
    await t.get(`/api/frames/${stray?.frame}`, who.dispatcher).expect(404);
    await t.get(`/api/frames/${frames.first.id}`, who.leader).expect(403);
  });
});

describe('streams and scenes', () => {
  test('promise and measure, public times in RFC 3339', async () => {
    const { body } = await t.get('/api/streams', who.admin).expect(200);
    expect(body.items.map((one: { id: string }) => one.id)).toContain('ecology/pollution-source');
    expect((await t.get('/api/streams', who.planner)).body.items.map((one: { id: string }) => one.id)).not.toContain(
      'ecology/pollution-source',
    );
    const air = (await t.get('/api/streams/ecology/air-quality', who.admin).expect(200)).body;
    expect(air).toMatchObject({
      promise: { periodSeconds: 3600, latenessSeconds: 5400, headline: 'a34004/hour/mean' },
      provenance: { measured: 1, simulated: 1 },
      measured: { things: 2, freshness: 1, validity: 1 },
    });
    // 3 of the 24 hour means that each promised for the last day.
    expect(air.measured.completeness).toBe(0.125);
    expect(air.measured.asOf).toMatch(/\+08:00$/);
    expect(air.thresholds.length).toBe(9);
    await t.get('/api/streams/ecology%2Fair-quality', who.admin).expect(200);
    await t.get('/api/streams/ecology/none', who.admin).expect(404);
    await t.get('/api/streams/ecology/pollution-source', who.planner).expect(404);
  });
  test('every scene, with what it is made of', async () => {
    const { body } = await t.get('/api/scenes', who.admin).expect(200);
    expect(body.items.map((scene: { id: string }) => scene.id)).toContain('ecology');
    const one = (await t.get('/api/scenes/ecology', who.dalian).expect(200)).body;
    expect(Object.keys(one)).toEqual(expect.arrayContaining(['id', 'title', 'question', 'layers', 'streams', 'panels', 'roles']));
    expect(one.question).toContain('？');
    await t.get('/api/scenes/none', who.admin).expect(404);
  });
});

describe('a city user never sees a neighbour', () => {
  const span = `from=${q(morning - 24 * hour)}&to=${q(morning + hour)}`;
  const paths = [
    ...['ecology/air-quality', 'water/water-level', 'forestry/fire-hotspot', 'ecology/pollution-source'].flatMap((stream) => [
      `/api/latest?stream=${stream}`,
      `/api/latest?stream=${stream}&at=${q(morning + 16 * minute)}`,
    ]),
    ...['', `?at=${q(morning + 16 * minute)}`, `?${span}`].map((query) => `/api/alarms${query}`),
    ...['/api/latest', `/api/latest?bbox=118,38,126,44&at=${q(morning + 16 * minute)}`],
    ...['/api/indicators/210000?below=1', `/api/indicators/210000?below=1&at=${q(morning + 16 * minute)}`],
    ...[`/api/arrivals?${span}`, '/api/streams', '/api/streams/ecology/air-quality', '/api/dead-letters'],
    ...['Things', 'Locations', 'Datastreams', 'FeaturesOfInterest', 'ObservedProperties', 'Sensors'].map(
      (set) => `/sta/v1.1/${set}?$count=true`,
    ),
    '/sta/v1.1/Observations?$expand=Datastream/Thing',
    '/sta/v1.1/ObservedProperties?$expand=Datastreams/Thing/Locations',
    '/sta/v1.1/Sensors?$expand=Datastreams/Observations/FeatureOfInterest',
  ];
  /** Names, areas, devices and positions of what does not stand in Dalian. */
  const neighbour = /沈阳|巨流河|甲号卫星|2101\d\d|MN-SY|gauge|122\.93|123\.39|fire-confidence|"z\//;
  test.each(paths)('%s', async (path) => {
    const whole = (await t.get(path, who.admin).expect(200)).text;
    const local = (await t.get(path, who.dalian).expect(200)).text;
    expect(local.replaceAll(/"thresholds":.*|"headline":"[^"]*"/g, '')).not.toMatch(neighbour);
    // The check would say so: the whole province has what the city has not.
    if (!/dead-letters|pollution-source|Sensors\?\$count|streams/.test(path)) expect(whole).toMatch(neighbour);
  });
});

describe('several observations of one time', () => {
  test('of an event stream every observation counts, page by page, and each has its own lineage', async () => {
    // Two spots of one pass.
    const twins: [Logged, number][] = [];
    for (const [confidence, lng] of [
      [70, 120.1],
      [80, 120.2],
    ] as const) {
      const time = timeText(morning - 30 * hour);
      twins.push([await t.telemetry('sat', { time, values: { 'fire-confidence': confidence }, position: [lng, 41] }), confidence]);
    }
    await t.written();
    const id = t.house.registry.datastreamOf(things.satellite.id, 'fire-confidence/instant/value')!.id;
    const results: (number | null)[] = [];
    const from = q(morning - 31 * hour);
    for (let next: string | null = `/api/history?datastream=${id}&limit=1&from=${from}`; next !== null; ) {
      const page: History = (await t.get(next, who.admin).expect(200)).body;
      results.push(...page.points.map((point) => point.result));
      next = page.next;
    }
    expect(results.sort()).toEqual([60, 70, 80, 91]);
    for (const [twin, value] of twins) {
      const path = `/api/lineage/observation/${id}:${morning - 30 * hour}?frame=${twin.id}`;
      expect((await t.get(path, who.admin).expect(200)).body.observation.result).toBe(value);
    }
  });
});
