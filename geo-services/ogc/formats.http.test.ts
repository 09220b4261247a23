// Formats of 一张图 over HTTP on a real PostGIS: negotiation, paging in every format, links, ETags, filters, scope, pages.
import type supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import {
  addStations,
  type ItemsBody,
  importBoundaries,
  serveOneMap,
  type TestDoor,
  type TestStation,
  type Viewer,
} from '../../tests/one-map.http.ts';
import { crsUris } from './crs.ts';

let test: TestDatabase;
let door: TestDoor;
const viewers: readonly Viewer[] = [
  ['210000', '210000', '*'],
  ['210200', '210200', ['water']],
];
const get = (path: string, user = '210000'): supertest.Test => door.as(user, path);
const epsg = (code: number): string => `http://www.opengis.net/def/crs/EPSG/0/${code}`;
const STATIONS = '/ogc/collections/air-stations/items';
const HOSTILE = '=<script>alert("1")</script>,\'&';

/** At the published places of the vectors. */
const cities: readonly TestStation[] = [
  { uid: '大连', adcode: '210202', lng: 121.6147, lat: 38.914 },
  { uid: '葫芦岛', adcode: '211402', lng: 120.837, lat: 40.711 },
  { uid: '锦州', adcode: '210702', lng: 121.127, lat: 41.0951 },
  { uid: '丹东', adcode: '210602', lng: 124.3947, lat: 40.129 },
  { uid: '沈阳', adcode: '210102', lng: 123.4315, lat: 41.8057, name: HOSTILE },
  { uid: 'ps', adcode: '210102', lng: 123.4, lat: 41.8, stream: 'ecology/pollution-source' },
];
const local = (href: string): string => href.replace(/^https?:\/\/[^/]+/, '');

beforeAll(async () => {
  test = await testDatabase();
  await importBoundaries(test);
  await addStations(test, cities);
  door = serveOneMap(test, undefined, viewers);
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});

