// The public's way from beginning to end: a visitor applies on /portal, a steward approves in /console/layers, the key reads until its quota ends, statistics show it.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLayerTable, publishTable } from '../../geo-services/features/layers.pg.ts';
import { openDatabase } from '../../server/database/pool.pg.ts';
import { launchBrowser } from '../browser.ts';
import { adminPassword, databaseUrl, dataFolder, type RunningServer, startServer } from '../server.file.ts';

const folder = dataFolder();
let server: RunningServer;
let browser: Browser;
let [visitor, steward]: BrowserContext[] = [];
const trouble: string[] = [];

beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '1']);
  browser = await launchBrowser();
  visitor = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  steward = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  const session = await steward.request.post(`${server.http}/api/session`, { data: { username: 'admin', password: adminPassword } });
  expect(session.status()).toBe(200);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  folder.remove();
});

async function open(context: BrowserContext | undefined, path: string): Promise<Page> {
  const page = await (context as BrowserContext).newPage();
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${server.http}/`)) trouble.push(request.url());
  });
  await page.goto(server.http + path);
  await page.waitForSelector('[data-ready="true"]', { timeout: 90_000 });
  return page;
}

describe('the portal', () => {
  let [number, key] = ['', ''];
  test('a visitor without a session searches, previews, picks, tries the interface, downloads', async () => {
    const page = await open(visitor, '/portal');
    const layers = (): Promise<(string | null)[]> =>
      page.locator('[data-layer]').evaluateAll((all) => all.map((one) => one.getAttribute('data-layer')));
    expect(await layers()).toEqual(expect.arrayContaining(['air-stations', 'pollution-sources', 'rivers']));
    expect(await page.locator('.demo-tag').count()).toBeGreaterThan(1);
    await page.selectOption('[aria-label="部门"]', 'water');
    await expect.poll(layers).toEqual(['water-gauges', 'rivers', 'lakes', 'reservoirs', 'dykes', 'flood-retention']);
    await page.fill('[name="q"]', '河流');
    await page.press('[name="q"]', 'Enter');
    await expect.poll(layers).toEqual(['rivers']);
    expect(page.url()).toContain('department=water');
    await page.click('[data-layer="rivers"]');
    await page.click('[role="tab"]:has-text("接口试用")');
    await page.fill('[name="limit"]', '2');
    await page.click('text=发送请求');
    await page.waitForSelector('[data-answer]');
    expect(await page.locator('[data-answer] h3').innerText()).toBe('200');
    expect(await page.locator('[data-answer] .body').innerText()).toContain('"numberReturned": 2');
    expect(await page.locator('.line').innerText()).toContain('/ogc/collections/rivers/items?f=geojson&limit=2');
    await page.click('[role="tab"]:has-text("下载")');
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('text=rivers.csv')]);
    expect(file.suggestedFilename()).toBe('rivers.csv');
    await page.close();
  });
  test('a conditional layer is not previewed; the application gives a number', async () => {
    const page = await open(visitor, '/portal?layer=pollution-sources');
    await page.click('.over >> text=申请使用');
    await page.fill('[name="name"]', '李明');
    await page.fill('[name="organisation"]', '省环科院');
    await page.fill('[name="contact"]', '024-0000');
    expect(await page.locator('button:has-text("提交申请")').isDisabled()).toBe(true);
    await page.fill('[name="purpose"]', '源解析研究，一年');
    await page.click('text=提交申请');
    number = await page.locator('[data-number] .number').innerText();
    expect(number).toMatch(/^SQ-\d{8}-[A-Z2-9]{10}$/);
    await page.close();
  });
  test('the steward sees it, sets a quota, approves; the key is shown once', async () => {
    const page = await open(steward, '/console/layers?view=requests');
    await page.click(`[data-request="${number}"]`);
    await page.fill('[name="perDay"]', '3');
    await page.click('text=批准并生成密钥');
    key = await page.locator('[data-key] code').innerText();
    expect(key).toMatch(/^lzk_[\w-]{43}$/);
    await page.reload();
    await page.waitForSelector(`[data-request="${number}"]`);
    expect(await page.content()).not.toContain(key);
    await page.close();
  });
  test('the key reads three times, then 429 with Retry-After; it opens nothing else', async () => {
    const read = (path: string): Promise<Response> => fetch(`${server.http}${path}`, { headers: { authorization: `Bearer ${key}` } });
    expect((await read('/api/layers')).status).toBe(401);
    const answers: number[] = [];
    for (let i = 0; i < 3; i++) answers.push((await read('/ogc/collections/pollution-sources/items?limit=1')).status);
    expect(answers).toEqual([200, 200, 200]);
    const refused = await read('/ogc/collections/pollution-sources/items?limit=1');
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect(((await refused.json()) as { code: string }).code).toBe('over-quota');
  });
  test('statistics show it to the steward and to the public, and the applicant sees where he stands', async () => {
    // What was counted is written within a second.
    await new Promise((wake) => setTimeout(wake, 1500));
    const keys = await open(steward, '/console/layers?view=keys');
    await keys.waitForSelector('canvas');
    const shown = await keys.locator('main').innerText();
    expect(shown).toContain('3 / 3 次');
    expect(shown).toContain('超额被拒 1 次');
    await keys.close();
    const page = await open(visitor, '/portal?view=statistics');
    await page.waitForSelector('canvas');
    const ranking = await page.locator('.statistics li').allInnerTexts();
    expect(ranking.some((row) => /重点污染源\s*3$/.test(row))).toBe(true);
    await page.goto(`${server.http}/portal?view=status&number=${number}`);
    await page.waitForSelector('[data-state]');
    expect(await page.locator('[data-state]').innerText()).toContain('已批准');
    await page.close();
  });
  test.each([
    [1440, 900],
    [1920, 1080],
  ])('at %i × %i nothing is wider than the page, the map has its 45 per cent, no text is cut off', async (width, height) => {
    for (const [context, path] of [
      [visitor, '/portal?layer=air-stations'],
      [visitor, '/portal?layer=rivers&tab=try'],
      [steward, '/console/layers?layer=water-gauges'],
    ] as const) {
      const page = await open(context, path);
      await page.setViewportSize({ width, height });
      const seen = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth - innerWidth,
        map: (document.querySelector('.portal-map')?.clientWidth ?? innerWidth) / innerWidth,
        cut: [...document.querySelectorAll('button, h2, .portal-top span')]
          .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 && getComputedStyle(one).display !== 'inline')
          .map((one) => one.textContent),
      }));
      expect([path, seen.wide, seen.map >= 0.449, seen.cut]).toEqual([path, 0, true, []]);
      await page.close();
    }
  });
  test('a brought-in layer goes from draft to published in the page, and then stands in the portal', async () => {
    const database = openDatabase(databaseUrl(folder.path), { max: 1 });
    const attributes = [{ name: 'name', title: '名称', type: 'text' as const }];
    await database.transaction(async (tx) => {
      const table = await createLayerTable(tx, { id: 'sluices', attributes });
      await tx.query(`INSERT INTO ${table} (name, geom) VALUES ('浑河闸', 'SRID=4490;POINT(123.4 41.7)')`);
      const draft = { id: 'sluices', theme: 'water', title: { zh: '水闸', en: 'Sluices' }, geometry: 'point' as const, attributes };
      await publishTable(
        tx,
        { ...draft, department: 'water', sharing: 'unconditional', source: '省水利厅', provenance: 'reported' },
        table,
      );
    });
    await database.close();
    const page = await open(steward, '/console/layers?layer=sluices');
    await page.click('[data-step="apply"]');
    await page.waitForSelector('text=元数据不全，先补：摘要');
    for (const [name, value] of [
      ['abstract', '全省水闸位置'],
      ['provider', '省水利厅'],
      ['classification', '部门信息资源'],
      ['resourceCode', '30612'],
      ['contact', '024-0000'],
    ] as const)
      await page.fill(`[name="${name}"]`, value);
    await page.selectOption('[name="updateCycle"]', 'monthly');
    await page.waitForSelector('text=不合规：类 1 位');
    await page.fill('[name="resourceCode"]', '306012/000001');
    await page.waitForSelector('text=类 3 · 项 06 · 目 012 · 细目 — · 顺序 000001');
    await page.click('text=保存元数据');
    for (const step of ['apply', 'approve', 'publish']) await page.click(`[data-step="${step}"]`);
    await page.waitForSelector('[data-step="offline"]');
    expect(await page.locator('[data-step="offline"]').isDisabled()).toBe(true);
    expect(await page.locator('.log b').allInnerTexts()).toEqual(['发布', '审批通过', '申请']);
    await page.close();
    const portal = await open(visitor, '/portal?layer=sluices');
    expect(await portal.locator('[aria-label="图层详情"]').innerText()).toContain('306012/000001');
    expect((await visitor?.request.get(`${server.http}/ogc/collections/sluices/items`))?.status()).toBe(200);
    await portal.close();
  });
  test('nothing came from outside and no page broke', () => expect(trouble).toEqual([]));
});
