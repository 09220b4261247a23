// Filters and schemas over HTTP on a real database: OGC API Features Part 3, CQL2 class by class, Part 5; and the viewer's area holds under any filter.
import type supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineLayer } from '../../contracts/layer.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { serveOneMap, type TestDoor } from '../../tests/one-map.http.ts';
import { layersById, themes } from '../one-map/index.ts';

/** One column of each type, some rows empty, one row per area. */
const sample = defineLayer({
  id: 'sample',
  theme: 'sample',
  title: { zh: '样本', en: 'Sample' },
  geometry: 'polygon',
  table: 'sample',
  attributes: ['name', 'code', 'rank', 'height', 'width', 'open', 'day', 'seen', 'local', 'adcode'],
  minZoom: 0,
  maxZoom: 22,
  adcodeColumn: 'adcode',
  sharing: 'unconditional',
  department: 'data',
  source: '测试数据',
});
const square = (x: number, y: number, size = 1): string =>
  `POLYGON((${x} ${y}, ${x + size} ${y}, ${x + size} ${y + size}, ${x} ${y + size}, ${x} ${y}))`;
// id, name, code, rank, height, width, open, day, seen, local, adcode, geom
const rows: readonly (readonly unknown[])[] = [
  ['Ärger', 'A1', 1, 1.5, 1.5, true, '2024-02-29', '2024-02-29T12:00:00Z', '2024-02-29 12:00:00', '210100', square(120, 40)],
  ['50% off_', 'B2', 2, 2.5, 1, false, '2024-03-01', '2024-03-01T00:00:00Z', '2024-03-01 00:00:00', '210200', square(121, 40)],
  ['沈阳', 'b3', 3, -7, 2, true, '2025-01-01', '2025-01-01T00:00:00Z', '2025-01-01 00:00:00', '210100', square(120.5, 40.5)],
  [null, null, 4, null, null, null, null, null, null, '210200', square(10, 10, 5)],
];

let test: TestDatabase;
let door: TestDoor;
const get = (path: string, user = 'province'): supertest.Test => door.as(user, path);
function items(filter: string, more: Readonly<Record<string, string>> = {}, user = 'province'): supertest.Test {
  return get('/ogc/collections/sample/items', user).query({ filter, ...more });
}
async function ids(filter: string, more: Readonly<Record<string, string>> = {}, user = 'province'): Promise<number[]> {
  const { body, status } = await items(filter, more, user);
  expect([filter, status, body.detail]).toEqual([filter, 200, undefined]);
  expect(body.numberMatched).toBe(body.features.length);
  return body.features.map((feature: { id: number }) => feature.id);
}

beforeAll(async () => {
  test = await testDatabase();
  await test.database.query(`CREATE TABLE sample (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revision bigint NOT NULL DEFAULT nextval('feature_revision'), since timestamptz NOT NULL DEFAULT now(), name text, code varchar(9), rank smallint,
    height double precision, width numeric, open boolean, day date, seen timestamptz, local timestamp, adcode char(6),
    geom geometry(Polygon, 4490), geom_3857 geometry(Polygon, 3857))`);
  for (const row of rows)
    await test.database.query(
      `INSERT INTO sample (name, code, rank, height, width, open, day, seen, local, adcode, geom)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, ST_GeomFromText($11, 4490))`,
      row,
    );
  door = serveOneMap(test, layersById({ ...themes, sample: [sample] }));
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});

