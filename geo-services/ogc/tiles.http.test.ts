// OGC API Tiles in all four tile matrix sets on a real database: positions in the tiles, rights, caching, metadata, addresses that name nothing.
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LngLat } from '../../contracts/geo.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { addStations, serveOneMap, stations, type TestDoor } from '../../tests/one-map.http.ts';
import { asWebMercator, lngLatFromWebMercator } from '../crs/web-mercator.ts';
import { layersById } from '../one-map/index.ts';
import { type GridTile, gridBounds, gridTileAt, matrixSets, type TileMatrixSet } from '../tiles/matrix-sets.ts';
import { tileStatement } from '../tiles/tile-sql.ts';

let test: TestDatabase;
let map: TestDoor;
beforeAll(async () => {
  test = await testDatabase();
  await addStations(test, stations);
  map = serveOneMap(test);
  // A square over Shenyang as a city and as the province: what a wrong plane would bend or shift.
  await test.database.query(
    `INSERT INTO division (adcode, name, level, centre, geom, geom_3857)
       SELECT adcode, '方', level, ST_Centroid(g), ST_Multi(g), ST_Multi(ST_Transform(g, 3857))
         FROM (VALUES ('210100', 'city'), ('210000', 'province')) AS v (adcode, level), ST_MakeEnvelope(123, 41, 124, 42, 4490) AS g`,
  );
});
afterAll(async () => {
  map?.close();
  await test?.drop();
});

const sets = [...matrixSets.values()];
const ids = sets.map((set) => set.id);
const shenyang: LngLat = [123.43, 41.8];
/** The level of a set at z 7. */
const addressAt = (set: TileMatrixSet, z = 7, at = shenyang): { tile: GridTile; path: string } => {
  const level = z - set.zOffset;
  const tile = gridTileAt(set, level, at);
  return { tile, path: `tiles/${set.id}/${level}/${tile.y}/${tile.x}` };
};
const setOf = (id: string): TileMatrixSet => matrixSets.get(id) as TileMatrixSet;

/** Where a point of a tile lies, degrees. */
function placeOf(tile: GridTile, x: number, y: number): LngLat {
  const [minX, minY, maxX, maxY] = gridBounds(tile);
  const [east, north] = [minX + (x / 4096) * (maxX - minX), maxY - (y / 4096) * (maxY - minY)];
  return tile.grid === 'mercator' ? lngLatFromWebMercator(asWebMercator(east, north)) : [east, north];
}
async function featuresOf(
  user: string,
  path: string,
  layer: string,
): Promise<{ properties: Record<string, unknown>; points: { x: number; y: number }[] }[]> {
  const part = new VectorTile(new PbfReader(await map.bytes(user, path))).layers[layer];
  return Array.from({ length: part?.length ?? 0 }, (_, i) => {
    const feature = part?.feature(i);
    return { properties: feature?.properties ?? {}, points: feature?.loadGeometry().flat() ?? [] };
  });
}

