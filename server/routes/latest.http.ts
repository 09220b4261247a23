// GET /api/latest: the latest values within the asker's scope, now from the store or at a past moment from the history.
import { Router } from 'express';
import { type Identity, mayRead } from '../../contracts/access.ts';
import { type BBox, insideBBox, type LngLat } from '../../contracts/geo.ts';
import { bboxOf, instantOf, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import type { Stream, StreamPath } from '../../contracts/stream.ts';
import type { Thing } from '../../contracts/thing.ts';
import type { ThingState } from '../../contracts/wire.ts';
import { guardOf, mayReadStream, mayReadThing, streamsByPath } from '../auth/guard.ts';
import { addressOf, requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { offsetOf, pageAt, pageOf } from './page.ts';
import { eventsAt, thingsAt, thingsOf } from './past.ts';

function isInside(position: LngLat | null, bbox: BBox | null): boolean {
  return bbox === null || (position !== null && insideBBox(position, bbox));
}

export function latestRoutes(house: House): Router {
  const streams = streamsByPath(house.streams);
  const past = { database: house.database, registry: house.registry, streams, locate: house.locate };

  /** @throws Problem not-found | forbidden */
  function streamFor(identity: Identity, path: string): Stream {
    const stream = streams.get(path);
    if (!stream) throw new Problem('not-found', { what: `数据流 ${path}` });
    if (!mayReadStream(identity.scope, stream)) throw new Problem('forbidden', { what: stream.title.zh });
    return stream;
  }
  /** One Thing by id. @throws Problem not-found */
  function thingFor(identity: Identity, id: number): Thing {
    const thing = house.registry.thing(id);
    if (!thing || !mayReadThing(identity.scope, thing, streams)) throw new Problem('not-found', { what: `对象 ${id}` });
    return thing;
  }
  function stateNow(thing: Thing): ThingState {
    const { id, uid, name, adcode, position, properties } = thing;
    return (
      house.store.thing(id) ?? { id, uid, name, adcode, position, provenance: properties.provenance ?? 'measured', properties, series: {} }
    );
  }

  return Router().get('/api/latest', async (req, res) => {
    const identity = requireIdentity(req);
    const query = readParameters(routes.latest.query, req.query);
    const bbox = query.bbox === undefined ? null : bboxOf('bbox', query.bbox);
    const at = query.at === undefined ? null : instantOf('at', query.at);
    const limit = query.limit ?? 1000;
    const offset = offsetOf(query.cursor);
    const stream = query.stream === undefined ? undefined : streamFor(identity, query.stream);
    const path = query.stream as StreamPath | undefined;
    const things =
      query.thing === undefined
        ? thingsOf(house.registry, path).filter((thing) => mayReadThing(identity.scope, thing, streams))
        : [thingFor(identity, query.thing)];
    const restricted = new Set(
      things
        .map((thing) => thing.properties.stream ?? '')
        .filter((path) => (streams.get(path)?.sharing ?? 'unconditional') !== 'unconditional'),
    );
    for (const name of restricted)
      house.auth.audit({
        identity,
        address: addressOf(req),
        act: 'read-restricted',
        target: `latest/${name}`,
        ...(query.at ? { detail: { at: query.at } } : {}),
      });

    if (stream?.kind === 'event' && path !== undefined && query.thing === undefined) {
      // An event belongs to the area it lies in: a city sees its fires, though the satellite belongs to the province.
      const events = at === null ? house.store.observations(path) : await eventsAt(past, stream, thingsOf(house.registry, path), at);
      res.json(
        pageAt(
          events.filter((event) => mayRead(identity.scope, guardOf(stream, event.adcode)) && isInside(event.position, bbox)),
          offset,
          limit,
          req.originalUrl,
        ),
      );
      return;
    }
    // A page is cut by id, so that a Thing registered meanwhile moves nothing.
    const cut = things.filter((thing) => thing.id > offset);
    if (at === null) {
      const shown = cut.map(stateNow).filter((thing) => isInside(thing.position, bbox));
      res.json(pageOf(shown, limit, req.originalUrl, (last) => last.id));
      return;
    }
    const page = pageOf(cut.slice(0, limit + 1), limit, req.originalUrl, (last) => last.id);
    const states = (await thingsAt(past, page.items, at)).filter((thing) => isInside(thing.position, bbox));
    res.json({ items: states, numberReturned: states.length, next: page.next });
  });
}
