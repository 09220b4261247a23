// GeoTIFFs brought in for good: real files and those that GDAL makes, into a real PostGIS, out of the doors of /ogc. Each on its own testDatabase.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  bring,
  db,
  errors,
  folder,
  give,
  grid,
  heightOf,
  imports,
  map,
  pngAt,
  reopen,
  sample,
  slope,
  tilesTables,
} from '../../tests/raster-import.http.ts';
import { asGcj02, gcj02FromWgs84, wgs84FromGcj02 } from '../crs/gcj02.ts';
import { dropLayer } from '../features/layers.pg.ts';
import { middleOfPixel } from './show-tile.pg.ts';

describe('GeoTIFF', () => {
  test.for([['dem/samples/gfw-azores.tif', {}]] as const)('published: %s', async ([file, plan], { skip }) => {
    skip(!existsSync(sample(file)), `skipped: ${sample(file)} is not here`);
    const job = await bring([sample(file)], plan);
    expect([job.state, job.message]).toEqual(['done', null]);
    const info = JSON.parse(execFileSync('gdalinfo', ['-json', sample(file)], { encoding: 'utf8' }));
    const preview = job.preview?.[0]?.raster;
    expect([preview?.width, preview?.height]).toEqual(info.size);
    expect(preview?.bands.length).toBe(info.bands.length);
    const id = String(job.result.collections[0]);
    const entry = (await map.as('steward', `/ogc/collections/${id}`).expect(200)).body;
    expect(entry.raster.tiles).toBeGreaterThan(0);
    expect(entry.links.some(({ rel }: { rel: string }) => rel.endsWith('/tilesets-map'))).toBe(true);
    const [west, south, east, north] = entry.raster.bounds;
    const set = (await map.as('steward', `/ogc/collections/${id}/map/tiles/WebMercatorQuad`).expect(200)).body;
    const limits = set.tileMatrixSetLimits.at(-1);
    const middle = (a: number, b: number): number => Math.floor((a + b) / 2);
    const picture = await pngAt(
      `/ogc/collections/${id}/map/tiles/WebMercatorQuad/${limits.tileMatrix}/${middle(limits.minTileRow, limits.maxTileRow)}/${middle(limits.minTileCol, limits.maxTileCol)}`,
    );
    expect([picture.width, picture.height]).toEqual([256, 256]);
    // The numbers of `gdalinfo -stats`; drawn on the nearest level a peak of one cell is lower, never higher.
    expect([preview?.bands[0]?.statistics?.min, preview?.bands[0]?.statistics?.max]).toEqual([
      expect.closeTo(0.0386, 3),
      expect.closeTo(572.9756, 3),
    ]);
    expect([entry.raster.range[0] >= 0.0386, entry.raster.range[1] <= 572.976, entry.raster.range[1] > 300]).toEqual([true, true, true]);
    const corners: readonly (readonly [number, number])[] = info.wgs84Extent.coordinates[0];
    expect(west).toBeCloseTo(Math.min(...corners.map(([lng]) => lng)), 2);
    expect(north).toBeCloseTo(Math.max(...corners.map(([, lat]) => lat)), 2);
    expect([east > west, north > south]).toEqual([true, true]);
  });

  test('heights come out as they went in: in degrees, in Gauss–Krüger metres, and where GCJ-02 shifts them', async () => {
    const rows = slope(120, 100);
    const cases = [
      ['h4490', [123, 42, 123.12, 41.9], ['-a_srs', 'EPSG:4490'], {}],
      ['hgcj', [123, 42, 123.12, 41.9], [], { crs: 'GCJ-02' }],
    ] as const;
    for (const [name, corners, args, plan] of cases) {
      const job = await bring([grid(name, rows, corners, args)], { id: name, ...plan });
      expect([job.state, job.message]).toEqual(['done', null]);
      for (const [column, row] of [
        [10, 10],
        [60, 50],
        [100, 90],
      ] as const) {
        // The middle of a pixel in the file's own degrees, moved back where the file is shifted.
        const own = [123 + (column + 0.5) * 0.001, 42 - (row + 0.5) * 0.001] as const;
        const [lng, lat] = name === 'hgcj' ? wgs84FromGcj02(asGcj02(...own)) : own;
        expect(await heightOf(name, lng, lat)).toBeCloseTo(100 + column * 2 + row, 0);
      }
      const [lng, lat] = gcj02FromWgs84([123.06, 41.95]);
      expect(await heightOf(name, lng, lat)).not.toBeNull();
    }
    // 3° zone 41, 100 m pixels; gdalwarp says where in degrees a place of the file lies.
    const job = await bring([grid('hgk', rows, [41_500_000, 4_650_000, 41_512_000, 4_640_000], ['-a_srs', 'EPSG:4529'])], { id: 'hgk' });
    expect([job.state, job.message, job.preview?.[0]?.crs.code]).toEqual(['done', null, 'EPSG:4529']);
    const place = execFileSync('gdaltransform', ['-s_srs', 'EPSG:4529', '-t_srs', 'EPSG:4490', '-output_xy'], {
      input: '41506050 4644950\n',
      encoding: 'utf8',
    });
    const [lng = 0, lat = 0] = place.trim().split(' ').map(Number);
    expect(await heightOf('hgk', lng, lat)).toBeCloseTo(100 + 60 * 2 + 50, 0);
    expect(await heightOf('hgk', lng + 1, lat)).toBeNull();
  });

  test('no data is no height and no colour', async () => {
    const rows = slope(64, 64).map((row, y) => row.map((value, x) => (x < 32 && y < 32 ? -9999 : value)));
    const file = grid('hole', rows, [123, 42, 123.064, 41.936], ['-a_srs', 'EPSG:4326', '-a_nodata', '-9999']);
    await bring([file], { id: 'hole' });
    expect(await heightOf('hole', 123.01, 41.99)).toBeNull();
    expect(await heightOf('hole', 123.05, 41.95)).toBeGreaterThan(100);
    await bring([file], { id: 'hole-picture', raster: { as: 'picture' } });
    const { raster } = (await map.as('steward', '/ogc/collections/hole-picture').expect(200)).body;
    const {
      tileMatrix: z,
      minTileRow: row,
      minTileCol: column,
    } = (await map.as('steward', '/ogc/collections/hole-picture/map/tiles/WebMercatorQuad').expect(200)).body.tileMatrixSetLimits.at(-1);
    const picture = await pngAt(`/ogc/collections/hole-picture/map/tiles/WebMercatorQuad/${z}/${row}/${column}`);
    const seen = { full: 0, empty: 0 };
    for (let n = 0; n < 256 * 256; n++) {
      const [lng, lat] = middleOfPixel({ z: Number(z), x: column, y: row }, n % 256, Math.floor(n / 256));
      const inside = lng > 123.001 && lng < 123.063 && lat < 41.999 && lat > 41.937;
      const hole = lng < 123.031 && lat > 41.969;
      const [off, on] = [lng < 123.033 && lat > 41.967, inside && !(lng < 123.033 && lat > 41.967)];
      if (inside && hole) seen.empty += picture.data[n * 4 + 3] === 0 ? 1 : Number.NaN;
      if (on && !off) seen.full += picture.data[n * 4 + 3] === 255 ? 1 : Number.NaN;
    }
    expect(seen.empty).toBeGreaterThan(100);
    expect(seen.full).toBeGreaterThan(100);
    expect(raster.kind).toBe('picture');
  });

  test('a file without a system waits for a person, one without a place is refused', async () => {
    const bare = await bring([grid('bare', slope(20, 20), [123, 42, 123.2, 41.8])]);
    expect([bare.state, bare.preview?.[0]?.crs.code, bare.result.collections]).toEqual(['ready', null, []]);
    expect(bare.message).toContain('坐标系须由人指定');
    await imports.start(bare.id, { crs: 'EPSG:4490' });
    await imports.idle();
    expect((await imports.job(bare.id)).state).toBe('done');
    const to = join(folder, 'nowhere.tif');
    execFileSync('gdal_translate', ['-q', '-of', 'GTiff', '-co', 'PROFILE=BASELINE', join(folder, 'bare.asc'), to]);
    rmSync(join(folder, 'nowhere.tfw'), { force: true });
    if (existsSync(sample('dem/samples/autzen-height.tif')))
      expect((await bring([sample('dem/samples/autzen-height.tif')])).message).toContain('没有地理参考');
    const nowhere = await bring([to]);
    expect([nowhere.state, nowhere.message]).toEqual(['failed', expect.stringContaining('没有地理参考')]);
  });

  test.for([
    ['jpeg', ['-co', 'COMPRESS=JPEG', '-co', 'PHOTOMETRIC=YCBCR']],
    ['zstd', ['-co', 'COMPRESS=ZSTD']],
    ['lzw', ['-co', 'COMPRESS=LZW', '-co', 'TILED=YES', '-co', 'PREDICTOR=2']],
    ['planes', ['-co', 'INTERLEAVE=BAND']],
    ['big', ['-co', 'BIGTIFF=YES', '-co', 'ENDIANNESS=BIG']],
  ] as const)('colours stay what they are: %s', async ([name, args]) => {
    const flat = (value: number): number[][] => Array.from({ length: 64 }, () => Array<number>(64).fill(value));
    const bands = [200, 100, 40].map((value, n) =>
      grid(`c${name}${n}`, flat(value), [123, 42, 123.064, 41.936], ['-a_srs', 'EPSG:4490'], 'Byte'),
    );
    const vrt = join(folder, `${name}.vrt`);
    const file = join(folder, `${name}.tif`);
    execFileSync('gdalbuildvrt', ['-q', '-separate', vrt, ...bands]);
    execFileSync('gdal_translate', ['-q', '-co', 'PHOTOMETRIC=RGB', '-a_nodata', 'none', ...args, vrt, file]);
    const job = await bring([file], { id: `rgb-${name}` });
    expect([job.state, job.message]).toEqual(['done', null]);
    const {
      tileMatrix: z,
      minTileRow,
      maxTileRow,
      minTileCol,
      maxTileCol,
    } = (await map.as('steward', `/ogc/collections/rgb-${name}/map/tiles/WebMercatorQuad`).expect(200)).body.tileMatrixSetLimits.at(-1);
    const colours = new Map<string, number>();
    for (let row = minTileRow; row <= maxTileRow; row++)
      for (let column = minTileCol; column <= maxTileCol; column++) {
        const { data } = await pngAt(`/ogc/collections/rgb-${name}/map/tiles/WebMercatorQuad/${z}/${row}/${column}`);
        for (let n = 0; n < data.length; n += 4) {
          const off = [200, 100, 40].some((value, k) => Math.abs((data[n + k] ?? 0) - value) > 3);
          const kind = data[n + 3] === 0 ? 'clear' : off ? 'other' : 'right';
          colours.set(kind, (colours.get(kind) ?? 0) + 1);
        }
      }
    expect(colours.get('other') ?? 0).toBe(0);
    expect(colours.get('right')).toBeGreaterThan(1000);
  });

  test('cut short, broken or a bomb: refused with a reason, nothing stays', async () => {
    const whole = readFileSync(grid('whole', slope(300, 300), [123, 42, 123.3, 41.7], ['-a_srs', 'EPSG:4490']));
    const before = await tilesTables();
    for (const [name, bytes] of [
      ['cut.tif', whole.subarray(0, whole.length / 2)],
      ['head.tif', whole.subarray(0, 40)],
      ['words.tif', Buffer.from('II*\u0000no tiff at all, but for its first four letters')],
    ] as const) {
      writeFileSync(join(folder, name), bytes);
      const job = await bring([join(folder, name)]);
      expect([name, job.state, job.result.collections]).toEqual([name, 'failed', []]);
      expect(job.message?.length).toBeGreaterThan(5);
    }
    expect(await tilesTables()).toBe(before);
    expect(errors).toEqual([]);
  });

  test('stopped in the middle it goes on, cancelled it leaves nothing; a layer takes its tiles with it', async () => {
    const file = grid('long', slope(1500, 1200), [121, 42, 122.5, 40.8], ['-a_srs', 'EPSG:4490']);
    const before = await tilesTables();
    const id = await give([file], { id: 'long' });
    await expect
      .poll(async () => (await db.database.query('SELECT at_row FROM import_job WHERE id = $1 AND at_row > 1', [id])).length, {
        timeout: 60_000,
        interval: 5,
      })
      .toBe(1);
    await imports.stop();
    expect((await imports.job(id)).state).toBe('running');
    expect(
      (await map.as('steward', '/ogc/collections').expect(200)).body.collections.some((one: { id: string }) => one.id === 'long'),
    ).toBe(false);
    await reopen();
    await imports.idle();
    expect([(await imports.job(id)).state, await tilesTables()]).toEqual(['done', before + 1]);
    expect(await heightOf('long', 121.0005 + 1.2, 41.9995 - 1)).toBeCloseTo(100 + 2400 + 1000, 0);
    const again = await bring([file], { id: 'at-once' });
    expect(again.state).toBe('done');
    const sums = await Promise.all(
      ['long', 'at-once'].map(async (layer) => {
        const [row] = await db.database.query<{ table: string; count: number }>(
          `SELECT raster->>'table' AS table, (raster->>'count')::int AS count FROM layer WHERE id = $1`,
          [layer],
        );
        const [sum] = await db.database.query<{ n: number; sum: string }>(
          `SELECT count(*)::int AS n, md5(string_agg(md5(body), '' ORDER BY tile)) AS sum FROM ${row?.table}`,
        );
        return { n: sum?.n, sum: sum?.sum, count: row?.count };
      }),
    );
    expect(sums[0]).toEqual(sums[1]);
    expect(sums[0]?.n).toBe(sums[0]?.count);
    await db.database.transaction((tx) => dropLayer(tx, 'long'));
    await db.database.transaction((tx) => dropLayer(tx, 'at-once'));
    expect(await tilesTables()).toBe(before);
    const cancelled = await give([file], { id: 'never' });
    await expect
      .poll(async () => (await db.database.query('SELECT at_row FROM import_job WHERE id = $1 AND at_row > 1', [cancelled])).length, {
        timeout: 60_000,
        interval: 5,
      })
      .toBe(1);
    await imports.cancel(cancelled);
    expect([(await imports.job(cancelled)).state, await tilesTables()]).toEqual(['cancelled', before]);
  });

  test('doors: rights, caching, bad addresses, WMTS', async () => {
    await bring([grid('door', slope(64, 64), [123, 42, 123.064, 41.936], ['-a_srs', 'EPSG:4490'])], { id: 'door' });
    const base = '/ogc/collections/door/coverage/tiles/WebMercatorQuad';
    const {
      tileMatrix: z,
      minTileRow: row,
      minTileCol: column,
    } = (await map.as('steward', base).expect(200)).body.tileMatrixSetLimits.at(-1);
    const tile = `${base}/${z}/${row}/${column}`;
    const answer = await map.as('steward', tile).expect(200).expect('Content-Type', 'image/png');
    await map.as('steward', tile).set('If-None-Match', String(answer.headers['etag'])).expect(304);
    // A draft of the data bureau: others do not know of it.
    await map.as('outsider', tile).expect(404);
    await map.as('nobody', tile).expect(401);
    for (const [path, status] of [
      [`/ogc/collections/door/coverage/tiles/c/${z}/${row}/${column}`, 404],
      [`${base}/${Number(z) + 3}/0/0`, 404],
      [`${base}/${z}/x/0`, 400],
      [`${base}/3/99/0`, 404],
      ['/ogc/collections/door/elevation', 400],
      ['/ogc/collections/door/elevation?lon=200&lat=1', 400],
      ['/ogc/collections/cities/map/tiles', 404],
      ['/ogc/collections/cities/elevation?lon=1&lat=1', 404],
    ] as const)
      expect([path, (await map.as('steward', path)).status]).toEqual([path, status]);
    const capabilities = (await map.as('steward', '/ogc/wmts?SERVICE=WMTS&REQUEST=GetCapabilities').expect(200)).text;
    expect(capabilities).toContain('/wmts/1.0.0/door/default/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png');
    await map
      .as('steward', `/ogc/wmts/1.0.0/door/default/WebMercatorQuad/${z}/${row}/${column}.png`)
      .expect(200)
      .expect('Content-Type', 'image/png');
    await map.as('steward', `/ogc/wmts/1.0.0/door/default/WebMercatorQuad/${z}/${row}/${column}.mvt`).expect(404);
    await map
      .as(
        'steward',
        `/ogc/wmts?service=WMTS&request=GetTile&version=1.0.0&layer=door&style=default&format=image/png&tilematrixset=WebMercatorQuad&tilematrix=${z}&tilerow=${row}&tilecol=${column}`,
      )
      .expect(200);
    expect(map.audited.some(({ target }) => target === 'ogc/door/tiles')).toBe(true);
  });
});
