// Tiles answered before the app: the same answer as through it, and the whole way again as soon as anything behind it has changed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gridTileAt, matrixSets } from '../../geo-services/tiles/matrix-sets.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
let [admin, monitor] = ['', ''];
const whole = { adcode: '210000', departments: '*' } as const;
const at = (z: number, lng: number, lat: number): string => {
  const { x, y } = gridTileAt(matrixSets.get('WebMercatorQuad')!, z, [lng, lat]);
  return `${z}/${y}/${x}`;
};
const riverTile = `/ogc/collections/rivers/tiles/WebMercatorQuad/${at(10, 123.4, 41.8)}`;
const towerTile = `/ogc/collections/watchtowers/tiles/WebMercatorQuad/${at(10, 123.4567, 41.7654)}`;
const heard = () => new Promise((done) => setTimeout(done, 150));
beforeAll(async () => {
  t = await openTestHouse(await testDatabase(), { portal: true });
  admin = await t.token('admin', whole);
  monitor = await t.token('monitor', whole);
  await t.db.database.query(
    `INSERT INTO watchtower (adcode, name, sight, contact, phone, geom) VALUES ('210100', '一号塔', 8000, '张三', '13800000000', ST_SetSRID(ST_MakePoint(123.4567, 41.7654), 4490))`,
  );
  await t.db.database.query(
    `INSERT INTO river (name, rank, geom, geom_3857) SELECT '甲河', 1, geom, ST_Transform(geom, 3857)
     FROM (SELECT ST_Multi(ST_GeomFromText('LINESTRING(123.3 41.7, 123.5 41.9)', 4490)) AS geom) AS drawn`,
  );
});
afterAll(() => t?.close());

interface Got {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}
async function get(path: string, token: string | null, more: Record<string, string> = {}): Promise<Got> {
  const answer = await fetch(t.url + path, { headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...more } });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: Buffer.from(await answer.arrayBuffer()) };
}
/** Through the app, and as it is known. */
async function twice(path: string, token: string): Promise<[Got, Got]> {
  return [await get(path, token), await get(path, token)];
}

describe('a kept tile', () => {
  test('is answered with the same headers and bytes as through the app', async () => {
    const [through, kept] = await twice(riverTile, monitor);
    expect(through.status).toBe(200);
    expect(through.body.length).toBeGreaterThan(40);
    for (const { headers } of [through, kept]) delete headers['date'];
    expect(kept).toEqual(through);
    expect(kept.headers['content-encoding']).toBe('gzip');
    const plain = await get(riverTile, monitor, { 'accept-encoding': 'identity' });
    expect([plain.headers['content-encoding'], plain.body.equals(kept.body)]).toEqual([undefined, true]);
    await t
      .get(riverTile, monitor)
      .set('If-None-Match', kept.headers['etag'] ?? '')
      .expect(304);
    expect((await get(`${riverTile}?datetime=nonsense`, monitor)).status).toBe(400);
  });
  test('is another as soon as a row under it has changed, and keeps no stranger from being refused', async () => {
    const [, before] = await twice(riverTile, monitor);
    await t.db.database.query("UPDATE river SET name = '乙河' WHERE name = '甲河'");
    await heard();
    const after = await get(riverTile, monitor);
    expect([before.body.includes('甲河'), after.body.includes('甲河'), after.body.includes('乙河')]).toEqual([true, false, true]);
    expect((await get(riverTile, 'A'.repeat(43))).status).toBe(401);
  });
  test('is made anew for a viewer whose grants changed', async () => {
    const [masked] = await twice(towerTile, monitor);
    expect(masked.body.includes('13800000000')).toBe(false);
    const { body } = await t
      .post('/api/grants', admin, { layer: 'watchtowers', to: { role: 'monitor' }, view: 'full', reason: '巡查' })
      .expect(201);
    await heard();
    expect((await get(towerTile, monitor)).body.includes('13800000000')).toBe(true);
    await t.call('delete', `/api/grants/${body.id}`, admin).expect(204);
    await heard();
    expect((await twice(towerTile, monitor)).some((one) => one.body.includes('13800000000'))).toBe(false);
  });
  test('opens nothing to a session that has ended', async () => {
    const token = await t.token('monitor', whole);
    expect((await twice(riverTile, token)).map(({ status }) => status)).toEqual([200, 200]);
    await t.call('delete', '/api/session', token);
    expect((await get(riverTile, token)).status).toBe(401);
  });
  test('of a key that was sent beside a session is not kept for the session', async () => {
    const narrow = await t.token('monitor', { adcode: '210600', departments: '*' });
    const { key } = await t.db.database.transaction((tx) =>
      t.auth.keys.issue(tx, {
        ...{ request: null, name: '测', layers: ['watchtowers'], adcode: '210000', departments: ['forestry'], perDay: 100, perMinute: 100 },
        expires: t.now + 86_400_000,
      }),
    );
    const carried: Record<string, string>[] = [{ cookie: `liaozhi_session=${narrow}` }, { authorization: `Bearer ${narrow}` }];
    for (const cookie of carried) {
      for (const [path, more] of [
        [towerTile, { apikey: key }],
        [`${towerTile}?apikey=${key}`, {}],
      ] as [string, Record<string, string>][])
        expect((await get(path, null, { ...cookie, ...more })).body.includes('一号塔')).toBe(true);
      expect((await get(towerTile, null, cookie)).body.length).toBe(0);
    }
  });
  test('is counted for visitors, who go the whole way each time', async () => {
    const first = await get(riverTile, null);
    expect(first.status).toBe(200);
    const asked = await Promise.all(Array.from({ length: 1300 }, () => get(riverTile, null)));
    expect(asked.some(({ status }) => status === 429)).toBe(true);
  });
});
