// The import on a real database: the 14 cities, valid geometries, nothing done twice, honest without the optional packages.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { reliefBox as styleBox } from '../style/base-map.ts';
import { importOneMap } from './import-one-map.pg.ts';
import { reliefBox } from './places.data.ts';
import { installedPaths } from './sources.file.ts';

let test: TestDatabase;
const without = { ...installedPaths(), relief: '/nowhere', rivers: '/nowhere', shores: '/nowhere' };
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());
const one = async (sql: string): Promise<Record<string, unknown>> => (await test.database.query(sql))[0] ?? {};
/** Boxes in which cities changed. */
const changes = async (): Promise<number> =>
  Number((await one("SELECT count(*)::int AS n FROM layer_change WHERE source = 'division' AND part = 'city'"))['n']);

describe('importOneMap', () => {
  it('without the optional packages: boundaries and places, and says what is missing', async () => {
    const report = await importOneMap(test.database, { paths: without });
    expect(report).toMatchObject({ changed: true, rows: { division: 15, river: 0, lake: 0, sea_depth: 0 }, reliefBytes: 0 });
    expect(report.missing.join()).toMatch(/ferret-datasets.*gmt-gshhg-high/);
    expect(report.rows['context_land']).toBeGreaterThan(6);
  });

  it('the same sources are not imported twice; and nothing is told to have changed', async () => {
    const before = await changes();
    expect((await importOneMap(test.database, { paths: without })).changed).toBe(false);
    expect(await changes()).toBe(before);
  });

  it.skipIf(!existsSync(installedPaths().relief) || !existsSync(installedPaths().shores))(
    'with them: rivers, lakes, depths and relief, and what changed is told (skipped where they are not installed)',
    async () => {
      const before = await changes();
      const report = await importOneMap(test.database);
      expect(report).toMatchObject({ changed: true, missing: [], rows: { division: 15, sea_depth: 3 } });
      expect(report.reliefBytes).toBeGreaterThan(50_000);
      expect(report.reliefBytes).toBeLessThan(600_000);
      // 14 cities go and come: a box each.
      expect(await changes()).toBe(before + 28);
      // 浑河 through Shenyang, 鸭绿江 past Dandong.
      const names = await test.database.query('SELECT DISTINCT name FROM river WHERE inside AND name IS NOT NULL');
      expect(names.map((row) => row['name'])).toEqual(expect.arrayContaining(['辽河', '浑河', '大凌河', '鸭绿江']));
      // Deep water lies off Dalian; the head of Liaodong Bay is within the 10 m band.
      const deep = (lng: number, lat: number): Promise<Record<string, unknown>> =>
        one(
          `SELECT coalesce(min(depth), 99)::int AS d FROM sea_depth WHERE ST_Covers(geom, ST_SetSRID(ST_MakePoint(${lng}, ${lat}), 4490))`,
        );
      expect((await deep(122.5, 38.4))['d']).toBe(99);
      expect((await deep(121.9, 40.7))['d']).toBe(10);
    },
  );

  it('every geometry is valid, and 3857 is the same place', async () => {
    for (const table of ['division', 'river', 'lake', 'context_land', 'sea_depth', 'place']) {
      const row = await one(
        `SELECT count(*)::int AS n, count(*) FILTER (WHERE ST_IsValid(geom) AND ST_IsValid(geom_3857))::int AS valid,
           coalesce(max(ST_Distance(ST_Centroid(ST_Transform(geom, 3857)), ST_Centroid(geom_3857))), 0)::float8 AS off FROM ${table}`,
      );
      expect([table, row['valid']]).toEqual([table, row['n']]);
      expect(row['off']).toBeLessThan(0.01);
    }
  });

  it('the cities cover the province: areas of the yearbook within 3 %', async () => {
    const areas = Object.fromEntries(
      (await test.database.query('SELECT adcode, (ST_Area(geom::geography) / 1e6)::int AS km FROM division')).map((r) => [
        r['adcode'],
        Number(r['km']),
      ]),
    );
    expect(areas['210100']).toBeGreaterThan(12_860 * 0.97);
    expect(areas['210100']).toBeLessThan(12_860 * 1.03);
    expect(areas['210000']).toBeGreaterThan(148_000 * 0.97);
    expect(areas['210000']).toBeLessThan(148_000 * 1.03);
  });

  it('the map is no longer shifted: Shenyang’s seat is where it is in WGS 84, and each seat lies in its own city', async () => {
    // 沈阳市府广场 is at 123.4231 E, 41.7946 N; unconverted it would be 550 m off to the east-north-east.
    const seat = await one("SELECT ST_X(geom) AS lng, ST_Y(geom) AS lat FROM place WHERE kind = 'capital'");
    expect(Math.abs(Number(seat['lng']) - 123.4231)).toBeLessThan(0.003);
    expect(Math.abs(Number(seat['lat']) - 41.7946)).toBeLessThan(0.003);
    const rows = await test.database.query(
      "SELECT place.name FROM place JOIN division ON division.adcode = place.adcode AND ST_Covers(division.geom, place.geom) WHERE kind IN ('city', 'capital')",
    );
    expect(rows.length).toBe(14);
  });

  it('land around neither overlaps the province nor leaves a gap along its land border', async () => {
    const row = await one(
      `WITH p AS (SELECT geom FROM division WHERE level = 'province'), c AS (SELECT ST_Union(geom) AS geom FROM context_land)
       SELECT (ST_Area(ST_Intersection(p.geom, c.geom)::geography) / 1e6)::float8 AS overlap,
         ST_Distance(c.geom, ST_SetSRID(ST_MakePoint(123.5, 42.9), 4490)) AS mongolia FROM p, c`,
    );
    expect(row['overlap']).toBeLessThan(1);
    const gaps = await test.database.query(
      `WITH whole AS (SELECT ST_Union(geom) AS geom FROM (SELECT geom FROM context_land UNION ALL SELECT geom FROM division WHERE level = 'province') AS t)
       SELECT name, ST_Covers(whole.geom, ST_SetSRID(ST_MakePoint(lng, lat), 4490)) AS covered
       FROM whole, (VALUES ('朝阳北', 119.3, 42.3), ('昌图北', 124.3, 43.45), ('宽甸', 125.55, 40.85), ('山海关', 119.83, 40.02)) AS v (name, lng, lat)`,
    );
    expect(gaps.map((gap) => gap['covered'])).toEqual([true, true, true, true]);
  });

  it('the style draws the relief where the import made it', () => {
    expect([...styleBox]).toEqual([...reliefBox]);
  });
});
