// The SQL of coarse pictures of large layers: how they are made of the rows, and how a tile below z9 is made of them. Tables: migrations/011.
//
// Each zoom is made of the one below it, z8 of the rows, so a small change touches few cells of each. Points are counted in cells of 16 × 16 a
// tile. Shapes larger than the layer's threshold of the zoom are drawn simplified, smaller ones are coalesced into cells of 64 × 64 a tile that
// say how many they are and how much they cover: nothing disappears, and no tile holds more than MOST_DRAWN shapes and 4,096 cells.
// Units: metres of EPSG:3857. Cells count from the north-west corner of the world, as tiles do.
import type { Layer } from '../../contracts/layer.ts';
import { HALF_WORLD, MAX_LATITUDE, webMercatorFromLngLat } from '../crs/web-mercator.ts';
import { attributeList, coarserSql, type Moment, type Placeholder, quoted, relationSql, rowClauses } from '../features/rows.ts';
import type { Viewed } from '../features/seen.ts';
import { layerKinds } from '../style/layer-kinds.ts';
import { type GridTile, gridBounds, gridSpan } from './matrix-sets.ts';
import { BUFFER, EXTENT, named, PLANE, type Statement } from './tile-sql.ts';

/** The finest zoom that is drawn from the pyramid. */
export const COARSE_ZOOM = 8;
/** Layers with fewer rows are drawn from them. */
export const PYRAMID_ROWS = 5000;
/** Shapes of one zoom whose middle lies in one tile. */
const MOST_DRAWN = 1200;
/** Rows that a tile reads while there is no pyramid yet, and gives out. */
const [SAMPLE_READ, SAMPLE_SHOWN] = [20_000, 2000];
/** Cells along the side of a tile are 2 to the power of this. */
const cellBits = { point: 4, line: 6, polygon: 6 } as const;

export interface CellRange {
  readonly minX: number;
  readonly maxX: number;
  readonly minY: number;
  readonly maxY: number;
}
/** Level of a zoom's cells: they are the tiles of it. */
export const cellLevel = ({ geometry }: Pick<Layer, 'geometry'>, z: number): number => z + cellBits[geometry];
const cellSize = (layer: Pick<Layer, 'geometry'>, z: number): number => gridSpan('mercator', cellLevel(layer, z));
export const parentRange = ({ minX, maxX, minY, maxY }: CellRange): CellRange => ({
  ...{ minX: minX >> 1, maxX: maxX >> 1, minY: minY >> 1, maxY: maxY >> 1 },
});
export const tableOf = ({ geometry }: Pick<Layer, 'geometry'>): string => (geometry === 'point' ? 'pyramid_point' : 'pyramid_shape');

/** The cell of a position, as two columns. */
const cellColumns = (x: string, y: string, size: number): string =>
  `floor((${x} + ${HALF_WORLD}) / ${size})::int AS cx, floor((${HALF_WORLD} - ${y}) / ${size})::int AS cy`;
function within(range: CellRange | null, next: Placeholder, prefix = ''): string[] {
  if (!range) return [];
  return [
    `${prefix}cx BETWEEN ${next(range.minX)}::int AND ${next(range.maxX)}::int`,
    `${prefix}cy BETWEEN ${next(range.minY)}::int AND ${next(range.maxY)}::int`,
  ];
}
const whereSql = (clauses: readonly string[]): string => (clauses.length ? `WHERE ${clauses.join(' AND ')}` : '');

