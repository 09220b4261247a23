// The demo layers on a real database: planted once, the same for the same seed, in the province, without overlaps.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importOneMap } from '../../../geo-services/import/import-one-map.pg.ts';
import { installedPaths } from '../../../geo-services/import/sources.file.ts';
import { layersById } from '../../../geo-services/one-map/index.ts';
import { landClasses, layerColours } from '../../../geo-services/style/layer-colours.data.ts';
import { type TestDatabase, testDatabase } from '../../../tests/database.pg.ts';
import { type PlantReport, plantedTables, plantThemes } from './plant.pg.ts';

let test: TestDatabase;
let report: PlantReport;
beforeAll(async () => {
  test = await testDatabase();
  await importOneMap(test.database);
  report = await plantThemes(test.database, { seed: 42 });
}, 120_000);
afterAll(() => test?.drop());
const one = async (sql: string): Promise<Record<string, unknown>> => (await test.database.query(sql))[0] ?? {};
/** Reservoirs, dykes and waters come of GSHHG. */
const withRivers = existsSync(installedPaths().rivers);
const ofRivers: readonly string[] = ['reservoir', 'dyke', 'water_function_zone', 'drinking_water_zone', 'outfall'];

describe('plantThemes', () => {
  it('fills every table; land use has tens of thousands of parcels', () => {
    console.log(JSON.stringify(report));
    for (const table of plantedTables) if (withRivers || !ofRivers.includes(table)) expect(report.rows[table], table).toBeGreaterThan(0);
    expect(report.rows['land_use']).toBeGreaterThan(20_000);
    expect(plantedTables).toHaveLength(17);
  });
  it('is not done twice', async () => {
    expect(await plantThemes(test.database, { seed: 42 })).toEqual({ ...report, changed: false });
  });
  it.each([
    'land_use',
    'permanent_farmland',
    'ecological_redline',
    'urban_boundary',
    'forest_stand',
    'grassland',
    'nature_reserve',
    'drinking_water_zone',
    'sea_use',
  ])(
    '%s: valid, in no other parcel of its own',
    async (table) => {
      expect(Number((await one(`SELECT count(*) AS n FROM ${table} WHERE NOT ST_IsValid(geom)`))['n'])).toBe(0);
      const { most } = await one(
        `SELECT coalesce(max(ST_Area(ST_Intersection(a.geom, b.geom)::geography)), 0) AS most FROM ${table} a JOIN ${table} b ON a.id < b.id
         AND a.geom && b.geom AND ST_Relate(a.geom, b.geom, '2********') WHERE a.id % 7 = 0`,
      );
      // Square metres; a rounding of the last digit along a kilometre is some square centimetres.
      expect(Number(most)).toBeLessThan(10);
    },
    60_000,
  );
  it('the three control lines do not overlap', async () => {
    for (const [a, b] of [
      ['permanent_farmland', 'ecological_redline'],
      ['permanent_farmland', 'urban_boundary'],
      ['ecological_redline', 'urban_boundary'],
    ])
      expect(
        Number(
          (
            await one(
              `SELECT coalesce(sum(ST_Area(ST_Intersection(a.geom, b.geom)::geography)), 0) AS m FROM ${a} a JOIN ${b} b ON ST_Relate(a.geom, b.geom, '2********')`,
            )
          )['m'],
        ),
      ).toBeLessThan(1000);
  }, 60_000);
  it('land use covers the province, and nothing beyond it', async () => {
    const { share } = await one(
      `SELECT sum(area) * 1e4 / (SELECT ST_Area(geom::geography) FROM division WHERE level = 'province') AS share FROM land_use`,
    );
    expect(Number(share)).toBeGreaterThan(0.995);
    expect(Number(share)).toBeLessThan(1.001);
  });
  it('attributes are in their ranges; codes are those of the table; contacts are masked', async () => {
    const codes = await test.database.query<{ dlbm: string; dlmc: string }>('SELECT DISTINCT dlbm, dlmc FROM land_use');
    expect(codes.length).toBeGreaterThan(15);
    for (const { dlbm, dlmc } of codes)
      expect([landClasses[dlbm], layerColours['land-use']?.colours[dlbm] !== undefined]).toEqual([dlmc, true]);
    expect(await one('SELECT min(canopy) >= 0.2 AND max(canopy) <= 1 AS ok FROM forest_stand')).toEqual({ ok: true });
    expect(await one(`SELECT bool_and(phone ~ '^1\\d{2}[*]{4}\\d{4}$' AND contact ~ '[*]') AS ok FROM emergency_place`)).toEqual({
      ok: true,
    });
    const rows = await test.database.query('SELECT place, count(*)::int AS n FROM emergency_place GROUP BY place ORDER BY place');
    expect(rows.map((row) => row['place'])).toEqual(['hazard', 'shelter', 'team', 'warehouse']);
  });
  it('every planted layer is marked as simulated and has colours', () => {
    const planted = [...layersById().values()].filter(({ table }) => (plantedTables as readonly string[]).includes(table));
    expect(planted).toHaveLength(20);
    for (const layer of planted) {
      expect([layer.id, layer.provenance, /演示/.test(layer.source)]).toEqual([layer.id, 'simulated', true]);
      const table = layerColours[layer.id];
      expect(table?.colours['*'], layer.id).toMatch(/^#[0-9a-f]{6}$/);
      if (table?.attribute) expect(layer.attributes).toContain(table.attribute);
    }
  });
  it('the same seed makes the same province, another one another', async () => {
    const print = `SELECT md5(string_agg(md5(ST_AsBinary(geom)) || dlbm, '' ORDER BY id)) AS print FROM land_use`;
    const before = await one(print);
    await test.database.query("DELETE FROM import_source WHERE name = 'themes'");
    await test.database.query('ALTER SEQUENCE land_use_id_seq RESTART');
    expect((await plantThemes(test.database, { seed: 42 })).changed).toBe(true);
    expect(await one(print)).toEqual(before);
  }, 120_000);
});
