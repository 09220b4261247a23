// The tile matrix sets of 一张图 as data: what each level covers, which tile holds a point, and the definition as JSON. Pure.
//
// Source: OGC 17-083r4 (Two Dimensional Tile Matrix Set 2.0) §6.2, Annex D.1 WebMercatorQuad and WorldCRS84Quad; 天地图 sets `c` (经纬度直投,
// EPSG:4490, 0.703125°/px at level 1) and `w` (球面墨卡托, EPSG:3857), levels 1–18: names, origins and levels of its WMTS, in no OGC register.
// Units: metres on the mercator grid, degrees on the geographic one; bounds are [minX, minY, maxX, maxY] with x to the east, whatever the CRS' axes.
import type { BBox, LngLat } from '../../contracts/geo.ts';
import { HALF_WORLD, MAX_LATITUDE, type Tile, webMercatorFromLngLat } from '../crs/web-mercator.ts';

/** The two planes that tiles are cut from: EPSG:3857, and degrees of CGCS2000 (WGS 84 within centimetres). Both quarter tiles from level to level. */
export type Grid = 'mercator' | 'geographic';

/** A tile on its grid. `z` counts so that a level is 2^z columns wide: equal z is equal scale at the equator on both grids and in every set. */
export interface GridTile extends Tile {
  readonly grid: Grid;
}

export interface TileMatrixSet {
  readonly id: string;
  readonly title: string;
  /** Of the OGC register; null: not registered. */
  readonly uri: string | null;
  readonly crs: string;
  /** The CRS as OWS 1.1 writes it. */
  readonly crsUrn: string;
  /** In the order of the CRS: the point of origin follows it. */
  readonly orderedAxes: readonly ['X', 'Y'] | readonly ['Lon', 'Lat'] | readonly ['Lat', 'Lon'];
  readonly wellKnownScaleSet: string | null;
  readonly grid: Grid;
  readonly minLevel: number;
  readonly maxLevel: number;
  /** z of the grid − level. */
  readonly zOffset: number;
}

const EPSG = 'http://www.opengis.net/def/crs/EPSG/0';
const REGISTER = 'http://www.opengis.net/def/tilematrixset/OGC/1.0';
const SCALE_SETS = 'http://www.opengis.net/def/wkss/OGC/1.0';
const mercator = { crs: `${EPSG}/3857`, crsUrn: 'urn:ogc:def:crs:EPSG::3857', orderedAxes: ['X', 'Y'], grid: 'mercator' } as const;

const declared: readonly TileMatrixSet[] = [
  {
    ...mercator,
    id: 'WebMercatorQuad',
    title: 'Google Maps Compatible for the World',
    uri: `${REGISTER}/WebMercatorQuad`,
    wellKnownScaleSet: `${SCALE_SETS}/GoogleMapsCompatible`,
    minLevel: 0,
    maxLevel: 22,
    zOffset: 0,
  },
  {
    id: 'WorldCRS84Quad',
    title: 'CRS84 for the World',
    uri: `${REGISTER}/WorldCRS84Quad`,
    crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
    crsUrn: 'urn:ogc:def:crs:OGC:1.3:CRS84',
    orderedAxes: ['Lon', 'Lat'],
    wellKnownScaleSet: `${SCALE_SETS}/GoogleCRS84Quad`,
    grid: 'geographic',
    minLevel: 0,
    // As deep as the layers go: z 22.
    maxLevel: 21,
    zOffset: 1,
  },
  {
    id: 'c',
    title: '天地图 c：经纬度直投（CGCS2000）',
    uri: null,
    crs: `${EPSG}/4490`,
    crsUrn: 'urn:ogc:def:crs:EPSG::4490',
    // EPSG's order for 4490: latitude first.
    orderedAxes: ['Lat', 'Lon'],
    wellKnownScaleSet: null,
    grid: 'geographic',
    minLevel: 1,
    maxLevel: 18,
    zOffset: 0,
  },
  {
    ...mercator,
    id: 'w',
    title: '天地图 w：球面墨卡托',
    uri: null,
    wellKnownScaleSet: null,
    minLevel: 1,
    maxLevel: 18,
    zOffset: 0,
  },
];
/** By id. */
export const matrixSets: ReadonlyMap<string, TileMatrixSet> = new Map(declared.map((set) => [set.id, set]));

const TILE_SIZE = 256;
/** §6.2.1: the standardised rendering pixel, metres. */
const PIXEL = 0.00028;
/** 6378137 m · π / 180: CGCS2000 and WGS 84 have the same semi-major axis. */
const METRES_PER_DEGREE = HALF_WORLD / 180;

const west: Readonly<Record<Grid, number>> = { mercator: -HALF_WORLD, geographic: -180 };
const north: Readonly<Record<Grid, number>> = { mercator: HALF_WORLD, geographic: 90 };

/** Side of a tile in the unit of its grid. */
export function gridSpan(grid: Grid, z: number): number {
  return (-2 * west[grid]) / 2 ** z;
}

/** [minX, minY, maxX, maxY]. Edges are counted from the origin, so neighbours and parents share them to the last bit. */
export function gridBounds({ grid, z, x, y }: GridTile): readonly [number, number, number, number] {
  const span = gridSpan(grid, z);
  return [west[grid] + x * span, north[grid] - (y + 1) * span, west[grid] + (x + 1) * span, north[grid] - y * span];
}

