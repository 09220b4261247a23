// The attribute table of 一张图 over a million rows of a real layer: every row can be reached by bar, jump, key and order, and what it narrows
// is narrowed on the map; and the past is played from the same rows.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLayerTable, type LayerDraft, publishTable } from '../../geo-services/features/layers.pg.ts';
import { openDatabase, type PgDatabase } from '../../server/database/pool.pg.ts';
import { launchBrowser } from '../browser.ts';
import { adminPassword, databaseUrl, dataFolder, type RunningServer, startServer } from '../server.file.ts';

const many = 1_000_000;
const draft: LayerDraft = {
  ...{ id: 'million', theme: 'ecology', title: { zh: '百万点', en: 'Million' }, geometry: 'point', department: 'ecology' },
  attributes: [
    { name: 'name', title: '名称', type: 'text' },
    { name: 'size', title: '数值', type: 'double precision' },
    { name: 'part', title: '分区', type: 'bigint' },
  ],
  ...{ source: '试验数据', provenance: 'simulated', sharing: 'unconditional', state: 'published' },
};

const folder = dataFolder();
let server: RunningServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let database: PgDatabase;
const errors: string[] = [];

beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '0']);
  database = openDatabase(databaseUrl(folder.path), { max: 1 });
  // Sizes are a permutation of the numbers; every thousandth row came 50 minutes ago, the others ten.
  const small: LayerDraft = { ...draft, id: 'thousands', title: { zh: '几千点', en: 'Thousands' } };
  for (const [layer, rows] of [
    [draft, many],
    [small, 5000],
  ] as const) {
    const table = await createLayerTable(database, layer);
    await database.query(
      `INSERT INTO ${table} (name, size, part, since, geom)
       SELECT '点' || n, (n * 7919::bigint) % ${rows}, CASE WHEN n % 1000 = 0 THEN 1 ELSE 2 END,
         now() - CASE WHEN n % 1000 = 0 THEN interval '50 minutes' ELSE interval '10 minutes' END,
         ST_SetSRID(ST_MakePoint(119 + (n % 1000) * 0.006, 39 + (n / 1000) * 0.004), 4490)
       FROM generate_series(1, ${rows}) AS n`,
    );
    await publishTable(database, layer, table);
  }
  browser = await launchBrowser();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  await context.request.post(`${server.http}/api/session`, { data: { username: 'admin', password: adminPassword } });
  page = await context.newPage();
  page.on('pageerror', (error) => errors.push(String(error)));
});
afterAll(async () => {
  await browser?.close();
  await database?.close();
  await server?.stop();
  folder.remove();
});
const open = async (query: string): Promise<void> => {
  await page.goto(`${server.http}/console/one-map?${new URLSearchParams(query)}`);
  await page.waitForSelector('.layer-map[data-idle="true"]', { timeout: 90_000 });
};
const text = (selector: string): Promise<string> => page.locator(selector).first().innerText();
/** Names of the rows that are drawn, first to last. */
const names = (): Promise<string[]> => page.locator('.attribute-table tbody td:nth-child(2)').allInnerTexts();
const rowNumber = (): Promise<number> => page.locator('.attribute-table tbody tr').first().getAttribute('aria-rowindex').then(Number);

