// Granting in the page: what is masked is seen once it is granted, in the list of everybody whom it names, and not any more when it is taken back.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { administrator, launchBrowser, openPage, patient } from '../browser.ts';
import { dataFolder, type RunningServer, startServer } from '../server.file.ts';

const folder = dataFolder();
let server: RunningServer;
let browser: Browser;
let admin: BrowserContext;
let page: Page;
const trouble: string[] = [];

beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '1']);
  browser = await launchBrowser();
  admin = await administrator(browser, server.http);
  // The demonstration's layers are planted in the background.
  for (const until = Date.now() + 120_000; ; await new Promise((done) => setTimeout(done, 500))) {
    const { numberReturned } = await (await admin.request.get(`${server.http}/ogc/collections/rescue-teams/items?limit=1`)).json();
    if (numberReturned === 1) break;
    if (Date.now() > until) throw new Error('the layers of the demonstration are not there');
  }
  page = await openPage(admin, server.http, '/console/layers?view=grants', trouble);
  await page.waitForSelector('[data-grant]', { timeout: 90_000 });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  folder.remove();
});
const phones = async (): Promise<boolean> =>
  (await (await admin.request.get(`${server.http}/ogc/collections/rescue-teams/items?limit=5`)).text()).includes('"phone"');

describe('grants in the page', () => {
  test('the demonstration has dispatchers see the people they call', async () => {
    await page.waitForSelector('tr:has-text("应急调度"):has-text("免脱敏")');
    expect(await phones()).toBe(false);
  });
  test('one is added with a reason, holds for everybody it names, and is taken back', async () => {
    await page.fill('[name="layerQ"]', '应急队伍');
    await page.waitForSelector('option[value="rescue-teams"]', { state: 'attached', ...patient });
    await page.selectOption('[name="layer"]', 'rescue-teams');
    await page.waitForSelector('text=不给 联系人、电话');
    expect(await page.locator('[data-add]').isDisabled()).toBe(true);
    await page.selectOption('[name="role"]', 'admin');
    await page.fill('[name="reason"]', '年度演练核对');
    await page.click('[data-add]');
    await page.waitForSelector('tr:has-text("年度演练核对")', patient);
    await expect.poll(phones, patient).toBe(true);
    const row = page.locator('tr:has-text("年度演练核对")');
    await row.locator('text=撤销').click();
    await row.locator('text=确认').click();
    await expect.poll(() => page.locator('tr:has-text("年度演练核对")').count(), patient).toBe(0);
    await expect.poll(phones, patient).toBe(false);
    expect(trouble).toEqual([]);
  });
  test('what the server refuses is told where it was asked', async () => {
    await page.selectOption('[name="role"]', '');
    await page.fill('[name="reason"]', '试');
    await page.fill('[name="fence"]', '{"type": "Polygon", "coordinates": [[[0, 0], [500, 0], [500, 9], [0, 0]]]}');
    await page.click('[data-add]');
    await page.waitForSelector('.portal-detail >> text=范围不合规', patient);
  });
});