/** Rows of the layer with their cell of z8: id, area, x, y, cx, cy; for shapes `size`, `covered`, `shape` beside them. */
function cellRows(layer: Layer, range: CellRange | null, next: Placeholder): string {
  const size = cellSize(layer, COARSE_ZOOM);
  const area = layer.adcodeColumn ? `COALESCE(${quoted(layer.adcodeColumn)}::text, '')` : "''";
  // A shape's middle lies in its box, so the box of a changed row reaches the cell it is in.
  const [x, y] = ['X', 'Y'].map((axis) => `(ST_${axis}Min(geom_3857) + ST_${axis}Max(geom_3857)) / 2`);
  const measures = {
    point: '',
    line: ', ST_Length(geom_3857) AS size, 0::float8 AS covered, geom_3857 AS shape',
    polygon: ', sqrt(ST_Area(geom_3857)) AS size, ST_Area(geom_3857) AS covered, geom_3857 AS shape',
  }[layer.geometry];
  const box = range
    ? [
        `geom_3857 && ST_MakeEnvelope(${next(-HALF_WORLD + range.minX * size)}::float8, ${next(HALF_WORLD - (range.maxY + 1) * size)}::float8,
           ${next(-HALF_WORLD + (range.maxX + 1) * size)}::float8, ${next(HALF_WORLD - range.minY * size)}::float8, 3857)`,
      ]
    : [];
  return `SELECT * FROM (SELECT *, ${cellColumns('x', 'y', size)} FROM (SELECT id, ${area} AS area, ${x} AS x, ${y} AS y${measures}
      FROM ${quoted(layer.table)} ${whereSql([...box, 'geom_3857 IS NOT NULL', 'NOT ST_IsEmpty(geom_3857)'])}) AS placed
    WHERE abs(x) < ${HALF_WORLD} AND abs(y) < ${HALF_WORLD}) AS celled ${whereSql(within(range, next))}`;
}

export interface Command {
  readonly text: string;
  readonly values: readonly unknown[];
}
function command(make: (next: Placeholder) => string): Command {
  const values: unknown[] = [];
  const text = make((value) => `$${values.push(value)}`);
  return { text, values };
}

/** Takes a zoom's cells of a range away; null: all. */
export function clearSql(layer: Layer, z: number, range: CellRange | null): Command {
  return command(
    (next) =>
      `DELETE FROM ${tableOf(layer)} ${whereSql([`layer = ${next(layer.id)}::text`, `z = ${next(z)}::smallint`, ...within(range, next)])}`,
  );
}

/** The threshold of a zoom: two pixels of a tile shown at 512, more where a tile would hold too many. One row `threshold`. */
export function thresholdSql(layer: Layer, z: number, below: number): Command {
  const shift = cellBits[layer.geometry] + (COARSE_ZOOM - z);
  return command((next) => {
    const from =
      z === COARSE_ZOOM
        ? `(SELECT size, cx >> ${shift} AS tx, cy >> ${shift} AS ty FROM (${cellRows(layer, null, next)}) AS rows) AS sized`
        : `(SELECT size, cx >> ${cellBits[layer.geometry] + 1} AS tx, cy >> ${cellBits[layer.geometry] + 1} AS ty FROM pyramid_shape
           WHERE layer = ${next(layer.id)}::text AND z = ${next(z + 1)}::smallint AND id IS NOT NULL) AS sized`;
    return `SELECT GREATEST(${next(gridSpan('mercator', z) / 256)}::float8, ${next(below)}::float8, max(size) FILTER (WHERE n = ${MOST_DRAWN + 1})) AS threshold
      FROM (SELECT size, row_number() OVER (PARTITION BY tx, ty ORDER BY size DESC) AS n FROM ${from}) AS ranked`;
  });
}

/** Half a pixel of a tile shown at 512. */
const simplified = (shape: string, z: number): string => `ST_Simplify(${shape}, ${gridSpan('mercator', z) / 1024}, true)`;

