// What must hold when many ask at once, hang up early or change things between two looks: applications, keys, the portal. Real HTTP and database.
import { get } from 'node:http';
import request from 'supertest';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createLayerTable, publishTable } from '../../geo-services/features/layers.pg.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
let [admin, water, ecology] = ['', '', ''];
const attributes = [{ name: 'name', title: '名称', type: 'text' as const }];

async function bringIn(
  id: string,
  sharing: 'unconditional' | 'conditional',
  state: 'draft' | 'applied' | 'published',
  rows = 1,
): Promise<void> {
  await t.db.database.transaction(async (tx) => {
    const table = await createLayerTable(tx, { id, attributes });
    await tx.query(
      `INSERT INTO ${table} (name, geom) SELECT repeat('闸', 2000), 'SRID=4490;POINT(123.4 41.7)' FROM generate_series(1, ${rows})`,
    );
    await publishTable(
      tx,
      {
        ...{ id, theme: 'water', title: { zh: `水闸 ${id}`, en: 'Sluices' }, geometry: 'point', attributes, sharing, state: 'draft' },
        ...{ department: 'water', source: '省水利厅', provenance: 'reported', metadata: {} },
      },
      table,
    );
    await tx.query('UPDATE layer SET state = $2 WHERE id = $1', [id, state]);
  });
}
beforeAll(async () => {
  t = await openTestHouse(await testDatabase(), { portal: true });
  admin = await t.token('admin', { adcode: '210000', departments: '*' });
  water = await t.token('steward', { adcode: '210000', departments: ['water'] });
  ecology = await t.token('steward', { adcode: '210000', departments: ['ecology'] });
  await bringIn('gates-draft', 'unconditional', 'draft');
  await bringIn('gates-applied', 'conditional', 'applied');
  await bringIn('gates', 'conditional', 'published');
  await bringIn('gates-many', 'unconditional', 'published', 5000);
  for (const [uid, lng] of [
    ['air-near', 123.43],
    ['air-far', 121.6],
  ] as const)
    await t.thing(uid, '210100', [lng, 41.8], { stream: 'ecology/air-quality' });
});
afterAll(() => t?.close());

test('forty applications at once are twenty of the day', async () => {
  const body = { layer: 'gates', purpose: '防汛调度研究', name: '李明', organisation: '设计院', contact: 'l@example.cn' };
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async () => (await request(t.url).post('/api/access-requests').send(body)).status),
  );
  expect(statuses.filter((status) => status === 201).length).toBe(20);
  expect(statuses.filter((status) => status === 429).length).toBe(20);
});
test('what lies before an approver is not changed under his hands', async () => {
  await t.call('patch', '/api/layers/gates-applied', water).send({ sharing: 'unconditional' }).expect(409);
});
test('a draft is shown at /ogc to whom the catalogue shows it', async () => {
  await t.get('/api/layers/gates-draft', ecology).expect(404);
  await t.get('/ogc/collections/gates-draft', ecology).expect(404);
  await t.get('/ogc/collections/gates-draft/items', ecology).expect(404);
  await t.get('/ogc/tiles/WebMercatorQuad/6/23/53?collections=gates-draft', ecology).expect(404);
  await t.get('/ogc/collections/gates-draft/items', water).expect(200);
});
test('a question whose asker hangs up counts as a call: the work was done', async () => {
  const used = async (): Promise<number> => {
    const { body } = await t.get('/api/api-usage?key=0&layer=gates-many', admin).expect(200);
    return body.items[0]?.requests ?? 0;
  };
  const before = await used();
  await new Promise<void>((gone) => {
    const asked = get(`${t.url}/ogc/collections/gates-many/items?limit=5000`);
    t.server.once('request', () => asked.destroy());
    asked.on('error', () => gone());
  });
  await vi.waitFor(async () => expect(await used()).toBe(before + 1));
});
test('a layer of a function is counted as it answers by default, not as its whole table', async () => {
  const { body } = await t.get('/api/layers/air-stations-near/health', admin).expect(200);
  expect(body.rows).toBe(1);
  const rows = async (id: string): Promise<number> => (await t.get(`/api/portal/layers?id=${id}`).expect(200)).body.items[0].health.rows;
  expect([await rows('air-stations'), await rows('air-stations-near')]).toEqual([2, 1]);
  // A list tells what was measured last, and measures behind the asker's back what was not yet.
  const listed = async (): Promise<(number | undefined)[]> =>
    ((await t.get('/api/portal/layers?q=air-stations').expect(200)).body.items as { health: { rows: number } | null }[]).map(
      ({ health }) => health?.rows,
    );
  await vi.waitFor(async () => expect(await listed()).toEqual([2, 1]), { timeout: 20_000 });
});
test('a revocation that a look at the key crosses stands', async () => {
  const key = await t.db.database.transaction((tx) =>
    t.auth.keys.issue(tx, {
      ...{ request: null, name: '测', layers: ['gates'], adcode: '210000', departments: ['water'], perDay: 100, perMinute: 100 },
      expires: t.now + 86_400_000,
    }),
  );
  // The row is read while it holds; by the time that it is kept it does not.
  const looking = t.auth.keys.use(key.key, 'gates');
  t.auth.keys.changed();
  await looking;
  await t.db.database.query('UPDATE api_key SET revoked = now() WHERE id = $1', [key.id]);
  await expect(t.auth.keys.use(key.key, 'gates')).rejects.toMatchObject({ code: 'unauthenticated' });
});
test('the list of layers and each layer say whether any of it is simulated', async () => {
  const marks = async (): Promise<boolean[]> => [
    (await t.get('/api/layers?q=air-stations', admin).expect(200)).body.items[0].simulated,
    (await t.get('/api/layers/air-stations', admin).expect(200)).body.simulated,
  ];
  expect(await marks()).toEqual([false, false]);
  await t.db.database.query("UPDATE layer SET provenance = 'simulated' WHERE id = 'gates'");
  const found = (await t.get('/api/layers?q=gates', admin).expect(200)).body.items as { id: string; simulated: boolean }[];
  expect(found.filter(({ simulated }) => simulated).map(({ id }) => id)).toEqual(['gates']);
  await t.thing('air-near', '210100', [123.43, 41.8], { stream: 'ecology/air-quality', provenance: 'simulated' });
  expect(await marks()).toEqual([true, true]);
});
test('statistics of fifty thousand keys count every one', async () => {
  const before = (await t.get('/api/portal/statistics').expect(200)).body.days.at(-1)?.requests ?? 0;
  await t.db.database.query(
    "INSERT INTO api_usage (api_key, layer, day, requests, refused, bytes) SELECT n, 'gates', '2026-11-24', 1, 0, 10 FROM generate_series(1000, 61000) AS n",
  );
  const { body } = await t.get('/api/portal/statistics').expect(200);
  expect(body.days.at(-1).requests - before).toBeGreaterThanOrEqual(60_001);
  expect(body.layers.find(({ layer }: { layer: string }) => layer === 'gates').requests).toBeGreaterThanOrEqual(60_001);
});
