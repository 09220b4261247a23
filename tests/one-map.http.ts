// 一张图 over HTTP on a database of its own, for tests of its doors: who asks is said by a header here, in the server by the session.
import type { Server } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import supertest from 'supertest';
import type { Department, Identity, Role } from '../contracts/access.ts';
import type { Layer } from '../contracts/layer.ts';
import { Problem } from '../contracts/problem.ts';
import { importOneMap } from '../geo-services/import/import-one-map.pg.ts';
import { installedPaths } from '../geo-services/import/sources.file.ts';
import { type OneMapOptions, type OneMapRouter, oneMapRouter } from '../geo-services/ogc/one-map.http.ts';
import type { TestDatabase } from './database.pg.ts';

export type Viewer = readonly [user: string, adcode: string, departments: '*' | readonly Department[], role?: Role];
/** The whole province; two cities, one with a single department; one of another department. */
export const viewers: readonly Viewer[] = [
  ['province', '210000', '*'],
  ['shenyang', '210100', '*'],
  ['dalian', '210200', ['ecology']],
  ['outsider', '210000', ['water']],
];
/** Those who write: of the whole province, of one city, of another department. */
export const stewards: readonly Viewer[] = [
  ['steward', '210000', '*', 'steward'],
  ['steward-shenyang', '210100', ['planning'], 'steward'],
  ['steward-water', '210000', ['water'], 'steward'],
];
const identityOf = ([user, adcode, departments, role = 'monitor']: Viewer): Identity => ({
  ...{ user, displayName: user, role },
  scope: { adcode, departments },
});

export interface TestDoor {
  readonly router: OneMapRouter;
  /** Every audit row since the start, or since somebody emptied it. */
  readonly audited: Parameters<OneMapOptions['audit']>[0][];
  as(user: string, path: string): supertest.Test;
  send(user: string, method: 'post' | 'put' | 'patch' | 'delete' | 'options', path: string): supertest.Test;
  /** The same, its body being a Buffer. */
  raw(user: string, path: string): supertest.Test;
  /** The answer's bytes, ungzipped. */
  bytes(user: string, path: string): Promise<Buffer>;
  close(): void;
}

function binary(response: unknown, done: (error: Error | null, body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  const stream = response as NodeJS.ReadableStream;
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(null, Buffer.concat(chunks)));
}

/** Serves /ogc over a database. */
export function serveOneMap(
  test: TestDatabase,
  layers?: ReadonlyMap<string, Layer>,
  people: readonly Viewer[] = [...viewers, ...stewards],
): TestDoor {
  const identities = new Map(people.map((viewer) => [viewer[0], identityOf(viewer)]));
  const audited: TestDoor['audited'] = [];
  const router = oneMapRouter({
    database: test.database,
    ...(layers ? { layers } : {}),
    identityOf(request) {
      const identity = identities.get(String(request.get('x-user')));
      if (!identity) throw new Problem('unauthenticated');
      return identity;
    },
    audit: (entry) => void audited.push(entry),
    now: () => Date.now(),
  });
  const app = express();
  app.use('/ogc', router);
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const problem = error instanceof Problem ? error : new Problem('internal', { incident: String(error) });
    if (typeof problem.details['allow'] === 'string') response.set('Allow', problem.details['allow']);
    response.status(problem.status).json(problem.toJSON());
  });
  const server: Server = app.listen(0);
  const as = (user: string, path: string): supertest.Test => supertest(server).get(path).set('x-user', user);
  const raw = (user: string, path: string): supertest.Test => as(user, path).buffer(true).parse(binary);
  return {
    ...{ router, audited, as, raw },
    send: (user, method, path) => supertest(server)[method](path).set('x-user', user),
    bytes: async (user, path) => (await raw(user, path).expect(200)).body as Buffer,
    close: () => void server.close(),
  };
}

export interface TestStation {
  readonly uid: string;
  readonly adcode: string;
  readonly lng: number;
  readonly lat: number;
  readonly stream?: string;
  readonly name?: string;
}
export async function addStations(test: TestDatabase, list: readonly TestStation[]): Promise<void> {
  for (const { uid, adcode, lng, lat, stream = 'ecology/air-quality', name = uid } of list)
    await test.database.query(
      `INSERT INTO thing (uid, name, adcode, stream, department, geom, geom_3857) SELECT $1, $2, $3, $4, 'ecology', at, ST_Transform(at, 3857)
         FROM (SELECT ST_SetSRID(ST_MakePoint($5, $6), 4490) AS at) AS made`,
      [uid, name, adcode, stream, lng, lat],
    );
}

/** Two of air quality, two pollution sources (shared on conditions). */
export const stations = [
  { uid: 'aq-shenyang', adcode: '210102', lng: 123.43, lat: 41.8 },
  { uid: 'aq-tieling', adcode: '211202', lng: 123.85, lat: 42.29 },
  { uid: 'ps-shenyang', adcode: '210106', lng: 123.35, lat: 41.78, stream: 'ecology/pollution-source' },
  { uid: 'ps-dalian', adcode: '210202', lng: 121.6, lat: 38.9, stream: 'ecology/pollution-source' },
] as const satisfies readonly TestStation[];

/** The boundaries alone: what needs optional packages is left out, so that every machine has the same. */
export async function importBoundaries(test: TestDatabase): Promise<void> {
  await importOneMap(test.database, { paths: { ...installedPaths(), relief: '/nowhere', rivers: '/nowhere', shores: '/nowhere' } });
}

/** A page of items, as the tests read it. */
export interface ItemsBody {
  numberMatched: number;
  features: { id: number; properties: { uid: string }; geometry: { coordinates: number[] }; place?: { coordinates: number[] } }[];
  links: { rel: string; href: string; type: string }[];
}
