// The public's way from beginning to end: a visitor searches, looks, tries, downloads, applies; a steward approves; the key reads until its quota ends,
// is changed for another and stopped; statistics show it to steward, holder and public.
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { administrator, launchBrowser, openPage, patient } from '../browser.ts';
import { dataFolder, type RunningServer, startServer } from '../server.file.ts';

const folder = dataFolder();
let server: RunningServer;
let browser: Browser;
let [visitor, steward]: BrowserContext[] = [];
const trouble: string[] = [];

beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '1']);
  browser = await launchBrowser();
  const permissions = ['clipboard-read', 'clipboard-write'];
  visitor = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', permissions });
  steward = await administrator(browser, server.http);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  folder.remove();
});

const open = (context: BrowserContext | undefined, path: string): Promise<Page> =>
  openPage(context as BrowserContext, server.http, path, trouble);
const clipboard = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText());

describe('the portal', () => {
  let [number, key, second] = ['', '', ''];
  const read = (path: string, by = key): Promise<Response> =>
    fetch(`${server.http}${path}`, { headers: { authorization: `Bearer ${by}` } });
  test('a visitor without a session searches, previews, tries the interface, copies', async () => {
    const page = await open(visitor, '/portal');
    const layers = (): Promise<(string | null)[]> =>
      page.locator('[data-layer]').evaluateAll((all) => all.map((one) => one.getAttribute('data-layer')));
    expect(await layers()).toEqual(expect.arrayContaining(['air-stations', 'pollution-sources', 'rivers']));
    expect(await page.locator('.demo-tag').count()).toBeGreaterThan(1);
    await page.selectOption('[aria-label="部门"]', 'water');
    await expect.poll(layers, patient).toEqual(['water-gauges', 'rivers', 'lakes', 'reservoirs', 'dykes', 'flood-retention']);
    expect(await page.locator('[data-count]').innerText()).toBe('6 个图层');
    // The numbers beside the choices are those of what the rest of the search finds.
    expect(await page.locator('[aria-label="主题"] option[value="stations"]').innerText()).toBe('监测站点 1');
    // The only layer found is previewed without a click, so its tile is listened for before.
    const tile = page.waitForResponse((answer) => answer.url().includes('/ogc/collections/rivers/tiles/'));
    await page.fill('[name="q"]', '河流');
    await expect.poll(layers, patient).toEqual(['rivers']);
    expect(page.url()).toContain('department=water');
    await page.click('[data-layer="rivers"]');
    expect((await tile).status()).toBe(200);
    await page.waitForSelector('.legend >> text=河流');
    await page.click('[role="tab"]:has-text("接口试用")');
    await page.fill('[name="limit"]', '2');
    await page.click('text=发送请求');
    await page.waitForSelector('[data-answer]');
    expect(await page.locator('[data-answer] h3').innerText()).toBe('200');
    expect(await page.locator('[data-answer] .body').innerText()).toContain('"numberReturned": 2');
    const line = await page.locator('pre.line').innerText();
    expect(line).toContain('/ogc/collections/rivers/items?f=geojson&limit=2');
    await page.click('text=复制 curl');
    await page.waitForSelector('text=已复制');
    expect(await clipboard(page)).toBe(line);
    await page.click('text=复制答复');
    await expect.poll(async () => JSON.parse(await clipboard(page)).numberReturned, patient).toBe(2);
    await page.fill('[name="filter"]', 'nonsense >');
    await page.click('text=发送请求');
    await page.waitForSelector('[data-answer] h3.bad >> text=400');
    expect((await page.locator('[data-why]').innerText()).length).toBeGreaterThan(6);
    await page.close();
  });
  test('each format is a whole file, with source, provenance and condition beside it', async () => {
    const page = await open(visitor, '/portal?layer=rivers&tab=download');
    expect(await page.locator('[data-licence]').innerText()).toMatch(/GSHHG[\s\S]*LGPL-3[\s\S]*注明来源/);
    const fetched = async (format: string): Promise<[name: string, bytes: Buffer]> => {
      const [file] = await Promise.all([page.waitForEvent('download'), page.click(`[data-format="${format}"]`)]);
      return [file.suggestedFilename(), readFileSync(await file.path())];
    };
    const [name, geojson] = await fetched('geojson');
    const collection = JSON.parse(geojson.toString()) as { features: unknown[] };
    expect([name, collection.features.length]).toEqual(['rivers.geojson', 146]);
    const [csvName, csv] = await fetched('csv');
    expect([csvName, csv.toString().trim().split('\n').length]).toEqual(['rivers.csv', 147]);
    const [fgName, jsonfg] = await fetched('jsonfg');
    expect([fgName, (JSON.parse(jsonfg.toString()) as { conformsTo: string[] }).conformsTo.length > 0]).toEqual(['rivers.json', true]);
    const [fgbName, fgb] = await fetched('fgb');
    expect([fgbName, fgb.subarray(0, 3).toString('latin1')]).toEqual(['rivers.fgb', 'fgb']);
    await page.goto(`${server.http}/portal?layer=air-stations&tab=download`);
    await page.waitForSelector('[data-licence] >> text=不得用于决策');
    await page.close();
  });
  test('health is told in words with the figures it comes from; of a conditional layer its age alone', async () => {
    const page = await open(visitor, '/portal?layer=water-gauges');
    const sides = (): Promise<(string | undefined)[]> =>
      page
        .locator('[data-health] [data-verdict]')
        .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['verdict']?.split(' ')[0]));
    await expect.poll(sides, patient).toEqual(['age', 'completeness', 'pull', 'thresholds']);
    // Measured in the first seconds of a server there are no readings yet, and what was measured is kept for half a minute.
    let said = '';
    const again = async (): Promise<string> => {
      await page.reload();
      await page.waitForSelector('[data-verdict]');
      said = await page.locator('[data-health]').innerText();
      return said;
    };
    await expect.poll(again, { timeout: 90_000, interval: 3000 }).toMatch(/距今 \d+ s；承诺 25 min/);
    expect(said).toMatch(/\d+ 台设备中 \d+ 台在承诺的 25 min 内来过数/);
    expect(said).toMatch(/\d+ 条限值/);
    await page.goto(`${server.http}/portal?layer=pollution-sources`);
    await expect.poll(sides, patient).toEqual(['age']);
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
    for (const attribute of ['uid', 'name']) await page.check(`fieldset [value="${attribute}"]`);
    await page.click('text=提交申请');
    number = await page.locator('[data-number] .number').innerText();
    expect(number).toMatch(/^SQ-\d{8}-[A-Z2-9]{10}$/);
    await page.close();
  });
  test('the steward sees it, sets a quota, narrows the attributes, approves; the key is shown once', async () => {
    const page = await open(steward, '/console/layers?view=requests');
    await page.click(`[data-request="${number}"]`);
    await page.waitForSelector('[data-approved] >> text=2 / 5');
    await page.uncheck('[data-approved] [value="uid"]');
    await page.fill('[name="perDay"]', '3');
    await page.click('text=批准并生成密钥');
    key = await page.locator('[data-key] code').innerText();
    expect(key).toMatch(/^lzk_[\w-]{43}$/);
    await page.reload();
    await page.waitForSelector(`[data-request="${number}"]`);
    expect(await page.content()).not.toContain(key);
    await page.close();
  });
  test('the key reads three times, then 429 with Retry-After and why; it opens nothing else', async () => {
    expect((await read('/api/layers')).status).toBe(401);
    const answers: number[] = [];
    for (let i = 0; i < 3; i++) answers.push((await read('/ogc/collections/pollution-sources/items?limit=1')).status);
    expect(answers).toEqual([200, 200, 200]);
    const refused = await read('/ogc/collections/pollution-sources/items?limit=1');
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect(((await refused.json()) as { code: string }).code).toBe('over-quota');
    // Read in the page: the reason, the limit and how long to wait.
    const page = await open(visitor, '/portal?layer=pollution-sources&tab=try');
    await page.fill('[name="key"]', key);
    await page.click('text=发送请求');
    await page.waitForSelector('[data-answer] h3.bad >> text=429');
    expect(await page.locator('[data-why]').innerText()).toMatch(/当日配额已用完（3 次），\d+ 秒后再试/);
    expect(await page.locator('[data-answer] dl').innerText()).toContain('retry-after');
    await page.close();
  });
  test('the holder sees his quota and days, and changes the key; both keys count as one', async () => {
    // What was counted is written within a second.
    await new Promise((wake) => setTimeout(wake, 1500));
    const page = await open(visitor, '/portal?view=key');
    await page.fill('[name="holderKey"]', key);
    await page.click('.holder form button');
    await page.waitForSelector('[data-key-facts]');
    const facts = await page.locator('[data-key-facts]').innerText();
    expect(facts).toMatch(/3 \/ 3 次，余 0 · 超额被拒 [2-9] 次/);
    expect(facts).toMatch(/信息项\s*name/);
    await page.waitForSelector('.holder canvas');
    await page.click('text=换发密钥');
    await page.click('text=确认换发');
    second = await page.locator('[data-fresh] code').innerText();
    expect(second).toMatch(/^lzk_[\w-]{43}$/);
    expect(second).not.toBe(key);
    expect(page.url()).not.toContain('lzk_');
    expect((await read('/ogc/collections/pollution-sources/items?limit=1', second)).status).toBe(429);
    await page.close();
  });
  test('the steward raises the quota; the new key previews and downloads, the old one still reads', async () => {
    const keys = await open(steward, '/console/layers?view=keys');
    await keys.waitForSelector('canvas');
    const shown = await keys.locator('main').innerText();
    expect(shown).toContain('3 / 3 次');
    expect(shown).toMatch(/超额被拒 [2-9] 次/);
    await keys.click('text=改配额');
    await keys.fill('[name="perDayTo"]', '500');
    await keys.click('text=保存配额');
    await keys.waitForSelector('text=/ 500 次');
    await keys.close();
    expect((await read('/ogc/collections/pollution-sources/items?limit=1')).status).toBe(200);
    const page = await open(visitor, '/portal?layer=pollution-sources&tab=download');
    const tile = page.waitForResponse((answer) => answer.url().includes('/ogc/collections/pollution-sources/tiles/'));
    await page.fill('[name="downloadKey"]', second);
    expect((await tile).status()).toBe(200);
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('[data-format="geojson"]')]);
    const { features } = JSON.parse(readFileSync(await file.path(), 'utf8')) as { features: unknown[] };
    expect(features.length).toBeGreaterThan(10);
    await page.close();
  });
  test('the steward stops it with a reason that the holder reads', async () => {
    const keys = await open(steward, '/console/layers?view=keys');
    await keys.click('text=停用密钥');
    await keys.fill('[name="stopReason"]', '项目结题');
    await keys.click('text=确认停用');
    await keys.waitForSelector('.block-head >> text=已停用：项目结题');
    await keys.click('[data-all]');
    await keys.waitForSelector('[data-ranking]');
    expect(await keys.locator('[data-ranking]').innerText()).toMatch(/省环科院 李明/);
    await keys.click('text=按图层');
    await keys.waitForSelector('[data-ranking] >> text=重点污染源');
    await keys.close();
    for (const one of [key, second]) expect((await read('/ogc/collections/pollution-sources/items?limit=1', one)).status).toBe(401);
    const page = await open(visitor, '/portal?view=key');
    await page.fill('[name="holderKey"]', second);
    await page.click('.holder form button');
    await page.waitForSelector('text=已停用（项目结题）');
    expect(await page.locator('text=换发密钥').count()).toBe(0);
    await page.close();
  });
  test('statistics show it to the public, and the applicant sees where he stands', async () => {
    await new Promise((wake) => setTimeout(wake, 1500));
    const page = await open(visitor, '/portal?view=statistics');
    await page.waitForSelector('canvas');
    const ranking = await page.locator('.statistics li').allInnerTexts();
    expect(ranking.some((row) => /重点污染源\s*\d+$/.test(row))).toBe(true);
    await page.goto(`${server.http}/portal?view=status&number=${number}`);
    await page.waitForSelector('[data-state]');
    expect(await page.locator('[data-state]').innerText()).toContain('已批准');
    await page.close();
  });
  test.each([
    ['visitor', '/portal'],
    ['visitor', '/portal?layer=air-stations'],
    ['visitor', '/portal?layer=rivers&tab=try'],
    ['visitor', '/portal?layer=pollution-sources&tab=apply'],
    ['visitor', '/portal?view=key'],
    ['steward', '/console/layers?layer=water-gauges'],
    ['steward', '/console/layers?view=keys'],
  ])(
    '%s %s: on two desks and a telephone nothing is wider than the page, the map of a desk has its 45 per cent, no text is cut off',
    async (who, path) => {
      const page = await open(who === 'visitor' ? visitor : steward, path);
      for (const [width, height] of [
        [1440, 900],
        [1920, 1080],
        [390, 844],
      ] as const) {
        await page.setViewportSize({ width, height });
        const seen = await page.evaluate(() => ({
          wide: document.documentElement.scrollWidth - innerWidth,
          map: (document.querySelector('.portal-map')?.clientWidth ?? innerWidth) / innerWidth,
          cut: [...document.querySelectorAll('button, h2, .portal-top span')]
            .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 && getComputedStyle(one).display !== 'inline')
            .map((one) => one.textContent),
          beside: [...document.querySelectorAll('button, input, select')].filter((one) => {
            const box = one.getBoundingClientRect();
            return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
          }).length,
        }));
        expect([width, seen.wide, width < 760 || seen.map >= 0.449, seen.cut, seen.beside]).toEqual([width, 0, true, [], 0]);
      }
      await page.close();
    },
  );
  test('nothing came from outside and no page broke', () => expect(trouble).toEqual([]));
});
