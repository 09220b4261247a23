// FlatGeobuf pages as GDAL reads them back: attributes, types, CRS, empty pages, rows without a shape; and the viewer's area.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineLayer } from '../../contracts/layer.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { serveOneMap, type TestDoor } from '../../tests/one-map.http.ts';

const layerOf = (id: string, geometry: 'point' | 'polygon') =>
  defineLayer({
    ...{ id, theme: 'sample', title: { zh: id, en: id }, geometry, table: id.replaceAll('-', '_') },
    attributes: ['name', 'rank', 'width', 'day', 'seen', 'open', 'adcode'],
    ...{ minZoom: 0, maxZoom: 22, adcodeColumn: 'adcode', sharing: 'unconditional', department: 'data', source: '测试数据' },
  });
const layers = [layerOf('dots', 'point'), layerOf('areas', 'polygon')];
const epsg = (code: number): string => encodeURIComponent(`http://www.opengis.net/def/crs/EPSG/0/${code}`);
const rows: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  dots: [
    ['沈阳', 1, 1.5, '2024-02-29', '2024-02-29T12:00:00Z', true, '210100', 'POINT(123.43 41.8)'],
    ['大连', null, 2, null, '2024-03-01T00:00:00Z', false, '210200', 'POINT(121.6 38.9)'],
    [null, null, null, null, null, null, '210200', 'POINT(121.7 38.9)'],
  ],
  areas: [
    ['方', 1, 1, '2024-02-29', null, true, '210100', 'POLYGON((123 41, 124 41, 124 42, 123 42, 123 41))'],
    ['双', 2, 1, null, null, true, '210100', 'MULTIPOLYGON(((121 41, 122 41, 122 42, 121 41)), ((120 41, 120.5 41, 120.5 42, 120 41)))'],
    ['无', 3, 1, null, null, true, '210100', null],
  ],
};

let test: TestDatabase;
let door: TestDoor;
let folder: string;
const gdal = ((): boolean => {
  try {
    execFileSync('ogrinfo', ['--version']);
    return true;
  } catch {
    return false;
  }
})();
/** What ogrinfo says of the file. */
async function info(path: string, user = 'province'): Promise<string> {
  const file = join(folder, 'page.fgb');
  writeFileSync(file, await door.bytes(user, `/ogc/collections/${path}`));
  return execFileSync('ogrinfo', ['-al', file], { encoding: 'utf8' });
}
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fgb-'));
  test = await testDatabase();
  for (const [table, list] of Object.entries(rows)) {
    await test.database.query(`CREATE TABLE ${table} (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      revision bigint NOT NULL DEFAULT nextval('feature_revision'), since timestamptz NOT NULL DEFAULT now(), name text, rank smallint,
      width numeric, day date, seen timestamptz, open boolean, adcode char(6), geom geometry(Geometry, 4490), geom_3857 geometry)`);
    for (const row of list)
      await test.database.query(
        `INSERT INTO ${table} (name, rank, width, day, seen, open, adcode, geom) VALUES ($1, $2, $3, $4, $5, $6, $7, ST_GeomFromText($8, 4490))`,
        row,
      );
  }
  door = serveOneMap(test, new Map(layers.map((layer) => [layer.id, layer])));
});
afterAll(async () => {
  door?.close();
  await test?.drop();
  rmSync(folder, { recursive: true, force: true });
});

