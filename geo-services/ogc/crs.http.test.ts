// CRSs of 一张图 over HTTP on a real PostGIS: published figures, axis order, boxes in every CRS, round trips, what lies out of a domain.
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
import { layersById } from '../one-map/index.ts';
import { crsUris } from './crs.ts';

let test: TestDatabase;
let door: TestDoor;
const viewers: readonly Viewer[] = [
  ['210000', '210000', '*'],
  ['210200', '210200', ['water']],
];
const get = (path: string, user = '210000'): supertest.Test => door.as(user, path);
const epsg = (code: number): string => `http://www.opengis.net/def/crs/EPSG/0/${code}`;
const inCrs = (code: number | null): string => (code === null ? (crsUris[0] ?? '') : epsg(code));
const STATIONS = '/ogc/collections/air-stations/items';

/** At the published places of the vectors. */
const cities: readonly TestStation[] = [
  { uid: '大连', adcode: '210202', lng: 121.6147, lat: 38.914 },
  { uid: '葫芦岛', adcode: '211402', lng: 120.837, lat: 40.711 },
  { uid: '锦州', adcode: '210702', lng: 121.127, lat: 41.0951 },
  { uid: '丹东', adcode: '210602', lng: 124.3947, lat: 40.129 },
  { uid: '沈阳', adcode: '210102', lng: 123.4315, lat: 41.8057 },
];
const uidsOf = (body: ItemsBody): string[] => body.features.map((feature) => feature.properties.uid);

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