describe('formats', () => {
  it.each([
    ['', '*/*', 'application/geo+json'],
    ['', 'application/json', 'application/geo+json'],
    ['', 'application/vnd.ogc.fg+json', 'application/vnd.ogc.fg+json'],
    ['', 'text/csv', 'text/csv'],
    ['', 'text/csv; charset=utf-8', 'text/csv'],
    ['', 'application/geo+json;charset=utf-8', 'application/geo+json'],
    ['', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['f=csv', 'text/html', 'text/csv'],
    ['f=json', 'text/html', 'application/geo+json'],
    ['f=html', '*/*', 'text/html'],
  ])('%s with Accept %s is %s, for items and for one', async (query, accept, type) => {
    const id = ((await get(STATIONS)).body as ItemsBody).features[0]?.id;
    for (const path of [STATIONS, `${STATIONS}/${id}`]) {
      const answer = await get(`${path}?${query}`).set('Accept', accept).expect(200);
      expect(answer.get('Content-Type')).toContain(type);
      expect(answer.get('Vary')).toContain('Accept,');
      expect(answer.get('Content-Crs')).toBe(`<${crsUris[0]}>`);
    }
  });
  it('17-069r4 §7.5.1: 406 for what is not on offer by Accept, 400 by f, on every resource', async () => {
    for (const path of ['/ogc', '/ogc/conformance', '/ogc/collections', '/ogc/api', STATIONS]) {
      expect((await get(path).set('Accept', 'image/tiff').expect(406)).body.code).toBe('not-acceptable');
      expect((await get(`${path}?f=tiff`).expect(400)).body.code).toBe('bad-parameter');
    }
  });
  it('an ETag is of one format and one CRS', async () => {
    const paths = [...['geojson', 'jsonfg', 'csv', 'html'].map((f) => `f=${f}`), ...crsUris.slice(1).map((crs) => `crs=${crs}`)];
    const id = ((await get(STATIONS)).body as ItemsBody).features[0]?.id;
    for (const path of [STATIONS, `${STATIONS}/${id}`]) {
      const tags = await Promise.all(paths.map(async (query) => String((await get(`${path}?${query}`).expect(200)).get('ETag'))));
      expect(new Set(tags).size).toBe(10);
      const byAccept = await get(path).set('Accept', 'text/csv').set('If-None-Match', String(tags[0])).expect(200);
      await get(path)
        .set('Accept', 'text/csv')
        .set('If-None-Match', String(byAccept.get('ETag')))
        .expect(304);
    }
  });

  it.each(['geojson', 'jsonfg', 'csv', 'html'])(
    '%s: pages of two follow each other to the end, each with self and alternates',
    async (f) => {
      const seen: string[] = [];
      let path = `${STATIONS}?${new URLSearchParams({ limit: '2', f, crs: epsg(4550) })}`;
      for (let page = 0; path && page < 9; page++) {
        const { text, headers } = await get(path).expect(200);
        seen.push(...['大连', '葫芦岛', '锦州', '丹东', '沈阳'].filter((uid) => text.includes(uid)));
        const links: { rel: string; href: string }[] = f.includes('json')
          ? JSON.parse(text).links
          : f === 'csv'
            ? [...String(headers['link']).matchAll(/<([^>]*)>; rel="(\w+)"/g)].map(([, href = '', rel = '']) => ({ href, rel }))
            : [...text.matchAll(/<a rel="(\w+)" href="([^"]*)"/g)].map(([, rel = '', href = '']) => ({
                rel,
                href: href.replaceAll('&amp;', '&'),
              }));
        if (f !== 'html') {
          expect(links.filter((link) => link.rel === 'self').length).toBe(1);
          expect(links.filter((link) => link.rel === 'alternate').length).toBe(4);
        }
        if (f === 'csv') expect([headers['ogc-numbermatched'], headers['ogc-numberreturned']]).toEqual(['5', page < 2 ? '2' : '1']);
        path = local(links.find((link) => link.rel === 'next')?.href ?? '');
        if (path) expect(decodeURIComponent(path)).toContain(`crs=${epsg(4550)}`);
      }
      expect(seen).toEqual(['大连', '葫芦岛', '锦州', '丹东', '沈阳']);
    },
  );
  it('a format that was negotiated stays with the next page', async () => {
    const answer = await get(`${STATIONS}?limit=2`).set('Accept', 'text/csv').expect(200);
    const next = /<([^>]*)>; rel="next"/.exec(String(answer.get('Link')))?.[1] ?? '';
    expect((await get(local(next)).expect(200)).get('Content-Type')).toContain('text/csv');
  });
  it('every alternate answers in the type that it promises', async () => {
    const { links } = (await get(`${STATIONS}?limit=2`)).body as ItemsBody;
    const alternates = links.filter((link) => link.rel === 'alternate');
    expect(alternates.length).toBe(4);
    for (const { href, type } of alternates) expect((await get(local(href)).expect(200)).get('Content-Type')).toContain(type);
  });

  it('CSV: byte order mark, no formula, axes in the order of the CRS, a file name; polygons as well-known text', async () => {
    const { text, headers } = await get(`${STATIONS}?${new URLSearchParams({ f: 'csv', crs: epsg(4490) })}`).expect(200);
    expect(text.charCodeAt(0)).toBe(0xfeff);
    expect(text.split('\r\n')[0]).toBe('\uFEFFid,uid,name,adcode,department,provenance,lat,lon');
    expect(text).toContain(`,"'${HOSTILE.replaceAll('"', '""')}",`);
    expect(text).toMatch(/大连,大连,.*,38\.914,121\.6147\r\n/);
    expect(headers['content-disposition']).toContain('air-stations.csv');
    expect((await get('/ogc/collections/province/items?f=csv').expect(200)).text).toMatch(/,"?(MULTI)?POLYGON \(\(/);
  });
  it('JSON-FG: place in another CRS, geometry in CRS84', async () => {
    const other = (
      await get(`${STATIONS}?${new URLSearchParams({ f: 'jsonfg', crs: epsg(4549), uid: '大连' })}`)
        .buffer(true)
        .expect(200)
    ).text;
    expect(JSON.parse(other)).toMatchObject({
      coordRefSys: epsg(4549),
      features: [{ time: null, geometry: null, place: { type: 'Point' } }],
    });
    const own = JSON.parse((await get(`${STATIONS}?f=jsonfg&uid=大连`.replace('大连', encodeURIComponent('大连'))).buffer(true)).text);
    expect(own.features[0]).toMatchObject({ place: null, geometry: { coordinates: [121.6147, 38.914] } });
  });
});

describe('with filters (Part 3)', () => {
  it.each(['geojson', 'jsonfg', 'csv', 'html'])('%s: filter, crs and paging together', async (f) => {
    const query = new URLSearchParams({ f, filter: "uid IN ('大连','丹东','锦州')", crs: epsg(4549), limit: '2' });
    const { text, headers } = await get(`${STATIONS}?${query}`).buffer(true).expect(200);
    expect(headers['content-crs']).toBe(`<${epsg(4549)}>`);
    expect(text).toContain('锦州');
    expect(text).not.toContain('葫芦岛');
  });
  it('queryables and schema answer by their own type and as a page', async () => {
    for (const name of ['queryables', 'schema']) {
      const path = `/ogc/collections/cities/${name}`;
      expect((await get(path).set('Accept', 'application/schema+json').expect(200)).get('Content-Type')).toContain(
        'application/schema+json',
      );
      expect((await get(path).set('Accept', 'text/html').expect(200)).text).toContain('<html lang="zh-CN">');
    }
  });
});

