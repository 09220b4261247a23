// A whole house on a database of its own, without ports: real log, registry, pipeline, store, history, auth and routes. The clock is the test's.
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import request, { type Test } from 'supertest';
import type { Role, Scope } from '../../contracts/access.ts';
import type { LngLat } from '../../contracts/geo.ts';
import { type Logged, logged } from '../../contracts/log.ts';
import type { Instant } from '../../contracts/observation.ts';
import type { Thing, ThingProperties } from '../../contracts/thing.ts';
import { openImports } from '../../geo-services/import/jobs.pg.ts';
import { openLocator } from '../../geo-services/locate.pg.ts';
import { beijingTime, encodeHj212, qnOf } from '../../iot-gateway/protocols/hj212/segment.ts';
import { protocols } from '../../iot-gateway/protocols/index.ts';
import { streams } from '../../streams/index.ts';
import { openTableLog } from '../../streams/log/table.pg.ts';
import { createPipeline } from '../../streams/pipeline.ts';
import { type AppParts, mountApp } from '../app.http.ts';
import { type AccountsAuth, createAuth } from '../auth/accounts.pg.ts';
import { readConfig } from '../config.ts';
import { problemOf } from '../database/failures.ts';
import type { PgDatabase } from '../database/pool.pg.ts';
import { healthOf } from '../health.ts';
import type { House } from '../house.ts';
import { createIngest, type Ingest } from '../ingest.ts';
import { createLatency, type Latency } from '../sockets/latency.ts';
import { openUpdates } from '../sta/updates.ts';
import { openHistory } from '../store/history.pg.ts';
import { createStore } from '../store/latest.ts';
import { openObservationDetails } from '../store/observation-details.pg.ts';
import { countRefusals } from '../store/refusals.ts';
import { openRegistry } from '../store/registry.pg.ts';
import { openRejects } from '../store/rejects.pg.ts';
import { createHttpServer } from './serve.http.ts';

const noPush = { sockets: 0, rooms: 0, members: 0, deltas: 0, closed: 0, congested: 0 };

/** As tests/database.pg.ts makes it. */
export interface TestDatabase {
  readonly database: PgDatabase;
  readonly url: string;
  drop(): Promise<void>;
}

const password = 'Right-horse-7';
export const minute = 60_000;
export const hour = 60 * minute;
/** 24 November 2026, 08:05 in Shenyang. */
export const morning = Date.parse('2026-11-24T08:05:00+08:00');

export interface TestHouse {
  readonly house: House;
  readonly db: TestDatabase;
  readonly auth: AccountsAuth;
  readonly ingest: Ingest;
  readonly latency: Latency;
  readonly parts: AppParts;
  readonly server: Server;
  readonly url: string;
  now: Instant;
  thing(uid: string, adcode: string, position: LngLat | null, properties: ThingProperties): Promise<Thing>;
  /** A token of a user with this role and scope. */
  token(role: Role, scope: Scope): Promise<string>;
  get(path: string, token?: string): Test;
  post(path: string, token: string, body: unknown): Test;
  call(method: 'put' | 'patch' | 'delete', path: string, token: string, body?: unknown): Test;
  /** A frame through decoder, log, pipeline, store and history, as a transport would hand it in. */
  send(protocol: string, address: string, bytes: Uint8Array | string): Promise<Logged>;
  /** MQTT telemetry of a device. */
  telemetry(device: string, body: unknown): Promise<Logged>;
  /** HJ 212 hour means (CN 2061). */
  air(mn: string, time: Instant, factors: Readonly<Record<string, number>>): Promise<Logged>;
  /** Resolves when everything sent is in the history. */
  written(): Promise<void>;
  close(): Promise<void>;
}