/** Columns and rows of a level. */
export function matrixSize(set: TileMatrixSet, level: number): { readonly width: number; readonly height: number } {
  const width = 2 ** (level + set.zOffset);
  return { width, height: set.grid === 'mercator' ? width : width / 2 };
}

/** The tile that holds a position; beyond the edges of the plane, the nearest. */
export function gridTileAt(set: TileMatrixSet, level: number, position: LngLat): GridTile {
  const { grid } = set;
  const z = level + set.zOffset;
  const [x, y] = grid === 'mercator' ? webMercatorFromLngLat(position) : position;
  const { width, height } = matrixSize(set, level);
  const index = (steps: number, count: number): number => Math.min(count - 1, Math.max(0, Math.floor(steps)));
  return { grid, z, x: index((x - west[grid]) / gridSpan(grid, z), width), y: index((north[grid] - y) / gridSpan(grid, z), height) };
}

export interface TileRange {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}
/** Tiles reach into their neighbours by this share of their side at most (tile-sql.ts BUFFER): what lies there shows in both. */
const REACH = 1 / 16;

/** The tiles of a level in which something of a box (degrees, west ≤ east) may show. */
export function tilesTouching(grid: Grid, z: number, [west0, south0, east0, north0]: BBox): TileRange {
  const mercator = grid === 'mercator';
  const plane = (lng: number, lat: number): readonly [number, number] =>
    mercator ? webMercatorFromLngLat([lng, Math.max(-MAX_LATITUDE, Math.min(MAX_LATITUDE, lat))]) : [lng, lat];
  const span = gridSpan(grid, z);
  const [left, bottom] = plane(west0, south0);
  const [right, top] = plane(east0, north0);
  const clamp = (steps: number, count: number): number => Math.min(count - 1, Math.max(0, Math.floor(steps)));
  const width = 2 ** z;
  const height = mercator ? width : Math.max(1, width / 2);
  return {
    minX: clamp((left - west[grid]) / span - REACH, width),
    maxX: clamp((right - west[grid]) / span + REACH, width),
    minY: clamp((north[grid] - top) / span - REACH, height),
    maxY: clamp((north[grid] - bottom) / span + REACH, height),
  };
}

export type TilePart = 'TileMatrix' | 'TileRow' | 'TileCol';
/** A tile, or which part of its address is wrong: no number at all (for a level: no name of one), or outside of the matrix. */
export type Found =
  | { readonly tile: GridTile }
  | { readonly tile: null; readonly part: TilePart; readonly fault: 'malformed' | 'outside'; readonly allowed: string };

/** The tile that three texts of an address name. Never throws. */
export function findTile(set: TileMatrixSet, matrix: string, row: string, column: string): Found {
  const level = /^\d{1,3}$/.test(matrix) ? Number(matrix) : Number.NaN;
  if (!(level >= set.minLevel && level <= set.maxLevel))
    return { tile: null, part: 'TileMatrix', fault: 'outside', allowed: `${set.minLevel}–${set.maxLevel}` };
  const { width, height } = matrixSize(set, level);
  for (const [part, text, count] of [
    ['TileRow', row, height],
    ['TileCol', column, width],
  ] as const) {
    const allowed = `0–${count - 1} 的整数`;
    if (!/^-?\d+$/.test(text)) return { tile: null, part, fault: 'malformed', allowed };
    // However many digits: Infinity is outside as well.
    if (!(Number(text) >= 0 && Number(text) < count)) return { tile: null, part, fault: 'outside', allowed };
  }
  return { tile: { grid: set.grid, z: level + set.zOffset, x: Number(column), y: Number(row) } };
}

export interface TileMatrix {
  readonly id: string;
  readonly scaleDenominator: number;
  readonly cellSize: number;
  readonly cornerOfOrigin: 'topLeft';
  readonly pointOfOrigin: readonly [number, number];
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly matrixWidth: number;
  readonly matrixHeight: number;
}

/** The levels (17-083r4 §6.2): scale denominators at pixels of 0.28 mm. */
export function tileMatrices(set: TileMatrixSet): TileMatrix[] {
  const { grid } = set;
  return Array.from({ length: set.maxLevel - set.minLevel + 1 }, (_, i) => {
    const level = set.minLevel + i;
    const cellSize = gridSpan(grid, level + set.zOffset) / TILE_SIZE;
    const { width, height } = matrixSize(set, level);
    return {
      id: String(level),
      scaleDenominator: (cellSize * (grid === 'mercator' ? 1 : METRES_PER_DEGREE)) / PIXEL,
      cellSize,
      cornerOfOrigin: 'topLeft',
      pointOfOrigin: set.orderedAxes[0] === 'Lat' ? [north[grid], west[grid]] : [west[grid], north[grid]],
      tileWidth: TILE_SIZE,
      tileHeight: TILE_SIZE,
      matrixWidth: width,
      matrixHeight: height,
    };
  });
}

/** JSON of the set (17-083r4 §9, json-tilematrixset). */
export function matrixSetDefinition(set: TileMatrixSet): object {
  return {
    id: set.id,
    title: set.title,
    ...(set.uri ? { uri: set.uri } : {}),
    crs: set.crs,
    orderedAxes: set.orderedAxes,
    ...(set.wellKnownScaleSet ? { wellKnownScaleSet: set.wellKnownScaleSet } : {}),
    tileMatrices: tileMatrices(set),
  };
}
