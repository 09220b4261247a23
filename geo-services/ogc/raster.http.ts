// Tiles that were brought in, over HTTP: maps, coverages of heights, vector tiles of archives; and the height at a position. Rights, audit and
// caching are those of every layer.
//
// Source: OGC API Tiles 1.0 (OGC 20-057): /collections/{id}/map/tiles, /coverage/tiles, /tiles.
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { Request, Response, Router } from 'express';
import { isWhole } from '../../contracts/grant.ts';
import { Problem } from '../../contracts/problem.ts';
import type { SeenLayer } from '../features/seen.ts';
import type { Queryable } from '../queryable.ts';
import { archiveBounds } from '../raster/archive.ts';
import { heightAt, shownTile } from '../raster/show-tile.pg.ts';
import { findTile, matrixSets } from '../tiles/matrix-sets.ts';
import {
  doorPath,
  doorsOf,
  isRaster,
  type RasterLayer,
  rasterSet,
  rasterTileset,
  rasterTilesets,
  type TilesDoor,
} from './raster-documents.ts';
import type { OneMapDoor } from './tiles.http.ts';

/** What was brought in as tiles cannot be masked: who sees less than all of it sees nothing. @throws Problem forbidden */
export function checkWhole(layer: SeenLayer): void {
  if (isRaster(layer) && !isWhole(layer.view)) throw new Problem('forbidden', { what: `${layer.title.zh}（栅格图层不能只给一部分）` });
}

/** Answers with a tile of a layer that the viewer may read. @throws Problem not-found where none is kept | forbidden */
export async function sendRasterTile(
  door: Pick<OneMapDoor, 'auditRead' | 'unchanged'>,
  database: Queryable,
  request: Request,
  response: Response,
  layer: RasterLayer & SeenLayer,
  use: TilesDoor,
  { z, x, y }: { readonly z: number; readonly x: number; readonly y: number },
): Promise<void> {
  checkWhole(layer);
  door.auditRead(request, layer, 'tiles', { tile: `${use}/${z}/${y}/${x}` });
  const shown = await shownTile(database, layer.raster, { z, x, y }, use === 'map' ? 'map' : 'data');
  if (!shown) {
    // A vector tile without anything in it is an empty one; a level that is not kept is not there.
    if (layer.raster.kind !== 'vector' || z < layer.raster.minZoom || z > layer.raster.maxZoom)
      throw new Problem('not-found', {
        what: `瓦片 ${z}/${y}/${x}（${layer.title.zh}有 ${layer.raster.minZoom}–${layer.raster.maxZoom} 级）`,
      });
    response.type(layer.raster.format).status(204).end();
    return;
  }
  const etag = `W/"${createHash('sha256').update(shown.body).digest('base64url').slice(0, 22)}"`;
  if (door.unchanged(request, response, etag)) return;
  response.type(shown.type);
  if (!shown.gzip) response.end(shown.body);
  else if (request.acceptsEncodings('gzip')) response.set('Content-Encoding', 'gzip').end(shown.body);
  else response.end(gunzipSync(shown.body, { maxOutputLength: archiveBounds.unpackedBytes }));
}

function degreesOf(request: Request, name: 'lon' | 'lat', most: number): number {
  const given = request.query[name];
  const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : Number.NaN;
  if (!(Math.abs(number) <= most))
    throw new Problem('bad-parameter', { name, given: String(given ?? '（无）').slice(0, 80), allowed: `−${most} 至 ${most} 的度数` });
  return number;
}

/** Vector tiles of an archive stand at the address of every layer's: tileRoutes leaves it to these. */
export function rasterRoutes(router: Router, door: OneMapDoor, database: Queryable): void {
  const text = (request: Request, name: string): string => String(request.params[name]);
  /** @throws Problem not-found | forbidden */
  function rasterOf(request: Request, use: TilesDoor): RasterLayer & SeenLayer {
    const layer = door.layerOf(request, text(request, 'id'));
    checkWhole(layer);
    if (isRaster(layer) && doorsOf(layer.raster).includes(use)) return layer;
    throw new Problem('not-found', { what: `${layer.title.zh}的${{ map: '影像瓦片', coverage: '高程瓦片', vector: '矢量瓦片' }[use]}` });
  }
  function checkSet(request: Request): void {
    const tms = text(request, 'tms');
    if (tms !== rasterSet) throw new Problem('not-found', { what: `切片方案 ${tms.slice(0, 40)}（此图层只有 ${rasterSet}）` });
  }
  for (const use of ['map', 'coverage', 'vector'] as const) {
    const own = `/collections/:id${doorPath[use]}/tiles`;
    const address = (base: string, { id }: RasterLayer): string => `${base}/collections/${id}`;
    if (use !== 'vector') {
      door.document(own, (request, base) => {
        const layer = rasterOf(request, use);
        return rasterTilesets(base, address(base, layer), layer, use);
      });
      door.document(`${own}/:tms`, (request, base) => {
        const layer = rasterOf(request, use);
        checkSet(request);
        return rasterTileset(base, address(base, layer), layer, use);
      });
    }
    router.get(`${own}/:tms/:tileMatrix/:tileRow/:tileCol`, async (request, response) => {
      const layer = rasterOf(request, use);
      checkSet(request);
      const [matrix, row, column] = ['tileMatrix', 'tileRow', 'tileCol'].map((name) => text(request, name)) as [string, string, string];
      const found = findTile(matrixSets.get(rasterSet) as NonNullable<ReturnType<typeof matrixSets.get>>, matrix, row, column);
      if (found.tile) return await sendRasterTile(door, database, request, response, layer, use, found.tile);
      if (found.fault === 'outside') throw new Problem('not-found', { what: `瓦片 ${`${matrix}/${row}/${column}`.slice(0, 80)}` });
      const [name, given] =
        found.part === 'TileRow' ? ['tileRow', row] : found.part === 'TileCol' ? ['tileCol', column] : ['tileMatrix', matrix];
      throw new Problem('bad-parameter', { name, given: given.slice(0, 80), allowed: found.allowed });
    });
  }
  router.get('/collections/:id/elevation', async (request, response) => {
    const layer = door.layerOf(request, text(request, 'id'));
    if (!isRaster(layer) || layer.raster.kind !== 'elevation') throw new Problem('not-found', { what: `${layer.title.zh}的高程` });
    checkWhole(layer);
    const [lon, lat] = [degreesOf(request, 'lon', 180), degreesOf(request, 'lat', 90)];
    door.auditRead(request, layer, 'tiles', { elevation: [lon, lat] });
    const { metres, resolution } = await heightAt(database, layer.raster, [lon, lat]);
    response.set({ 'Cache-Control': 'private, no-cache', Vary: 'Cookie, Authorization' });
    response.json({
      lon,
      lat,
      elevation: metres,
      unit: 'm',
      resolution: Math.round(resolution * 100) / 100,
      source: layer.source,
      collection: layer.id,
    });
  });
}
