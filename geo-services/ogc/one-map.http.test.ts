// 一张图 over HTTP on a real database: documents, items, tiles, 304, scope down to the bytes, sharing, audit, freshness.
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { addStations, importBoundaries, serveOneMap, stations, type TestDoor } from '../../tests/one-map.http.ts';
import { tileOf } from '../crs/web-mercator.ts';

let test: TestDatabase;
let door: TestDoor;
const as = (user: string, path: string): supertest.Test => door.as(user, path);
const shenyang = tileOf([123.43, 41.8], 7);
const tilePath = (collections: string, tile = shenyang): string =>
  `/ogc/tiles/WebMercatorQuad/${tile.z}/${tile.y}/${tile.x}?collections=${collections}`;
async function decoded(user: string, path: string): Promise<Record<string, Record<string, unknown>[]>> {
  const tile = new VectorTile(new PbfReader(await door.bytes(user, path)));
  return Object.fromEntries(
    Object.entries(tile.layers).map(([name, layer]) => [name, Array.from({ length: layer.length }, (_, i) => layer.feature(i).properties)]),
  );
}
beforeAll(async () => {
  test = await testDatabase();
  await importBoundaries(test);
  await addStations(test, stations);
  door = serveOneMap(test);
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});
beforeEach(() => {
  door.audited.length = 0;
});

describe('documents', () => {
  it('every address that the documents link to answers', async () => {
    const seen = new Set<string>();
    const queue = ['/ogc'];
    while (queue.length > 0) {
      const path = queue.pop() ?? '';
      if (seen.has(path)) continue;
      seen.add(path);
      const answer = await as('province', path).expect(200);
      // Pages and tables are looked into in formats.http.test.ts.
      if (/text\/(html|csv)/.test(String(answer.get('Content-Type')))) continue;
      // The capabilities of WMTS are XML and lead on by templates: wmts.http.test.ts follows them.
      if (['application/xml', 'application/flatgeobuf', 'image/svg+xml'].includes(answer.type)) continue;
      const body = (answer.body && Object.keys(answer.body).length ? answer.body : JSON.parse(answer.text)) as object;
      for (const [, href] of JSON.stringify(body).matchAll(/"href":"([^"]+)"/g))
        if (href && !href.includes('{')) queue.push(href.replace(/^https?:\/\/[^/]+/, ''));
    }
    expect(seen.size).toBeGreaterThan(30);
  });
  it('the API definition names every path of the collections', async () => {
    const api = JSON.parse((await as('province', '/ogc/api').expect(200)).text);
    expect(api.openapi).toBe('3.0.3');
    expect(Object.keys(api.paths)).toContain('/collections/air-stations/items/{featureId}');
  });
  it('17-083r4 D.1: level 0 has the published scale denominator', async () => {
    const answer = await as('province', '/ogc/tileMatrixSets/WebMercatorQuad').expect(200);
    expect(answer.body.tileMatrices[0].scaleDenominator).toBeCloseTo(559082264.028717, 3);
    expect(answer.body.tileMatrices[0].cellSize).toBeCloseTo(156543.033928041, 6);
  });
  it('nobody without a session sees anything', async () => {
    for (const path of [
      '/ogc',
      '/ogc/collections',
      '/ogc/api',
      '/ogc/collections/cities/items',
      tilePath('cities'),
      '/ogc/relief/shade.png',
    ])
      await as('nobody', path).expect(401);
  });
});

