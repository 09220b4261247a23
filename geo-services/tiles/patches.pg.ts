// Packs the rows of large layers into patches in the background, keeps them up from the log of changes, and makes tiles of z9–z11 of them.
//
// What a tile reads is true as of its own statement: patches are taken only where nothing in the tile's box has changed since they were packed.
// As with pyramids, what is in them is told by transactions, and packing a cell again does no harm (pyramid.pg.ts).
import type { BBox } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import type { Asked, RowSpace, Transactional } from '../queryable.ts';
import { foreignAttributes, LayerEncoder } from './encode-tile.ts';
import { EwkbFault } from './ewkb.ts';
import { type Keeper, type KeeperParts, keepUp } from './keep-up.pg.ts';
import { type GridTile, gridBounds, gridSpan, tilesTouching } from './matrix-sets.ts';
import { PATCH_ZOOM, reachOf } from './merge-patches.ts';
import { type Merge, type MergeJob, openMerging } from './merging.worker.ts';
import {
  type Cell,
  cellRowsSql,
  cellsSql,
  countsSql,
  FINEST_CELL,
  fingerprintOf,
  leavesOf,
  MOST_CELLS,
  MOST_IN_CELL,
  PACKED_FROM,
  PACKED_TO,
  PATCH_FROM_ZOOM,
  patchesSql,
} from './patch-sql.ts';
import { pyramidState } from './pyramid.pg.ts';
import { placingOf } from './row-tiles.pg.ts';
import { LayerSpace } from './tile-layer.ts';
import { BUFFER, EXTENT } from './tile-sql.ts';

/** Patches that are written with one statement. */
const BATCH = 32;
/** More changed boxes, or cells that they touch, than this: everything is packed anew. */
const MANY = 300;
/** A layer without patches is asked about again after this. */
const LOOK_AGAIN_MILLISECONDS = 10_000;
/** Points however far from the patch's own tile belong to it. */
const ANYWHERE = 2 ** 30;

/** A layer that cannot be packed; tiles are made of its rows, as before. */
class Unpackable extends Error {}

/** Whether a layer of so many rows is packed at all. */
export const isPacked = (layer: Layer, rows: number): boolean =>
  !layer.only && !layer.call && !layer.raster && rows >= PACKED_FROM && rows <= PACKED_TO;
/** The attributes that a part for all viewers has: those that are shown, and those by which a view takes rows away. */
export function packedForm(layer: Layer): Layer {
  const guards = [layer.adcodeColumn, layer.departmentColumn].filter((name) => name !== null && name !== undefined);
  return { ...layer, attributes: [...new Set([...layer.attributes, ...guards])] };
}

const horizonOf = async (tx: Asked): Promise<string> => {
  const [row] = await tx.query<{ horizon: string }>('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon');
  return String(row?.horizon);
};
/** False: another one works at it. Held to the end of the transaction. */
async function lock(tx: Asked, layer: Layer): Promise<boolean> {
  await tx.query('SET LOCAL statement_timeout = 0');
  const [row] = await tx.query<{ got: boolean }>("SELECT pg_try_advisory_xact_lock(hashtextextended('patch ' || $1, 0)) AS got", [
    layer.id,
  ]);
  return row?.got === true;
}

/** Packs cells of one layer, all within one transaction. */
class Packer {
  private readonly tx: Asked;
  private readonly layer: Layer;
  private readonly rows: RowSpace = { bytes: Buffer.allocUnsafe(0) };
  private readonly space = new LayerSpace();
  private asText: ReadonlySet<string> = new Set();
  private waiting: { readonly cell: Cell; readonly box: readonly number[]; readonly bytes: Buffer }[] = [];

