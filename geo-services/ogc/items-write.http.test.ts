// Part 4 on a real PostGIS: create, replace, update, delete, locking by ETag, areas, bad bodies; and the former versions by datetime=.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { serveOneMap, type TestDoor } from '../../tests/one-map.http.ts';
import { createLayerTable, dropLayer, type LayerDraft, publishTable } from '../features/layers.pg.ts';
import { matches } from './feature-body.ts';

const draft: LayerDraft = {
  ...{ id: 'projects', theme: 'planning', title: { zh: '建设项目', en: 'Projects' }, geometry: 'polygon', adcodeColumn: 'adcode' },
  attributes: [
    { name: 'name', type: 'text' },
    { name: 'adcode', type: 'text' },
    { name: '用地面积', title: '用地面积（公顷）', type: 'double precision' },
    { name: 'floors', type: 'bigint' },
    { name: 'begun', type: 'date' },
    { name: 'order', type: 'boolean' },
  ],
  ...{ sharing: 'unconditional', department: 'planning', source: '测试', provenance: 'simulated', state: 'published' },
};
/** Half a degree has no digits to lose. */
const square = (lng: number, lat: number, side = 0.5): object => ({
  type: 'Polygon',
  coordinates: [
    [
      [lng, lat],
      [lng + side, lat],
      [lng + side, lat + side],
      [lng, lat + side],
      [lng, lat],
    ],
  ],
});
const feature = (properties: object = {}, geometry: object | null = square(123.25, 41.75)): object => ({
  type: 'Feature',
  properties: { name: '甲', adcode: '210102', 用地面积: 1.5, floors: 3, begun: '2026-01-31', order: true, ...properties },
  geometry,
});

let test: TestDatabase;
let door: TestDoor;
const items = '/ogc/collections/projects/items';
beforeAll(async () => {
  test = await testDatabase();
  door = serveOneMap(test);
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});
beforeEach(async () => {
  await test.database.transaction(async (tx) => {
    if ((await tx.query("SELECT 1 AS n FROM layer WHERE id = 'projects'")).length > 0) await dropLayer(tx, 'projects');
    await publishTable(tx, draft, await createLayerTable(tx, draft));
  });
  await pause(150);
  door.audited.length = 0;
});
const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));
async function make(properties: object = {}, user = 'steward'): Promise<{ id: number; etag: string; path: string }> {
  const response = await door
    .send(user, 'post', items)
    .type('application/geo+json')
    .send(JSON.stringify(feature(properties)))
    .expect(201);
  const path = new URL(response.get('Location') ?? '').pathname;
  return { id: response.body.id, etag: response.get('ETag') ?? '', path };
}