describe('the table of a million rows', () => {
  test('counts to the end, draws a handful, and reaches the last row by key and any row by jump', async () => {
    await open('l=cities&on=million&table=1');
    await expect.poll(() => text('[data-role="row-count"]'), { timeout: 60_000 }).toBe('1\u202f000\u202f000');
    expect(await page.locator('.attribute-table tbody tr').count()).toBeLessThan(60);
    await expect.poll(async () => (await names())[0], { timeout: 30_000 }).toBe('点1');
    expect(await text('.attribute-table .demo-tag')).toBe('模拟');
    await page.locator('.attribute-table .body').focus();
    await page.keyboard.press('End');
    await expect.poll(async () => (await names()).at(-1), { timeout: 60_000 }).toBe('点1000000');
    await page.fill('[aria-label="跳至第几行"]', '700301');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await names())[0], { timeout: 60_000 }).toBe('点700301');
    expect(await rowNumber()).toBe(700_301);
    // A turn of the wheel in a list whose bar has three rows to a pixel still moves by rows.
    await page.locator('.attribute-table .body').hover();
    await page.mouse.wheel(0, 104);
    await expect.poll(async () => (await names())[0], { timeout: 30_000 }).toBe('点700305');
    await page.locator('.attribute-table .body').evaluate((body) => {
      body.scrollTop = body.scrollHeight / 2;
    });
    await expect.poll(async () => Math.abs((await rowNumber()) - many / 2)).toBeLessThan(20);
    await expect.poll(async () => (await names())[0], { timeout: 30_000 }).toMatch(/^点(499|500)\d{3}$/);
  });
  test('is ordered by the server, and the link brings the order back', async () => {
    await page.click('[data-sort="size"]');
    await page.click('[data-sort="size"]');
    await expect.poll(() => new URL(page.url()).searchParams.get('sort')).toBe('-size');
    const sizes = (): Promise<string[]> => page.locator('.attribute-table tbody td:nth-child(3)').allInnerTexts();
    await expect.poll(async () => (await sizes()).slice(0, 3), { timeout: 60_000 }).toEqual(['999999', '999998', '999997']);
    await page.fill('[aria-label="跳至第几行"]', '900001');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await sizes())[0], { timeout: 60_000 }).toBe('99999');
    await page.reload();
    await expect.poll(async () => (await sizes())[0], { timeout: 60_000 }).toBe('999999');
    expect(await page.locator('th[aria-sort="descending"]').innerText()).toContain('数值');
  });
  test('is narrowed together with the map: a few rows whole, of many those in tiles', async () => {
    await open(`l=million&on=million&table=1&z=10.00/41.0000/122.0000&f=${encodeURIComponent('part = 1')}`);
    await expect.poll(() => text('[data-role="row-count"]'), { timeout: 60_000 }).toBe('1\u202f000');
    await expect.poll(() => text('[data-role="narrowed"]'), { timeout: 30_000 }).toBe('图上仅示相符 1000 个');
    const narrowed = page.waitForRequest((request) => request.url().includes('/ogc/collections/million/items?') && request.url().includes('limit=10000')); // biome-ignore format: one request
    await page.reload();
    expect(decodeURIComponent((await narrowed).url())).toContain('filter=part+=+1');
    await page.fill('[aria-label="CQL2 条件"]', 'size < 500000');
    await page.keyboard.press('Enter');
    await expect.poll(() => text('[data-role="narrowed"]'), { timeout: 60_000 }).toBe('图上仅示相符要素，聚合点不显示');
    await page.fill('[aria-label="CQL2 条件"]', 'size + 1 < 500000');
    await page.keyboard.press('Enter');
    await expect.poll(() => text('[data-role="narrowed"]'), { timeout: 60_000 }).toMatch(/^图上未筛选/);
  });
});

describe('the past', () => {
  test('plays forward at its pace, says its time on the map, and waits for the map', async () => {
    await open('l=thousands&on=thousands&span=hour&z=10.00/39.1000/122.0000');
    expect(await text('[data-role="moment"]')).toMatch(/^现状 /);
    const asked: string[] = [];
    page.on('request', (request) => {
      const at = new URL(request.url()).searchParams.get('datetime');
      if (at && request.url().includes('/thousands/tiles/')) asked.push(at);
    });
    await page.selectOption('[aria-label="播放速度"]', '60000');
    await page.getByRole('button', { name: '播放', exact: true }).click();
    const moment = (): Promise<number> =>
      text('[data-role="moment"]').then((said) => Date.parse(`${said.replace('图上为 ', '').replace(' ', 'T')}+08:00`));
    await expect.poll(moment, { timeout: 30_000 }).toBeGreaterThan(0);
    const start = await moment();
    await expect.poll(moment, { timeout: 60_000 }).toBeGreaterThanOrEqual(start + 3 * 60_000);
    await page.keyboard.press('Space');
    const stopped = await moment();
    await page.waitForTimeout(2500);
    expect(await moment()).toBe(stopped);
    // Each step is a moment of its own, a minute behind the one before it, and the tiles on the map were asked for it.
    const moments = [...new Set(asked)].map((at) => Date.parse(at));
    expect(moments.length).toBeGreaterThanOrEqual(3);
    expect(moments.slice(1).every((at, k) => at - (moments[k] ?? 0) === 60_000)).toBe(true);
    expect(new URL(page.url()).searchParams.get('span')).toBe('hour');
    await page.keyboard.press('0');
    await expect.poll(() => text('[data-role="moment"]')).toMatch(/^现状 /);
    await page.keyboard.press('[');
    await expect.poll(() => text('[data-role="moment"]')).toMatch(/^图上为 /);
  });
  test('is picked from a Chinese calendar in an English browser', async () => {
    await page.keyboard.press('0');
    await page.click('[aria-label="图上时刻"]');
    await page.waitForSelector('.moment-popper:visible');
    expect(await page.locator('.moment-popper:visible th').allInnerTexts()).toEqual(['日', '一', '二', '三', '四', '五', '六']);
    await page.fill('[aria-label="图上时刻"]', '2026-01-02 03:04:05');
    await page.keyboard.press('Enter');
    await expect.poll(() => text('[data-role="moment"]')).toBe('图上为 2026-01-02 03:04:05');
    await expect.poll(() => new URL(page.url()).searchParams.get('at')).toBe('2026-01-02T03:04:05+08:00');
    expect(errors).toEqual([]);
  });
});
