// Analysis on a real testDatabase: figures against geometry that one can work out by hand, on the rows that the viewer may read.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Identity } from '../../contracts/access.ts';
import type { Layer } from '../../contracts/layer.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { addStations, stations } from '../../tests/one-map.http.ts';
import { openSight } from '../features/sight.pg.ts';
import { type Analysis, openAnalysis } from './analysis.pg.ts';

let test: TestDatabase;
let analysis: Analysis;
const read: [string, string][] = [];
const viewer = (adcode: string, departments: Identity['scope']['departments'] = '*'): Identity => ({
  ...{ user: 'u', displayName: 'u', role: 'planner' },
  scope: { adcode, departments },
});
const province = viewer('210000');
const box = (west: number, south: number, east: number, north: number) => ({
  type: 'Polygon' as const,
  coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]], // biome-ignore format: a ring
});
beforeAll(async () => {
  test = await testDatabase();
  await addStations(test, stations);
  await test.database.query(
    `INSERT INTO river (name, rank, inside, geom, geom_3857) SELECT '直河', 2, true, g, ST_Transform(g, 3857)
     FROM (SELECT ST_Multi(ST_SetSRID(ST_MakeLine(ST_MakePoint(123, 41), ST_MakePoint(123, 42)), 4490)) AS g) AS made`,
  );
  analysis = openAnalysis({
    database: test.database,
    sight: openSight({ database: test.database, now: Date.now }),
    onRestricted: (_, layer: Layer, act) => void read.push([layer.id, act]),
  });
});
afterAll(() => test?.drop());

describe('buffer', () => {
  it('around a point is a disc of that radius', async () => {
    const answer = (await analysis.buffer(province, { of: { geometry: { type: 'Point', coordinates: [123.43, 41.8] } }, metres: 5000 })) as { squareMetres: number }; // biome-ignore format: a question
    // A polygon of 32 corners inside the circle: 0.64 % less.
    expect(answer.squareMetres / (Math.PI * 5000 ** 2)).toBeGreaterThan(0.985);
    expect(answer.squareMetres / (Math.PI * 5000 ** 2)).toBeLessThan(1.001);
  });
  it('of rows is one shape of those that the viewer may read', async () => {
    const question = { of: { layer: 'air-stations' }, metres: 1000 };
    expect(await analysis.buffer(province, question)).toMatchObject({ rows: 2 });
    expect(await analysis.buffer(viewer('210100'), question)).toMatchObject({ rows: 1 });
    expect(await analysis.buffer(viewer('210200'), question)).toMatchObject({ rows: 0, geometry: null });
  });
});
describe('overlay', () => {
  it('cuts a line at the edge, and measures it on the ellipsoid', async () => {
    const cut = async (keep: 'inside' | 'outside') =>
      (await analysis.overlay(province, { rows: { layer: 'rivers' }, with: { geometry: box(122, 41.5, 124, 43) }, keep })) as { features: { properties: { name: string; measure: number } }[] }; // biome-ignore format: a question
    const [inside, outside] = [await cut('inside'), await cut('outside')];
    expect(inside.features.map(({ properties }) => properties.name)).toEqual(['直河']);
    // GRS 80: half a degree of meridian at 41.75° is 55 537 m, at 41.25° 55 532 m.
    expect(inside.features[0]?.properties.measure).toBeCloseTo(55_537, -2);
    expect((inside.features[0]?.properties.measure ?? 0) + (outside.features[0]?.properties.measure ?? 0)).toBeCloseTo(111_069, -2);
  });
});
describe('statistics', () => {
  it('counts the rows of a region, and figures of an attribute', async () => {
    const regions = { geometry: box(122.5, 41, 124, 42) };
    expect(await analysis.statistics(province, { rows: { layer: 'air-stations' }, regions })).toMatchObject({
      unit: null,
      regions: [{ name: '圈定范围', count: 1, measure: null }],
    });
    const rivers = await analysis.statistics(province, { rows: { layer: 'rivers' }, regions, attribute: 'rank' });
    expect(rivers).toMatchObject({ unit: 'm', regions: [{ count: 1, sum: 2, mean: 2, least: 2, most: 2 }] });
  });
  it('leaves out what only shares the border', async () => {
    const square = (west: number) => `ST_Multi(ST_SetSRID(ST_MakeEnvelope(${west}, 41, ${west + 1}, 42), 4490))`;
    for (const [id, west] of [[901, 120], [902, 121]] as const) // biome-ignore format: two neighbours
      await test.database.query(`INSERT INTO lake (id, name, geom, geom_3857) OVERRIDING SYSTEM VALUE SELECT $1::int, '湖', g, ST_Transform(g, 3857) FROM (SELECT ${square(west)} AS g) AS made`, [id]); // biome-ignore format: one row
    const answer = (await analysis.statistics(province, { rows: { layer: 'lakes' }, regions: { layer: 'lakes' } })) as {
      regions: { id: number; count: number }[];
    };
    expect(answer.regions.filter(({ id }) => id > 900).map(({ count }) => count)).toEqual([1, 1]);
  });
  it.each([
    ['uid', 'bad-parameter'],
    ['nothing', 'bad-parameter'],
  ])('refuses the attribute %s', async (attribute, code) => {
    const asked = analysis.statistics(province, {
      rows: { layer: 'air-stations' },
      regions: { geometry: box(123, 41, 124, 42) },
      attribute,
    });
    await expect(asked).rejects.toMatchObject({ code });
  });
});
describe('rights', () => {
  it('hold for the layer, and a restricted one leaves a trace', async () => {
    const question = { of: { layer: 'pollution-sources', filter: "name LIKE 'ps%'" }, metres: 10 };
    read.length = 0;
    expect(await analysis.buffer(province, question)).toMatchObject({ rows: 2 });
    expect(read).toEqual([['pollution-sources', 'buffer']]);
    await expect(analysis.buffer(viewer('210000', ['water']), question)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(analysis.buffer(province, { of: { layer: 'gone' }, metres: 10 })).rejects.toMatchObject({ code: 'not-found' });
  });
  it('a layer of a function is taken with what it says where nothing is asked', async () => {
    // 50 km around Shenyang: its own station, and not the one of Tieling, 65 km away.
    expect(await analysis.buffer(province, { of: { layer: 'air-stations-near' }, metres: 10 })).toMatchObject({ rows: 1 });
  });
  it('a shape that is none is the reader’s mistake, not a defect', async () => {
    const asked = analysis.buffer(province, { of: { geometry: { type: 'Polygon', coordinates: ['x'] } }, metres: 10 });
    await expect(asked).rejects.toMatchObject({ code: 'bad-body' });
  });
});
