// Snoozed alarms as rows (server/migrations/019): those in force at a moment, one more, one ended. None is ever deleted.
import type { Snooze } from '../../contracts/event.ts';
import type { Instant } from '../../contracts/observation.ts';
import type { SnoozeDraft } from '../../contracts/trust-routes.ts';
import type { Queryable } from '../database/database.ts';

type SnoozeRow = { readonly [column: string]: unknown } & Omit<Snooze, 'series'> & { readonly series: string | null };
const millis = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8 AS ${column}`;
const columns = `id::float8 AS id, thing, series, level, reason, by, ${['created', 'until', 'ended'].map(millis).join(', ')}`;
const snoozeOf = ({ id, thing, series, level, reason, by, created, until, ended }: SnoozeRow): Snooze => ({
  ...{ id, thing, series: series as Snooze['series'], level, reason, by, created, until, ended },
});
const most = 20_000;

/** In force at that moment, oldest first. @throws Problem database-unavailable */
export async function snoozesAt(database: Queryable, at: Instant): Promise<Snooze[]> {
  const rows = await database.query<SnoozeRow>(
    `SELECT ${columns} FROM alarm_snooze WHERE created <= to_timestamp($1::float8 / 1000) AND until > to_timestamp($1::float8 / 1000)
       AND (ended IS NULL OR ended > to_timestamp($1::float8 / 1000)) ORDER BY id LIMIT ${most}`,
    [at],
  );
  return rows.map(snoozeOf);
}

export async function addSnooze(database: Queryable, draft: SnoozeDraft, by: string, at: Instant): Promise<Snooze> {
  const [row] = await database.query<SnoozeRow>(
    `INSERT INTO alarm_snooze (thing, series, level, reason, by, created, until)
     VALUES ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000), to_timestamp($7::float8 / 1000)) RETURNING ${columns}`,
    [draft.thing, draft.series ?? null, draft.level, draft.reason.trim(), by, at, at + draft.minutes * 60_000],
  );
  return snoozeOf(row as SnoozeRow);
}

/** Ends one before its time. null: it is not in force. */
export async function endSnooze(database: Queryable, id: number, by: string, at: Instant): Promise<Snooze | null> {
  const [row] = await database.query<SnoozeRow>(
    `UPDATE alarm_snooze SET ended = to_timestamp($2::float8 / 1000), ended_by = $3
     WHERE id = $1 AND ended IS NULL AND until > to_timestamp($2::float8 / 1000) RETURNING ${columns}`,
    [id, at, by],
  );
  return row ? snoozeOf(row) : null;
}
