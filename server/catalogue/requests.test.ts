// Applications and keys in the database: how many one household hands in, what a key is approved for, keys changed for new ones, use summed up and cut.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineLayer } from '../../contracts/layer.ts';
import { openChanges } from '../../geo-services/features/changes.pg.ts';
import { openGrants } from '../../geo-services/features/grants.pg.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { type ApiKeys, openApiKeys } from '../auth/api-keys.pg.ts';
import { careOf } from './care.ts';
import { type Keys, openKeys } from './keys.pg.ts';
import { openRequests, type Requests } from './requests.pg.ts';

let db: Awaited<ReturnType<typeof testDatabase>>;
let keys: ApiKeys;
let kept: Keys;
let requests: Requests;
let now = Date.parse('2026-11-24T08:05:00+08:00');
const hour = 3_600_000;
const day = 24 * hour;
const chief = { user: 'chief', displayName: '处长', role: 'steward', scope: { adcode: '210000', departments: '*' } } as const;
const water = { ...chief, user: 'water', scope: { adcode: '210000', departments: ['water'] } } as const;
const ecology = { ...chief, user: 'ecology', scope: { adcode: '210000', departments: ['ecology'] } } as const;
const draft = { purpose: '防汛调度研究', wished: {}, account: null, name: '李明', organisation: '设计院', contact: 'l@example.cn' };
const decision = { approve: true, reason: '', perDay: 100, perMinute: 100, days: 30, area: '210000', attributes: null };

beforeAll(async () => {
  db = await testDatabase();
  keys = openApiKeys(db.database, () => now);
  kept = openKeys(db.database, keys, () => now);
  requests = openRequests(db.database, keys, () => now);
  await db.database.query(
    `INSERT INTO layer (id, theme, title_zh, title_en, geometry, table_name, attributes, department, source, provenance)
     VALUES ('gates', 'water', '水闸', '', 'point', 'gates', '[]', 'water', '', 'reported')`,
  );
});
afterAll(() => db?.drop());

const handedIn = async (address: string, wished: object = {}): Promise<string> => {
  await requests.submit({ ...draft, wished, layer: 'gates', address });
  return address;
};
async function issue(attributes: readonly string[] | null, layer = 'gates'): Promise<{ key: string; id: number }> {
  const { number } = await requests.submit({
    ...draft,
    layer,
    address: `10.1.${Math.floor(now / 1000) % 250}.${Math.floor(Math.random() * 250)}`,
  });
  const [request] = (await requests.list(careOf(chief), { state: null, before: null, limit: 1 })).requests;
  expect(request?.number).toBe(number);
  if (!request) throw new Error('no request');
  const { key, keyId } = await requests.decide(chief, request, 'water', { ...decision, attributes });
  return { key: key ?? '', id: keyId ?? 0 };
}

test.each([
  ['an IPv4 address', (n: number) => `192.0.2.${n % 2 ? 7 : 7}`, (n: number) => `192.0.2.${n + 100}`],
  ['a /64 of IPv6', (n: number) => `2001:db8:1:2:${n.toString(16)}::1`, (n: number) => `2001:db8:1:${(n + 16).toString(16)}::1`],
])('%s hands in twenty a day, its neighbours as many; a day later it does again', async (_, same, other) => {
  for (let n = 0; n < 20; n++) await handedIn(same(n));
  await expect(handedIn(same(20))).rejects.toMatchObject({ code: 'over-quota', details: { limit: 20, retryAfterSeconds: 3600 } });
  for (let n = 0; n < 3; n++) await handedIn(other(n));
  now += day;
  await handedIn(same(21));
});

test('a list of what one looks after, newest first, with how many there are', async () => {
  const of = (who: typeof water | typeof ecology | typeof chief) =>
    requests.list(careOf(who), { state: 'pending', before: null, limit: 5 });
  const own = await of(water);
  expect([own.requests.length, own.numberMatched]).toEqual([6, 48]);
  expect((await of(ecology)).numberMatched).toBe(0);
  // An application for a layer that is gone is seen by those who see everything.
  await requests.submit({ ...draft, layer: 'gone', address: null });
  expect([(await of(water)).numberMatched, (await of(chief)).numberMatched]).toEqual([48, 49]);
  const next = await requests.list(careOf(water), { state: 'pending', before: own.requests[4]?.id ?? null, limit: 5 });
  expect(next.requests[0]?.id).toBe(own.requests[5]?.id);
});

test('a key sees the attributes that it was approved for, or all; what it was changed to at once', async () => {
  const some = await issue(['name', 'gates']);
  const whole = await issue(null);
  const grants = openGrants(db.database, openChanges(db.database), () => now);
  const layer = defineLayer({
    ...{ id: 'gates', theme: 'water', title: { zh: '闸', en: 'gates' }, geometry: 'point', table: 'gates', adcodeColumn: null },
    ...{ attributes: ['gates', 'keeper', 'name'], minZoom: 0, maxZoom: 22, sharing: 'conditional', department: 'water', source: '' },
  });
  const seen = async (key: string): Promise<readonly string[] | undefined> => {
    const { identity } = await keys.use(key, 'gates');
    await grants.current();
    return grants.of(identity)(layer)?.attributes;
  };
  expect(await seen(some.key)).toEqual(['gates', 'name']);
  expect(await seen(whole.key)).toEqual(['gates', 'keeper', 'name']);
  await db.database.query('UPDATE api_key SET attributes = $2 WHERE id = $1', [some.id, JSON.stringify({ gates: ['keeper'] })]);
  await new Promise((done) => setTimeout(done, 150));
  expect(await seen(some.key)).toEqual(['keeper']);
  expect((await kept.get(some.id, ['water']))?.attributes).toEqual({ gates: ['keeper'] });
  expect(await kept.get(some.id, ['ecology'])).toBeNull();
});

