// GET /api/history: the points of one datastream over a span, as known now or at a past moment, within the asker's scope.
import { Router } from 'express';
import { instantOf, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import type { History } from '../../contracts/wire.ts';
import { mayReadThing, streamsByPath } from '../auth/guard.ts';
import { addressOf, requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { nextAddress, offsetOf } from './page.ts';
import { bucketFor, bucketPoints, bucketStart, rawPoints } from './points.ts';

const day = 86_400_000;

export function historyRoutes(house: House): Router {
  const streams = streamsByPath(house.streams);
  return Router().get('/api/history', async (req, res) => {
    const identity = requireIdentity(req);
    const query = readParameters(routes.history.query, req.query);
    const datastream = house.registry.datastream(query.datastream);
    const thing = datastream && house.registry.thing(datastream.thing);
    if (!datastream || !thing || !mayReadThing(identity.scope, thing, streams))
      throw new Problem('not-found', { what: `序列 ${query.datastream}` });
    const stream = streams.get(thing.properties.stream ?? '');
    if (stream && stream.sharing !== 'unconditional')
      house.auth.audit({ identity, address: addressOf(req), act: 'read-restricted', target: `history/${datastream.id}` });

    const known = query.at === undefined ? house.now() : instantOf('at', query.at);
    const to = query.to === undefined ? known : instantOf('to', query.to);
    const from = query.from === undefined ? to - day : instantOf('from', query.from);
    if (from > to) throw new Problem('bad-parameter', { name: 'from', given: query.from ?? '（缺省）', allowed: '不晚于 to' });
    const bucketSeconds = query.bucket === 'auto' ? bucketFor(to - from, stream?.periodSeconds ?? 60) : (query.bucket ?? null);
    const limit = query.limit ?? 2000;
    // The cursor is the first instant of the next page, or where every row counts, how many have been read.
    const every = stream?.kind === 'event';
    const byOffset = every && bucketSeconds === null;
    const begin = query.cursor === undefined || byOffset ? from : Math.max(from, Number(query.cursor));
    const skip = byOffset ? offsetOf(query.cursor) : 0;
    const span = { datastream: datastream.id, from: begin, to, known, limit, ...(every ? { every: { skip } } : {}) };
    const points = bucketSeconds === null ? await rawPoints(house.database, span) : await bucketPoints(house.database, span, bucketSeconds);
    const more = points.length > limit ? points[limit] : undefined;
    const cursorOf = (time: number): number => (byOffset ? skip + limit : bucketSeconds === null ? time : bucketStart(time, bucketSeconds));
    const reply: History = {
      datastream: datastream.id,
      series: datastream.series,
      unit: datastream.unit,
      provenance: thing.properties.provenance ?? 'measured',
      bucketSeconds,
      points: points.slice(0, limit),
      next: more ? nextAddress(req.originalUrl, String(cursorOf(more.phenomenonTime))) : null,
    };
    res.json(reply);
  });
}
