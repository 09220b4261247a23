// GET /api/trust: how far each series may be trusted and why, now or at a past moment; within the asker's scope.
import { Router } from 'express';
import { instantOf, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import type { StreamPath } from '../../contracts/stream.ts';
import type { Trust } from '../../contracts/trust.ts';
import { mayReadStream, mayReadThing, streamsByPath } from '../auth/guard.ts';
import { addressOf, requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { trustAt } from '../store/trust.pg.ts';
import { offsetOf, pageOf } from './page.ts';
import { thingsOf } from './past.ts';

export function trustRoutes(house: House): Router {
  const streams = streamsByPath(house.streams);

  return Router().get('/api/trust', async (req, res) => {
    const identity = requireIdentity(req);
    const query = readParameters(routes.trust.query, req.query);
    const at = query.at === undefined ? null : instantOf('at', query.at);
    const stream = query.stream === undefined ? undefined : streams.get(query.stream);
    if (query.stream !== undefined && !stream) throw new Problem('not-found', { what: `数据流 ${query.stream}` });
    if (stream && !mayReadStream(identity.scope, stream)) throw new Problem('forbidden', { what: stream.title.zh });
    const things = thingsOf(house.registry, query.stream as StreamPath | undefined).filter(
      (thing) => (query.thing === undefined || thing.id === query.thing) && mayReadThing(identity.scope, thing, streams),
    );
    if (query.thing !== undefined && things.length === 0) throw new Problem('not-found', { what: `对象 ${query.thing}` });
    const restricted = new Set(things.map((thing) => thing.properties.stream ?? ''));
    for (const path of restricted)
      if ((streams.get(path)?.sharing ?? 'unconditional') !== 'unconditional')
        house.auth.audit({ identity, address: addressOf(req), act: 'read-restricted', target: `trust/${path}` });
    // A page is cut by the Datastream's id, so that one made meanwhile moves nothing.
    const limit = query.limit ?? 1000;
    const after = offsetOf(query.cursor);
    const datastreams = things
      .flatMap((thing) => house.registry.datastreamsOf(thing.id))
      .filter(({ id }) => id > after)
      .sort((a, b) => a.id - b.id);
    const page = pageOf(datastreams.slice(0, limit + 1), limit, req.originalUrl, (last) => last.id);
    const now = house.now();
    const items: Trust[] =
      at !== null
        ? await trustAt(
            house.database,
            page.items.map(({ id }) => id),
            at,
          )
        : page.items.flatMap((datastream) => {
            const thing = house.registry.thing(datastream.thing);
            const trust = thing && house.trust(thing, datastream, now);
            return trust ? [{ datastream: datastream.id, thing: datastream.thing, series: datastream.series, ...trust, since: now }] : [];
          });
    res.json({ items, numberReturned: items.length, next: page.next });
  });
}