const G = 'geometry';
/** The conformance class, a filter, and the rows that it finds. */
const cases: readonly [string, string, number[]][] = [
  ['basic-cql2', "name = '沈阳'", [3]],
  ['basic-cql2', 'rank <> 2', [1, 3, 4]],
  ['basic-cql2', 'rank < 2 OR rank > 3', [1, 4]],
  ['basic-cql2', 'rank >= 2 AND rank <= 3', [2, 3]],
  ['basic-cql2', 'NOT (rank = 1 OR rank = 2)', [3, 4]],
  ['basic-cql2', 'height > 1.5', [2]],
  ['basic-cql2', 'open = TRUE', [1, 3]],
  ['basic-cql2', 'open', [1, 3]],
  ['basic-cql2', 'NOT open', [2]],
  ['basic-cql2', 'TRUE', [1, 2, 3, 4]],
  ['basic-cql2', 'name IS NULL', [4]],
  ['basic-cql2', 'name IS NOT NULL', [1, 2, 3]],
  ['basic-cql2', "name <> '沈阳'", [1, 2]],
  ['basic-cql2', "day = DATE('2024-02-29')", [1]],
  ['basic-cql2', "seen >= TIMESTAMP('2024-03-01T00:00:00Z')", [2, 3]],
  ['basic-cql2', "seen < DATE('2024-03-01')", [1]],
  ['basic-cql2', "local >= TIMESTAMP('2024-03-01T00:00:00Z')", [2, 3]],
  ['basic-cql2', "adcode = '210100'", [1, 3]],
  ['basic-cql2', 'id = 2', [2]],
  ['advanced-comparison-operators', "name LIKE '%沈%'", [3]],
  ['advanced-comparison-operators', "name LIKE '50\\% off\\_'", [2]],
  ['advanced-comparison-operators', "name LIKE '5_\\%%'", [2]],
  ['advanced-comparison-operators', "name NOT LIKE '%沈%'", [1, 2]],
  ['advanced-comparison-operators', 'height BETWEEN 1.5 AND 2.5', [1, 2]],
  ['advanced-comparison-operators', 'height NOT BETWEEN 1.5 AND 2.5', [3]],
  ['advanced-comparison-operators', "code IN ('A1', 'b3')", [1, 3]],
  ['advanced-comparison-operators', 'rank NOT IN (1, 2)', [3, 4]],
  ['advanced-comparison-operators', "day IN (DATE('2025-01-01'))", [3]],
  ['case-insensitive-comparison', "CASEI(code) = CASEI('B3')", [3]],
  ['case-insensitive-comparison', "CASEI(code) LIKE CASEI('B%')", [2, 3]],
  ['case-insensitive-comparison', "CASEI(name) = CASEI('ÄRGER')", [1]],
  ['case-insensitive-comparison', "CASEI(code) IN (CASEI('a1'), CASEI('b2'))", [1, 2]],
  ['property-property', 'height = width', [1]],
  ['property-property', 'day <= seen', [1, 2, 3]],
  ['property-property', '2 = rank', [2]],
  ['arithmetic', 'height + 1 = 2.5', [1]],
  ['arithmetic', 'rank * 2 - 1 = 5', [3]],
  ['arithmetic', 'height / width > 2', [2]],
  ['arithmetic', '10 / (rank - 1) = 10', [2]],
  ['arithmetic', 'rank % 2 = 0 AND rank div 2 = 1', [2]],
  ['arithmetic', 'rank ^ 2 = 9', [3]],
  ['basic-spatial-functions', `S_INTERSECTS(${G}, POINT(120.75 40.75))`, [1, 3]],
  ['basic-spatial-functions', `S_INTERSECTS(${G}, BBOX(121.8,40.1,121.9,40.2))`, [2]],
  ['basic-spatial-functions', `S_INTERSECTS(BBOX(170,-10,20,50), ${G})`, [4]],
  ['basic-spatial-functions-plus', `S_INTERSECTS(${G}, LINESTRING(9 12, 16 12))`, [4]],
  ['basic-spatial-functions-plus', `S_INTERSECTS(${G}, ${square(120.1, 40.1, 0.1)})`, [1]],
  ['basic-spatial-functions-plus', `S_INTERSECTS(${G}, MULTIPOINT((11 11), (121.9 40.1)))`, [2, 4]],
  ['basic-spatial-functions-plus', `S_INTERSECTS(${G}, MULTILINESTRING((11 11, 12 12), (0 0, 1 1)))`, [4]],
  ['basic-spatial-functions-plus', `S_INTERSECTS(${G}, MULTIPOLYGON(((11 11, 12 11, 12 12, 11 11))))`, [4]],
  ['basic-spatial-functions-plus', `S_INTERSECTS(${G}, GEOMETRYCOLLECTION(POINT(11 11), LINESTRING(121.8 40.1, 121.9 40.2)))`, [2, 4]],
  ['spatial-functions', `S_DISJOINT(${G}, BBOX(119,39,123,43))`, [4]],
  ['spatial-functions', `S_WITHIN(${G}, BBOX(119.9,39.9,121.6,41.6))`, [1, 3]],
  ['spatial-functions', `S_CONTAINS(${G}, POINT(120.1 40.1))`, [1]],
  ['spatial-functions', `S_TOUCHES(${G}, ${square(119, 40)})`, [1]],
  ['spatial-functions', `S_CROSSES(${G}, LINESTRING(9 12, 16 12))`, [4]],
  ['spatial-functions', `S_OVERLAPS(${G}, ${square(119.5, 39.5)})`, [1]],
  ['spatial-functions', `S_EQUALS(${G}, ${square(121, 40)})`, [2]],
];