describe.each(ids)('tiles of %s', (id) => {
  it('hold every station at its place', async () => {
    const { tile, path } = addressAt(setOf(id));
    const found = await featuresOf('province', `/ogc/collections/air-stations/${path}`, 'air-stations');
    expect(found.map((one) => one.properties['uid'])).toEqual(['aq-shenyang', 'aq-tieling']);
    for (const { properties, points } of found) {
      const { lng, lat } = stations.find(({ uid }) => uid === properties['uid']) ?? stations[0];
      const place = placeOf(tile, points[0]?.x ?? 0, points[0]?.y ?? 0);
      // A unit of the tile is 360° / 2^7 / 4096 = 0.0007°.
      expect(Math.abs(place[0] - lng)).toBeLessThan(0.0007);
      expect(Math.abs(place[1] - lat)).toBeLessThan(0.0007);
    }
  });
  it('hold a square at its corners, cut at the tile’s buffer, generalised at coarse levels and whole at fine ones', async () => {
    for (const z of [6, 13]) {
      const { tile, path } = addressAt(setOf(id), z, [123.0001, 41.9999]);
      const [square] = await featuresOf('province', `/ogc/collections/cities/${path}`, 'cities');
      const unit = 360 / 2 ** z / 4096;
      const near = (square?.points ?? [])
        .map((point) => placeOf(tile, point.x, point.y))
        .filter(([lng, lat]) => Math.hypot(lng - 123, lat - 42) < 2 * unit);
      expect(near.length).toBeGreaterThan(0);
    }
  });
  it('are the viewer’s own, audited when restricted, and 403 without the department', async () => {
    const { path } = addressAt(setOf(id));
    const uids = async (user: string, layer: string): Promise<unknown[]> =>
      (await featuresOf(user, `/ogc/collections/${layer}/${path}`, layer)).map((one) => one.properties['uid']);
    expect(await uids('shenyang', 'air-stations')).toEqual(['aq-shenyang']);
    expect(await uids('dalian', 'air-stations')).toEqual([]);
    expect(await uids('shenyang', 'pollution-sources')).toEqual(['ps-shenyang']);
    expect(map.audited.map(({ identity, target }) => `${identity?.user} ${target}`)).toContain('shenyang ogc/pollution-sources/tiles');
    await map.as('outsider', `/ogc/collections/pollution-sources/${path}`).expect(403);
    await map.as('nobody', `/ogc/collections/cities/${path}`).expect(401);
  });
  it('answer 304 to who has them, gzip, and are empty where nothing is', async () => {
    const { path } = addressAt(setOf(id));
    const first = await map.as('province', `/ogc/${path}?collections=air-stations,cities`).expect(200);
    expect([first.get('Content-Encoding'), first.get('Content-Type')]).toEqual(['gzip', 'application/vnd.mapbox-vector-tile']);
    await map
      .as('province', `/ogc/${path}?collections=air-stations,cities`)
      .set('If-None-Match', String(first.get('ETag')))
      .expect(304);
    await map
      .as('shenyang', `/ogc/${path}?collections=air-stations,cities`)
      .set('If-None-Match', String(first.get('ETag')))
      .expect(200);
    const far = addressAt(setOf(id), 7, [-70, -30]).path;
    expect((await map.bytes('province', `/ogc/collections/cities/${far}`)).byteLength).toBe(0);
  });
  it('20-057 §8: the set, the tileset of a collection and that of the dataset describe each other', async () => {
    const set = setOf(id);
    const { body: definition } = await map.as('province', `/ogc/tileMatrixSets/${id}`).expect(200);
    expect([definition.id, definition.crs, definition.tileMatrices.length]).toEqual([id, set.crs, set.maxLevel - set.minLevel + 1]);
    for (const own of ['/ogc', '/ogc/collections/air-stations']) {
      const { body } = await map.as('province', `${own}/tiles/${id}`).expect(200);
      expect(body).toMatchObject({ dataType: 'vector', crs: set.crs });
      expect(body.tileMatrixSetURI ?? null).toBe(set.uri);
      expect(body.links.find((link: { rel: string }) => link.rel.endsWith('tiling-scheme')).href).toMatch(
        new RegExp(`/ogc/tileMatrixSets/${id}$`),
      );
      const air = body.layers.find((layer: { id: string }) => layer.id === 'air-stations');
      // minZoom 4 of the declaration, in the set's own levels.
      expect([air.minTileMatrix, air.maxTileMatrix]).toEqual([String(4 - set.zOffset), String(Math.min(22 - set.zOffset, set.maxLevel))]);
      const { body: list } = await map.as('province', `${own}/tiles`).expect(200);
      expect(list.tilesets).toHaveLength(sets.length);
    }
  });
});

describe('sets of one grid', () => {
  it.each([
    ['w', 'WebMercatorQuad'],
    ['c', 'WorldCRS84Quad'],
  ])('%s and %s share their tiles: the second is not made again', async (one, other) => {
    const at: LngLat = [121.6, 38.9];
    await map.bytes('province', `/ogc/collections/pollution-sources/${addressAt(setOf(one), 9, at).path}`);
    const { misses } = map.router.tiles.statistics;
    const bytes = await map.bytes('province', `/ogc/collections/pollution-sources/${addressAt(setOf(other), 9, at).path}`);
    expect(bytes.byteLength).toBeGreaterThan(0);
    expect(map.router.tiles.statistics.misses).toBe(misses);
  });
});