describe('create', () => {
  it('answers 201 with the address and the feature; it is in items at once', async () => {
    const { id, etag, path } = await make();
    expect(path).toBe(`${items}/${id}`);
    const got = await door.as('province', path).expect(200);
    expect(got.body).toMatchObject({
      id,
      properties: { 用地面积: 1.5, floors: 3, begun: '2026-01-31', order: true },
      geometry: square(123.25, 41.75),
    });
    expect(got.get('ETag')?.split('.')[0]).toBe(etag.split('.')[0]);
    expect((await door.as('province', `${items}?用地面积=1.5`).expect(200)).body.numberMatched).toBe(1);
    expect(
      (await door.as('province', `${items}?filter=${encodeURIComponent('"用地面积" > 1 AND "order" = TRUE')}`).expect(200)).body
        .numberMatched,
    ).toBe(1);
    expect(door.audited).toContainEqual(
      expect.objectContaining({ act: 'write', target: `ogc/projects/items/${id}`, detail: expect.objectContaining({ op: 'create' }) }),
    );
  });
  it('takes the coordinates in the CRS of Content-Crs, in its axis order', async () => {
    const northing = {
      type: 'Polygon',
      coordinates: [
        [
          [41.8, 123.4],
          [41.8, 123.41],
          [41.81, 123.41],
          [41.8, 123.4],
        ],
      ],
    };
    const response = await door
      .send('steward', 'post', items)
      .type('application/geo+json')
      .set('Content-Crs', '<http://www.opengis.net/def/crs/EPSG/0/4490>')
      .send(JSON.stringify(feature({}, northing)))
      .expect(201);
    expect(response.body.geometry.coordinates[0][0]).toEqual([123.4, 41.8]);
    const far = await door.send('steward', 'post', items).type('application/geo+json').set('Content-Crs', '<urn:x>').send('{}').expect(400);
    expect(far.body.details.name).toBe('Content-Crs');
  });
  const bad: readonly [string, unknown, string][] = [
    ['no feature', [], 'Feature'],
    ['no geometry', { type: 'Feature', properties: {} }, 'geometry'],
    ['a point in a layer of polygons', feature({}, { type: 'Point', coordinates: [123, 41] }), 'Polygon'],
    [
      'a ring that is open',
      feature(
        {},
        {
          type: 'Polygon',
          coordinates: [
            [
              [1, 2],
              [3, 4],
              [5, 6],
              [7, 8],
            ],
          ],
        },
      ),
      '环',
    ],
    [
      'a ring that crosses itself',
      feature(
        {},
        {
          type: 'Polygon',
          coordinates: [
            [
              [123, 41],
              [124, 42],
              [124, 41],
              [123, 42],
              [123, 41],
            ],
          ],
        },
      ),
      'Self-intersection',
    ],
    ['off the earth', feature({}, square(190, 41)), '经纬度'],
    ['an unknown property', feature({ height: 3 }), 'height'],
    ['a text for a number', feature({ 用地面积: '很大' }), '用地面积'],
    ['half a floor', feature({ floors: 2.5 }), '整数'],
    ['the 30th of February', feature({ begun: '2026-02-30' }), 'begun'],
    ['NUL', feature({ name: 'a\0b' }), 'name'],
  ];
  it.each(bad)('refuses %s, and nothing is written', async (_, body, word) => {
    const { status, body: problem } = await door.send('steward', 'post', items).type('application/geo+json').send(JSON.stringify(body));
    expect([status, problem.code]).toEqual([400, 'bad-body']);
    expect(problem.details.reason).toContain(word);
    expect((await door.as('province', items).expect(200)).body.numberMatched).toBe(0);
  });
  it('refuses what it could not answer before anything is written', async () => {
    const post = (path: string, accept = '*/*') =>
      door.send('steward', 'post', path).type('application/geo+json').set('Accept', accept).send(JSON.stringify(feature()));
    await post(`${items}?colour=red`).expect(400);
    await post(items, 'image/png').expect(406);
    expect((await door.as('province', items).expect(200)).body.numberMatched).toBe(0);
  });
  it('refuses other media types, and layers that are not written to', async () => {
    await door.send('steward', 'post', items).type('text/plain').send('x').expect(415);
    const response = await door
      .send('steward', 'post', '/ogc/collections/rivers/items')
      .type('application/geo+json')
      .send('{}')
      .expect(405);
    expect(response.get('Allow')).toBe('GET, HEAD, OPTIONS');
    expect((await door.send('steward', 'options', items).expect(204)).get('Allow')).toBe('GET, HEAD, POST, OPTIONS');
  });
});

describe('what is read', () => {
  it('an attribute is compared in its own type; what is none of it is named', async () => {
    await make({ floors: 12, begun: '2026-01-31' });
    const matched = async (query: string) => (await door.as('province', `${items}?${query}`).expect(200)).body.numberMatched;
    expect([
      await matched('floors=12'),
      await matched('floors=12,3'),
      await matched('floors=3'),
      await matched('begun=2026-01-31'),
    ]).toEqual([1, 1, 0, 1]);
    const { status, body } = await door.as('province', `${items}?floors=viele`);
    expect([status, body.code, body.details.name]).toEqual([400, 'bad-parameter', 'floors']);
  });
  it('an attribute is called by the title of its layer, and a simulated layer says so', async () => {
    const { body } = await door.as('province', '/ogc/collections/projects/schema').expect(200);
    expect(body.properties['用地面积'].title).toBe('用地面积（公顷）');
    await make();
    const page = await door.as('province', `${items}?f=html`).expect(200);
    expect(page.text).toContain('用地面积（公顷）</th>');
    expect(page.text).toContain('<em class="simulated">模拟</em>');
  });
});

describe('the API definition', () => {
  it('names the writing operations where there are some', async () => {
    const { paths } = (await door.as('steward', '/ogc/api').expect(200)).body;
    expect(Object.keys(paths['/collections/projects/items'])).toEqual(['get', 'post']);
    expect(Object.keys(paths['/collections/projects/items/{featureId}'])).toEqual(['get', 'put', 'patch', 'delete']);
    expect(Object.keys(paths['/collections/rivers/items'])).toEqual(['get']);
  });
});

