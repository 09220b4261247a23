// What 一张图 needs of a database: the shape of server/database/database.ts, declared here because level 1 imports no server.

export interface Queryable {
  /** Rows of one parameterised statement; a `name` makes it a prepared one. @throws Problem database-unavailable */
  query<R extends Record<string, unknown> = Record<string, unknown>>(sql: string, values?: readonly unknown[], name?: string): Promise<R[]>;
}

export interface Transactional extends Queryable {
  /** Runs `work` in one transaction; rolls back when it throws. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
}
