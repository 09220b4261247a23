// From a committed row to the glass: 49 socket.io clients that fetch the tile which a change made old, and one real map page in Chromium.
//
// Fresh: the client holds a tile with the new row in it. Painted: the page's pixels have changed, read off screenshots, each of which takes a
// tenth of a second here: the figure is too high by up to one of them. Needs `npm run build`, Chromium and PostGIS.
// Alone: npx tsx tests/bench/commit-to-tile.ts
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { io, type Socket } from 'socket.io-client';
import type { Delta, MapChange } from '../../contracts/wire.ts';
import { openDatabase, type PgDatabase } from '../../server/database/pool.pg.ts';
import { launchBrowser } from '../browser.ts';
import { adminPassword, databaseUrl, dataFolder, type RunningServer, startServer } from '../server.file.ts';
import type { Result } from './result.ts';

const viewers = 50;
const commits = 20;
const budget = 1000;
/** West, south, side: inland, where the map is plain. */
const place = [122.9, 41.9, 0.1] as const;
const tilePath = '/ogc/collections/lakes/tiles/WebMercatorQuad/10/380/861';

/** Nearest rank. */
const at = (values: readonly number[], share: number): number =>
  Math.round([...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? Number.NaN);

interface Clients {
  /** Resolves when each client holds a tile with the name in it (or, absent, without): milliseconds since the call, one per client. */
  hold(name: string, present: boolean): Promise<number[]>;
  close(): void;
}

async function openClients(server: RunningServer, count: number): Promise<Clients> {
  const session = await fetch(`${server.http}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: adminPassword }),
  });
  const { token } = (await session.json()) as { token: string };
  const sockets = await Promise.all(
    Array.from({ length: count }, async (): Promise<Socket> => {
      const socket = io(server.http, { transports: ['websocket'], forceNew: true, auth: { token } });
      await new Promise<void>((ready, failed) => socket.once('connect', ready).once('connect_error', failed));
      await socket.timeout(20_000).emitWithAck('subscribe', { topic: 'map' });
      return socket;
    }),
  );
  const holds = async (name: string): Promise<boolean> => {
    const answer = await fetch(server.http + tilePath, { headers: { authorization: `Bearer ${token}` } });
    return Buffer.from(await answer.arrayBuffer()).includes(name);
  };
  return {
    hold(name, present) {
      const from = performance.now();
      return Promise.all(
        sockets.map(
          (socket) =>
            new Promise<number>((resolve, reject) => {
              const late = setTimeout(() => reject(new Error('a client was not told within 10 s')), 10_000);
              const hear = async (delta: Delta): Promise<void> => {
                if (delta.topic !== 'map' || !(delta.data as readonly MapChange[]).some(({ layer }) => layer === 'lakes')) return;
                if ((await holds(name)) !== present) return;
                clearTimeout(late);
                socket.off('delta', hear);
                resolve(performance.now() - from);
              };
              socket.on('delta', hear);
            }),
        ),
      );
    },
    close: () => sockets.forEach((socket) => void socket.close()),
  };
}

/** Milliseconds until the middle of the map looks other than before. */
async function repainted(page: Page, before: Buffer): Promise<number> {
  const from = performance.now();
  while (performance.now() - from < 10_000) if (!(await middle(page)).equals(before)) return performance.now() - from;
  throw new Error('the page did not change within 10 s');
}
/** The map stands with the place in its middle; the page's own furniture is elsewhere. */
async function middle(page: Page): Promise<Buffer> {
  const box = await page.locator('canvas').first().boundingBox();
  if (!box) throw new Error('no map on the page');
  return page.screenshot({ clip: { x: box.x + box.width / 2 - 8, y: box.y + box.height / 2 - 8, width: 16, height: 16 } });
}
/** Until nothing changes any more. */
async function settled(page: Page): Promise<Buffer> {
  let last = await middle(page);
  for (let quiet = 0; quiet < 5; ) {
    await pause(200);
    const now = await middle(page);
    quiet = now.equals(last) ? quiet + 1 : 0;
    last = now;
  }
  return last;
}

async function change(database: PgDatabase, name: string, present: boolean): Promise<void> {
  if (!present) await database.query('DELETE FROM lake WHERE name = $1', [name]);
  else
    await database.query(
      `INSERT INTO lake (name, geom, geom_3857) SELECT $1, g, ST_Transform(g, 3857)
       FROM (SELECT ST_Multi(ST_MakeEnvelope($2::float8, $3::float8, $2::float8 + $4::float8, $3::float8 + $4::float8, 4490)) AS g) AS made`,
      [name, ...place],
    );
}

/** For the bench runner. */
export async function bench(): Promise<Result[]> {
  const folder = dataFolder();
  const server = await startServer(folder.path, ['--demo', '1']);
  const database = openDatabase(databaseUrl(folder.path), { max: 1 });
  const browser = await launchBrowser();
  const clients = await openClients(server, viewers - 1);
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, reducedMotion: 'reduce' });
    await context.request.post(`${server.http}/api/session`, { data: { username: 'admin', password: adminPassword } });
    const page = await context.newPage();
    await page.goto(`${server.http}/console/ecology?z=10.00/${(place[1] + 0.05).toFixed(4)}/${(place[0] + 0.05).toFixed(4)}`);
    await page.waitForSelector('canvas', { timeout: 60_000 });
    await pause(20_000);
    const [fresh, painted]: [number[], number[]] = [[], []];
    for (let n = 0; n < commits; n++) {
      const before = await settled(page);
      const present = n % 2 === 0;
      await Promise.all([
        change(database, '试验水库', present),
        clients.hold('试验水库', present).then((all) => fresh.push(...all)),
        repainted(page, before).then((one) => painted.push(one)),
      ]);
    }
    return [
      { name: 'commit-to-tile-p50', value: at(fresh, 0.5), unit: 'ms' },
      { name: 'commit-to-tile-p95', value: at(fresh, 0.95), unit: 'ms', budget },
      { name: 'commit-to-painted-p50', value: at(painted, 0.5), unit: 'ms' },
      { name: 'commit-to-painted-p95', value: at(painted, 0.95), unit: 'ms', budget },
    ];
  } finally {
    clients.close();
    await browser.close();
    await database.close();
    await server.stop();
    folder.remove();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const result of await bench()) console.log(JSON.stringify(result));
