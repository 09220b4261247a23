// The life of a layer and the public's access over real HTTP and a real database: steps, metadata, health, purge, applications, keys, quotas, portal.
import { io } from 'socket.io-client';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LayerEntry } from '../../contracts/catalogue-routes.ts';
import { createLayerTable, publishTable } from '../../geo-services/features/layers.pg.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
let closed: TestHouse;
let [admin, chief, water, ecology, leader] = ['', '', '', '', ''];
const metadata = {
  ...{ abstract: '全省水闸，含位置与孔数', provider: '省水利厅', classification: '部门信息资源/水利', resourceCode: '306012/000001' },
  ...{ updateCycle: 'monthly', contact: '王工 024-0000', format: '数据库', sharingConditions: '凭用途说明' },
};
const application = { purpose: '防汛调度研究', name: '李明', organisation: '省水利设计院', contact: 'liming@example.cn' };

/** A brought-in layer of three sluices, one without a place and one without a name. */
async function bringIn(
  id: string,
  sharing: 'unconditional' | 'conditional' | 'none',
  state: 'draft' | 'published' = 'draft',
): Promise<void> {
  const attributes = [
    { name: 'name', title: '名称', type: 'text' as const },
    { name: 'gates', title: '孔数', type: 'bigint' as const },
  ];
  await t.db.database.transaction(async (tx) => {
    const table = await createLayerTable(tx, { id, attributes });
    await tx.query(
      `INSERT INTO ${table} (name, gates, geom) VALUES ('浑河闸', 12, 'SRID=4490;POINT(123.4 41.7)'), ('', 3, 'SRID=4490;POINT(121.6 38.9)'), ('太子河闸', 8, NULL)`,
    );
    await publishTable(
      tx,
      {
        ...{ id, theme: 'water', title: { zh: `水闸 ${id}`, en: 'Sluices' }, geometry: 'point', attributes, sharing, state },
        ...{
          department: 'water',
          source: '省水利厅',
          provenance: 'reported',
          metadata: { ...metadata, resourceCode: `306012/${id}`.replaceAll('-', '') },
        },
      },
      table,
    );
  });
}
/** The map answers with what is committed within a tenth of a second. */
const settled = (): Promise<void> => new Promise((wake) => setTimeout(wake, 150));

beforeAll(async () => {
  t = await openTestHouse(await testDatabase(), { portal: true });
  closed = await openTestHouse(await testDatabase());
  admin = await t.token('admin', { adcode: '210000', departments: '*' });
  chief = await t.token('steward', { adcode: '210000', departments: '*' });
  water = await t.token('steward', { adcode: '210000', departments: ['water'] });
  ecology = await t.token('steward', { adcode: '210000', departments: ['ecology'] });
  leader = await t.token('leader', { adcode: '210000', departments: [] });
  await t.thing('gauge-1', '210100', [123.4, 41.8], { stream: 'water/water-level', limits: { z: { warning: 41.2, guarantee: 43 } } });
  await t.thing('gauge-2', '210200', null, { stream: 'water/water-level' });
  await t.thing('stack-1', '210100', [123.5, 41.8], { stream: 'ecology/pollution-source' });
  await bringIn('sluices', 'conditional');
  await bringIn('sluices-open', 'unconditional', 'published');
  await bringIn('sluices-secret', 'none', 'published');
  await bringIn('sluices-other', 'conditional', 'published');
});
afterAll(async () => {
  await t?.close();
  await closed?.close();
});

