// WMTS 1.0.0 at /ogc/wmts: GetCapabilities and GetTile as KVP and as REST addresses, over the same tiles, rights and audit as OGC API Tiles.
//
// Source: OGC 07-057r7 §7 (operations), §8.1 (KVP), §10 (REST). Failures are an ows:ExceptionReport. KVP: the status of the exception code.
// REST: §7.1.3 leaves errors to HTTP, so an address that names nothing is 404.
import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response, Router } from 'express';
import { Problem } from '../../contracts/problem.ts';
import type { SeenLayer } from '../features/seen.ts';
import type { Queryable } from '../queryable.ts';
import { exceptionReport, OwsFault } from './ows-fault.ts';
import { sendRasterTile } from './raster.http.ts';
import { isRaster, rasterSet } from './raster-documents.ts';
import { type OneMapDoor, sendTile } from './tiles.http.ts';
import { wmtsCapabilities, wmtsEndings, wmtsFormatOf } from './wmts-capabilities.ts';
import { type GetTile, noSuchLayer, parseTile, parseWmtsQuery, type WmtsSection, wmtsSections } from './wmts-request.ts';

const XML = 'application/xml';
/** Another ending names nothing. */
const formatOfEnding = (ending: string): string => Object.entries(wmtsEndings).find(([, one]) => one === ending)?.[0] ?? ending;
const RETRY_AFTER_SECONDS = 5;

export function wmtsRoutes(router: Router, door: OneMapDoor, database: Queryable): void {
  /** Problems leave as XML; anything else is a defect and goes to the server's error handler, which records it. */
  const guarded =
    (statusOf: (problem: Problem) => number, handle: (request: Request, response: Response) => Promise<void>): RequestHandler =>
    async (request, response) => {
      try {
        door.identityOf(request);
        await handle(request, response);
      } catch (error) {
        if (!(error instanceof Problem) || response.headersSent) throw error;
        const status = statusOf(error);
        // RFC 9110 §11.6.1 and §10.2.3, as the server's own error handler has it.
        if (status === 401) response.set('WWW-Authenticate', 'Bearer realm="liaozhi"');
        if (status === 503) response.set('Retry-After', String(error.details['retryAfterSeconds'] ?? RETRY_AFTER_SECONDS));
        response.status(status).set('Cache-Control', 'no-store').type(XML).send(exceptionReport(error));
      }
    };
  const kvp = (problem: Problem): number => problem.status;
  const rest = (problem: Problem): number => (problem instanceof OwsFault ? 404 : problem.status);

  async function sendCapabilities(request: Request, response: Response, sections: readonly WmtsSection[]): Promise<void> {
    const layers = sections.includes('Contents')
      ? await Promise.all(door.readable(request).map(async (layer) => ({ layer, extent: await door.extentOf(layer) })))
      : [];
    const text = wmtsCapabilities(door.addressOf(request), layers, sections);
    const etag = `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    if (!door.unchanged(request, response, etag)) response.type(XML).send(text);
  }
  function layerOf(request: Request, id: string): SeenLayer {
    try {
      return door.layerOf(request, id);
    } catch (error) {
      // One that is hidden is answered like one that is not there.
      if (error instanceof Problem && error.code === 'not-found') throw noSuchLayer(id);
      throw error;
    }
  }
  const tile = (request: Request, response: Response, { layer: id, format, set, tile: address }: GetTile): Promise<void> => {
    const layer = layerOf(request, id);
    const own = wmtsFormatOf(layer);
    if (format !== own) throw new OwsFault('InvalidParameterValue', 'Format', { name: 'Format', given: format, allowed: own });
    if (!isRaster(layer)) return sendTile(door, request, response, [layer], address);
    if (set.id !== rasterSet)
      throw new OwsFault('InvalidParameterValue', 'TileMatrixSet', { name: 'TileMatrixSet', given: set.id, allowed: rasterSet });
    return sendRasterTile(door, database, request, response, layer, layer.raster.kind === 'vector' ? 'vector' : 'map', address);
  };

  router.get(
    '/wmts',
    guarded(kvp, async (request, response) => {
      const asked = parseWmtsQuery(request.query);
      if (asked.operation === 'GetTile') await tile(request, response, asked);
      else await sendCapabilities(request, response, asked.sections);
    }),
  );
  router.get(
    '/wmts/1.0.0/WMTSCapabilities.xml',
    guarded(rest, (request, response) => sendCapabilities(request, response, wmtsSections)),
  );
  router.get(
    '/wmts/1.0.0/:layer/:style/:tms/:tileMatrix/:tileRow/:tileCol.:ending',
    guarded(rest, (request, response) => {
      const part = (name: string): string => String(request.params[name]);
      return tile(
        request,
        response,
        parseTile(
          new Map([
            ['Layer', part('layer')],
            ['Style', part('style')],
            ['Format', formatOfEnding(part('ending'))],
            ['TileMatrixSet', part('tms')],
            ['TileMatrix', part('tileMatrix')],
            ['TileRow', part('tileRow')],
            ['TileCol', part('tileCol')],
          ]),
        ),
      );
    }),
  );
  router.get(
    '/wmts/*rest',
    guarded(rest, (request) => Promise.reject(new Problem('not-found', { what: `WMTS ${request.path.slice(0, 80)}` }))),
  );
}
