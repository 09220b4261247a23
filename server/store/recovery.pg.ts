// What the store and the pipeline knew when the last process ended, read back from the history.
import type pg from 'pg';
import type { Alarm, AlertLevel } from '../../contracts/event.ts';
import type { Instant, Observation, Provenance, Quality, SeriesKey } from '../../contracts/observation.ts';
import { type Stream, streamPath } from '../../contracts/stream.ts';
import type { Pipeline } from '../../streams/pipeline.ts';
import type { PgDatabase } from '../database/pool.pg.ts';
import type { Registry } from '../house.ts';
import type { StoreWriter } from './latest.ts';
import { type ObservationFigures, observationFigures, observationOf } from './observation-row.ts';
import { snoozesAt } from './snoozes.pg.ts';
import { openTrust, type TrustKeeper } from './trust.pg.ts';

/** The newest Observation of each Datastream that is younger than `since`; the later arrival wins at one phenomenonTime. */
export async function readLatest(pool: pg.Pool, registry: Registry, since: Instant): Promise<Observation[]> {
  const { rows } = await pool.query<ObservationFigures>(
    `SELECT ${observationFigures} FROM datastream d CROSS JOIN LATERAL (
       SELECT * FROM observation o WHERE o.datastream = d.id AND o.phenomenon_time > to_timestamp($1::float8 / 1000)
       ORDER BY o.phenomenon_time DESC, o.received DESC LIMIT 1) o`,
    [since],
  );
  return rows.map((row) => observationOf(row, registry)).filter((o) => o !== null);
}

/** Observations of the Things of one event stream since then, oldest first; of more than 20,000 the newest. */
export async function readEvents(pool: pg.Pool, registry: Registry, stream: string, since: Instant): Promise<Observation[]> {
  const { rows } = await pool.query<ObservationFigures>(
    `SELECT * FROM (SELECT ${observationFigures} FROM observation o JOIN datastream d ON d.id = o.datastream JOIN thing t ON t.id = d.thing
       WHERE t.stream = $1 AND o.phenomenon_time > to_timestamp($2::float8 / 1000)
       ORDER BY o.phenomenon_time DESC LIMIT 20000) newest ORDER BY time`,
    [stream, since],
  );
  return rows.map((row) => observationOf(row, registry)).filter((o) => o !== null);
}

export interface AlarmRow {
  id: string;
  thing: number;
  thing_name: string;
  stream: string;
  series: string;
  level: string;
  rule: string;
  title: string;
  value: number;
  limit_value: number;
  unit: string;
  source: string;
  since: Date;
  updated: Date;
  cleared: Date | null;
  adcode: string;
  lng: number | null;
  lat: number | null;
  quality: string;
  provenance: string;
  frame: number;
}
export function alarmOf(row: AlarmRow): Alarm {
  return {
    id: row.id,
    thing: row.thing,
    thingName: row.thing_name,
    stream: row.stream,
    series: row.series as SeriesKey,
    level: row.level as AlertLevel,
    rule: row.rule,
    title: row.title,
    value: row.value,
    limit: row.limit_value,
    unit: row.unit,
    source: row.source,
    since: row.since.getTime(),
    updated: row.updated.getTime(),
    cleared: row.cleared?.getTime() ?? null,
    adcode: row.adcode,
    position: row.lng === null || row.lat === null ? null : [row.lng, row.lat],
    quality: row.quality as Quality,
    provenance: row.provenance as Provenance,
    frame: Number(row.frame),
  };
}

export async function readOpenAlarms(pool: pg.Pool): Promise<Alarm[]> {
  const { rows } = await pool.query<AlarmRow>(
    'SELECT a.*, t.name AS thing_name FROM alarm a JOIN thing t ON t.id = a.thing WHERE a.cleared IS NULL ORDER BY a.since',
  );
  return rows.map(alarmOf);
}

/** Fills store and pipeline with what was known when the last process ended. Returns who writes trust down from now on. */
export async function warmUp(parts: {
  readonly database: PgDatabase;
  readonly registry: Registry;
  readonly store: StoreWriter;
  readonly pipeline: Pipeline;
  readonly streams: readonly Stream[];
  readonly now: () => Instant;
  readonly onError?: (error: unknown) => void;
}): Promise<TrustKeeper> {
  const { registry, store, pipeline, database } = parts;
  const { pool } = database;
  const now = parts.now();
  const latest = await readLatest(pool, registry, now - 3 * 86_400_000);
  const open = await readOpenAlarms(pool);
  for (const observation of latest) store.putObservation(observation, true);
  for (const alarm of open) store.putAlarm(alarm);
  for (const stream of parts.streams) {
    if (stream.kind !== 'event') continue;
    const events = await readEvents(pool, registry, streamPath(stream), now - (stream.activeSeconds ?? 0) * 1000);
    for (const event of events) store.putObservation(event, false);
  }
  pipeline.recover(latest, open);
  for (const alarm of pipeline.snooze(await snoozesAt(database, now), now)) store.putAlarm(alarm);
  const trust = openTrust(pool, { pipeline, registry, now: parts.now, ...(parts.onError ? { onError: parts.onError } : {}) });
  await trust.recover();
  return trust;
}
