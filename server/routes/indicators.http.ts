// GET /api/indicators/{adcode}: the numbers of an area, now from the store or computed from the history as known at a past moment.
import { Router } from 'express';
import { mayRead, type Scope } from '../../contracts/access.ts';
import { type AdCode, adcodeContains } from '../../contracts/geo.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import type { Instant } from '../../contracts/observation.ts';
import { instantOf, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { streamPath } from '../../contracts/stream.ts';
import type { ObservationEvent, ThingState } from '../../contracts/wire.ts';
import { indicatorsOf } from '../../streams/indicators.ts';
import { streamsByPath } from '../auth/guard.ts';
import { requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { alarmsAt } from './alarms.http.ts';
import { areaName, areasBelow } from './areas.ts';
import { pageAt } from './page.ts';
import { eventsAt, thingsAt, thingsOf } from './past.ts';

/** The whole province is read once, then each area is computed from it: an indicator looks only at what lies inside its area. */
async function indicatorsAt(house: House, areas: readonly AdCode[], at: Instant): Promise<Indicator[]> {
  const whole: Scope = { adcode: '210000', departments: '*' };
  const source = { database: house.database, registry: house.registry, streams: streamsByPath(house.streams), locate: house.locate };
  const things = new Map<string, ThingState[]>();
  const events = new Map<string, ObservationEvent[]>();
  for (const stream of house.streams) {
    const path = streamPath(stream);
    // A satellite of the province sees for its cities, too.
    const inside = thingsOf(house.registry, path).filter((thing) =>
      areas.some((area) => adcodeContains(area, thing.adcode) || adcodeContains(thing.adcode, area)),
    );
    things.set(path, await thingsAt(source, inside, at));
    if (stream.kind === 'event') events.set(path, await eventsAt(source, stream, thingsOf(house.registry, path), at));
  }
  const alarms = await alarmsAt(house.database, whole, house.streams, at);
  return areas.flatMap((adcode) =>
    indicatorsOf({
      things: (path) => things.get(path) ?? [],
      observations: (path) => events.get(path) ?? [],
      alarms,
      locate: house.locate,
      now: at,
      adcode,
    }),
  );
}

/** From the store where it keeps them, province and cities (server/beat.ts); those of a county are computed when they are asked for. */
function indicatorsNow({ store, locate, now }: House, area: AdCode): readonly Indicator[] {
  const kept = store.indicators(area);
  if (kept.length > 0) return kept;
  const { things, observations } = store;
  return indicatorsOf({ things, observations, locate, alarms: store.alarms(), now: now(), adcode: area });
}

export function indicatorRoutes(house: House): Router {
  return Router().get('/api/indicators/:adcode', async (req, res) => {
    const { scope } = requireIdentity(req);
    const { adcode } = readParameters(routes.indicators.params, req.params);
    const query = readParameters(routes.indicators.query, req.query);
    if (areaName(adcode) === null) throw new Problem('not-found', { what: `区域 ${adcode}` });
    const asked = query.below === 1 ? [adcode, ...areasBelow(adcode)] : [adcode];
    const areas = asked.filter((area) => mayRead(scope, { adcode: area }));
    if (areas.length === 0) throw new Problem('forbidden', { what: areaName(adcode) });
    const indicators =
      query.at === undefined
        ? areas.flatMap((area) => indicatorsNow(house, area))
        : await indicatorsAt(house, areas, instantOf('at', query.at));
    res.json(pageAt(indicators, 0, Math.max(indicators.length, 1), req.originalUrl));
  });
}
