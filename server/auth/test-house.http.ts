// The auth of the house on a real app and a database of its own: what the HTTP tests of this folder stand on.
import express from 'express';
import request, { type Test } from 'supertest';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Database } from '../database/database.ts';
import type { PgDatabase } from '../database/pool.pg.ts';
import { type AccountsAuth, createAuth } from './accounts.pg.ts';
import { adminRoutes } from './admin.http.ts';
import { securityHeaders } from './headers.http.ts';
import { identify, identityOf } from './identity.http.ts';
import { notFound, problemHandler } from './problem.http.ts';
import { sessionRoutes } from './session.http.ts';

export const HOUR = 3_600_000;
export const ADMIN = 'Admin-口令-2026';
export const PASSWORD = 'Right-horse-7';
const cost = { N: 1024, r: 8, p: 1 };

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** As tests/database.pg.ts makes it. */
export interface TestDatabase {
  readonly database: PgDatabase;
  readonly url: string;
  drop(): Promise<void>;
}

/** Changes with every test: read its members when they are needed. */
export interface TestHouse {
  db: TestDatabase;
  now: number;
  auth: AccountsAuth;
  app: express.Express;
  /** Token of admin. */
  admin: string;
  readonly warnings: string[];
  readonly incidents: string[];
  appOf(auth: AccountsAuth, demoFromAnywhere?: boolean): express.Express;
  authOn(database: Database, cheaper?: typeof cost): AccountsAuth;
  /** Logs in as if from that address. */
  login(username: string, password: string, address?: string): Test;
  /** Makes an account with PASSWORD and returns a token of it. */
  account(name: string, change?: object): Promise<string>;
  /** Rows of the audit table, oldest first. */
  acts(where?: string): Promise<Record<string, unknown>[]>;
}

/** Call at the top of a test file: a database for the file; for each test empty tables, 03:00 on 24 November 2026, and admin logged in. */
export function testHouse(testDatabase: () => Promise<TestDatabase>): TestHouse {
  const house: TestHouse = {
    db: undefined as never,
    now: 0,
    auth: undefined as never,
    app: undefined as never,
    admin: '',
    warnings: [],
    incidents: [],
    appOf(auth, demoFromAnywhere = false) {
      const app = express();
      app.set('trust proxy', 'loopback');
      app.use(securityHeaders());
      app.use('/api', identify(auth.sessions), sessionRoutes({ auth, demoFromAnywhere }), adminRoutes({ auth }));
      app.get('/api/who', (req, res) => {
        res.json(identityOf(req));
      });
      app.get('/api/defect', () => {
        throw new TypeError('secret detail');
      });
      app.use('/api', notFound);
      app.use(problemHandler({ log: { error: ({ incident }) => void house.incidents.push(String(incident)) } }));
      return app;
    },
    authOn(database, cheaper = cost) {
      return createAuth({ database, now: () => house.now, warn: (message) => void house.warnings.push(message), cost: cheaper });
    },
    login(username, password, address = '10.0.0.1') {
      return request(house.app).post('/api/session').set('X-Forwarded-For', address).send({ username, password });
    },
    async account(name, change = {}) {
      const draft = {
        name,
        displayName: name,
        password: PASSWORD,
        role: 'monitor',
        scope: { adcode: '210200', departments: ['ecology'] },
        ...change,
      };
      await request(house.app).post('/api/accounts').set(bearer(house.admin)).send(draft).expect(201);
      return (await house.login(name, PASSWORD).expect(200)).body.token;
    },
    async acts(where = 'true') {
      await house.auth.log.flush();
      return house.db.database.query(`SELECT account, address, act, target, detail FROM audit WHERE ${where} ORDER BY id`);
    },
  };
  beforeAll(async () => {
    house.db = await testDatabase();
  });
  afterAll(async () => {
    await house.auth?.close();
    await house.db?.drop();
  });
  beforeEach(async () => {
    await house.auth?.close();
    await house.db.database.query('TRUNCATE account, session, audit');
    house.now = Date.parse('2026-11-24T03:00:00+08:00');
    house.auth = house.authOn(house.db.database);
    await house.auth.bootstrap({ adminPassword: ADMIN, demo: false });
    house.app = house.appOf(house.auth);
    house.admin = (await house.login('admin', ADMIN).expect(200)).body.token;
  });
  return house;
}