it('is a file with the magic bytes, its numbers and links in headers', async () => {
  const answer = await door.raw('province', '/ogc/collections/dots/items?f=fgb&limit=2').expect(200);
  expect(answer.get('Content-Type')).toBe('application/flatgeobuf');
  expect(answer.get('Content-Disposition')).toContain('dots.fgb');
  expect(answer.get('Content-Crs')).toBe('<http://www.opengis.net/def/crs/OGC/1.3/CRS84>');
  expect([answer.get('OGC-NumberMatched'), answer.get('OGC-NumberReturned')]).toEqual(['3', '2']);
  expect((answer.body as Buffer).subarray(0, 8).toString('latin1')).toBe('fgb\x03fgb\x01');
  const next = /<([^>]+)>; rel="next"/.exec(String(answer.get('Link')))?.[1] ?? '';
  expect(new URL(next).searchParams.get('after')).toBe('2');
  const second = await door.raw('province', next.replace(/^https?:\/\/[^/]+/, '')).expect(200);
  expect(second.get('OGC-NumberReturned')).toBe('1');
  expect(second.get('Link')).not.toContain('rel="next"');
  const asked = await door.as('province', '/ogc/collections/dots/items').set('Accept', 'application/flatgeobuf').expect(200);
  expect(asked.type).toBe('application/flatgeobuf');
  await door.as('province', '/ogc/collections/dots/items/1?f=fgb').expect(400);
});

describe.skipIf(!gdal)('ogrinfo reads', () => {
  it('points with the types of their attributes', async () => {
    const text = await info('dots/items?f=fgb');
    expect(text).toContain('Geometry: Point');
    expect(text).toContain('Feature Count: 3');
    expect(text).toMatch(/ID\["EPSG",4326\]\]/);
    for (const column of ['id: Integer64', 'name: String', 'rank: Integer64', 'width: Real', 'day: String', 'seen: DateTime'])
      expect(text).toContain(column);
    for (const value of ['name (String) = 沈阳', 'day (String) = 2024-02-29', 'width (Real) = 1.5', 'POINT (123.43 41.8)'])
      expect(text).toContain(value);
  });
  it.each([
    [4490, 'POINT (123.43 41.8)'],
    [4326, 'POINT (123.43 41.8)'],
    [3857, 'POINT (13740164'],
    [4550, 'POINT (535737'],
  ])('crs EPSG:%i in the header, x before y in the shapes', async (code, point) => {
    const text = await info(`dots/items?f=fgb&crs=${epsg(code)}`);
    expect(text).toContain(`ID["EPSG",${code}]]`);
    expect(text).toContain(point);
  });
  it('single and multi polygons as one type, and a row without a shape', async () => {
    const text = await info('areas/items?f=fgb');
    expect(text).toContain('Geometry: Multi Polygon');
    expect(text).toContain('Feature Count: 3');
    expect(text).toContain('Extent: (120.000000, 41.000000) - (124.000000, 42.000000)');
    expect(text).toContain('name (String) = 无');
    // Behind an empty column, values stay in theirs.
    expect(text.match(/open \(Integer\(Boolean\)\) = 1\n\s+adcode \(String\) = 210100/g)?.length).toBe(3);
    expect(text).not.toContain('seen (DateTime)');
    expect(await info('areas/items?f=fgb&name=方')).toContain('Geometry: Polygon');
  });
  it.each(['dots/items?f=fgb&name=nobody', 'areas/items?f=fgb&bbox=1,1,2,2', 'dots/items?f=fgb&after=99'])(
    'a valid file of nothing: %s',
    async (path) => {
      const text = await info(path);
      expect(text).toContain('Feature Count: 0');
      expect(text).toContain('name: String');
    },
  );
  it('values behind empty ones, in an indexed file', async () => {
    const text = await info('dots/items?f=fgb&name=大连');
    const said = text.slice(text.indexOf('OGRFeature')).replace(/\s*\n\s*/g, '; ');
    expect(said).toContain(
      'id (Integer64) = 2; name (String) = 大连; width (Real) = 2; seen (DateTime) = 2024/03/01 00:00:00+00; open (Integer(Boolean)) = 0; adcode (String) = 210200',
    );
  });
  it('no row out of the viewer’s area', async () => {
    const text = await info('dots/items?f=fgb', 'shenyang');
    expect(text).toContain('Feature Count: 1');
    expect(text).not.toContain('大连');
  });
});
it.skipIf(gdal)('ogrinfo (gdal-bin) is not installed: what is in the file was not looked at', () => undefined);
