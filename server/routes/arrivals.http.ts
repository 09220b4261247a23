// GET /api/arrivals: how many frames arrived in each bucket of a span, and the alarms that began in it: what the time bar draws.
import { Router } from 'express';
import { instantOf, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { alarmsBetween } from './alarms.http.ts';

const mostBuckets = 5000;
const marks = 500;

export function arrivalRoutes(house: House): Router {
  return Router().get('/api/arrivals', async (req, res) => {
    const { scope } = requireIdentity(req);
    const query = readParameters(routes.arrivals.query, req.query);
    const to = query.to === undefined ? house.now() : instantOf('to', query.to);
    const from = query.from === undefined ? to - 86_400_000 : instantOf('from', query.from);
    const bucketSeconds = query.bucket ?? 900;
    if (from >= to) throw new Problem('bad-parameter', { name: 'from', given: query.from ?? '（缺省）', allowed: '早于 to' });
    if ((to - from) / 1000 / bucketSeconds > mostBuckets)
      throw new Problem('bad-parameter', { name: 'bucket', given: bucketSeconds, allowed: `使时段不超过 ${mostBuckets} 个` });
    // The log has one row per group commit with the number of its frames, so a day is counted without touching the observations.
    const buckets = await house.database.query<{ at: number; count: number }>(
      `SELECT (extract(epoch FROM date_bin($3::interval, durable, '2000-01-01T00:00:00+08:00'::timestamptz)) * 1000)::float8 AS at, sum(frames)::float8 AS count
       FROM frame_batch WHERE durable >= $1::timestamptz AND durable < $2::timestamptz GROUP BY 1 ORDER BY 1`,
      [new Date(from).toISOString(), new Date(to).toISOString(), `${bucketSeconds} seconds`],
    );
    const alarms = await alarmsBetween(house.database, scope, house.streams, from, to, undefined);
    res.json({ bucketSeconds, buckets, alarms: alarms.slice(0, marks) });
  });
}
