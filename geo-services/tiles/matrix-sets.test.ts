// Tile matrix sets: published figures, and what holds for every tile: children tile their parent, neighbours share edges, a point's tile holds it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lngLatFromWebMercator, tileBBox, webMercatorFromLngLat } from '../crs/web-mercator.ts';
import {
  findTile,
  type GridTile,
  gridBounds,
  gridTileAt,
  matrixSetDefinition,
  matrixSets,
  matrixSize,
  type TileMatrixSet,
  tileMatrices,
} from './matrix-sets.ts';

const sets = [...matrixSets.values()];
const setOf = (id: string): TileMatrixSet => matrixSets.get(id) as TileMatrixSet;
const anySet = fc.constantFrom(...sets);
/** A set, a level of it, and a tile of that level. */
const anyTile = anySet.chain((set) =>
  fc.integer({ min: set.minLevel, max: set.maxLevel }).chain((level) => {
    const { width, height } = matrixSize(set, level);
    return fc.record({
      set: fc.constant(set),
      level: fc.constant(level),
      tile: fc.record({
        grid: fc.constant(set.grid),
        z: fc.constant(level + set.zOffset),
        x: fc.integer({ min: 0, max: width - 1 }),
        y: fc.integer({ min: 0, max: height - 1 }),
      }),
    });
  }),
);
const position = fc.tuple(fc.double({ min: -180, max: 180, noNaN: true }), fc.double({ min: -85, max: 85, noNaN: true }));

describe('published figures', () => {
  /** set, level, scale denominator, cell size, columns, rows. Register of 17-083r4 (WorldCRS84Quad, WebMercatorQuad); 天地图 levels in crs.json. */
  const figures: readonly (readonly [string, string, number, number, number, number])[] = [
    ['WebMercatorQuad', '0', 559082264.028717, 156543.033928041, 1, 1],
    ['WorldCRS84Quad', '0', 279541132.014358, 0.703125, 2, 1],
    ['WorldCRS84Quad', '7', 2183915.09386217, 0.0054931640625, 256, 128],
    ['WorldCRS84Quad', '17', 2132.72958384978, 0.00000536441802978515, 262144, 131072],
    ['c', '1', 279541132.0143589, 0.703125, 2, 1],
    ['c', '2', 139770566.00717944, 0.3515625, 4, 2],
    ['c', '18', 2132.72958384978, 0.00000536441802978515, 262144, 131072],
    ['w', '1', 279541132.0143589, 78271.51696402048, 2, 2],
    ['w', '3', 69885283.00358972, 19567.87924100512, 8, 8],
  ];
  it.each(figures)('%s level %s', (id, level, scale, cell, columns, rows) => {
    const matrix = tileMatrices(setOf(id)).find((one) => one.id === level);
    expect((matrix?.scaleDenominator ?? 0) / scale).toBeCloseTo(1, 11);
    expect((matrix?.cellSize ?? 0) / cell).toBeCloseTo(1, 11);
    expect([matrix?.matrixWidth, matrix?.matrixHeight]).toEqual([columns, rows]);
  });
  it('four sets with their levels; the origin follows the order of the axes of the CRS', () => {
    expect(sets.map((set) => [set.id, set.minLevel, set.maxLevel, tileMatrices(set).length])).toEqual([
      ['WebMercatorQuad', 0, 22, 23],
      ['WorldCRS84Quad', 0, 21, 22],
      ['c', 1, 18, 18],
      ['w', 1, 18, 18],
    ]);
    expect(matrixSetDefinition(setOf('c'))).toMatchObject({
      orderedAxes: ['Lat', 'Lon'],
      tileMatrices: [{ pointOfOrigin: [90, -180] }, ...Array(17).fill({})],
    });
    expect(tileMatrices(setOf('WorldCRS84Quad'))[0]?.pointOfOrigin).toEqual([-180, 90]);
    expect(matrixSetDefinition(setOf('c'))).not.toHaveProperty('uri');
  });
});

