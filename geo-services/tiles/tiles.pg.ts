// Vector tiles out of PostGIS, several layers in one, kept until a change touches them, made once for all viewers and masked for each.
//
// A tile is the concatenation of its layers' parts (MVT layers are repeated protobuf fields). A part is asked of the database once, whole, with
// what masks go by (AdCode, department, marks of fences); what a view takes away is taken out of it (mask-tile.ts) and the tile of a view is kept
// beside it. Gathered parts (bubbles, pyramids: below z9) cannot be masked and are made for each area. All are kept in one cache: a
// change of a row drops what it touches (features/changes.pg.ts), so a tile far from it stays. The key names the grid, not the tile matrix set:
// 天地图 `w` and WebMercatorQuad, `c` and WorldCRS84Quad share their tiles. The ETag is that of the content: the same after a restart.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isWhole, viewKey, wholeView } from '../../contracts/grant.ts';
import type { Layer } from '../../contracts/layer.ts';
import { type Changes, touches } from '../features/changes.pg.ts';
import type { Moment } from '../features/rows.ts';
import { type SeenLayer, type Viewed, wholeOf } from '../features/seen.ts';
import type { Transactional } from '../queryable.ts';
import { maskTile, type TileMask } from './mask-tile.ts';
import type { GridTile } from './matrix-sets.ts';
import { openPatchTiles, packedForm } from './patches.pg.ts';
import { type PyramidState, pyramidState } from './pyramid.pg.ts';
import { COARSE_ZOOM, coarseStatement, drawnSql, isFew, sampleStatement } from './pyramid-sql.ts';
import { openRowTiles } from './row-tiles.pg.ts';
import { isThings, thingStatement } from './thing-sql.ts';
import { tileCache } from './tile-cache.ts';
import { markOf, type Statement, tileStatement } from './tile-sql.ts';

export interface TileAnswer {
  readonly etag: string;
  /** MVT, gzipped or as it is; empty when nothing of the layers lies there. */
  readonly body: Buffer;
  /** For `peek`; null: it is not kept. */
  readonly key: string | null;
}

export interface TileSource {
  /** The tile of layers as their viewer sees them, now or as it was; `plain`: not gzipped. @throws Problem database-unavailable */
  tile(layers: readonly SeenLayer[], tile: GridTile, moment?: Moment | null, plain?: boolean): Promise<TileAnswer>;
  /** A tile that was made before, if it is still true. */
  peek(key: string): TileAnswer | undefined;
  /** For the metrics page. A hit is a tile that the database was not asked for. */
  readonly statistics: { readonly hits: number; readonly misses: number; readonly bytes: number; readonly entries: number };
}

/** A tile of the past is kept when it cannot change any more: a transaction may still be open that began before it. */
const SETTLED_MILLISECONDS = 15 * 60_000;

/** A table that grows without being watched needs a pyramid some time. */
const STATE_MILLISECONDS = 10_000;

const gzipped = promisify(gzip);
/** A third of the time of level 6 for 2–5 % more bytes. Brotli 4 was measured: 5 % fewer bytes, not worth a second copy of each tile. */
const deflated = (raw: Buffer): Promise<Buffer> => gzipped(raw, { level: 1, chunkSize: Math.max(1024, raw.byteLength >> 1) });

export interface TileParts {
  readonly database: Pick<Transactional, 'query' | 'binaryRows'>;
  readonly changes: Changes;
  /** Every layer there is now: whose tiles a change drops. */
  readonly layers: () => Iterable<Layer>;
  /** Memory for cached tiles, default 128 MiB. */
  readonly budgetBytes?: number;
  readonly now: () => number;
  /** What failed and was got round. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export function openTiles({ database, changes, layers, budgetBytes = 128 * 1024 * 1024, now, onError }: TileParts): TileSource {
  const cache = tileCache<TileAnswer>(budgetBytes, ({ body }) => body.byteLength);
  changes.onChange((heard) => {
    for (const change of heard) {
      if (change.source === 'layer') continue;
      for (const layer of layers()) if (touches(change, layer)) cache.drop({ ...change, layer: layer.id });
    }
  });

  const ofRows = openRowTiles(database);
  const ofPatches = openPatchTiles(database, now, onError);

  async function ask({ text, values, name }: Statement): Promise<Buffer> {
    const rows = await database.query<{ mvt: Buffer | null }>(text, values, name);
    return rows[0]?.mvt ?? Buffer.alloc(0);
  }
  /** Of parts that are gathered, and so are those of one view; null: the part is not, and is shared. Large layers are drawn from their pyramid. */
  async function gathered(layer: SeenLayer, tile: GridTile, state: PyramidState, rows: number): Promise<Statement | null> {
    if (isThings(layer)) return thingStatement(layer, tile);
    if (state === 'not-needed') return null;
    const { departments, fences } = layer.view;
    if (departments === '*' && fences.length === 0)
      return state === 'ready' ? coarseStatement(layer, tile) : sampleStatement(layer, tile, rows);
    const { text, values } = drawnSql(layer, tile);
    const [few] = await database.query<{ n: number }>(text, values);
    return isFew(few?.n ?? 0) ? tileStatement(layer, tile) : sampleStatement(layer, tile, rows);
  }

