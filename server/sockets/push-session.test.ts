// Sockets on real sessions in a real database: a logout, an expiry and a change of rights each end what they must and nothing else.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Health } from '../../contracts/wire.ts';
import { streams } from '../../streams/index.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { openPage, standInForBrowser, type TestPage } from '../../tests/page.socket.ts';
import { bearer, PASSWORD, testHouse } from '../auth/test-house.http.ts';
import { createStore } from '../store/latest.ts';
import { createLatency } from './latency.ts';
import { openPush, type Push } from './push.socket.ts';

const house = testHouse(testDatabase);
const water = 'things:water/water-level' as const;
let http: Server;
let push: Push;
const pages: TestPage[] = [];

beforeEach(async () => {
  standInForBrowser();
  http = createServer();
  const store = createStore(streams);
  const { auth } = house;
  push = openPush({
    ...{ http, latency: createLatency(), health: () => ({}) as Health, limits: { tick: 20, sessionCheck: 100 } },
    house: { store, streams, auth, now: () => house.now, config: { allowedOrigins: [] } },
  });
  auth.onSessionsEnded(push.end);
  await new Promise<void>((ready) => http.listen(0, '127.0.0.1', ready));
});
afterEach(async () => {
  for (const page of pages.splice(0)) page.connection.close();
  await push.close();
  http.closeAllConnections();
});
async function open(token: string): Promise<TestPage> {
  const page = openPage(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, token);
  pages.push(page);
  await page.show(water);
  return page;
}
const until = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 10 });
const tokenOf = async (name: string): Promise<string> => (await house.login(name, PASSWORD).expect(200)).body.token;

test('a logout ends the sockets of its own session; the same user elsewhere and other users stay', async () => {
  const first = await house.account('dl-zhang');
  const second = await tokenOf('dl-zhang');
  const [one, two, other] = [await open(first), await open(second), await open(house.admin)];
  await request(house.app).delete('/api/session').set(bearer(first)).expect(204);
  await until(() => one.sessions).toContain('ended');
  await until(() => push.sockets()).toBe(2);
  expect([two.sessions, other.sessions]).toEqual([[], []]);
});

test('an expired session ends without a word from anybody', async () => {
  const [page, other] = [await open(await house.account('dl-zhang')), await open(house.admin)];
  await house.db.database.query("UPDATE session SET expires = $1 WHERE account = 'dl-zhang'", [new Date(house.now - 1000)]);
  house.now += 60_000;
  await until(() => page.sessions).toContain('ended');
  expect(other.sessions).toEqual([]);
});

test('a scope that was narrowed past this process reaches the sockets', async () => {
  const page = await open(await house.account('dl-zhang'));
  await house.db.database.query("UPDATE account SET adcode = '210211' WHERE name = 'dl-zhang'");
  house.now += 60_000;
  await until(() => page.sessions).toContain('changed');
  await until(() => page.lines.at(-1)).toBe('live');
});
