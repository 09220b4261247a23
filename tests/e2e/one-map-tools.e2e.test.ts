// The tools of 一张图 on the real server and in a real browser: drawing, editing, undo, units, analysis on both sides, extrusion, search, links
// that bring everything back in another browser, and a change of the database that comes to the map by itself.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type PgDatabase } from '../../server/database/pool.pg.ts';
import { launchBrowser } from '../browser.ts';
import { adminPassword, databaseUrl, dataFolder, type RunningServer, startServer } from '../server.file.ts';

const folder = dataFolder();
let server: RunningServer;
let browser: Browser;
let page: Page;
let database: PgDatabase;
const errors: string[] = [];

async function freshPage(): Promise<Page> {
  const context: BrowserContext = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', permissions: ['clipboard-read', 'clipboard-write'] }); // biome-ignore format: one context
  await context.request.post(`${server.http}/api/session`, { data: { username: 'admin', password: adminPassword } });
  const made = await context.newPage();
  made.on('pageerror', (error) => errors.push(String(error)));
  return made;
}
beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '0']);
  database = openDatabase(databaseUrl(folder.path), { max: 1 });
  browser = await launchBrowser();
  page = await freshPage();
});
afterAll(async () => {
  await browser?.close();
  await database?.close();
  await server?.stop();
  folder.remove();
});
async function open(query: string, on: Page = page): Promise<void> {
  await on.goto(`${server.http}/console/one-map${query}`);
  await on.waitForSelector('.layer-map[data-idle="true"]', { timeout: 90_000 });
}
const text = (selector: string, on: Page = page): Promise<string> => on.locator(selector).first().innerText();
/** A place of the map, px from its middle. */
async function at(x: number, y: number): Promise<readonly [number, number]> {
  const box = await page.locator('.layer-map').first().boundingBox();
  if (!box) throw new Error('there is no map');
  return [box.x + box.width / 2 + x, box.y + box.height / 2 + y];
}
async function click(x: number, y: number): Promise<void> {
  await page.mouse.click(...(await at(x, y)));
}
async function drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  await page.mouse.move(...(await at(...from)));
  await page.mouse.down();
  await page.mouse.move(...(await at((from[0] + to[0]) / 2, (from[1] + to[1]) / 2)));
  await page.mouse.move(...(await at(...to)));
  await page.mouse.up();
}
interface Kept {
  readonly kind: string;
  readonly note: string;
  readonly geometry: { readonly type: string; readonly coordinates: number[][][] };
}
const kept = (on: Page = page): Promise<Kept[]> =>
  on.evaluate(() => JSON.parse(localStorage.getItem('one-map-drawings') ?? '[]') as Kept[]);
const ring = async (index: number): Promise<number[][]> => (await kept())[index]?.geometry.coordinates[0] ?? [];

