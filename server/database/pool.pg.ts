// The pool of database connections: parameterised queries, transactions, and whether the database answers just now.
//
// Rows come as pg gives them, but int8 as number (our ids and counts stay below 2^53). An outage is found by the first failing query or by
// a probe every two seconds, and ends by a probe every half second: nothing has to be restarted.
import pg from 'pg';
import { Problem } from '../../contracts/problem.ts';
import { binaryRowsOn } from './binary-rows.pg.ts';
import type { Asked, Database, Row } from './database.ts';
import { classify, problemOf } from './failures.ts';

export interface PgDatabase extends Database {
  /** For COPY; everyone else uses query and transaction. */
  readonly pool: pg.Pool;
  /** Connections of one writer's own: it does not wait for readers, nor they for it. Watched and closed with the others. */
  lane(name: string, max: number): pg.Pool;
  /** Asks now, not at the next beat; resolves with the answer. */
  probe(): Promise<boolean>;
}

export interface PoolOptions {
  /** Connections, at most. */
  readonly max?: number;
  /** Longest statement. */
  readonly statementTimeoutMilliseconds?: number;
  /** Longest wait for a free connection, and for a new one to open. */
  readonly connectTimeoutMilliseconds?: number;
  /** Callers waiting for a connection before the next one is refused as overloaded. */
  readonly maxWaiting?: number;
}

/** Longest answer to a probe. */
const probeMilliseconds = 3000;
/** Probes in a row without an answer, after which nobody waits for an answer any more: one may be lost on a machine that is merely busy. */
const silentProbes = 2;
const beatMilliseconds = 2000;
const beatWhenAwayMilliseconds = 500;
const closeMilliseconds = 5000;
const int8 = 20;

/** A day stays the text that it is: a Date would move it by the hours between us and UTC. */
const parsers: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [int8, Number],
  [1082, (text) => text],
]);
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : parsers.get(oid)) ??
    pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/**
 * Opens lazily: nothing is connected until the first query; `probe()` tells whether it can be.
 * @param url a function where the way may change while we run (our own cluster after a restart); asked for each new connection
 */
