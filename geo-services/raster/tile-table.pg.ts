// The table of a layer's tiles: made, filled, asked. One row is a run of equal tiles in Hilbert order, as PMTiles counts them.
//
// Kept in the database: tiles appear with the commit that publishes their layer, go with it, are seen by every server, and are in the copy of
// DATA_DIR. A tile is found by the primary key; nothing is compressed a second time.
import type { LayerTiles } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { quoted } from '../features/rows.ts';
import type { Queryable } from '../queryable.ts';
import type { ArchiveTile } from './archive.ts';

function named(table: string): string {
  if (!/^layer_\d{1,18}$/.test(table)) throw new Problem('bad-declaration', { what: `tile table ${table.slice(0, 40)}` });
  return quoted(table);
}

/** A new, empty table. Returns its name. */
export async function createTileTable(tx: Queryable): Promise<string> {
  const [row] = await tx.query<{ n: string }>("SELECT nextval('layer_table')::text AS n");
  const table = `layer_${row?.n}`;
  await tx.query(`CREATE TABLE ${named(table)} (tile bigint PRIMARY KEY, run integer NOT NULL CHECK (run > 0), body bytea NOT NULL)`);
  await tx.query(`ALTER TABLE ${named(table)} ALTER COLUMN body SET STORAGE EXTERNAL`);
  return table;
}

/** Puts tiles in, the first of two with one address; inside a transaction. Returns how many and their bytes. */
export async function putTiles(
  tx: Queryable & { copy(sql: string, pieces: Iterable<string>): Promise<void> },
  table: string,
  tiles: readonly ArchiveTile[],
): Promise<{ count: number; bytes: number }> {
  if (tiles.length === 0) return { count: 0, bytes: 0 };
  await tx.query('CREATE TEMP TABLE incoming_tile (tile bigint, run integer, body bytea) ON COMMIT DROP');
  const lines = function* (): Generator<string> {
    for (const { tile, run, body } of tiles)
      yield `${tile}\t${run}\t\\\\x${Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('hex')}\n`;
  };
  await tx.copy('COPY incoming_tile FROM STDIN', lines());
  const [row] = await tx.query<{ count: string; bytes: string }>(
    `WITH put AS (INSERT INTO ${named(table)} SELECT tile, run, body FROM incoming_tile ON CONFLICT DO NOTHING RETURNING length(body) AS bytes)
     SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM put`,
  );
  await tx.query('DROP TABLE incoming_tile');
  return { count: Number(row?.count ?? 0), bytes: Number(row?.bytes ?? 0) };
}

/** The bytes of a tile; null: there is none. */
export async function readTile(database: Queryable, { table }: Pick<LayerTiles, 'table'>, tile: number): Promise<Buffer | null> {
  const [row] = await database.query<{ body: Buffer | null }>(
    `SELECT CASE WHEN tile + run > $1 THEN body END AS body FROM ${named(table)} WHERE tile <= $1 ORDER BY tile DESC LIMIT 1`,
    [tile],
  );
  return row?.body ?? null;
}
/** Several of them, each by its own number. */
export async function readTiles(database: Queryable, table: string, tiles: readonly number[]): Promise<ReadonlyMap<number, Buffer>> {
  const rows = await database.query<{ tile: string; body: Buffer }>(
    `SELECT tile, body FROM ${named(table)} WHERE tile = ANY($1::bigint[])`,
    [tiles],
  );
  return new Map(rows.map(({ tile, body }) => [Number(tile), body]));
}
/** Takes away what stands above a level, which is made anew. */
export async function dropAbove(tx: Queryable, table: string, firstTile: number): Promise<{ count: number; bytes: number }> {
  const [row] = await tx.query<{ count: string; bytes: string }>(
    `WITH gone AS (DELETE FROM ${named(table)} WHERE tile < $1 RETURNING length(body) AS bytes)
     SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM gone`,
    [firstTile],
  );
  return { count: Number(row?.count ?? 0), bytes: Number(row?.bytes ?? 0) };
}
