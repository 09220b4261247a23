// Archives of tiles brought in for good: every tile as it is in the archive, and hostile ones refused. Each on its own testDatabase.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { PMTiles, zxyToTileId } from 'pmtiles';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { bring, folder, map, sample, tilesTables } from '../../tests/raster-import.http.ts';
import { tilerBounds } from './tiler.file.ts';

describe('archives', () => {
  const firenze = 'formats/protomaps_vector_ODbL_firenze.pmtiles';
  test('PMTiles: every tile as it is in the archive', async ({ skip }) => {
    skip(!existsSync(sample(firenze)), `skipped: ${sample(firenze)} is not here`);
    const job = await bring([sample(firenze)], { id: 'firenze' });
    expect([job.state, job.message]).toEqual(['done', null]);
    const bytes = readFileSync(sample(firenze));
    const archive = new PMTiles({
      getKey: () => 'x',
      getBytes: async (offset, length) => ({
        data: bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + length) as ArrayBuffer,
      }),
    });
    const header = await archive.getHeader();
    const { raster } = (await map.as('steward', '/ogc/collections/firenze').expect(200)).body;
    expect([raster.minZoom, raster.maxZoom, raster.tiles]).toEqual([header.minZoom, header.maxZoom, header.numTileEntries]);
    let seen = 0;
    for (let z = header.minZoom; z <= header.maxZoom; z++) {
      const n = 2 ** z;
      const [x, y] = [
        Math.floor(((11.255 + 180) / 360) * n),
        Math.floor(((1 - Math.asinh(Math.tan((43.77 * Math.PI) / 180)) / Math.PI) / 2) * n),
      ];
      const own = await archive.getZxy(z, x, y);
      const got = await map.bytes('steward', `/ogc/collections/firenze/tiles/WebMercatorQuad/${z}/${y}/${x}`);
      if (!own) continue;
      seen++;
      expect(got.equals(Buffer.from(own.data))).toBe(true);
      expect(Object.keys(new VectorTile(new PbfReader(got)).layers).length).toBeGreaterThan(0);
    }
    expect(seen).toBeGreaterThan(3);
    const set = (await map.as('steward', '/ogc/collections/firenze/tiles/WebMercatorQuad').expect(200)).body;
    expect(set.layers.map(({ id }: { id: string }) => id)).toContain('roads');
    await map.as('steward', '/ogc/collections/firenze/tiles/WorldCRS84Quad').expect(404);
  });

  /** An MBTiles file by the shell's own SQLite. */
  function mbtiles(
    name: string,
    metadata: Readonly<Record<string, string>>,
    tiles: readonly (readonly [z: number, x: number, row: number, body: Uint8Array])[],
    extra = '',
  ): string {
    const to = join(folder, `${name}.mbtiles`);
    const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
    const sql = [
      'CREATE TABLE metadata (name text, value text); CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob);',
      ...Object.entries(metadata).map(([key, value]) => `INSERT INTO metadata VALUES (${quote(key)}, ${quote(value)});`),
      ...tiles.map(([z, x, row, body]) => `INSERT INTO tiles VALUES (${z}, ${x}, ${row}, x'${Buffer.from(body).toString('hex')}');`),
      extra,
    ].join('\n');
    execFileSync('sqlite3', [to], { input: sql });
    return to;
  }
  const mvt = (...bytes: number[]): Buffer => Buffer.from([0x1a, bytes.length, ...bytes]);
  test('MBTiles: rows count from the south, gzip stays, what is broken is left out and told', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from([0x1a]), Buffer.alloc(40 << 20)]));
    const file = mbtiles(
      'mixed',
      { name: '测试', format: 'pbf', bounds: '121,40,123,42', json: '{"vector_layers":[{"id":"roads","fields":{"name":"String"}}]}' },
      [
        [1, 1, 1, gzipSync(mvt(1, 2))],
        [1, 0, 0, gzipSync(mvt(3, 4))],
        [1, 0, 5, gzipSync(mvt(9))],
        [2, 0, 0, bomb],
        [2, 1, 0, Buffer.from('hello')],
        [2, 2, 0, gzipSync(mvt(3)).subarray(0, 12)],
        [1, 1, 1, gzipSync(mvt(7, 7))],
      ],
    );
    const job = await bring([file], { id: 'mixed' });
    expect([job.state, job.message]).toEqual(['done', null]);
    expect((await map.bytes('steward', '/ogc/collections/mixed/tiles/WebMercatorQuad/1/0/1')).equals(mvt(1, 2))).toBe(true);
    expect((await map.bytes('steward', '/ogc/collections/mixed/tiles/WebMercatorQuad/1/1/0')).equals(mvt(3, 4))).toBe(true);
    await map.as('steward', '/ogc/collections/mixed/tiles/WebMercatorQuad/2/0/0').expect(204);
    for (const reason of ['瓦片的位置不在方案内', '瓦片解压后过大', '不是瓦片', '瓦片解压不了', '同一位置的第二块'])
      expect([reason, job.report.notes.some((note) => note.includes(`1 块瓦片未取：${reason}`))]).toEqual([reason, true]);
    expect((await map.as('steward', '/ogc/collections/mixed').expect(200)).body.raster.vectorLayers).toEqual([
      { id: 'roads', fields: ['name'] },
    ]);
  });
  test('MBTiles of pictures', async () => {
    const png = PNG.sync.write(Object.assign(new PNG({ width: 256, height: 256 }), { data: Buffer.alloc(256 * 256 * 4, 90) }));
    await bring([mbtiles('pictures', { format: 'png', bounds: '-180,-85,180,85' }, [[0, 0, 0, png]])], { id: 'pictures' });
    expect((await map.bytes('steward', '/ogc/collections/pictures/map/tiles/WebMercatorQuad/0/0/0')).equals(png)).toBe(true);
    await map.as('steward', '/ogc/collections/pictures/coverage/tiles').expect(404);
  });

  /** A PMTiles file of one's own making: header, one directory uncompressed. */
  function pmtiles(
    name: string,
    entries: readonly (readonly [id: number, run: number, length: number, offset: number])[],
    change: (file: Buffer) => void = () => undefined,
  ): string {
    const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]);
    const ids = entries.map(([id], n) => id - (n === 0 ? 0 : (entries[n - 1]?.[0] ?? 0)));
    const directory = Buffer.from([
      ...varint(entries.length),
      ...ids.flatMap(varint),
      ...entries.flatMap(([, run]) => varint(run)),
      ...entries.flatMap(([, , length]) => varint(length)),
      ...entries.flatMap(([, , , offset]) => varint(offset + 1)),
    ]);
    const data = mvt(5, 6);
    const file = Buffer.alloc(127 + directory.length + data.length);
    file.write('PMTiles', 0, 'latin1');
    file[7] = 3;
    for (const [at, value] of [
      [8, 127],
      [16, directory.length],
      [40, 127],
      [48, directory.length],
      [56, 127 + directory.length],
      [64, data.length],
      [72, 1],
      [80, entries.length],
      [88, 1],
    ] as const)
      file.writeBigUInt64LE(BigInt(value), at);
    file.set([0, 1, 1, 1, 0, 3], 96);
    for (const [at, value] of [
      [102, -180e7],
      [106, -85e7],
      [110, 180e7],
      [114, 85e7],
    ] as const)
      file.writeInt32LE(value, at);
    directory.copy(file, 127);
    data.copy(file, 127 + directory.length);
    change(file);
    const to = join(folder, `${name}.pmtiles`);
    writeFileSync(to, file);
    return to;
  }
  test('a run of equal tiles is kept once and answers for each', async () => {
    const job = await bring([pmtiles('run', [[zxyToTileId(3, 0, 0), 64, 4, 0]])], { id: 'run' });
    expect([job.state, job.message]).toEqual(['done', null]);
    for (const [y, x] of [
      [0, 0],
      [7, 7],
      [3, 5],
    ])
      expect((await map.bytes('steward', `/ogc/collections/run/tiles/WebMercatorQuad/3/${y}/${x}`)).equals(mvt(5, 6))).toBe(true);
    await map.as('steward', '/ogc/collections/run/tiles/WebMercatorQuad/2/0/0').expect(204);
  });
  test.for<readonly [name: string, file: () => string, reason: string]>([
    ['a directory that leads to itself', () => pmtiles('loop', [[0, 0, 6, 0]]), '成环'],
    [
      'ids that go back',
      () =>
        pmtiles('back', [
          [5, 4, 4, 0],
          [6, 1, 4, 0],
        ]),
      '不递增',
    ],
    ['more entries than bytes', () => pmtiles('count', [[0, 1, 4, 0]], (file) => file.set([255, 255, 255, 127], 127)), '条目数'],
    ['tiles beyond its end', () => pmtiles('beyond', [[0, 1, 4, 100_000]]), '没有一块瓦片'],
    ['another version', () => pmtiles('version', [[0, 1, 4, 0]], (file) => file.set([2], 7)), '第 3 版'],
    ['cut short', () => pmtiles('short', [[0, 1, 4, 0]], (file) => file.writeBigUInt64LE(9_000_000n, 16)), '文件之外'],
    ['an MBTiles without tiles', () => mbtiles('empty', {}, []), '没有一块瓦片'],
    [
      'an MBTiles that never ends',
      () =>
        mbtiles(
          'endless',
          { format: 'png' },
          [],
          "DROP TABLE tiles; CREATE VIEW tiles AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 0 AS zoom_level, 0 AS tile_column, 0 AS tile_row, x'89504e47' AS tile_data FROM n WHERE i < 0;",
        ),
      '没有进展',
    ],
  ])('refused: %s', async ([, make, reason]) => {
    const before = await tilesTables();
    tilerBounds.silentMilliseconds = 15_000;
    const job = await bring([make()]);
    expect([job.state, job.result.collections]).toEqual(['failed', []]);
    expect(job.message).toContain(reason);
    expect(await tilesTables()).toBe(before);
  });
});
