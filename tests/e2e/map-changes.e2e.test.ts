// A committed row is on an open page: the tiles it touches are asked for again and come fresh, the others are left alone.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type PgDatabase } from '../../server/database/pool.pg.ts';
import { launchBrowser } from '../browser.ts';
import { adminPassword, databaseUrl, dataFolder, type RunningServer, startServer } from '../server.file.ts';

const folder = dataFolder();
let server: RunningServer;
let browser: Browser;
let page: Page;
let database: PgDatabase;
/** Tiles that the page has asked for and been given: `z/row/column`. */
const tiles: string[] = [];

beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '0']);
  database = openDatabase(databaseUrl(folder.path), { max: 1 });
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, reducedMotion: 'reduce' });
  await context.request.post(`${server.http}/api/session`, { data: { username: 'admin', password: adminPassword } });
  page = await context.newPage();
  page.on('response', (response) => {
    const address = /\/tiles\/WebMercatorQuad\/(\d+\/\d+\/\d+)/.exec(response.url())?.[1];
    if (address && response.ok()) tiles.push(address);
  });
  await page.goto(`${server.http}/console/ecology?z=9.00/41.9000/123.0000`);
});
afterAll(async () => {
  await browser?.close();
  await database?.close();
  await server?.stop();
  folder.remove();
});

test('a new reservoir is drawn without a hand on the page, and only where it lies', async () => {
  // Whatever the page still loads is loaded, and its line is up.
  await expect.poll(() => tiles.length, { timeout: 60_000 }).toBeGreaterThan(3);
  let before = -1;
  while (before !== tiles.length) {
    before = tiles.length;
    await page.waitForTimeout(1500);
  }
  const all = new Set(tiles);
  tiles.length = 0;
  await database.query(
    `INSERT INTO lake (name, geom, geom_3857) SELECT '试验水库', g, ST_Transform(g, 3857) FROM (SELECT ST_Multi(ST_MakeEnvelope(123.5, 41.9, 123.6, 42.0, 4490)) AS g) AS made`,
  );
  await expect.poll(() => tiles.length, { timeout: 20_000 }).toBeGreaterThan(0);
  await page.waitForTimeout(1500);
  const asked = new Set(tiles);
  expect(asked.size).toBeLessThan(all.size / 2);
  const holds = (address: string): boolean => {
    const [z = 0, y = 0, x = 0] = address.split('/').map(Number);
    const column = ((123.55 + 180) / 360) * 2 ** z;
    const row = ((1 - Math.asinh(Math.tan((41.95 * Math.PI) / 180)) / Math.PI) / 2) * 2 ** z;
    return Math.abs(column - x - 0.5) < 0.7 && Math.abs(row - y - 0.5) < 0.7;
  };
  expect([...asked].filter((address) => !holds(address))).toEqual([]);
  const body = await page.evaluate(
    (address) =>
      fetch(`/ogc/collections/lakes/tiles/WebMercatorQuad/${address}`)
        .then((answer) => answer.arrayBuffer())
        .then((bytes) => new TextDecoder().decode(bytes)),
    [...asked].find(holds) ?? '',
  );
  expect(body).toContain('试验水库');
});
