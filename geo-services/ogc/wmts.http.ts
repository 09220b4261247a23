// WMTS 1.0.0 at /ogc/wmts: GetCapabilities, GetTile and GetFeatureInfo as KVP and as REST addresses, over the same tiles, rights and audit as OGC API Tiles.
//
// Source: OGC 07-057r7 §7 (operations), §8.1 (KVP), §10 (REST). Failures are an ows:ExceptionReport. KVP: the status of the exception code.
// REST: §7.1.3 leaves errors to HTTP, so an address that names nothing is 404.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, RequestHandler, Response, Router } from 'express';
import { Problem } from '../../contracts/problem.ts';
import { bindCall } from '../features/call.ts';
import type { SeenLayer } from '../features/seen.ts';
import type { Queryable } from '../queryable.ts';

import { featureInfoSql, infoHtml, infoXml } from './feature-info.ts';
import { exceptionReport, OwsFault } from './ows-fault.ts';
import { featureOf } from './query.ts';
import { sendRasterTile } from './raster.http.ts';
import { isRaster, rasterSet } from './raster-documents.ts';
import { sendPage } from './send.http.ts';
import type { StoredStyles, StyleTitle } from './stored-styles.pg.ts';
import { type OneMapDoor, sendTile } from './tiles.http.ts';
import { wmtsCapabilities, wmtsEndings, wmtsFormatOf } from './wmts-capabilities.ts';
import {
  type GetFeatureInfo,
  type GetTile,
  type HasStyle,
  infoFormats,
  noSuchLayer,
  parseFeatureInfo,
  parseTile,
  parseWmtsQuery,
  type TileParameter,
  WMTS_STYLE,
  type WmtsSection,
  wmtsSections,
} from './wmts-request.ts';

const XML = 'application/xml';
/** Another ending names nothing. */
const formatOfEnding = (ending: string): string => Object.entries(wmtsEndings).find(([, one]) => one === ending)?.[0] ?? ending;
const RETRY_AFTER_SECONDS = 5;

export interface WmtsDoor extends OneMapDoor {
  readonly database: Queryable;
  readonly stored: StoredStyles;
}
/** Smaller ones are not worth the work. */
const LEAST_PACKED = 1400;
const packed = promisify(gzip);