describe('CQL2 on PostGIS', () => {
  it.each(cases)('%s: %s', async (_, filter, found) => {
    expect(await ids(filter)).toEqual(found);
  });
  it('the conformance document names each class that has a case here, and no other of CQL2 but the encodings', async () => {
    const { body } = await get('/ogc/conformance').expect(200);
    const claimed = (body.conformsTo as string[]).filter((uri) => uri.includes('/cql2/')).map((uri) => uri.split('/conf/')[1]);
    expect(claimed.sort()).toEqual([...new Set(cases.map(([name]) => name)), 'cql2-text', 'cql2-json'].sort());
    for (const name of ['queryables', 'filter', 'features-filter'])
      expect(body.conformsTo).toContain(`http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/${name}`);
  });
  it('cql2-json says the same', async () => {
    const json = {
      op: 'and',
      args: [
        { op: '>', args: [{ property: 'rank' }, 1] },
        { op: 's_intersects', args: [{ property: G }, { bbox: [119, 39, 123, 43] }] },
      ],
    };
    expect(await ids(JSON.stringify(json), { 'filter-lang': 'cql2-json' })).toEqual([2, 3]);
  });
  it('filter-crs EPSG 4490: latitude first', async () => {
    const crs = 'http://www.opengis.net/def/crs/EPSG/0/4490';
    expect(await ids(`S_INTERSECTS(${G}, POINT(40.75 120.75))`, { 'filter-crs': crs })).toEqual([1, 3]);
  });
  // A metre to each side of 121°E, where one square ends and the other begins: figures of gdaltransform (PROJ 9).
  it.each([
    [3857, 'POINT(13469657.273 4902338.382)', [1]],
    [3857, 'POINT(13469659.499 4902338.382)', [2]],
    [4549, 'POINT(4457768.043 585081.496)', [1]],
    [4549, 'POINT(4457768.062 585083.197)', [2]],
    [4550, 'POINT(4459207.728 329830.124)', [1]],
    [4550, 'POINT(4459207.690 329831.826)', [2]],
    [4551, 'POINT(4469300.807 74501.203)', [1]],
    [4551, 'POINT(4469300.711 74502.905)', [2]],
    [4326, 'POINT(40.25 120.99999)', [1]],
    [4490, 'BBOX(40.1,121.00001,40.2,121.1)', [2]],
    [4549, 'BBOX(4513000,563339,4513100,563340)', [1, 3]],
  ] as const)('filter-crs EPSG %i: %s, in the order of its axes', async (code, shape, found) => {
    expect(await ids(`S_INTERSECTS(${G}, ${shape})`, { 'filter-crs': `http://www.opengis.net/def/crs/EPSG/0/${code}` })).toEqual(found);
  });
  it('a long straight side on a grid is bent in degrees', async () => {
    // Its northern side touches row 1 at 120°E only; its corners lie 1.5 km south of 40°N.
    const crs = { 'filter-crs': 'http://www.opengis.net/def/crs/EPSG/0/4549' };
    expect(await ids(`S_INTERSECTS(${G}, BBOX(4428000,330000,4429600,670000))`, crs)).toEqual([1]);
  });
  it('what is no place on the grid is refused', async () => {
    const crs = { 'filter-crs': 'http://www.opengis.net/def/crs/EPSG/0/4550' };
    for (const shape of ['POINT(99999999 500000)', 'BBOX(2,1,1,2)', 'BBOX(1,2,2,1)'])
      expect((await items(`S_INTERSECTS(${G}, ${shape})`, crs).expect(400)).body.details.name).toBe('filter');
  });
  it('is joined with bbox, attribute filters and pages', async () => {
    expect(await ids('rank < 4', { bbox: '120,40,120.9,40.9' })).toEqual([1, 3]);
    expect(await ids('rank < 4', { bbox: '120,40,120.9,40.9', code: 'b3,B2' })).toEqual([3]);
    const first = await items('rank <> 2', { limit: '2' }).expect(200);
    expect(first.body).toMatchObject({ numberMatched: 3, numberReturned: 2 });
    const next = new URL(first.body.links.find((link: { rel: string }) => link.rel === 'next').href);
    const second = await get(next.pathname + next.search).expect(200);
    expect(second.body.features.map((feature: { id: number }) => feature.id)).toEqual([4]);
  });
  it('another filter is another ETag', async () => {
    const [one, two] = await Promise.all([items('rank = 1').expect(200), items('rank = 2').expect(200)]);
    expect(one.get('ETag')).not.toBe(two.get('ETag'));
    await items('rank = 1')
      .set('If-None-Match', String(one.get('ETag')))
      .expect(304);
  });
  it('the viewer’s area holds under any filter', async () => {
    for (const filter of ['TRUE', "TRUE OR adcode = '210200'", "adcode LIKE '%' OR NOT FALSE", 'rank > 0'])
      expect(await ids(filter, {}, 'shenyang')).toEqual([1, 3]);
    expect(await ids("adcode = '210200'", {}, 'shenyang')).toEqual([]);
    await items('TRUE', {}, 'nobody').expect(401);
  });
  it('a filter that cannot be read or computed is 400, never 500', async () => {
    const crossed = 'POLYGON((0 0, 20 20, 20 0, 0 20, 0 0))';
    const bad = [
      'rank =',
      'secret = 1',
      'geom IS NULL',
      "rank = 'a'",
      'rank',
      'height ^ 0.5 = 1',
      '1e308 * rank > 1',
      "name LIKE 'x\\\\'",
      "name = '\0'",
    ];
    for (const filter of bad) {
      const { body, status } = await items(filter);
      expect([filter, status, body.code, body.details?.name]).toEqual([filter, 400, 'bad-parameter', 'filter']);
    }
    for (const op of ['INTERSECTS', 'DISJOINT', 'WITHIN', 'CONTAINS', 'TOUCHES', 'CROSSES', 'OVERLAPS', 'EQUALS'])
      for (const shape of [crossed, `GEOMETRYCOLLECTION(POINT(11 11), ${square(0, 0)})`, 'BBOX(1,1,1,1)', 'LINESTRING(1 1, 1 1)'])
        expect([200, 400]).toContain((await items(`S_${op}(${G}, ${shape})`)).status);
    for (const name of ['filter-lang', 'filter-crs'])
      expect((await items('TRUE', { [name]: 'x' }).expect(400)).body.details.name).toBe(name);
    await get('/ogc/collections/sample/items?filter=TRUE&filter=FALSE').expect(400);
  });
});

