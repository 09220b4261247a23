// The SQL of one layer's part of a vector tile. Identifiers come from checked declarations only, everything else is a parameter.
//
// Source: Mapbox Vector Tile 2.1 (extent 4096); ST_AsMVT on columns that are stored in the grid's own coordinates: nothing is projected per request.
import type { Layer } from '../../contracts/layer.ts';
import { attributeList, type Moment, quoted, relationSql, rowClauses, scopeClauses } from '../features/rows.ts';
import { type Grid, type GridTile, gridBounds, gridSpan } from './matrix-sets.ts';

export const EXTENT = 4096;
/** Units around the tile that are drawn too, so that wide lines and symbols do not end at its edge. */
export const BUFFER = { point: 256, line: 96, polygon: 64 } as const;
/** From here on geometries are taken as they are. */
const FULL_DETAIL_ZOOM = 12;
/** Of each grid: the column with its coordinates, and their EPSG code. CRS84 and 4490 are one within centimetres, so both read `geom`. */
export const PLANE: Readonly<Record<Grid, { readonly column: string; readonly srid: number }>> = {
  mercator: { column: 'geom_3857', srid: 3857 },
  geographic: { column: 'geom', srid: 4490 },
};

/** How far a coarse zoom may move a line, in the grid's unit: one and a half units of the tile's grid, a fifth of a pixel. */
export function tolerance(layer: Pick<Layer, 'geometry'>, { grid, z }: Pick<GridTile, 'grid' | 'z'>): number {
  return layer.geometry === 'point' || z >= FULL_DETAIL_ZOOM ? 0 : (gridSpan(grid, z) / EXTENT) * 1.5;
}

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Of the prepared statement. */
  readonly name: string;
}

/** What both statements of a tile share: bounds, the rows under them, and how far a shape may be moved. */
function partsOf(layer: Layer, tile: GridTile, prefix: string | null, moment: Moment | null) {
  const { column, srid } = PLANE[tile.grid];
  const buffer = BUFFER[layer.geometry];
  const allowed = tolerance(layer, tile);
  const values: unknown[] = [...gridBounds(tile), (gridSpan(tile.grid, tile.z) * buffer) / EXTENT];
  const next = (value: unknown): string => `$${values.push(value)}`;
  const shape = allowed > 0 ? `ST_Simplify(${column}, ${next(allowed)}::float8, true)` : column;
  const relation = relationSql(layer, moment, next);
  const where = [`${column} && bounds.wide`, ...rowClauses(layer, next), ...scopeClauses(layer, prefix, next)].join(' AND ');
  return {
    ...{ column, buffer, shape, values },
    bounds: `bounds AS (SELECT box AS tile, ST_Expand(box, $5::float8) AS wide
    FROM (SELECT ST_MakeEnvelope($1::float8, $2::float8, $3::float8, $4::float8, ${srid}) AS box) AS made)`,
    from: `FROM ${relation}, bounds WHERE ${where}`,
    name: `${layer.table}-${layer.id}-${tile.grid}-${allowed > 0 ? 's' : 'f'}${prefix === null ? '' : '-scoped'}${moment ? '-then' : ''}`,
  };
}

/** One row, one column `mvt`. `prefix`: only rows whose AdCode begins so; null: all. `moment`: as it was known then; null: now. */
export function tileStatement(layer: Layer, tile: GridTile, prefix: string | null, moment: Moment | null = null): Statement {
  const { buffer, shape, values, bounds, from, name } = partsOf(layer, tile, prefix, moment);
  return {
    text: `WITH ${bounds},
  -- Materialized: or the shape is made twice, once to be looked at and once to be given out.
  part AS MATERIALIZED (
    SELECT id${attributeList(layer)}, ST_AsMVTGeom(${shape}, bounds.tile, ${EXTENT}, ${buffer}, true) AS shape
    ${from} ORDER BY id)
SELECT ST_AsMVT(part, '${layer.id}', ${EXTENT}, 'shape', 'id') AS mvt FROM part WHERE shape IS NOT NULL`,
    values,
    name: `tile-${name}`,
  };
}

/**
 * The rows of the same tile for encode-tile.ts: id, attributes, the shape in the grid's coordinates, the shape in units of the tile. What lies
 * within the tile and its buffer is given as it is; what reaches out is cut by ST_AsMVTGeom.
 * @param asText attributes of types that the encoder does not know
 */
export function rowsStatement(
  layer: Layer,
  tile: GridTile,
  prefix: string | null,
  moment: Moment | null,
  asText: ReadonlySet<string>,
): Statement {
  const { column, buffer, shape, values, bounds, from, name } = partsOf(layer, tile, prefix, moment);
  const list = layer.attributes.map((one) => `, ${quoted(one)}${asText.has(one) ? '::text' : ''}`).join('');
  const shapes =
    layer.geometry === 'point'
      ? `${column}, NULL::geometry`
      : `CASE WHEN ${column} @ bounds.wide THEN ${shape} END,
    CASE WHEN NOT ${column} @ bounds.wide THEN ST_AsMVTGeom(${shape}, bounds.tile, ${EXTENT}, ${buffer}, true) END`;
  return {
    text: `WITH ${bounds} SELECT id::bigint${list}, ${shapes} ${from}`,
    values,
    name: `rows-${name}${asText.size > 0 ? '-text' : ''}`,
  };
}
