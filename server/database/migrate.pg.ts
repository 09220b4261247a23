// Forward-only migrations: each file of server/migrations once, in its own transaction, under a lock that several servers may wait for.
import { Problem } from '../../contracts/problem.ts';
import { type Migration, readMigrations } from './migrations.file.ts';
import type { PgDatabase } from './pool.pg.ts';

/** Any fixed number: 'liao' in ASCII. */
const lock = 0x6c69616f;

interface Applied {
  readonly id: number;
  readonly name: string;
  readonly sha256: string;
}

/** Stops where a file that was applied has changed since, or is gone: history is not rewritten. */
function compare(applied: readonly Applied[], files: readonly Migration[]): void {
  for (const row of applied) {
    const file = files.find((f) => f.id === row.id);
    if (!file)
      throw new Problem('bad-declaration', { what: `migration ${row.name} was applied to this database and is unknown here: newer data` });
    if (file.sha256 !== row.sha256)
      throw new Problem('bad-declaration', { what: `migration ${row.name} has changed since it was applied: write a new one instead` });
  }
}

/**
 * Brings the schema up to date. Returns the names of what was applied now.
 * @throws Problem bad-declaration for a changed or unknown migration; the database's own error, named, for SQL that fails (rolled back)
 */
export async function migrate(database: PgDatabase, folder?: string): Promise<string[]> {
  const files = readMigrations(folder);
  const done: string[] = [];
  for (let more = true; more; )
    more = await database.transaction(async (tx) => {
      await tx.query(`SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(${lock})`);
      await tx.query(`CREATE TABLE IF NOT EXISTS migration (
        id integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied timestamptz NOT NULL DEFAULT now())`);
      const applied = await tx.query<Applied & { [column: string]: unknown }>('SELECT id, name, sha256 FROM migration ORDER BY id');
      compare(applied, files);
      const next = files[applied.length];
      if (!next) return false;
      try {
        await tx.query(next.sql);
      } catch (error) {
        if (error instanceof Problem) throw error;
        throw new Error(`migration ${next.name}: ${(error as Error).message}`, { cause: error });
      }
      await tx.query('INSERT INTO migration (id, name, sha256) VALUES ($1, $2, $3)', [next.id, next.name, next.sha256]);
      done.push(next.name);
      return true;
    });
  return done;
}
