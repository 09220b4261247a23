// What happens once a second: events and alarms whose time is over leave, and the indicators of every area are computed anew.
import { cities } from '../contracts/adcodes.data.ts';
import type { Instant } from '../contracts/observation.ts';
import type { StreamPath } from '../contracts/stream.ts';
import { indicatorsOf } from '../streams/indicators.ts';
import type { Store } from './house.ts';
import type { Ingest } from './ingest.ts';
import type { StoreWriter } from './store/latest.ts';

const areas = ['210000', ...cities.map((city) => city.adcode)];

export function beat(store: Store & StoreWriter, ingest: Ingest, now: Instant): void {
  store.expire(now);
  ingest.expire(now);
  const source = {
    things: (path: StreamPath) => store.things(path),
    observations: (path: StreamPath) => store.observations(path),
    alarms: store.alarms(),
    now,
  };
  store.putIndicators(areas.flatMap((adcode) => indicatorsOf({ ...source, adcode })));
}
