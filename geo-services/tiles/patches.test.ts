// Patches: tiles made of them against those made of the rows, kept true by every change, and left where they cannot serve.
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeView } from '../../contracts/grant.ts';
import type { Layer } from '../../contracts/layer.ts';
import { fillMap, parcels, points, province } from '../../tests/bench/one-map-data.pg.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { openChanges } from '../features/changes.pg.ts';
import { createLayerTable, type LayerDraft, type Layers, openLayers, publishTable } from '../features/layers.pg.ts';
import { type GridTile, gridTileAt, matrixSets } from './matrix-sets.ts';
import { openPatchTiles, type PatchTiles, packedForm, packLayer, refreshPatches } from './patches.pg.ts';
import { openRowTiles, type RowTiles } from './row-tiles.pg.ts';

const roads: LayerDraft = {
  ...points,
  id: 'bench-roads',
  geometry: 'line',
  attributes: [
    { name: 'name', type: 'text' },
    { name: 'adcode', type: 'text' },
    { name: 'built', type: 'date' },
  ],
  adcodeColumn: 'adcode',
};
let test: TestDatabase;
let layers: Layers;
let [ofPatches, ofRows]: [PatchTiles, RowTiles] = [] as never;
let clock = 0;
const layerOf = (id: string): Layer => layers.all().get(id) as Layer;
const quad = matrixSets.get('WebMercatorQuad')!;
const tileAt = (z: number, lng: number, lat: number): GridTile => gridTileAt(quad, z, [lng, lat]);

beforeAll(async () => {
  test = await testDatabase();
  await fillMap(test.database, 30_000, 40_000);
  await test.database.transaction(async (tx) => {
    const table = await createLayerTable(tx, roads);
    await tx.query(`INSERT INTO "${table}" (name, adcode, built, geom) SELECT CASE WHEN n % 5 > 0 THEN '路 ' || n END, '21010' || n % 10, date '2020-01-01' + n % 900,
      ST_SetSRID(ST_MakeLine(ARRAY(SELECT ST_MakePoint(121 + n % 60 / 30.0 + k * 0.004 * (n % 7 - 3.5), 40.5 + n / 60 / 60.0 + 0.002 * sin(k * 1.3 + n)) FROM generate_series(0, 40) AS k ORDER BY k)), 4490)
      FROM generate_series(0, 5999) AS n`);
    // A road across the whole province, a place that is none, one beyond what the projection knows.
    await tx.query(`INSERT INTO "${table}" (name, adcode, geom) VALUES ('长路', '210100', ST_GeomFromText('LINESTRING(119 39, 125.4 43.3)', 4490)), ('无', '210100', NULL),
      ('空', '210100', ST_GeomFromText('LINESTRING EMPTY', 4490)), ('多', '210100', ST_GeomFromText('MULTILINESTRING((122 41, 122.2 41.1, 122.3 41), (122.4 41.2, 122.41 41.3))', 4490))`);
    await publishTable(tx, roads, table);
  });
  layers = openLayers(test.database, openChanges(test.database), new Map());
  await layers.current();
  for (const id of [parcels.id, points.id, roads.id]) expect(await packLayer(test.database, layerOf(id))).not.toBeNull();
  ofPatches = openPatchTiles(test.database, () => clock);
  ofRows = openRowTiles(test.database);
}, 120_000);
afterAll(() => test?.drop());

