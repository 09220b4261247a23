// The import routes over a real socket: upload, preview, plan, report, cancel, and who may see what.
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImportJob } from '../../contracts/import.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
let steward: string;
let other: string;
let admin: string;
beforeAll(async () => {
  t = await openTestHouse(await testDatabase());
  steward = await t.token('steward', { adcode: '210000', departments: ['planning'] });
  other = await t.token('steward', { adcode: '210000', departments: '*' });
  admin = await t.token('admin', { adcode: '210000', departments: '*' });
});
afterAll(() => t?.close());

const csv = 'name,lng,lat\na,123.4,41.8\nb,0x,1\n';
async function send(token: string | null, files: Readonly<Record<string, string>>, plan?: unknown, query = '') {
  const form = new FormData();
  if (plan !== undefined) form.set('plan', typeof plan === 'string' ? plan : JSON.stringify(plan));
  for (const [name, text] of Object.entries(files)) form.append('file', new Blob([text]), name);
  const response = await fetch(`${t.url}/api/imports${query}`, {
    method: 'POST',
    body: form,
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });
  return { status: response.status, body: (await response.json()) as { id: number; code?: string; title?: string } };
}
async function settled(id: number): Promise<ImportJob> {
  await t.house.imports.idle();
  return (await t.get(`/api/imports/${id}`, steward).expect(200)).body as ImportJob;
}

describe('POST /api/imports', () => {
  test('brings a file in as a draft of the asker’s department, with a report by row', async () => {
    const { status, body } = await send(steward, { '站点.csv': csv }, { id: 'sites-csv', title: '站点' });
    expect(status).toBe(201);
    const job = await settled(body.id);
    expect(job).toMatchObject({
      state: 'done',
      progress: 1,
      result: { collections: ['sites-csv'], models: [] },
      files: [{ name: '站点.csv', bytes: csv.length }],
    });
    expect(job.report).toMatchObject({ read: 2, imported: 1, skipped: 1, rows: [{ row: 2, kind: 'skipped' }] });
    const [layer] = await t.db.database.query('SELECT department, state, sharing, created_by FROM layer WHERE id = $1', ['sites-csv']);
    expect(layer).toMatchObject({ department: 'planning', state: 'draft', sharing: 'none' });
    await t.call('delete', `/api/imports/${body.id}`, steward).expect(409);
  });

  test('preview=1 waits for a plan, which must fit', async () => {
    const { body } = await send(steward, { 'p.csv': csv }, undefined, '?preview=1');
    expect((await settled(body.id)).state).toBe('ready');
    await t.post(`/api/imports/${body.id}/start`, steward, { layers: [{ source: 'p', fields: [{ name: 'nothing' }] }] }).expect(400);
    await t.post(`/api/imports/${body.id}/start`, steward, { department: 'ocean' }).expect(403);
    await t
      .post(`/api/imports/${body.id}/start`, steward, { id: 'planned', layers: [{ source: 'p', fields: [{ name: 'name', as: '名称' }] }] })
      .expect(200);
    expect((await settled(body.id)).result.collections).toEqual(['planned']);
  });

  test('DELETE cancels, and leaves nothing', async () => {
    const { body } = await send(steward, { 'c.csv': csv }, undefined, '?preview=1');
    await settled(body.id);
    await t.call('delete', `/api/imports/${body.id}`, steward).expect(204);
    expect((await settled(body.id)).state).toBe('cancelled');
  });

  test.each([
    ['no file', {}, undefined, 400, 'bad-body'],
    ['a plan that is no JSON', { 'a.csv': csv }, '{', 400, 'bad-body'],
    ['a plan with an unknown word', { 'a.csv': csv }, { nothing: 1 }, 400, 'bad-body'],
    ['a foreign department', { 'a.csv': csv }, { department: 'ocean' }, 403, 'forbidden'],
  ])('refuses %s', async (_, files, plan, status, code) => {
    const answer = await send(steward, files as Record<string, string>, plan);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    const open = await t.db.database.query("SELECT id FROM import_job WHERE state IN ('uploading', 'queued')");
    expect(open).toEqual([]);
  });
});

test.each([
  ['a body without a boundary', 'multipart/form-data', 'a', /boundary/],
  [
    'a body that ends early',
    'multipart/form-data; boundary=x',
    '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b',
    /不完整/,
  ],
])('%s is refused in Chinese, and leaves no folder', async (_, type, body, words) => {
  const response = await fetch(`${t.url}/api/imports`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${steward}`, 'content-type': type },
  });
  const { code, title } = (await response.json()) as { code: string; title: string };
  expect([response.status, code]).toEqual([400, 'bad-body']);
  expect(title).toMatch(words);
  expect(await t.db.database.query("SELECT id FROM import_job WHERE state IN ('uploading', 'queued')")).toEqual([]);
});

test('an upload broken off at any moment harms nobody: no job stays open, no folder, no uncaught error', async () => {
  const { hostname, port } = new URL(t.url);
  const part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\r\n';
  for (let n = 0; n < 12; n++) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(
      `POST /api/imports HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${steward}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n${part}${n % 2 ? part : ''}`,
    );
    await pause(n * 3);
    socket.destroy();
  }
  const open = () => t.db.database.query("SELECT id FROM import_job WHERE state IN ('uploading', 'queued')");
  for (let n = 0; n < 100 && (await open()).length > 0; n++) await pause(20);
  expect(await open()).toEqual([]);
});

test('an upload that is announced as larger than the disk is refused before it comes', async () => {
  const { hostname, port } = new URL(t.url);
  const answer = await new Promise<number>((resolve, reject) => {
    const call = request({ hostname, port, path: '/api/imports', method: 'POST' }, (response) => {
      resolve(response.statusCode ?? 0);
      call.destroy();
    });
    call.on('error', reject);
    call.setHeader('authorization', `Bearer ${steward}`).setHeader('content-type', 'multipart/form-data; boundary=x');
    call.setHeader('content-length', String(1e15)).flushHeaders();
  });
  expect(answer).toBe(507);
});

test('who may: stewards their own, the administrator all, nobody else', async () => {
  const { body } = await send(steward, { 'w.csv': csv }, undefined, '?preview=1');
  await settled(body.id);
  await t.get(`/api/imports/${body.id}`, other).expect(404);
  await t.call('delete', `/api/imports/${body.id}`, other).expect(404);
  await t.get(`/api/imports/${body.id}`, admin).expect(200);
  const ids = async (token: string) =>
    ((await t.get('/api/imports', token).expect(200)).body as { items: ImportJob[] }).items.map(({ id }) => id);
  expect(await ids(other)).toEqual([]);
  expect(await ids(admin)).toContain(body.id);
  const monitor = await t.token('monitor', { adcode: '210000', departments: '*' });
  expect((await send(monitor, { 'w.csv': csv })).status).toBe(403);
  expect((await send(null, { 'w.csv': csv })).status).toBe(401);
  await t.get('/api/imports', monitor).expect(403);
});