describe('pages', () => {
  it('17-069r4 conf/html: every operation of Features has a page without script and outside resources, and its links lead on', async () => {
    const seen = new Set<string>();
    const queue = ['/ogc?f=html'];
    while (queue.length > 0) {
      const path = queue.pop() ?? '';
      const kind = path.replace(/items\/\d+/, 'items/n').replace(/\d+/g, '9');
      if (seen.has(kind)) continue;
      seen.add(kind);
      const answer = await get(path).set('Accept', 'text/html,*/*;q=0.1').expect(200);
      if (!String(answer.get('Content-Type')).startsWith('text/html')) continue;
      const page = answer.text;
      expect(page).toMatch(/^<!doctype html>\n<html lang="zh-CN">/);
      expect(page).not.toMatch(/<script|<img|<link|<iframe|@import|url\(|src=| on\w+="/i);
      expect(answer.get('Content-Security-Policy')).toContain("default-src 'none'");
      for (const [, href = ''] of page.matchAll(/href="([^"]*)"/g)) {
        const address = href.replaceAll('&amp;', '&');
        expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/ogc/);
        queue.push(local(address));
      }
    }
    for (const path of ['/ogc/conformance', '/ogc/collections', '/ogc/collections/cities', '/ogc/api'])
      expect([...seen].join(' ')).toContain(path);
    expect(seen.size).toBeGreaterThan(60);
  });
  it('a hostile name stays text, in the list and on its own page', async () => {
    const list = (await get(`${STATIONS}?f=html`).expect(200)).text;
    expect(list).toContain('=&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;,&#39;&amp;');
    const own = /items\/(\d+)\?[^"]*"><title>=&lt;script/.exec(list)?.[1];
    const page = (await get(`${STATIONS}/${own}?f=html`).expect(200)).text;
    expect(page).toContain('&lt;script&gt;');
    expect(`${list}${page}`).not.toContain('<script');
  });
});

describe('scope, audit, definition', () => {
  it.each(['geojson', 'jsonfg', 'csv', 'html'])('%s shows each area its own rows, refuses a department, and is audited', async (f) => {
    const dalian = (await get(`${STATIONS}?f=${f}`, '210200').expect(200)).text;
    expect(dalian).toContain('大连');
    expect(dalian).not.toMatch(/丹东|锦州/);
    const other = ((await get(`${STATIONS}?uid=${encodeURIComponent('丹东')}`)).body as ItemsBody).features[0]?.id;
    await get(`${STATIONS}/${other}?f=${f}`, '210200').expect(404);
    await get(`/ogc/collections/pollution-sources/items?f=${f}`, '210200').expect(403);
    await get(`${STATIONS}?f=${f}`, 'nobody').expect(401);
    door.audited.length = 0;
    await get(`/ogc/collections/pollution-sources/items?f=${f}`).expect(200);
    expect(door.audited.map(({ target }) => target)).toEqual(['ogc/pollution-sources/items']);
  });
  it('a page of the catalogue does not name what may not be read', async () => {
    expect((await get('/ogc/collections?f=html').expect(200)).text).toContain('重点污染源');
    expect((await get('/ogc/collections?f=html', '210200').expect(200)).text).not.toContain('重点污染源');
  });
  it('the API definition knows f, crs and bbox-crs and the media types', async () => {
    // By the very type that the landing page links it with.
    const type = 'application/vnd.oai.openapi+json;version=3.0';
    const answer = await get('/ogc/api').set('Accept', type).buffer(true).expect(200);
    expect(answer.get('Content-Type')).toContain('application/vnd.oai.openapi+json');
    const { paths } = JSON.parse(answer.text);
    const names = (path: string): string[] => paths[path].get.parameters.map((parameter: { name: string }) => parameter.name);
    expect(names('/collections/cities/items')).toEqual(expect.arrayContaining(['limit', 'bbox', 'f', 'crs', 'bbox-crs']));
    expect(names('/collections/cities/items/{featureId}')).toEqual(['featureId', 'f', 'crs']);
    expect(names('/collections')).toEqual(['limit', 'offset', 'f']);
    const schema = paths['/collections/cities/queryables'].get;
    expect(Object.keys(schema.responses['200'].content)).toEqual(['application/schema+json', 'text/html']);
    const crs = paths['/collections/cities/items'].get.parameters.find((parameter: { name: string }) => parameter.name === 'crs');
    expect(crs.schema.enum).toEqual(crsUris);
    expect(Object.keys(paths['/collections/cities/items'].get.responses['200'].content).sort()).toEqual([
      'application/flatgeobuf',
      'application/geo+json',
      'application/vnd.ogc.fg+json',
      'text/csv',
      'text/html',
    ]);
  });
  it('claims what this file shows', async () => {
    const { conformsTo } = (await get('/ogc/conformance').expect(200)).body;
    for (const name of ['features-2/1.0/conf/crs', 'features-1/1.0/conf/html', 'common-1/1.0/conf/html'])
      expect(conformsTo).toContain(`http://www.opengis.net/spec/ogcapi-${name}`);
  });
});
