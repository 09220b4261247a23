// 一张图 over HTTP: OGC API Features and Tiles and WMTS as one express Router, to be mounted at /ogc behind the session check.
//
// Every answer is private to the viewer and revalidated (ETag → 304), so a committed row shows with the next request. What throws is a Problem
// and goes to the server's one error handler.
import { createHash } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import type { Identity } from '../../contracts/access.ts';
import type { BBox } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { openColumns } from '../cql2/columns.pg.ts';
import { evaluationProblem, parseFilter } from '../cql2/filter.ts';
import { type Changes, openChanges } from '../features/changes.pg.ts';
import { type Layers, openLayers } from '../features/layers.pg.ts';
import { quoted, rowClauses } from '../features/rows.ts';
import { pngOf } from '../import/png.file.ts';
import { layersById } from '../one-map/index.ts';
import { isShown, layerFor, rowPrefix, sightOf } from '../one-map/sight.ts';
import type { Queryable } from '../queryable.ts';
import { openTiles, type TileSource } from '../tiles/tiles.pg.ts';
import * as documents from './documents.ts';
import { parseItemQuery } from './item-query.ts';
import { openApi } from './openapi.ts';
import * as pages from './pages.ts';
import { countSql, featureOf, itemSql, itemsSql, parseItemsQuery, type Sql } from './query.ts';
import * as schemas from './schemas.ts';
import { formatOf, sendDocument, sendItem, sendItems, tellCrs } from './send.http.ts';
import { tileRoutes } from './tiles.http.ts';
import { wmtsRoutes } from './wmts.http.ts';

export interface OneMapOptions {
  readonly database: Queryable;
  /** Who asks. @throws Problem unauthenticated */
  readonly identityOf: (request: Request) => Identity;
  /** One row of the audit table, for reads of layers that are not shared unconditionally. */
  readonly audit: (entry: {
    identity: Identity | null;
    address: string | null;
    act: string;
    target: string;
    detail?: Readonly<Record<string, unknown>>;
  }) => void;
  /** Declared layers; those of the table `layer` come beside them. */
  readonly layers?: ReadonlyMap<string, Layer>;
  /** How often changes are listened for while nobody asks, milliseconds; absent: never. */
  readonly listenMilliseconds?: number;
  readonly now: () => number;
  /** Memory for cached tiles, default 32 MiB. */
  readonly tileBytes?: number;
}
export interface OneMapRouter extends Router {
  readonly tiles: TileSource;
  readonly changes: Changes;
  readonly layers: Layers;
}

/** Reads of restricted tiles are audited once per viewer and layer in this time, not once per tile. */
const AUDIT_QUIET_MILLISECONDS = 60_000;

