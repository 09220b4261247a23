// Vector tiles out of PostGIS, several layers in one, cached by content version and by what the viewer may see.
//
// A tile is the concatenation of its layers' parts (MVT layers are repeated protobuf fields). Each part is cached under the layer's version and,
// for scoped layers only, the viewer's area: viewers of the same area share it, and the base layers are shared by everyone. The key names the grid,
// not the tile matrix set: 天地图 `w` and WebMercatorQuad, `c` and WorldCRS84Quad share their tiles.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Scope } from '../../contracts/access.ts';
import type { Layer } from '../../contracts/layer.ts';
import { rowPrefix } from '../one-map/sight.ts';
import type { Queryable } from '../queryable.ts';
import { byteCache } from './byte-cache.ts';
import type { GridTile } from './matrix-sets.ts';
import { tileStatement } from './tile-sql.ts';
import type { Versions } from './versions.pg.ts';

export interface TileAnswer {
  readonly etag: string;
  /** Gzipped MVT, made only when it is asked for; empty when nothing of the layers lies there. */
  body(): Promise<Buffer>;
}

export interface TileSource {
  /** The tile of readable layers (sight is checked by the caller). @throws Problem database-unavailable */
  tile(layers: readonly Layer[], tile: GridTile, scope: Scope): Promise<TileAnswer>;
  /** For the metrics page. */
  readonly statistics: { readonly hits: number; readonly misses: number; readonly bytes: number; readonly entries: number };
}

const deflated = promisify(gzip);

/** `budgetBytes`: memory for cached tiles, default 32 MiB. */
export function openTiles(database: Queryable, versions: Versions, budgetBytes = 32 * 1024 * 1024): TileSource {
  const cache = byteCache<Buffer>(budgetBytes);
  const making = new Map<string, Promise<Buffer>>();
  let hits = 0;
  let misses = 0;

  /** One making per key, however many ask at once. */
  function cached(key: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const found = cache.get(key);
    if (found) {
      hits++;
      return Promise.resolve(found);
    }
    const running = making.get(key);
    if (running) {
      hits++;
      return running;
    }
    misses++;
    const promise = make()
      .then((buffer) => {
        cache.set(key, buffer, buffer.byteLength);
        return buffer;
      })
      .finally(() => making.delete(key));
    making.set(key, promise);
    return promise;
  }

  async function part(layer: Layer, tile: GridTile, prefix: string | null): Promise<Buffer> {
    const { text, values, name } = tileStatement(layer, tile, prefix);
    const rows = await database.query<{ mvt: Buffer | null }>(text, values, name);
    return rows[0]?.mvt ?? Buffer.alloc(0);
  }

  return {
    async tile(layers, tile, scope) {
      const shown = layers.filter((layer) => tile.z >= layer.minZoom && tile.z <= layer.maxZoom);
      const parts = await Promise.all(
        shown.map(async (layer) => {
          const prefix = rowPrefix(scope, layer);
          return {
            layer,
            prefix,
            key: `${layer.id}|${await versions.of(layer)}|${prefix ?? ''}|${tile.grid}/${tile.z}/${tile.x}/${tile.y}`,
          };
        }),
      );
      const key = parts.map((one) => one.key).join('&');
      const etag = `W/"${createHash('sha256').update(key).digest('base64url').slice(0, 22)}"`;
      return {
        etag,
        body: () =>
          cached(`gzip ${etag}`, async () => {
            const buffers = await Promise.all(parts.map((one) => cached(one.key, () => part(one.layer, tile, one.prefix))));
            const whole = Buffer.concat(buffers);
            return whole.byteLength === 0 ? whole : deflated(whole);
          }),
      };
    },
    get statistics() {
      return { hits, misses, bytes: cache.bytes, entries: cache.size };
    },
  };
}
