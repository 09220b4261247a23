// /api/grants through the real house: who may grant what, what is refused, and that the map heeds it with the next request.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import { openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
const tokens = { admin: '', forester: '', monitor: '' };
const whole = { adcode: '210000', departments: '*' } as const;
beforeAll(async () => {
  t = await openTestHouse(await testDatabase(), { portal: true });
  tokens.admin = await t.token('admin', whole);
  tokens.forester = await t.token('steward', { adcode: '210000', departments: ['forestry'] });
  tokens.monitor = await t.token('monitor', whole);
  await t.db.database.query(
    `INSERT INTO watchtower (adcode, name, sight, contact, phone, geom) VALUES ('210100', '一号塔', 8000, '张三', '13800000000', ST_SetSRID(ST_MakePoint(123.4567, 41.7654), 4490))`,
  );
});
afterAll(() => t?.close());

const grant = (over: object = {}) => ({ layer: 'watchtowers', to: { role: 'monitor' }, view: 'full', reason: '联合巡查', ...over });
const towers = () => t.get('/ogc/collections/watchtowers/items', tokens.monitor);
const heard = () => new Promise((done) => setTimeout(done, 150));

describe('grants', () => {
  test('lift the mask of a sensitive layer while they stand, and are audited', async () => {
    expect((await towers().expect(200)).text).not.toContain('13800000000');
    const { body } = await t.post('/api/grants', tokens.forester, grant()).expect(201);
    expect(body).toMatchObject({ layer: 'watchtowers', to: { role: 'monitor' }, view: 'full', reason: '联合巡查', expires: null });
    await heard();
    expect((await towers().expect(200)).text).toContain('13800000000');
    expect((await t.get('/api/grants?layer=watchtowers', tokens.admin).expect(200)).body.items).toHaveLength(1);
    await t.call('delete', `/api/grants/${body.id}`, tokens.forester).expect(204);
    await heard();
    expect((await towers().expect(200)).text).not.toContain('13800000000');
    await new Promise((done) => setTimeout(done, 700));
    const acts = await t.db.database.query<{ act: string; target: string }>(
      "SELECT act, target FROM audit WHERE target LIKE 'grant/%' OR target = 'ogc/watchtowers/items' ORDER BY id",
    );
    expect(acts.map(({ act, target }) => `${act} ${target}`)).toEqual(
      expect.arrayContaining([`write grant/${body.id}`, 'read-restricted ogc/watchtowers/items']),
    );
  });
  test('with a fence, an end and attributes come back as they were given', async () => {
    const fence = { type: 'Polygon', coordinates: [[[123, 41], [124, 41], [124, 42], [123, 41]]] }; // biome-ignore format: a ring
    const given = grant({
      view: 'masked',
      to: { user: 'wang' },
      fence,
      precisionMetres: 500,
      onlyAttributes: ['name'],
      expires: '2036-01-01T00:00:00+08:00',
    });
    const { body } = await t.post('/api/grants', tokens.admin, given).expect(201);
    expect(body).toMatchObject({ precisionMetres: 500, onlyAttributes: ['name'], expires: '2036-01-01T00:00:00.000+08:00' });
    expect(body.fence).toEqual({ type: 'MultiPolygon', coordinates: [fence.coordinates] });
  });
  const line = { type: 'Polygon', coordinates: [[[123, 41], [124, 41], [123, 41], [123, 41]]] }; // biome-ignore format: a ring
  test.each([
    ['by who is neither steward nor administrator', 'monitor', grant(), 403],
    ['of another department’s layer', 'forester', grant({ layer: 'minerals' }), 403],
    ['of every layer by a steward', 'forester', grant({ layer: '*' }), 403],
    ['of a theme by a steward', 'forester', grant({ layer: 'theme:forestry' }), 403],
    ['of a layer that is not there', 'admin', grant({ layer: 'no-such' }), 404],
    ['without a reason', 'admin', grant({ reason: ' ' }), 400],
    ['of an attribute that is not there', 'admin', grant({ hiddenAttributes: ['x'] }), 400],
    ['that ended yesterday', 'admin', grant({ expires: '2020-01-01T00:00:00Z' }), 400],
    ['that ends some day', 'admin', grant({ expires: 'tomorrow' }), 400],
    ['within a fence without area', 'admin', grant({ fence: line }), 400],
    ['within a fence of no numbers', 'admin', grant({ fence: { type: 'Polygon', coordinates: [['a']] } }), 400],
    ['within a fence off the earth', 'admin', grant({ fence: { type: 'Polygon', coordinates: [[[0, 0], [500, 0], [500, 9], [0, 0]]] } }), 400], // biome-ignore format: a case a line
    ['of no known view', 'admin', grant({ view: 'half' }), 400],
    ['to a role that is none', 'admin', grant({ to: { role: 'king' } }), 400],
  ])('%s is refused', async (_, who, body, status) => {
    await t.post('/api/grants', tokens[who as keyof typeof tokens], body).expect(status);
  });
  test('nobody lifts a mask for himself', async () => {
    const { user } = (await t.get('/api/session', tokens.admin).expect(200)).body.identity;
    await t.post('/api/grants', tokens.admin, grant({ to: { user } })).expect(403);
    await t.post('/api/grants', tokens.admin, grant({ to: { user: `${user}x` } })).expect(201);
  });
  test('that take a layer away take it out of the catalogue and the portal too, and out of applying', async () => {
    const ids = async (path: string, token?: string): Promise<string[]> =>
      (await t.get(path, token).expect(200)).body.items.map(({ id }: { id: string }) => id);
    const [all, open] = ['/api/layers?limit=1000', '/api/portal/layers?q=minerals'];
    expect(await ids(all, tokens.monitor)).toContain('minerals');
    expect(await ids(open)).toContain('minerals');
    const { body } = await t.post('/api/grants', tokens.admin, grant({ layer: 'minerals', view: 'none', to: {} })).expect(201);
    await heard();
    expect(await ids(all, tokens.monitor)).not.toContain('minerals');
    expect(await ids(open)).not.toContain('minerals');
    expect(await ids('/api/portal/layers?id=minerals')).toEqual([]);
    await t.get('/api/layers/minerals', tokens.monitor).expect(404);
    const wish = { layer: 'minerals', purpose: '找矿远景区研究', name: '李明', organisation: '设计院', contact: 'l@example.cn' };
    await t.post('/api/access-requests', tokens.monitor, wish).expect(404);
    // Who looks after it sees it still.
    expect(await ids(all, tokens.admin)).toContain('minerals');
    await t.call('delete', `/api/grants/${body.id}`, tokens.admin).expect(204);
    await heard();
    expect(await ids(all, tokens.monitor)).toContain('minerals');
  });
  test('what another looks after is not there to be taken away', async () => {
    const { body } = await t.post('/api/grants', tokens.admin, grant({ layer: '*', view: 'masked', to: { role: 'planner' } })).expect(201);
    await t.call('delete', `/api/grants/${body.id}`, tokens.forester).expect(404);
    expect((await t.get('/api/grants', tokens.forester).expect(200)).body.items.some(({ layer }: { layer: string }) => layer === '*')).toBe(
      false,
    );
    await t.call('delete', `/api/grants/${body.id}`, tokens.admin).expect(204);
  });
});