/** Fills the cells of a range (null: all) of a zoom: z8 from the rows, others from the zoom below. */
export function fillSql(layer: Layer, z: number, range: CellRange | null, threshold: number): Command {
  const own = z === COARSE_ZOOM;
  return command((next) => {
    const id = `${next(layer.id)}::text`;
    const children = range && { minX: range.minX * 2, maxX: range.maxX * 2 + 1, minY: range.minY * 2, maxY: range.maxY * 2 + 1 };
    const finer = (columns: string): string =>
      `SELECT ${columns}, area, cx >> 1 AS cx, cy >> 1 AS cy FROM ${tableOf(layer)}
       ${whereSql([`layer = ${id}`, `z = ${next(z + 1)}::smallint`, ...within(children, next)])}`;
    if (layer.geometry === 'point') {
      const source = own
        ? `SELECT id, area, cx, cy, 1 AS count, x AS sum_x, y AS sum_y FROM (${cellRows(layer, range, next)}) AS rows`
        : finer('id, count, sum_x, sum_y');
      return `INSERT INTO pyramid_point (layer, z, cx, cy, area, count, sum_x, sum_y, id)
        SELECT ${id}, ${next(z)}::smallint, cx, cy, area, sum(count), sum(sum_x), sum(sum_y), min(id) FROM (${source}) AS source GROUP BY cx, cy, area`;
    }
    const source = own
      ? `SELECT id, id AS lead, area, cx, cy, 1 AS count, covered, size, shape FROM (${cellRows(layer, range, next)}) AS rows`
      : finer('id, lead, count, covered, size, geom_3857 AS shape');
    const side = cellSize(layer, z);
    const cell =
      layer.geometry === 'polygon'
        ? `ST_MakeEnvelope(${-HALF_WORLD} + cx * ${side}::float8, ${HALF_WORLD} - (cy + 1) * ${side}::float8, ${-HALF_WORLD} + (cx + 1) * ${side}::float8, ${HALF_WORLD} - cy * ${side}::float8, 3857)`
        : // A line stands for the shorter ones of its cell.
          simplified('(array_agg(shape ORDER BY size DESC))[1]', z);
    const least = `${next(threshold)}::float8`;
    return `WITH source AS MATERIALIZED (${source})
      INSERT INTO pyramid_shape (layer, z, cx, cy, area, id, lead, count, covered, size, geom_3857)
      SELECT ${id}, ${next(z)}::smallint, cx, cy, area, id, id, 1, covered, size, ${simplified('shape', z)} FROM source WHERE id IS NOT NULL AND size > ${least}
      UNION ALL SELECT ${id}, ${next(z)}::smallint, cx, cy, area, NULL, (array_agg(lead ORDER BY covered DESC, size DESC, lead))[1], sum(count), sum(covered), max(size), ${cell}
      FROM source WHERE id IS NULL OR size <= ${least} GROUP BY cx, cy, area`;
  });
}

/** Names that the pyramid gives to what it counts; a layer's attribute of the same name is not in coarse tiles. */
const told = ['count', 'covered', 'sampled'];

interface Frame {
  readonly values: unknown[];
  readonly next: Placeholder;
  readonly column: string;
  readonly srid: number;
  /** [minX, minY, maxX, maxY] in EPSG:3857, with what is drawn around the tile. */
  readonly wide: readonly [number, number, number, number];
  readonly buffer: number;
  readonly geometry: Layer['geometry'];
  /** Metres: places are no finer; null: as they are. */
  readonly precision: number | null;
}
function frameOf(layer: Viewed, tile: GridTile): Frame {
  const values: unknown[] = [...gridBounds(tile)];
  const next = (value: unknown): string => `$${values.push(value)}`;
  const buffer = BUFFER[layer.geometry];
  const precision = layer.view?.precisionMetres ?? null;
  // What a coarser place brings into the tile lies beside it: a degree is at most twice as long on either grid as it is here.
  const moved = precision === null ? 0 : (tile.grid === 'mercator' ? 2 : 1 / 50_000) * precision;
  const around = (gridSpan(tile.grid, tile.z) * buffer) / EXTENT + moved;
  const [west, south, east, north] = gridBounds(tile);
  const plane = (x: number, y: number): readonly [number, number] =>
    tile.grid === 'mercator' ? [x, y] : webMercatorFromLngLat([x, Math.max(-MAX_LATITUDE, Math.min(MAX_LATITUDE, y))]);
  const wide = [...plane(west - around, south - around), ...plane(east + around, north + around)] as [number, number, number, number];
  return { ...PLANE[tile.grid], values, buffer, wide, next, precision, geometry: layer.geometry };
}
function shapeIn({ srid, buffer, geometry, precision, next }: Frame, shape: string): string {
  const placed = precision === null ? shape : coarserSql(geometry, `ST_Transform(${shape}, 4490)`, `${next(precision)}::float8`);
  const from = precision === null ? 3857 : 4490;
  return `ST_AsMVTGeom(${srid === from ? placed : `ST_Transform(${placed}, ${srid})`}, bounds.tile, ${EXTENT}, ${buffer}, true)`;
}
const boundsSql = ({ srid }: Pick<Frame, 'srid'>): string =>
  `bounds AS (SELECT ST_MakeEnvelope($1::float8, $2::float8, $3::float8, $4::float8, ${srid}) AS tile)`;