describe('who may', () => {
  it('a viewer, another department: 403; a city writes in its own area and nowhere else', async () => {
    const post = (user: string, adcode: string) =>
      door
        .send(user, 'post', items)
        .type('application/geo+json')
        .send(JSON.stringify(feature({ adcode })));
    expect((await post('province', '210102')).status).toBe(403);
    expect((await post('steward-water', '210102')).status).toBe(403);
    expect((await post('steward-shenyang', '210102')).status).toBe(201);
    expect((await post('steward-shenyang', '210202')).status).toBe(403);
    const dalian = await make({ adcode: '210202' });
    await door.send('steward-shenyang', 'delete', dalian.path).expect(404);
    const own = await make({ adcode: '210102' });
    const moved = await door
      .send('steward-shenyang', 'patch', own.path)
      .type('application/merge-patch+json')
      .send(JSON.stringify({ properties: { adcode: '210202' } }));
    expect(moved.status).toBe(403);
    expect((await door.as('province', own.path).expect(200)).body.properties.adcode).toBe('210102');
  });
});

describe('locking', () => {
  it('the second of two who read the same is told 412, and loses nothing', async () => {
    const { path } = await make();
    const etag = (await door.as('steward', path)).get('ETag') ?? '';
    const put = (name: string, match: string) =>
      door
        .send('steward', 'put', path)
        .type('application/geo+json')
        .set('If-Match', match)
        .send(JSON.stringify(feature({ name })));
    const first = await put('first', etag).expect(200);
    expect(first.body.properties.name).toBe('first');
    const second = await put('second', etag);
    expect([second.status, second.body.code]).toEqual([412, 'precondition-failed']);
    expect((await door.as('steward', path)).body.properties.name).toBe('first');
    await put('third', first.get('ETag') ?? '').expect(200);
    await put('fourth', '*').expect(200);
    await door.send('steward', 'delete', path).set('If-Match', etag).expect(412);
    const now = (await door.as('steward', path)).get('ETag') ?? '';
    await door.send('steward', 'delete', path).set('If-Match', now).expect(204);
    await door.as('steward', path).expect(404);
    await door.send('steward', 'delete', path).expect(404);
  });
  it('an ETag of any representation locks, a weak one does not', async () => {
    const { path } = await make();
    const csv = (await door.as('steward', `${path}?f=csv`)).get('ETag') ?? '';
    const patch = (match: string) =>
      door.send('steward', 'patch', path).type('application/merge-patch+json').set('If-Match', match).send('{"properties":{"floors":9}}');
    await patch(`W/${csv}`).expect(412);
    await patch(`"0-0", ${csv}`).expect(200);
  });
  it('of many at once exactly one wins', async () => {
    const { path } = await make();
    const etag = (await door.as('steward', path)).get('ETag') ?? '';
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        door
          .send('steward', 'patch', path)
          .type('application/merge-patch+json')
          .set('If-Match', etag)
          .send(JSON.stringify({ properties: { floors: i } })),
      ),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412, 412, 412]);
  });
  it('property: If-Match takes our own tags of the state and no others', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), (text, id, revision) => {
        const stem = `${id}-${revision}`;
        expect(matches(`"${stem}.${text.replace(/[",]/g, '')}"`, stem)).toBe(true);
        expect(matches(text.replace(/\*/g, ''), stem)).toBe(text.includes(`"${stem}`) && matches(text, stem));
        expect(matches(`"${stem}1.x"`, stem)).toBe(false);
      }),
    );
  });
});

describe('update', () => {
  it('changes what is given and nothing else; replace empties what is not given', async () => {
    const { path } = await make();
    const patched = await door
      .send('steward', 'patch', path)
      .type('application/merge-patch+json')
      .send('{"properties":{"name":"乙","floors":null}}')
      .expect(200);
    expect(patched.body.properties).toMatchObject({ name: '乙', floors: null, 用地面积: 1.5 });
    expect(patched.body.geometry).toEqual(square(123.25, 41.75));
    const moved = await door
      .send('steward', 'patch', path)
      .type('application/merge-patch+json')
      .send(JSON.stringify({ geometry: square(123.5, 41.25) }))
      .expect(200);
    expect(moved.body).toMatchObject({ properties: { name: '乙' }, geometry: square(123.5, 41.25) });
    const replaced = await door
      .send('steward', 'put', path)
      .type('application/geo+json')
      .send(JSON.stringify({ type: 'Feature', properties: { adcode: '210102' }, geometry: square(123.25, 41.75) }))
      .expect(200);
    expect(replaced.body.properties).toEqual({ name: null, adcode: '210102', 用地面积: null, floors: null, begun: null, order: null });
    await door.send('steward', 'patch', path).type('application/merge-patch+json').send('{}').expect(400);
    const nothing = await door.send('steward', 'patch', path).type('application/merge-patch+json').send('{"properties":{}}').expect(200);
    expect(nothing.get('ETag')).toBe(replaced.get('ETag'));
    await door.send('steward', 'put', `${items}/999999`).type('application/geo+json').send(JSON.stringify(feature())).expect(404);
  });
});

