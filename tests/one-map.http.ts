// 一张图 over HTTP on a database of its own, for tests of its doors: four viewers, told by a header, and a few stations.
import type { Server } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import supertest from 'supertest';
import type { Department, Identity } from '../contracts/access.ts';
import { Problem } from '../contracts/problem.ts';
import { type OneMapRouter, oneMapRouter } from '../geo-services/ogc/one-map.http.ts';
import type { TestDatabase } from './database.pg.ts';

const viewers: readonly (readonly [user: string, adcode: string, departments: '*' | Department[]])[] = [
  ['province', '210000', '*'],
  ['shenyang', '210100', '*'],
  ['dalian', '210200', ['ecology']],
  ['outsider', '210000', ['water']],
];
const people: Readonly<Record<string, Identity>> = Object.fromEntries(
  viewers.map(([user, adcode, departments]) => [user, { user, displayName: user, role: 'monitor', scope: { adcode, departments } }]),
);
/** uid, stream, AdCode, longitude, latitude. */
export const stations = [
  ['aq-shenyang', 'ecology/air-quality', '210102', 123.43, 41.8],
  ['aq-tieling', 'ecology/air-quality', '211202', 123.85, 42.29],
  ['ps-shenyang', 'ecology/pollution-source', '210106', 123.35, 41.78],
  ['ps-dalian', 'ecology/pollution-source', '210202', 121.6, 38.9],
] as const;

export interface TestOneMap {
  readonly test: TestDatabase;
  readonly router: OneMapRouter;
  /** `user target` of each audit row. */
  readonly audited: string[];
  as(user: string, path: string): supertest.Test;
  /** The answer's bytes, ungzipped. */
  bytes(user: string, path: string): Promise<Buffer>;
  close(): Promise<void>;
}

function binary(response: unknown, done: (error: Error | null, body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  const stream = response as NodeJS.ReadableStream;
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(null, Buffer.concat(chunks)));
}

/** `openOneMap(await testDatabase())` in beforeAll, close() in afterAll; the run has a cluster when a test file itself says testDatabase. */
export async function openOneMap(test: TestDatabase): Promise<TestOneMap> {
  for (const [uid, stream, adcode, lng, lat] of stations)
    await test.database.query(
      `INSERT INTO thing (uid, name, adcode, stream, department, geom, geom_3857) SELECT $1, $1, $2, $3, 'ecology', at, ST_Transform(at, 3857)
         FROM (SELECT ST_SetSRID(ST_MakePoint($4, $5), 4490) AS at) AS made`,
      [uid, adcode, stream, lng, lat],
    );
  const audited: string[] = [];
  const router = oneMapRouter({
    database: test.database,
    identityOf(request) {
      const identity = people[String(request.get('x-user'))];
      if (!identity) throw new Problem('unauthenticated');
      return identity;
    },
    audit: (entry) => void audited.push(`${entry.identity?.user} ${entry.target}`),
  });
  const app = express();
  app.use('/ogc', router);
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const problem = error instanceof Problem ? error : new Problem('internal', { incident: String(error) });
    response.status(problem.status).json(problem.toJSON());
  });
  const server: Server = app.listen(0);
  const as = (user: string, path: string): supertest.Test => supertest(server).get(path).set('x-user', user);
  return {
    test,
    router,
    audited,
    as,
    bytes: async (user, path) => (await as(user, path).buffer(true).parse(binary).expect(200)).body as Buffer,
    async close() {
      server.close();
      await test.drop();
    },
  };
}
