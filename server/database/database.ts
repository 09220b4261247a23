// The database as pure code sees it: parameterised queries and transactions. Implemented by pool.pg.ts.
import type { Instant } from '../../contracts/observation.ts';

export type Row = Record<string, unknown>;

export interface Queryable {
  /** Rows of one parameterised statement; a `name` makes it a prepared one. @throws Problem database-unavailable */
  query<R extends Row = Row>(sql: string, values?: readonly unknown[], name?: string): Promise<R[]>;
}

export interface Database extends Queryable {
  /** Runs `work` in one transaction; rolls back when it throws. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Whether it answers now, and since when that is so. */
  state(): { readonly up: boolean; readonly since: Instant };
  onState(listener: (up: boolean) => void): () => void;
  close(): Promise<void>;
}