describe('datetime=', () => {
  const ids = async (query: string): Promise<string[]> =>
    (await door.as('province', `${items}${query}`).expect(200)).body.features.map(
      (one: { properties: { name: string } }) => one.properties.name,
    );
  const now = (): string => new Date().toISOString();

  it('gives the map as it was: before, between, after; items, one item, tiles', async () => {
    const before = now();
    await pause(20);
    const { path } = await make({ name: '一' });
    await pause(20);
    const first = now();
    await pause(20);
    await door
      .send('steward', 'patch', path)
      .type('application/merge-patch+json')
      .send(JSON.stringify({ properties: { name: '二' }, geometry: square(121.5, 38.75) }))
      .expect(200);
    await pause(20);
    const second = now();
    await pause(20);
    await door.send('steward', 'delete', path).expect(204);
    await pause(20);
    const last = now();
    expect([
      await ids(`?datetime=${before}`),
      await ids(`?datetime=${first}`),
      await ids(`?datetime=${second}`),
      await ids(`?datetime=${last}`),
      await ids(''),
    ]).toEqual([[], ['一'], ['二'], [], []]);
    expect(await ids(`?datetime=${before}/${last}`)).toEqual(['二']);
    expect(await ids(`?datetime=../${first}`)).toEqual(['一']);
    expect(await ids(`?datetime=${second}/..`)).toEqual(['二']);
    expect(await ids(`?datetime=${first}&filter=${encodeURIComponent("name = '二'")}`)).toEqual([]);
    await door.as('province', path).expect(404);
    expect((await door.as('province', `${path}?datetime=${first}`).expect(200)).body.properties.name).toBe('一');
    // z 6: column 53, rows 23 (Shenyang) and 24 (Dalian).
    const tile = async (row: number, query: string): Promise<number> =>
      (await door.bytes('province', `/ogc/collections/projects/tiles/WebMercatorQuad/6/${row}/53${query}`)).byteLength;
    expect([(await tile(23, `?datetime=${first}`)) > 0, (await tile(24, `?datetime=${first}`)) > 0]).toEqual([true, false]);
    expect([(await tile(23, `?datetime=${second}`)) > 0, (await tile(24, `?datetime=${second}`)) > 0]).toEqual([false, true]);
    expect([await tile(23, ''), await tile(24, '')]).toEqual([0, 0]);
  });
  it.each(['yesterday', '2026-02-30', '2026-01-02/2026-01-01', '2026-01-01/2026-01-02/2026-01-03', '/', ''])(
    '%s is 400 or open',
    async (given) => {
      const { status } = await door.as('province', `${items}?datetime=${given}`);
      expect(status).toBe(given === '/' ? 200 : 400);
      expect((await door.as('province', `/ogc/collections/projects/tiles/WebMercatorQuad/6/23/53?datetime=${given}`)).status).toBe(
        given === '/' ? 200 : 400,
      );
    },
  );
});

describe('tiles', () => {
  it('a commit is in the tile it touches; a tile far from it stays as it was in the cache', async () => {
    const near = '/ogc/collections/projects/tiles/WebMercatorQuad/12/1523/3452';
    const away = '/ogc/collections/projects/tiles/WebMercatorQuad/12/1600/3400';
    const [one, two] = [await door.raw('province', near), await door.raw('province', away)];
    await pause(120);
    await make();
    await pause(120);
    const { misses } = door.router.tiles.statistics;
    expect((await door.raw('province', away)).get('ETag')).toBe(two.get('ETag'));
    expect(door.router.tiles.statistics.misses).toBe(misses);
    const fresh = await door.raw('province', near);
    expect(fresh.get('ETag')).not.toBe(one.get('ETag'));
    expect((fresh.body as Buffer).byteLength).toBeGreaterThan(0);
  });
});
