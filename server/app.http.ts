// The HTTP side of the house: headers, sessions, routes, pages, and one place for errors, in the order a request passes them.
import type { RequestListener } from 'node:http';
import { type Express, type RequestHandler, Router } from 'express';
import type { Layer } from '../contracts/layer.ts';
import { Problem } from '../contracts/problem.ts';
import { openSight, type Sight } from '../geo-services/features/sight.pg.ts';
import { type OneMapRouter, oneMapRouter } from '../geo-services/ogc/one-map.http.ts';
import { type ObservationsDoor, observationsDoor } from '../iot-gateway/transports/observations.http.ts';
import type { AccountsAuth } from './auth/accounts.pg.ts';
import { adminRoutes } from './auth/admin.http.ts';
import { mayReadThing, streamsByPath } from './auth/guard.ts';
import { securityHeaders } from './auth/headers.http.ts';
import { addressOf, identify, requireAct, requireIdentity } from './auth/identity.http.ts';
import { openOgcDoor } from './auth/ogc-door.http.ts';
import { notFound, problemHandler } from './auth/problem.http.ts';
import { sessionRoutes } from './auth/session.http.ts';
import { declaredMetadata, streamsOfLayers } from './catalogue/declared.ts';
import type { PgDatabase } from './database/pool.pg.ts';
import type { House } from './house.ts';
import type { Ingest } from './ingest.ts';
import { projectRoot } from './project-root.file.ts';
import { analysisRoutes } from './routes/analysis.http.ts';
import { catalogueRouters, portalOf } from './routes/catalogue.http.ts';
import { houseRouters } from './routes/index.http.ts';
import { openKeptTiles } from './routes/kept-tiles.http.ts';
import type { Figures } from './routes/metrics.http.ts';
import { openPageFiles } from './routes/page-files.file.ts';
import { pageRoutes } from './routes/pages.http.ts';
import { prepareObservation, serviceOf, staRoutes } from './routes/sta.http.ts';
import { methodsOf, wrongMethod } from './routes/wrong-method.http.ts';
import type { Updates } from './sta/updates.ts';

export interface AppParts {
  readonly house: House;
  /** For 一张图. */
  readonly database: PgDatabase;
  readonly auth: AccountsAuth;
  readonly ingest: Ingest;
  /** What /metrics tells beside the health of the house. */
  readonly figures: () => Figures;
  readonly trustProxy: boolean;
  /** Who hears of SensorThings entities. */
  readonly updates: Updates;
  readonly onDefect: (message: string, error: unknown) => void;
  /** Folder of the built pages; absent: dist/pages. */
  readonly pages?: string;
}

/** Answers are made per viewer: no cache between us and him keeps one. */
const notKept: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};
/** A body that is no JSON is not looked into (RFC 9110 §15.5.16). */
const jsonOnly: RequestHandler = (request, _response, next) => {
  // Files come as they are, and their route says what it takes.
  if (request.baseUrl + request.path === '/api/imports') return next();
  const takes = request.method === 'POST' && methodsOf(request.baseUrl + request.path).includes('POST');
  if (takes && request.is(['json', '+json']) === false)
    throw new Problem('unsupported-media-type', {
      given: String(request.headers['content-type'] ?? '（未给）').slice(0, 80),
      allowed: 'application/json',
    });
  next();
};
/** Readings over HTTP come from programs with an account; devices with secrets of their own are a later issue. */
const writerOf =
  (auth: AccountsAuth): RequestHandler =>
  (request, response, next) => {
    // What a batch holds is looked at one by one: it may be nothing but reading.
    if (request.method !== 'POST' || request.path === '/$batch') return next();
    const identity = requireAct(request, 'write-thing', '写入观测');
    // Everything else is audited where it is made (server/sta).
    if (/^\/(Datastreams(\(|%28)\d+(\)|%29)\/)?Observations\/?$/i.test(request.path))
      response.on('finish', () => {
        const target = String(response.get('Location') ?? '').replace(/^.*(?=\/sta\/)/, '');
        if (response.statusCode === 201) auth.audit({ identity, address: addressOf(request), act: 'write', target });
      });
    next();
  };

/** Routers under the address they hang on. */
export function mountedRouters(
  { house, database, auth, ingest, figures, onDefect, updates }: AppParts,
  sight: Sight,
): readonly (readonly [prefix: string, router: Router])[] {
  const { now, registry } = house;
  const streams = streamsByPath(house.streams);
  const door: ObservationsDoor = observationsDoor({
    intake: ingest,
    now,
    knows: (id) => registry.datastream(id) !== undefined,
    // A Datastream beyond the writer's scope is answered as one that is not there.
    admits(request, id) {
      const thing = registry.thing(registry.datastream(id)?.thing ?? -1);
      return !thing || mayReadThing(requireIdentity(request).scope, thing, streams);
    },
    prepare: (request, bytes) => prepareObservation(service, now)(request, bytes),
  });
  const service = serviceOf(house, door, updates.tell);
  return [
    ['/api', sessionRoutes({ auth })],
    ['/api', adminRoutes({ auth })],
    ['/sta/v1.1', Router().use(writerOf(auth))],
    ['/sta/v1.1', door.router],
    ['/', staRoutes(service, updates.endpoints, onDefect)],
    ['/', analysisRoutes({ database, sight, audit: auth.audit })],
    ...[...houseRouters(house, figures, sight), ...catalogueRouters(house, auth, sight)].map((router) => ['/', router] as const),
  ];
}

export interface Mounted {
  /** 一张图: the sockets tell what it hears. */
  readonly oneMap: OneMapRouter;
  /** The app, and before it what need not go through it. */
  readonly listener: RequestListener;
}

export function mountApp(app: Express, parts: AppParts): Mounted {
  const { database, auth, onDefect } = parts;
  auth.onSessionsEnded(({ user }) => void parts.updates.recheck(user));
  // One hop: the address our own proxy saw. `true` would believe the first one in the header, which the visitor writes himself.
  app.disable('x-powered-by').set('trust proxy', parts.trustProxy ? 1 : false);
  app.use(securityHeaders(), identify(auth.sessions));
  const { now } = parts.house;
  const door = openOgcDoor({ keys: auth.keys, now, portal: portalOf(parts.house, auth) });
  const { identityOf, admits } = door;
  const streamOf = streamsOfLayers(parts.house.streams);
  const describe = (layer: Layer) => declaredMetadata(layer, streamOf(layer));
  const listening = { database, now, listenMilliseconds: 100 };
  const sight = openSight(listening);
  const onError = (error: unknown): void => onDefect('pyramids or patches of a layer failed', error);
  const kept = openKeptTiles({ sessions: auth.sessions, sight, answeredAs: identityOf, tiles: () => oneMap.tiles });
  const oneMap: OneMapRouter = oneMapRouter({
    ...{ ...listening, sight, identityOf, admits, describe, onError },
    ...{ audit: auth.audit, onTile: kept.remember },
  });
  // Before the others: a map asks for hundreds of tiles, and each would be held against every address of /api.
  app.use('/ogc', door.enter, oneMap);
  app.use(['/api', '/sta'], notKept, jsonOnly);
  for (const [prefix, router] of mountedRouters(parts, sight)) app.use(prefix, router);
  app.use(wrongMethod);
  app.use(['/api', '/sta'], notFound);
  app.use(
    pageRoutes(openPageFiles(parts.pages ?? `${projectRoot()}/dist/pages`)),
    notFound,
    problemHandler({ log: { error: ({ err, incident }) => onDefect(`incident ${String(incident)}`, err) } }),
  );
  return { oneMap, listener: kept.before(app) };
}
