// The SQL of patches: which cells of a layer hold how much, the rows of one, and the patches that a tile is made of. Tables: migrations/017.
//
// A row belongs to the cell in which the middle of its box lies. Cells begin at PATCH_ZOOM and are quartered until none holds more than
// PATCH_ROWS. Units: metres of EPSG:3857; cells count from the north-west corner of the world, as tiles do.
import { createHash } from 'node:crypto';
import type { Layer } from '../../contracts/layer.ts';
import { HALF_WORLD } from '../crs/web-mercator.ts';
import { attributeList, type Placeholder, quoted } from '../features/rows.ts';
import { type GridTile, gridBounds, gridSpan } from './matrix-sets.ts';
import { PATCH_ZOOM } from './merge-patches.ts';
import { BUFFER, EXTENT, named, type Statement, tolerance } from './tile-sql.ts';

/** The coarsest zoom that is made of patches: below it pyramids are. */
export const PATCH_FROM_ZOOM = 9;
/** Layers with fewer rows are quick enough without. */
export const PACKED_FROM = 20_000;
/** With more, packing takes minutes and the size of the table once more. */
export const PACKED_TO = 8_000_000;
/** Rows of a patch at most, as long as it can be quartered. */
const PATCH_ROWS = 1000;
/** Where quartering ends. */
export const FINEST_CELL = 16;
/** Cells of PATCH_ZOOM that one layer may lie in: four times the province. */
export const MOST_CELLS = 6000;
/** Rows of one cell of PATCH_ZOOM; more are places that lie on one another. */
export const MOST_IN_CELL = 400_000;

export interface Cell {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}
/** What a layer's patches were packed from; `2`: how they are written (tile-layer.ts). */
export const fingerprintOf = (layer: Pick<Layer, 'table' | 'geometry' | 'attributes'>): string =>
  createHash('sha1')
    .update(JSON.stringify(['2', layer.table, layer.geometry, layer.attributes]))
    .digest('base64url');

const middle = (axis: 'X' | 'Y'): string => `(ST_${axis}Min(geom_3857) + ST_${axis}Max(geom_3857)) / 2`;
function cellColumns(z: number): string {
  const size = gridSpan('mercator', z);
  return `floor((${middle('X')} + ${HALF_WORLD}) / ${size})::int AS x, floor((${HALF_WORLD} - ${middle('Y')}) / ${size})::int AS y`;
}
const drawn = `geom_3857 IS NOT NULL AND NOT ST_IsEmpty(geom_3857) AND ST_XMax(geom_3857) < ${HALF_WORLD} AND ST_XMin(geom_3857) > -${HALF_WORLD} AND abs(ST_YMax(geom_3857)) < ${HALF_WORLD} AND abs(ST_YMin(geom_3857)) < ${HALF_WORLD}`;
const bounds = (cell: Cell, next: Placeholder): string =>
  `ST_MakeEnvelope(${gridBounds({ grid: 'mercator', ...cell })
    .map((side) => `${next(side)}::float8`)
    .join(', ')}, 3857)`;
function statement(make: (next: Placeholder) => string): Statement {
  const values: unknown[] = [];
  return named(
    make((value) => `$${values.push(value)}`),
    values,
  );
}

/** Cells of PATCH_ZOOM with something in them: x, y. One more than MOST_CELLS at most. */
export const cellsSql = (layer: Layer): Statement =>
  statement(() => `SELECT DISTINCT ${cellColumns(PATCH_ZOOM)} FROM ${quoted(layer.table)} WHERE ${drawn} LIMIT ${MOST_CELLS + 1}`);