describe('drawing', () => {
  test('makes points, lines, areas and circles, each step undone and done again', async () => {
    await open('?l=cities&z=10.00/41.5000/122.5000');
    await page.keyboard.press('p');
    await click(-200, -100);
    await page.keyboard.press('n');
    await click(-150, 0);
    await click(-50, 60);
    await page.keyboard.press('Enter');
    await page.keyboard.press('y');
    for (const [x, y] of [[0, -120], [120, -120], [120, 0], [0, 0]] as const) await click(x, y); // biome-ignore format: four corners
    await page.keyboard.press('Enter');
    await page.keyboard.press('c');
    await click(60, 120);
    await click(110, 120);
    await expect
      .poll(async () => (await kept()).map(({ geometry }) => geometry.type))
      .toEqual(['Point', 'LineString', 'Polygon', 'Polygon']);
    // A circle is as far from its middle everywhere.
    const round = await ring(3);
    const middle = [0, 1].map((axis) => round.slice(1).reduce((sum, corner) => sum + (corner[axis] ?? 0), 0) / (round.length - 1));
    const cosine = Math.cos((41.4 * Math.PI) / 180);
    const radii = round.map(([x = 0, y = 0]) => Math.hypot((x - (middle[0] ?? 0)) * cosine, y - (middle[1] ?? 0)));
    expect(round.length).toBeGreaterThan(40);
    expect(Math.max(...radii) / Math.min(...radii)).toBeLessThan(1.01);
    await page.keyboard.press('v');
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    expect(await kept()).toHaveLength(2);
    await page.keyboard.press('Control+y');
    expect(await kept()).toHaveLength(3);
    await page.keyboard.press('Control+Shift+z');
    expect(await kept()).toHaveLength(4);
  });
  test('moves a corner, makes one of a middle, takes one out, and all of it back', async () => {
    const before = await ring(2);
    expect(before).toHaveLength(5);
    await page.locator('[data-drawing]').nth(2).getByLabel('改形').click();
    await drag([120, 0], [180, 60]);
    await expect.poll(async () => (await ring(2))[2]?.[0]).toBeGreaterThan((before[2]?.[0] ?? 0) + 0.02);
    expect((await ring(2)).filter((_, k) => k !== 2)).toEqual(before.filter((_, k) => k !== 2));
    // The middle of the upper side.
    await drag([60, -120], [60, -180]);
    await expect.poll(async () => (await ring(2)).length).toBe(6);
    await page.keyboard.press('Delete');
    await expect.poll(async () => (await ring(2)).length).toBe(5);
    for (let step = 0; step < 3; step++) await page.keyboard.press('Control+z');
    expect(await ring(2)).toEqual(before);
    await page.keyboard.press('Escape');
    await page.locator('[data-drawing]').nth(3).getByLabel('删去').click();
    expect(await kept()).toHaveLength(3);
    await page.getByRole('button', { name: '撤销' }).click();
    expect(await kept()).toHaveLength(4);
  });
  test('says its figures in the unit that is chosen', async () => {
    const figures = (): Promise<string> => page.locator('[data-drawing]').nth(2).locator('[data-role="figures"]').innerText();
    const number = async (): Promise<number> => Number.parseFloat((await figures()).replaceAll('\u202f', ''));
    expect(await figures()).toMatch(/^[\d.]+ km²，周长 [\d.]+ km$/);
    const squareKilometres = await number();
    await page.selectOption('[aria-label="面积单位"]', 'mu');
    await page.selectOption('[aria-label="长度单位"]', 'nmi');
    expect(await figures()).toMatch(/ 亩，周长 [\d.]+ n mile$/);
    expect((await number()) / squareKilometres).toBeCloseTo(1500, -1);
    await page.reload();
    await page.keyboard.press('3');
    await expect.poll(figures).toMatch(/ 亩，/);
  });
});

describe('analysis', () => {
  test('of one shape and few rows is done in the page, of more on the server, and both agree', async () => {
    const posted: string[] = [];
    page.on('request', (request) => request.url().includes('/api/analysis/') && posted.push(request.url()));
    await open('?l=cities&on=places&tab=analysis&area=122,41,124,41,124,42.5,122,42.5');
    await page.selectOption('[aria-label="区域"]', 'area');
    await page.getByRole('button', { name: '计算' }).click();
    const count = (): Promise<number> => page.locator('[data-region="圈定范围"] td:nth-child(2)').innerText().then(Number);
    await expect.poll(() => text('[data-role="analysis-place"]')).toMatch(/在页面内算/);
    const inPage = await count();
    expect(posted).toEqual([]);
    const answer = await page.request.post(`${server.http}/api/analysis/statistics`, {
      data: { rows: { layer: 'places' }, regions: { geometry: { type: 'Polygon', coordinates: [[[122, 41], [124, 41], [124, 42.5], [122, 42.5], [122, 41]]] } } },
    }); // biome-ignore format: one question
    expect(inPage).toBeGreaterThan(0);
    expect(((await answer.json()) as { regions: { count: number }[] }).regions[0]?.count).toBe(inPage);
    await page.getByRole('button', { name: '缓冲' }).first().click();
    await page.selectOption('[aria-label="图形来源"]', 'area');
    await page.getByRole('button', { name: '计算' }).click();
    await expect.poll(() => text('[data-role="analysis-summary"]')).toMatch(/合计 [\d.]+ km².*在页面内算/s);
    await page.selectOption('[aria-label="图形来源"]', 'layer');
    await page.getByRole('button', { name: '计算' }).click();
    await expect.poll(() => text('[data-role="analysis-summary"]')).toMatch(/在服务端算/);
    expect(posted).toHaveLength(1);
  });
});