/** @param db from testDatabase(), called in the test file: a run starts its cluster for files that mention it */
export async function openTestHouse(
  db: TestDatabase,
  options: { readonly pages?: string; readonly portal?: boolean } = {},
): Promise<TestHouse> {
  const { database } = db;
  const test = { now: morning };
  const now = (): Instant => test.now;
  const locate = await openLocator(database);
  const store = createStore(streams, locate);
  const registry = await openRegistry(database, store.putThing, store.dropThing);
  const log = openTableLog(database.pool, { now });
  const rejects = countRefusals(openRejects(database.pool, { flushMilliseconds: 20 }));
  const details = openObservationDetails(database.pool, (error) => console.error(error));
  const history = openHistory(database.pool, { now, flushMilliseconds: 20, before: () => details.written(rejects.written) });
  const pipeline = createPipeline({ streams, locate });
  const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));
  const ingest = createIngest({ log, registry, pipeline, store, history, rejects, protocols, streams, now, pause });
  ingest.onObservation(details.hear);
  const auth = createAuth({ database, now, warn: () => undefined, cost: { N: 1024, r: 8, p: 1 } });
  await auth.bootstrap({ adminPassword: 'Admin-口令-2026', demo: false });
  const latency = createLatency();
  const folder = join(tmpdir(), `imports-${process.pid}-${Math.random().toString(36).slice(2)}`);
  const imports = openImports({ pool: database.lane('import', 3), folder, problemOf, onError: (error) => console.error(error) });
  const house: House = {
    config: readConfig(options.portal ? { PORTAL: '1' } : {}),
    ...{ database, log, registry, store, auth, streams, protocols, imports, locate, now },
    health: () =>
      healthOf({
        ...{ store, streams, latency, database: database.state(), demo: false, now: now() },
        ...{ sockets: 0, readingsPerSecond: 0, protocols: ingest.counters() },
      }),
    replayUnclaimed: (protocol, device) => ingest.replayUnclaimed(protocol, device),
    trust: pipeline.trust,
    snooze: ingest.snooze,
  };
  const parts: AppParts = {
    ...{ house, database, auth, ingest, trustProxy: false, updates: openUpdates(house, ingest) },
    figures: () => ({ log: log.stats(), backlog: history.backlog(), push: noPush, refused: rejects.refusals() }),
    onDefect: (message, error) => console.error(message, error),
    pages: options.pages ?? join(tmpdir(), 'no-pages-here'),
  };
  const app = express();
  const server = createHttpServer(mountApp(app, parts).listener);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  let accounts = 0;
  const memories = new Map<string, unknown>();

  const api: TestHouse = Object.assign(test, {
    ...{ house, db, auth, ingest, latency, parts, server, url },
    thing: (uid: string, adcode: string, position: LngLat | null, properties: ThingProperties) =>
      registry.saveThing({ uid, name: uid, description: '', adcode, position, properties }),
    async token(role: Role, scope: Scope): Promise<string> {
      const name = `user${++accounts}`;
      await auth.create({ name, displayName: name, password, role, scope });
      return (await auth.login.withPassword({ name, password, address: null })).token;
    },
    get: (path: string, token?: string) =>
      token ? request(url).get(path).set('Authorization', `Bearer ${token}`) : request(url).get(path),
    post: (path: string, token: string, body: unknown) =>
      request(url)
        .post(path)
        .set('Authorization', `Bearer ${token}`)
        .send(body as object),
    call: (method: 'put' | 'patch' | 'delete', path: string, token: string, body?: unknown) => {
      const call = request(url)[method](path).set('Authorization', `Bearer ${token}`);
      return body === undefined ? call : call.send(body as object);
    },
    send(protocol: string, address: string, bytes: Uint8Array | string) {
      const declared = protocols.find((one) => one.id === protocol);
      if (!declared) throw new Error(`no protocol ${protocol}`);
      const frame = { protocol, address, received: now(), bytes: typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes };
      const decoded = declared.decode(memories.get(address) ?? declared.initial, frame);
      memories.set(address, decoded.memory);
      return logged(frame, ingest.accept(frame, decoded));
    },
    telemetry: (device: string, body: unknown) => api.send('mqtt', `devices/${device}/telemetry`, JSON.stringify(body)),
    air(mn: string, time: Instant, factors: Readonly<Record<string, number>>) {
      const parts = Object.entries(factors).map(([code, value]) => `${code}-Avg=${value},${code}-Flag=N`);
      const message = {
        qn: qnOf(now()),
        st: '22',
        cn: '2061',
        pw: '123456',
        mn,
        flag: 5,
        cp: `DataTime=${beijingTime(time)};${parts.join(';')}`,
      };
      return api.send('hj212', `10.0.0.9:4000/${mn}`, encodeHj212(message));
    },
    async written() {
      await ingest.settled();
      await history.flushed();
      await rejects.flushed();
    },
    async close() {
      await new Promise((closed) => server.close(closed));
      await imports.stop();
      await history.close();
      await rejects.close();
      await log.close();
      await auth.close();
      await db.drop();
    },
  });
  return api;
}
