// Tiles encoded here against those of ST_AsMVT, on the same rows of a real PostGIS: every type of attribute and shape, both grids, every edge.
import { VectorTile, type VectorTileFeature } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeView } from '../../contracts/grant.ts';
import type { Layer } from '../../contracts/layer.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import type { Viewed } from '../features/seen.ts';
import { type GridTile, gridTileAt, matrixSets } from './matrix-sets.ts';
import { openRowTiles, type RowTiles } from './row-tiles.pg.ts';
import { tileStatement } from './tile-sql.ts';

const attributes = ['t', 'v', 'c', 'i2', 'i4', 'i8', 'f4', 'f8', 'b', 'n', 'd', 'z'];
const types = 'text, varchar, character(6), smallint, integer, bigint, real, double precision, boolean, numeric, date, timestamptz'.split(
  ', ',
);
const layerOf = (id: string, geometry: Layer['geometry'], more: Partial<Layer> = {}): Layer =>
  ({ ...{ id, geometry, attributes, table: id, adcodeColumn: 'c', minZoom: 0, maxZoom: 22 }, ...more }) as unknown as Layer;
const layers = [layerOf('shape_points', 'point'), layerOf('shape_lines', 'line'), layerOf('shape_polygons', 'polygon')];

/** Round (123.4, 41.8), a few kilometres wide: within a tile, over its edges, larger than it. */
const shapes: Readonly<Record<string, readonly string[]>> = {
  shape_points: [
    ...Array.from({ length: 400 }, (_, n) => `POINT(${123.3 + ((n * 37) % 200) / 1000} ${41.7 + ((n * 91) % 200) / 1000})`),
    'MULTIPOINT((123.4 41.8),(123.41 41.81),(123.9 42.5))',
    'MULTIPOINT((123.4 41.8),(125.5 41.8))',
    'POINT EMPTY',
  ],
  shape_lines: [
    ...Array.from({ length: 80 }, (_, n) => {
      const [x, y] = [123.3 + ((n * 37) % 200) / 1000, 41.7 + ((n * 91) % 200) / 1000];
      return `LINESTRING(${x} ${y}, ${x + 0.004} ${y + 0.001}, ${x + 0.004} ${y + 0.001}, ${x + 0.005} ${y + 0.02})`;
    }),
    'LINESTRING(122 41, 125 42.6)',
    'LINESTRING(123.4 41.8, 123.4000000001 41.8)',
    'MULTILINESTRING((123.4 41.8,123.41 41.81),(123.42 41.8,123.43 41.81))',
    'LINESTRING EMPTY',
  ],
  shape_polygons: [
    ...Array.from({ length: 120 }, (_, n) => {
      const [x, y, r] = [123.3 + ((n * 37) % 200) / 1000, 41.7 + ((n * 91) % 200) / 1000, 0.001 + (n % 7) / 1000];
      const ring = (s: number): string => `(${x - s} ${y - s}, ${x + s} ${y - s}, ${x + s} ${y + s}, ${x - s} ${y + s}, ${x - s} ${y - s})`;
      return n % 3 === 0 ? `POLYGON(${ring(r)}, ${ring(r / 2)})` : `POLYGON(${ring(r)})`;
    }),
    'POLYGON((120 40, 126 40, 126 44, 120 44, 120 40), (123.39 41.79, 123.41 41.79, 123.41 41.81, 123.39 41.81, 123.39 41.79))',
    'MULTIPOLYGON(((123.4 41.8,123.41 41.8,123.41 41.81,123.4 41.8)),((123.42 41.8,123.43 41.8,123.43 41.81,123.42 41.8)))',
    'GEOMETRYCOLLECTION(POINT(123.4 41.8),POLYGON((123.4 41.8,123.41 41.8,123.41 41.81,123.4 41.8)))',
    'POLYGON((123.4 41.8,123.4000000001 41.8,123.4 41.8000000001,123.4 41.8))',
    'POLYGON EMPTY',
  ],
};
const values = (n: number): readonly unknown[] => [
  ...[n % 3 === 0 ? null : `名 ${n % 40}`, `v${n}`, n % 2 ? '210102' : '210602', (n % 5) - 2, n * 70_000 * (n % 2 ? 1 : -1)],
  ...[['9007199254740993', '-9007199254740993', String(-n), '0'][n % 4], n / 3, -n / 7, n % 2 === 0],
  ...[`${n}.50`, '2026-11-24', '2026-11-24T01:02:03Z'],
];

let test: TestDatabase;
let rowTile: RowTiles;
async function make(table: string, extra = ''): Promise<void> {
  const columns = attributes.map((name, n) => `"${name}" ${types[n]}`).join(', ');
  await test.database.query(`CREATE TABLE "${table}" (id ${table === 'shape_lines' ? 'integer' : 'bigint'} PRIMARY KEY, ${columns}${extra}, geom geometry(Geometry, 4490),
    geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED)`);
  await test.database.query(`CREATE INDEX ON "${table}" USING gist (geom_3857)`);
}
async function put(table: string, id: number, shape: string | null): Promise<void> {
  const list = [id, ...values(id), shape];
  const places = list.map((_, n) => (n === list.length - 1 ? `ST_GeomFromText($${n + 1}, 4490)` : `$${n + 1}`));
  await test.database.query(`INSERT INTO "${table}" (id, ${attributes.join(', ')}, geom) VALUES (${places.join(', ')})`, list);
}
beforeAll(async () => {
  test = await testDatabase();
  rowTile = openRowTiles(test.database);
  for (const [table, list] of Object.entries(shapes)) {
    await make(table);
    // Not in the order of their ids.
    for (const [n, shape] of list.entries()) await put(table, list.length - n, shape);
    await put(table, 5000, null);
  }
});
afterAll(() => test?.drop());

