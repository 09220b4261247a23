// The part of a layer in a tile, made here of its rows in binary form; by ST_AsMVT where the encoder does not know a type or a shape.
import type { Fence } from '../../contracts/grant.ts';
import type { Moment } from '../features/rows.ts';
import type { Viewed } from '../features/seen.ts';
import type { RowSpace, Transactional } from '../queryable.ts';
import { foreignAttributes, LayerEncoder } from './encode-tile.ts';
import { EwkbFault, type Placing } from './ewkb.ts';
import { type GridTile, gridBounds } from './matrix-sets.ts';
import { LayerSpace } from './tile-layer.ts';
import { BUFFER, EXTENT, markOf, rowsStatement, tileStatement } from './tile-sql.ts';

/** Rows that are encoded before others have their turn: two or three milliseconds. */
const SLICE = 1500;

/** Memory kept for parts to come: so many at a time, none larger than this. */
const [KEPT_SPACES, LARGEST_SPACE] = [8, 8 * 1024 * 1024];
interface Space {
  readonly rows: RowSpace;
  readonly encoder: LayerSpace;
}

/** `fences`: each feature is marked with those that it touches (tile-sql.ts markOf). */
export type RowTiles = (layer: Viewed, tile: GridTile, moment: Moment | null, fences: readonly Fence[]) => Promise<Buffer>;

/** Placing of a tile's grid coordinates in its units. */
export function placingOf(tile: GridTile): Placing {
  const [west, south, east, north] = gridBounds(tile);
  return { west, scaleX: EXTENT / (east - west), north, scaleY: EXTENT / (north - south) };
}

export function openRowTiles(database: Pick<Transactional, 'query' | 'binaryRows'>): RowTiles {
  /** Attributes that have to be made text, by table and attributes; null: the layer is left to ST_AsMVT. Learned from the first answer. */
  const learned = new Map<string, ReadonlySet<string> | null>();

  const byPostgis: RowTiles = async (layer, tile, moment, fences) => {
    const { text, values, name } = tileStatement(layer, tile, moment, fences);
    const rows = await database.query<{ mvt: Buffer | null }>(text, values, name);
    return rows[0]?.mvt ?? Buffer.alloc(0);
  };
  const spaces: Space[] = [];
  const rowTile: RowTiles = async (layer, tile, moment, fences) => {
    const key = `${layer.table}|${layer.attributes.join()}`;
    const asText = learned.get(key) ?? new Set<string>();
    if (learned.get(key) === null) return byPostgis(layer, tile, moment, fences);
    const space = spaces.pop() ?? { rows: { bytes: Buffer.allocUnsafe(0) }, encoder: new LayerSpace() };
    try {
      const { text, values, name } = rowsStatement(layer, tile, moment, fences, asText);
      const rows = await database.binaryRows(text, values, name, space.rows);
      const foreign = foreignAttributes(layer.attributes, rows.types);
      if (foreign?.length !== 0) {
        learned.set(key, foreign === null || asText.size > 0 ? null : new Set(foreign));
        return await rowTile(layer, tile, moment, fences);
      }
      const frame = {
        name: layer.id,
        attributes: [...layer.attributes, ...fences.map(markOf)],
        extent: EXTENT,
        buffer: BUFFER[layer.geometry],
      };
      const encoder = new LayerEncoder(rows, frame, placingOf(tile), space.encoder);
      for (let from = 0; from < encoder.count; from += SLICE) {
        if (from > 0) await new Promise((resolve) => setImmediate(resolve));
        encoder.encode(from, Math.min(from + SLICE, encoder.count));
      }
      return encoder.done();
    } catch (error) {
      if (!(error instanceof EwkbFault)) throw error;
      // An arc, a surface of triangles: rare, and PostGIS knows them.
      learned.set(key, null);
      return await byPostgis(layer, tile, moment, fences);
    } finally {
      if (spaces.length < KEPT_SPACES && space.rows.bytes.length + space.encoder.bytes < LARGEST_SPACE) spaces.push(space);
    }
  };
  return rowTile;
}