  const states = new Map<string, { readonly read: number; readonly value: Awaited<ReturnType<typeof pyramidState>> }>();
  changes.onChange((heard) => {
    for (const change of heard) for (const layer of layers()) if (touches(change, layer)) states.delete(layer.id);
  });
  async function stateOf(layer: SeenLayer): Promise<Awaited<ReturnType<typeof pyramidState>>> {
    const known = states.get(layer.id);
    if (known && now() - known.read < STATE_MILLISECONDS) return known.value;
    const before = changes.version(layer);
    const value = await pyramidState(database, layer);
    if (changes.version(layer) === before) states.set(layer.id, { read: now(), value });
    return value;
  }

  let [hits, misses] = [0, 0];
  return {
    async tile(wanted, tile, moment = null, plain = false) {
      const shown = wanted.filter((layer) => tile.z >= layer.minZoom && tile.z <= layer.maxZoom);
      const at = `${tile.grid}/${tile.z}/${tile.x}/${tile.y}${moment ? `@${moment.from}/${moment.to}` : ''}`;
      const settled = moment === null || moment.to < now() - SETTLED_MILLISECONDS;
      const take = (key: string, of: readonly Layer[], make: () => Promise<TileAnswer>): Promise<TileAnswer> =>
        settled ? cache.take(key, { layers: moment ? [] : of.map((layer) => layer.id), tile }, make) : make();
      let asked = false;
      const kept = async (key: string, layer: Layer, make: () => Promise<Buffer>): Promise<Buffer> => {
        const answer = await take(key, [layer], async () => {
          asked = true;
          return { etag: '', body: await make(), key: null };
        });
        return answer.body;
      };
      async function part(layer: SeenLayer): Promise<Buffer> {
        const name = `${layer.id}|${layer.table}|${layer.call?.given?.join(',') ?? ''}`;
        if (tile.z <= COARSE_ZOOM && !moment) {
          const { state, rows } = await stateOf(layer);
          const own = await gathered(layer, tile, state, rows);
          if (own) return kept(`${name}|${viewKey(layer.view)}|${at}`, layer, () => ask(own));
        }
        if (tile.z <= COARSE_ZOOM && moment) {
          // There are no pyramids of the past; of many rows some are drawn, and say which share they are.
          const { state, rows } = await stateOf(layer);
          if (state !== 'not-needed' && !isFew(rows))
            return kept(`${name}|${viewKey(layer.view)}|${at}`, layer, () => ask(sampleStatement(layer, tile, rows, moment)));
        }
        const { raw, marks, mask, key } = sharedPart(layer);
        const whole = await kept(`${name}|${key}|${at}`, layer, async () => {
          if (isThings(layer) && !moment) return ask(thingStatement(raw, tile, marks));
          const plain = moment === null && marks.length === 0 && raw.view !== undefined && isWhole(raw.view);
          return (plain ? await ofPatches(raw, tile) : null) ?? ofRows(raw, tile, moment, marks);
        });
        if (mask === 'whole' || whole.byteLength === 0) return whole;
        const left = maskTile(whole, new Map([[layer.id, mask]]));
        return Buffer.from(left.buffer, left.byteOffset, left.byteLength);
      }
      const views = shown.map((layer) => `${layer.id}|${layer.table}|${layer.call?.given?.join(',') ?? ''}|${viewKey(layer.view)}`);
      const key = `tile ${plain ? 'plain ' : ''}${views.join('&')}|${at}`;
      const answer = await take(key, shown, async () => {
        const whole = Buffer.concat(await Promise.all(shown.map(part)));
        const etag = `W/"${createHash('sha256').update(whole).digest('base64url').slice(0, 22)}"`;
        return { etag, body: plain || whole.byteLength === 0 ? whole : await deflated(whole), key: settled ? key : null };
      });
      if (asked) misses++;
      else hits++;
      return answer;
    },
    peek(key) {
      const kept = cache.peek(key);
      if (kept) hits++;
      return kept;
    },
    get statistics() {
      const { bytes, entries } = cache.statistics;
      return { hits, misses, bytes, entries };
    },
  };
}

/** What the database gathers and counts itself, and no table has. */
const told = ['alarm', 'count', 'covered', 'sampled'];
/** With more fences than this a tile is made for each set of them. */
const MOST_MARKS = 32;

/** The part that a view shares with others: what it is asked as, and what the view leaves of it. */
function sharedPart(layer: SeenLayer): {
  readonly raw: Viewed;
  readonly marks: SeenLayer['fences'];
  readonly mask: TileMask | 'whole';
  readonly key: string;
} {
  const { view, adcodeColumn, departmentColumn } = layer;
  const whole = packedForm(wholeOf(layer));
  const { departments, rows, precisionMetres } = view;
  // A mark is of the place as it is: with coarser places the fences are those of one view.
  const own = precisionMetres !== null || layer.fences.length > MOST_MARKS;
  const marks = own ? [] : layer.fences;
  const { attributes } = whole;
  const raw: Viewed = { ...whole, view: { ...wholeView(null), precisionMetres, fences: own ? view.fences : [] } };
  const needed = marks.length > 0 || departments !== '*' || rows !== null || attributes.length !== layer.attributes.length;
  const mask: TileMask = {
    // What is hidden may have the name of what is told.
    keep: new Set([...layer.attributes, ...told.filter((name) => !attributes.includes(name))]),
    rows: rows === null || adcodeColumn === null ? null : { attribute: adcodeColumn, prefix: rows },
    departments: departments === '*' || !departmentColumn ? null : { attribute: departmentColumn, among: new Set(departments) },
    marks: own ? [] : view.fences.map(markOf),
  };
  const key = JSON.stringify([precisionMetres, own ? view.fences : [], marks.map(markOf)]);
  return { raw, marks, mask: needed ? mask : 'whole', key };
}
