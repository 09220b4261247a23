// Vector tiles out of PostGIS, several layers in one, kept until a change touches them, shared by all who may see the same.
//
// A tile is the concatenation of its layers' parts (MVT layers are repeated protobuf fields). Parts and whole tiles are kept in one cache: a
// change of a row drops what it touches (features/changes.pg.ts), so a tile far from it stays. The key names the grid, not the tile matrix set:
// 天地图 `w` and WebMercatorQuad, `c` and WorldCRS84Quad share their tiles. The ETag is that of the content: the same after a restart.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Scope } from '../../contracts/access.ts';
import type { Layer } from '../../contracts/layer.ts';
import { type Changes, touches } from '../features/changes.pg.ts';
import type { Moment } from '../features/rows.ts';
import { rowPrefix } from '../one-map/sight.ts';
import type { Transactional } from '../queryable.ts';
import type { GridTile } from './matrix-sets.ts';
import { pyramidState } from './pyramid.pg.ts';
import { COARSE_ZOOM, coarseStatement, sampleStatement } from './pyramid-sql.ts';
import { openRowTiles } from './row-tiles.pg.ts';
import { isThings, thingStatement } from './thing-sql.ts';
import { tileCache } from './tile-cache.ts';
import type { Statement } from './tile-sql.ts';

export interface TileAnswer {
  readonly etag: string;
  /** Gzipped MVT; empty when nothing of the layers lies there. */
  readonly body: Buffer;
}

export interface TileSource {
  /** The tile of readable layers (sight is checked by the caller), now or as it was. @throws Problem database-unavailable */
  tile(layers: readonly Layer[], tile: GridTile, scope: Scope, moment?: Moment | null): Promise<TileAnswer>;
  /** For the metrics page. */
  readonly statistics: { readonly hits: number; readonly misses: number; readonly bytes: number; readonly entries: number };
}

/** A tile of the past is kept when it cannot change any more: a transaction may still be open that began before it. */
const SETTLED_MILLISECONDS = 15 * 60_000;

const gzipped = promisify(gzip);
/** A third of the time of level 6 for 2–5 % more bytes. Brotli 4 was measured: 5 % fewer bytes, not worth a second copy of each tile. */
const deflated = (raw: Buffer): Promise<Buffer> => gzipped(raw, { level: 1 });

export interface TileParts {
  readonly database: Pick<Transactional, 'query' | 'binaryRows'>;
  readonly changes: Changes;
  /** Every layer there is now: whose tiles a change drops. */
  readonly layers: () => Iterable<Layer>;
  /** Memory for cached tiles, default 32 MiB. */
  readonly budgetBytes?: number;
  readonly now: () => number;
}

export function openTiles({ database, changes, layers, budgetBytes = 32 * 1024 * 1024, now }: TileParts): TileSource {
  const cache = tileCache<TileAnswer>(budgetBytes, ({ body }) => body.byteLength);
  changes.onChange((heard) => {
    for (const change of heard) {
      if (change.source === 'layer') continue;
      for (const layer of layers()) if (touches(change, layer)) cache.drop({ ...change, layer: layer.id });
    }
  });

  const ofRows = openRowTiles(database);

  /** Large layers are drawn from their pyramid below z9; until it is there, from some of their rows. Null: from all of its rows. */
  async function statementOf(layer: Layer, tile: GridTile, prefix: string | null, moment: Moment | null): Promise<Statement | null> {
    if (isThings(layer) && !moment) return thingStatement(layer, tile, prefix);
    if (tile.z > COARSE_ZOOM || moment) return null;
    const { state, rows } = await pyramidState(database, layer);
    if (state === 'ready') return coarseStatement(layer, tile, prefix);
    return state === 'missing' ? sampleStatement(layer, tile, prefix, rows) : null;
  }
  async function part(layer: Layer, tile: GridTile, prefix: string | null, moment: Moment | null): Promise<TileAnswer> {
    const statement = await statementOf(layer, tile, prefix, moment);
    if (statement === null) return { etag: '', body: await ofRows(layer, tile, prefix, moment) };
    const { text, values, name } = statement;
    const rows = await database.query<{ mvt: Buffer | null }>(text, values, name);
    return { etag: '', body: rows[0]?.mvt ?? Buffer.alloc(0) };
  }

  return {
    async tile(wanted, tile, scope, moment = null) {
      const shown = wanted.filter((layer) => tile.z >= layer.minZoom && tile.z <= layer.maxZoom);
      const at = `${tile.grid}/${tile.z}/${tile.x}/${tile.y}${moment ? `@${moment.from}/${moment.to}` : ''}`;
      const parts = shown.map((layer) => {
        const prefix = rowPrefix(scope, layer);
        return { layer, prefix, key: `${layer.id}|${layer.table}|${layer.call?.given?.join(',') ?? ''}|${prefix ?? ''}|${at}` };
      });
      const settled = moment === null || moment.to < now() - SETTLED_MILLISECONDS;
      const take = (key: string, of: readonly Layer[], make: () => Promise<TileAnswer>): Promise<TileAnswer> =>
        settled ? cache.take(key, { layers: moment ? [] : of.map((layer) => layer.id), tile }, make) : make();
      return take(`tile ${parts.map((one) => one.key).join('&')}`, shown, async () => {
        const made = await Promise.all(parts.map(({ key, layer, prefix }) => take(key, [layer], () => part(layer, tile, prefix, moment))));
        const whole = Buffer.concat(made.map(({ body }) => body));
        const etag = `W/"${createHash('sha256').update(whole).digest('base64url').slice(0, 22)}"`;
        return { etag, body: whole.byteLength === 0 ? whole : await deflated(whole) };
      });
    },
    get statistics() {
      return cache.statistics;
    },
  };
}