export function openDatabase(url: string | (() => string), options: PoolOptions = {}): PgDatabase {
  const maxWaiting = options.maxWaiting ?? 500;
  const here = (): string => (typeof url === 'string' ? url : url());
  class Client extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super({ ...config, connectionString: here() });
    }
  }
  function openPool(name: string, max: number): pg.Pool {
    const settings: pg.PoolConfig & { Client: typeof pg.Client } = {
      max,
      connectionTimeoutMillis: options.connectTimeoutMilliseconds ?? 5000,
      idleTimeoutMillis: 60_000,
      statement_timeout: options.statementTimeoutMilliseconds ?? 30_000,
      idle_in_transaction_session_timeout: 60_000,
      keepAlive: true,
      application_name: name,
      types,
      Client,
    };
    return new pg.Pool(settings);
  }
  const pool = openPool('liaozhi', options.max ?? 12);
  const lanes: pg.Pool[] = [];
  const listeners = new Set<(up: boolean) => void>();
  let up = true;
  let since = Date.now();
  let lastAnswer = 0;
  let timer: NodeJS.Timeout | null = null;
  let probing: Promise<boolean> | null = null;
  let closed = false;
  let silent = 0;
  /** Connections that somebody is using. */
  const lent = new Set<pg.PoolClient>();

  function setState(now: boolean): void {
    if (now) lastAnswer = Date.now();
    if (now === up || closed) return;
    up = now;
    since = Date.now();
    beat(now ? beatMilliseconds : beatWhenAwayMilliseconds);
    for (const listener of listeners) listener(now);
  }

  /** Sorts a failure, remembers an outage, and gives back what the caller shall see. */
  function failed(error: unknown): unknown {
    if (classify(error) === 'away') setState(false);
    return problemOf(error);
  }

  /**
   * A host that vanished or a frozen process sends no RST: a question that was on its way would wait for TCP to give up, a quarter of an hour.
   * Whoever asked hears that the database is away; a connection that was resting is found broken when it is used.
   */
  function giveUpLent(): void {
    for (const client of lent) (client as unknown as pg.Client).end().catch(() => {});
  }

  function probe(): Promise<boolean> {
    probing ??= (async () => {
      // A connection of its own: a pool that is merely busy is no outage.
      const client = new Client({ connectionTimeoutMillis: probeMilliseconds, query_timeout: probeMilliseconds });
      client.on('error', () => {});
      try {
        await client.connect();
        await client.query('SELECT 1');
        silent = 0;
        setState(true);
        return true;
      } catch (error) {
        if (classify(error) === 'busy') return false;
        setState(false);
        silent++;
        if (silent >= silentProbes) giveUpLent();
        return false;
      } finally {
        probing = null;
        client.end().catch(() => {});
      }
    })();
    return probing;
  }

  function beat(delay: number): void {
    if (timer) clearTimeout(timer);
    if (closed) return;
    timer = setTimeout(async () => {
      // A query that was answered a moment ago says as much as a probe.
      if (!up || Date.now() - lastAnswer >= beatMilliseconds) await probe();
      beat(up ? beatMilliseconds : beatWhenAwayMilliseconds);
    }, delay);
    timer.unref();
  }

  function watch(watched: pg.Pool): void {
    watched.on('error', () => {
      // An idle connection broke: the database may be gone, or only that backend.
      void probe();
    });
    // pg-pool listens to a connection only while it is idle. One that breaks while it is lent (COPY, a transaction) would end the process with
    // an unhandled 'error'; whoever borrowed it hears of it by the rejection of his query.
    watched.on('acquire', (client) => lent.add(client));
    watched.on('release', (_, client) => lent.delete(client));
    watched.on('connect', (client) => client.on('error', () => void probe()));
  }
  watch(pool);

  async function connect(): Promise<pg.PoolClient> {
    // Asking again is the probe's business, every half second: nobody is made to wait for what is known to be away.
    if (silent >= silentProbes) throw new Problem('database-unavailable');
    if (pool.waitingCount >= maxWaiting) throw new Problem('overloaded', { retryAfterSeconds: 1 });
    try {
      return await pool.connect();
    } catch (error) {
      throw failed(error);
    }
  }

  function queryOn(client: pg.PoolClient): Asked {
    return {
      async binaryRows(sql, values, name, space) {
        try {
          const rows = await binaryRowsOn(client, sql, values, name, space);
          setState(true);
          return rows;
        } catch (error) {
          throw failed(error);
        }
      },
      async query<R extends Row>(sql: string, values?: readonly unknown[], name?: string): Promise<R[]> {
        try {
          // Without values the simple protocol is used, which takes several statements at once (migrations).
          const text = name === undefined ? { text: sql } : { text: sql, name };
          const answer = await client.query<R>(values === undefined ? text : { ...text, values: values as unknown[] });
          setState(true);
          return answer.rows;
        } catch (error) {
          throw failed(error);
        }
      },
    };
  }

  /** Lends a connection; one that broke is thrown away instead of going back. */
  async function borrow<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await connect();
    let broken: Error | undefined;
    const onError = (error: Error): void => {
      broken = error;
      failed(error);
    };
    client.on('error', onError);
    try {
      return await work(client);
    } catch (error) {
      if (error instanceof Problem && error.code === 'database-unavailable') broken ??= error;
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  beat(beatMilliseconds);

  return {
    pool,
    lane(name, max) {
      const lane = openPool(`liaozhi-${name}`, max);
      watch(lane);
      lanes.push(lane);
      return lane;
    },
    probe,
    query: (sql, values, name) => borrow((client) => queryOn(client).query(sql, values, name)),
    binaryRows: (sql, values, name, space) => borrow((client) => queryOn(client).binaryRows(sql, values, name, space)),
    transaction: (work) =>
      borrow(async (client) => {
        const tx = queryOn(client);
        await tx.query('BEGIN');
        try {
          const result = await work(tx);
          // A statement failed and the work swallowed it: COMMIT then answers ROLLBACK, and nothing was written.
          const { command } = await client.query('COMMIT').catch((error) => {
            throw failed(error);
          });
          if (command !== 'COMMIT') throw new Error('the transaction was rolled back: a statement in it had failed');
          return result;
        } catch (error) {
          await client.query('ROLLBACK').catch(() => {});
          throw error;
        }
      }),
    state: () => ({ up, since }),
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      if (closed) return;
      closed = true;
      if (timer) clearTimeout(timer);
      await probing;
      // A connection that somebody never gave back must not hold up the end of the server.
      const ends = Promise.all([pool, ...lanes].map((one) => one.end()));
      await Promise.race([ends, new Promise((resolve) => setTimeout(resolve, closeMilliseconds).unref())]);
    },
  };
}