describe('sets of two grids', () => {
  it('do not share tiles of the same numbers', async () => {
    // 1/0/1 is the north-east quarter of the mercator world and the eastern half of the geographic one.
    const corners: LngLat[] = [];
    for (const id of ['w', 'c']) {
      const [square] = await featuresOf('province', `/ogc/collections/province/tiles/${id}/1/0/1`, 'province');
      const tile: GridTile = { grid: setOf(id).grid, z: 1, x: 1, y: 0 };
      const points = (square?.points ?? []).map((point) => placeOf(tile, point.x, point.y));
      corners.push([Math.min(...points.map((point) => point[0])), Math.max(...points.map((point) => point[1]))]);
    }
    // A unit of a level 1 tile is 0.044°.
    for (const [lng, lat] of corners) expect([Math.abs(lng - 123) < 0.1, Math.abs(lat - 42) < 0.1]).toEqual([true, true]);
  });
  it('show a layer from the same scale on: cities begin at z 3', async () => {
    for (const set of sets) {
      const size = async (z: number): Promise<number> =>
        (await map.bytes('province', `/ogc/collections/cities/${addressAt(set, z).path}`)).byteLength;
      expect([set.id, await size(2), (await size(3)) > 0]).toEqual([set.id, 0, true]);
    }
  });
});

describe('the API definition', () => {
  it('names tiles, sets and WMTS, and every path of theirs answers for every set', async () => {
    const api = JSON.parse((await map.as('province', '/ogc/api').expect(200)).text);
    const paths = Object.keys(api.paths).filter((path) => path.includes('{tileMatrixSetId}') || path.startsWith('/wmts/'));
    expect(paths).toEqual(expect.arrayContaining(['/tileMatrixSets/{tileMatrixSetId}', '/wmts/1.0.0/WMTSCapabilities.xml']));
    const told = api.paths['/tileMatrixSets/{tileMatrixSetId}'].get.parameters[0].schema.enum;
    expect(told).toEqual(ids);
    let answered = 0;
    for (const path of paths)
      for (const id of told) {
        const tile = { tileMatrixSetId: id, tileMatrix: '5', tileRow: '1', tileCol: '2' };
        const parts: Record<string, string> = { ...tile, layer: 'cities', j: '7', i: '8' };
        await map.as('province', `/ogc${path.replace(/\{(\w+)\}/g, (_, name: string) => parts[name] ?? '')}`).expect(200);
        answered++;
      }
    expect(answered).toBeGreaterThan(50);
  });
});

describe('the database', () => {
  it('searches geographic tiles by an index, in every table of a layer', async () => {
    await test.database.transaction(async (tx) => {
      await tx.query('SET LOCAL enable_seqscan = off');
      for (const layer of layersById().values()) {
        const { text, values } = tileStatement(layer, { grid: 'geographic', z: 12, x: 3452, y: 548 });
        const plan = await tx.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
        expect([layer.id, plan.some((row) => /Index Scan (using|on) \w+_geom\b/.test(row['QUERY PLAN']))]).toEqual([layer.id, true]);
      }
    });
  });
});

describe('addresses that name nothing', () => {
  const cases: readonly (readonly [address: string, status: number, code: string])[] = [
    ['tileMatrixSets/nothing', 404, 'not-found'],
    ['tileMatrixSets/__proto__', 404, 'not-found'],
    ['tiles/nothing', 404, 'not-found'],
    ['collections/cities/tiles/nothing', 404, 'not-found'],
    ['collections/nothing/tiles/c', 404, 'not-found'],
    ['collections/cities/tiles/nothing/7/0/0', 404, 'not-found'],
    ['collections/nothing/tiles/c/7/0/0', 404, 'not-found'],
    ['tiles/c/0/0/0', 404, 'not-found'],
    ['tiles/c/19/0/0', 404, 'not-found'],
    ['tiles/w/0/0/0', 404, 'not-found'],
    ['tiles/WorldCRS84Quad/22/0/0', 404, 'not-found'],
    ['tiles/c/x/0/0', 404, 'not-found'],
    ['tiles/c/1/1/0', 404, 'not-found'],
    ['tiles/c/1/0/2', 404, 'not-found'],
    ['tiles/c/1/-1/0', 404, 'not-found'],
    [`tiles/c/1/0/${'9'.repeat(400)}`, 404, 'not-found'],
    ['tiles/c/1/x/0', 400, 'bad-parameter'],
    ['tiles/c/1/0/1.5', 400, 'bad-parameter'],
    ['tiles/c/1/0/%00', 400, 'bad-parameter'],
  ];
  it.each(cases)('%s → %i %s', async (address, status, code) => {
    expect((await map.as('province', `/ogc/${address}`).expect(status)).body.code).toBe(code);
  });
});
