// OGC API Tiles over HTTP: tilesets and tiles of a collection and of the dataset, and the tile matrix sets they stand on.
//
// Source: OGC API Tiles 1.0 (OGC 20-057) §7–§10; OGC 17-083r4. What is not there is 404, what is no number is 400.
import type { Request, Response, Router } from 'express';
import type { Identity } from '../../contracts/access.ts';
import type { BBox } from '../../contracts/geo.ts';
import { Problem } from '../../contracts/problem.ts';
import { bindCall } from '../features/call.ts';
import type { Moment } from '../features/rows.ts';
import type { SeenLayer } from '../features/seen.ts';
import { findTile, type GridTile, matrixSetDefinition, matrixSets, type TileMatrixSet } from '../tiles/matrix-sets.ts';
import type { TileAnswer, TileSource } from '../tiles/tiles.pg.ts';
import type { DocumentPage } from './pages.ts';
import { parseDatetime } from './query.ts';
import { isRaster, type RasterLayer, rasterSet, rasterTileset, rasterTilesets } from './raster-documents.ts';
import { tileMatrixSetList, tileset, tilesetList } from './tile-documents.ts';

/** What the doors of 一张图 share: who asks, what he may read, caching, audit. Made by one-map.http.ts. */
export interface OneMapDoor {
  readonly tiles: TileSource;
  readonly identityOf: (request: Request) => Identity;
  /** Of /ogc, without a slash at its end. */
  readonly addressOf: (request: Request) => string;
  readonly readable: (request: Request) => SeenLayer[];
  /** @throws Problem not-found | forbidden */
  readonly layerOf: (request: Request, id: string) => SeenLayer;
  readonly extentOf: (layer: SeenLayer) => Promise<BBox | null>;
  readonly auditRead: (request: Request, layer: SeenLayer, what: 'items' | 'tiles', detail: Readonly<Record<string, unknown>>) => void;
  /** Told each tile that is sent whole, its headers set. */
  readonly onTile?: ((request: Request, response: Response, layers: readonly SeenLayer[], answer: TileAnswer) => void) | undefined;
  /** Sets ETag and caching; true: 304 was sent. */
  readonly unchanged: (request: Request, response: Response, etag: string) => boolean;
  readonly document: (
    path: string,
    make: (request: Request, base: string, response: Response) => object | Promise<object>,
    page?: DocumentPage,
    type?: string,
  ) => void;
}

const MVT = 'application/vnd.mapbox-vector-tile';
const textOf = (request: Request, name: string): string => String(request.params[name]);

/** The set in an address. @throws Problem not-found */
function setOf(request: Request): TileMatrixSet {
  const id = textOf(request, 'tms');
  const set = matrixSets.get(id);
  if (!set) throw new Problem('not-found', { what: `切片方案 ${id.slice(0, 40)}` });
  return set;
}
/** The tile in an address. @throws Problem not-found | bad-parameter */
function tileOf(request: Request): GridTile {
  const [matrix, row, column] = ['tileMatrix', 'tileRow', 'tileCol'].map((name) => textOf(request, name)) as [string, string, string];
  const found = findTile(setOf(request), matrix, row, column);
  if (found.tile) return found.tile;
  if (found.fault === 'outside') throw new Problem('not-found', { what: `瓦片 ${`${matrix}/${row}/${column}`.slice(0, 80)}` });
  const [name, given] = found.part === 'TileRow' ? ['tileRow', row] : ['tileCol', column];
  throw new Problem('bad-parameter', { name, given: given.slice(0, 80), allowed: found.allowed });
}

/** OGC 20-057 /req/datetime: the tile as it was known then. @throws Problem bad-parameter */
function momentOf(request: Request): Moment | null {
  const given = request.query['datetime'];
  if (given === undefined) return null;
  if (typeof given !== 'string') throw new Problem('bad-parameter', { name: 'datetime', given: '多个', allowed: '只给一次' });
  return parseDatetime(given);
}

/** Answers with a tile of layers that the viewer may read: audited, 304 if he has it, gzip if he takes it. */
export async function sendTile(
  door: OneMapDoor,
  request: Request,
  response: Response,
  asked: readonly SeenLayer[],
  tile: GridTile,
  moment: Moment | null = null,
): Promise<void> {
  const wanted = asked.map((layer) => bindCall(layer, request.query));
  for (const layer of wanted) door.auditRead(request, layer, 'tiles', { tile: `${tile.grid}/${tile.z}/${tile.y}/${tile.x}` });
  const plain = !request.acceptsEncodings('gzip');
  const answer = await door.tiles.tile(wanted, tile, moment, plain);
  if (door.unchanged(request, response, answer.etag)) return;
  const { body } = answer;
  response.type(MVT);
  if (!plain && body.byteLength > 0) response.set('Content-Encoding', 'gzip');
  door.onTile?.(request, response, wanted, answer);
  response.end(body);
}

export function tileRoutes(router: Router, door: OneMapDoor): void {
  const { document, layerOf, readable } = door;
  const collectionOf = (request: Request): SeenLayer => layerOf(request, textOf(request, 'id'));

  router.get('/collections/:id/tiles/:tms/:tileMatrix/:tileRow/:tileCol', (request, response, next) => {
    const layer = collectionOf(request);
    // Tiles that were brought in stand at the address of every layer's (raster.http.ts).
    if (isRaster(layer)) return next();
    return sendTile(door, request, response, [layer], tileOf(request), momentOf(request));
  });
  document('/tileMatrixSets', (_, base) => tileMatrixSetList(base));
  document('/tileMatrixSets/:tms', (request) => matrixSetDefinition(setOf(request)));
  document('/tiles', (request, base) => tilesetList(base, base, readable(request)));
  document('/tiles/:tms', (request, base) => tileset(base, base, readable(request), setOf(request)));
  document('/collections/:id/tiles', (request, base) => {
    const layer = collectionOf(request);
    const own = `${base}/collections/${layer.id}`;
    return layer.raster?.kind === 'vector' ? rasterTilesets(base, own, layer as RasterLayer, 'vector') : tilesetList(base, own, [layer]);
  });
  document('/collections/:id/tiles/:tms', (request, base) => {
    const layer = collectionOf(request);
    const own = `${base}/collections/${layer.id}`;
    const set = setOf(request);
    if (layer.raster?.kind !== 'vector') return tileset(base, own, [layer], set);
    if (set.id !== rasterSet) throw new Problem('not-found', { what: `切片方案 ${set.id}（此图层只有 ${rasterSet}）` });
    return rasterTileset(base, own, layer as RasterLayer, 'vector');
  });

  router.get('/tiles/:tms/:tileMatrix/:tileRow/:tileCol', (request, response) => {
    const asked = request.query['collections'];
    if (asked !== undefined && (typeof asked !== 'string' || asked === ''))
      throw new Problem('bad-parameter', { name: 'collections', given: String(asked), allowed: '图层，逗号分隔' });
    const wanted =
      asked === undefined
        ? readable(request).filter((layer) => layer.sharing === 'unconditional' && !layer.call)
        : [...new Set(asked.split(','))].map((id) => layerOf(request, id));
    return sendTile(door, request, response, wanted, tileOf(request), momentOf(request));
  });
}
