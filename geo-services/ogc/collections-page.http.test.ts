// /collections in pages: 25,000 layers of which nobody gets more than he asked for, every page reached by `next`, no layer out of sight counted.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defineLayer, type Layer } from '../../contracts/layer.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { serveOneMap, type TestDoor } from '../../tests/one-map.http.ts';

const MANY = 25_000;
const layers: readonly Layer[] = Array.from({ length: MANY }, (_, i) =>
  defineLayer({
    ...{ id: `layer-${i}`, theme: 'sample', title: { zh: `图层 ${i}`, en: `Layer ${i}` }, geometry: 'point', table: 'place' },
    ...{ attributes: ['name'], minZoom: 0, maxZoom: 22, adcodeColumn: null, source: '测试数据' },
    // The last is of another department than the outsider's, and known to its own alone.
    ...{ sharing: i === MANY - 1 ? 'none' : 'unconditional', department: 'data' },
  }),
);
interface Page {
  readonly collections: readonly { readonly id: string }[];
  readonly links: readonly { readonly rel: string; readonly href: string }[];
  readonly numberMatched: number;
  readonly numberReturned: number;
}
let test: TestDatabase;
let door: TestDoor;
const page = async (query: string, user = 'province'): Promise<Page> => (await door.as(user, `/ogc/collections${query}`).expect(200)).body;
const linkOf = ({ links }: Page, rel: string): string => new URL(links.find((link) => link.rel === rel)?.href ?? 'http://none').search;

beforeAll(async () => {
  test = await testDatabase();
  door = serveOneMap(test, new Map(layers.map((layer) => [layer.id, layer])));
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});

it('a page has what was asked for, and says how many there are', async () => {
  const first = await page('?limit=3');
  expect(first.collections.map(({ id }) => id)).toEqual(['layer-0', 'layer-1', 'layer-2']);
  expect([first.numberMatched, first.numberReturned]).toEqual([MANY + 1, 3]);
  expect([linkOf(first, 'next'), linkOf(first, 'prev')]).toEqual(['?limit=3&offset=3', '']);
  // The catalogue of records is the last of the collections.
  const last = await page('?limit=3&offset=24999');
  expect(last.collections.map(({ id }) => id)).toEqual(['layer-24999', 'catalogue']);
  expect([linkOf(last, 'next'), linkOf(last, 'prev')]).toEqual(['', '?limit=3&offset=24996']);
  const full = await page('?limit=1&offset=24999');
  expect([full.collections.map(({ id }) => id), linkOf(full, 'next')]).toEqual([['layer-24999'], '?limit=1&offset=25000']);
  expect((await page('?limit=1&offset=25000')).collections.map(({ id }) => id)).toEqual(['catalogue']);
  expect((await page('?limit=1&offset=25001')).collections).toEqual([]);
  expect((await page('')).numberReturned).toBe(500);
});
it('the links lead through all of them, each once', async () => {
  const seen: string[] = [];
  let query = '?limit=7000';
  while (query && seen.length <= MANY) {
    const one = await page(query, 'outsider');
    expect(one.numberMatched).toBe(MANY);
    seen.push(...one.collections.map(({ id }) => id));
    query = linkOf(one, 'next');
  }
  expect(seen).toEqual([...layers.slice(0, -1).map(({ id }) => id), 'catalogue']);
});
it('the page for people turns, too', async () => {
  const { text } = await door.as('province', '/ogc/collections?f=html&limit=2&offset=2').expect(200);
  expect(text).toContain('共 25001 个集合，本页 2 个');
  expect(text).toMatch(/rel="next" href="[^"]*limit=2&amp;offset=4&amp;f=html"/);
});
it.each(['?limit=0', '?limit=x', '?offset=-1', '?limit=1&limit=2', '?after=1'])('refuses %s', async (query) => {
  await door.as('province', `/ogc/collections${query}`).expect(400);
});

it('the API definition of 25,000 layers names one of them for all, and stays a document', async () => {
  const { body, text } = await door.as('province', '/ogc/api').expect(200);
  const paths = Object.keys(body.paths);
  expect(paths).toContain('/collections/{collectionId}/items');
  expect(paths.filter((path) => path.startsWith('/collections/layer-'))).toEqual([]);
  expect(body.paths['/collections/{collectionId}/items'].parameters).toContainEqual(
    expect.objectContaining({ name: 'collectionId', in: 'path', required: true }),
  );
  expect(text.length).toBeLessThan(500_000);
});
