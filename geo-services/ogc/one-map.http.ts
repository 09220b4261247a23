// 一张图 over HTTP: OGC API Features and Tiles and WMTS as one express Router, to be mounted at /ogc behind the session check.
//
// Every answer is private to the viewer and revalidated (ETag → 304), so a committed row shows with the next request. What throws is a Problem
// and goes to the server's one error handler.
import { createHash } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import type { AuditEntry, Identity } from '../../contracts/access.ts';
import { province } from '../../contracts/adcodes.data.ts';
import type { BBox } from '../../contracts/geo.ts';
import { isWhole, viewKey } from '../../contracts/grant.ts';
import type { Layer } from '../../contracts/layer.ts';
import type { LayerMetadata } from '../../contracts/layer-life.ts';
import { Problem } from '../../contracts/problem.ts';
import { openColumns } from '../cql2/columns.pg.ts';
import { evaluationProblem, parseFilter } from '../cql2/filter.ts';
import { bindCall } from '../features/call.ts';
import { type Changes, type LayerChange, touches } from '../features/changes.pg.ts';
import { openExtents } from '../features/extents.pg.ts';
import type { Layers } from '../features/layers.pg.ts';
import type { SeenLayer } from '../features/seen.ts';
import { openSight, type Sight, type SightOptions } from '../features/sight.pg.ts';
import { openWriter } from '../features/write.pg.ts';
import { pngOf } from '../import/png.file.ts';
import { isAudited, isReadable, layerFor } from '../one-map/sight.ts';
import type { Transactional } from '../queryable.ts';
import { keepPatches } from '../tiles/patches.pg.ts';
import { keepPyramids } from '../tiles/pyramid.pg.ts';
import { openTiles, type TileSource } from '../tiles/tiles.pg.ts';
import { pageLinks, pageParameters, parsePage } from './collections-page.ts';
import * as documents from './documents.ts';
import { etagStem } from './feature-body.ts';
import { fgbPageOf, fgbSql } from './fgb.ts';
import { itemFormats } from './formats.ts';
import { parseItemQuery } from './item-query.ts';
import { writeRoutes } from './items-write.http.ts';
import { countMatched } from './matched.pg.ts';
import { openApi } from './openapi.ts';
import * as pages from './pages.ts';
import { featureOf, itemSql, itemsSql, parseItemsQuery, type Sql } from './query.ts';
import { rasterRoutes } from './raster.http.ts';
import { catalogueDocument } from './record.ts';
import { openRecordSource } from './record-source.pg.ts';
import { recordRoutes } from './records.http.ts';
import { schemaHtml } from './schema-page.ts';
import * as schemas from './schemas.ts';
import { formatOf, sendDocument, sendItem, sendItems, tellCrs } from './send.http.ts';
import { parseSorting, unsortedFile } from './sorting.ts';
import { openStoredStyles } from './stored-styles.pg.ts';
import { builtInStyles, styleRoutes } from './styles.http.ts';
import { styleWriteRoutes } from './styles-write.http.ts';
import { type OneMapDoor, tileRoutes } from './tiles.http.ts';
import { wmtsRoutes } from './wmts.http.ts';