describe('the map', () => {
  test('goes to a place that was typed, and searches inside what was drawn', async () => {
    await open('?l=cities');
    await page.fill('[aria-label="检索"]', '123.43 41.8');
    await page.click('[data-role="place"]');
    await expect.poll(() => new URL(page.url()).searchParams.get('z')).toMatch(/^\d+\.\d+\/41\.8\d*\/123\.4/);
    const found = (): Promise<string[]> => page.locator('.search-results .row .name').allInnerTexts();
    await page.fill('[aria-label="检索"]', '阳');
    await expect.poll(found).toContain('朝阳市');
    await open(`?l=cities&q=${encodeURIComponent('阳')}&area=123,41.3,124,41.3,124,42,123,42`);
    await expect.poll(found).toContain('沈阳市');
    expect(await found()).not.toContain('朝阳市');
  });
  test('is moved by the arrows when it has the focus', async () => {
    await open('?l=cities&z=9.00/41.5000/122.5000');
    await page.locator('.layer-map').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => Number(new URL(page.url()).searchParams.get('z')?.split('/')[2])).toBeGreaterThan(122.5);
    await page.keyboard.press('+');
    await expect.poll(() => Number(new URL(page.url()).searchParams.get('z')?.split('/')[0])).toBe(10);
  });
  test('stands an attribute up, turned as the link says, and draws itself anew after a commit', async () => {
    const looks = { 'sea-depth': { colour: '#00779e', width: 1, classes: null } };
    await open(
      `?l=sea-depth&on=sea-depth&tab=style&3d=1&turn=30,40&z=9.00/41.5000/122.5000&looks=${encodeURIComponent(JSON.stringify(looks))}`,
    );
    await page.selectOption('[aria-label="高度属性"]', 'depth');
    await page.fill('[aria-label="每单位高度，米"]', '25');
    await page.keyboard.press('Tab');
    await expect.poll(() => new URL(page.url()).searchParams.get('looks')).toContain('"metres":25');
    expect(new URL(page.url()).searchParams.get('turn')).toBe('30,40');
    await page.waitForSelector('.layer-map[data-idle="true"]');
    await page.waitForTimeout(1500);
    // Where there was only land, and nothing in the tile.
    const again = page.waitForResponse(
      async (response) =>
        response.url().includes('/collections/sea-depth/tiles/') && response.status() === 200 && (await response.body()).length > 0,
      { timeout: 20_000 },
    );
    await database.query(
      `INSERT INTO sea_depth (depth, geom, geom_3857) SELECT 7, g, ST_Transform(g, 3857) FROM (SELECT ST_Multi(ST_MakeEnvelope(122.4, 41.4, 122.6, 41.6, 4490)) AS g) AS made`,
    );
    await again;
  });
});

test('a link brings all of it to another browser, drawings too', async () => {
  await open(
    '?cmp=swipe&l=rivers:70,cities&r=lakes&on=rivers&table=1&sort=-name&f=rank%20%3E%200&cut=50&span=week&tab=analysis&z=8.50/41.2000/122.9000&theme=dark&3d=1&turn=-20,45&in=1',
  );
  const curtain = page.locator('[aria-label="卷帘位置"]');
  await curtain.focus();
  for (let k = 0; k < 5; k++) await page.keyboard.press('ArrowLeft');
  await expect.poll(() => new URL(page.url()).searchParams.get('cut')).toBe('40');
  await page.getByRole('button', { name: /发链接/ }).click();
  await expect.poll(() => text('.state-bar')).toContain('链接已复制');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await freshPage();
  await other.goto(link);
  await other.waitForSelector('[data-drawing]');
  expect(await kept(other)).toMatchObject((await kept()).map(({ kind, note }) => ({ kind, note })));
  // What the link brought is this browser's own now: deleted, it does not come back.
  await expect.poll(() => new URL(other.url()).searchParams.get('d')).toBeNull();
  const [here, there] = [page, other].map((one) => Object.fromEntries(new URL(one.url()).searchParams));
  expect(there).toEqual(here);
  expect(await other.locator('[aria-label="卷帘位置"]').getAttribute('aria-valuenow')).toBe('40');
  expect(await other.locator('[data-shown]').evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['shown']))).toEqual(['rivers', 'cities']); // biome-ignore format: one list
  await expect.poll(() => other.locator('th[aria-sort="descending"]').innerText()).toContain('名称');
  expect(errors).toEqual([]);
});
