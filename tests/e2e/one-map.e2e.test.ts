// The one-map console as a planner uses it, on the real server: counts and figures read off the page, and the link that brings all of it back.
import { readFileSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminPassword, dataFolder, type RunningServer, startServer } from '../server.file.ts';

const folder = dataFolder();
let server: RunningServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const errors: string[] = [];
beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '1']);
  const flags = ['--no-sandbox', '--disable-gpu', '--enable-unsafe-swiftshader', '--disable-quic', '--hide-scrollbars'];
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', acceptDownloads: true });
  await context.request.post(`${server.http}/api/session`, { data: { username: 'admin', password: adminPassword } });
  page = await context.newPage();
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${server.http}/`)) errors.push(`outside: ${request.url()}`);
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  folder.remove();
});
const open = async (query: string): Promise<void> => {
  await page.goto(`${server.http}/console/one-map${query}`);
  await page.waitForSelector('.layer-map[data-idle="true"]', { timeout: 90_000 });
};
const text = (selector: string): Promise<string> => page.locator(selector).first().innerText();
const count = (): Promise<string> => text('[data-role="row-count"]');
async function saved(button: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download', { timeout: 90_000 }),
    page.getByRole('button', { name: button }).click(),
  ]);
  return (await download.path()) ?? '';
}

describe('the one-map console', () => {
  test('lists the layers by theme and by department, and the address carries what is shown', async () => {
    await open('');
    const catalogue = (await (await context.request.get(`${server.http}/ogc/collections?f=json`)).json()) as {
      collections: { itemType: string }[];
    };
    const layers = catalogue.collections.filter(({ itemType }) => itemType === 'feature').length;
    await expect.poll(() => page.locator('[data-layer]').count()).toBe(layers);
    expect(await page.locator('.layer-tree h3').allInnerTexts()).toContainEqual(expect.stringMatching(/^行政区划/));
    await page.keyboard.press('g');
    await expect.poll(() => page.locator('.layer-tree h3').allInnerTexts()).toContainEqual(expect.stringMatching(/^省生态环境厅/));
    await page.check('[data-layer="rivers"] input');
    await expect.poll(() => new URL(page.url()).searchParams.get('l')).toBe('rivers,air-stations,water-gauges,cities:60');
    await page.reload();
    await expect.poll(() => page.locator('[data-shown]').evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['shown']))).toEqual(['rivers', 'air-stations', 'water-gauges', 'cities']); // biome-ignore format: one list
  });
  test('says what lies under a click, in table and map alike', async () => {
    await open('?l=cities&table=1&z=8.00/41.3000/122.0000');
    await expect.poll(count).toBe('14');
    const box = await page.locator('.layer-map').boundingBox();
    await page.mouse.click((box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2);
    await page.waitForSelector('[data-role="feature-name"]');
    const name = await text('[data-role="feature-name"]');
    expect(name).toMatch(/市$/);
    expect(await text('.attribute-table tr[aria-selected="true"]')).toContain(name);
    await page.keyboard.press('j');
    await expect.poll(() => text('[data-role="feature-name"]')).not.toBe(name);
    expect(await text('.attribute-table tr[aria-selected="true"]')).toContain(await text('[data-role="feature-name"]'));
  });
  test('writes CQL2 from conditions, takes it edited, and exports what is left', async () => {
    await open('?on=rivers&table=1');
    await page.getByText('＋ 条件').click();
    await page.fill('.condition input', '河');
    await page.keyboard.press('Tab');
    await expect.poll(() => page.inputValue('[aria-label="CQL2 条件"]')).toBe("name LIKE '%河%'");
    const filter = encodeURIComponent("name LIKE '%河%'");
    const answer = (await (await context.request.get(`${server.http}/ogc/collections/rivers/items?f=json&filter=${filter}`)).json()) as { numberMatched: number }; // biome-ignore format: one question
    await expect.poll(count).toBe(String(answer.numberMatched));
    const csv = readFileSync(await saved('导出 CSV'), 'utf8')
      .trim()
      .split('\r\n');
    expect(csv).toHaveLength(answer.numberMatched + 1);
    const json = JSON.parse(readFileSync(await saved('导出 GeoJSON'), 'utf8')) as { features: unknown[] };
    expect(json.features).toHaveLength(answer.numberMatched);
    await page.fill('[aria-label="CQL2 条件"]', 'rank = ');
    await page.keyboard.press('Enter');
    await expect.poll(() => text('.attribute-table .five-state')).toContain('筛选条件读不通');
  });
  test('measures, counts by region, and draws a sheet', async () => {
    await open('?l=air-stations&on=air-stations&tab=analysis');
    await page.getByRole('button', { name: '计算' }).click();
    await page.waitForSelector('[data-region="沈阳市"]');
    const cells = await page.locator('[data-region] td:nth-child(2)').allInnerTexts();
    const stations = (await (await context.request.get(`${server.http}/ogc/collections/air-stations/items?f=json`)).json()) as { numberMatched: number }; // biome-ignore format: one question
    // A station out at sea or over a generalised border lies in no city.
    const sum = cells.reduce((all, cell) => all + Number(cell), 0);
    expect(cells).toHaveLength(14);
    expect(sum).toBeGreaterThan(stations.numberMatched * 0.8);
    expect(sum).toBeLessThanOrEqual(stations.numberMatched);
    await page.keyboard.press('l');
    await page.mouse.click(600, 300);
    await page.mouse.click(800, 300);
    await page.keyboard.press('Enter');
    await expect.poll(() => text('[data-role="measure"]')).toMatch(/^\d+(\.\d+)? km$/);
    await page.keyboard.press('4');
    const pdf = readFileSync(await saved('导出 PDF'));
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    // A4 across, in points.
    expect(pdf.toString('latin1')).toMatch(/MediaBox \[ 0 0 841\.8\d* 595\.2\d* \]/);
    expect(await text('[data-role="sheet-done"]')).toMatch(/1∶[\d,]+/);
  });
  test('compares two maps, and the link brings layers, classes and moment back', async () => {
    await open('?on=cities&tab=style');
    await page.getByRole('button', { name: '逐值' }).click();
    await page.waitForSelector('[data-legend="其他"]');
    await page.getByRole('button', { name: '卷帘' }).click();
    await page.waitForSelector('[aria-label="卷帘位置"]');
    expect(await page.locator('.layer-map').count()).toBe(2);
    const at = '2026-01-01T08:00:00+08:00';
    const link = new URL(page.url());
    link.searchParams.set('at', at);
    await page.goto(link.href);
    await page.waitForSelector('[data-legend="其他"]');
    expect(await page.locator('.layer-map').count()).toBe(2);
    expect(await text('.past-chip')).toContain('08:00');
    expect(errors).toEqual([]);
  });
});
