// OGC API Styles over HTTP: the maps of the house as style sheets, two plain styles with a legend for every layer that the viewer may read, and the
// styles that people drew for either (writing them: styles-write.http.ts).
//
// Source: OGC 20-009 (draft) core and mapbox-styles.
import type { Request, Response, Router } from 'express';
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { type LayerStyleId, layerStyle, layerStyles, legendOf, legendSvg } from '../style/layer-style.ts';
import { documentHtml } from './pages.ts';
import type { StoredStyle, StoredStyles } from './stored-styles.pg.ts';
import { sheetFor } from './style-body.ts';
import { legendHtml, stylesHtml } from './style-pages.ts';
import * as styles from './styles.ts';
import { styleStem } from './styles-write.http.ts';
import type { OneMapDoor } from './tiles.http.ts';

export interface StylesDoor extends OneMapDoor {
  readonly stored: StoredStyles;
}
/** Ids that the house brings: of maps (''), of a layer. */
export function builtInStyles(layer: string): readonly string[] {
  return (layer === '' ? styles.mapSheets : layerStyles).map(({ id }) => id);
}
function missing(id: string): Problem {
  return new Problem('not-found', { what: `样式 ${id.slice(0, 40)}` });
}
const styleIn = (request: Request): string => String(request.params['style']);
const sheetIn = (request: Request): styles.MapSheet | null => styles.mapSheets.find((sheet) => sheet.id === styleIn(request)) ?? null;
const plainIn = (request: Request): LayerStyleId | null => layerStyles.find((style) => style.id === styleIn(request))?.id ?? null;
/** @throws Problem not-found */
function styleOf(request: Request): LayerStyleId {
  const found = plainIn(request);
  if (!found) throw missing(styleIn(request));
  return found;
}

export function styleRoutes(router: Router, { document, layerOf, identityOf, stored }: StylesDoor): void {
  const own = (request: Request): Layer => layerOf(request, String(request.params['id']));
  const at = '/collections/:id/styles';
  const drawn = async (layer: string): Promise<styles.Drawn> => {
    const [list, first] = await Promise.all([stored.list(layer), stored.defaultOf(layer)]);
    return { styles: list, first };
  };
  /** @throws Problem not-found */
  async function drawnIn(request: Request, layer: string): Promise<StoredStyle> {
    const found = await stored.get({ layer, id: styleIn(request) });
    if (!found) throw missing(styleIn(request));
    return found;
  }
  const originOf = (base: string): string => base.replace(/\/ogc$/, '');
  /** What somebody drew has a state that a write can name (If-Match). */
  function tellState(request: Request, response: Response, { id, revision }: StoredStyle): void {
    response.set('ETag', `"${styleStem(id, revision)}.${request.query['f'] === 'html' ? 'html' : 'json'}"`);
  }
  document('/styles', async (_, base) => styles.styleList(base, await drawn('')), stylesHtml);
  document(
    '/styles/:style',
    async (request, base, response) => {
      const sheet = sheetIn(request);
      if (sheet) return styles.sheetOf(base, sheet);
      const style = await drawnIn(request, '');
      tellState(request, response, style);
      return sheetFor(style.sheet, originOf(base));
    },
    documentHtml,
    styles.STYLE_TYPE,
  );
  document('/styles/:style/metadata', async (request, base, response) => {
    const sheet = sheetIn(request);
    if (sheet) return styles.sheetMetadata(base, sheet);
    const style = await drawnIn(request, '');
    tellState(request, response, style);
    return styles.drawnMetadata(`${base}/styles/${style.id}`, style, sheetFor(style.sheet, originOf(base)));
  });
  document(
    at,
    async (request, base) => {
      const layer = own(request);
      return styles.layerStyleList(base, layer, await drawn(layer.id));
    },
    stylesHtml,
  );
  document(
    `${at}/:style`,
    async (request, base, response) => {
      const [layer, plain] = [own(request), plainIn(request)];
      if (plain) return layerStyle(base, layer, plain);
      const style = await drawnIn(request, layer.id);
      tellState(request, response, style);
      return sheetFor(style.sheet, originOf(base));
    },
    documentHtml,
    styles.STYLE_TYPE,
  );
  document(`${at}/:style/metadata`, async (request, base, response) => {
    const [layer, plain] = [own(request), plainIn(request)];
    if (plain) return styles.layerStyleMetadata(base, layer, plain);
    const style = await drawnIn(request, layer.id);
    tellState(request, response, style);
    return styles.drawnMetadata(`${base}/collections/${layer.id}/styles/${style.id}`, style, sheetFor(style.sheet, originOf(base)));
  });
  document(`${at}/:style/legend`, (request, base) => styles.legend(base, own(request), styleOf(request)), legendHtml);
  router.get(`${at}/:style/legend.svg`, (request, response) => {
    identityOf(request);
    const style = styleOf(request);
    response
      .set('Cache-Control', 'private, no-cache')
      .type('image/svg+xml')
      .send(legendSvg(legendOf(own(request), style), style));
  });
}
