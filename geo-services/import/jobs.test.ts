// Files brought in, each into a real PostGIS: every format, broken rows, coordinate systems, stop and resume, cancel.
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImportJob, ImportPlan } from '../../contracts/import.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import type { Imports } from './imports.ts';
import { openImports } from './jobs.pg.ts';

const samples = '../shared/data';
const sample = (path: string): string => join(samples, path);
const asker = { user: 'test', department: 'data' } as const;
let db: TestDatabase;
let folder: string;
let imports: Imports;
const errors: unknown[] = [];

const open = (batchRows = 2000): Imports =>
  openImports({
    problemOf: (error) => error,
    pool: db.database.lane('import', 2),
    folder: join(folder, 'imports'),
    taken: new Set(['cities']),
    onError: (e) => errors.push(e),
    batchRows,
  });
beforeAll(async () => {
  db = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'import-'));
  imports = open();
  await db.database.query(`INSERT INTO division (adcode, name, level, centre, geom, geom_3857) SELECT adcode, name, level, ST_Centroid(geom), geom, ST_Transform(geom, 3857)
    FROM (VALUES ('210000', '辽宁省', 'province', 122.5, 41), ('210100', '沈阳市', 'city', 123.4, 41.8), ('210200', '大连市', 'city', 121.6, 38.9)) v (adcode, name, level, lng, lat),
    LATERAL (SELECT ST_Multi(ST_Expand(ST_SetSRID(ST_Point(lng, lat), 4490), 0.5)) AS geom) g`);
});
afterAll(async () => {
  await imports?.stop();
  await db?.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function give(
  files: readonly (string | { name: string; bytes: Uint8Array | string })[],
  plan: ImportPlan = {},
  previewed = false,
  into = imports,
): Promise<number> {
  const id = await into.create(asker, { previewed, plan });
  const saved = [];
  for (const file of files)
    saved.push(
      await into.save(
        id,
        typeof file === 'string' ? basename(file) : file.name,
        typeof file === 'string' ? createReadStream(file) : Readable.from([Buffer.from(file.bytes)]),
      ),
    );
  await into.uploaded(id, saved);
  return id;
}
async function bring(files: Parameters<typeof give>[0], plan: ImportPlan = {}): Promise<ImportJob> {
  const id = await give(files, plan);
  await imports.idle();
  return imports.job(id);
}
type Row = Record<string, unknown>;
async function rowsOf(collection: string, columns = '*'): Promise<Row[]> {
  const [layer] = await db.database.query<{ table_name: string }>('SELECT table_name FROM layer WHERE id = $1', [collection]);
  return db.database.query(
    `SELECT ${columns}, ST_X(ST_Centroid(geom)) AS lng, ST_Y(ST_Centroid(geom)) AS lat, ST_IsValid(geom) AS valid FROM ${layer?.table_name} ORDER BY id`,
  );
}
function make(name: string, geojson: object, args: readonly string[]): string {
  const from = join(folder, `${name}.src.geojson`);
  writeFileSync(from, JSON.stringify(geojson));
  const to = join(folder, name);
  execFileSync('ogr2ogr', [...args, to, from]);
  return to;
}
const point = (lng: number, lat: number, properties: object = {}) => ({
  type: 'Feature',
  properties,
  geometry: { type: 'Point', coordinates: [lng, lat] },
});
const collection = (...features: object[]) => ({ type: 'FeatureCollection', features });

/** file, rows, skipped; the numbers are those of ogrinfo and of the files' own headers. */
const published: readonly (readonly [file: string, rows: number, collections: number])[] = [
  ['formats/countries.fgb', 179, 1],
  ['formats/rivers_small.gpkg', 1, 1],
  ['formats/airports.parquet', 1000, 1],
  ['formats/obs.csv', 5, 1],
  ['boundaries/ne10m_places_liaoning.geojson', 0, 1],
  ['rivers/ne10m_rivers_liaoning.geojson', 0, 1],
];
describe('published files', () => {
  test.for(published)('%s', async ([file, rows, collections], { skip }) => {
    skip(!existsSync(sample(file)), `skipped: ${sample(file)} is not here`);
    const job = await bring([sample(file)]);
    expect([job.state, job.message]).toEqual(['done', null]);
    expect(job.report.imported + job.report.skipped).toBe(job.report.read);
    expect(job.report.skipped).toBe(0);
    if (rows > 0) expect(job.report.imported).toBe(rows);
    expect(job.result.collections).toHaveLength(collections);
    const got = await rowsOf(String(job.result.collections[0]));
    expect(got).toHaveLength(job.report.imported);
    expect(got.every((row) => row['valid'])).toBe(true);
    expect(existsSync(join(folder, 'imports', String(job.id)))).toBe(false);
  });

  test('KML with points, lines, polygons and folders', async ({ skip }) => {
    skip(!existsSync(sample('formats/KML_Samples.kml')), 'skipped: formats/KML_Samples.kml is not here');
    const job = await bring([sample('formats/KML_Samples.kml')]);
    expect([job.state, job.message]).toEqual(['done', null]);
    expect(job.report.read).toBe(job.report.imported + job.report.skipped);
    expect(job.report.imported).toBe(20);
    const layers = await db.database.query<{ geometry: string }>('SELECT geometry FROM layer WHERE id = ANY($1)', [job.result.collections]);
    expect(new Set(layers.map(({ geometry }) => geometry))).toEqual(new Set(['point', 'line', 'polygon']));
  });
});

describe('Chinese files', () => {
  test.each([
    ['with .cpg', true],
    ['without a word of it', false],
  ])('Shapefile in GBK %s, zone 41, in a zip with a Chinese name', async (_, declared) => {
    const dir = join(folder, `gbk-${declared}`);
    mkdirSync(dir);
    const src = join(folder, 'gbk.geojson');
    writeFileSync(
      src,
      JSON.stringify(
        collection(point(123.4291, 41.7968, { 名称: '沈阳故宫', 等级: 5 }), point(123.4538, 41.8357, { 名称: '昭陵（北陵）', 等级: 4 })),
      ),
    );
    execFileSync('ogr2ogr', ['-f', 'ESRI Shapefile', '-lco', 'ENCODING=GBK', '-t_srs', 'EPSG:4529', join(dir, 'sights.shp'), src]);
    if (!declared) rmSync(join(dir, 'sights.cpg'));
    const zip = join(folder, `gbk-${declared}.zip`);
    execFileSync('python3', [
      '-c',
      'import sys,zipfile,os\nz=zipfile.ZipFile(sys.argv[1],"w",zipfile.ZIP_DEFLATED)\nfor f in sorted(os.listdir(sys.argv[2])): z.write(os.path.join(sys.argv[2],f),"景点/"+f)',
      zip,
      dir,
    ]);
    const job = await bring([zip], { id: `gbk-${declared}` });
    expect([job.state, job.message]).toEqual(['done', null]);
    expect(job.preview?.[0]).toMatchObject({ encoding: 'GB18030', crs: { code: 'EPSG:4529', how: 'file', sure: 'sure' } });
    expect(job.report.notes.some((note) => note.includes('GB18030'))).toBe(true);
    const [palace, tomb] = await rowsOf(`gbk-${declared}`, '名称, 等级');
    expect([palace?.['名称'], palace?.['等级'], tomb?.['名称']]).toEqual(['沈阳故宫', 5, '昭陵（北陵）']);
    // 1e-8° is a millimetre.
    expect(palace?.['lng']).toBeCloseTo(123.4291, 8);
    expect(palace?.['lat']).toBeCloseTo(41.7968, 8);
  });

  test('a CSV in GBK with degrees and minutes, values that do not fit, and rows without a place', async () => {
    const text =
      '站名,经度,纬度,流量\r\n浑河站,123°25′30″,41度48分,12.5\r\n"太子河,站",123.18,41.27,缺测\r\n无位置,,,1\r\n坏,abc,41,2\r\n远,500,41,3\r\n';
    const gbk = execFileSync('iconv', ['-f', 'UTF-8', '-t', 'GB18030'], { input: text });
    const job = await bring([{ name: '水文站.csv', bytes: gbk }], { id: 'gauges-csv' });
    expect([job.state, job.message]).toEqual(['done', null]);
    expect(job.report).toMatchObject({ read: 5, imported: 2, skipped: 3, reasons: { 坐标为空: 1, 坐标读不懂: 1, 坐标越界或不是数: 1 } });
    expect(job.report.rows.find(({ row }) => row === 4)?.reason).toBe('坐标读不懂：abc，41');
    expect(job.report.rows.map(({ row, kind }) => [row, kind])).toEqual([
      [3, 'skipped'],
      [4, 'skipped'],
      [5, 'skipped'],
    ]);
    const rows = await rowsOf('gauges-csv', '站名, 流量');
    expect(rows[0]).toMatchObject({ 站名: '浑河站', 流量: '12.5' });
    expect(rows[0]?.['lng']).toBeCloseTo(123.425, 9);
    expect(rows[1]).toMatchObject({ 站名: '太子河,站', 流量: '缺测' });
  });

  test('survey coordinates: zone prefix by the numbers, northing first; without a prefix the meridian is asked for', async () => {
    const survey = await bring([{ name: 'a.csv', bytes: 'name,x,y\n1,4629499.958,41533243.906\n2,4629600,41533300\n' }], { id: 'survey' });
    expect([survey.state, survey.message]).toEqual(['done', null]);
    expect(survey.preview?.[0]?.crs).toMatchObject({ code: 'EPSG:4529', how: 'numbers', swapped: true });
    const [first] = await rowsOf('survey');
    expect(first?.['lng']).toBeCloseTo(123.4, 7);
    expect(first?.['lat']).toBeCloseTo(41.8, 7);
    const id = await give([{ name: 'b.csv', bytes: 'name,x,y\n1,533243.906,4629499.958\n' }], { id: 'bare' });
    await imports.idle();
    const waiting = await imports.job(id);
    expect(waiting.state).toBe('ready');
    expect(waiting.message).toContain('EPSG:4550');
    await expect(imports.start(id, {})).rejects.toMatchObject({ code: 'bad-body' });
    await imports.start(id, { crs: 'EPSG:4550' });
    await imports.idle();
    expect((await imports.job(id)).state).toBe('done');
    expect((await rowsOf('bare'))[0]?.['lng']).toBeCloseTo(123.4, 7);
  });

  test('published points in GCJ-02 and BD-09 come home within a metre', async ({ skip }) => {
    skip(!existsSync(sample('crs/china_cities_wgs84_gcj02_bd09.json')), 'skipped: the published points are not here');
    type City = { attrs: { name: string }; coords: Record<'WGS84' | 'GCJ02' | 'BD09', [number, number]> };
    const cities = (JSON.parse(readFileSync(sample('crs/china_cities_wgs84_gcj02_bd09.json'), 'utf8')) as City[]).slice(0, 300);
    for (const [crs, key] of [
      ['GCJ-02', 'GCJ02'],
      ['BD-09', 'BD09'],
    ] as const) {
      const features = cities.map(({ attrs, coords }) => point(coords[key][0], coords[key][1], { name: attrs.name }));
      const job = await bring([{ name: 'c.geojson', bytes: JSON.stringify(collection(...features)) }], {
        id: `cities-${key.toLowerCase()}`,
        crs,
      });
      expect([job.state, job.message]).toEqual(['done', null]);
      const rows = await rowsOf(`cities-${key.toLowerCase()}`);
      expect(rows).toHaveLength(cities.length);
      const worst = Math.max(
        ...rows.map((row, n) =>
          Math.hypot(
            (Number(row['lng']) - cities[n]!.coords.WGS84[0]) * 85_000,
            (Number(row['lat']) - cities[n]!.coords.WGS84[1]) * 111_000,
          ),
        ),
      );
      expect(worst).toBeLessThan(1);
    }
  });

  test('rows without coordinates stand at the centre of their division, and say so', async () => {
    const job = await bring([{ name: 'd.csv', bytes: '名称,城市,数\n甲,沈阳市,1\n乙,大连,2\n丙,亚特兰蒂斯,3\n' }], { id: 'by-division' });
    expect([job.state, job.message]).toEqual(['done', null]);
    expect(job.report).toMatchObject({ imported: 2, skipped: 1, reasons: { 没有这个行政区划: 1 } });
    const rows = await rowsOf('by-division');
    expect(rows.map((row) => [row['名称'], row['位置精度'], row['位置所据']])).toEqual([
      ['甲', '位置按行政区划中心（市级）', '沈阳市'],
      ['乙', '位置按行政区划中心（市级）', '大连市'],
    ]);
  });

  test('Beijing 54 is read on its own ellipsoid and warned of', async () => {
    const job = await bring([{ name: 'e.csv', bytes: 'n,x,y\n1,41533243.9,4629499.9\n' }], { id: 'old-datum', crs: 'EPSG:2417' });
    expect(job.state).toBe('done');
    expect(job.report.notes.join()).toContain('未做基准转换');
  });
});

describe('broken files', () => {
  test('what is good comes in, the rest is listed by row', async () => {
    const good = (n: number): string => JSON.stringify(point(123 + n / 100, 41, { n }));
    const bowtie =
      '{"type":"Feature","properties":{"n":100},"geometry":{"type":"Polygon","coordinates":[[[123,41],[124,42],[124,41],[123,42],[123,41]]]}}';
    const text = `{"type":"FeatureCollection","features":[${[
      good(1),
      '{"type":"Feature","properties":{"n":oops},"geometry":null}',
      good(2),
      '{"type":"Feature","properties":{"n":3},"geometry":null}',
      '{"type":"Feature","properties":{"n":4},"geometry":{"type":"Point","coordinates":["a",1]}}',
      bowtie,
      '{"type":"Feature","properties":{"n":"a quote that never ends},"geometry":null}',
      good(5),
      good(6).slice(0, 40),
    ].join(',')}`;
    const job = await bring([{ name: 'broken.geojson', bytes: text }], { id: 'broken' });
    expect([job.state, job.message]).toEqual(['done', null]);
    expect(job.result.collections).toEqual(['broken', 'broken-polygon']);
    expect(job.report).toMatchObject({ imported: 4, repaired: 1 });
    expect(job.report.rows.map(({ row, kind }) => `${row} ${kind}`)).toEqual(
      expect.arrayContaining(['2 skipped', '4 skipped', '5 skipped', '6 repaired', '7 skipped']),
    );
    expect((await rowsOf('broken', 'n')).map((row) => row['n'])).toEqual([1, 2, 5]);
    expect((await rowsOf('broken-polygon'))[0]?.['valid']).toBe(true);
  });

  test.each([
    ['nothing.geojson', '{}', '没有一条|没有坐标'],
    ['no.shp', 'text', '内容与扩展名不符'],
    [
      'trap.kml',
      '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>',
      '内容与扩展名不符',
    ],
    ['half.zip', 'PK\u0003\u0004', '压缩包打不开'],
    ['readme.md', 'hello', '没有可导入的数据'],
  ])('%s is refused in words, and leaves nothing', async (name, bytes, words) => {
    const before = await db.database.query("SELECT count(*) AS n FROM pg_class WHERE relname ~ '^layer_[0-9]+$'");
    const job = await bring([{ name, bytes }]);
    expect(`${job.state} ${job.message}`).toMatch(new RegExp(`^(failed|ready) .*(${words})`));
    if (job.state === 'ready') await imports.cancel(job.id);
    expect(await db.database.query("SELECT count(*) AS n FROM pg_class WHERE relname ~ '^layer_[0-9]+$'")).toEqual(before);
    expect(existsSync(join(folder, 'imports', String(job.id)))).toBe(false);
  });

  test('a column that begins as numbers and ends as words keeps every value', async () => {
    const features = Array.from({ length: 3000 }, (_, n) => point(123, 41, { code: n < 2500 ? n : n < 2800 ? n + 0.5 : `A${n}` }));
    const job = await bring([{ name: 'wide.geojson', bytes: JSON.stringify(collection(...features)) }], { id: 'wide' });
    expect([job.state, job.report.imported, job.report.changed]).toEqual(['done', 3000, 0]);
    const rows = await rowsOf('wide', 'code');
    expect([rows[0]?.['code'], rows[2600]?.['code'], rows[2999]?.['code']]).toEqual(['0', '2600.5', 'A2999']);
    expect(job.report.notes.join()).toContain('整列改为');
  });
});

describe('a job', () => {
  test('previews, takes a mapping, and shows nothing before it is done', async () => {
    const id = await give(
      [{ name: 'map.geojson', bytes: JSON.stringify(collection(point(123, 41, { Name: 'a', 面积: '12', drop: 1 }))) }],
      {},
      true,
    );
    await imports.idle();
    const job = await imports.job(id);
    expect(job).toMatchObject({
      state: 'ready',
      preview: [{ classes: ['point'], extent: [123, 41, 123, 41], rows: [{ Name: 'a', 面积: '12', drop: 1 }] }],
    });
    await expect(imports.start(id, { layers: [{ source: 'map', fields: [{ name: 'Name', as: 'geom' }] }] })).rejects.toMatchObject({
      code: 'bad-body',
    });
    await imports.start(id, {
      layers: [
        {
          source: 'map',
          id: 'mapped',
          title: '映射',
          fields: [
            { name: 'Name', as: '名称', title: '名称' },
            { name: '面积', as: 'area', type: 'double precision' },
            { name: 'drop', skip: true },
          ],
        },
      ],
    });
    await imports.idle();
    expect((await imports.job(id)).result.collections).toEqual(['mapped']);
    const [row] = await rowsOf('mapped');
    expect(row).toMatchObject({ 名称: 'a', area: 12 });
    expect(row).not.toHaveProperty('drop');
    const [layer] = await db.database.query('SELECT state, sharing, provenance, title_zh FROM layer WHERE id = $1', ['mapped']);
    expect(layer).toEqual({ state: 'draft', sharing: 'none', provenance: 'reported', title_zh: '映射' });
  });

  test('stopped in the middle goes on where it was: every row once', async () => {
    const lines = Array.from({ length: 40_000 }, (_, n) => JSON.stringify(point(123 + n / 1e6, 41, { n })));
    const first = open(500);
    const id = await give([{ name: 'many.geojsonl', bytes: lines.join('\n') }], { id: 'resumed' }, false, first);
    for (;;) {
      const { at_row: at } = (
        await db.database.query<{ at_row: number }>('SELECT at_row::float8 AS at_row FROM import_job WHERE id = $1', [id])
      )[0]!;
      if (at >= 2000) break;
      await new Promise((later) => setTimeout(later, 5));
    }
    await first.stop();
    const half = await imports.job(id);
    expect(half.state).toBe('running');
    expect(half.report.read).toBeLessThan(40_000);
    expect(await db.database.query("SELECT 1 FROM layer WHERE id = 'resumed'")).toEqual([]);
    const second = open(500);
    await second.resume();
    await second.idle();
    const whole = await second.job(id);
    expect([whole.state, whole.report.read, whole.report.imported]).toEqual(['done', 40_000, 40_000]);
    const rows = await rowsOf('resumed', 'n');
    expect(rows.map((row) => row['n'])).toEqual(lines.map((_, n) => n));
  });

  test('cancelled leaves no table, no layer, no file', async () => {
    const before = await db.database.query("SELECT count(*) AS n FROM pg_class WHERE relname ~ '^layer_[0-9]+$'");
    const lines = Array.from({ length: 40_000 }, (_, n) => JSON.stringify(point(123 + n / 1e6, 41, { n })));
    const slow = open(200);
    const id = await give([{ name: 'gone.geojsonl', bytes: lines.join('\n') }], { id: 'gone' }, false, slow);
    for (;;) {
      const { report } = await slow.job(id);
      if (report.imported > 1000) break;
      await new Promise((later) => setTimeout(later, 5));
    }
    await slow.cancel(id);
    expect((await slow.job(id)).state).toBe('cancelled');
    expect(await db.database.query("SELECT count(*) AS n FROM pg_class WHERE relname ~ '^layer_[0-9]+$'")).toEqual(before);
    expect(await db.database.query("SELECT 1 FROM layer WHERE id = 'gone'")).toEqual([]);
    expect(existsSync(join(folder, 'imports', String(id)))).toBe(false);
    await expect(slow.cancel(id)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('more formats of our own making: GPX, DXF, Excel, GeoPackage with two tables', async () => {
    const src = collection(
      point(123.4, 41.8, { name: '甲', 经度: 123.4, 纬度: 41.8 }),
      point(121.6, 38.9, { name: '乙', 经度: 121.6, 纬度: 38.9 }),
    );
    for (const [name, args, rows] of [
      ['t.gpx', ['-f', 'GPX', '-dsco', 'GPX_USE_EXTENSIONS=YES'], 2],
      ['t.dxf', ['-f', 'DXF', '-skipfailures'], 2],
      ['t.xlsx', ['-f', 'XLSX'], 2],
    ] as const) {
      const file = make(name, { name: `${name}.src`, ...src }, args);
      const job = await bring([file]);
      expect([name, job.state, job.message, job.report.imported]).toEqual([name, 'done', null, rows]);
      const got = await rowsOf(String(job.result.collections[0]));
      expect(got[0]?.['lng']).toBeCloseTo(123.4, 6);
    }
    expect(errors).toEqual([]);
  });
});
