// Coarse pictures of large layers: every row is counted at every zoom, a change gives what building anew gives, and tiles say what they are.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeView } from '../../contracts/grant.ts';
import type { Layer } from '../../contracts/layer.ts';
import { featureCounts } from '../../tests/bench/mvt-count.ts';
import { fillMap, parcels, points } from '../../tests/bench/one-map-data.pg.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { HALF_WORLD } from '../crs/web-mercator.ts';
import { openChanges } from '../features/changes.pg.ts';
import { createLayerTable, type LayerDraft, type Layers, openLayers, publishTable } from '../features/layers.pg.ts';
import type { GridTile } from './matrix-sets.ts';
import { buildPyramid, keepPyramids, pyramidState, refreshPyramid } from './pyramid.pg.ts';
import { coarseStatement, sampleStatement } from './pyramid-sql.ts';

const rows = { [parcels.id]: 6000, [points.id]: 7000 } as const;
const local: LayerDraft = {
  ...points,
  id: 'bench-local',
  attributes: [
    { name: 'name', type: 'text' },
    { name: 'adcode', type: 'text' },
  ],
  adcodeColumn: 'adcode',
};
let test: TestDatabase;
let layers: Layers;
const layerOf = (id: string): Layer => layers.all().get(id) as Layer;
const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));

beforeAll(async () => {
  test = await testDatabase();
  await fillMap(test.database, 6000, 7000);
  await test.database.transaction(async (tx) => {
    const table = await createLayerTable(tx, local);
    await tx.query(`INSERT INTO "${table}" (name, adcode, geom) SELECT 'n', CASE WHEN n % 3 = 0 THEN '210102' ELSE '210202' END,
      ST_SetSRID(ST_MakePoint(121 + n % 100 / 100.0, 40 + n / 100 / 100.0), 4490) FROM generate_series(0, 5999) AS n`);
    await publishTable(tx, local, table);
  });
  layers = openLayers(test.database, openChanges(test.database), new Map());
  await layers.current();
  for (const id of [parcels.id, points.id, local.id]) await buildPyramid(test.database, layerOf(id));
}, 60_000);
afterAll(() => test?.drop());

const table = ({ geometry }: Layer): string => (geometry === 'point' ? 'pyramid_point' : 'pyramid_shape');
const counted = (layer: Layer): Promise<{ z: number; n: number }[]> =>
  test.database.query(`SELECT z, sum(count)::int AS n FROM ${table(layer)} WHERE layer = $1 GROUP BY z ORDER BY z`, [layer.id]);
async function dump(layer: Layer): Promise<string[]> {
  const columns =
    layer.geometry === 'point' ? 'id, round(sum_x), round(sum_y)' : 'id, lead, round(covered), round(size), md5(ST_AsBinary(geom_3857))';
  const list = await test.database.query<{ line: string }>(
    `SELECT concat_ws(' ', z, cx, cy, area, count, ${columns}) AS line FROM ${table(layer)} WHERE layer = $1 ORDER BY 1`,
    [layer.id],
  );
  return list.map(({ line }) => line);
}
async function counts(statement: ReturnType<typeof coarseStatement>, id: string): Promise<number> {
  const [row] = await test.database.query<{ mvt: Buffer }>(statement.text, statement.values);
  return featureCounts(row?.mvt ?? Buffer.alloc(0)).get(id) ?? 0;
}
const world: GridTile = { grid: 'mercator', z: 0, x: 0, y: 0 };
const tiles: readonly GridTile[] = [
  world,
  { grid: 'geographic', z: 1, x: 1, y: 0 },
  { grid: 'mercator', z: 5, x: 26, y: 11 },
  { grid: 'geographic', z: 6, x: 53, y: 8 },
  { grid: 'mercator', z: 8, x: 213, y: 95 },
];

describe.each([parcels.id, points.id])('%s', (id) => {
  it('counts every row at every zoom', async () => {
    expect(await counted(layerOf(id))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((z) => ({ z, n: rows[id as keyof typeof rows] })));
  });
  it.each(tiles)('has few features in $grid/$z/$x/$y, and some', async (tile) => {
    const count = await counts(coarseStatement(layerOf(id), tile), id);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(id === points.id ? 600 : 6000);
  });
  it('gives few and marked rows before it is built', async () => {
    const statement = sampleStatement(layerOf(id), world, 1_000_000);
    const [row] = await test.database.query<{ mvt: Buffer }>(statement.text, statement.values);
    // 2 % of the pages: none may be among them.
    expect(featureCounts(row?.mvt ?? Buffer.alloc(0)).get(id) ?? 0).toBeLessThan(2000);
    const all = sampleStatement(layerOf(id), world, 1);
    const [whole] = await test.database.query<{ mvt: Buffer }>(all.text, all.values);
    expect(whole?.mvt.includes('sampled')).toBe(true);
  });
  it('after changes is what building anew makes', async () => {
    const layer = layerOf(id);
    const before = await dump(layer);
    const name = `"${layer.table}"`;
    await test.database.query(`DELETE FROM ${name} WHERE id % 997 = 3`);
    await test.database.query(`UPDATE ${name} SET geom = ST_Translate(geom, 0.7, -0.2) WHERE id % 991 = 5`);
    await test.database.query(
      `INSERT INTO ${name} (name, geom) SELECT 'new', ST_Translate(geom, 0.01, 0.01) FROM ${name} WHERE id % 1511 = 7`,
    );
    await test.database.query(`UPDATE ${name} SET geom = NULL WHERE id = 40`);
    expect(await refreshPyramid(test.database, layer)).toBe('refreshed');
    const after = await dump(layer);
    expect(after).not.toEqual(before);
    await test.database.query('DELETE FROM pyramid_point WHERE false');
    await buildPyramid(test.database, layer);
    expect(after).toEqual(await dump(layer));
    // Transactions of others of the cluster that are still open may lie before: then a cell is made once more.
    await expect.poll(() => refreshPyramid(test.database, layer), { timeout: 20_000 }).toBe('nothing');
  });
});