describe('every tile', () => {
  it('is tiled by its four children without gap or overlap', () => {
    fc.assert(
      fc.property(anyTile, ({ tile }) => {
        const [minX, minY, maxX, maxY] = gridBounds(tile);
        const child = (dx: number, dy: number): readonly number[] =>
          gridBounds({ grid: tile.grid, z: tile.z + 1, x: tile.x * 2 + dx, y: tile.y * 2 + dy });
        const [nw, ne, sw, se] = [child(0, 0), child(1, 0), child(0, 1), child(1, 1)] as [number[], number[], number[], number[]];
        const [midX, midY] = [nw[2] as number, nw[1] as number];
        expect(nw).toEqual([minX, midY, midX, maxY]);
        expect(ne).toEqual([midX, midY, maxX, maxY]);
        expect(sw).toEqual([minX, minY, midX, midY]);
        expect(se).toEqual([midX, minY, maxX, midY]);
      }),
    );
  });
  it('shares its edges with its neighbours, and the level’s outer edges are the plane’s', () => {
    fc.assert(
      fc.property(anyTile, ({ set, level, tile }) => {
        const [minX, minY, maxX, maxY] = gridBounds(tile);
        const { width, height } = matrixSize(set, level);
        const half = set.grid === 'mercator' ? Math.PI * 6378137 : 180;
        if (tile.x + 1 < width) expect(gridBounds({ ...tile, x: tile.x + 1 })[0]).toBe(maxX);
        else expect(maxX).toBeCloseTo(half, 6);
        if (tile.x === 0) expect(minX).toBe(-half);
        if (tile.y + 1 < height) expect(gridBounds({ ...tile, y: tile.y + 1 })[3]).toBe(minY);
        else expect(minY).toBeCloseTo(set.grid === 'mercator' ? -half : -90, 6);
        if (tile.y === 0) expect(maxY).toBe(set.grid === 'mercator' ? half : 90);
      }),
    );
  });
  it('of a point holds the point, and has the address that finds it again', () => {
    fc.assert(
      fc.property(anySet, fc.nat(), position, (set, chosen, at) => {
        const level = set.minLevel + (chosen % (set.maxLevel - set.minLevel + 1));
        const tile = gridTileAt(set, level, at);
        const [minX, minY, maxX, maxY] = gridBounds(tile);
        const [x, y] = set.grid === 'mercator' ? webMercatorFromLngLat(at) : at;
        const slack = set.grid === 'mercator' ? 1e-7 : 1e-12;
        expect(x >= minX - slack && x <= maxX + slack && y >= minY - slack && y <= maxY + slack).toBe(true);
        expect(findTile(set, String(level), String(tile.y), String(tile.x))).toEqual({ tile });
      }),
    );
  });
  it('of c and of WorldCRS84Quad is the same one level apart; of w and WebMercatorQuad on the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 18 }), position, (level, at) => {
        expect(gridTileAt(setOf('c'), level, at)).toEqual(gridTileAt(setOf('WorldCRS84Quad'), level - 1, at));
        expect(gridTileAt(setOf('w'), level, at)).toEqual(gridTileAt(setOf('WebMercatorQuad'), level, at));
      }),
    );
  });
  it('of the mercator grid has the box that web-mercator.ts gives', () => {
    const tile: GridTile = { grid: 'mercator', z: 7, x: 107, y: 47 };
    const [minX, minY, maxX, maxY] = gridBounds(tile);
    const degrees = [...lngLatFromWebMercator([minX, minY] as never), ...lngLatFromWebMercator([maxX, maxY] as never)];
    tileBBox(tile).forEach((value, i) => void expect(degrees[i]).toBeCloseTo(value, 9));
  });
});

describe('addresses', () => {
  const cases: readonly (readonly [set: string, matrix: string, row: string, column: string, part: string | null, fault: string | null])[] =
    [
      ['c', '1', '0', '1', null, null],
      ['c', '1', '1', '0', 'TileRow', 'outside'],
      ['c', '0', '0', '0', 'TileMatrix', 'outside'],
      ['c', '19', '0', '0', 'TileMatrix', 'outside'],
      ['w', '1', '1', '1', null, null],
      ['w', '0', '0', '0', 'TileMatrix', 'outside'],
      ['WorldCRS84Quad', '0', '0', '1', null, null],
      ['WorldCRS84Quad', '0', '0', '2', 'TileCol', 'outside'],
      ['WebMercatorQuad', '0', '0', '0', null, null],
      ['WebMercatorQuad', '23', '0', '0', 'TileMatrix', 'outside'],
      ['WebMercatorQuad', 'x', '0', '0', 'TileMatrix', 'outside'],
      ['WebMercatorQuad', '7', 'x', '0', 'TileRow', 'malformed'],
      ['WebMercatorQuad', '7', '0', '1.5', 'TileCol', 'malformed'],
      ['WebMercatorQuad', '7', '-1', '0', 'TileRow', 'outside'],
      ['WebMercatorQuad', '7', '0', '9'.repeat(400), 'TileCol', 'outside'],
    ];
  it.each(cases)('%s/%s/%s/%s → %s', (id, matrix, row, column, part, fault) => {
    const found = findTile(setOf(id), matrix, row, column);
    if (part === null) expect(found.tile).not.toBeNull();
    else expect(found).toMatchObject({ tile: null, part, fault });
  });
  it('any text is a tile inside the matrix or a named fault, never a throw', () => {
    const text = fc.oneof(fc.string(), fc.integer().map(String), fc.constantFrom('0', '1', '1e3', '', ' 1', '0x1', '١'));
    fc.assert(
      fc.property(anySet, text, text, text, (set, matrix, row, column) => {
        const found = findTile(set, matrix, row, column);
        if (!found.tile) return;
        const { width, height } = matrixSize(set, found.tile.z - set.zOffset);
        expect(found.tile.x >= 0 && found.tile.x < width && found.tile.y >= 0 && found.tile.y < height).toBe(true);
      }),
    );
  });
});
