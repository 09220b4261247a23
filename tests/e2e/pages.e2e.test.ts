// The pages as people use them: database away, the past minute, one selection in list, map and detail, a city's own eyes, every size.
import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cities } from '../../contracts/adcodes.data.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import type { Snapshot, ThingState } from '../../contracts/wire.ts';
import { beijingTime, encodeHj212, qnOf } from '../../iot-gateway/protocols/hj212.ts';
import { acceptanceSite } from '../../server/demo/sites.ts';
import { launchBrowser } from '../browser.ts';
import { adminPassword, asAdmin, dataFolder, postmasterPid, type RunningServer, startServer } from '../server.file.ts';

const hour = 3_600_000;
const folder = dataFolder();
let server: RunningServer;
let browser: Browser;
let call: Awaited<ReturnType<typeof asAdmin>>;
beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '1']);
  browser = await launchBrowser();
  call = await asAdmin(server);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  folder.remove();
});

interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What was asked for outside our own origin, and what the page complained about. */
  readonly outside: string[];
  readonly errors: string[];
}
async function open(path: string, size: readonly [number, number], who = { username: 'admin', password: adminPassword }): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: size[0], height: size[1] }, reducedMotion: 'reduce' });
  expect((await context.request.post(`${server.http}/api/session`, { data: who })).status()).toBe(200);
  const page = await context.newPage();
  const [outside, errors]: [string[], string[]] = [[], []];
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${server.http}/`)) outside.push(request.url());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(server.http + path);
  return { page, context, outside, errors };
}
const ready = (page: Page) => page.waitForSelector('[data-ready="true"]', { timeout: 90_000 });
const textOf = (page: Page, selector: string): Promise<string[]> =>
  page.locator(selector).evaluateAll((all) => all.map((one) => (one as HTMLElement).innerText.trim()));
/** City AQI as the ranking prints it; NaN: it is not there. */
const rankingOf = (page: Page, city: string): Promise<number> =>
  page.evaluate(
    (name) =>
      Number(
        new RegExp(`${name}\\s*(\\d+)`).exec(
          (document.querySelector('[aria-label="空气质量"]') as HTMLElement | null)?.innerText ?? '',
        )?.[1],
      ),
    city,
  );

/** An hour's PM2.5 of the acceptance station, which no simulated device feeds, over TCP. */
async function sendHour(at: number, value: number): Promise<void> {
  const mn = acceptanceSite.properties.device?.id ?? '';
  const data: [string, string][][] = [[['DataTime', beijingTime(at)]], [['a34004-Avg', String(value)], ['a34004-Flag', 'N']]]; // biome-ignore format: a frame's two groups
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(server.hj212, '127.0.0.1', () =>
      socket.write(encodeHj212({ qn: qnOf(Date.now()), st: '22', cn: '2061', pw: '123456', mn, flag: 5, cp: data })),
    );
    socket.on('data', (bytes) => {
      resolve(bytes.toString());
      socket.destroy();
    });
    socket.on('error', reject);
  });
  expect(answer).toContain('CN=9014');
}
const things = async (stream: string): Promise<ThingState[]> =>
  ((await (await call(`/api/latest?stream=${stream}`)).json()) as { items: ThingState[] }).items;

describe('the past minute', () => {
  test('shows what was known then on every panel, and nothing live leaks in', async () => {
    const last = Math.floor(Date.now() / hour) * hour - hour;
    const { page, context, errors } = await open('/screen/overview', [1920, 1080]);
    await ready(page);
    await sendHour(last, 60);
    await expect.poll(() => rankingOf(page, '沈阳'), { timeout: 60_000 }).toBeGreaterThan(0);
    await page.waitForTimeout(3000);
    const [before, then] = [await rankingOf(page, '沈阳'), Date.now()];
    await page.waitForTimeout(2000);
    await sendHour(last, 480);
    await expect.poll(() => rankingOf(page, '沈阳'), { timeout: 30_000 }).toBeGreaterThan(before + 30);
    const after = await rankingOf(page, '沈阳');

    await page.goto(`${server.http}/screen/overview?at=${new Date(then).toISOString()}`);
    await ready(page);
    await expect.poll(() => rankingOf(page, '沈阳'), { timeout: 30_000 }).toBe(before);
    // Every panel says which minute it shows; the one about the line says that it shows now.
    const panels = await page
      .locator('section.panel')
      .evaluateAll((all) => all.map((one) => [one.getAttribute('aria-label'), (one as HTMLElement).innerText] as const));
    expect(panels.length).toBeGreaterThanOrEqual(6);
    for (const [name, text] of panels) expect(text, String(name)).toMatch(name === '接入与时延' ? /此刻，不随回看/ : /回看 \d\d:\d\d/);
    expect(await textOf(page, 'header .pill')).toEqual([expect.stringMatching(/^回看 \d\d:\d\d/)]);
    await sendHour(last, 470);
    await page.waitForTimeout(4000);
    expect(await rankingOf(page, '沈阳')).toBe(before);

    // Back by the keyboard of the time bar: the address follows, and the values are the present ones.
    await page.keyboard.press('0');
    await expect.poll(() => rankingOf(page, '沈阳'), { timeout: 30_000 }).toBeGreaterThan(after - 20);
    await expect.poll(() => new URL(page.url()).searchParams.get('at')).toBeNull();
    await page.locator('.wall-time-bar .switch button').nth(1).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('at')).toMatch(/^20\d\d-/);
    await expect.poll(() => textOf(page, 'section.panel .held')).toContainEqual(expect.stringMatching(/^回看/));
    expect(errors).toEqual([]);
    await context.close();

    const console = await open(`/console/ecology?sel=${acceptanceSite.uid}`, [1440, 900]);
    const headline = '[data-role="headline"]';
    await expect.poll(() => textOf(console.page, headline), { timeout: 30_000 }).toEqual(['470']);
    await console.page.goto(`${server.http}/console/ecology?sel=${acceptanceSite.uid}&at=${new Date(then).toISOString()}`);
    await expect.poll(() => textOf(console.page, headline), { timeout: 30_000 }).toEqual(['60']);
    expect(await textOf(console.page, '.past-chip')).toEqual([expect.stringMatching(/^回看 \d\d:\d\d$/)]);
    await console.context.close();
  });
});

describe('the console', () => {
  test('list, map and detail agree on the selection, and the address carries the state over a reload', async () => {
    const { page, context, errors } = await open('/console/ecology?city=210200&span=7d', [1440, 900]);
    const rows = '.station-table [role="option"]';
    await page.waitForSelector(rows);
    const uids = await page.locator(rows).evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['uid'] ?? ''));
    const known = new Map((await things('ecology/air-quality')).map((thing) => [thing.uid, thing] as const));
    expect(uids.length).toBeGreaterThanOrEqual(3);
    expect(uids.filter((uid) => !known.get(uid)?.adcode.startsWith('2102'))).toEqual([]);

    const agree = async (uid: string): Promise<void> => {
      const name = known.get(uid)?.name;
      await expect.poll(() => textOf(page, '.detail-head h2')).toEqual([name]);
      await expect.poll(() => page.locator(`${rows}[aria-selected="true"]`).getAttribute('data-uid')).toBe(uid);
      await expect.poll(() => page.locator('.map-marks').textContent(), { timeout: 30_000 }).toContain(String(name));
      const [inList] = await textOf(page, `${rows}[aria-selected="true"] [data-role="value"]`);
      expect(await textOf(page, '[data-role="headline"]')).toEqual([inList]);
    };
    const [, second, third] = uids as [string, string, string];
    await page.locator(`${rows}[data-uid="${second}"]`).click();
    await agree(second);
    await page.keyboard.press('j');
    await agree(third);
    await page.waitForSelector('[data-role="trust-score"] >> text=/^信任分 \\d+$/', { timeout: 30_000 });
    await expect.poll(() => new URL(page.url()).searchParams.get('sel')).toBe(third);

    const address = page.url();
    await page.reload();
    await page.waitForSelector(rows);
    await agree(third);
    expect(new URL(page.url()).searchParams.get('city')).toBe('210200');
    expect(await textOf(page, '.segment button.on')).toContain('7 d');
    expect(page.url().split('?')[0]).toBe(address.split('?')[0]);
    expect(errors).toEqual([]);
    await context.close();
  });

  test('narrowed to the map, the list holds what the map shows, the line carries no more than that, and the selection stays', async () => {
    const { page, context, errors } = await open('/login', [1440, 900]);
    const [sent, heard]: [string[], string[]] = [[], []];
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => sent.push(String(payload)));
      socket.on('framereceived', ({ payload }) => heard.push(String(payload)));
    });
    const known = new Map((await things('ecology/air-quality')).map((thing) => [thing.uid, thing] as const));
    const far = [...known.values()].find((thing) => thing.adcode.startsWith('2114') && thing.position)!;
    // Dalian fills the map; the selection lies in Huludao.
    await page.goto(`${server.http}/console/ecology?z=9.50/38.9500/121.6000&in=1&sel=${encodeURIComponent(far.uid)}`);
    const rows = '.station-table [role="option"]';
    const uids = (): Promise<string[]> =>
      page.locator(rows).evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['uid'] ?? ''));
    const cityOf = (uid: string): string => known.get(uid)?.adcode.slice(0, 4) ?? '';
    await expect.poll(async () => [...new Set((await uids()).map(cityOf))], { timeout: 60_000 }).toEqual(['2102']);
    await expect.poll(() => sent.some((text) => text.includes('"things:ecology/air-quality","bbox"'))).toBe(true);
    await expect.poll(() => textOf(page, '.detail-head h2')).toEqual([far.name]);
    // The answer to the narrowed question: Dalian and the selection's way there, not the north and the east of the province.
    const snapshot = heard.findLast(
      (text) => text.includes('"topic":"things:ecology/air-quality"') && text.includes('"seq"') && /^\d*43/.test(text),
    )!;
    expect(snapshot).toContain(far.uid);
    for (const thing of known.values()) if (thing.adcode.startsWith('2106')) expect(snapshot).not.toContain(thing.uid);
    await page.locator('.filter-bar button[aria-pressed="true"]', { hasText: '仅图内' }).click();
    await expect.poll(async () => (await uids()).length).toBe(known.size);
    expect(new URL(page.url()).searchParams.get('in')).toBeNull();
    await page.keyboard.press('m');
    await expect.poll(async () => [...new Set((await uids()).map(cityOf))]).toEqual(['2102']);
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe('a city account', () => {
  const who = { username: 'dalian-monitor', password: 'Nur-eine-Stadt-7' };
  test('sees its own city on the wall, the console, features, tiles, history and the socket, and no hint of the others', async () => {
    const scope = { adcode: '210200', departments: ['ecology', 'water'] };
    const made = await call('/api/accounts', {
      ...{ name: who.username, password: who.password, displayName: '大连监测', role: 'monitor', scope },
    });
    expect(made.status).toBe(201);
    const [air, water] = [await things('ecology/air-quality'), await things('water/water-level')];
    const foreign = [...air, ...water].filter((thing) => !thing.adcode.startsWith('2102'));
    // A gauge called 沈阳 is no secret; a station's own name is.
    const names = foreign.map((thing) => thing.name).filter((name) => !cities.some((city) => city.short === name));
    expect(names.length).toBeGreaterThan(50);

    const wall = await open('/screen/overview', [1920, 1080], who);
    await ready(wall.page);
    await expect.poll(() => rankingOf(wall.page, '大连'), { timeout: 60_000 }).toBeGreaterThan(0);
    // Names of cities are geography; values are not.
    const valued = wall.page.locator('.city[data-adcode]:has(span)');
    expect(await valued.evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['adcode']))).toEqual(['210200']);
    expect(await textOf(wall.page, 'section.panel[aria-label="空气质量"] ol .name')).toEqual(['大连']);
    const seen = await wall.page.evaluate(() => document.body.innerText);
    expect(names.filter((name) => seen.includes(name))).toEqual([]);
    expect(await rankingOf(wall.page, '沈阳')).toBeNaN();
    await wall.context.close();

    const desk = await open('/console/ecology', [1440, 900], who);
    await desk.page.waitForSelector('.station-table [role="option"]');
    const uids = await desk.page
      .locator('.station-table [role="option"]')
      .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['uid']));
    const own = air.filter((thing) => thing.adcode.startsWith('2102')).map((thing) => thing.uid);
    expect([...uids].sort()).toEqual([...own].sort());
    const speaking = async () =>
      (await things('ecology/air-quality')).find((thing) => names.includes(thing.name) && Object.keys(thing.series).length > 0);
    await expect.poll(speaking, { timeout: 60_000 }).toBeDefined();
    const alien = (await speaking()) as ThingState;
    await desk.page.goto(`${server.http}/console/ecology?sel=${encodeURIComponent(alien.uid)}`);
    await desk.page.waitForSelector('.station-table [role="option"]');
    expect(await desk.page.evaluate(() => document.body.innerText)).not.toContain(alien.name);

    const ask = (path: string) => desk.context.request.get(server.http + path);
    const datastream = Object.values(alien.series)[0]?.[6];
    expect((await ask(`/api/history?datastream=${datastream}`)).status()).toBe(404);
    expect((await call(`/api/history?datastream=${datastream}`)).status).toBe(200);
    const latest = (await (await ask('/api/latest?stream=ecology/air-quality')).json()) as { items: ThingState[] };
    expect(latest.items.map((thing) => thing.uid).sort()).toEqual([...own].sort());
    const before = (await (await ask(`/api/latest?stream=ecology/air-quality&at=${new Date().toISOString()}`)).json()) as {
      items: ThingState[];
    };
    expect(before.items.filter((thing) => !thing.adcode.startsWith('2102'))).toEqual([]);
    expect((await ask('/api/indicators/210100')).status()).not.toBe(200);
    const below = (await (await ask('/api/indicators/210200?below=1')).json()) as { items: Indicator[] };
    expect(below.items.filter((one) => !one.adcode.startsWith('2102'))).toEqual([]);

    const features = async (answer: { text(): Promise<string> }) => await answer.text();
    const items = '/ogc/collections/air-stations/items?limit=1000';
    const [narrow, whole] = [await features(await ask(items)), await features(await call(items))];
    expect(names.some((name) => whole.includes(name))).toBe(true);
    expect(names.filter((name) => narrow.includes(name))).toEqual([]);
    // One address, two viewers: the tile of the middle of the province has bytes for one and none for the other. Names in a tile are plain text.
    const tile = '/ogc/tiles/WebMercatorQuad/7/47/107?collections=air-stations,water-gauges';
    const [mine, all] = [await ask(tile), await call(tile)];
    const [mineText, allText] = [(await mine.body()).toString('utf8'), Buffer.from(await all.arrayBuffer()).toString('utf8')];
    expect(names.some((name) => allText.includes(name))).toBe(true);
    expect(names.filter((name) => mineText.includes(name))).toEqual([]);
    await desk.context.close();

    const answer = await fetch(`${server.http}/api/session`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(who) },
    });
    const { token } = (await answer.json()) as { token: string };
    const socket = io(server.http, { transports: ['websocket'], auth: { token } });
    const subscribe = (topic: string) => socket.timeout(20_000).emitWithAck('subscribe', { topic }) as Promise<Snapshot>;
    for (const topic of ['things:ecology/air-quality', 'things:water/water-level', 'indicators', 'alarms']) {
      const list = (await subscribe(topic)).data as readonly { adcode: string }[];
      expect(
        list.filter((one) => !one.adcode.startsWith('2102')),
        topic,
      ).toEqual([]);
      if (topic.startsWith('things')) expect(list.length, topic).toBeGreaterThan(0);
    }
    socket.close();
  });
});

describe('every page at every size', () => {
  const wallSizes = [[1920, 1080], [3840, 2160], [5760, 1080], [6656, 1792]] as const; // biome-ignore format: one line of sizes
  const deskSizes = [[1440, 900], [1920, 1080]] as const; // biome-ignore format: one line of sizes
  const cases = [
    ...wallSizes.map((size) => ['/screen/overview', size, '[data-ready="true"]', true] as const),
    ...deskSizes.map((size) => ['/console/ecology', size, '.station-table [role="option"]', false] as const),
    ...deskSizes.map((size) => ['/ops', size, '[data-ready="true"]', false] as const),
  ];
  test.each(cases)('%s at %s: nothing hangs out, nothing fails, nothing comes from outside', async (path, size, sign, wall) => {
    const { page, context, outside, errors } = await open(path, size);
    await page.waitForSelector(sign, { timeout: 120_000 });
    await page.waitForTimeout(3000);
    const found = await page.evaluate((isWall) => {
      const [width, height] = [window.innerWidth, window.innerHeight];
      const bad: string[] = [];
      if (document.documentElement.scrollWidth > width || document.documentElement.scrollHeight > height) bad.push('the page scrolls');
      let read = 0;
      for (const one of document.querySelectorAll<HTMLElement>('body *')) {
        const own = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? '').trim() !== '');
        const box = one.getBoundingClientRect();
        if (!own || box.width === 0 || box.height === 0 || one.closest('svg') || getComputedStyle(one).visibility === 'hidden') continue;
        read++;
        const words = `${one.textContent?.trim().slice(0, 24)} [${one.className}]`;
        // Text in something that scrolls or cuts on purpose may lie outside it; a panel of the wall does neither.
        let bounds = new DOMRect(0, 0, width, height);
        let cut = false;
        for (let up = one.parentElement; up; up = up.parentElement) {
          if (isWall && up.matches('section.panel')) bounds = up.getBoundingClientRect();
          if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflow) && !up.matches('html, body, .wall, .console-frame')) cut = true;
        }
        if (
          !cut &&
          (box.left < bounds.left - 1.5 || box.right > bounds.right + 1.5 || box.top < bounds.top - 1.5 || box.bottom > bounds.bottom + 1.5)
        )
          bad.push(`hangs out: ${words}`);
        if (isWall && Number.parseFloat(getComputedStyle(one).fontSize) < height / 72 - 0.1) bad.push(`too small: ${words}`);
      }
      return { bad, read };
    }, wall);
    expect(found.bad).toEqual([]);
    expect(found.read).toBeGreaterThan(40);
    expect(outside).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe('the database away', () => {
  /** Stops or wakes the whole private cluster: it neither answers nor ends, as behind a dead network. */
  function signalCluster(signal: 'SIGSTOP' | 'SIGCONT', pids: readonly number[]): void {
    for (const pid of pids) process.kill(pid, signal);
  }
  function clusterPids(): number[] {
    const postmaster = postmasterPid(folder.path);
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(postmaster)], { encoding: 'utf8' });
    return [postmaster, ...children.trim().split(/\s+/).map(Number)];
  }
  test('is said on every page, values are marked as standing, and all of it ends without a reload', async () => {
    const [wall, desk, ops] = [
      await open('/screen/overview', [1280, 720]),
      await open('/console/ecology', [1440, 900]),
      await open('/ops', [1440, 900]),
    ];
    await ready(wall.page);
    await ready(ops.page);
    await desk.page.waitForSelector('.station-table [role="option"]');
    const pages = [wall, desk, ops].map(({ page }) => page);
    for (const page of pages) await page.evaluate(() => Object.assign(window, { sameDocument: true }));
    const database = () => ops.page.locator('[data-fact="数据库"]').innerText();
    await expect.poll(database, { timeout: 30_000 }).toContain('正常');

    const late = await desk.context.newPage();
    const then = Date.now();
    const pids = clusterPids();
    signalCluster('SIGSTOP', pids);
    try {
      await expect.poll(() => textOf(wall.page, 'header .trouble'), { timeout: 30_000 }).toEqual([expect.stringContaining('数据库断开')]);
      await expect.poll(() => textOf(wall.page, 'header .pill'), { timeout: 10_000 }).toEqual(['停更']);
      const panels = await wall.page.locator('section.panel').count();
      await expect
        .poll(() => textOf(wall.page, 'section.panel .held').then((all) => all.filter((one) => /^停更 \d+ /.test(one)).length))
        .toBe(panels);
      await expect.poll(() => textOf(desk.page, '.live[role="status"]')).toEqual([expect.stringContaining('数据库断开')]);
      await expect.poll(database).toContain('断开');
      // A past minute asked for meanwhile cannot be read, and neither can the map: both are said, nothing is called empty.
      await late.goto(`${server.http}/console/ecology?at=${new Date(then).toISOString()}`);
      await expect.poll(() => textOf(late, '.station-table .five-state'), { timeout: 30_000 }).toEqual([expect.stringMatching(/^出错/)]);
      await expect.poll(() => textOf(late, '.failure'), { timeout: 30_000 }).toEqual([expect.stringContaining('底图未取到')]);
      // The mark ages.
      const [first] = await textOf(wall.page, 'section.panel .held');
      await expect.poll(() => textOf(wall.page, 'section.panel .held').then((all) => all[0]), { timeout: 10_000 }).not.toBe(first);
    } finally {
      signalCluster('SIGCONT', pids);
    }
    await expect.poll(() => textOf(wall.page, 'header .trouble'), { timeout: 60_000 }).toEqual([]);
    await late.waitForSelector('.station-table [role="option"]', { timeout: 60_000 });
    await expect.poll(() => textOf(late, '.failure'), { timeout: 60_000 }).toEqual([]);
    await late.close();
    await expect.poll(() => textOf(wall.page, 'section.panel .held')).toEqual([]);
    await expect.poll(() => textOf(wall.page, 'header .pill')).toEqual(['实况']);
    await expect.poll(() => textOf(desk.page, '.live[role="status"]')).toEqual(['实时']);
    await expect.poll(database, { timeout: 10_000 }).toContain('正常');
    // And values move again, on the same documents.
    const last = Math.floor(Date.now() / hour) * hour - hour;
    await sendHour(last, 333);
    await desk.page.locator('input[type="search"]').fill(acceptanceSite.name);
    await expect.poll(() => textOf(desk.page, '.station-table [role="option"] [data-role="value"]'), { timeout: 30_000 }).toEqual(['333']);
    for (const page of pages) expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true);
    expect([wall, desk, ops].flatMap(({ errors }) => errors)).toEqual([]);
    for (const { context } of [wall, desk, ops]) await context.close();
  });
});
