// Writing styles: what is kept is what comes back, at any origin; what is not valid, foreign, stale or not one's own to write is refused and kept out.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineLayer, type Layer } from '../../contracts/layer.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { serveOneMap, type TestDoor } from '../../tests/one-map.http.ts';
import { openStoredStyles } from './stored-styles.pg.ts';
import { parseSheet, sheetFor } from './style-body.ts';

const STYLE_TYPE = 'application/vnd.mapbox.style+json';
const layer = (id: string, more: Partial<Layer> = {}): Layer =>
  defineLayer({
    ...{ id, theme: 'sample', title: { zh: id, en: id }, geometry: 'point', table: 'place', attributes: ['name'], minZoom: 0, maxZoom: 22 },
    ...{ adcodeColumn: null, sharing: 'unconditional', department: 'planning', source: '测试', ...more },
  });
const layers = [layer('places'), layer('quiet', { sharing: 'conditional', department: 'water' })];
let test: TestDatabase;
let door: TestDoor;
beforeAll(async () => {
  test = await testDatabase();
  door = serveOneMap(test, new Map(layers.map((one) => [one.id, one])));
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});

const sheet = (name: string, more: object = {}): Record<string, unknown> => ({
  ...{ version: 8, name, sources: { places: { type: 'vector', tiles: ['/ogc/collections/places/tiles/WebMercatorQuad/{z}/{y}/{x}'] } } },
  layers: [{ id: 'dots', type: 'circle', source: 'places', 'source-layer': 'places', paint: { 'circle-color': '#f00' } }],
  ...more,
});
type Method = 'post' | 'put' | 'patch' | 'delete';
const write = (method: Method, path: string, body?: object, user = 'steward', type = STYLE_TYPE) => {
  const sent = door.send(user, method, path);
  return body === undefined ? sent : sent.set('Content-Type', type).send(JSON.stringify(body));
};
const merge = 'application/merge-patch+json';
const read = async (path: string, user = 'province') => JSON.parse((await door.as(user, path).expect(200)).text);
const idsOf = async (list: string): Promise<string[]> => (await read(list)).styles.map(({ id }: { id: string }) => id);