const mvtSql = (layer: Pick<Layer, 'id'>): string =>
  `SELECT ST_AsMVT(part, '${layer.id}', ${EXTENT}, 'shape', 'id') AS mvt FROM part WHERE shape IS NOT NULL`;
const areaClause = ({ view }: Viewed, next: Placeholder): string[] =>
  view && view.rows !== null ? [`area LIKE ${next(`${view.rows}%`)}`] : [];

/** A coarse tile out of the pyramid, which knows areas, and neither departments nor fences. One row, one column `mvt`. */
export function coarseStatement(layer: Viewed, tile: GridTile): Statement {
  const frame = frameOf(layer, tile);
  const { next, values, wide } = frame;
  const names = layer.attributes.filter((name) => !told.includes(name)).map(quoted);
  const list = names.map((name) => `, t.${name}`).join('');
  const of = [`layer = ${next(layer.id)}::text`, `z = ${tile.z}`, ...areaClause(layer, next)];
  if (layer.geometry === 'point') {
    const size = cellSize(layer, tile.z);
    const cell = (metres: number): number => Math.max(-1, Math.min(2 ** 30, Math.floor(metres / size)));
    const range: CellRange = {
      ...{
        minX: cell(wide[0] + HALF_WORLD),
        maxX: cell(wide[2] + HALF_WORLD),
        minY: cell(HALF_WORLD - wide[3]),
        maxY: cell(HALF_WORLD - wide[1]),
      },
    };
    return named(
      `WITH ${boundsSql(frame)},
  cells AS (SELECT sum(count)::bigint AS count, sum(sum_x) / sum(count) AS x, sum(sum_y) / sum(count) AS y, min(id) AS id
    FROM pyramid_point WHERE ${[...of, ...within(range, next)].join(' AND ')} GROUP BY cx, cy),
  part AS MATERIALIZED (SELECT CASE WHEN c.count = 1 THEN c.id END AS id, c.count${list},
    ${shapeIn(frame, 'ST_SetSRID(ST_MakePoint(c.x, c.y), 3857)')} AS shape
    FROM bounds, cells AS c LEFT JOIN ${quoted(layer.table)} AS t ON c.count = 1 AND t.id = c.id)
${mvtSql(layer)}`,
      values,
    );
  }
  const side = cellSize(layer, tile.z);
  const box = `geom_3857 && ST_MakeEnvelope(${wide.map((side) => `${next(side)}::float8`).join(', ')}, 3857)`;
  const where = [...of, box].map((clause) => clause).join(' AND ');
  // A cell of polygons is a square of the area that it stands for, so that what is dense is full and what is loose is not.
  const half = `LEAST(0.8, GREATEST(0.2, sqrt(sum(covered)) / ${2 * side})) * ${side}`;
  const [x, y] = [`${-HALF_WORLD} + (cx + 0.5) * ${side}::float8`, `${HALF_WORLD} - (cy + 0.5) * ${side}::float8`];
  const one =
    layer.geometry === 'polygon'
      ? `ST_Expand(ST_SetSRID(ST_MakePoint(${x}, ${y}), 3857), ${half})`
      : '(array_agg(geom_3857 ORDER BY size DESC))[1]';
  // Of the one that covers most, a cell has the kind and nothing else: a name would be that of one among many.
  const kind = layerKinds(layer.id)?.attribute;
  const ofLead = names.map((name) => (kind !== undefined && name === quoted(kind) ? `, t.${name}` : ', NULL')).join('');
  return named(
    `WITH ${boundsSql(frame)},
  drawn AS (SELECT id, size, geom_3857 FROM pyramid_shape WHERE ${where} AND id IS NOT NULL ORDER BY size DESC LIMIT ${MOST_DRAWN * 2}),
  cells AS (SELECT sum(count)::bigint AS count, round(LEAST(1, sum(covered) / ${side * side})::numeric, 2)::float8 AS covered, ${one} AS geom,
      (array_agg(lead ORDER BY covered DESC, lead))[1] AS lead
    FROM pyramid_shape WHERE ${where} AND id IS NULL GROUP BY cx, cy LIMIT 9000),
  part AS MATERIALIZED (
    SELECT d.id, NULL::bigint AS count, NULL::float8 AS covered${list}, ${shapeIn(frame, 'd.geom_3857')} AS shape
      FROM bounds, drawn AS d JOIN ${quoted(layer.table)} AS t ON t.id = d.id
    UNION ALL SELECT NULL, c.count, c.covered${ofLead}, ${shapeIn(frame, 'c.geom')} FROM bounds, cells AS c
      ${kind === undefined ? '' : `LEFT JOIN ${quoted(layer.table)} AS t ON t.id = c.lead`})
${mvtSql(layer)}`,
    values,
  );
}

