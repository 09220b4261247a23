// What happens once a second: events and alarms whose time is over leave, and the indicators of every area are computed anew.
import { cities } from '../contracts/adcodes.data.ts';
import type { Instant } from '../contracts/observation.ts';
import type { StreamPath } from '../contracts/stream.ts';
import { indicatorsOf } from '../streams/indicators.ts';
import type { House, Store } from './house.ts';
import type { Ingest } from './ingest.ts';
import type { StoreWriter } from './store/latest.ts';

const areas = ['210000', ...cities.map((city) => city.adcode)];

export interface Beat {
  /** Processed in the last whole second. */
  readingsPerSecond(): number;
  stop(): void;
}

export function startBeat(parts: {
  readonly store: Store & StoreWriter;
  readonly ingest: Ingest;
  readonly locate: House['locate'];
  readonly now: () => Instant;
}): Beat {
  const { ingest } = parts;
  let [rate, before] = [0, ingest.readings()];
  const timer = setInterval(() => {
    rate = ingest.readings() - before;
    before = ingest.readings();
    beat(parts.store, ingest, parts.locate, parts.now());
  }, 1000);
  return { readingsPerSecond: () => rate, stop: () => clearInterval(timer) };
}

function beat(store: Store & StoreWriter, ingest: Ingest, locate: House['locate'], now: Instant): void {
  store.expire(now);
  ingest.expire(now);
  const source = {
    things: (path: StreamPath) => store.things(path),
    observations: (path: StreamPath) => store.observations(path),
    alarms: store.alarms(),
    now,
    locate,
  };
  store.putIndicators(areas.flatMap((adcode) => indicatorsOf({ ...source, adcode })));
}
