// What 一张图 needs of a database: the shape of server/database/database.ts, declared here because level 1 imports no server.

export interface Queryable {
  /** Rows of one parameterised statement; a `name` makes it a prepared one. @throws Problem database-unavailable */
  query<R extends Record<string, unknown> = Record<string, unknown>>(sql: string, values?: readonly unknown[], name?: string): Promise<R[]>;
}

/** Memory that one answer after another is written into. */
export interface RowSpace {
  bytes: Buffer;
}
/** Rows as they came over the wire: for large answers that are not made into objects. */
export interface BinaryRows {
  /** DataRow messages one after another (PostgreSQL 15, "Message Formats"), values in their binary form. */
  readonly bytes: Uint8Array;
  readonly count: number;
  /** pg_type.oid of each column. */
  readonly types: readonly number[];
}

export interface Asked extends Queryable {
  /** Rows of one prepared statement in binary form; `space` is theirs until they are done with. @throws Problem database-unavailable */
  binaryRows(sql: string, values: readonly unknown[], name: string, space?: RowSpace): Promise<BinaryRows>;
}

export interface Transactional extends Asked {
  /** Runs `work` in one transaction; rolls back when it throws. */
  transaction<T>(work: (tx: Asked) => Promise<T>): Promise<T>;
}