export interface OneMapOptions extends SightOptions {
  readonly database: Transactional;
  /** What other doors go by too; absent: one of its own. */
  readonly sight?: Sight;
  /** Who asks. @throws Problem unauthenticated */
  readonly identityOf: (request: Request) => Identity;
  /** Whether whoever asks may use a layer at all, before sharing and scope are looked at; absent: yes. Keys and visitors have few layers. */
  readonly admits?: (request: Request, layer: Layer) => boolean;
  /** One row of the audit table, for reads of layers that are not shared unconditionally. */
  readonly audit: (entry: AuditEntry) => void;
  /** Metadata of a declared layer, for its record in the catalogue; absent: none. Imported ones have theirs in the table `layer`. */
  readonly describe?: (layer: Layer) => LayerMetadata;
  /** Memory for cached tiles, default 128 MiB. */
  readonly tileBytes?: number;
  /** Told each tile that is sent whole (tiles.http.ts). */
  readonly onTile?: OneMapDoor['onTile'];
  /** What failed in the background, and is tried again or got round. */
  readonly onError?: (error: unknown) => void;
}
export interface LayerNews {
  readonly layer: {
    readonly id: string;
    /** Whether somebody sees every row as it is, a part of them, or does not read the layer. */
    readonly seenBy: (viewer: Identity) => 'all' | 'part' | 'none';
  } | null;
  readonly change: LayerChange;
}
export interface OneMapRouter extends Router {
  readonly tiles: TileSource;
  readonly changes: Changes;
  readonly layers: Layers;
  /** What changed in published layers; `layer` null: in the list of them, or in who sees what. */
  onLayerChange(listener: (news: readonly LayerNews[]) => void): void;
  /** Listens and builds no more. */
  close(): void;
}

/** Reads of restricted tiles are audited once per viewer and layer in this time, not once per tile. */
const AUDIT_QUIET_MILLISECONDS = 60_000;

