// The SQL of one layer's part of a vector tile. Identifiers come from checked declarations only, everything else is a parameter.
//
// Source: Mapbox Vector Tile 2.1 (extent 4096); ST_AsMVT on pre-projected columns.
import type { Layer } from '../../contracts/layer.ts';
import { type Tile, tileSpan } from '../crs/web-mercator.ts';

export const EXTENT = 4096;
/** Units around the tile that are drawn too, so that wide lines and symbols do not end at its edge. */
const BUFFER = { point: 256, line: 96, polygon: 64 } as const;
/** From here on geometries are taken as they are. */
const FULL_DETAIL_ZOOM = 12;

/** Metres that a coarse zoom may move a line: one and a half units of the tile's grid, a fifth of a pixel. */
export function tolerance(layer: Pick<Layer, 'geometry'>, z: number): number {
  return layer.geometry === 'point' || z >= FULL_DETAIL_ZOOM ? 0 : (tileSpan(z) / EXTENT) * 1.5;
}

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Of the prepared statement. */
  readonly name: string;
}

/** One row, one column `mvt`. `prefix`: only rows whose AdCode begins so; null: all. */
export function tileStatement(layer: Layer, tile: Tile, prefix: string | null): Statement {
  const buffer = BUFFER[layer.geometry];
  const simplify = tolerance(layer, tile.z) > 0;
  const shape = simplify ? 'ST_Simplify(geom_3857, $4, true)' : 'geom_3857';
  const values: unknown[] = [tile.z, tile.x, tile.y];
  if (simplify) values.push(tolerance(layer, tile.z));
  if (prefix !== null) values.push(`${prefix}%`);
  const attributes = layer.attributes.join(', ');
  const scoped = prefix === null ? '' : ` AND ${layer.adcodeColumn}::text LIKE $${values.length}`;
  return {
    text: `WITH bounds AS (SELECT ST_TileEnvelope($1, $2, $3) AS tile, ST_TileEnvelope($1, $2, $3, margin => ${buffer / EXTENT}) AS wide),
  part AS (
    SELECT id, ${attributes}, ST_AsMVTGeom(${shape}, bounds.tile, ${EXTENT}, ${buffer}, true) AS shape
    FROM ${layer.table}, bounds WHERE geom_3857 && bounds.wide${scoped} ORDER BY id)
SELECT ST_AsMVT(part, '${layer.id}', ${EXTENT}, 'shape', 'id') AS mvt FROM part WHERE shape IS NOT NULL`,
    values,
    name: `tile-${layer.id}-${simplify ? 's' : 'f'}${prefix === null ? '' : '-scoped'}`,
  };
}
