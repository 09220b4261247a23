// MBTiles by node-sqlite3-wasm: SQLite as WebAssembly that reads the file page by page. better-sqlite3 fetches a binary when it is installed,
// sql.js holds the whole file in memory, GDAL's driver gives pictures and not tiles.
//
// Source: MBTiles 1.3 (tables metadata and tiles; rows count from the south).
import { zxyToTileId } from 'pmtiles';
import { Problem } from '../../contracts/problem.ts';
import { type ArchiveInfo, type ArchiveTile, archiveBounds, boundsOf, typeOfTile, vectorLayersOf, wholeWorld, wordsOf } from './archive.ts';

export interface Archive {
  readonly info: ArchiveInfo;
  /** Entries after the first `skip`, in the same order at every reading; a string: why one is left out. */
  read(skip: number): AsyncGenerator<ArchiveTile | string>;
  close(): void;
}

/** @throws Problem bad-file */
export async function openMbtiles(path: string, name: string): Promise<Archive> {
  const { default: sqlite } = await import('node-sqlite3-wasm');
  const bad = (reason: string): Problem => new Problem('bad-file', { name, reason });
  const database = new sqlite.Database(path, { fileMustExist: true, readOnly: true });
  try {
    const has = (table: string): boolean =>
      database.get("SELECT 1 AS yes FROM sqlite_master WHERE name = ? AND type IN ('table', 'view')", [table]) !== null;
    if (!has('tiles')) throw bad('没有表 tiles');
    const metadata = new Map<string, string>();
    if (has('metadata'))
      for (const row of database.all('SELECT name, value FROM metadata LIMIT 1000'))
        metadata.set(String(row['name']), String(row['value']).slice(0, 4_000_000));
    const first = database.get('SELECT tile_data FROM tiles WHERE length(tile_data) > 0 LIMIT 1');
    if (!first) throw bad('没有一块瓦片');
    const type = first['tile_data'] instanceof Uint8Array ? typeOfTile(first['tile_data']) : null;
    if (!type) throw bad('瓦片的格式不认识：须是 PNG、JPEG、WebP 或矢量瓦片');
    // With the index that the specification asks for, both ends are found without reading the rest.
    const ends = database.get('SELECT min(zoom_level) AS low, max(zoom_level) AS high FROM tiles');
    const zoom = (value: unknown): number => Math.min(archiveBounds.zoom, Math.max(0, Number(value) || 0));
    const bounds = boundsOf((metadata.get('bounds') ?? '').split(',').map(Number));
    let json: unknown = null;
    try {
      json = JSON.parse(metadata.get('json') ?? 'null');
    } catch {
      // Names of the layers inside are a help, not a need.
    }
    const notes = [...(bounds ? [] : ['没有可用的范围（bounds）：按全球']), ...(metadata.size === 0 ? ['没有元数据'] : [])];
    const info: ArchiveInfo = {
      ...{ ...type, minZoom: zoom(ends?.['low']), maxZoom: zoom(ends?.['high']), bounds: bounds ?? wholeWorld, tiles: null },
      ...{ title: wordsOf(metadata.get('name'), 100), attribution: wordsOf(metadata.get('attribution'), 400) },
      ...{ vectorLayers: vectorLayersOf(json), notes },
    };
    return {
      info,
      async *read(skip) {
        const statement = database.prepare(
          'SELECT zoom_level AS z, tile_column AS x, tile_row AS y, tile_data AS body FROM tiles LIMIT -1 OFFSET ?',
        );
        try {
          for (const { z, x, y, body } of statement.iterate([skip])) {
            const [level, column, row] = [Number(z), Number(x), Number(y)];
            const side = 2 ** level;
            const inside = (n: number): boolean => Number.isInteger(n) && n >= 0 && n < side;
            if (!Number.isInteger(level) || level < 0 || level > archiveBounds.zoom || !inside(column) || !inside(row))
              yield '瓦片的位置不在方案内';
            else if (!(body instanceof Uint8Array)) yield '瓦片不是字节';
            else yield { tile: zxyToTileId(level, column, side - 1 - row), run: 1, body };
          }
        } finally {
          statement.finalize();
        }
      },
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    if (error instanceof Problem) throw error;
    throw bad(`SQLite 读不出：${(error as Error).message.slice(0, 120)}`);
  }
}