export function oneMapRouter(options: OneMapOptions): OneMapRouter {
  const { database, identityOf, audit } = options;
  const changes = openChanges(database, options.listenMilliseconds ?? null);
  const layers = openLayers(database, changes, options.layers ?? layersById());
  const tiles = openTiles({
    ...{ database, changes, layers: () => layers.all().values(), now: options.now },
    ...(options.tileBytes === undefined ? {} : { budgetBytes: options.tileBytes }),
  });
  const columns = openColumns(database);
  const auditedTiles = new Set<string>();
  const router = Router();

  const addressOf = (request: Request): string => `${request.protocol}://${request.get('host') ?? 'localhost'}${request.baseUrl}`;

  function readable(request: Request): Layer[] {
    const identity = identityOf(request);
    return [...layers.all().values()].filter(
      (layer) => isShown(identity, layer) && ['open', 'restricted'].includes(sightOf(identity.scope, layer)),
    );
  }
  /** @throws Problem not-found | forbidden */
  const layerOf = (request: Request, id: string): Layer => layerFor(layers.all(), identityOf(request), id);
  function auditRead(request: Request, layer: Layer, what: 'items' | 'tiles', detail: Readonly<Record<string, unknown>> = {}): void {
    const identity = identityOf(request);
    if (sightOf(identity.scope, layer) !== 'restricted') return;
    if (what === 'tiles') {
      const key = `${identity.user} ${layer.id}`;
      if (auditedTiles.has(key)) return;
      auditedTiles.add(key);
      setTimeout(() => auditedTiles.delete(key), AUDIT_QUIET_MILLISECONDS).unref();
    }
    audit({ identity, address: request.ip ?? null, act: 'read-restricted', target: `ogc/${layer.id}/${what}`, detail });
  }

  /** Sets ETag and caching; true: the viewer has it already and 304 was sent. */
  function unchanged(request: Request, response: Response, etag: string): boolean {
    response.set({ ETag: etag, 'Cache-Control': 'private, no-cache', Vary: 'Cookie, Authorization, Accept, Accept-Encoding' });
    if (!request.fresh) return false;
    response.status(304).end();
    return true;
  }
  /** Metadata: no parameters but f, and an address of its own; `type` is that of the JSON. */
  function document(
    path: string,
    make: (request: Request, base: string) => object | Promise<object>,
    page = pages.documentHtml,
    type = 'application/json',
  ): void {
    router.get(path, async (request, response) => {
      identityOf(request);
      const base = addressOf(request);
      sendDocument(request, response, { doc: await make(request, base), base, page, type });
    });
  }
  const run = (sql: Sql): Promise<Record<string, unknown>[]> => database.query(sql.text, sql.values);

  interface Whole {
    readonly version: string;
    readonly extent: BBox | null;
    readonly updated: number | null;
  }
  const wholes = new Map<string, Whole>();
  /** Extent and age of the whole layer, read once per version. For scoped layers they would tell of rows out of sight: none. */
  async function wholeOf(layer: Layer): Promise<Pick<Whole, 'extent' | 'updated'>> {
    if (layer.adcodeColumn !== null) return { extent: null, updated: null };
    const version = changes.version(layer);
    const known = wholes.get(layer.id);
    if (known?.version === version) return known;
    const values: unknown[] = [];
    const clauses = rowClauses(layer, (value) => `$${values.push(value)}`);
    const [row] = await database.query<{ box: number[] | null; newest: Date | null }>(
      `SELECT ARRAY[ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)] AS box, newest FROM (SELECT ST_Extent(geom) AS e, max(since) AS newest FROM ${quoted(layer.table)}
       ${clauses.length ? `WHERE ${clauses.join(' AND ')}` : ''}) AS t WHERE e IS NOT NULL`,
      values,
    );
    const extent = row?.box?.length === 4 ? (row.box as unknown as BBox) : null;
    const newest = row?.newest ? Number(new Date(row.newest)) : Number.NaN;
    const whole = { version, extent, updated: Number.isFinite(newest) ? newest : null };
    wholes.set(layer.id, whole);
    return whole;
  }
  const extentOf = async (layer: Layer): Promise<BBox | null> => (await wholeOf(layer)).extent;

  // What anybody asks rests on what is committed (features/changes.pg.ts) and on the layers that there are.
  router.use((_request, _response, next) => {
    layers.current().then(() => next(), next);
  });
  document('/', (_, base) => documents.landingPage(base), pages.landingHtml);
  document('/conformance', () => documents.conformance);
  async function catalogue(request: Request, base: string): Promise<object> {
    const visible = readable(request);
    const wholes = await Promise.all(visible.map(wholeOf));
    return documents.collections(
      base,
      visible.map((layer, i) => documents.collection(base, layer, wholes[i]?.extent ?? null, wholes[i]?.updated)),
    );
  }
  async function entry(request: Request, base: string): Promise<object> {
    const layer = layerOf(request, String(request.params['id']));
    const { extent, updated } = await wholeOf(layer);
    return documents.collection(base, layer, extent, updated);
  }
  document('/collections', catalogue, pages.collectionsHtml);
  document('/collections/:id', entry, pages.collectionHtml);
  for (const [name, make] of [
    ['queryables', schemas.queryables],
    ['schema', schemas.returnables],
  ] as const)
    document(
      `/collections/:id/${name}`,
      async (request, base) => {
        const layer = layerOf(request, String(request.params['id']));
        return make(base, layer, await columns.of(layer));
      },
      pages.documentHtml,
      schemas.SCHEMA_TYPE,
    );
  router.get('/api', (request, response) => {
    const base = addressOf(request);
    const type = 'application/vnd.oai.openapi+json;version=3.0';
    sendDocument(request, response, { doc: openApi(base, readable(request)), base, page: pages.documentHtml, type });
  });

  router.get('/collections/:id/items', async (request, response) => {
    const layer = layerOf(request, request.params.id);
    const query = { ...parseItemsQuery(layer, request.query), filter: parseFilter(request.query, await columns.of(layer)) };
    const format = formatOf(request);
    const prefix = rowPrefix(identityOf(request).scope, layer);
    const base = addressOf(request);
    auditRead(request, layer, 'items', { query: request.url.split('?')[1] ?? '' });
    tellCrs(response, query.crs);
    if (unchanged(request, response, etagOf(changes.version(layer), prefix, layer.id, JSON.stringify(query), format.id, base))) return;
    const [rows, counted] = await Promise.all([run(itemsSql(layer, query, prefix)), run(countSql(layer, query, prefix))]).catch((error) => {
      throw query.filter ? evaluationProblem(error) : error;
    });
    const features = rows.slice(0, query.limit).map((row) => featureOf(layer, row));
    const matched = Number(counted[0]?.['n'] ?? 0);
    sendItems(request, response, { layer, query, format, base, features, more: rows.length > query.limit, matched });
  });
  router.get('/collections/:id/items/:feature', async (request, response) => {
    const layer = layerOf(request, request.params.id);
    const { crs, moment } = parseItemQuery(request.query);
    const format = formatOf(request);
    const id = /^[1-9]\d{0,14}$/.test(request.params.feature) ? Number(request.params.feature) : null;
    const prefix = rowPrefix(identityOf(request).scope, layer);
    const rows = id === null ? [] : await run(itemSql(layer, id, prefix, crs, moment));
    const row = rows[0];
    if (!row) throw new Problem('not-found', { what: `${layer.title.zh} ${request.params.feature.slice(0, 40)}` });
    auditRead(request, layer, 'items', { id });
    const feature = featureOf(layer, row);
    const base = addressOf(request);
    tellCrs(response, crs);
    if (unchanged(request, response, etagOf(JSON.stringify(feature), layer.id, format.id, crs.uri, base))) return;
    sendItem(request, response, { layer, crs, format, base, feature });
  });

  const door = { tiles, identityOf, addressOf, readable, layerOf, extentOf, auditRead, unchanged, document };
  tileRoutes(router, door);
  wmtsRoutes(router, door);

  router.get('/relief/:name.png', async (request, response) => {
    identityOf(request);
    const [row] = await database.query<{ png: Buffer }>('SELECT png FROM relief_picture WHERE name = $1', [request.params.name]);
    const etag = etagOf(row ? createHash('sha256').update(row.png).digest('base64url') : null, request.params.name);
    if (unchanged(request, response, etag)) return;
    if (row) response.type('image/png').end(row.png);
    else if (request.params.name === 'shade') response.type('image/png').end(TRANSPARENT);
    else throw new Problem('not-found', { what: `地形 ${request.params.name}` });
  });

  return Object.assign(router, { tiles, changes, layers });
}

function etagOf(...parts: readonly (string | null)[]): string {
  return `W/"${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)}"`;
}
/** One transparent pixel: a map without relief data is a map without shade, not an error. */
const TRANSPARENT = pngOf({ width: 1, height: 1, pixels: new Uint8Array(2) });
