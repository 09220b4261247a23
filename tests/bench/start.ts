// What a start costs: seconds of the second `npm start`, memory with 5,000 Datastreams, weight and first paint of the wall.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import mqtt from 'mqtt';
import { chromium } from 'playwright-core';
import { projectRoot } from '../../server/project-root.file.ts';
import { adminPassword, asAdmin, dataFolder, type RunningServer, startServer } from '../server.file.ts';
import { median, type Result } from './result.ts';

/** Seconds of `npm start` from its spawn to its ready line, on a data folder that has been started before. */
async function startSeconds(dataDir: string): Promise<number> {
  const ports = ['port', 'mqtt-port', 'hj212-port', 'sl651-port', 'jt808-port', 'ais-port'].flatMap((name) => [`--${name}`, '0']);
  const words = [...ports, '--data-dir', dataDir, '--admin-password', adminPassword];
  const from = performance.now();
  const child = spawn('npm', ['start', '--', ...words], { cwd: projectRoot(), stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  const seconds = await new Promise<number>((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
      if (/^ready \{/m.test(printed)) resolve((performance.now() - from) / 1000);
    });
    child.once('exit', () => reject(new Error(`npm start ended:\n${printed}`)));
  });
  child.removeAllListeners('exit');
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-(child.pid as number), 'SIGTERM');
  await ended;
  return seconds;
}

const things = 1250;
const codes = ['a34004', 'a34002', 'a05024', 'a21004'] as const;

/** Resident megabytes of the server's process, now and at most: Linux, /proc. */
function residentMegabytes(server: RunningServer): { now: number; peak: number } {
  const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
  const read = (name: string): number => Number(new RegExp(`${name}:\\s*(\\d+) kB`).exec(status)?.[1]) / 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

/** 1,250 Things with four series each, registered through the API, values in all of them through MQTT. */
async function fillDatastreams(server: RunningServer): Promise<number> {
  const call = await asAdmin(server);
  for (let n = 0; n < things; n += 25)
    await Promise.all(
      Array.from({ length: 25 }, async (_, k) => {
        const device = `memory-${n + k}`;
        const position = [123 + ((n + k) % 50) / 50, 41 + Math.floor((n + k) / 50) / 50];
        const answer = await call('/api/devices/claim', {
          ...{ protocol: 'mqtt', device, name: `内存试验站 ${n + k}`, adcode: '210100', stream: 'ecology/air-quality', position },
        });
        if (answer.status !== 201) throw new Error(`claim: ${answer.status} ${await answer.text()}`);
      }),
    );
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${server.mqtt}`, { clientId: 'memory' });
  for (let round = 0; round < 10; round++) {
    const sent = Array.from({ length: things }, (_, n) => {
      const values = Object.fromEntries(codes.map((code, index) => [code, 20 + ((n * 7 + round * 3 + index) % 60)]));
      const time = Date.now() - (10 - round) * 60_000;
      return client.publishAsync(`devices/memory-${n}/telemetry`, JSON.stringify({ time, values }), { qos: 1 });
    });
    await Promise.all(sent);
  }
  await client.endAsync();
  // Acknowledged is durable; the first value of a series still waits for its Datastream to be made.
  let made = 0;
  for (let wait = 0; wait < 240 && made < things * codes.length; wait++) {
    await pause(500);
    const { items } = (await (await call('/api/latest?stream=ecology/air-quality&limit=5000')).json()) as { items: { series: object }[] };
    made = items.reduce((sum, { series }) => sum + Object.keys(series).length, 0);
  }
  return made;
}

/** Files that a script of the built pages loads by static import, itself included. */
function closureOf(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(join(projectRoot(), 'dist/pages/assets', file), 'utf8');
  for (const [, name] of text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) if (name) closureOf(name, found);
  return found;
}
function gzipKilobytes(files: Iterable<string>): number {
  let bytes = 0;
  for (const file of files) bytes += gzipSync(readFileSync(join(projectRoot(), 'dist/pages/assets', file))).length;
  return bytes / 1024;
}

/** Milliseconds to the first contentful paint of the wall, each time in a browser context with nothing cached; and the scripts it loaded. */
async function firstPaint(server: RunningServer, runs: number): Promise<{ seconds: number; scripts: Set<string> }> {
  const flags = '--no-sandbox --disable-gpu --enable-unsafe-swiftshader --disable-quic --no-first-run --disable-background-networking';
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...flags.split(' '), '--disable-sync', '--hide-scrollbars', '--disable-background-timer-throttling'],
  });
  const seconds: number[] = [];
  const scripts = new Set<string>();
  try {
    for (let run = 0; run < runs; run++) {
      const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
      await context.request.post(`${server.http}/api/session`, { data: { username: 'admin', password: adminPassword } });
      const page = await context.newPage();
      page.on('request', (request) => {
        if (request.resourceType() === 'script') scripts.add(new URL(request.url()).pathname.split('/').at(-1) ?? '');
      });
      await page.goto(`${server.http}/screen/overview`, { waitUntil: 'commit' });
      const paint = await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime, undefined, {
        timeout: 60_000,
      });
      seconds.push(Number(await paint.jsonValue()) / 1000);
      await page.waitForFunction(() => document.body.innerText.includes('空气质量'), undefined, { timeout: 60_000 });
      await context.close();
    }
  } finally {
    await browser.close();
  }
  return { seconds: median(seconds), scripts };
}

/** Needs dist/ and Chromium. */
export async function bench(): Promise<Result[]> {
  const folder = dataFolder();
  let server = await startServer(folder.path, ['--demo', '0']);
  try {
    await server.stop();
    const starts = [await startSeconds(folder.path), await startSeconds(folder.path), await startSeconds(folder.path)];

    server = await startServer(folder.path, ['--demo', '0']);
    const datastreams = await fillDatastreams(server);
    await pause(3000);
    const memory = residentMegabytes(server);
    if (datastreams !== things * codes.length) throw new Error(`${datastreams} Datastreams have a value, not ${things * codes.length}`);
    const wall = await firstPaint(server, 5);
    await server.stop();

    const html = readFileSync(join(projectRoot(), 'dist/pages/index.html'), 'utf8');
    const entry = /<script type="module"[^>]* src="\/assets\/([\w.-]+\.js)"/.exec(html)?.[1];
    if (!entry) throw new Error('dist/pages/index.html names no script');
    const first = closureOf(entry);
    for (const file of wall.scripts)
      if (/cesium/i.test(readFileSync(join(projectRoot(), 'dist/pages/assets', file), 'utf8'))) throw new Error(`${file} holds Cesium`);
    return [
      { name: 'start-second', value: median(starts), unit: 's', against: `npm start to its ready line, of ${starts.length}` },
      {
        ...{ name: 'memory-5000', value: memory.now, unit: 'MB' },
        against: `${datastreams} Datastreams with values; at most ${memory.peak.toFixed(0)} MB so far`,
      },
      { name: 'wall-first-script', value: gzipKilobytes(first), unit: 'KB', against: `gzip, ${first.size} files` },
      {
        name: 'wall-scripts',
        value: gzipKilobytes(wall.scripts),
        unit: 'KB',
        against: `gzip, all ${wall.scripts.size} that the wall loads, none with Cesium`,
      },
      { name: 'wall-first-paint', value: wall.seconds, unit: 's', against: '1920×1080, nothing cached, median of 5' },
    ];
  } finally {
    // A second time does nothing; after a failure it is the first.
    await server.stop();
    folder.remove();
  }
}
