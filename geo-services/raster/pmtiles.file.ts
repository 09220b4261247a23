// PMTiles 3 by its own library: directories are walked in order, so that every tile comes once, and what leads in circles is refused.
//
// Source: PMTiles 3 specification (header 127 bytes, root directory, leaf directories; entries by rising tile id).
import { open } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { bytesToHeader, Compression, type Entry, type Header, readVarint, SharedPromiseCache, type Source, TileType } from 'pmtiles';
import { Problem } from '../../contracts/problem.ts';
import { archiveBounds, boundsOf, MVT, vectorLayersOf, wholeWorld, wordsOf } from './archive.ts';
import type { Archive } from './mbtiles.file.ts';

const mostDirectoryBytes = 16 << 20;
const mostDepth = 3;
const formatOf: Partial<Record<TileType, 'image/png' | 'image/jpeg' | 'image/webp' | typeof MVT>> = {
  [TileType.Mvt]: MVT,
  [TileType.Png]: 'image/png',
  [TileType.Jpeg]: 'image/jpeg',
  [TileType.Webp]: 'image/webp',
};

/** First number past the tiles of zoom 26, the deepest that fits. */
const mostTileId = (4 ** 27 - 1) / 3;

/** @throws Problem bad-file */
export async function openPmtiles(path: string, name: string): Promise<Archive> {
  const bad = (reason: string): Problem => new Problem('bad-file', { name, reason });
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = async (offset: number, length: number): Promise<Buffer> => {
      if (!(offset >= 0 && length >= 0 && offset + length <= size)) throw bad('档案不完整：指向文件之外');
      const buffer = Buffer.alloc(length);
      await file.read(buffer, 0, length, offset);
      return buffer;
    };
    const head = await bytes(0, Math.min(127, size));
    if (head.length < 127 || head.toString('latin1', 0, 7) !== 'PMTiles') throw bad('不是 PMTiles');
    if (head[7] !== 3) throw bad(`PMTiles 第 ${head[7]} 版，只读第 3 版`);
    const header: Header = bytesToHeader(head.buffer.slice(head.byteOffset, head.byteOffset + 127) as ArrayBuffer);
    const format = formatOf[header.tileType];
    if (!format) throw bad('瓦片的格式不认识：须是 PNG、JPEG、WebP 或矢量瓦片');
    if (![Compression.None, Compression.Gzip].includes(header.internalCompression)) throw bad('目录的压缩方式不支持');
    if (format === MVT && ![Compression.None, Compression.Gzip].includes(header.tileCompression))
      throw bad('瓦片的压缩方式不支持（只支持 gzip）');
    const unpack = (packed: Buffer): Buffer => {
      if (header.internalCompression === Compression.None) return packed;
      try {
        return gunzipSync(packed, { maxOutputLength: mostDirectoryBytes });
      } catch {
        throw bad('目录解压不了，或解压后过大');
      }
    };
    const source: Source = {
      getKey: () => path,
      async getBytes(offset, length) {
        if (length > mostDirectoryBytes) throw bad('目录过大');
        const read = await bytes(offset, length);
        return { data: read.buffer.slice(read.byteOffset, read.byteOffset + read.byteLength) as ArrayBuffer };
      },
    };
    const cache = new SharedPromiseCache(4, false, async (packed) => {
      const plain = unpack(Buffer.from(packed));
      // The reader believes the number of entries that stands in front: four numbers of a byte at least each.
      const said = readVarint({ buf: plain, pos: 0 });
      if (!(said * 4 <= plain.length)) throw bad('目录的条目数与长度不符');
      return plain.buffer.slice(plain.byteOffset, plain.byteOffset + plain.byteLength) as ArrayBuffer;
    });
    const directory = async (offset: number, length: number): Promise<Entry[]> => {
      try {
        return await cache.getDirectory(source, offset, length, header);
      } catch (error) {
        throw error instanceof Problem ? error : bad(`目录读不懂：${(error as Error).message.slice(0, 80)}`);
      }
    };
    // Ids rise through the whole archive: a leaf that is pointed to twice, or points back, breaks that.
    let last = -1;
    async function* walk(offset: number, length: number, depth: number): AsyncGenerator<Entry> {
      if (depth > mostDepth) throw bad('目录嵌套过深或成环');
      for (const entry of await directory(offset, length)) {
        if (entry.runLength === 0) yield* walk(header.leafDirectoryOffset + entry.offset, entry.length, depth + 1);
        else {
          if (!(entry.tileId > last) || entry.tileId + entry.runLength > mostTileId) throw bad('目录中的瓦片编号不递增（成环或损坏）');
          last = entry.tileId + entry.runLength - 1;
          yield entry;
        }
      }
    }
    let metadata: unknown = null;
    if (header.jsonMetadataLength > 0 && header.jsonMetadataLength < mostDirectoryBytes)
      try {
        metadata = JSON.parse(unpack(await bytes(header.jsonMetadataOffset, header.jsonMetadataLength)).toString('utf8'));
      } catch {
        // Names are a help, not a need.
      }
    // The root at least is read before anything is promised.
    await directory(header.rootDirectoryOffset, header.rootDirectoryLength);
    const about = (metadata ?? {}) as { name?: unknown; attribution?: unknown };
    const bounds = boundsOf([header.minLon, header.minLat, header.maxLon, header.maxLat]);
    const zoom = (value: number): number => Math.min(archiveBounds.zoom, Math.max(0, value));
    return {
      info: {
        ...{ format, gzip: format === MVT && header.tileCompression === Compression.Gzip, bounds: bounds ?? wholeWorld },
        ...{ minZoom: zoom(Math.min(header.minZoom, header.maxZoom)), maxZoom: zoom(header.maxZoom), tiles: header.numTileEntries || null },
        ...{ title: wordsOf(about.name, 100), attribution: wordsOf(about.attribution, 400), vectorLayers: vectorLayersOf(metadata) },
        notes: bounds ? [] : ['没有可用的范围（bounds）：按全球'],
      },
      async *read(skip) {
        last = -1;
        let number = 0;
        for await (const { tileId, runLength, offset, length } of walk(header.rootDirectoryOffset, header.rootDirectoryLength, 0)) {
          if (++number <= skip) continue;
          const at = header.tileDataOffset + offset;
          if (length > archiveBounds.tileBytes || at + length > size)
            yield length > archiveBounds.tileBytes ? '瓦片过大' : '瓦片在文件之外';
          else yield { tile: tileId, run: runLength, body: await bytes(at, length) };
        }
      },
      close: () => void file.close().catch(() => undefined),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
