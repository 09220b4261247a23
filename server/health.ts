// What the health topic, /readyz and the operations panel say: assembled from the store, the counters and the latencies.
import type { Instant } from '../contracts/observation.ts';
import { type Stream, streamPath } from '../contracts/stream.ts';
import type { Health, StreamHealth, ThingState } from '../contracts/wire.ts';
import { isThingLive } from '../streams/staleness.ts';
import type { Store } from './house.ts';
import type { ProtocolCounters } from './ingest.ts';
import type { Latency } from './sockets/latency.ts';

/** @param sees whether a Thing counts; absent: all of them */
export function streamHealth(
  store: Pick<Store, 'things'>,
  stream: Stream,
  now: Instant,
  sees: (thing: Pick<ThingState, 'adcode'>) => boolean = () => true,
): StreamHealth {
  const path = streamPath(stream);
  let [live, expected, simulated, good, values] = [0, 0, 0, 0, 0];
  let newest: Instant | null = null;
  for (const thing of store.things(path)) {
    if (!sees(thing)) continue;
    expected++;
    if (thing.provenance === 'simulated') simulated++;
    if (isThingLive(stream, thing, now)) live++;
    for (const [, time, quality] of Object.values(thing.series)) {
      values++;
      if (quality === 'good') good++;
      if (newest === null || time > newest) newest = time;
    }
  }
  const { periodSeconds, staleAfterSeconds } = stream;
  const share = values === 0 ? null : good / values;
  return {
    stream: path,
    title: stream.title.zh,
    provider: stream.provider.zh,
    live,
    expected,
    good: share,
    simulated,
    newest,
    periodSeconds,
    staleAfterSeconds,
  };
}

export function healthOf(parts: {
  readonly store: Store;
  readonly streams: readonly Stream[];
  readonly latency: Latency;
  readonly database: { readonly up: boolean; readonly since: Instant };
  readonly demo: boolean;
  readonly readingsPerSecond: number;
  readonly sockets: number;
  readonly protocols: Readonly<Record<string, ProtocolCounters>>;
  readonly now: Instant;
}): Health {
  const { store, latency, now } = parts;
  return {
    now,
    database: parts.database.up ? 'up' : 'away',
    since: parts.database.since,
    demo: parts.demo,
    readingsPerSecond: parts.readingsPerSecond,
    latency: latency.summary(now),
    sockets: parts.sockets,
    streams: parts.streams.map((stream) => streamHealth(store, stream, now)),
    protocols: parts.protocols,
  };
}