  constructor(tx: Asked, layer: Layer) {
    this.tx = tx;
    this.layer = layer;
  }
  /** A cell of PATCH_ZOOM. @throws Unpackable */
  async pack(root: Cell): Promise<void> {
    const { text, values } = countsSql(this.layer, root);
    const counts = await this.tx.query<{ x: number; y: number; n: number }>(text, values);
    if (counts.reduce((sum, { n }) => sum + n, 0) > MOST_IN_CELL) throw new Unpackable('too many rows in one cell');
    for (const cell of leavesOf(root, counts)) {
      const bytes = await this.encoded(cell, root);
      const reach = reachOf(bytes);
      if (!reach) continue;
      const unit = gridSpan('mercator', PATCH_ZOOM) / EXTENT;
      const [west, , , north] = gridBounds({ grid: 'mercator', ...root });
      const box = [west + reach[0] * unit, north - reach[3] * unit, west + reach[2] * unit, north - reach[1] * unit];
      this.waiting.push({ cell, box, bytes });
      if (this.waiting.length >= BATCH) await this.write();
    }
  }
  private async encoded(cell: Cell, root: Cell): Promise<Buffer> {
    const { tx, layer } = this;
    const { text, values, name } = cellRowsSql(layer, cell, this.asText);
    const rows = await tx.binaryRows(text, values, name, this.rows);
    const foreign = foreignAttributes(layer.attributes, rows.types);
    if (foreign === null || (foreign.length > 0 && this.asText.size > 0)) throw new Unpackable('attributes that are no values');
    if (foreign.length > 0) {
      this.asText = new Set(foreign);
      return this.encoded(cell, root);
    }
    const frame = { name: layer.id, attributes: layer.attributes, extent: EXTENT, buffer: ANYWHERE };
    const encoder = new LayerEncoder(rows, frame, placingOf({ grid: 'mercator', ...root }), this.space);
    encoder.encode(0, encoder.count);
    return encoder.done();
  }
  async write(): Promise<void> {
    const { waiting } = this;
    if (waiting.length === 0) return;
    this.waiting = [];
    const column = (of: (one: (typeof waiting)[number]) => unknown): unknown[] => waiting.map(of);
    await this.tx.query(
      `INSERT INTO patch (layer, z, x, y, extent, bytes)
       SELECT $1, z, x, y, ST_MakeEnvelope(west, south, east, north, 3857), bytes
       FROM unnest($2::smallint[], $3::int[], $4::int[], $5::float8[], $6::float8[], $7::float8[], $8::float8[], $9::bytea[]) AS t (z, x, y, west, south, east, north, bytes)`,
      [
        this.layer.id,
        column(({ cell }) => cell.z),
        column(({ cell }) => cell.x),
        column(({ cell }) => cell.y),
        ...[0, 1, 2, 3].map((side) => column(({ box }) => box[side])),
        column(({ bytes }) => bytes),
      ],
    );
  }
}

/** Packs all of a layer. Answers the seconds it took; null: another one is at it, or it cannot be packed. */
export async function packLayer(database: Transactional, given: Layer): Promise<number | null> {
  const layer = packedForm(given);
  const note = (tx: Asked, horizon: string, refused: boolean): Promise<{ seconds: number }[]> =>
    tx.query(
      `INSERT INTO patch_layer (layer, table_name, fingerprint, horizon, refused, built, seconds)
       VALUES ($1, $2, $3, $4::text::xid8, $5, clock_timestamp(), extract(epoch FROM clock_timestamp() - now()))
       ON CONFLICT (layer) DO UPDATE SET table_name = EXCLUDED.table_name, fingerprint = EXCLUDED.fingerprint, horizon = EXCLUDED.horizon,
         refused = EXCLUDED.refused, built = EXCLUDED.built, seconds = EXCLUDED.seconds RETURNING seconds`,
      [layer.id, layer.table, fingerprintOf(layer), horizon, refused],
    );
  try {
    return await database.transaction(async (tx) => {
      if (!(await lock(tx, layer))) return null;
      const horizon = await horizonOf(tx);
      await tx.query('DELETE FROM patch WHERE layer = $1', [layer.id]);
      const { text } = cellsSql(layer);
      const cells = await tx.query<{ x: number; y: number }>(text);
      if (cells.length > MOST_CELLS) throw new Unpackable('too many cells');
      const packer = new Packer(tx, layer);
      for (const { x, y } of cells) await packer.pack({ z: PATCH_ZOOM, x, y });
      await packer.write();
      const [row] = await note(tx, horizon, false);
      return row?.seconds ?? 0;
    });
  } catch (error) {
    if (!(error instanceof Unpackable || error instanceof EwkbFault)) throw error;
    await database.transaction(async (tx) => {
      await tx.query('DELETE FROM patch WHERE layer = $1', [layer.id]);
      await note(tx, await horizonOf(tx), true);
    });
    return null;
  }
}

type Refreshed = 'nothing' | 'refreshed' | 'rebuild' | 'busy';