describe.each([
  ['/ogc/styles', ['console-day', 'console-night', 'wall']],
  ['/ogc/collections/places/styles', ['default', 'night']],
])('%s', (list, house) => {
  it('a new style is listed, comes back as it was at the address that asks, is replaced, described and removed', async () => {
    const made = await write('post', list, sheet('Flood Night')).expect(201);
    const own = `${list}/flood-night`;
    expect(new URL(String(made.get('Location'))).pathname).toBe(own);
    expect(await idsOf(list)).toEqual([...house, 'flood-night']);
    const host = new URL(String(made.get('Location'))).origin;
    const back = await door
      .as('province', own)
      .expect(200)
      .expect('Content-Type', new RegExp(STYLE_TYPE.replace('+', '\\+')));
    const body = JSON.parse(back.text);
    expect(body.sources.places.tiles).toEqual([`${host}/ogc/collections/places/tiles/WebMercatorQuad/{z}/{y}/{x}`]);
    expect(body.layers).toEqual(sheet('')['layers']);
    // What was read can be sent again, with its own addresses; and at another origin it is of that origin.
    const etag = String(back.get('ETag'));
    await door.as('province', own).set('If-None-Match', etag).expect(304);
    const other = JSON.parse((await door.as('province', own).set('Host', 'map.example').expect(200)).text);
    expect(other.sources.places.tiles[0]).toMatch(/^http:\/\/map\.example\/ogc\//);
    const again = await write('put', own, { ...body, name: '洪水' })
      .set('If-Match', etag)
      .expect(204);
    expect(await read(own)).toMatchObject({ name: '洪水', sources: body.sources });
    // Stale now.
    for (const method of ['put', 'delete'] as const) await write(method, own, sheet('x')).set('If-Match', etag).expect(412);
    await write('put', own, sheet('x')).set('If-None-Match', '*').expect(412);

    const about = await read(`${own}/metadata`);
    expect(about).toMatchObject({
      id: 'flood-night',
      title: '洪水',
      scope: 'style',
      layers: [{ id: 'dots', type: 'point', source: 'places' }],
    });
    // What was read may be sent back whole.
    const described = { ...about, title: '洪水夜图', description: '防汛值班用', keywords: ['防汛'] };
    await write('put', `${own}/metadata`, described, 'steward', 'application/json')
      .set('If-Match', String(again.get('ETag')))
      .expect(204);
    await write('patch', `${own}/metadata`, { keywords: null, license: '内部' }, 'steward', merge).expect(204);
    const now = await read(`${own}/metadata`);
    expect([now.title, now.description, now.keywords, now.license]).toEqual(['洪水夜图', '防汛值班用', undefined, '内部']);
    await write('patch', `${own}/metadata`, { title: 'x' }, 'steward', merge).set('If-Match', etag).expect(412);

    await write('patch', list, { default: 'flood-night' }, 'steward', merge).expect(204);
    expect((await read(list)).default).toBe('flood-night');
    await write('patch', list, { default: house[1] as string }, 'steward', merge).expect(204);
    expect((await read(list)).default).toBe(house[1]);
    await write('patch', list, { default: 'flood-night' }, 'steward', merge).expect(204);
    await write('delete', own).expect(204);
    expect([await idsOf(list), (await read(list)).default]).toEqual([house, house[0]]);
    for (const gone of [own, `${own}/metadata`]) await door.as('province', gone).expect(404);
    await write('delete', own).expect(404);
  });
  it('the styles of the house are read only, ids are taken once', async () => {
    const [first = ''] = house;
    for (const method of ['put', 'delete'] as const)
      expect((await write(method, `${list}/${first}`, sheet('x')).expect(403)).body.code).toBe('forbidden');
    await write('patch', `${list}/${first}/metadata`, { title: 'x' }, 'steward', merge).expect(403);
    expect((await write('post', list, sheet(first)).expect(409)).body.code).toBe('conflict');
    await write('put', `${list}/twice`, sheet('两次')).expect(201);
    await write('post', list, sheet('Twice')).expect(409);
    const named = await write('post', list, sheet('只有汉字')).expect(201);
    expect(String(named.get('Location'))).toMatch(/\/styles\/style-[a-z0-9]+$/);
    await write('put', `${list}/Bad_Id`, sheet('x')).expect(404);
    for (const id of [...(await idsOf(list))].filter((one) => !house.includes(one))) await write('delete', `${list}/${id}`).expect(204);
    for (const body of [{ default: 'nothing' }, { default: 7 }, {}, { default: first, colour: 1 }])
      await write('patch', list, body, 'steward', merge).expect(400);
  });
  it('a dry run keeps nothing and refuses what a write refuses', async () => {
    await write('post', `${list}?dry-run=true`, sheet('Dry')).expect(204);
    await write('put', `${list}/dry?dry-run=true`, sheet('Dry')).expect(204);
    expect(await idsOf(list)).toEqual(house);
    await write('post', `${list}?dry-run=true`, sheet('Dry', { version: 7 })).expect(400);
    await write('post', `${list}?dry-run=true`, sheet(house[0] ?? '')).expect(409);
    await write('post', `${list}?dry-run=maybe`, sheet('Dry')).expect(400);
    await write('post', `${list}?colour=red`, sheet('Dry')).expect(400);
    const strict = await write('post', `${list}?dry-run=true`, sheet('Dry')).set('Prefer', 'handling=lenient').expect(204);
    expect(strict.get('Preference-Applied')).toBe('handling=strict');
  });
});

describe('what is refused', () => {
  const source = (more: object): object => ({ sources: { places: { type: 'vector', tiles: ['/x/{z}/{y}/{x}'], ...more } } });
  it.each([
    ['a tile', source({ tiles: ['https://tiles.example/{z}/{x}/{y}'] }), 'sources.places.tiles[0]'],
    ['the second tile', source({ tiles: ['/x/{z}/{y}/{x}', '//tiles.example/{z}'] }), 'sources.places.tiles[1]'],
    ['a document of tiles', source({ url: 'mapbox://mapbox.streets' }), 'sources.places.url'],
    ['data', { sources: { places: { type: 'geojson', data: 'http://other.example/a.json' } } }, 'sources.places.data'],
    ['data of a scheme', { sources: { places: { type: 'geojson', data: 'data:application/json,{}' } } }, 'sources.places.data'],
    ['a picture', { sources: { places: { type: 'image', url: '/\\other.example/a.png', coordinates: [] } } }, 'sources.places.url'],
    ['a hidden tab', { sources: { places: { type: 'image', url: '/\t/other.example/a.png', coordinates: [] } } }, 'sources.places.url'],
    [
      'a film',
      { sources: { places: { type: 'video', urls: ['https://other.example/a.mp4'], coordinates: [] } } },
      'sources.places.urls[0]',
    ],
    ['glyphs', { glyphs: 'https://other.example/{fontstack}/{range}.pbf' }, 'glyphs'],
    ['a sprite', { sprite: 'https://other.example/sprite' }, 'sprite'],
    [
      'one of the sprites',
      {
        sprite: [
          { id: 'a', url: '/a' },
          { id: 'b', url: 'https://other.example/s' },
        ],
      },
      'sprite[1].url',
    ],
    ['a font', { 'font-faces': { Noto: [{ url: 'https://other.example/n.ttf' }] } }, 'font-faces.Noto[0].url'],
    ['a name alike', source({ tiles: ['http://127.0.0.1.other.example/{z}'] }), 'sources.places.tiles[0]'],
  ])('%s from elsewhere', async (_, more, place) => {
    const { body } = await write('put', '/ogc/styles/bad', sheet('bad', more)).expect(400);
    expect([body.code, body.details.place]).toEqual(['foreign-address', place]);
    await door.as('province', '/ogc/styles/bad').expect(404);
  });
  it.each([
    ['a list', []],
    ['no version', { ...sheet('x'), version: undefined }],
    ['an unknown member', sheet('x', { imports: [] })],
    ['an unknown property', sheet('x', { layers: [{ id: 'a', type: 'background', paint: { colour: 'red' } }] })],
    ['a layer without its source', sheet('x', { layers: [{ id: 'a', type: 'fill', source: 'nothing', 'source-layer': 'a' }] })],
    ['no layers', sheet('x', { layers: 7 })],
    ['sources that are none', sheet('x', { sources: [1] })],
    ['markup in the attribution', sheet('x', source({ attribution: '<img src="/x" onerror="alert(1)">' }))],
    ['an expression that is none', sheet('x', { layers: [{ id: 'a', type: 'background', paint: { 'background-color': ['nonsense'] } }] })],
  ])('%s', async (_, body) => {
    expect((await write('put', '/ogc/styles/bad', body).expect(400)).body.code).toBe('bad-body');
    await door.as('province', '/ogc/styles/bad').expect(404);
  });
  it.each([
    ['no title', { description: 'x' }],
    ['a title of a number', { title: 7 }],
    ['an unknown member', { title: 'x', colour: 'red' }],
    ['too many words', { title: 'x', keywords: Array.from({ length: 21 }, () => 'x') }],
    ['a sign that no text has', { title: 'x\0' }],
  ])('metadata with %s', async (_, body) => {
    await write('put', '/ogc/styles/about', sheet('about'));
    await write('put', '/ogc/styles/about/metadata', body, 'steward', 'application/json').expect(400);
    expect((await read('/ogc/styles/about/metadata')).title).toBe('about');
  });
  it('other types are 415', async () => {
    await write('post', '/ogc/styles', sheet('x'), 'steward', 'text/plain').expect(415);
    await write('put', '/ogc/styles/x', sheet('x'), 'steward', 'application/vnd.ogc.sld+xml').expect(415);
  });
});

it('who may write: stewards and administrators for maps, stewards of the department for a layer; everything is in the audit', async () => {
  for (const user of ['province', 'outsider']) await write('post', '/ogc/styles', sheet('x'), user).expect(403);
  await write('post', '/ogc/styles', sheet('x'), 'nobody').expect(401);
  await write('put', '/ogc/collections/places/styles/x', sheet('x'), 'steward-water').expect(403);
  // Not theirs to read: not theirs to draw for, nor to see what is drawn.
  await write('put', '/ogc/collections/quiet/styles/x', sheet('x'), 'steward-shenyang').expect(403);
  await write('put', '/ogc/collections/quiet/styles/x', sheet('x'), 'steward-water').expect(201);
  await door.as('dalian', '/ogc/collections/quiet/styles/x').expect(403);
  expect(await idsOf('/ogc/collections/places/styles')).toEqual(['default', 'night']);
  door.audited.length = 0;
  await write('put', '/ogc/collections/quiet/styles/x', sheet('y'), 'steward-water').expect(204);
  await write('delete', '/ogc/collections/quiet/styles/x', undefined, 'steward-water').expect(204);
  expect(door.audited.map(({ act, target, detail }) => [act, target, detail?.['op']])).toEqual([
    ['write', 'ogc/collections/quiet/styles/x', 'replace'],
    ['write', 'ogc/collections/quiet/styles/x', 'delete'],
  ]);
  const options = await door.send('province', 'options', '/ogc/styles').expect(204);
  expect(options.get('Allow')).toContain('POST');
});
it('two that make the same one at once: one makes it, the others find it made', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => write('post', '/ogc/styles', sheet('Race'))));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  const stored = openStoredStyles(test.database);
  for (let n = 0; n < 25; n++) {
    const made = await Promise.allSettled(
      Array.from({ length: 6 }, () =>
        stored.put({ layer: '', id: `race-${n}` }, {}, 'x', (revision) => {
          if (revision !== null) throw new Error('made');
        }),
      ),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  }
});
it('styles go with their layer', async () => {
  await test.database.query(
    `INSERT INTO layer (id, theme, title_zh, title_en, geometry, table_name, attributes, department, source, provenance, state)
     VALUES ('leaving', 'x', '去', 'x', 'point', 'gone', '[]', 'planning', 'x', 'reported', 'published')`,
  );
  await test.database.query("INSERT INTO map_style (layer, id, metadata, sheet, account) VALUES ('leaving', 'a', '{}', '{}', 'x')");
  await test.database.query("INSERT INTO map_style_default (layer, style) VALUES ('leaving', 'a')");
  await test.database.query("DELETE FROM layer WHERE id = 'leaving'");
  const [row] = await test.database.query<{ n: string }>(
    "SELECT (SELECT count(*) FROM map_style WHERE layer = 'leaving') + (SELECT count(*) FROM map_style_default WHERE layer = 'leaving') AS n",
  );
  expect(Number(row?.n)).toBe(0);
});

describe('addresses, whatever they are', () => {
  const origin = 'https://map.example:8443';
  const wrap = (address: string): object => sheet('x', { sources: { places: { type: 'vector', tiles: [address] } } });
  it('one that is kept is of our own origin when a browser reads it, and comes back the same', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('/', '//', '\\', ':', '@', '.', '..', '\t', '{z}', 'https:', 'ogc', origin, '?', '#'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const address = parts.join('');
        let kept: Readonly<Record<string, unknown>>;
        try {
          kept = parseSheet(wrap(address), origin);
        } catch {
          return;
        }
        const [given] = sheetFor(kept, origin).sources['places'].tiles as string[];
        expect(new URL(String(given)).origin).toBe(origin);
        expect(parseSheet(sheetFor(kept, origin), origin)).toEqual(kept);
      }),
      { numRuns: 2000 },
    );
  });
  it('any JSON is taken or refused with a reason, never a defect', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (sources, drawn, sprite) => {
        try {
          parseSheet({ version: 8, sources, layers: drawn, sprite }, origin);
        } catch (error) {
          expect(['bad-body', 'foreign-address']).toContain((error as { code?: string }).code);
        }
      }),
      { numRuns: 500 },
    );
  });
});
