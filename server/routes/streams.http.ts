// GET /api/streams and /api/streams/{theme}/{id}: who provides a stream, what is promised, and what has come of it.
import { Router } from 'express';
import { type Scope, scopeKey } from '../../contracts/access.ts';
import type { Instant } from '../../contracts/observation.ts';
import { readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { type Stream, streamPath } from '../../contracts/stream.ts';
import { mayReadStream, mayReadThing, streamsByPath } from '../auth/guard.ts';
import { requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { pageAt } from './page.ts';
import { type Counted, headlineSpan, reportOf, type StreamReport, sampleOf, windowSeconds } from './promise.ts';

/** Counting a window takes the database a while, and a promise is not broken within seconds. */
const keptMilliseconds = 60_000;
const mostKept = 500;

export function streamRoutes(house: House): Router {
  const streams = streamsByPath(house.streams);
  const kept = new Map<string, { readonly at: Instant; readonly report: Promise<StreamReport> }>();

  async function count(stream: Stream, datastreams: readonly number[], now: Instant): Promise<Counted> {
    // The last promised value may still be on its way: the window ends where everything must have come.
    const to = now - (stream.periodSeconds > 600 ? headlineSpan(stream) * 1000 : 0);
    const [row] = await house.database.query<{ points: number; good: number; missing: number; late: number | null }>(
      `SELECT count(*)::int AS points, (count(*) FILTER (WHERE quality = 0))::int AS good, (count(*) FILTER (WHERE quality = 3))::int AS missing,
         percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM received - phenomenon_time)::float8 - $4::float8) AS late
       FROM (SELECT DISTINCT ON (datastream, phenomenon_time) quality, received, phenomenon_time FROM observation
             WHERE datastream = ANY($1::int[]) AND phenomenon_time > $2::timestamptz AND phenomenon_time <= $3::timestamptz
             ORDER BY datastream, phenomenon_time, received DESC) p`,
      [[...datastreams], new Date(to - windowSeconds * 1000).toISOString(), new Date(to).toISOString(), headlineSpan(stream)],
    );
    return { points: row?.points ?? 0, good: row?.good ?? 0, missing: row?.missing ?? 0, lateness95: row?.late ?? null };
  }
  async function measure(stream: Stream, scope: Scope): Promise<StreamReport> {
    const now = house.now();
    const things = [...house.store.things(streamPath(stream))].filter((thing) => mayReadThing(scope, thing, streams));
    const datastreams = things.flatMap((thing) => house.registry.datastreamOf(thing.id, stream.headline)?.id ?? []);
    const sample = sampleOf(stream, datastreams);
    return reportOf(stream, things, [sample.length, datastreams.length], await count(stream, sample, now), now);
  }
  /** Kept per scope: two scopes count different Things. */
  function report(stream: Stream, scope: Scope): Promise<StreamReport> {
    const key = `${streamPath(stream)} ${scopeKey(scope)}`;
    const known = kept.get(key);
    if (known && house.now() - known.at < keptMilliseconds) return known.report;
    const made = measure(stream, scope);
    if (kept.size >= mostKept) kept.clear();
    kept.set(key, { at: house.now(), report: made });
    made.catch(() => kept.delete(key));
    return made;
  }

  return Router()
    .get('/api/streams', async (req, res) => {
      const { scope } = requireIdentity(req);
      readParameters(routes.streams.query, req.query);
      const list: StreamReport[] = [];
      for (const stream of house.streams) if (mayReadStream(scope, stream)) list.push(await report(stream, scope));
      res.json(pageAt(list, 0, Math.max(list.length, 1), req.originalUrl));
    })
    .get(['/api/streams/:theme/:id', '/api/streams/:id'], async (req, res) => {
      const { scope } = requireIdentity(req);
      readParameters(routes.stream.query, req.query);
      // The id of a stream has a slash: as two segments, or written %2F in one.
      const { theme, id } = req.params as { theme?: string; id: string };
      const stream = streams.get(theme === undefined ? id : `${theme}/${id}`);
      if (!stream || !mayReadStream(scope, stream))
        throw new Problem('not-found', { what: `数据流 ${[theme, id].filter(Boolean).join('/').slice(0, 80)}` });
      res.json({ ...(await report(stream, scope)), quality: stream.quality, thresholds: stream.thresholds });
    });
}