/** Packs anew what changed since, and no more. 'rebuild': so much that all of it has to be. */
export async function refreshPatches(database: Transactional, given: Layer): Promise<Refreshed> {
  try {
    return await refresh(database, packedForm(given));
  } catch (error) {
    // Nothing was written; packing all of it finds out, and says so.
    if (error instanceof Unpackable || error instanceof EwkbFault) return 'rebuild';
    throw error;
  }
}
function refresh(database: Transactional, layer: Layer): Promise<Refreshed> {
  return database.transaction(async (tx) => {
    if (!(await lock(tx, layer))) return 'busy';
    const [known] = await tx.query<{ horizon: string; fingerprint: string; table_name: string; refused: boolean }>(
      'SELECT horizon::text AS horizon, fingerprint, table_name, refused FROM patch_layer WHERE layer = $1',
      [layer.id],
    );
    if (!known || known.fingerprint !== fingerprintOf(layer) || known.table_name !== layer.table) return 'rebuild';
    if (known.refused) return 'nothing';
    const horizon = await horizonOf(tx);
    const boxes = await tx.query<{ west: number | null; south: number; east: number; north: number }>(
      'SELECT DISTINCT west, south, east, north FROM layer_change WHERE source = $1 AND txid >= $2::text::xid8 AND min_zoom <= $3 AND max_zoom > $4 LIMIT $5',
      [layer.table, known.horizon, PATCH_FROM_ZOOM - 1, PATCH_ZOOM, MANY + 1],
    );
    if (boxes.length === 0) return 'nothing';
    if (boxes.length > MANY || boxes.some(({ west }) => west === null)) return 'rebuild';
    const cells = new Map<string, Cell>();
    for (const { west, south, east, north } of boxes) {
      const { minX, maxX, minY, maxY } = tilesTouching('mercator', PATCH_ZOOM, [west, south, east, north] as BBox);
      if ((maxX - minX + 1) * (maxY - minY + 1) > MANY) return 'rebuild';
      for (let x = minX; x <= maxX; x++) for (let y = minY; y <= maxY; y++) cells.set(`${x} ${y}`, { z: PATCH_ZOOM, x, y });
    }
    if (cells.size > MANY) return 'rebuild';
    const packer = new Packer(tx, layer);
    for (const root of cells.values()) {
      await tx.query(
        `DELETE FROM patch WHERE layer = $1 AND z BETWEEN ${PATCH_ZOOM} AND ${FINEST_CELL} AND x >> (z - ${PATCH_ZOOM}) = $2 AND y >> (z - ${PATCH_ZOOM}) = $3`,
        [layer.id, root.x, root.y],
      );
      await packer.pack(root);
    }
    await packer.write();
    await tx.query('UPDATE patch_layer SET horizon = $2::text::xid8 WHERE layer = $1', [layer.id, horizon]);
    return 'refreshed';
  });
}

/** Keeps the patches of all large layers until it is stopped. */
export function keepPatches(parts: KeeperParts): Keeper {
  const { database } = parts;
  return keepUp(parts, {
    table: 'patch_layer',
    rows: PACKED_FROM,
    contents: ['patch'],
    async keep(layer) {
      const { rows } = await pyramidState(database, layer);
      if (isPacked(layer, rows) && (await refreshPatches(database, layer)) === 'rebuild') await packLayer(database, layer);
    },
  });
}

/** The tile of a layer in the form of packedForm; null: it has to be made of the rows. */
export type PatchTiles = (layer: Layer, tile: GridTile) => Promise<Buffer | null>;

/** `onError`: told what the merging failed of; the tile is then made of the rows. */
export function openPatchTiles(
  database: Pick<Transactional, 'binaryRows'>,
  now: () => number,
  onError: (error: unknown) => void = () => undefined,
  merge: Merge = openMerging(),
): PatchTiles {
  const without = new Map<string, number>();
  /** What such a tile took last: memory of that size is neither grown nor wasted. */
  let usual = 65_536;
  return async (layer, tile) => {
    if (tile.grid !== 'mercator' || tile.z < PATCH_FROM_ZOOM || tile.z > PATCH_ZOOM || layer.only || layer.call) return null;
    if ((without.get(layer.id) ?? 0) > now()) return null;
    const { text, values, name } = patchesSql(layer, tile);
    const space = { bytes: Buffer.allocUnsafeSlow(usual) };
    const { bytes, count } = await database.binaryRows(text, values, name, space);
    if (count === 0) without.set(layer.id, now() + LOOK_AGAIN_MILLISECONDS);
    const places = count === 0 ? null : placesOf(bytes, count);
    if (!places) return null;
    usual = Math.max(16_384, Math.min(2 ** 21, (usual + bytes.length * 3) >> 1));
    const frame = { name: layer.id, attributes: layer.attributes, extent: EXTENT, buffer: BUFFER[layer.geometry] };
    const job = { bytes, places, tile: { z: tile.z, x: tile.x, y: tile.y }, frame, ordered: layer.geometry !== 'point' };
    return merge(job).catch((error: unknown) => {
      onError(error);
      return null;
    });
  };
}

/** Rows of patchesSql; null: something has changed since they were packed. */
function placesOf(bytes: Uint8Array, count: number): MergeJob['places'] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: (Cell & { readonly from: number; readonly to: number })[] = [];
  for (let n = 0, at = 0; n < count; n++) {
    const next = at + 1 + view.getUint32(at + 1);
    // 'D', length, count of columns; clean, z, x, y: a length of four and four bytes each; the length of the patch.
    if (view.getInt32(at + 11) === 0) return null;
    if (view.getInt32(at + 15) > 0) {
      const [z, x, y] = [view.getInt32(at + 19), view.getInt32(at + 27), view.getInt32(at + 35)];
      found.push({ z, x, y, from: at + 43, to: at + 43 + view.getInt32(at + 39) });
    }
    at = next;
  }
  // Always in the same order: the same rows make the same tile.
  found.sort((a, b) => a.z - b.z || a.x - b.x || a.y - b.y);
  return found.map(({ z, x, y, from, to }) => ({ x: x >> (z - PATCH_ZOOM), y: y >> (z - PATCH_ZOOM), from, to }));
}
