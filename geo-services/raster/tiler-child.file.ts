// The process that makes tiles (tiler.ts): one file, one question at a time over the channel of its parent; it ends with it.
import { zxyToTileId } from 'pmtiles';
import { Problem } from '../../contracts/problem.ts';
import { degreesTo } from '../import/geometry.ts';
import { type ArchiveTile, faultOf } from './archive.ts';
import { type Drawing, drawingOf, drawTile } from './draw.ts';
import { NeedsRewriting, openTiff, type Tiff } from './geotiff.file.ts';
import { type Archive, openMbtiles } from './mbtiles.file.ts';
import { openPmtiles } from './pmtiles.file.ts';
import { pixelsOfPng, pngOfPixels } from './png-codec.ts';
import { blockAt, childrenOf, type TileAddress, type ToPixel, tileRange } from './tile-grid.ts';
import { type HeightPixels, heightsOf, joinHeights, joinPictures, type PicturePixels, terrariumOf } from './tile-pixels.ts';
import type { Answer, DrawOrder, Piece, Question } from './tiler.ts';

const pieceBytes = 4 << 20;
const pieceTiles = 2000;
const heapBytes = 32 << 20;

let tiff: Tiff | null = null;
let archive: Archive | null = null;
let walk: { at: number; from: AsyncGenerator<ArchiveTile | string> } | null = null;

type Pixels = PicturePixels | HeightPixels;
const join = (use: DrawOrder['use'], quarters: readonly (Pixels | null)[]): Pixels | null =>
  use === 'elevation' ? joinHeights(quarters as (HeightPixels | null)[]) : joinPictures(quarters as (PicturePixels | null)[]);
const written = (pixels: Pixels): Buffer => pngOfPixels(pixels instanceof Float32Array ? terrariumOf(pixels) : pixels);

function toPixelOf({ affine: [a, b, c, d, e, f] }: Tiff, crs: string): ToPixel {
  const place = degreesTo(crs);
  const determinant = a * e - b * d;
  return (lng, lat) => {
    const [x, y] = place(lng, lat);
    return [(e * (x - c) - b * (y - f)) / determinant, (a * (y - f) - d * (x - c)) / determinant];
  };
}

async function block(source: Tiff, { use, plan, crs, bounds, maxZoom }: DrawOrder, from: number): Promise<Piece> {
  const drawing: Drawing = drawingOf(source, use, plan);
  const toPixel = toPixelOf(source, crs);
  const range = tileRange(bounds, maxZoom);
  const tiles: ArchiveTile[] = [];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const make = async (address: TileAddress): Promise<Pixels | null> => {
    let pixels: Pixels | null = null;
    if (address.z === maxZoom) {
      if (address.x < range.west || address.x > range.east || address.y < range.north || address.y > range.south) return null;
      pixels = await drawTile(source, drawing, address, toPixel);
      if (pixels instanceof Float32Array)
        for (const height of pixels) {
          if (height < low) low = height;
          if (height > high) high = height;
        }
    } else {
      const quarters: (Pixels | null)[] = [];
      for (const child of childrenOf(address)) quarters.push(await make(child));
      pixels = join(use, quarters);
    }
    if (pixels) tiles.push({ tile: zxyToTileId(address.z, address.x, address.y), run: 1, body: written(pixels) });
    return pixels;
  };
  const top = blockAt(bounds, maxZoom, from);
  if (top) await make(top);
  const next = blockAt(bounds, maxZoom, from + 1) ? from + 1 : null;
  return { tiles, next, read: 1, skipped: {}, range: low <= high ? [low, high] : null };
}

async function entries({ info, read }: Archive, from: number): Promise<Piece> {
  if (!walk || walk.at !== from) walk = { at: from, from: read(from) };
  const [tiles, skipped]: [ArchiveTile[], Record<string, number>] = [[], {}];
  let [bytes, looked] = [0, 0];
  while (bytes < pieceBytes && looked < pieceTiles) {
    const { value, done } = await walk.from.next();
    if (done) return { tiles, next: null, read: looked, skipped, range: null };
    looked++;
    const fault = typeof value === 'string' ? value : faultOf(value.body, info);
    if (fault !== null) skipped[fault] = (skipped[fault] ?? 0) + 1;
    else {
      tiles.push(value as ArchiveTile);
      bytes += (value as ArchiveTile).body.length;
    }
  }
  walk.at = from + looked;
  return { tiles, next: walk.at, read: looked, skipped, range: null };
}

async function answer(question: Question): Promise<Answer> {
  if (question.ask === 'open') {
    const { path, name, format } = question;
    if (format === 'geotiff') {
      tiff = await openTiff(path, name);
      const { width, height, affine, crs, bands } = tiff;
      return { info: { tiff: { width, height, affine, crs, bands } } };
    }
    archive = format === 'mbtiles' ? await openMbtiles(path, name) : await openPmtiles(path, name);
    return { info: { archive: archive.info } };
  }
  if (question.ask === 'join') {
    const quarters = question.quarters.map((png) => (png === null ? null : pixelsOfPng(png)));
    const joined = join(question.use, question.use === 'elevation' ? quarters.map((rgba) => rgba && heightsOf(rgba)) : quarters);
    return { joined: joined && written(joined) };
  }
  if (tiff && question.draw) return { piece: await block(tiff, question.draw, question.from) };
  if (archive) return { piece: await entries(archive, question.from) };
  throw new Error('nothing is open');
}

process.on('message', (question: Question) => {
  answer(question)
    .catch(
      (error: unknown): Answer => ({
        refused:
          error instanceof Problem ? String(error.details['reason'] ?? error.zh) : String((error as Error)?.message ?? error).slice(0, 300),
        rewriting: error instanceof NeedsRewriting,
      }),
    )
    .then((said) => process.send?.(said, undefined, undefined, () => undefined))
    // Buffers of the last piece are let go before the next.
    .finally(() => process.memoryUsage().arrayBuffers > heapBytes * 4 && globalThis.gc?.());
});
process.on('disconnect', () => process.exit(0));
