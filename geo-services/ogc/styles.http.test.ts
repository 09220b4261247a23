// OGC API Styles over HTTP: every style is valid by MapLibre's specification, every tile it names answers, and rights are those of the layers.
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import type supertest from 'supertest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { serveOneMap, type TestDoor } from '../../tests/one-map.http.ts';

let test: TestDatabase;
let door: TestDoor;
const get = (path: string, user = 'province'): supertest.Test => door.as(user, path);
const local = (href: string): string => href.replace(/^https?:\/\/[^/]+/, '');
const STYLE_TYPE = 'application/vnd.mapbox.style+json';
const jsonOf = async (path: string, user = 'province') => JSON.parse((await get(path, user).expect(200)).text);
interface Entry {
  readonly id: string;
  readonly title: string;
  readonly links: readonly { readonly rel: string; readonly href: string; readonly type: string }[];
}
beforeAll(async () => {
  test = await testDatabase();
  door = serveOneMap(test);
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});

it('20-009: every style of every list is valid, names only tiles of the door that was asked, and has metadata', async () => {
  const { collections } = await jsonOf('/ogc/collections');
  const layers = collections.filter(({ itemType }: { itemType: string }) => itemType === 'feature');
  const lists = ['/ogc/styles', ...layers.map(({ id }: { id: string }) => `/ogc/collections/${id}/styles`)];
  let checked = 0;
  for (const path of lists) {
    const list = await jsonOf(path);
    expect(list.styles.map(({ id }: Entry) => id)).toContain(list.default);
    for (const { links } of list.styles as Entry[]) {
      const sheet = links.find(({ rel }) => rel === 'stylesheet');
      const answer = await get(local(sheet?.href ?? '')).expect(200);
      expect([sheet?.type, answer.get('Content-Type')]).toEqual([STYLE_TYPE, expect.stringContaining(STYLE_TYPE)]);
      const style = JSON.parse(answer.text);
      const faults = validateStyleMin(style).map((error) => error.message);
      expect(faults.filter((message) => !/glyphs/.test(message))).toEqual([]);
      const host = new URL(sheet?.href ?? '').origin;
      for (const [address] of answer.text.matchAll(/https?:\/\/[^/"]+/g)) expect(address).toBe(host);
      for (const source of Object.values(style.sources) as { tiles?: string[] }[])
        for (const tile of source.tiles ?? []) await get(local(tile.replace(/\{z\}|\{y\}|\{x\}/g, '0'))).expect(200);
      const about = await jsonOf(local(links.find(({ rel }) => rel === 'describedby')?.href ?? ''));
      expect(about).toMatchObject({ scope: 'style', stylesheets: [{ native: true, link: { href: sheet?.href } }] });
      expect(about.layers.length).toBeGreaterThan(0);
      checked++;
    }
  }
  expect(checked).toBe(3 + 2 * layers.length);
});
it('a legend as JSON and as a picture', async () => {
  const legend = await jsonOf('/ogc/collections/rivers/styles/default/legend');
  expect(legend.entries).toEqual([{ label: '河流', geometry: 'line', colour: expect.stringMatching(/^#[0-9a-f]{6}$/) }]);
  const picture = await get('/ogc/collections/rivers/styles/night/legend.svg').buffer(true).expect(200);
  expect(picture.get('Content-Type')).toContain('image/svg+xml');
  expect(String(picture.body)).toContain('>河流</text>');
});
it('is linked from the landing page and from the layers, and is claimed and defined', async () => {
  const rel = 'http://www.opengis.net/def/rel/ogc/1.0/styles';
  for (const path of ['/ogc', '/ogc/collections/rivers'])
    expect((await jsonOf(path)).links.map((link: { rel: string }) => link.rel)).toContain(rel);
  const { conformsTo } = await jsonOf('/ogc/conformance');
  expect(conformsTo.filter((uri: string) => uri.includes('styles')).map((uri: string) => uri.split('/').at(-1))).toEqual([
    'core',
    'manage-styles',
    'style-validation',
    'mapbox-styles',
  ]);
  const { paths } = await jsonOf('/ogc/api');
  for (const path of ['/styles', '/styles/{styleId}', '/collections/rivers/styles/{styleId}/legend']) expect(paths).toHaveProperty([path]);
  const page = await get('/ogc/collections/rivers/styles?f=html').expect(200).expect('Content-Type', /html/);
  expect(page.text).toMatch(/href="[^"]*\/collections\/rivers\/styles\/night\/legend\?f=html">图例</);
  const legend = await get('/ogc/collections/rivers/styles/night/legend?f=html').expect(200);
  for (const part of ['rivers</a>', 'legend.svg', '■</b> 河流']) expect(legend.text).toContain(part);
});
it('layers out of sight have no style; what is not there is 404; nobody is 401', async () => {
  await get('/ogc/collections/pollution-sources/styles/default', 'outsider').expect(403);
  await get('/ogc/collections/pollution-sources/styles/default/legend.svg', 'outsider').expect(403);
  for (const path of ['/ogc/styles/x', '/ogc/styles/x/metadata', '/ogc/collections/rivers/styles/x', '/ogc/collections/x/styles'])
    await get(path).expect(404);
  for (const path of ['/ogc/styles', '/ogc/collections/rivers/styles/default', '/ogc/collections/rivers/styles/default/legend.svg'])
    await get(path, 'nobody').expect(401);
});
