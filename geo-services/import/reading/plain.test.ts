// Shapefile, KML and GPX read without GDAL: the same rows that GDAL wrote, in GBK and in UTF-8.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPlain, type PlainFormat } from './plain.file.ts';
import type { SourceRow } from './row.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plain-'));
  const features = ['沈阳', '大连湾', '盘锦'].map((name, n) => ({
    type: 'Feature',
    properties: { name, n },
    geometry: { type: 'Point', coordinates: [120 + n, 40 + n] },
  }));
  writeFileSync(join(folder, 'in.geojson'), JSON.stringify({ type: 'FeatureCollection', features }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
async function rowsOf(path: string, format: PlainFormat, skip = 0): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  for (const layer of await openPlain(path, 'x', format, { encoding: null })) for await (const row of layer.read({ skip })) rows.push(row);
  return rows;
}
test.for([
  ['gbk.shp', 'shapefile', ['-f', 'ESRI Shapefile', '-lco', 'ENCODING=GBK']],
  ['utf8.shp', 'shapefile', ['-f', 'ESRI Shapefile', '-lco', 'ENCODING=UTF-8']],
  ['a.kml', 'kml', ['-f', 'KML']],
  ['a.gpx', 'gpx', ['-f', 'GPX', '-dsco', 'GPX_USE_EXTENSIONS=YES']],
] as const)('%s', async ([file, format, args]) => {
  const path = join(folder, file);
  execFileSync('ogr2ogr', [...args, path, join(folder, 'in.geojson')], { stdio: 'ignore' });
  const rows = await rowsOf(path, format);
  expect(
    rows.map(({ number, attributes, geometry }) => [
      number,
      attributes['name'],
      (geometry as { coordinates: number[] }).coordinates.slice(0, 2),
    ]),
  ).toEqual([
    [1, '沈阳', [120, 40]],
    [2, '大连湾', [121, 41]],
    [3, '盘锦', [122, 42]],
  ]);
  expect((await rowsOf(path, format, 2)).map(({ number }) => number)).toEqual([3]);
});
test('a published KML gives as many places as GDAL reads', async ({ skip }) => {
  const file = '../shared/data/formats/KML_Samples.kml';
  skip(!existsSync(file), `skipped: ${file} is not here`);
  const rows = await rowsOf(file, 'kml');
  const shapes = execFileSync('ogrinfo', ['-ro', '-al', '-q', file], { encoding: 'utf8' }).match(
    /^ {2}(POINT|LINESTRING|POLYGON|MULTI|GEOMETRYC)/gm,
  );
  expect(rows.filter(({ geometry }) => geometry !== null).length).toBe(shapes?.length);
});
test.for([
  ['entities', 'a.kml', '<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "b">]><kml/>', 'kml'],
  ['torn', 'b.gpx', '<gpx><wpt lat="1" lon="2">', 'gpx'],
  ['torn', 'c.shp', '\u0000\u0000\u0027\u000a', 'shapefile'],
] as const)('refused: %s %s', async ([, name, text, format]) => {
  writeFileSync(join(folder, name), text, 'latin1');
  await expect(rowsOf(join(folder, name), format)).rejects.toMatchObject({ code: 'bad-file' });
});