/** How many rows lie in each of the finest cells of a cell of PATCH_ZOOM: x, y, n. */
export const countsSql = (layer: Layer, cell: Cell): Statement =>
  statement(
    (next) => `SELECT x, y, count(*)::int AS n FROM (SELECT ${cellColumns(FINEST_CELL)} FROM ${quoted(layer.table)}
      WHERE geom_3857 && ${bounds(cell, next)} AND ${drawn}) AS placed
      WHERE x >> ${FINEST_CELL - PATCH_ZOOM} = ${next(cell.x)}::int AND y >> ${FINEST_CELL - PATCH_ZOOM} = ${next(cell.y)}::int GROUP BY x, y`,
  );

/** The cells that are patches, by the counts of the finest ones. */
export function leavesOf(root: Cell, counts: readonly { readonly x: number; readonly y: number; readonly n: number }[]): Cell[] {
  const total = counts.reduce((sum, { n }) => sum + n, 0);
  if (total === 0) return [];
  if (total <= PATCH_ROWS || root.z === FINEST_CELL) return [root];
  const shift = FINEST_CELL - root.z - 1;
  return [0, 1, 2, 3].flatMap((quarter) => {
    const child = { z: root.z + 1, x: root.x * 2 + (quarter & 1), y: root.y * 2 + (quarter >> 1) };
    return leavesOf(
      child,
      counts.filter(({ x, y }) => x >> shift === child.x && y >> shift === child.y),
    );
  });
}

/** Rows of a cell as encode-tile.ts reads them: id, attributes, the shape, nothing. */
export function cellRowsSql(layer: Layer, cell: Cell, asText: ReadonlySet<string>): Statement {
  const list = layer.attributes.map((one) => `, ${quoted(one)}${asText.has(one) ? '::text' : ''}`).join('');
  const allowed = tolerance(layer, { grid: 'mercator', z: PATCH_ZOOM });
  return statement((next) => {
    const shape = allowed > 0 ? `ST_Simplify(geom_3857, ${next(allowed)}::float8, true)` : 'geom_3857';
    return `SELECT id${list}, shape, NULL::geometry FROM (SELECT id::bigint${attributeList(layer)}, ${shape} AS shape, ${cellColumns(cell.z)} FROM ${quoted(layer.table)}
      WHERE geom_3857 && ${bounds(cell, next)} AND ${drawn}) AS placed WHERE x = ${next(cell.x)}::int AND y = ${next(cell.y)}::int`;
  });
}

/** A tile's patches: clean (1: nothing has changed since they were packed), z, x, y, bytes. No row: the layer is not packed. */
export function patchesSql(layer: Layer, tile: GridTile): Statement {
  const around = (gridSpan(tile.grid, tile.z) * BUFFER[layer.geometry]) / EXTENT;
  const [west, south, east, north] = gridBounds(tile);
  return statement((next) => {
    const box = `ST_MakeEnvelope(${[west - around, south - around, east + around, north + around].map((side) => `${next(side)}::float8`).join(', ')}, 3857)`;
    const [id, table] = [`${next(layer.id)}::text`, `${next(layer.table)}::text`];
    // What names no place is a change of everything, as TRUNCATE leaves it; a note for some zooms alone changes no row.
    return `WITH bounds AS (SELECT ${box} AS box, ST_Transform(${box}, 4490) AS degrees),
  known AS (SELECT CASE WHEN EXISTS (SELECT 1 FROM layer_change AS c, bounds WHERE c.source = ${table} AND c.txid >= p.horizon
      AND (CASE WHEN c.west IS NULL THEN c.min_zoom <= 8 AND c.max_zoom > 11 ELSE ST_MakeEnvelope(c.west, c.south, c.east, c.north, 4490) && bounds.degrees END)) THEN 0 ELSE 1 END AS clean
    FROM patch_layer AS p WHERE p.layer = ${id} AND p.table_name = ${table} AND p.fingerprint = ${next(fingerprintOf(layer))}::text AND NOT p.refused)
SELECT known.clean, p.z::int, p.x, p.y, p.bytes FROM known LEFT JOIN (SELECT patch.* FROM patch, bounds WHERE patch.layer = ${id} AND patch.extent && bounds.box) AS p ON known.clean = 1`;
  });
}
