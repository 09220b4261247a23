// The life of a layer in the page, from draft to the portal and offline again; and a catalogue of 25,000 layers, of which a page holds one page.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLayerTable, publishTable } from '../../geo-services/features/layers.pg.ts';
import { openDatabase } from '../../server/database/pool.pg.ts';
import { administrator, launchBrowser, openPage, patient } from '../browser.ts';
import { databaseUrl, dataFolder, type RunningServer, startServer } from '../server.file.ts';

const folder = dataFolder();
let server: RunningServer;
let browser: Browser;
let [visitor, steward]: BrowserContext[] = [];
const trouble: string[] = [];

beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '1']);
  browser = await launchBrowser();
  visitor = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  steward = await administrator(browser, server.http);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  folder.remove();
});

const open = (context: BrowserContext | undefined, path: string): Promise<Page> =>
  openPage(context as BrowserContext, server.http, path, trouble);

describe('a brought-in layer', () => {
  test('goes from draft to published in the page, stands in the portal, and is taken offline with a reason', async () => {
    const database = openDatabase(databaseUrl(folder.path), { max: 1 });
    const attributes = [{ name: 'name', title: '名称', type: 'text' as const }];
    await database.transaction(async (tx) => {
      for (const id of ['sluices', 'sluices-two']) {
        const table = await createLayerTable(tx, { id, attributes });
        await tx.query(
          `INSERT INTO ${table} (name, geom) VALUES ('浑河闸', 'SRID=4490;POINT(123.4 41.7)'), (NULL, 'SRID=4490;POINT(123.5 41.7)')`,
        );
        const draft = { id, theme: 'water', title: { zh: '水闸', en: 'Sluices' }, geometry: 'point' as const, attributes };
        await publishTable(tx, { ...draft, department: 'water', sharing: 'none', source: '省水利厅', provenance: 'reported' }, table);
      }
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
    expect(await page.locator('button:has-text("保存元数据")').isDisabled()).toBe(true);
    await page.fill('[name="resourceCode"]', '306012/000001');
    await page.waitForSelector('text=类 3 部门信息资源 · 项 06 · 目 012 · 细目 — · 顺序 000001');
    await page.fill('[name="publicationDate"]', '2026-02-30');
    await page.waitForSelector('text=不是日历上的日子');
    await page.fill('[name="publicationDate"]', '');
    // 不予共享 has to name its basis; shared unconditionally it has not.
    await page.waitForSelector('text=申请前还要补：不予共享的依据');
    await page.fill('[name="sharingBasis"]', '涉及水利工程安全');
    await page.click('text=保存元数据');
    await page.waitForSelector('text=必填元数据齐全');
    await page.selectOption('[name="sharing"]', 'conditional');
    await page.waitForSelector('text=申请前还要补：共享条件');
    await page.selectOption('[name="sharing"]', 'unconditional');
    await page.click('text=保存元数据');
    await page.waitForSelector('[data-layer="sluices"] .tag.unconditional');
    for (const step of ['apply', 'approve', 'publish']) await page.click(`[data-step="${step}"]`);
    await page.waitForSelector('[data-step="offline"]');
    expect(await page.locator('[data-step="offline"]').isDisabled()).toBe(true);
    expect(await page.locator('.log b').allInnerTexts()).toEqual(['发布', '审批通过', '申请']);
    expect(await page.inputValue('[name="publicationDate"]')).toMatch(/^\d{4}-\d{2}-\d{2}$/);

    const portal = await open(visitor, '/portal?layer=sluices');
    const told = await portal.locator('[aria-label="图层详情"]').innerText();
    expect(told).toContain('306012/000001（部门信息资源）');
    expect(told).toMatch(/承诺 31 d/);
    expect(told).toContain('低于 90 % 的：名称 50.0 %');
    expect((await visitor?.request.get(`${server.http}/ogc/collections/sluices/items`))?.status()).toBe(200);

    // A code says one resource: a second layer does not apply with it.
    const second = await open(steward, '/console/layers?layer=sluices-two');
    for (const [name, value] of [
      ...[['abstract', '另一份'] as const, ['provider', '省水利厅'] as const, ['classification', '部门信息资源'] as const],
      ...[['resourceCode', '306012/000001'] as const, ['contact', '024-0000'] as const, ['sharingBasis', '涉及工程安全'] as const],
    ])
      await second.fill(`[name="${name}"]`, value);
    await second.selectOption('[name="updateCycle"]', 'yearly');
    await second.click('text=保存元数据');
    await second.waitForSelector('text=必填元数据齐全');
    await second.click('[data-step="apply"]');
    await second.waitForSelector('text=信息资源代码 306012/000001 已用于 水闸');
    await second.close();

    await page.fill('[name="reason"]', '数据换版');
    await page.click('[data-step="offline"]');
    await page.waitForSelector('.log >> text=数据换版');
    await page.close();
    await portal.reload();
    await portal.waitForSelector('text=没有图层 sluices，或它不公开');
    await expect
      .poll(async () => (await visitor?.request.get(`${server.http}/ogc/collections/sluices/items`))?.status(), patient)
      .toBe(404);
    await portal.close();
  });
});

describe('25,000 layers', () => {
  /** Layers to be counted; only the first ten have a table that can be read. */
  beforeAll(async () => {
    const database = openDatabase(databaseUrl(folder.path), { max: 1 });
    await database.query(
      `INSERT INTO layer (id, theme, title_zh, title_en, geometry, table_name, attributes, sharing, department, source, provenance, state, metadata)
       SELECT 'sheet-' || n, (ARRAY['water', 'forestry', 'emergency'])[1 + n % 3], '图幅 ' || n, 'Sheet ' || n, 'point', 'sheet_' || n,
         '[{"name": "name", "title": "名称"}]', (ARRAY['unconditional', 'conditional', 'none', 'unconditional'])[1 + n % 4],
         (ARRAY['water', 'forestry', 'emergency'])[1 + n % 3], '省厅', 'simulated', CASE WHEN n % 5 = 0 THEN 'draft' ELSE 'published' END,
         jsonb_build_object('abstract', '第 ' || n || ' 幅', 'keywords', jsonb_build_array('普查', 'K' || n))
       FROM generate_series(1, 25000) AS n`,
    );
    await database.close();
  });
  const nodes = (page: Page): Promise<number> => page.evaluate(() => document.querySelectorAll('*').length);
  const first = (page: Page): Promise<string | null> => page.locator('[data-layer]').first().getAttribute('data-layer');

  test('the portal shows thirty of them, turns pages, finds one, and stays small', async () => {
    const page = await open(visitor, '/portal?theme=water&department=water&sort=title');
    expect(await page.locator('[data-layer]').count()).toBe(30);
    expect(await nodes(page)).toBeLessThan(900);
    const said = (await page.locator('[data-count]').innerText()).replace(/\D/g, '');
    // Two of three public kinds, four of five published: n % 12 and n % 5 tell.
    expect(Number(said)).toBeGreaterThan(4900);
    const start = await first(page);
    await page.click('.page-line button:has-text("2")');
    await expect.poll(() => first(page), patient).not.toBe(start);
    expect(page.url()).toContain('page=2');
    await page.locator('.page-line button').nth(-2).click();
    await expect.poll(() => page.locator('[aria-label="下一页"]').isDisabled(), patient).toBe(true);
    await page.fill('[name="q"]', 'k23457');
    await expect.poll(() => page.locator('[data-layer]').count(), patient).toBe(1);
    expect([await first(page), page.url().includes('page=')]).toEqual(['sheet-23457', false]);
    await page.close();
  });
  test('the console of layers shows fifty, with the count of each state, and finds the drafts', async () => {
    const page = await open(steward, '/console/layers?theme=forestry');
    expect(await page.locator('[data-layer]').count()).toBe(50);
    expect(await nodes(page)).toBeLessThan(1200);
    const drafts = page.locator('.portal-filter .segment button:has-text("草稿")');
    expect((await drafts.innerText()).replace(/\D/g, '')).toBe('1667');
    await drafts.click();
    await page.waitForSelector('.page-line >> text=1–50 / 1 667');
    await page.close();
  });
  test('no page broke', () => expect(trouble).toEqual([]));
});