export function wmtsRoutes(router: Router, door: WmtsDoor): void {
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
    const told = sections.includes('Contents');
    const [titles, firsts] = told ? await Promise.all([door.stored.titles(), door.stored.defaults()]) : [[], new Map<string, string>()];
    const drawn = new Map<string, StyleTitle[]>();
    for (const title of titles) drawn.set(title.layer, [...(drawn.get(title.layer) ?? []), title]);
    const layers = told
      ? await Promise.all(
          door.readable(request).map(async (layer) => {
            const styles = drawn.get(layer.id);
            return { layer, extent: await door.extentOf(layer), ...(styles ? { styles, first: firsts.get(layer.id) ?? null } : {}) };
          }),
        )
      : [];
    const text = wmtsCapabilities(door.addressOf(request), layers, sections);
    const etag = `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    if (door.unchanged(request, response, etag)) return;
    response.type(XML);
    // Of thousands of layers: a twentieth of the bytes.
    if (text.length >= LEAST_PACKED && request.acceptsEncodings('gzip')) response.set('Content-Encoding', 'gzip').end(await packed(text));
    else response.send(text);
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
  /** Styles that people drew for the layer that is asked for; the default one needs no look. */
  async function stylesOf(layer: string, style: string | undefined): Promise<HasStyle> {
    const known = style === undefined || style === WMTS_STYLE ? [] : await door.stored.list(layer);
    return (asked, name) => asked === layer && known.some(({ id }) => id === name);
  }
  async function info(request: Request, response: Response, asked: GetFeatureInfo): Promise<void> {
    const layer = bindCall(layerOf(request, asked.layer), request.query);
    if (isRaster(layer)) throw new OwsFault('OperationNotSupported', 'GetFeatureInfo', { what: `GetFeatureInfo ${layer.title.zh}` });
    const { tile, i, j } = asked;
    door.auditRead(request, layer, 'items', { pixel: `${tile.grid}/${tile.z}/${tile.y}/${tile.x}/${j}/${i}` });
    const sql = featureInfoSql(layer, asked);
    const features = (await door.database.query(sql.text, sql.values)).map((row) => featureOf(layer, row));
    response.set('Cache-Control', 'private, no-cache');
    if (asked.infoFormat === 'text/html') sendPage(response, infoHtml(door.addressOf(request), layer, features));
    else if (asked.infoFormat === 'application/xml') response.type(XML).send(infoXml(layer, features));
    else response.json({ type: 'FeatureCollection', numberReturned: features.length, features });
  }
  const tile = (request: Request, response: Response, { layer: id, format, set, tile: address }: GetTile): Promise<void> => {
    const layer = layerOf(request, id);
    const own = wmtsFormatOf(layer);
    if (format !== own) throw new OwsFault('InvalidParameterValue', 'Format', { name: 'Format', given: format, allowed: own });
    if (!isRaster(layer)) return sendTile(door, request, response, [layer], address);
    if (set.id !== rasterSet)
      throw new OwsFault('InvalidParameterValue', 'TileMatrixSet', { name: 'TileMatrixSet', given: set.id, allowed: rasterSet });
    return sendRasterTile(door, door.database, request, response, layer, layer.raster.kind === 'vector' ? 'vector' : 'map', address);
  };

  router.get(
    '/wmts',
    guarded(kvp, async (request, response) => {
      const given = (name: string): string | undefined => {
        const found = Object.entries(request.query).find(([key]) => key.toLowerCase() === name)?.[1];
        return typeof found === 'string' ? found : undefined;
      };
      const asked = parseWmtsQuery(request.query, await stylesOf(given('layer') ?? '', given('style')));
      if (asked.operation === 'GetTile') await tile(request, response, asked);
      else if (asked.operation === 'GetFeatureInfo') await info(request, response, asked);
      else await sendCapabilities(request, response, asked.sections);
    }),
  );
  router.get(
    '/wmts/1.0.0/WMTSCapabilities.xml',
    guarded(rest, (request, response) => sendCapabilities(request, response, wmtsSections)),
  );
  const addressed = (request: Request): Map<TileParameter | 'J' | 'I' | 'InfoFormat', string> => {
    const part = (name: string): string => String(request.params[name]);
    return new Map([
      ...[
        ['Layer', part('layer')] as const,
        ['Style', part('style')] as const,
        ['Format', formatOfEnding(String(request.params['ending'] ?? 'mvt'))] as const,
      ],
      ...[['TileMatrixSet', part('tms')] as const, ['TileMatrix', part('tileMatrix')] as const],
      ...[['TileRow', part('tileRow')] as const, ['TileCol', part('tileCol')] as const],
    ]);
  };
  const at = '/wmts/1.0.0/:layer/:style/:tms/:tileMatrix/:tileRow/:tileCol';
  const styled = (request: Request): Promise<HasStyle> => stylesOf(String(request.params['layer']), String(request.params['style']));
  router.get(
    `${at}.:ending`,
    guarded(rest, async (request, response) => tile(request, response, parseTile(addressed(request), await styled(request)))),
  );
  for (const [suffix, format] of Object.entries({ json: infoFormats[0], html: infoFormats[1], xml: infoFormats[2] }))
    router.get(
      `${at}/:j/:i.${suffix}`,
      guarded(rest, async (request, response) => {
        const parameters = addressed(request)
          .set('J', String(request.params['j']))
          .set('I', String(request.params['i']))
          .set('InfoFormat', format);
        await info(request, response, parseFeatureInfo(parameters, await styled(request)));
      }),
    );
  router.get(
    '/wmts/*rest',
    guarded(rest, (request) => Promise.reject(new Problem('not-found', { what: `WMTS ${request.path.slice(0, 80)}` }))),
  );
}
