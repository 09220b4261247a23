// A real database of one's own for a test file: copied from the migrated template in a fraction of a second, dropped at the end.
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { openDatabase, type PgDatabase, type PoolOptions } from '../server/database/pool.pg.ts';
import { templateName, urlOf } from './template.pg.ts';

export interface TestDatabase {
  readonly database: PgDatabase;
  /** For clients of one's own (a second pool, COPY, psql). */
  readonly url: string;
  /** Closes and drops it; whoever is still connected is thrown out. */
  drop(): Promise<void>;
}

/** Call in beforeAll, drop() in afterAll. The migrations have run; the tables are empty. @throws Error when the run has no cluster */
export async function testDatabase(options: PoolOptions & { migrated?: boolean } = {}): Promise<TestDatabase> {
  const cluster = inject('testCluster');
  if (!('url' in cluster)) throw new Error(`no test database: ${cluster.reason}`);
  const name = `test_${randomBytes(6).toString('hex')}`;
  const root = openDatabase(cluster.url, { max: 1 });
  await root.query(`CREATE DATABASE ${name} TEMPLATE ${options.migrated === false ? 'template0' : templateName}`);
  const url = urlOf(cluster.url, name);
  const database = openDatabase(url, { max: 8, ...options });
  return {
    database,
    url,
    async drop() {
      await database.close();
      await root.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await root.close();
    },
  };
}
