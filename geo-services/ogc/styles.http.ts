// OGC API Styles over HTTP: the maps of the house as style sheets, and two plain styles with a legend for every layer that the viewer may read.
//
// Source: OGC 20-009 (draft) core and mapbox-styles.
import type { Request, Router } from 'express';
import { Problem } from '../../contracts/problem.ts';
import { type LayerStyleId, layerStyle, layerStyles, legendOf, legendSvg } from '../style/layer-style.ts';
import { documentHtml } from './pages.ts';
import { legendHtml, stylesHtml } from './style-pages.ts';
import * as styles from './styles.ts';
import type { OneMapDoor } from './tiles.http.ts';

function missing(id: string): Problem {
  return new Problem('not-found', { what: `样式 ${id.slice(0, 40)}` });
}
/** @throws Problem not-found */
function sheetOf(request: Request): styles.MapSheet {
  const id = String(request.params['style']);
  const found = styles.mapSheets.find((sheet) => sheet.id === id);
  if (!found) throw missing(id);
  return found;
}
/** @throws Problem not-found */
function styleOf(request: Request): LayerStyleId {
  const id = String(request.params['style']);
  const found = layerStyles.find((style) => style.id === id);
  if (!found) throw missing(id);
  return found.id;
}

export function styleRoutes(router: Router, { document, layerOf, identityOf }: OneMapDoor): void {
  const own = (request: Request) => layerOf(request, String(request.params['id']));
  const at = '/collections/:id/styles';
  document('/styles', (_, base) => styles.styleList(base), stylesHtml);
  document('/styles/:style', (request, base) => styles.sheetOf(base, sheetOf(request)), documentHtml, styles.STYLE_TYPE);
  document('/styles/:style/metadata', (request, base) => styles.sheetMetadata(base, sheetOf(request)));
  document(at, (request, base) => styles.layerStyleList(base, own(request)), stylesHtml);
  document(`${at}/:style`, (request, base) => layerStyle(base, own(request), styleOf(request)), documentHtml, styles.STYLE_TYPE);
  document(`${at}/:style/metadata`, (request, base) => styles.layerStyleMetadata(base, own(request), styleOf(request)));
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