/**
 * A coarse tile of a large layer that has no pyramid for the viewer or the moment (yet): few of its rows, each marked with the share of rows that was looked at.
 * `rows`: how many the table has.
 */
export function sampleStatement(layer: Viewed, tile: GridTile, rows: number, moment: Moment | null = null): Statement {
  const frame = frameOf(layer, tile);
  const { next, values, wide, column, srid } = frame;
  const share = Math.min(1, SAMPLE_READ / rows);
  const from = relationSql(layer, moment, next, { percent: share * 100 });
  const where = [
    `geom_3857 && ST_MakeEnvelope(${wide.map((side) => `${next(side)}::float8`).join(', ')}, 3857)`,
    ...rowClauses(layer, next),
  ];
  const pixel = gridSpan(tile.grid, tile.z) / 512;
  const simple = layer.geometry === 'point' ? column : `ST_Simplify(${column}, ${next(pixel / 2)}::float8, true)`;
  // A polygon smaller than a pixel would not be drawn at all: a pixel stands for it.
  const shape =
    layer.geometry === 'polygon'
      ? `CASE WHEN ST_Area(${column}) < ${next(pixel * pixel)}::float8 THEN ST_Expand(ST_Centroid(${column}), ${next(pixel / 2)}::float8) ELSE ${simple} END`
      : simple;
  return named(
    `WITH ${boundsSql({ srid })}, part AS MATERIALIZED (SELECT id, ${next(share)}::float8 AS sampled${attributeList({ attributes: layer.attributes.filter((name) => !told.includes(name)) })},
    ST_AsMVTGeom(${shape}, bounds.tile, ${EXTENT}, ${frame.buffer}, true) AS shape
    FROM ${from}, bounds WHERE ${where.join(' AND ')} LIMIT ${SAMPLE_SHOWN})
${mvtSql(layer)}`,
    values,
  );
}

/** One row `n`: how many rows of the view a coarse tile would be drawn from, counted up to one more than a sample reads. */
export function drawnSql(layer: Viewed, tile: GridTile): Command {
  const { next, values, wide } = frameOf(layer, tile);
  const from = relationSql(layer, null, next);
  const where = [
    `geom_3857 && ST_MakeEnvelope(${wide.map((side) => `${next(side)}::float8`).join(', ')}, 3857)`,
    ...rowClauses(layer, next),
  ];
  // The bounds of the tile are the first four values and are not looked at here.
  const bounds = '$1::float8 + $2::float8 + $3::float8 + $4::float8 IS NOT NULL';
  const text = `SELECT count(*)::int AS n FROM (SELECT 1 FROM ${from} WHERE ${[bounds, ...where].join(' AND ')} LIMIT ${SAMPLE_READ + 1}) AS drawn`;
  return { text, values };
}
/** Whether that many are drawn as they are. */
export const isFew = (n: number): boolean => n <= SAMPLE_READ;
