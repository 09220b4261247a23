// The root of the server: builds the parts in the order in which values flow, opens the ports, and closes everything in reverse.
import express from 'express';
import { pino } from 'pino';
import { importOneMap } from '../geo-services/import/import-one-map.pg.ts';
import { openImports } from '../geo-services/import/jobs.pg.ts';
import { openLocator } from '../geo-services/locate.pg.ts';
import { streams } from '../streams/index.ts';
import { openTableLog } from '../streams/log/table.pg.ts';
import { createPipeline } from '../streams/pipeline.ts';
import { mountApp } from './app.http.ts';
import { createAuth } from './auth/accounts.pg.ts';
import { startBeat } from './beat.ts';
import { processConfig } from './config.ts';
import { startCluster } from './database/cluster.file.ts';
import { problemOf } from './database/failures.ts';
import { migrate } from './database/migrate.pg.ts';
import { openDatabase } from './database/pool.pg.ts';
import { playFleet } from './demo/fleet.mqtt.ts';
import { forkFleet } from './demo/fork.file.ts';
import { isEmpty, newestSimulated, seedDemo } from './demo/seed.pg.ts';
import { plantBeside } from './demo/themes/plant.pg.ts';
import { healthOf } from './health.ts';
import type { House } from './house.ts';
import { createIngest } from './ingest.ts';
import { readDotenv } from './project-root.file.ts';
import { openProtocols } from './protocols.file.ts';
import { openRoads } from './roads.tcp.ts';
import { createHttpServer } from './routes/serve.http.ts';
import { createLatency } from './sockets/latency.ts';
import { openPush } from './sockets/push.socket.ts';
import { openUpdates } from './sta/updates.ts';
import { startFailure } from './start-failure.ts';
import { openHistory, readCursor } from './store/history.pg.ts';
import { createStore } from './store/latest.ts';
import { openObservationDetails } from './store/observation-details.pg.ts';
import { warmUp } from './store/recovery.pg.ts';
import { countRefusals } from './store/refusals.ts';
import { openRegistry } from './store/registry.pg.ts';
import { openRejects } from './store/rejects.pg.ts';
import { startRetention } from './store/retention.pg.ts';

const now = (): number => Date.now();
const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));

async function start(): Promise<void> {
  const config = processConfig(readDotenv());
  const protocols = openProtocols(config);
  const logger = pino({ level: config.logLevel });
  const onError = (error: unknown): void => logger.warn({ err: error }, 'retried');

  // database
  const cluster = config.databaseUrl ? null : await startCluster({ dataDir: config.dataDir, log: logger });
  const url = (): string => config.databaseUrl ?? cluster?.url ?? '';
  const database = openDatabase(url);
  // Connections of its own for the map: however many tiles are asked for, a reading finds a free one.
  const mapDatabase = openDatabase(url, { max: 6 });
  await migrate(database);
  const map = await importOneMap(database);
  if (map.changed) logger.info({ rows: map.rows, missing: map.missing }, 'one map imported');

  // log, registry, pipeline, store, history
  const log = openTableLog(database.pool, { now });
  const locate = await openLocator(database);
  const store = createStore(streams, locate);
  const registry = await openRegistry(database, store.putThing, store.dropThing);
  const before = await newestSimulated(database, now());
  const demo = config.demo ?? ((await isEmpty(database)) || before !== null);
  const since = before ?? now() - 48 * 3_600_000;
  const sites = demo ? await seedDemo(database, registry, config.demoSeed) : [];
  const pipeline = createPipeline({ streams, locate });
  const trust = await warmUp({ database, registry, store, pipeline, streams, now, onError });
  const rejects = countRefusals(openRejects(database.pool, { onError }));
  const details = openObservationDetails(database.pool, onError);
  const history = openHistory(database.lane('history', 1), { now, onError, before: () => details.written(rejects.written) });
  const ingest = createIngest({ log, registry, pipeline, store, history, rejects, protocols, streams, now, pause });
  ingest.onObservation(details.hear);
  const replayed = await ingest.recover(await readCursor(database.pool));
  if (replayed > 0) logger.info({ replayed }, 'frames taken from the log');
  const beat = startBeat({ store, ingest, locate, now });
  const imports = openImports({ pool: database.lane('import', 3), folder: `${config.dataDir}/imports`, onError, problemOf });

  // who is looking
  const auth = createAuth({ database, now, warn: (message, figures) => logger.warn(figures, message), sessionHours: config.sessionHours });
  const accounts = await auth.bootstrap({ adminPassword: config.adminPassword, demo });
  // http and sockets
  const app = express();
  const http = createHttpServer((request, response) => mounted.listener(request, response));
  const latency = createLatency();
  const house: House = {
    ...{ config, database, log, registry, store, auth, streams, protocols, imports, locate, now },
    health: () => {
      const told = { database: database.state(), sockets: push.sockets(), protocols: ingest.counters(), now: now() };
      return healthOf({ store, streams, latency, demo, readingsPerSecond: beat.readingsPerSecond(), ...told });
    },
    ...{ replayUnclaimed: ingest.replayUnclaimed, snooze: ingest.snooze, trust: pipeline.trust },
  };
  const push = openPush({ http, house, latency, health: house.health });
  auth.onSessionsEnded(push.end);
  const figures = () => ({ log: log.stats(), backlog: history.backlog(), push: push.stats(), refused: rejects.refusals() });
  const onDefect = (message: string, error: unknown): void => logger.error({ err: error }, message);
  const updates = openUpdates(house, ingest);
  const mounted = mountApp(app, { house, database: mapDatabase, auth, ingest, figures, trustProxy: config.trustProxy, onDefect, updates });
  mounted.oneMap.onLayerChange(push.tellMap);
  await imports.resume();
  await new Promise<void>((resolve, reject) => http.once('error', reject).listen(config.port, config.host, resolve));

  // devices
  const roads = await openRoads({ config, protocols, intake: ingest, now, updates });
  const retention = startRetention({
    ...{ pool: database.pool, now, onError, dropFrames: (before) => log.dropBefore(before) },
    ...{ logRetentionDays: config.logRetentionDays, historyRetentionDays: config.historyRetentionDays },
    onDropped: (dropped) => logger.info(dropped, 'too old, dropped'),
  });
  const address = http.address();
  const port = typeof address === 'object' && address ? address.port : config.port;
  const played = { kind: 'fleet', sites, ports: roads.ports, mqttUrl: roads.mqttUrl, seed: config.demoSeed, since, pace: 1 } as const;
  const fleet = demo ? forkFleet(process.argv[1] ?? '', played) : null;
  if (accounts.admin) console.log(`管理员 ${accounts.admin.name} 口令（只显示一次）: ${accounts.admin.password}`);
  console.log(`ready ${JSON.stringify({ http: `http://${config.host}:${port}`, ...roads.ports })}`);
  const planting = demo ? plantBeside(database, config.demoSeed, logger) : null;
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    fleet?.close();
    await planting;
    beat.stop();
    await roads.close();
    await retention.stop();
    mounted.oneMap.close();
    await push.close();
    http.closeAllConnections();
    await imports.stop();
    await ingest.settled();
    for (const part of [trust, history, rejects, log, auth, mapDatabase, database]) await part.close();
    await cluster?.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
}
if (process.argv[2] === 'simulate') playFleet(process);
else
  start().catch((error: unknown) => {
    console.error(startFailure(error, () => processConfig(readDotenv())));
    process.exit(1);
  });