describe('a layer lives', () => {
  const step = (token: string, name: string, reason?: string) =>
    t.post('/api/layers/sluices/steps', token, { step: name, ...(reason ? { reason } : {}) });
  test('draft: hidden from readers, there for stewards; 申请 wants complete metadata', async () => {
    await t.get('/api/layers/sluices', leader).expect(404);
    const { body } = await t.get('/api/layers/sluices', water).expect(200);
    expect([body.state, body.may.steps, body.may.change]).toEqual(['draft', ['apply'], true]);
    expect((await t.get('/api/layers/sluices', ecology).expect(404)).body.code).toBe('not-found');
    await t
      .call('patch', '/api/layers/sluices', water)
      .send({ metadata: { contact: '' } })
      .expect(400);
    await t.db.database.query("UPDATE layer SET metadata = metadata - 'contact' WHERE id = 'sluices'");
    expect((await step(water, 'apply').expect(400)).body.details.reason).toContain('联系人');
    const changed = await t
      .call('patch', '/api/layers/sluices', water)
      .send({ metadata: { contact: '王工 024-1111' }, title: '全省水闸' })
      .expect(200);
    expect([changed.body.metadata.contact, changed.body.title.zh]).toEqual(['王工 024-1111', '全省水闸']);
  });
  test('申请 → 退回 → 申请 → 审批 → 发布 → 下线, each by whom it belongs to, each kept', async () => {
    await step(water, 'apply').expect(200);
    expect((await step(water, 'approve').expect(403)).body.code).toBe('forbidden');
    expect((await step(chief, 'publish').expect(409)).body.details.what).toContain('待审批');
    await step(chief, 'return').expect(400);
    await step(chief, 'return', '缺坐标系说明').expect(200);
    await step(water, 'apply').expect(200);
    await step(chief, 'approve').expect(200);
    await t.get('/ogc/collections/sluices', leader).expect(404);
    await step(chief, 'publish').expect(200);
    await settled();
    expect((await t.get('/ogc/collections/sluices', leader).expect(403)).body.code).toBe('forbidden');
    await t.get('/ogc/collections/sluices/items', water).expect(200);
    await t.call('patch', '/api/layers/sluices', water).send({ sharing: 'unconditional' }).expect(409);
    await step(chief, 'offline', '数据换版').expect(200);
    await settled();
    await t.get('/ogc/collections/sluices', leader).expect(404);
    const { body } = await t.get('/api/layers/sluices', water).expect(200);
    expect(body.steps.map((one: { step: string }) => one.step)).toEqual(['offline', 'publish', 'approve', 'apply', 'return', 'apply']);
    expect(body.steps[4]).toMatchObject({ from: 'applied', to: 'draft', reason: '缺坐标系说明', at: '2026-11-24T08:05:00.000+08:00' });
    for (const name of ['apply', 'approve', 'publish']) await step(chief, name).expect(200);
    expect((await t.get('/api/layers/sluices', leader).expect(200)).body.steps).toEqual([]);
  });
  test('two who take the same step at once: one takes it, the other is told', async () => {
    const answers = await Promise.all([step(chief, 'offline', '甲'), step(chief, 'offline', '乙')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    for (const name of ['apply', 'approve', 'publish']) await step(chief, name).expect(200);
  });
  test('a declared layer has metadata and no steps', async () => {
    const { body } = await t.get('/api/layers/water-gauges', admin).expect(200);
    expect(body).toMatchObject({
      declared: true,
      state: 'published',
      metadata: { updateCycle: 'realtime' },
      may: { change: false, steps: [] },
    });
    expect(
      (await t.post('/api/layers/water-gauges/steps', admin, { step: 'offline', reason: 'x' }).expect(409)).body.details.what,
    ).toContain('声明');
    await t.call('patch', '/api/layers/water-gauges', admin).send({ title: '水位' }).expect(409);
  });
  test('every step stands in the audit', async () => {
    await t.auth.log.flush();
    const rows = await t.db.database.query(
      "SELECT detail->>'step' AS step FROM audit WHERE target = 'layer/sluices' AND detail ? 'step' ORDER BY id LIMIT 3",
    );
    expect(rows.map((row) => row['step'])).toEqual(['apply', 'return', 'apply']);
  });
});

describe('search', () => {
  const ids = async (query: string, token = admin): Promise<string[]> =>
    ((await t.get(`/api/layers?${query}`, token).expect(200)).body.items as LayerEntry[]).map(({ id }) => id);
  test('by words, theme, department, sharing, cycle, state', async () => {
    expect(await ids('q=%E5%85%A8%E7%9C%81%E6%B0%B4%E9%97%B8')).toContain('sluices');
    expect(await ids('cycle=monthly&sharing=none')).toEqual(['sluices-secret']);
    expect(await ids('cycle=realtime&department=water')).toEqual(['water-gauges']);
    expect(await ids('state=draft')).toEqual([]);
    expect(await ids('sharing=none', leader)).toEqual([]);
  });
  test('pages', async () => {
    const first = (await t.get('/api/layers?limit=2', admin).expect(200)).body;
    expect(first.items.length).toBe(2);
    const second = (await t.get(first.next, admin).expect(200)).body;
    expect(second.items[0].id).not.toBe(first.items[1].id);
  });
});

describe('health', () => {
  test('completeness of a brought-in layer, age against its cycle', async () => {
    const { body } = await t.get('/api/layers/sluices-open/health', leader).expect(200);
    expect(body.rows).toBe(3);
    expect(body.completeness.geometry).toBeCloseTo(2 / 3);
    expect(body.completeness.attributes.map((one: { name: string; share: number }) => [one.name, Math.round(one.share * 3)])).toEqual([
      ['name', 2],
      ['gates', 3],
    ]);
    expect(body.completeness.overall).toBeCloseTo((2 / 3 + 2 / 3 + 1) / 3);
    expect([body.age.promiseSeconds, body.thresholds, body.lastPull]).toEqual([31 * 86_400, null, null]);
  });
  test('a stream has readings, a promise, and limits that can fire or not; a row without a place counts', async () => {
    const { body } = await t.get('/api/layers/water-gauges/health', admin).expect(200);
    expect([body.rows, body.completeness.geometry, body.age.verdict]).toEqual([2, 0.5, 'unknown']);
    const own = body.thresholds.find((one: { things: number[] }) => one.things[0] === 1);
    expect(own).toMatchObject({ reachable: true, things: [1, 2] });
  });
  test('area narrows what is counted', async () => {
    const dalian = await t.token('monitor', { adcode: '210200', departments: [] });
    expect((await t.get('/api/layers/water-gauges/health', dalian).expect(200)).body).toMatchObject({
      rows: 1,
      completeness: { geometry: 0 },
    });
  });
  test('what one may only apply for is not measured for him', async () => {
    await t.get('/api/layers/pollution-sources/health', leader).expect(403);
    await t.get('/api/layers/sluices-secret/health', leader).expect(404);
  });
});

test('purging: a steward writes a change of no rows with box and zooms, others do not', async () => {
  const body = { bbox: '123,41,124,42', zooms: [8, 12] };
  await t.post('/api/layers/water-gauges/purge', leader, body).expect(403);
  await t.post('/api/layers/water-gauges/purge', ecology, body).expect(403);
  await t.post('/api/layers/water-gauges/purge', water, { zooms: [9, 8] }).expect(400);
  await t.post('/api/layers/water-gauges/purge', water, { bbox: '124,41,123,42' }).expect(400);
  await t.post('/api/layers/water-gauges/purge', water, body).expect(204);
  const rows = await t.db.database.query(
    'SELECT source, part, west, north, min_zoom, max_zoom, rows FROM layer_change ORDER BY seq DESC LIMIT 1',
  );
  expect(rows[0]).toEqual({ source: 'thing', part: 'water/water-level', west: 123, north: 42, min_zoom: 8, max_zoom: 12, rows: 0 });
});

describe('applications, keys, quotas', () => {
  let [number, key] = ['', ''];
  let id = 0;
  test('a visitor applies; stewards of the department see it, others do not', async () => {
    const { body } = await request(t.url)
      .post('/api/access-requests')
      .send({ ...application, layer: 'sluices', attributes: ['name'] })
      .expect(201);
    number = body.number;
    expect(number).toMatch(/^SQ-20261124-[A-Z2-9]{10}$/);
    const seen = async (token: string): Promise<string[]> =>
      (await t.get('/api/access-requests?state=pending', token).expect(200)).body.items.map((one: { number: string }) => one.number);
    expect([await seen(water), await seen(ecology), await seen(leader)]).toEqual([[number], [], []]);
    id = (await t.get('/api/access-requests', water)).body.items[0].id;
  });
  test.each([
    ['a layer that is not shared', { layer: 'sluices-secret' }, 404],
    ['a layer that is not there', { layer: 'nothing' }, 404],
    ['an attribute that it has not', { layer: 'sluices', attributes: ['password'] }, 400],
    ['an area of another province', { layer: 'sluices', area: '110000' }, 400],
    ['no purpose', { layer: 'sluices', purpose: '' }, 400],
    ['a field of its own', { layer: 'sluices', state: 'approved' }, 400],
  ])('%s is refused', async (_, change, status) => {
    await request(t.url)
      .post('/api/access-requests')
      .send({ ...application, ...change })
      .expect(status);
  });
  test('while the portal is closed nobody applies without a session', async () => {
    await request(closed.url)
      .post('/api/access-requests')
      .send({ ...application, layer: 'pollution-sources' })
      .expect(401);
  });
  test('nobody approves what he asked for himself', async () => {
    const own = await t.post('/api/access-requests', water, { ...application, layer: 'sluices' }).expect(201);
    const of = (await t.get('/api/access-requests?state=pending', water).expect(200)).body.items.find(
      (one: { number: string }) => one.number === own.body.number,
    );
    const decide = (body: object) => t.post(`/api/access-requests/${of.id}/decision`, water, body);
    expect((await decide({ approve: true }).expect(403)).body.code).toBe('forbidden');
    await decide({ approve: false, reason: '撤回' }).expect(200);
  });
  test('who does not look after the layer decides nothing; a refusal says why; a decision is made once', async () => {
    const decide = (token: string, body: object) => t.post(`/api/access-requests/${id}/decision`, token, body);
    await decide(ecology, { approve: true }).expect(404);
    await decide(leader, { approve: true }).expect(404);
    await decide(water, { approve: false }).expect(400);
    const { body } = await decide(water, { approve: true, perDay: 5, perMinute: 4, days: 30 }).expect(200);
    key = body.key;
    expect([body.state, key]).toEqual(['approved', expect.stringMatching(/^lzk_[\w-]{43}$/)]);
    await decide(water, { approve: true }).expect(409);
    const again = await t.get('/api/access-requests', water).expect(200);
    expect(JSON.stringify(again.body)).not.toContain(key);
    const kept = await t.db.database.query('SELECT k::text AS k FROM api_key k');
    expect(JSON.stringify(kept)).not.toContain(key.slice(12));
  });
  test('the applicant asks by his number', async () => {
    const { body } = await request(t.url).post('/api/portal/status').send({ number: number.toLowerCase() }).expect(200);
    expect(body).toMatchObject({ number, state: 'approved', title: '全省水闸', key: `${key.slice(0, 10)}…` });
    expect(Object.keys(body)).not.toContain('contact');
    await request(t.url).post('/api/portal/status').send({ number: 'SQ-20261124-AAAAAAAAAA' }).expect(404);
  });
  test('the key reads its layer by header, Bearer and parameter, and then its minute is spent', async () => {
    const items = '/ogc/collections/sluices/items';
    expect((await t.get(`${items}?limit=1&apikey=${key}`).expect(200)).text).not.toContain(key);
    await t.get(items, key).expect(200);
    await request(t.url).get(`${items}?f=csv`).set('apikey', key).expect(200);
    await t
      .get('/ogc/collections', key)
      .expect(200)
      .expect(({ body }) => {
        expect(body.collections.map((one: { id: string }) => one.id)).toEqual(['sluices', 'catalogue']);
      });
    const { body, headers } = await t.get(items, key).expect(429);
    expect([body.code, body.details.limit, headers['retry-after']]).toEqual(['over-quota', 4, '60']);
  });
  test('a minute later the fifth of the day goes, the sixth waits for midnight', async () => {
    t.now += 60_000;
    await t.get('/ogc/collections/sluices/items', key).expect(200);
    const { headers } = await t.get('/ogc/collections/sluices/items', key).expect(429);
    expect(Number(headers['retry-after'])).toBe(Math.ceil((Date.parse('2026-11-25T00:00:00+08:00') - t.now) / 1000));
    await vi.waitFor(async () => {
      const { body } = await t.get('/api/api-usage?layer=sluices', water).expect(200);
      expect(body.items[0]).toMatchObject({ layer: 'sluices', day: '2026-11-24', requests: 4, refused: 2 });
      expect(Number(body.items[0].bytes)).toBeGreaterThan(500);
    });
  });
  test('a key opens no other layer, no write, no /api, no /sta, no socket', async () => {
    await t.db.database.query('UPDATE api_key SET per_day = 1000, per_minute = 1000');
    t.now += 60_000;
    for (const path of [
      ...[
        '/ogc/collections/sluices-other',
        '/ogc/collections/sluices-open/items',
        '/ogc/collections/pollution-sources/items',
        '/ogc/collections/water-gauges',
      ],
      ...['/ogc/tiles/WebMercatorQuad/6/23/53?collections=sluices-other', '/ogc/collections/sluices-other/tiles/WebMercatorQuad/6/23/53'],
    ])
      expect([path, (await t.get(path, key)).status]).toEqual([path, 404]);
    const wmts = `/ogc/wmts?service=WMTS&request=GetTile&version=1.0.0&layer=sluices-other&style=default&tilematrixset=WebMercatorQuad&tilematrix=6&tilerow=23&tilecol=53&format=application/vnd.mapbox-vector-tile`;
    expect((await t.get(wmts, key)).status).not.toBe(200);
    expect((await t.get(wmts.replace('sluices-other', 'sluices'), key)).status).toBe(200);
    const feature = { type: 'Feature', geometry: null, properties: { name: 'x' } };
    await t.post('/ogc/collections/sluices/items', key, feature).set('Content-Type', 'application/geo+json').expect(403);
    for (const path of [
      '/api/session',
      '/api/layers',
      '/api/latest',
      '/api/access-requests',
      '/api/api-keys',
      '/sta/v1.1/Things',
      '/api/accounts',
    ])
      expect([path, (await t.get(path, key)).status]).toEqual([path, 401]);
    for (const path of ['/api/session', '/api/layers']) await t.get(`${path}?apikey=${key}`).expect(401);
    expect(await t.auth.authenticate(key)).toBeNull();
    const socket = io(t.url, { auth: { token: key }, transports: ['websocket'], reconnection: false });
    const outcome = await new Promise((done) => socket.on('connect', () => done('in')).on('connect_error', () => done('out')));
    socket.close();
    expect(outcome).toBe('out');
  });
  test('a layer that is taken offline or not shared any more is gone for its keys', async () => {
    await t.post('/api/layers/sluices/steps', chief, { step: 'offline', reason: '核对' }).expect(200);
    await settled();
    await t.get('/ogc/collections/sluices/items', key).expect(404);
    for (const step of ['apply', 'approve', 'publish']) await t.post('/api/layers/sluices/steps', chief, { step }).expect(200);
    await settled();
    await t.get('/ogc/collections/sluices/items', key).expect(200);
  });
  test('a revoked key and one that has run out are no keys', async () => {
    const [entry] = (await t.get('/api/api-keys', water).expect(200)).body.items;
    expect((await t.get('/api/api-keys', ecology).expect(200)).body.items).toEqual([]);
    await t.call('patch', `/api/api-keys/${entry.id}`, ecology).send({ revoked: true }).expect(404);
    const before = t.now;
    t.now = Date.parse(entry.expires);
    await t.get('/ogc/collections/sluices/items', key).expect(401);
    t.now = before;
    await t.get('/ogc/collections/sluices/items', key).expect(200);
    await t.call('patch', `/api/api-keys/${entry.id}`, water).send({ revoked: true }).expect(200);
    await t.get('/ogc/collections/sluices/items', key).expect(401);
    await t.get(`/ogc/collections/sluices/items?apikey=${key}`, admin).expect(401);
  });
});

describe('visitors without a key', () => {
  test('read what is shared unconditionally, and nothing else', async () => {
    const { body } = await t.get('/ogc/collections').expect(200);
    const ids = body.collections.map((one: { id: string }) => one.id);
    expect(ids).toEqual(expect.arrayContaining(['water-gauges', 'rivers', 'sluices-open']));
    expect(ids.filter((id: string) => ['sluices', 'sluices-secret', 'sluices-other', 'pollution-sources'].includes(id))).toEqual([]);
    await t.get('/ogc/collections/sluices-open/items').expect(200);
    for (const id of ['sluices', 'sluices-secret', 'pollution-sources']) await t.get(`/ogc/collections/${id}/items`).expect(404);
    await t.get('/ogc/tiles/WebMercatorQuad/6/23/53?collections=pollution-sources').expect(404);
    await request(t.url).post('/ogc/collections/sluices-open/items').set('Content-Type', 'application/geo+json').send('{}').expect(401);
    await request(t.url).delete('/ogc/collections/sluices-open/items/1').expect(401);
  });
  test('a wrong Bearer token makes no visitor, and /api stays closed', async () => {
    await t.get('/ogc/collections', 'no-such-token').expect(401);
    await t.get('/api/layers').expect(401);
  });
  test('a closed portal is closed', async () => {
    await closed.get('/ogc/collections').expect(401);
    expect((await closed.get('/api/portal/layers').expect(200)).body).toMatchObject({ open: false, items: [], numberMatched: 0 });
    expect((await closed.get('/api/portal/statistics').expect(200)).body).toEqual({ open: false, days: [], layers: [] });
  });
  test('the portal tells of open layers fully, of conditional ones their description, of closed ones nothing', async () => {
    const { body } = await t.get('/api/portal/layers').expect(200);
    expect(body.items.map((one: LayerEntry) => one.id)).not.toContain('sluices-secret');
    const of = async (id: string) => (await t.get(`/api/portal/layers?id=${id}`).expect(200)).body.items[0];
    expect((await of('sluices-open')).health).toMatchObject({
      ...{ rows: 3, completeness: expect.any(Number), age: { promiseSeconds: 31 * 86_400 } },
      verdicts: [{ side: 'age' }, { side: 'completeness', verdict: 'bad' }, { side: 'pull', verdict: 'open' }, { side: 'thresholds' }],
    });
    const closedOne = await of('sluices');
    expect(closedOne).toMatchObject({ sharing: 'conditional', health: { rows: null, completeness: null, verdicts: [{ side: 'age' }] } });
    // How many rows there are is not told by the words either.
    expect(JSON.stringify(closedOne.health)).not.toContain('3 行');
    for (const id of ['sluices-secret', 'no-such-layer']) expect(await of(id)).toBeUndefined();
    const found = (await t.get('/api/portal/layers?sharing=conditional&department=ecology').expect(200)).body.items;
    expect(found.map((one: LayerEntry) => one.id)).toEqual(['pollution-sources']);
  });
  test('statistics count visitors and keys by day and by layer', async () => {
    await vi.waitFor(async () => {
      const { body } = await t.get('/api/portal/statistics').expect(200);
      expect(body.days).toEqual([{ day: '2026-11-24', requests: expect.any(Number), bytes: expect.any(Number) }]);
      expect(body.layers.find((one: { layer: string }) => one.layer === 'sluices')?.requests).toBeGreaterThanOrEqual(5);
      expect(body.layers.some((one: { layer: string }) => one.layer === 'sluices-secret')).toBe(false);
    });
  });
});
