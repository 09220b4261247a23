// Every route while the database is away: 503 with Retry-After or an answer from memory, and all well again without a restart.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Route, routes } from '../../contracts/routes.ts';
import type { Thing } from '../../contracts/thing.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { openDatabase } from '../database/pool.pg.ts';
import { hour, morning, openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
let real: TestDatabase;
let line: Server;
const sockets = new Set<Socket>();
let port = 0;
let token: string;
let thing: Thing;
let address: { datastream: number; frame: number };

/** A line to the database that can be cut. */
function openLine(): Promise<void> {
  const target = new URL(real.url);
  line = createServer((near) => {
    const host = decodeURIComponent(target.hostname);
    const far = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${target.port}`) : connect(Number(target.port), host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => sockets.delete(one));
    }
  });
  return new Promise((listening) => line.listen(port, '127.0.0.1', listening));
}
function cutLine(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((closed) => line.close(() => closed()));
}

beforeAll(async () => {
  real = await testDatabase();
  await openLine();
  port = (line.address() as AddressInfo).port;
  const url = new URL(real.url);
  url.host = `127.0.0.1:${port}`;
  const database = openDatabase(url.href, { max: 8 });
  t = await openTestHouse({ database, url: url.href, drop: () => database.close() });
  token = await t.token('admin', { adcode: '210000', departments: '*' });
  thing = await t.thing('沈阳太原街', '210102', [123.39, 41.79], {
    device: { protocol: 'hj212', id: 'MN-SY' },
    stream: 'ecology/air-quality',
  });
  const { id } = await t.air('MN-SY', morning - hour, { a34004: 40 });
  await t.written();
  address = { datastream: t.house.registry.datastreamsOf(thing.id)[0]!.id, frame: id };
  await t.get('/api/session', token).expect(200);
  await cutLine();
  await database.probe();
});
afterAll(async () => {
  if (!line.listening) await openLine();
  await t?.close();
  await cutLine();
  await real?.drop();
});

/** Addresses that lead to what is there, so that the answer is no 404. */
const example = (path: string): string =>
  path
    .replace('/lineage/{kind}/{id}', `/lineage/observation/${address.datastream}:${morning - hour}`)
    .replace('/frames/{id}', `/frames/${address.frame}`)
    .replace('/streams/{id}', '/streams/ecology%2Fair-quality')
    .replace('{theme}/{id}', 'ecology/air-quality')
    .replace('/scenes/{id}', '/scenes/overview')
    .replace('/layers/{id}', '/layers/rivers')
    .replace('/imports/{id}', '/imports/1')
    .replace('{adcode}', '210100')
    .replace('{name}', 'admin')
    .replace('{path}', `Datastreams(${address.datastream})/Observations`);
const read = (Object.entries(routes) as [string, Route][]).filter(([, { method }]) => method === 'get');
/** What is answered from memory: now, and what the house declares. */
const remembered = [
  'live',
  'metrics',
  'latest',
  'alarms',
  'indicators',
  'trust',
  'scenes',
  'scene',
  'openapi',
  'asyncapi',
  'staRoot',
  'session',
  'sessionDemo',
  // A portal that is closed says so.
  'portalLayers',
  'portalStatistics',
];
const ask = (route: Route) =>
  t.get(`${example(route.path)}${route.path === '/api/history' ? `?datastream=${address.datastream}` : ''}`, token);

test.each(read)('%s', async (name, route) => {
  const answer = await ask(route);
  if (remembered.includes(name)) expect(answer.status).toBe(200);
  else expect([answer.status, answer.body.code, Number(answer.headers['retry-after']) > 0]).toEqual([503, 'database-unavailable', true]);
});
test.each([
  '/api/latest?at=2026-11-24T08:00:00Z',
  '/api/alarms?at=2026-11-24T08:00:00Z',
  '/api/indicators/210000?at=2026-11-24T08:00:00Z',
  '/api/trust?at=2026-11-24T08:00:00Z',
])('the past is in the database: %s', async (path) => {
  expect((await t.get(path, token).expect(503)).headers['retry-after']).toBeDefined();
});
test('what would be written is not said to be', async () => {
  const body = { name: '新站', properties: { adcode: '210102', stream: 'water/water-level' } };
  await t.post('/sta/v1.1/Things', token, body).expect(503);
  await t.post(`/sta/v1.1/Datastreams(${address.datastream})/Observations`, token, { result: 1 }).expect(503);
  expect((await t.get('/metrics').expect(200)).text).toContain('liaozhi_database_up 0');
});
test('and all is well again without a restart', async () => {
  await openLine();
  await expect.poll(async () => (await t.get('/readyz')).status, { timeout: 20_000 }).toBe(200);
  const route = routes.history;
  expect((await ask(route).expect(200)).body.points).toHaveLength(1);
});
