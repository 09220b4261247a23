// The root of the server: builds the parts in the order in which values flow, opens the ports, and closes everything in reverse.
import { createServer } from 'node:http';
import express from 'express';
import helmet from 'helmet';
import { pino } from 'pino';
import { cities } from '../contracts/adcodes.data.ts';
import { type StreamPath, streamPath } from '../contracts/stream.ts';
import { importOneMap } from '../geo-services/import/import-one-map.pg.ts';
import { oneMapRouter } from '../geo-services/ogc/one-map.http.ts';
import { protocols } from '../iot-gateway/protocols/index.ts';
import { listenBroker } from '../iot-gateway/transports/broker.mqtt.ts';
import { listenTcp } from '../iot-gateway/transports/listen.tcp.ts';
import { observationsDoor } from '../iot-gateway/transports/observations.http.ts';
import { streams } from '../streams/index.ts';
import { indicatorsOf } from '../streams/indicators.ts';
import { openTableLog } from '../streams/log/table.pg.ts';
import { createPipeline } from '../streams/pipeline.ts';
import { createAuth } from './auth/accounts.pg.ts';
import { notFound, problemHandler } from './auth/problem.http.ts';
import { identify, requireIdentity, sessionRouter } from './auth/session.http.ts';
import { processConfig } from './config.ts';
import { startCluster } from './database/cluster.file.ts';
import { migrate } from './database/migrate.pg.ts';
import { openDatabase } from './database/pool.pg.ts';
import { playFleet } from './demo/fleet.mqtt.ts';
import { forkFleet } from './demo/fork.file.ts';
import { isEmpty, newestSimulated, seedDemo } from './demo/seed.pg.ts';
import { healthOf } from './health.ts';
import type { House } from './house.ts';
import { createIngest } from './ingest.ts';
import { projectRoot, readDotenv } from './project-root.file.ts';
import { lineageRouter } from './routes/lineage.http.ts';
import { pagesRouter } from './routes/pages.http.ts';
import { probesRouter } from './routes/probes.http.ts';
import { stateRouter } from './routes/state.http.ts';
import { createLatency } from './sockets/latency.ts';
import { openPush } from './sockets/push.socket.ts';
import { openHistory, readCursor } from './store/history.pg.ts';
import { createStore } from './store/latest.ts';
import { readEvents, readLatest, readOpenAlarms } from './store/recovery.pg.ts';
import { openRegistry } from './store/registry.pg.ts';
import { openRejects } from './store/rejects.pg.ts';

const now = (): number => Date.now();
const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));

