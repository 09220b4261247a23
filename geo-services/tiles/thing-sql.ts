// Tiles of Things: each with its worst open alarm; below z9 gathered into bubbles of so many Things with the worst alarm of them all, so that
// no bubble hides the one that is red. Levels: contracts/event.ts.
//
// Things are thousands, not millions: they are gathered as they are asked for. A bubble is one cell of the grid.
import { alertLevels } from '../../contracts/event.ts';
import type { Fence } from '../../contracts/grant.ts';
import type { Layer } from '../../contracts/layer.ts';
import { attributeList, quoted, relationSql, rowClauses } from '../features/rows.ts';
import type { Viewed } from '../features/seen.ts';
import { type GridTile, gridBounds, gridSpan } from './matrix-sets.ts';
import { COARSE_ZOOM } from './pyramid-sql.ts';
import { BUFFER, EXTENT, markList, markOf, named, PLANE, type Statement } from './tile-sql.ts';

/** Cells along the side of a tile: 64 pixels of one shown at 512. */
const CELLS = 8;

export function isThings(layer: Pick<Layer, 'table' | 'call'>): boolean {
  return layer.table === 'thing' && !layer.call;
}

/**
 * One row, one column `mvt`: features with `alarm` (level or null), and below z9 `count` and `alarm`; one Thing alone keeps its id and attributes.
 * `fences`: from z9 on each is marked with those it touches. */
export function thingStatement(layer: Viewed, tile: GridTile, fences: readonly Fence[] = []): Statement {
  const { column, srid } = PLANE[tile.grid];
  const coarse = tile.z <= COARSE_ZOOM;
  const span = gridSpan(tile.grid, tile.z);
  const buffer = BUFFER.point;
  const [west, south, east, north] = gridBounds(tile);
  // Bubbles around the tile show in its margin as any point does, and are made of whole cells there too.
  const reach = coarse ? span / CELLS : (span * buffer) / EXTENT;
  const values: unknown[] = [west, south, east, north, reach, alertLevels];
  const next = (value: unknown): string => `$${values.push(value)}`;
  const where = [
    ...rowClauses(layer, next),
    // Whole cells: half open, as floor() has them.
    ...(coarse ? [`ST_X(${column}) < $3::float8 + $5::float8`, `ST_Y(${column}) < $4::float8 + $5::float8`] : []),
  ];
  const wide = `ST_Expand(ST_MakeEnvelope($1::float8, $2::float8, $3::float8, $4::float8, ${srid}), $5::float8)`;
  const marks = fences.map((fence) => `, ${quoted(markOf(fence))}`).join('');
  const things = `things AS (
    SELECT id${attributeList(layer)}${coarse ? '' : markList(fences, next)}, ${column} AS place,
      (SELECT min(array_position($6::text[], a.level)) FROM alarm AS a WHERE a.thing = thing.id AND a.cleared IS NULL) AS rank
    FROM ${relationSql(layer, null, next, { near: { column, box: wide } })}, bounds WHERE ${column} && bounds.wide ${where.map((clause) => ` AND ${clause}`).join('')} ORDER BY id)`;
  const shape = (place: string): string => `ST_AsMVTGeom(${place}, bounds.tile, ${EXTENT}, ${buffer}, true) AS shape`;
  const alone = layer.attributes.map((name) => `, CASE WHEN count(*) = 1 THEN min(${quoted(name)}::text) END AS ${quoted(name)}`).join('');
  const cell = (axis: 'X' | 'Y'): string => `floor(ST_${axis}(place) / ${next(span / CELLS)}::float8)`;
  const part = coarse
    ? `gathered AS (SELECT CASE WHEN count(*) = 1 THEN min(id) END AS id${alone}, count(*)::int AS count, min(rank) AS rank,
        ST_SetSRID(ST_MakePoint(avg(ST_X(place)), avg(ST_Y(place))), ${srid}) AS place
      FROM things GROUP BY ${cell('X')}, ${cell('Y')}),
  part AS (SELECT id${attributeList(layer)}, count, ($6::text[])[rank] AS alarm, ${shape('place')} FROM gathered, bounds ORDER BY count DESC, id)`
    : `part AS (SELECT id${attributeList(layer)}${marks}, ($6::text[])[rank] AS alarm, ${shape('place')} FROM things, bounds)`;
  return named(
    `WITH bounds AS (SELECT box AS tile, ST_Expand(box, $5::float8) AS wide
    FROM (SELECT ST_MakeEnvelope($1::float8, $2::float8, $3::float8, $4::float8, ${srid}) AS box) AS made),
  ${things},
  ${part}
SELECT ST_AsMVT(part, '${layer.id}', ${EXTENT}, 'shape', 'id') AS mvt FROM part WHERE shape IS NOT NULL`,
    values,
  );
}
