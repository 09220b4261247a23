// The HTTP side of the house: headers, sessions, routes, pages, and one place for errors, in the order a request passes them.
import type { Express, RequestHandler } from 'express';
import { oneMapRouter } from '../geo-services/ogc/one-map.http.ts';
import { observationsDoor } from '../iot-gateway/transports/observations.http.ts';
import type { AccountsAuth } from './auth/accounts.pg.ts';
import { adminRoutes } from './auth/admin.http.ts';
import { securityHeaders } from './auth/headers.http.ts';
import { identify, requireAct, requireIdentity } from './auth/identity.http.ts';
import { notFound, problemHandler } from './auth/problem.http.ts';
import { sessionRoutes } from './auth/session.http.ts';
import type { PgDatabase } from './database/pool.pg.ts';
import type { House } from './house.ts';
import type { Ingest } from './ingest.ts';
import { projectRoot } from './project-root.file.ts';
import { lineageRouter } from './routes/lineage.http.ts';
import { pagesRouter } from './routes/pages.http.ts';
import { probesRouter } from './routes/probes.http.ts';
import { stateRouter } from './routes/state.http.ts';

export interface AppParts {
  readonly house: House;
  readonly database: PgDatabase;
  readonly auth: AccountsAuth;
  readonly ingest: Ingest;
  readonly trustProxy: boolean;
  readonly onDefect: (message: string, error: unknown) => void;
}

/** Readings over HTTP come from programs with an account; devices with secrets of their own are a later issue. */
const requireWriter: RequestHandler = (request, _response, next) => {
  requireAct(request, 'write-thing', '写入观测');
  next();
};

export function mountApp(app: Express, { house, database, auth, ingest, trustProxy, onDefect }: AppParts): void {
  const { now, registry } = house;
  // One hop: the address our own proxy saw. `true` would believe the first one in the header, which the visitor writes himself.
  app.disable('x-powered-by').set('trust proxy', trustProxy ? 1 : false);
  app.use(securityHeaders());
  app.use(identify(auth.sessions), probesRouter(house));
  app.use('/api', sessionRoutes({ auth }), adminRoutes({ auth }));
  app.use('/api', stateRouter(house, database), lineageRouter(house, database), notFound);
  app.use('/ogc', oneMapRouter({ database, identityOf: requireIdentity, audit: auth.audit }));
  app.use(
    '/sta/v1.1',
    requireWriter,
    observationsDoor({ intake: ingest, now, knows: (id) => registry.datastream(id) !== undefined }).router,
  );
  app.use(
    pagesRouter(`${projectRoot()}/dist/pages`),
    notFound,
    problemHandler({ log: { error: ({ err, incident }) => onDefect(`incident ${String(incident)}`, err) } }),
  );
}