describe('schemas', () => {
  it('the pages for people are tables, a line for each property', async () => {
    for (const [name, columns] of [
      ['queryables', 4],
      ['schema', 5],
    ] as const) {
      const { properties } = JSON.parse((await get(`/ogc/collections/sample/${name}`).expect(200)).text);
      const { text } = await get(`/ogc/collections/sample/${name}?f=html`).expect(200);
      expect(text.match(/<th>/g)?.length).toBe(columns);
      for (const property of Object.keys(properties)) expect(text).toContain(`<tr><td><code>${property}</code></td>`);
      expect(text).toContain('<td>时刻</td>');
    }
  });
  it('Part 3 §6: queryables have the types of the columns', async () => {
    const answer = await get('/ogc/collections/sample/queryables').expect(200);
    expect(answer.get('Content-Type')).toMatch(/^application\/schema\+json/);
    expect(answer.body).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
    });
    expect(answer.body.$id).toMatch(/\/ogc\/collections\/sample\/queryables$/);
    const types = Object.entries(answer.body.properties as Record<string, { type?: string; format?: string }>);
    expect(Object.fromEntries(types.map(([name, { type, format }]) => [name, [type, format].filter(Boolean).join(' ')]))).toEqual({
      ...{ id: 'integer', name: 'string', code: 'string', rank: 'integer', height: 'number', width: 'number', open: 'boolean' },
      ...{ day: 'string date', seen: 'string date-time', local: 'string date-time', adcode: 'string' },
      geometry: 'geometry-polygon-or-multipolygon',
    });
  });
  it('Part 5 §8: the schema names the identifier and the primary geometry, and each property of a feature', async () => {
    const { body } = await get('/ogc/collections/sample/schema').expect(200);
    expect(body.properties.id['x-ogc-role']).toBe('id');
    expect(body.properties.geometry).toMatchObject({ 'x-ogc-role': 'primary-geometry', format: 'geometry-polygon-or-multipolygon' });
    const [feature] = (await items('id = 1').expect(200)).body.features;
    expect(Object.keys(body.properties)).toEqual(['id', ...Object.keys(feature.properties), 'geometry']);
  });
  it('every layer has both, linked from its collection and in the API definition', async () => {
    const { body } = await get('/ogc/collections').expect(200);
    const api = JSON.parse((await get('/ogc/api').expect(200)).text);
    const layers = body.collections.filter(({ itemType }: { itemType: string }) => itemType === 'feature');
    expect(layers.length).toBe(layersById().size + 1);
    for (const { id, links } of layers as { id: string; links: { rel: string; href: string }[] }[])
      for (const name of ['queryables', 'schema']) {
        const link = links.find(({ rel }) => rel === `http://www.opengis.net/def/rel/ogc/1.0/${name}`);
        const schema = await get(new URL(String(link?.href)).pathname).expect(200);
        expect(Object.keys(schema.body.properties).length).toBeGreaterThan(2);
        expect(Object.keys(api.paths)).toContain(`/collections/${id}/${name}`);
      }
    const names = api.paths['/collections/sample/items'].get.parameters.map((parameter: { name: string }) => parameter.name);
    expect(names).toEqual(expect.arrayContaining(['filter', 'filter-lang', 'filter-crs']));
    await get('/ogc/collections/nothing/queryables').expect(404);
    await get('/ogc/collections/sample/schema?x=1').expect(400);
    await get('/ogc/collections/sample/schema', 'nobody').expect(401);
  });
});
