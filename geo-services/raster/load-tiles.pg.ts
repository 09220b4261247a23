// The tiles of a raster or of an archive into their table, piece by piece, each with the mark of how far it is: stopped, it goes on there.
import { zxyToTileId } from 'pmtiles';
import type { RasterPlan } from '../../contracts/import.ts';
import { Problem } from '../../contracts/problem.ts';
import { degreesFrom } from '../import/geometry.ts';
import type { Writer } from '../import/staging.pg.ts';
import type { ArchiveTile } from './archive.ts';
import { mostTiles, spreadOf } from './outline.ts';
import type { RasterFile, StagedTiles } from './raster-file.ts';
import { blockZoom, childrenOf, tileRange, tilesAt } from './tile-grid.ts';
import { createTileTable, dropAbove, putTiles, readTiles } from './tile-table.pg.ts';
import { openTiler, type Tiler } from './tiler.file.ts';
import type { DrawOrder } from './tiler.ts';

export interface TilesOrder {
  readonly name: string;
  readonly file: RasterFile;
  readonly crs: string;
  readonly use: 'picture' | 'elevation';
  readonly plan: RasterPlan;
  readonly signal: AbortSignal;
  /** Pieces that are in already. */
  readonly from: number;
  readonly staged: StagedTiles | null;
  /** Runs `work` in a transaction that also keeps `staged`, the mark and the share that is done. */
  readonly step: (staged: StagedTiles, at: number, share: number, work: () => Promise<void>) => Promise<void>;
}

const upperAtOnce = 64;

function drawOrderOf({ file, name, crs, use, plan }: TilesOrder): { draw: DrawOrder; minZoom: number } | null {
  if (!('tiff' in file.info)) return null;
  const spread = spreadOf(file.info.tiff, degreesFrom(crs));
  if (!spread) throw new Problem('bad-file', { name, reason: '按这个坐标系，它不在地图上' });
  if (spread.tiles > mostTiles)
    throw new Problem('bad-file', { name, reason: `要 ${spread.tiles} 块瓦片，上限 ${mostTiles}：请先裁切或降低分辨率` });
  return { draw: { use, plan, crs, bounds: spread.bounds, maxZoom: spread.maxZoom }, minZoom: spread.minZoom };
}

/** Levels above the blocks, from their upper tiles. */
async function joinUp(
  writer: Writer,
  tiler: Tiler,
  draw: DrawOrder,
  minZoom: number,
  staged: StagedTiles,
  order: TilesOrder,
): Promise<void> {
  const top = blockZoom(draw.maxZoom);
  const at = order.from;
  await order.step(staged, at, 0.95, async () => {
    const gone = await dropAbove(writer, staged.table, zxyToTileId(top, 0, 0));
    staged.count -= gone.count;
    staged.bytes -= gone.bytes;
  });
  for (let z = top - 1; z >= minZoom; z--) {
    const { west, east, north, south } = tileRange(draw.bounds, z);
    const addresses: { z: number; x: number; y: number }[] = [];
    const flush = async (): Promise<void> => {
      order.signal.throwIfAborted();
      const children = addresses.flatMap((address) => childrenOf(address).map((one) => zxyToTileId(one.z, one.x, one.y)));
      const bodies = await readTiles(writer, staged.table, children);
      const made: ArchiveTile[] = [];
      for (const address of addresses) {
        const quarters = childrenOf(address).map((one) => bodies.get(zxyToTileId(one.z, one.x, one.y)) ?? null);
        if (quarters.every((quarter) => quarter === null)) continue;
        const body = await tiler.join(draw.use, quarters);
        if (body) made.push({ tile: zxyToTileId(address.z, address.x, address.y), run: 1, body });
      }
      await order.step(staged, at, 0.95, async () => {
        const put = await putTiles(writer, staged.table, made);
        staged.count += put.count;
        staged.bytes += put.bytes;
      });
      addresses.length = 0;
    };
    for (let y = north; y <= south; y++)
      for (let x = west; x <= east; x++) {
        addresses.push({ z, x, y });
        if (addresses.length === upperAtOnce) await flush();
      }
    if (addresses.length > 0) await flush();
  }
}

/**
 * Everything that is not in yet. Returns the mark behind the last piece.
 * @throws Problem bad-file
 */
export async function loadTiles(writer: Writer, order: TilesOrder): Promise<StagedTiles> {
  const { name, file, signal } = order;
  const drawn = drawOrderOf(order);
  const tiler = await openTiler({ path: file.path, name, format: file.format, signal });
  try {
    const archive = 'archive' in tiler.info ? tiler.info.archive : null;
    let staged = order.staged;
    if (!staged) {
      const about = drawn
        ? {
            kind: order.use,
            format: 'image/png' as const,
            gzip: false,
            minZoom: drawn.minZoom,
            maxZoom: drawn.draw.maxZoom,
            bounds: drawn.draw.bounds,
          }
        : {
            kind: archive?.format === 'application/vnd.mapbox-vector-tile' ? ('vector' as const) : ('picture' as const),
            ...{ format: archive?.format ?? 'image/png', gzip: archive?.gzip ?? false },
            ...{ minZoom: archive?.minZoom ?? 0, maxZoom: archive?.maxZoom ?? 0, bounds: archive?.bounds ?? [-180, -85, 180, 85] },
            ...(archive?.vectorLayers.length ? { vectorLayers: archive.vectorLayers } : {}),
          };
      const made: StagedTiles = { ...about, table: '', count: 0, bytes: 0, skipped: {} } as StagedTiles;
      await order.step(made, 0, 0, async () => {
        made.table = await createTileTable(writer);
      });
      staged = made;
    }
    const kept = staged;
    const pieces = drawn ? tilesAt(drawn.draw.bounds, blockZoom(drawn.draw.maxZoom)) : (archive?.tiles ?? null);
    let at: number | null = order.from;
    let last = order.from;
    // A raster whose blocks are all in has nothing more to give; an archive says so itself.
    while (at !== null && !(drawn && pieces !== null && at >= pieces)) {
      signal.throwIfAborted();
      const piece = await tiler.piece(at, drawn?.draw ?? null);
      const mark: number = piece.next ?? at + piece.read;
      const share = pieces ? Math.min(0.95, mark / pieces) : 0.5;
      await order.step(kept, mark, share, async () => {
        const put = await putTiles(writer, kept.table, piece.tiles);
        kept.count += put.count;
        kept.bytes += put.bytes;
        for (const [reason, count] of Object.entries(piece.skipped)) kept.skipped[reason] = (kept.skipped[reason] ?? 0) + count;
        const twice = piece.tiles.length - put.count;
        if (twice > 0) kept.skipped['同一位置的第二块'] = (kept.skipped['同一位置的第二块'] ?? 0) + twice;
        if (piece.range)
          kept.range = kept.range ? [Math.min(kept.range[0], piece.range[0]), Math.max(kept.range[1], piece.range[1])] : piece.range;
      });
      last = mark;
      at = piece.next;
    }
    if (drawn) await joinUp(writer, tiler, drawn.draw, drawn.minZoom, kept, { ...order, from: last });
    if (kept.count === 0) throw new Problem('bad-file', { name, reason: '没有一块瓦片：全是无数据，或都不可用' });
    return kept;
  } finally {
    tiler.close();
  }
}