describe('items', () => {
  it('14 cities, counted, in a page of five with a link to the next', async () => {
    const names: string[] = [];
    let path = '/ogc/collections/cities/items?limit=5';
    for (let page = 0; path && page < 5; page++) {
      const { body } = await as('province', path).expect(200);
      expect(body.numberMatched).toBe(14);
      expect(body.numberReturned).toBe(body.features.length);
      names.push(...body.features.map((feature: { properties: { name: string } }) => feature.properties.name));
      path = (body.links.find((link: { rel: string }) => link.rel === 'next')?.href ?? '').replace(/^https?:\/\/[^/]+/, '');
    }
    expect(new Set(names).size).toBe(14);
  });
  it('filters by box and by attribute', async () => {
    const box = await as('province', '/ogc/collections/places/items?bbox=121,38.5,122,39.5&kind=city,capital').expect(200);
    expect(box.body.features.map((f: { properties: { name: string } }) => f.properties.name)).toEqual(['大连']);
    const both = await as('province', '/ogc/collections/places/items?kind=city,capital').expect(200);
    expect(both.body.numberMatched).toBe(14);
  });
  it('refuses bad parameters with 400 and what is unknown with 404', async () => {
    for (const query of ['bbox=1,2,3', 'limit=0', 'nonsense=1', 'limit=1&limit=2']) {
      const answer = await as('province', `/ogc/collections/cities/items?${query}`).expect(400);
      expect(answer.body.code).toBe('bad-parameter');
    }
    for (const path of [
      '/ogc/collections/nothing',
      '/ogc/collections/cities/items/999999',
      '/ogc/collections/cities/items/x',
      '/ogc/relief/nothing.png',
    ])
      expect((await as('province', path).expect(404)).body.code).toBe('not-found');
  });
  it('answers 304 to who has it, and anew once a row is committed', async () => {
    const path = '/ogc/collections/air-stations/items';
    const first = await as('province', path).expect(200);
    await as('province', path)
      .set('If-None-Match', String(first.get('ETag')))
      .expect(304);
    await addStations(test, [{ uid: 'aq-new', adcode: '210105', lng: 123.4, lat: 41.82 }]);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const second = await as('province', path)
      .set('If-None-Match', String(first.get('ETag')))
      .expect(200);
    expect(second.body.numberMatched).toBe(first.body.numberMatched + 1);
    await test.database.query("DELETE FROM thing WHERE uid = 'aq-new'");
    await new Promise((resolve) => setTimeout(resolve, 250));
  });
});

describe('scope and sharing', () => {
  it('the same address gives each area its own rows, in items and one by one', async () => {
    const of = async (user: string): Promise<string[]> =>
      (await as(user, '/ogc/collections/air-stations/items').expect(200)).body.features.map(
        (f: { properties: { uid: string } }) => f.properties.uid,
      );
    expect(await of('province')).toEqual(['aq-shenyang', 'aq-tieling']);
    expect(await of('shenyang')).toEqual(['aq-shenyang']);
    expect(await of('dalian')).toEqual([]);
    const { body } = await as('province', '/ogc/collections/air-stations/items?uid=aq-tieling').expect(200);
    await as('shenyang', `/ogc/collections/air-stations/items/${body.features[0].id}`).expect(404);
  });
  it('and its own bytes in tiles, under another ETag; an ETag of one viewer is no 304 for another', async () => {
    const uids = async (user: string): Promise<unknown[]> =>
      ((await decoded(user, tilePath('air-stations')))['air-stations'] ?? []).map((f) => f['uid']);
    expect(await uids('province')).toEqual(['aq-shenyang', 'aq-tieling']);
    expect(await uids('shenyang')).toEqual(['aq-shenyang']);
    const province = await as('province', tilePath('air-stations')).expect(200);
    await as('shenyang', tilePath('air-stations'))
      .set('If-None-Match', String(province.get('ETag')))
      .expect(200);
    expect(province.get('Cache-Control')).toBe('private, no-cache');
  });
  it('a conditionally shared layer: 403 without the department, not in the catalogue, audited with it', async () => {
    for (const path of [
      '/ogc/collections/pollution-sources',
      '/ogc/collections/pollution-sources/items',
      tilePath('cities,pollution-sources'),
    ])
      expect((await as('outsider', path).expect(403)).body.code).toBe('forbidden');
    const catalogue = await as('outsider', '/ogc/collections').expect(200);
    expect(JSON.stringify(catalogue.body)).not.toContain('pollution-sources');
    expect(door.audited).toEqual([]);
    const own = await as('dalian', '/ogc/collections/pollution-sources/items').expect(200);
    expect(own.body.features.map((f: { properties: { uid: string } }) => f.properties.uid)).toEqual(['ps-dalian']);
    expect(door.audited).toMatchObject([{ act: 'read-restricted', target: 'ogc/pollution-sources/items', identity: { user: 'dalian' } }]);
  });
  it('restricted tiles are audited once per viewer, not once per tile; open ones never', async () => {
    await decoded('province', tilePath('pollution-sources'));
    await decoded('province', tilePath('pollution-sources', tileOf([121.6, 38.9], 7)));
    await decoded('province', tilePath('cities'));
    expect(door.audited.map((entry) => entry.target)).toEqual(['ogc/pollution-sources/tiles']);
  });
  it('without a list, the dataset’s tile holds the open layers only', async () => {
    const layers = Object.keys(await decoded('province', `/ogc/tiles/WebMercatorQuad/${shenyang.z}/${shenyang.y}/${shenyang.x}`));
    expect(layers).toEqual(expect.arrayContaining(['cities', 'province', 'places', 'air-stations']));
    expect(layers).not.toContain('pollution-sources');
  });
});