export function oneMapRouter(options: OneMapOptions): OneMapRouter {
  const { database, identityOf, audit, admits = () => true } = options;
  const sight = options.sight ?? openSight(options);
  const { changes, layers, grants } = sight;
  const tiles = openTiles({
    ...{ database, changes, layers: () => layers.all().values(), now: options.now, onError: options.onError },
    ...(options.tileBytes === undefined ? {} : { budgetBytes: options.tileBytes }),
  });
  // A server that listens builds as well; a door of a test does not, unless it is told to.
  const parts = { database, changes, layers, ...(options.onError ? { onError: options.onError } : {}) };
  const keepers = options.listenMilliseconds === undefined ? [] : [keepPyramids(parts), keepPatches(parts)];
  const columns = openColumns(database);
  const auditedTiles = new Set<string>();
  const router = Router();

  const addressOf = (request: Request): string => `${request.protocol}://${request.get('host') ?? 'localhost'}${request.baseUrl}`;

  function readable(request: Request): SeenLayer[] {
    const identity = identityOf(request);
    const seer = grants.of(identity);
    const seen: SeenLayer[] = [];
    for (const layer of layers.all().values()) {
      const one = isReadable(identity, layer) && admits(request, layer) ? seer(layer) : null;
      if (one) seen.push(one);
    }
    return seen;
  }
  /** The layer as the viewer sees it. @throws Problem not-found | forbidden */
  function layerOf(request: Request, id: string): SeenLayer {
    const known = layers.all().get(id);
    if (known && !admits(request, known)) throw new Problem('not-found', { what: `图层 ${id}` });
    return layerFor(layers.all(), grants, identityOf(request), id);
  }
  function auditRead(request: Request, layer: SeenLayer, what: 'items' | 'tiles', detail: Readonly<Record<string, unknown>> = {}): void {
    const identity = identityOf(request);
    if (!isAudited(identity, layer)) return;
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
    make: (request: Request, base: string, response: Response) => object | Promise<object>,
    page = pages.documentHtml,
    type = 'application/json',
    parameters: readonly string[] = [],
  ): void {
    router.get(path, async (request, response) => {
      identityOf(request);
      const base = addressOf(request);
      sendDocument(request, response, { doc: await make(request, base, response), base, page, type, parameters });
    });
  }
  const run = (sql: Sql): Promise<Record<string, unknown>[]> => database.query(sql.text, sql.values);

  const extents = openExtents(database, changes, options.now);
  const extentOf = async (layer: SeenLayer): Promise<BBox | null> => (await extents.of(layer)).extent;

  // What anybody asks rests on what is committed (features/changes.pg.ts) and on the layers that there are.
  router.use((_request, _response, next) => {
    sight.current().then(() => next(), next);
  });
  const door = { tiles, identityOf, addressOf, readable, layerOf, extentOf, auditRead, unchanged, document, onTile: options.onTile };
  // Asked for most, and so first: every route before costs each tile a look at its address.
  tileRoutes(router, door);
  document('/', (_, base) => documents.landingPage(base), pages.landingHtml);
  document('/conformance', () => documents.conformance);
  async function catalogue(request: Request, base: string): Promise<object> {
    const page = parsePage(request.query);
    const all = readable(request);
    const visible = all.slice(page.offset, page.offset + page.limit);
    const wholes = await Promise.all(visible.map(extents.of));
    const entries = visible.map((layer, i) => documents.collection(base, layer, wholes[i]?.extent ?? null, wholes[i]?.updated));
    // The catalogue of records is the last of the collections.
    const matched = all.length + 1;
    const ends = page.offset + page.limit >= matched && page.offset < matched;
    return documents.collections(base, ends ? [...entries, catalogueDocument(base)] : entries, {
      ...{ matched, links: pageLinks(`${base}/collections`, page, matched) },
    });
  }
  async function entry(request: Request, base: string): Promise<object> {
    const layer = layerOf(request, String(request.params['id']));
    const { extent, updated } = await extents.of(layer);
    return documents.collection(base, layer, extent, updated);
  }
  const source = openRecordSource({ database, layers, changes, extents, describe: options.describe ?? (() => ({})) });
  recordRoutes(router, { ...{ database, source, grants, admits, identityOf, addressOf, unchanged, document } });
  document('/collections', catalogue, pages.collectionsHtml, 'application/json', pageParameters);
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
      schemaHtml,
      schemas.SCHEMA_TYPE,
    );
  router.get('/api', (request, response) => {
    const base = addressOf(request);
    const type = 'application/vnd.oai.openapi+json;version=3.0';
    sendDocument(request, response, { doc: openApi(base, readable(request)), base, page: pages.documentHtml, type });
  });

  router.get('/collections/:id/items', async (request, response) => {
    const layer = bindCall(layerOf(request, request.params.id), request.query);
    const own = await columns.of(layer);
    const query = {
      ...parseItemsQuery(layer, request.query),
      filter: parseFilter(request.query, own),
      sorting: parseSorting(layer, request.query),
    };
    const format = formatOf(request);
    if (format.id === 'fgb' && query.sorting.offset !== null) throw new Problem('bad-parameter', unsortedFile(request.query));
    const base = addressOf(request);
    auditRead(request, layer, 'items', { query: request.url.split('?')[1] ?? '' });
    tellCrs(response, query.crs);
    if (
      unchanged(
        request,
        response,
        etagOf(changes.version(layer), viewKey(layer.view), layer.id, JSON.stringify([query, layer.call?.given]), format.id, base),
      )
    )
      return;
    const asked = format.id === 'fgb' ? fgbSql(layer, query, own) : itemsSql(layer, query, own);
    const [rows, matched] = await Promise.all([run(asked), countMatched(database, layer, query)]).catch((error) => {
      const named = [...(query.filter ? ['filter'] : []), ...query.filters.map(({ attribute }) => attribute)];
      throw named.length > 0 ? evaluationProblem(error, named.join(' ')) : error;
    });
    const file = format.id === 'fgb' ? fgbPageOf(layer, own, rows[0]) : undefined;
    const features = file ? [] : rows.slice(0, query.limit).map((row) => featureOf(layer, row));
    sendItems(request, response, { layer, query, format, base, features, more: file?.more ?? rows.length > query.limit, matched, file });
  });
  /** The feature as it is, or was; its ETag begins with its state (feature-body.ts etagStem) and goes on with the representation. */
  async function sendFeature(request: Request, response: Response, layer: SeenLayer, id: number | null, fresh: boolean): Promise<void> {
    const { crs, moment } = parseItemQuery(request.query);
    const format = formatOf(request, itemFormats);
    const rows = id === null ? [] : await run(itemSql(layer, id, crs, moment));
    const row = rows[0];
    if (!row) throw new Problem('not-found', { what: `${layer.title.zh} ${String(request.params['feature']).slice(0, 40)}` });
    if (fresh) auditRead(request, layer, 'items', { id });
    const feature = featureOf(layer, row);
    const base = addressOf(request);
    tellCrs(response, crs);
    const shape = createHash('sha256')
      .update(JSON.stringify([feature, format.id, crs.uri, base]))
      .digest('base64url')
      .slice(0, 12);
    const etag = `"${etagStem(feature.id, String(row['revision']))}.${shape}"`;
    if (fresh && unchanged(request, response, etag)) return;
    response.set({ ETag: etag, 'Cache-Control': 'private, no-cache' });
    sendItem(request, response, { layer, crs, format, base, feature });
  }
  router.get('/collections/:id/items/:feature', async (request, response) => {
    const { id: layer, feature } = request.params;
    const id = /^[1-9]\d{0,14}$/.test(feature) ? Number(feature) : null;
    await sendFeature(request, response, layerOf(request, layer), id, true);
  });
  writeRoutes(router, {
    ...{ identityOf, addressOf, layerOf, columns, audit, writer: openWriter(database) },
    checkAnswer(request) {
      parseItemQuery(request.query);
      formatOf(request, itemFormats);
    },
    sendFeature: (request, response, layer, id) => sendFeature(request, response, layer, id, false),
  });

  rasterRoutes(router, door, database);
  const stored = openStoredStyles(database);
  wmtsRoutes(router, { ...door, database, stored });
  styleRoutes(router, { ...door, stored });
  styleWriteRoutes(router, { identityOf, addressOf, layerOf, stored, audit, builtIn: builtInStyles });

  router.get('/relief/:name.png', async (request, response) => {
    identityOf(request);
    const [row] = await database.query<{ png: Buffer }>('SELECT png FROM relief_picture WHERE name = $1', [request.params.name]);
    const etag = etagOf(row ? createHash('sha256').update(row.png).digest('base64url') : null, request.params.name);
    if (unchanged(request, response, etag)) return;
    if (row) response.type('image/png').end(row.png);
    else if (request.params.name === 'shade') response.type('image/png').end(TRANSPARENT);
    else throw new Problem('not-found', { what: `地形 ${request.params.name}` });
  });

  // What is left is read.
  router.use((request, _response, next) => {
    if (!['GET', 'HEAD', 'OPTIONS'].includes(request.method))
      throw new Problem('method-not-allowed', { method: request.method, allow: 'GET, HEAD' });
    next();
  });

  /** What is being built is given up with its connection; the next start builds it. */
  const close = (): void => {
    changes.close();
    for (const keeper of keepers) void keeper.stop();
  };
  const seenBy =
    (layer: Layer) =>
    (viewer: Identity): 'all' | 'part' | 'none' => {
      const seen = isReadable(viewer, layer) ? grants.of(viewer)(layer) : null;
      if (!seen) return 'none';
      return isWhole(seen.view) && (seen.view.rows === null || viewer.scope.adcode === province.adcode) ? 'all' : 'part';
    };
  const onLayerChange: OneMapRouter['onLayerChange'] = (listener) =>
    void changes.onChange((heard) => {
      // What is told to whom goes by the grants; a database that is away is told to whoever asks.
      if (heard.some(({ source }) => source === 'layer_grant')) grants.current().catch(() => undefined);
      const shown = [...layers.all().values()].filter(({ state }) => state === undefined || state === 'published');
      listener(
        heard.flatMap((change): LayerNews[] =>
          change.source === 'layer' || change.source === 'layer_grant'
            ? [{ layer: null, change }]
            : shown.filter((layer) => touches(change, layer)).map((layer) => ({ layer: { id: layer.id, seenBy: seenBy(layer) }, change })),
        ),
      );
    });
  return Object.assign(router, { tiles, changes, layers, onLayerChange, close });
}

function etagOf(...parts: readonly (string | null)[]): string {
  return `W/"${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)}"`;
}
/** One transparent pixel: a map without relief data is a map without shade, not an error. */
const TRANSPARENT = pngOf({ width: 1, height: 1, pixels: new Uint8Array(2) });
