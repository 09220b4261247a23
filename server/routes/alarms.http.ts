// GET /api/alarms: open now, open at a past moment as known then, or begun inside a span; within the asker's scope.
import { Router } from 'express';
import type { Scope } from '../../contracts/access.ts';
import { mayRead } from '../../contracts/access.ts';
import { type Alarm, type AlertLevel, levelRank } from '../../contracts/event.ts';
import { adcodePrefix } from '../../contracts/geo.ts';
import type { Instant } from '../../contracts/observation.ts';
import { instantOf, readParameters } from '../../contracts/parameters.ts';
import { routes } from '../../contracts/routes.ts';
import { type Stream, streamPath } from '../../contracts/stream.ts';
import { restsUntil } from '../../streams/operators/snooze.ts';
import { guardOf, mayReadStream } from '../auth/guard.ts';
import { requireIdentity } from '../auth/identity.http.ts';
import type { Queryable, Row } from '../database/database.ts';
import type { House } from '../house.ts';
import { type AlarmRow, alarmOf } from '../store/recovery.pg.ts';
import { snoozesAt } from '../store/snoozes.pg.ts';
import { offsetOf, pageAt } from './page.ts';

type Selected = AlarmRow & Row;
/** WHERE of what a scope may see, after the parameters $1 … $(first − 1). */
function guardClause(scope: Scope, streams: readonly Stream[], first: number): { sql: string; values: readonly unknown[] } {
  const prefix = adcodePrefix(scope.adcode);
  const paths = streams.filter((stream) => mayReadStream(scope, stream)).map(streamPath);
  return {
    sql: `a.adcode BETWEEN $${first} AND $${first + 1} AND a.stream = ANY($${first + 2}::text[])`,
    values: [prefix.padEnd(6, '0'), prefix.padEnd(6, '9'), paths],
  };
}
const most = 20_000;

/** Alarms that stood open at `at`, with the level and value of then: the last change before it counts. */
export async function alarmsAt(database: Queryable, scope: Scope, streams: readonly Stream[], at: Instant): Promise<Alarm[]> {
  const guard = guardClause(scope, streams, 2);
  const rows = await database.query<Selected & { then_level: AlertLevel; then_value: number; then_at: Date }>(
    `SELECT a.*, t.name AS thing_name, c.level AS then_level, c.value AS then_value, c.at AS then_at
     FROM alarm a JOIN thing t ON t.id = a.thing
     CROSS JOIN LATERAL (SELECT * FROM alarm_change x WHERE x.alarm = a.id AND x.at <= $1::timestamptz ORDER BY x.at DESC LIMIT 1) c
     WHERE a.since <= $1::timestamptz AND (a.cleared IS NULL OR a.cleared > $1::timestamptz) AND NOT c.cleared AND ${guard.sql}
     LIMIT ${most}`,
    [new Date(at).toISOString(), ...guard.values],
  );
  const alarms = rows.map((row): Alarm => {
    const last = alarmOf(row);
    const then = { ...last, level: row.then_level, value: row.then_value, updated: row.then_at.getTime(), cleared: null };
    if (then.level === last.level) return then;
    // It stood on another rung of the same ladder: rule, limit and source are that rung's.
    const stream = streams.find((candidate) => streamPath(candidate) === last.stream);
    const rung = stream?.thresholds.find((threshold) => threshold.series === last.series && threshold.level === then.level);
    if (!rung) return then;
    return {
      ...then,
      rule: rung.id,
      title: `${last.thingName} ${rung.title.zh}`,
      source: rung.source,
      limit: typeof rung.limit === 'number' ? rung.limit : then.limit,
    };
  });
  const snoozes = await snoozesAt(database, at);
  for (const [index, alarm] of alarms.entries()) {
    const until = restsUntil(snoozes, alarm, at);
    if (until !== null) alarms[index] = { ...alarm, snoozedUntil: until };
  }
  return alarms.sort((a, b) => levelRank(a.level) - levelRank(b.level) || b.since - a.since);
}

/** Alarms that began in [from, to), cleared or not, newest first. */
export async function alarmsBetween(
  database: Queryable,
  scope: Scope,
  streams: readonly Stream[],
  from: Instant,
  to: Instant,
  open: boolean | undefined,
): Promise<Alarm[]> {
  const guard = guardClause(scope, streams, 3);
  const state = open === undefined ? '' : ` AND a.cleared IS ${open ? '' : 'NOT '}NULL`;
  const rows = await database.query<Selected>(
    `SELECT a.*, t.name AS thing_name FROM alarm a JOIN thing t ON t.id = a.thing
     WHERE a.since >= $1::timestamptz AND a.since < $2::timestamptz AND ${guard.sql}${state} ORDER BY a.since DESC, a.id LIMIT ${most}`,
    [new Date(from).toISOString(), new Date(to).toISOString(), ...guard.values],
  );
  return rows.map(alarmOf);
}

/** Open alarms that a scope may see, from the store. */
export function openAlarms(house: Pick<House, 'store' | 'streams'>, scope: Scope): Alarm[] {
  return house.store.alarms().filter((alarm) =>
    mayRead(
      scope,
      guardOf(
        house.streams.find((stream) => streamPath(stream) === alarm.stream),
        alarm.adcode,
      ),
    ),
  );
}

export function alarmRoutes(house: House): Router {
  return Router().get('/api/alarms', async (req, res) => {
    const { scope } = requireIdentity(req);
    const query = readParameters(routes.alarms.query, req.query);
    let alarms: readonly Alarm[];
    if (query.at !== undefined) alarms = await alarmsAt(house.database, scope, house.streams, instantOf('at', query.at));
    else if (query.from !== undefined || query.to !== undefined || query.open === false) {
      const to = query.to === undefined ? house.now() + 1 : instantOf('to', query.to);
      const from = query.from === undefined ? to - 86_400_000 : instantOf('from', query.from);
      alarms = await alarmsBetween(house.database, scope, house.streams, from, to, query.open);
    } else alarms = openAlarms(house, scope);
    res.json(pageAt(alarms, offsetOf(query.cursor), query.limit ?? 500, req.originalUrl));
  });
}