interface Seen {
  readonly type: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly box: readonly number[];
  /** Of lines the length, of polygons the area, of points how many. */
  readonly measure: number;
  readonly rim: number;
}
function read(bytes: Uint8Array | null, id: string): Map<number, Seen> {
  const layer = bytes?.length ? new VectorTile(new PbfReader(bytes)).layers[id] : undefined;
  const seen = new Map<number, Seen>();
  for (let n = 0; n < (layer?.length ?? 0); n++) {
    const one = layer!.feature(n);
    const parts = one.loadGeometry();
    const all = parts.flat();
    const [xs, ys] = [all.map(({ x }) => x), all.map(({ y }) => y)];
    let measure = one.type === 1 ? all.length : 0;
    let rim = 0;
    for (const part of parts)
      for (let i = 1; i < part.length; i++) {
        const [a, b] = [part[i - 1]!, part[i]!];
        rim += Math.hypot(b.x - a.x, b.y - a.y);
        measure += one.type === 2 ? Math.hypot(b.x - a.x, b.y - a.y) : one.type === 3 ? (a.x * b.y - b.x * a.y) / 2 : 0;
      }
    expect(seen.has(one.id as number), `${one.id} twice`).toBe(false);
    seen.set(one.id as number, { type: one.type, properties: { ...one.properties }, box: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)], measure, rim }); // biome-ignore format: one row
  }
  return seen;
}
/** Both makings of a tile. What only touches the edge of the buffer, or is smaller than a unit, may be in one alone. */
async function both(layer: Layer, tile: GridTile): Promise<[Map<number, Seen>, Map<number, Seen>]> {
  const form = packedForm(layer);
  const patched = await ofPatches(form, tile);
  expect(patched).not.toBeNull();
  const clear = ({ type, box }: Seen): boolean => {
    const edge = type === 1 ? 254 : 60;
    return (
      box[2]! > -edge &&
      box[0]! < 4096 + edge &&
      box[3]! > -edge &&
      box[1]! < 4096 + edge &&
      (type === 1 || box[2]! - box[0]! + box[3]! - box[1]! > 4)
    );
  };
  const of = (bytes: Buffer | null): Map<number, Seen> => new Map([...read(bytes, layer.id)].filter(([, one]) => clear(one)));
  return [of(patched), of(await ofRows({ ...form, view: wholeView(null) }, tile, null, []))];
}
async function agree(layer: Layer, tile: GridTile): Promise<number> {
  const [mine, its] = await both(layer, tile);
  expect([...mine.keys()].sort((a, b) => a - b)).toEqual([...its.keys()].sort((a, b) => a - b));
  for (const [id, one] of mine) {
    const other = its.get(id)!;
    expect(one.type).toBe(other.type);
    expect(one.properties).toEqual(other.properties);
    // Twice rounded, and thinned after rounding.
    for (let side = 0; side < 4; side++) expect(Math.abs(one.box[side]! - other.box[side]!), `${tile.z} ${id}`).toBeLessThanOrEqual(4);
    if (one.type === 1) expect(one.measure).toBe(other.measure);
    // An outline that moved by a unit everywhere has lost or won its length.
    else expect(Math.abs(one.measure - other.measure), `${tile.z} ${id}`).toBeLessThan(one.type === 3 ? other.rim : 5 + other.rim / 20);
  }
  return mine.size;
}
const tiles = [9, 10, 11].flatMap((z) => [tileAt(z, 122.2, 41.1), tileAt(z, 123.4, 41.8), tileAt(z, 121.1, 40.6)]);

describe('a tile of patches', () => {
  it.each([parcels.id, points.id, roads.id])('has the features, attributes and shapes of one made of the rows: %s', async (id) => {
    let seen = 0;
    for (const tile of tiles) seen += await agree(layerOf(id), tile);
    expect(seen).toBeGreaterThan(1000);
  });
  it('draws polygons and lines in the order of their ids', async () => {
    for (const id of [parcels.id, roads.id]) {
      const keys = [...read(await ofPatches(packedForm(layerOf(id)), tileAt(9, 122.2, 41.1)), id).keys()];
      expect(keys.length).toBeGreaterThan(300);
      expect(keys).toEqual([...keys].sort((a, b) => a - b));
    }
  });
  it('is the same bytes each time, and none where nothing lies', async () => {
    const [layer, tile] = [packedForm(layerOf(points.id)), tileAt(10, 123.4, 41.8)];
    expect((await ofPatches(layer, tile))?.equals((await ofPatches(layer, tile))!)).toBe(true);
    expect((await ofPatches(layer, tileAt(9, 100, 30)))?.length).toBe(0);
  });
  it('is left to the rows when the merging fails, which is told', async () => {
    const told: unknown[] = [];
    const failing = openPatchTiles(
      test.database,
      () => clock,
      (error) => told.push(error),
      () => Promise.reject(new Error('the thread ended')),
    );
    expect(await failing(packedForm(layerOf(points.id)), tileAt(10, 123.4, 41.8))).toBeNull();
    expect(told.map(String)).toEqual(['Error: the thread ended']);
  });
  it('is not made of another grid, of zooms without patches, or of a layer that is not packed', async () => {
    const layer = packedForm(layerOf(points.id));
    const crs84 = gridTileAt(matrixSets.get('WorldCRS84Quad')!, 9, [123.4, 41.8]);
    for (const tile of [crs84, tileAt(8, 123.4, 41.8), tileAt(12, 123.4, 41.8)]) expect(await ofPatches(layer, tile)).toBeNull();
    expect(await ofPatches({ ...layer, id: 'other' }, tileAt(9, 123.4, 41.8))).toBeNull();
    expect(await ofPatches({ ...layer, id: points.id, attributes: ['name'] }, tileAt(9, 123.4, 41.8))).toBeNull();
    clock += 60_000;
    expect(await ofPatches(layer, tileAt(9, 123.4, 41.8))).not.toBeNull();
  });
});