describe('OGC API Features Part 2 (18-058r1)', () => {
  // Grid: series of Krüger and proj4, which agree to 4e-9 m; Web Mercator: its formula. [CRS, place, first axis, second axis]
  it.each([
    [null, '大连', 121.6147, 38.914],
    [4490, '大连', 38.914, 121.6147],
    [4326, '大连', 38.914, 121.6147],
    [3857, '大连', 13538086.477, 4709360.286],
    [3857, '沈阳', 13740331.728, 5131918.536],
    [4549, '大连', 4310196.5139, 640048.7746],
    [4549, '葫芦岛', 4508816.4894, 570728.223],
    [4549, '锦州', 4551746.7474, 594684.7768],
    [4550, '大连', 4309869.222, 379848.8124],
    [4550, '丹东', 4444785.2694, 618876.4054],
    [4551, '沈阳', 4633246.219, 286543.5996],
    [4551, '丹东', 4445088.2332, 363172.4798],
  ])('/req/crs/fc-crs-action: in %s, %s lies at %d, %d', async (code, uid, first, second) => {
    const query = new URLSearchParams({ crs: inCrs(code), uid });
    const answer = await get(`${STATIONS}?${query}`).expect(200);
    expect(answer.get('Content-Crs')).toBe(`<${inCrs(code)}>`);
    const [feature] = (answer.body as ItemsBody).features;
    const digits = Number(code) > 4490 || code === 3857 ? 2 : 6;
    expect(feature?.geometry.coordinates[0]).toBeCloseTo(first, digits);
    expect(feature?.geometry.coordinates[1]).toBeCloseTo(second, digits);
    const one = await get(`${STATIONS}/${feature?.id}?${new URLSearchParams({ crs: inCrs(code) })}`).expect(200);
    expect(one.get('Content-Crs')).toBe(`<${inCrs(code)}>`);
    expect(one.body.geometry).toEqual(feature?.geometry);
  });

  it('/req/crs/ogc-crs-header: without crs the header says CRS84, with 304 too', async () => {
    const first = await get(STATIONS).expect(200);
    expect(first.get('Content-Crs')).toBe(`<${crsUris[0]}>`);
    const again = await get(STATIONS)
      .set('If-None-Match', String(first.get('ETag')))
      .expect(304);
    expect(again.get('Content-Crs')).toBe(`<${crsUris[0]}>`);
  });

  it('/req/crs/fc-bbox-crs-action: a box around a place holds it alone, in every CRS and its own axis order', async () => {
    for (const crs of crsUris) {
      const { features } = (await get(`${STATIONS}?${new URLSearchParams({ crs, uid: '大连' })}`).expect(200)).body as ItemsBody;
      const [a = 0, b = 0] = features[0]?.geometry.coordinates ?? [];
      const far = a > 1000 || b > 1000 ? 1000 : 0.01;
      const bbox = [a - far, b - far, a + far, b + far].join(',');
      const found = await get(`${STATIONS}?${new URLSearchParams({ bbox, 'bbox-crs': crs })}`).expect(200);
      expect(uidsOf(found.body), crs).toEqual(['大连']);
      // bbox-crs is of the box only: the answer stays CRS84.
      expect(found.get('Content-Crs')).toBe(`<${crsUris[0]}>`);
      // A box of no size is a place.
      await get(`${STATIONS}?${new URLSearchParams({ bbox: [a, b, a, b].join(','), 'bbox-crs': crs })}`).expect(200);
    }
  });
  it('the side of a box on the grid is straight on the grid, not in degrees', async () => {
    // Between the northern corners, 800 km apart, a straight line in degrees runs kilometres south of the one on the grid.
    const box = (north: number): string =>
      String(new URLSearchParams({ bbox: `4000000,100000,${north},900000`, 'bbox-crs': epsg(4550), uid: '丹东' }));
    expect(uidsOf((await get(`${STATIONS}?${box(4444785 + 20)}`).expect(200)).body)).toEqual(['丹东']);
    expect(uidsOf((await get(`${STATIONS}?${box(4444785 - 20)}`).expect(200)).body)).toEqual([]);
  });

  it('the whole province fits into each of its zones', async () => {
    for (const [code, bbox] of [
      [4549, '4200000,300000,4900000,1100000'],
      [4551, '4200000,-200000,4900000,700000'],
    ] as const)
      expect(uidsOf((await get(`${STATIONS}?${new URLSearchParams({ bbox, 'bbox-crs': epsg(code) })}`).expect(200)).body).length).toBe(5);
  });

  it('/req/crs/fc-crs-valid-value: 400 with the list for what is unknown', async () => {
    const [first] = ((await get(STATIONS)).body as ItemsBody).features;
    for (const path of [`${STATIONS}?crs=EPSG:4490`, `${STATIONS}?bbox-crs=x`, `${STATIONS}?crs=`, `${STATIONS}/${first?.id}?crs=x`]) {
      const answer = await get(path).expect(400);
      expect(answer.body.code).toBe('bad-parameter');
      for (const crs of crsUris) expect(answer.body.details.allowed).toContain(crs);
    }
    await get(`${STATIONS}/${first?.id}?nonsense=1`).expect(400);
    await get(`${STATIONS}?bbox=600000,4300000,650000,4320000&bbox-crs=${epsg(4549)}`).expect(400);
  });

  it('/req/crs/fc-md-crs-list, -storageCrs: each collection lists them, the catalogue once with pointers', async () => {
    const one = (await get('/ogc/collections/air-stations').expect(200)).body;
    expect(one.crs).toEqual(crsUris);
    expect(one.crs[0]).toBe('http://www.opengis.net/def/crs/OGC/1.3/CRS84');
    expect(one.storageCrs).toBe(epsg(4490));
    const all = (await get('/ogc/collections').expect(200)).body;
    expect(all.crs).toEqual(crsUris);
    expect(all.collections.length).toBeGreaterThan(5);
    const features = all.collections.filter(({ itemType }: { itemType: string }) => itemType === 'feature');
    expect(features.length).toBe(all.collections.length - 1);
    for (const entry of features) expect(entry).toMatchObject({ crs: ['#/crs'], storageCrs: epsg(4490) });
  });

  it('a row out of the projection’s domain has no geometry there, and takes no other with it', async () => {
    for (const [uid, lng, lat] of [
      ['far-a', 30, 0],
      ['far-b', -150, 5],
      ['far-c', 20, 88],
    ] as const)
      await addStations(test, [{ uid, adcode: '210102', lng, lat, stream: 'water/water-level' }]);
    for (const crs of crsUris)
      for (const f of ['geojson', 'jsonfg', 'csv', 'html'])
        expect(
          (
            await get(`/ogc/collections/water-gauges/items?${new URLSearchParams({ crs, f })}`)
              .buffer(true)
              .expect(200)
          ).text,
        ).toContain('far-c');
    const { features } = (await get(`/ogc/collections/water-gauges/items?crs=${epsg(4550)}`)).body as ItemsBody;
    expect(features.map((feature) => feature.geometry)).toEqual([null, null, null]);
    await test.database.query("DELETE FROM thing WHERE uid LIKE 'far-%'");
    // The largest boxes that a zone takes.
    for (const code of [4549, 4550, 4551]) await get(`${STATIONS}?bbox=0,-500000,10000000,1500000&bbox-crs=${epsg(code)}`).expect(200);
    await get(`${STATIONS}?bbox=-20037508.3428,-20037508.3428,20037508.3428,20037508.3428&bbox-crs=${epsg(3857)}`).expect(200);
  });

  it('every layer has finite numbers in every CRS, and comes back from Web Mercator and the zones where it started', async () => {
    let checked = 0;
    let numbers = 0;
    for (const layer of layersById().values())
      for (const crs of crsUris) {
        const { body } = await get(`/ogc/collections/${layer.id}/items?${new URLSearchParams({ crs, limit: '100' })}`).expect(200);
        const flat = (body as ItemsBody).features.flatMap(({ geometry }) => (geometry.coordinates as unknown[]).flat(4));
        expect(flat.every(Number.isFinite), `${layer.id} ${crs}`).toBe(true);
        numbers += flat.length;
        checked++;
      }
    // Every layer in each of seven systems.
    expect(checked).toBe(layersById().size * 7);
    expect(numbers).toBeGreaterThan(5000);
    for (const code of [3857, 4549, 4550, 4551]) {
      const { body } = await get(`${STATIONS}?${new URLSearchParams({ crs: epsg(code) })}`).expect(200);
      const degrees = (await get(STATIONS)).body as ItemsBody;
      for (const [i, { geometry }] of (body as ItemsBody).features.entries()) {
        const [a = 0, b = 0] = geometry.coordinates;
        const [row] = await test.database.query<{ x: number; y: number }>(
          'SELECT ST_X(p) AS x, ST_Y(p) AS y FROM (SELECT ST_Transform(ST_SetSRID(ST_MakePoint($1, $2), $3::int), 4490) AS p) AS t',
          code === 3857 ? [a, b, code] : [b, a, code],
        );
        expect(row?.x).toBeCloseTo(degrees.features[i]?.geometry.coordinates[0] ?? 0, 6);
        expect(row?.y).toBeCloseTo(degrees.features[i]?.geometry.coordinates[1] ?? 0, 6);
      }
    }
  });
});
