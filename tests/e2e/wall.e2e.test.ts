// A real device frame changes a number on the wall: real server, real ports, real Chromium; numbers are read off the page.
import { connect } from 'node:net';
import mqtt from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ThingState } from '../../contracts/wire.ts';
import { beijingTime, encodeHj212, qnOf } from '../../iot-gateway/protocols/hj212.ts';
import { levelReport } from '../../server/demo/gauges.tcp.ts';
import { acceptanceSite } from '../../server/demo/sites.ts';
import { launchBrowser } from '../browser.ts';
import { adminPassword, asAdmin, dataFolder, type RunningServer, startServer } from '../server.file.ts';

const hour = 3_600_000;
const folder = dataFolder();
let server: RunningServer;
let browser: Browser;
beforeAll(async () => {
  // The portal lets everyone read what is shared unconditionally: closed here, to see that nothing else is open.
  server = await startServer(folder.path, ['--demo', '1', '--portal', '0']);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  folder.remove();
});

async function openPage(): Promise<{ page: Page; outside: string[]; errors: string[] }> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 720 } })).newPage();
  const outside: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.http)) outside.push(request.url());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) errors.push(message.text().slice(0, 200));
  });
  return { page, outside, errors };
}
/** City AQI as the ranking prints it. */
const rankingOf = (page: Page, city: string): Promise<number> =>
  page.evaluate((name) => Number(new RegExp(`${name}\\s*(\\d+)`).exec(document.body.innerText.split('空气质量')[1] ?? '')?.[1]), city);

function sendFrame(frame: Uint8Array, port = server.hj212): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(frame));
    socket.on('data', (answer) => {
      resolve(answer.toString());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('login, then frames over TCP (HJ 212, SL 651) and a message over MQTT move the wall, and nothing is loaded from outside', async () => {
  const { page, outside, errors } = await openPage();
  await page.goto(`${server.http}/screen/overview`);
  await page.waitForURL('**/login?next=/screen/overview');
  await page.fill('input[autocomplete="username"]', 'admin');
  await page.fill('input[type="password"]', adminPassword);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/screen/overview');
  await page.waitForSelector('[data-ready="true"]', { timeout: 60_000 });
  expect(await page.evaluate(() => document.body.innerText)).toContain('演示数据');
  await expect.poll(() => rankingOf(page, '沈阳'), { timeout: 60_000 }).toBeGreaterThan(0);
  const before = await rankingOf(page, '沈阳');

  // The hour that ended last, with a value no demo station has.
  const at = Math.floor(Date.now() / hour) * hour - hour;
  const mn = acceptanceSite.properties.device?.id ?? '';
  const answer = await sendFrame(
    encodeHj212({
      ...{ qn: qnOf(Date.now()), st: '22', cn: '2061', pw: '123456', mn, flag: 5 },
      cp: [
        [['DataTime', beijingTime(at)]],
        [
          ['a34004-Avg', '480'],
          ['a34004-Flag', 'N'],
        ],
      ],
    }),
  );
  expect(answer).toContain('CN=9014');
  await expect.poll(() => rankingOf(page, '沈阳'), { timeout: 30_000 }).toBeGreaterThan(before + 30);
  const call = await asAdmin(server);
  const latest = async (stream: string) => ((await (await call(`/api/latest?stream=${stream}`)).json()) as { items: ThingState[] }).items;
  const station = (await latest('ecology/air-quality')).find((thing) => thing.uid === acceptanceSite.uid);
  expect(station?.provenance).toBe('measured');

  // A gauge of the demo that never speaks: here it does.
  const gauge = (await latest('water/water-level')).find(({ series }) => Object.keys(series).length === 0);
  const metres = (gauge?.properties.limits?.['z']?.['guarantee'] ?? 0) + 0.5;
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  const report = { station: gauge?.properties.device?.id ?? '', serial: 1, at: minute, sent: Date.now(), metres: [metres] };
  await sendFrame(levelReport(report), server.sl651);
  await expect
    .poll(() => page.evaluate(() => document.body.innerText), { timeout: 30_000 })
    .toMatch(new RegExp(`${gauge?.name}\\s*超保证`));

  const client = await mqtt.connectAsync({ host: '127.0.0.1', port: server.mqtt, clientId: 'by-hand' });
  const values = { 'fire-confidence': 99, frp: 77 };
  const fire = { time: Date.now(), position: [122.9, 41.9], values };
  await client.publishAsync('devices/demo-satellite-fire/telemetry', JSON.stringify(fire), { qos: 1 });
  await client.endAsync();
  await expect.poll(() => page.evaluate(() => document.body.innerText), { timeout: 30_000 }).toMatch(/高置信 99 %/);

  expect(outside).toEqual([]);
  expect(errors).toEqual([]);
});

test('no state and no write without an identity; a leader may not write', async () => {
  for (const path of ['/api/latest?stream=water/water-level', '/api/history?datastream=1', '/api/alarms', '/ogc/collections/cities/items'])
    expect((await fetch(server.http + path)).status, path).toBe(401);
  const observation = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ result: 1 }) };
  expect((await fetch(`${server.http}/sta/v1.1/Datastreams(1)/Observations`, observation)).status).toBe(401);
  const opened = await fetch(`${server.http}/api/session`, { ...observation, body: JSON.stringify({ demo: 'demo-leader' }) });
  const { token } = (await opened.json()) as { token: string };
  const asLeader = { ...observation, headers: { ...observation.headers, authorization: `Bearer ${token}` } };
  expect((await fetch(`${server.http}/sta/v1.1/Datastreams(1)/Observations`, asLeader)).status).toBe(403);
  expect(
    (await (await asAdmin(server))('/sta/v1.1/Datastreams(1)/Observations', { result: 1, phenomenonTime: new Date().toISOString() }))
      .status,
  ).toBe(201);
});
