// The built pages: index.html for the address of a page, hashed files for ever, nothing outside the folder.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import { openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
let pages: string;
beforeAll(async () => {
  pages = mkdtempSync(join(tmpdir(), 'liaozhi-pages-'));
  mkdirSync(join(pages, 'assets'));
  writeFileSync(join(pages, 'index.html'), `<!doctype html><title>辽智</title>${' '.repeat(2000)}`);
  writeFileSync(join(pages, 'assets', 'main-Ab3_x9-Z.js'), `export const x = 1;${'/* long */'.repeat(500)}`);
  t = await openTestHouse(await testDatabase(), { pages });
});
afterAll(async () => {
  await t?.close();
  rmSync(pages, { recursive: true, force: true });
});

test('the root leads to the wall', async () => {
  expect((await t.get('/').expect(302)).headers['location']).toBe('/screen/overview');
});
test.each(['/login', '/login?next=%2Fops', '/screen/overview', '/console/ecology', '/ops'])('%s is the page', async (path) => {
  const page = await t.get(path).expect(200);
  expect([page.headers['cache-control'], page.headers['content-type']]).toEqual(['no-cache', 'text/html; charset=utf-8']);
  expect(page.headers['content-security-policy']).toContain("default-src 'self'");
  await t.get(path).set('If-None-Match', String(page.headers['etag'])).expect(304);
});
test.each([
  ['gzip', 'gzip'],
  ['gzip, br', 'br'],
  ['br;q=0, identity', undefined],
  ['br;q=0, gzip', 'gzip'],
])('a hashed file for %s', async (accepted, encoding) => {
  const script = await t.get('/assets/main-Ab3_x9-Z.js').set('Accept-Encoding', accepted).expect(200);
  expect(script.headers['content-encoding']).toBe(encoding);
  expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(script.headers['vary']).toContain('Accept-Encoding');
  expect(script.headers['content-type']).toContain('javascript');
});
test.each(['/../package.json', '/%2e%2e/package.json', '/assets/..%2f..%2fetc/passwd', '/console/ecology/more', '/assets/none.js', '/%ff'])(
  '%s is not there',
  async (path) => {
    expect((await t.get(path)).status).toBe(path === '/%ff' ? 400 : 404);
  },
);