interface Read {
  readonly id: number | undefined;
  readonly type: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly parts: { x: number; y: number }[][];
}
function read(bytes: Uint8Array, name: string): Read[] {
  const layer = bytes.length ? new VectorTile(new PbfReader(bytes)).layers[name] : undefined;
  const all = Array.from({ length: layer?.length ?? 0 }, (_, n) => (layer as { feature(n: number): VectorTileFeature }).feature(n));
  return all.map((one) => ({ id: one.id, type: one.type, properties: { ...one.properties }, parts: one.loadGeometry() }));
}
async function byPostgis(layer: Viewed, tile: GridTile): Promise<Read[]> {
  const { text, values } = tileStatement(layer, tile);
  const [row] = await test.database.query<{ mvt: Buffer | null }>(text, values);
  return read(row?.mvt ?? Buffer.alloc(0), layer.id);
}
const flat = (ring: { x: number; y: number }[]): number[] => ring.slice(0, -1).flatMap(({ x, y }) => [x, y]);
/** Twice the area of a ring, positive for an exterior one (Mapbox Vector Tile 2.1 §4.3.4.4: surveyor's formula, y to the south). */
function signedArea(ring: readonly number[]): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
    sum += (ring[j] as number) * (ring[i + 1] as number) - (ring[i] as number) * (ring[j + 1] as number);
  return sum;
}
const areaOf = ({ parts }: Read): number => parts.reduce((sum, ring) => sum + signedArea(flat(ring)), 0) / 2;
const boxOf = ({ parts }: Read): number[] => {
  const [xs, ys] = [parts.flat().map(({ x }) => x), parts.flat().map(({ y }) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
};
const tiles: GridTile[] = [9, 11, 12, 13, 15].flatMap((z) =>
  (['WebMercatorQuad', 'WorldCRS84Quad'] as const).map((id) => {
    const set = matrixSets.get(id);
    if (!set) throw new Error(id);
    return gridTileAt(set, z, [123.4, 41.8]);
  }),
);

describe('a tile made of rows', () => {
  for (const layer of layers)
    for (const prefix of [null, '2101'])
      it(`has the features, attributes and places of ST_AsMVT: ${layer.id} ${prefix ?? ''}`, async () => {
        let seen = 0;
        const of = (one: Layer): Viewed => ({ ...one, view: wholeView(prefix) });
        for (const tile of tiles) {
          const [mine, its] = [read(await rowTile(of(layer), tile, null, []), layer.id), await byPostgis(of(layer), tile)];
          // A shape of a hair's breadth is drawn by neither; one on the very edge of the buffer may be by one of the two.
          const inside = (one: Read): boolean => {
            const [west = 0, south = 0, east = 0, north = 0] = boxOf(one);
            return east > -60 && west < 4156 && north > -60 && south < 4156;
          };
          const [a, b] = [mine.filter(inside), its.filter(inside)];
          expect(a.map(({ id, type, properties }) => ({ id, type, properties }))).toEqual(
            b.map(({ id, type, properties }) => ({ id, type, properties })),
          );
          for (const [n, one] of a.entries()) {
            const other = b[n] as Read;
            const off = boxOf(one).map((side, at) => Math.abs(side - (boxOf(other)[at] as number)));
            expect(Math.max(...off), `${tile.z} ${one.id}`).toBeLessThanOrEqual(1);
            if (layer.geometry === 'polygon') {
              const rim = one.parts.reduce((sum, ring) => sum + ring.length, 0) * 4096;
              expect(Math.abs(areaOf(one) - areaOf(other)), `${tile.z} ${one.id}`).toBeLessThan(Math.max(rim / 500, areaOf(other) / 50));
              expect(areaOf(one)).toBeGreaterThan(0);
              expect(signedArea(flat(one.parts[0] as { x: number; y: number }[]))).toBeGreaterThan(0);
            } else expect(one.parts.length).toBe(other.parts.length);
          }
          seen += a.length;
        }
        expect(seen).toBeGreaterThan(prefix === null ? 100 : 40);
      });

  it('is the same bytes when the rows lie elsewhere in the table', async () => {
    const [layer, tile] = [layers[0] as Layer, tiles[0] as GridTile];
    const before = await rowTile(layer, tile, null, []);
    await test.database.query('UPDATE shape_points SET t = t WHERE id % 3 = 0');
    expect(read(before, layer.id).length).toBeGreaterThan(300);
    expect((await rowTile(layer, tile, null, [])).equals(before)).toBe(true);
  });

  it('is left to ST_AsMVT where it has members of JSON, or arcs', async () => {
    await make('shape_json', ', j jsonb');
    await put('shape_json', 1, 'POINT(123.4 41.8)');
    await test.database.query(`UPDATE shape_json SET j = '{"k": 3}'`);
    const withJson = layerOf('shape_json', 'point', { attributes: [...attributes, 'j'] });
    await make('shape_arcs');
    await put('shape_arcs', 1, 'CIRCULARSTRING(123.4 41.8, 123.41 41.81, 123.42 41.8)');
    await put('shape_arcs', 2, 'LINESTRING(123.4 41.8, 123.42 41.8)');
    for (const layer of [withJson, layerOf('shape_arcs', 'line')])
      for (const _ of ['learning', 'knowing']) {
        const tile = tiles[4] as GridTile;
        const its = await byPostgis(layer, tile).catch((error: Error) => error.message);
        const mine = await rowTile(layer, tile, null, []).then(
          (bytes) => read(bytes, layer.id),
          (error: Error) => error.message,
        );
        expect(mine).toEqual(its);
      }
    expect(read(await rowTile(withJson, tiles[4] as GridTile, null, []), 'shape_json')[0]?.properties['k']).toBe(3);
  });
});