test('a changed key: the new one at once, the old one until the grace is over, quota and statistics of both are one', async () => {
  const { key, id } = await issue(null);
  await keys.use(key, 'gates');
  const fresh = await kept.rotate(id, now + 2 * hour);
  expect(fresh).not.toBe(key);
  expect([(await keys.use(fresh, 'gates')).id, (await keys.use(key, 'gates')).id]).toEqual([id, id]);
  expect(await kept.holder(fresh)).toEqual({ id, current: true });
  expect(await kept.holder(key)).toEqual({ id, current: false });
  await kept.change(id, { perDay: 4 });
  await keys.use(fresh, 'gates');
  await expect(keys.use(key, 'gates')).rejects.toMatchObject({ code: 'over-quota' });
  now += 2 * hour;
  await expect(keys.use(key, 'gates')).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(await kept.holder(key)).toBeNull();
  await expect(keys.use(fresh, 'gates')).rejects.toMatchObject({ code: 'over-quota' });
  // Changed twice: the first is gone at once, however long its grace was.
  const second = await kept.rotate(id, now + 100 * hour);
  await kept.rotate(id, now + 100 * hour);
  expect([await kept.holder(fresh), (await kept.holder(second))?.current]).toEqual([null, false]);
});

test('a key that is stopped is not changed, and says why it was stopped', async () => {
  const { key, id } = await issue(null);
  await kept.change(id, { revoked: true, reason: '密钥外泄' });
  await kept.change(id, { revoked: true, reason: '另一个理由' });
  expect((await kept.get(id, '*'))?.revokedWhy).toBe('密钥外泄');
  await expect(kept.rotate(id, now + hour)).rejects.toMatchObject({ code: 'conflict' });
  await expect(keys.use(key, 'gates')).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(await kept.holder(key)).toEqual({ id, current: true });
  await expect(kept.rotate(999_999, now)).rejects.toMatchObject({ code: 'not-found' });
  for (const text of ['', 'lzk_', key.slice(0, -1), `${key}x`]) expect(await kept.holder(text)).toBeNull();
});

test('keys are found by who uses them, by layer, by how they begin', async () => {
  const { key } = await issue(null);
  const found = async (q: string): Promise<number> => (await kept.list(['water'], { q, offset: 0, limit: 2 })).numberMatched;
  const all = await found('');
  expect(all).toBeGreaterThan(3);
  expect([await found('设计院'), await found('GATES'), await found('没有'), await found("%'")]).toEqual([all, all, 0, 0]);
  expect(await found(key.slice(0, 10))).toBe(1);
  expect((await kept.list([], { q: '', offset: 0, limit: 2 })).numberMatched).toBe(0);
});

test('sixty thousand rows of use are summed up by the database, and a page says how many there are', async () => {
  await db.database.query(
    `INSERT INTO api_usage (api_key, layer, day, requests, refused, bytes)
     SELECT 1000 + n, CASE n % 3 WHEN 0 THEN 'gates' WHEN 1 THEN 'pollution-sources' ELSE '' END, $1::date - (n % 10), 2, 1, 100 FROM generate_series(1, 60000) AS n`,
    [new Date(now + 8 * hour).toISOString().slice(0, 10)],
  );
  const ask = (by: 'row' | 'day' | 'key' | 'layer', who: typeof chief | typeof water | null, limit = 10, offset = 0) =>
    kept.usage({ by, days: 10, key: null, layer: null, offset, limit }, who && careOf(who));
  const rows = await ask('row', chief, 1000);
  expect(rows.rows.length).toBe(1001);
  expect(rows.numberMatched).toBeGreaterThanOrEqual(60_000);
  const days = await ask('day', chief, 100);
  expect(days.rows.length).toBe(10);
  expect(days.rows.reduce((sum, row) => sum + row.requests, 0)).toBe(days.total.requests);
  expect(days.total).toEqual(rows.total);
  const own = await ask('layer', water);
  // The layers of the department alone, and nothing that names no layer.
  expect(own.rows.map(({ layer }) => layer)).toEqual(['gates']);
  expect((await ask('layer', chief)).rows.map(({ layer }) => layer).sort()).toEqual(['', 'gates', 'pollution-sources']);
  const one = await kept.usage({ by: 'day', days: 10, key: 1003, layer: null, offset: 0, limit: 100 }, null);
  expect([one.rows.length, one.total]).toEqual([1, { requests: 2, refused: 1, bytes: 100 }]);
  // Page after page is the whole.
  const pages = await Promise.all([0, 4, 8].map((offset) => ask('day', chief, 4, offset)));
  expect(pages.flatMap((page) => page.rows.slice(0, 4).map((row) => row.day))).toEqual(days.rows.map((row) => row.day));
});
