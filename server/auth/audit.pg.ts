// The audit table: who did what, when, from where. Writing never waits and never fails its caller; what is lost is counted and told.
import type { AuditEntry } from '../../contracts/access.ts';
import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Page } from '../../contracts/wire.ts';
import type { Database } from '../database/database.ts';

export interface AuditRow {
  readonly id: number;
  /** RFC 3339 */
  readonly at: string;
  readonly account: string | null;
  readonly address: string | null;
  readonly act: string;
  readonly target: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
export interface AuditQuery {
  /** Rows older than this id. */
  readonly before?: number | undefined;
  readonly account?: string | undefined;
  readonly act?: string | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly limit: number;
}
export interface Audit {
  audit(entry: AuditEntry): void;
  /** Newest first. `next` of the page is the id to go on before, or null. */
  page(query: AuditQuery): Promise<Page<AuditRow>>;
  /** Writes what waits. Resolves when the queue is empty or the database is away. */
  flush(): Promise<void>;
  /** Flushes and stops; returns how many entries were lost for good. */
  close(): Promise<number>;
}
export interface AuditOptions {
  readonly database: Database;
  readonly now: () => Instant;
  /** Told when entries are lost: the reason and how many since the last time. */
  readonly warn: (message: string, figures: Readonly<Record<string, unknown>>) => void;
  readonly flushMs?: number;
  readonly batch?: number;
  readonly maxQueue?: number;
}

interface Waiting {
  readonly at: Instant;
  readonly account: string | null;
  readonly address: string | null;
  readonly act: string;
  readonly target: string;
  readonly detail: string;
}

/** PostgreSQL's text takes neither NUL nor half a surrogate pair; an entry is not lost for that. */
function clean(text: string, most = 500): string {
  return text.slice(0, most).replace(/\0|\p{Surrogate}/gu, '\ufffd');
}
function detailText(detail: Readonly<Record<string, unknown>> | undefined): string {
  let json: string;
  try {
    json = JSON.stringify(detail ?? {}, (_, value: unknown) => {
      if (typeof value === 'string') return clean(value, 2000);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key, 100), inner]));
    });
  } catch {
    return '{"unwritable":true}';
  }
  return json.length > 8000 ? JSON.stringify({ truncated: json.slice(0, 4000).replace(/\p{Surrogate}/gu, '') }) : json;
}

/** Makes the audit of the house; starts a timer that does not keep the process alive. */
export function createAudit(options: AuditOptions): Audit {
  const { database, now, warn, flushMs = 500, batch = 500, maxQueue = 10_000 } = options;
  let queue: Waiting[] = [];
  let dropped = 0;
  let droppedSince: Instant = 0;
  let full = false;
  let writing: Promise<void> | null = null;

  function insert(rows: readonly Waiting[]): Promise<unknown> {
    return database.query(
      `INSERT INTO audit (at, account, address, act, target, detail)
       SELECT to_timestamp(at / 1000.0), account, address, act, target, detail::jsonb
         FROM unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
           AS entry (at, account, address, act, target, detail)`,
      [
        rows.map((row) => row.at),
        rows.map((row) => row.account),
        rows.map((row) => row.address),
        rows.map((row) => row.act),
        rows.map((row) => row.target),
        rows.map((row) => row.detail),
      ],
      'audit-insert',
    );
  }
  const isAway = (error: unknown): boolean => error instanceof Problem && error.status === 503;

  function drop(count: number): void {
    if (dropped === 0) droppedSince = now();
    dropped += count;
  }
  async function write(): Promise<void> {
    while (queue.length > 0 || dropped > 0) {
      const rows = queue.slice(0, batch);
      const lost = dropped;
      const told: Waiting[] =
        lost > 0
          ? [
              {
                at: now(),
                account: null,
                address: null,
                act: 'audit-dropped',
                target: 'audit',
                detail: JSON.stringify({ count: lost, since: new Date(droppedSince).toISOString() }),
              },
            ]
          : [];
      try {
        await insert([...rows, ...told]);
        dropped -= lost;
      } catch (error) {
        if (isAway(error)) return;
        // One row that the database refuses does not hold up the others.
        for (const row of rows) {
          try {
            await insert([row]);
          } catch (reason) {
            if (isAway(reason)) {
              queue = queue.slice(rows.indexOf(row));
              return;
            }
            drop(1);
            warn('audit entry refused by the database', { act: row.act, reason: String(reason) });
          }
        }
        queue = queue.slice(rows.length);
        // A count that cannot be written either would turn in circles.
        if (rows.length === 0) return;
        continue;
      }
      queue = queue.slice(rows.length);
      full = false;
    }
  }
  function flush(): Promise<void> {
    writing ??= write().finally(() => {
      writing = null;
    });
    return writing;
  }
  const timer = setInterval(() => {
    if (queue.length > 0 || dropped > 0) void flush();
  }, flushMs);
  timer.unref();

  return {
    audit(entry) {
      if (queue.length >= maxQueue) {
        drop(1);
        if (!full) warn('audit queue is full, entries are being dropped', { maxQueue });
        full = true;
        return;
      }
      queue.push({
        at: now(),
        account: entry.identity ? clean(entry.identity.user) : null,
        address: entry.address === null ? null : clean(entry.address, 100),
        act: clean(entry.act, 100),
        target: clean(entry.target),
        detail: detailText(entry.detail),
      });
      if (queue.length >= batch) void flush();
    },
    async page(query) {
      // The reader sees what happened before the question.
      await flush();
      const values: unknown[] = [];
      const parameter = (value: unknown): string => `$${values.push(value)}`;
      const where = ['true'];
      if (query.before !== undefined) where.push(`id < ${parameter(query.before)}`);
      if (query.account !== undefined) where.push(`account = ${parameter(query.account)}`);
      if (query.act !== undefined) where.push(`act = ${parameter(query.act)}`);
      if (query.from !== undefined) where.push(`at >= ${parameter(new Date(query.from))}`);
      if (query.to !== undefined) where.push(`at < ${parameter(new Date(query.to))}`);
      const rows = await database.query<Omit<AuditRow, 'at' | 'id'> & { id: string; at: number }>(
        `SELECT id::text, (extract(epoch FROM at) * 1000)::float8 AS at, account, address, act, target, detail
           FROM audit WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ${parameter(query.limit + 1)}`,
        values,
      );
      const items = rows.slice(0, query.limit).map((row) => ({ ...row, id: Number(row.id), at: new Date(row.at).toISOString() }));
      const last = items.at(-1);
      return { items, numberReturned: items.length, next: rows.length > query.limit && last ? String(last.id) : null };
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush();
      // Entries that came while the last batch was under way.
      await flush();
      const lost = queue.length + dropped;
      if (lost > 0) warn('audit entries lost at the end', { lost });
      return lost;
    },
  };
}