describe('tiles', () => {
  it('hold several layers with their declared attributes', async () => {
    const tile = await decoded('province', tilePath('cities,places,province'));
    expect(tile['cities']?.map((city) => city['name'])).toContain('沈阳市');
    expect(tile['province']?.[0]).toEqual({ adcode: '210000', name: '辽宁省' });
    expect(tile['places']?.find((place) => place['kind'] === 'capital')).toMatchObject({ name: '沈阳', adcode: '210100', rank: 1 });
  });
  it('one layer has its own address, and it is the same part', async () => {
    const { z, x, y } = shenyang;
    const own = await decoded('province', `/ogc/collections/cities/tiles/WebMercatorQuad/${z}/${y}/${x}`);
    expect(own['cities']).toEqual((await decoded('province', tilePath('cities')))['cities']);
  });
  it('coarse zooms are generalised: the province takes fewer bytes than its full outline', async () => {
    const size = async (z: number): Promise<number> => {
      const { x, y } = tileOf([123, 41], z);
      return Number(
        (await as('province', `/ogc/collections/province/tiles/WebMercatorQuad/${z}/${y}/${x}`).expect(200)).get('Content-Length'),
      );
    };
    expect(await size(3)).toBeLessThan((await size(6)) / 2);
  });
  it('304, gzip as asked, and an empty tile where nothing is', async () => {
    const first = await as('province', tilePath('cities')).expect(200);
    expect(first.get('Content-Encoding')).toBe('gzip');
    await as('province', tilePath('cities'))
      .set('If-None-Match', String(first.get('ETag')))
      .expect(304);
    const plain = await door.raw('province', tilePath('cities')).set('Accept-Encoding', 'identity').expect(200);
    expect(plain.get('Content-Encoding')).toBeUndefined();
    expect(new VectorTile(new PbfReader(plain.body as Buffer)).layers['cities']?.length).toBeGreaterThan(0);
    const far = await door.raw('province', '/ogc/collections/cities/tiles/WebMercatorQuad/7/0/0').expect(200);
    expect((far.body as Buffer).byteLength).toBe(0);
  });
  it('refuses what is no tile: 400 for no number, 404 outside of the matrix', async () => {
    await as('province', '/ogc/collections/cities/tiles/WebMercatorQuad/7/x/0').expect(400);
    await as('province', '/ogc/collections/cities/tiles/WebMercatorQuad/7/128/0').expect(404);
    await as('province', '/ogc/collections/cities/tiles/WebMercatorQuad/23/0/0').expect(404);
    await as('province', '/ogc/collections/cities/tiles/OtherQuad/7/0/0').expect(404);
    await as('province', tilePath('')).expect(400);
    await as('province', tilePath('cities,nothing')).expect(404);
  });
  it('many askers of one tile make it once, and viewers share the base layers', async () => {
    const path = tilePath('cities,places', tileOf([121.6, 38.9], 9));
    const before = door.router.tiles.statistics.misses;
    await Promise.all(Array.from({ length: 12 }, (_, i) => as(i % 2 ? 'dalian' : 'shenyang', path).expect(200)));
    // The database was asked for the sake of one of them.
    expect(door.router.tiles.statistics.misses - before).toBe(1);
  });
  it('relief without its package is one transparent pixel, not an error', async () => {
    const answer = await as('province', '/ogc/relief/shade.png').expect(200);
    expect(answer.get('Content-Type')).toBe('image/png');
  });
});