describe('pyramids', () => {
  it('count for a viewer the rows of his area alone', async () => {
    const layer = layerOf(local.id);
    const statement = coarseStatement({ ...layer, view: wholeView('2101') }, world);
    const cells = statement.text.replace(/\n {2}part AS MATERIALIZED[\s\S]*$/, '').replace(/,$/, '');
    const [row] = await test.database.query<{ n: number }>(
      `${cells} SELECT sum(count)::int AS n, $4::float8 AS used FROM cells, bounds`,
      statement.values,
    );
    expect(row?.n).toBe(2000);
    expect(await counts(coarseStatement({ ...layer, view: wholeView('2199') }, world), local.id)).toBe(0);
  });
  it('are kept up by themselves, and those of layers without need are not made', async () => {
    const changes = openChanges(test.database, 50);
    const own = openLayers(test.database, changes, new Map());
    const keeper = keepPyramids({ database: test.database, changes, layers: own, onError: (error) => expect.fail(String(error)) });
    const layer = layerOf(points.id);
    const [before] = await counted(layer);
    await pause(300);
    await test.database.query(`INSERT INTO "${layer.table}" (name, geom) VALUES ('new', ST_SetSRID(ST_MakePoint(123, 41), 4490))`);
    await expect.poll(async () => (await counted(layer))[0]?.n, { timeout: 10_000 }).toBe((before?.n ?? 0) + 1);
    await keeper.stop();
    changes.close();
    expect((await pyramidState(test.database, layer)).state).toBe('ready');
    expect((await pyramidState(test.database, { ...layer, table: 'lake', id: 'lakes' })).state).toBe('not-needed');
  });
});

describe('cells of polygons', () => {
  it('at z8 are led by the shape of their own that covers most', async () => {
    const tiny: LayerDraft = { ...local, id: 'tiny', geometry: 'polygon' };
    // Squares of 20 to 120 m, far below a pixel of z8, in a few cells of 2.4 km.
    await test.database.transaction(async (tx) => {
      const name = await createLayerTable(tx, tiny);
      await tx.query(`INSERT INTO "${name}" (name, adcode, geom) SELECT 'n', '210102', ST_Expand(ST_SetSRID(ST_MakePoint(123 + n % 20 * 0.004, 41 + n / 20 * 0.004), 4490),
        0.0001 + (n * 7919 % 101) / 200000.0) FROM generate_series(0, 399) AS n`);
      await publishTable(tx, tiny, name);
    });
    await pause(150);
    await layers.current();
    const layer = layerOf(tiny.id);
    await buildPyramid(test.database, layer);
    const size = (2 * HALF_WORLD) / 2 ** 14;
    const [row] = await test.database.query<{ cells: number; led: number }>(
      `WITH placed AS (SELECT id, ST_Area(geom_3857) AS covers, floor(((ST_XMin(geom_3857) + ST_XMax(geom_3857)) / 2 + ${HALF_WORLD}) / ${size})::int AS cx,
         floor((${HALF_WORLD} - (ST_YMin(geom_3857) + ST_YMax(geom_3857)) / 2) / ${size})::int AS cy FROM "${layer.table}"),
       most AS (SELECT DISTINCT ON (cx, cy) cx, cy, covers FROM placed ORDER BY cx, cy, covers DESC)
       SELECT count(*)::int AS cells, count(*) FILTER (WHERE abs(lead.covers - most.covers) < 1)::int AS led
       FROM pyramid_shape AS s JOIN most USING (cx, cy) JOIN placed AS lead ON lead.id = s.lead WHERE s.layer = $1 AND s.z = 8 AND s.id IS NULL`,
      [layer.id],
    );
    expect(row?.cells).toBeGreaterThan(5);
    expect(row?.led).toBe(row?.cells);
  });
});

describe('a coarse tile', () => {
  it('of the past shows a share of what was, former rows among it', async () => {
    const layer = layerOf(local.id);
    const [was] = await test.database.query<{ at: number }>('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS at');
    await test.database.query(`DELETE FROM "${layer.table}" WHERE id % 2 = 0`);
    const moment = { from: was?.at ?? 0, to: was?.at ?? 0 };
    const shown = async (rows: number, at: typeof moment | null): Promise<number> =>
      counts(sampleStatement(layer, world, rows, at), local.id);
    // All that is read, of which so many are shown.
    expect(await shown(1, moment)).toBe(2000);
    const [n] = await test.database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM feature_past WHERE source = $1 AND (hashint8(id) & 65535) < 655`,
      [layer.table],
    );
    // A hundredth: few of the pages of the table, and of what was deleted those that their ids choose.
    const few = await shown(2_000_000, moment);
    expect(n?.n).toBeGreaterThan(5);
    expect(few).toBeGreaterThanOrEqual(n?.n ?? 0);
    expect(few).toBeLessThan(2000);
  });
});