async function start(): Promise<void> {
  const config = processConfig(readDotenv());
  const logger = pino({ level: config.logLevel });
  const onError = (error: unknown): void => logger.warn({ err: error }, 'retried');

  // database
  const cluster = config.databaseUrl ? null : await startCluster({ dataDir: config.dataDir, log: logger });
  const database = openDatabase(config.databaseUrl ?? cluster?.url ?? '');
  await migrate(database);
  const map = await importOneMap(database);
  if (map.changed) logger.info({ rows: map.rows, missing: map.missing }, 'one map imported');

  // log, registry, pipeline, store, history
  const log = openTableLog(database.pool, { now });
  const store = createStore(streams);
  const registry = await openRegistry(database, (thing) => store.putThing(thing));
  const demo =
    config.demo === false
      ? false
      : (config.demo ?? false) || (await isEmpty(database)) || (await newestSimulated(database, now())) !== null;
  const since = demo ? ((await newestSimulated(database, now())) ?? now() - 48 * 3_600_000) : 0;
  const sites = demo ? await seedDemo(database, registry, config.demoSeed) : [];
  const pipeline = createPipeline({ streams });
  const latest = await readLatest(database.pool, registry, now() - 3 * 86_400_000);
  const open = await readOpenAlarms(database.pool);
  for (const observation of latest) store.putObservation(observation, true);
  for (const alarm of open) store.putAlarm(alarm);
  for (const stream of streams.filter(({ kind }) => kind === 'event'))
    for (const event of await readEvents(database.pool, registry, streamPath(stream), now() - (stream.activeSeconds ?? 0) * 1000))
      store.putObservation(event, false);
  pipeline.recover(latest, open);
  const history = openHistory(database.pool, { now, onError });
  const rejects = openRejects(database.pool, { onError });
  const ingest = createIngest({ log, registry, pipeline, store, history, rejects, protocols, now, pause });
  const replayed = await ingest.recover(await readCursor(database.pool));
  if (replayed > 0) logger.info({ replayed }, 'frames taken from the log');

  // who is looking
  const auth = createAuth({ database, now, warn: (message, figures) => logger.warn(figures, message), sessionHours: config.sessionHours });
  const accounts = await auth.bootstrap({ adminPassword: config.adminPassword, demo });

  // http and sockets
  const app = express();
  const http = createServer(app);
  const latency = createLatency();
  let [readingsPerSecond, readingsBefore] = [0, 0];
  const house: House = {
    ...{ config, database, log, registry, store, auth, streams, protocols, now },
    health: () =>
      healthOf({
        store,
        streams,
        latency,
        database: database.state(),
        demo,
        readingsPerSecond,
        sockets: push.sockets(),
        protocols: ingest.counters(),
        now: now(),
      }),
    replayUnclaimed: (protocol, device) => ingest.replayUnclaimed(protocol, device),
  };
  const push = openPush({ http, store, streams, latency, authenticate: (token) => auth.authenticate(token), health: house.health, now });
  auth.onSessionsEnded(({ user }) => push.end(user));
  app.disable('x-powered-by').set('trust proxy', config.trustProxy);
  const self = ["'self'"];
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          ...{
            defaultSrc: self,
            workerSrc: [...self, 'blob:'],
            imgSrc: [...self, 'data:', 'blob:'],
            styleSrc: [...self, "'unsafe-inline'"],
          },
          ...{ connectSrc: [...self, 'ws:', 'wss:'], objectSrc: ["'none'"], frameAncestors: self, baseUri: self },
        },
      },
      strictTransportSecurity: false,
    }),
  );
  app.use(identify(auth), probesRouter(house));
  app.use('/api/session', sessionRouter(auth));
  app.use('/api', stateRouter(house, database), lineageRouter(house, database), notFound);
  app.use('/ogc', oneMapRouter({ database, identityOf: requireIdentity, audit: auth.audit }));
  app.use('/sta/v1.1', observationsDoor({ intake: ingest, now, knows: (id) => registry.datastream(id) !== undefined }).router);
  app.use(
    pagesRouter(`${projectRoot()}/dist/pages`),
    notFound,
    problemHandler({ log: (message, error) => logger.error({ err: error }, message) }),
  );
  await new Promise<void>((resolve, reject) => http.once('error', reject).listen(config.port, config.host, resolve));

  // devices
  const device = { intake: ingest, now, host: config.host };
  const [hj212] = protocols;
  if (!hj212) throw new Error('no protocols');
  const transports = [
    await listenTcp({ ...device, protocol: hj212, port: config.hj212Port }),
    await listenBroker({ ...device, port: config.mqttPort }),
  ] as const;
  const areas = ['210000', ...cities.map((city) => city.adcode)];
  const second = setInterval(() => {
    readingsPerSecond = ingest.readings() - readingsBefore;
    readingsBefore = ingest.readings();
    store.expire(now());
    for (const alarm of pipeline.expire(now())) store.putAlarm(alarm);
    const source = {
      things: (path: StreamPath) => store.things(path),
      observations: (path: StreamPath) => store.observations(path),
      alarms: store.alarms(),
      now: now(),
    };
    store.putIndicators(areas.flatMap((adcode) => indicatorsOf({ ...source, adcode })));
  }, 1000);
  const [tcp, mqtt] = transports;
  const address = http.address();
  const port = typeof address === 'object' && address ? address.port : config.port;
  const fleet = demo
    ? forkFleet(process.argv[1] ?? '', {
        kind: 'fleet',
        sites,
        hj212Port: tcp.port,
        mqttPort: mqtt.port,
        seed: config.demoSeed,
        since,
        pace: 1,
      })
    : null;
  if (accounts.admin) console.log(`管理员 ${accounts.admin.name} 口令（只显示一次）: ${accounts.admin.password}`);
  console.log(`ready ${JSON.stringify({ http: `http://${config.host}:${port}`, mqtt: mqtt.port, hj212: tcp.port })}`);

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    fleet?.close();
    clearInterval(second);
    await Promise.all(transports.map((transport) => transport.close()));
    await push.close();
    http.closeAllConnections();
    await ingest.settled();
    await history.close();
    await rejects.close();
    await log.close();
    await auth.close();
    await database.close();
    await cluster?.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
}

if (process.argv[2] === 'simulate') playFleet(process);
else
  start().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
