// The points of one datastream from the history: each as it counts (the later arrival wins), or means of time buckets.
import type { Instant } from '../../contracts/observation.ts';
import { checksOf } from '../../contracts/observation.ts';
import type { HistoryPoint } from '../../contracts/wire.ts';
import type { Queryable, Row } from '../database/database.ts';
import { type ObservationFigures, observationFigures, qualityOf } from '../store/observation-row.ts';

export interface Span {
  readonly datastream: number;
  /** Inclusive. */
  readonly from: Instant;
  /** Inclusive: a moment shows what is stamped with it. */
  readonly to: Instant;
  /** Only what had arrived by then. */
  readonly known: Instant;
  readonly limit: number;
  /** Of an event stream every row counts, also several at one time (hotspots of one pass); `skip` of them have been read already. */
  readonly every?: { readonly skip: number };
}
const iso = (instant: Instant): string => new Date(instant).toISOString();

export function pointOf(row: ObservationFigures): HistoryPoint {
  return {
    phenomenonTime: Math.round(row.time),
    result: row.result,
    quality: qualityOf(row),
    failed: checksOf(row.failed),
    flag: row.flag,
    frame: Number(row.frame),
    received: Math.round(row.received),
  };
}

/** Up to limit + 1 points in order of time; at one time the later arrival counts, unless every one does. */
export async function rawPoints(database: Queryable, span: Span): Promise<HistoryPoint[]> {
  const rows = await database.query<ObservationFigures>(
    `SELECT ${span.every ? '' : 'DISTINCT ON (o.phenomenon_time)'} ${observationFigures} FROM observation o
     WHERE o.datastream = $1 AND o.phenomenon_time >= $2::timestamptz AND o.phenomenon_time <= $3::timestamptz AND o.received <= $4::timestamptz
     ORDER BY o.phenomenon_time, o.received DESC, o.identity LIMIT $5 OFFSET $6`,
    [span.datastream, iso(span.from), iso(span.to), iso(span.known), span.limit + 1, span.every?.skip ?? 0],
  );
  return rows.map(pointOf);
}

interface BucketRow extends Row {
  readonly time: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly counted: number;
  readonly suspect: boolean | null;
  readonly bad: boolean | null;
  readonly failed: number | null;
  readonly frame: number;
  readonly received: number;
}
/** Buckets begin at midnight of Asia/Shanghai, so that a day is a day of the people here. */
const origin = '2000-01-01T00:00:00+08:00';

/** Start of the bucket that holds an instant. */
export function bucketStart(instant: Instant, bucketSeconds: number): Instant {
  const first = Date.parse(origin);
  const size = bucketSeconds * 1000;
  return first + Math.floor((instant - first) / size) * size;
}

/**
 * Up to limit + 1 buckets in order of time: mean, minimum and maximum over what is neither bad nor missing. A bucket in which nothing counts
 * has the result null and says why in its quality. Empty buckets are left out.
 */
export async function bucketPoints(database: Queryable, span: Span, bucketSeconds: number): Promise<HistoryPoint[]> {
  const rows = await database.query<BucketRow>(
    `WITH point AS (
       SELECT ${span.every ? '' : 'DISTINCT ON (o.phenomenon_time)'} o.* FROM observation o
       WHERE o.datastream = $1 AND o.phenomenon_time >= $2::timestamptz AND o.phenomenon_time <= $3::timestamptz AND o.received <= $4::timestamptz
       ORDER BY o.phenomenon_time, o.received DESC, o.identity)
     SELECT (extract(epoch FROM date_bin($6::interval, phenomenon_time, $7::timestamptz)) * 1000)::float8 AS time,
       avg(result) FILTER (WHERE quality < 2) AS mean, min(result) FILTER (WHERE quality < 2) AS low, max(result) FILTER (WHERE quality < 2) AS high,
       count(result) FILTER (WHERE quality < 2)::int AS counted, bool_or(quality = 1) AS suspect, bool_or(quality = 2) AS bad,
       bit_or(failed) FILTER (WHERE quality < 2) AS failed, max(frame) AS frame, (extract(epoch FROM max(received)) * 1000)::float8 AS received
     FROM point GROUP BY 1 ORDER BY 1 LIMIT $5`,
    [span.datastream, iso(span.from), iso(span.to), iso(span.known), span.limit + 1, `${bucketSeconds} seconds`, origin],
  );
  return rows.map((row) => ({
    phenomenonTime: Math.round(row.time),
    result: row.mean,
    quality: row.counted > 0 ? (row.suspect ? 'suspect' : 'good') : row.bad ? 'bad' : 'missing',
    failed: checksOf(row.failed ?? 0),
    flag: null,
    frame: Number(row.frame),
    received: Math.round(row.received),
    minimum: row.low,
    maximum: row.high,
    count: row.counted,
  }));
}

const niceBuckets = [60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000];
/** The bucket with which a span has at most `most` points; null where the points themselves are no more. */
export function bucketFor(spanMilliseconds: number, periodSeconds: number, most = 1000): number | null {
  const seconds = spanMilliseconds / 1000;
  if (seconds / periodSeconds <= most) return null;
  return niceBuckets.find((bucket) => seconds / bucket <= most) ?? (niceBuckets.at(-1) as number);
}

const week = 7 * 86_400_000;

/** The point that counts at exactly this time; null: none. @param frame only the row that came by this frame */
export async function pointAt(
  database: Queryable,
  datastream: number,
  time: Instant,
  known: Instant,
  frame?: number,
): Promise<HistoryPoint | null> {
  const [row] = await database.query<ObservationFigures>(
    `SELECT ${observationFigures} FROM observation o WHERE o.datastream = $1 AND o.phenomenon_time = $2::timestamptz AND o.received <= $3::timestamptz
     ${frame === undefined ? '' : 'AND o.frame = $4'} ORDER BY o.received DESC, o.identity LIMIT 1`,
    [datastream, iso(time), iso(known), ...(frame === undefined ? [] : [frame])],
  );
  return row ? pointOf(row) : null;
}

/** The last point before a time that is not bad, at most a week back. */
export async function pointBefore(database: Queryable, datastream: number, time: Instant): Promise<HistoryPoint | null> {
  const [row] = await database.query<ObservationFigures>(
    `SELECT ${observationFigures} FROM observation o
     WHERE o.datastream = $1 AND o.phenomenon_time < $2::timestamptz AND o.phenomenon_time > $3::timestamptz AND o.quality <> 2
     ORDER BY o.phenomenon_time DESC, o.received DESC LIMIT 1`,
    [datastream, iso(time), iso(time - week)],
  );
  return row ? pointOf(row) : null;
}

/** Since when the value of a point has stood, looked through at most a week back. */
export async function sameSince(database: Queryable, datastream: number, point: HistoryPoint): Promise<Instant> {
  const [row] = await database.query<{ since: number | null }>(
    `SELECT (extract(epoch FROM min(o.phenomenon_time)) * 1000)::float8 AS since FROM observation o
     WHERE o.datastream = $1 AND o.phenomenon_time <= $2::timestamptz AND o.phenomenon_time > COALESCE(
       (SELECT max(p.phenomenon_time) FROM observation p WHERE p.datastream = $1 AND p.phenomenon_time < $2::timestamptz
          AND p.phenomenon_time > $3::timestamptz AND p.result IS DISTINCT FROM $4::float8), $3::timestamptz)`,
    [datastream, iso(point.phenomenonTime), iso(point.phenomenonTime - week), point.result],
  );
  return row?.since ?? point.phenomenonTime;
}