describe('a change', () => {
  const far = tileAt(11, 120, 42.5);
  it('is never hidden by a patch, touches no tile beside it, and is packed', async () => {
    const layer = layerOf(points.id);
    const form = packedForm(layer);
    const here = tileAt(11, 123.4, 41.8);
    const known = (await both(layer, here))[0];
    const [put] = await test.database.query<{ id: number }>(
      `INSERT INTO "${layer.table}" (name, geom) VALUES ('新', ST_SetSRID(ST_MakePoint(123.4, 41.8), 4490)) RETURNING id::int AS id`,
    );
    expect(await ofPatches(form, here)).toBeNull();
    expect(await ofPatches(form, far)).not.toBeNull();
    expect(await refreshPatches(test.database, layer)).toBe('refreshed');
    expect((await both(layer, here))[0].size).toBe(known.size + 1);
    await test.database.query(`UPDATE "${layer.table}" SET geom = ST_SetSRID(ST_MakePoint(120, 42.5), 4490) WHERE id = $1`, [put?.id]);
    expect([await ofPatches(form, here), await ofPatches(form, far)]).toEqual([null, null]);
    expect(await refreshPatches(test.database, layer)).toBe('refreshed');
    expect((await both(layer, here))[0].has(put?.id as number)).toBe(false);
    expect((await both(layer, far))[0].has(put?.id as number)).toBe(true);
    await test.database.query(`DELETE FROM "${layer.table}" WHERE id = $1`, [put?.id]);
    expect(await refreshPatches(test.database, layer)).toBe('refreshed');
    expect(await agree(layer, far)).toBe((await both(layer, far))[1].size);
    // Transactions of others of the cluster that are still open may lie before: then a cell is packed once more.
    await expect.poll(() => refreshPatches(test.database, layer), { timeout: 20_000 }).toBe('nothing');
  });
  it('that is still under way is not lost: what began before the packing and ends after it is seen', async () => {
    const layer = layerOf(points.id);
    const here = tileAt(11, 121.1, 40.6);
    await test.database.transaction(async (tx) => {
      await tx.query(`INSERT INTO "${layer.table}" (name, geom) VALUES ('慢', ST_SetSRID(ST_MakePoint(121.1, 40.6), 4490))`);
      expect(await packLayer(test.database, layer)).not.toBeNull();
      expect(await ofPatches(packedForm(layer), here)).not.toBeNull();
    });
    expect(await ofPatches(packedForm(layer), here)).toBeNull();
    expect(await refreshPatches(test.database, layer)).toBe('refreshed');
    expect([...(await both(layer, here))[0].values()].some(({ properties }) => properties['name'] === '慢')).toBe(true);
  });
  it('of everything is packed anew, and a purge is no change', async () => {
    const layer = layerOf(roads.id);
    const form = packedForm(layer);
    const note = (low: number, high: number): Promise<unknown> =>
      test.database.query('INSERT INTO layer_change (source, rows, min_zoom, max_zoom) VALUES ($1, 0, $2, $3)', [layer.table, low, high]);
    await note(0, 8);
    await note(9, 30);
    expect(await ofPatches(form, far)).not.toBeNull();
    await test.database.query(`TRUNCATE "${layer.table}"`);
    expect(await ofPatches(form, far)).toBeNull();
    expect(await refreshPatches(test.database, layer)).toBe('rebuild');
    expect(await packLayer(test.database, layer)).not.toBeNull();
    expect((await ofPatches(form, tileAt(9, 122.2, 41.1)))?.length).toBe(0);
  });
});

it('a layer whose attributes are no values is refused once, and drawn of its rows', async () => {
  const id = 'bench-odd';
  const draft: LayerDraft = { ...points, id, attributes: [{ name: 'j', type: 'text' }] };
  await test.database.transaction(async (tx) => {
    const table = await createLayerTable(tx, draft);
    await tx.query(
      `INSERT INTO "${table}" (j, geom) VALUES ('{"k": 1}', ST_SetSRID(ST_MakePoint(${province[0] + 1}, ${province[1] + 1}), 4490))`,
    );
    await tx.query(`ALTER TABLE "${table}" ALTER j TYPE jsonb USING j::jsonb`);
    await publishTable(tx, draft, table);
  });
  await expect
    .poll(async () => {
      await layers.current();
      return layers.all().has(id);
    })
    .toBe(true);
  expect(await packLayer(test.database, layerOf(id))).toBeNull();
  expect(await refreshPatches(test.database, layerOf(id))).toBe('nothing');
  expect(await ofPatches(packedForm(layerOf(id)), tiles[0]!)).toBeNull();
});
