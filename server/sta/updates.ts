// SensorThings updates over MQTT: who subscribed to which entities, and each new or changed entity told to those who may see it.
//
//   v1.1/Datastreams(7)/Observations   v1.1/Observations?$select=result   v1.1/Things   v1.1/Things(7)   v1.1/Things(7)/properties
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §14.3 (receive updates: entity set, entity, property, $select). A listener is a session: the password
// of CONNECT is its token (POST /api/session); without one nothing is told. His scope is looked at again for everything he is told.
import { type Identity, scopeKey } from '../../contracts/access.ts';
import { type Instant, type Observation, periods, type Reading } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { periodSeconds } from '../../streams/staleness.ts';
import { mayReadThing, streamsByPath } from '../auth/guard.ts';
import type { Row } from '../database/database.ts';
import type { House } from '../house.ts';
import type { Ingest } from '../ingest.ts';
import type { Made } from './creation.ts';
import { attributeKind, type EntitySet, isEntitySet, model, navigation } from './model.ts';
import { readOptions } from './options.ts';
import { readPath, type Step } from './path.ts';
import { bodyOf, type Entity, entityOf, idOf } from './print.ts';
import { type Reader, staReader } from './reader.ts';

export interface Credentials {
  readonly username: string | null;
  readonly password: string | null;
}
export interface Updates {
  /** What iot-gateway/transports/broker.mqtt.ts asks of an audience. */
  subscribe(credentials: Credentials, topic: string, deliver: (payload: string) => void): Promise<(() => void) | null>;
  /** Entities came to be, or changed. */
  tell(changed: readonly Made[]): void;
  /** Sessions of this user ended, or their rights changed: what hangs on one that is no more hears nothing more. */
  recheck(user: string): Promise<void>;
  /** Where our own broker listens; before that, and with another's, nobody can subscribe. */
  serve(endpoints: readonly string[]): void;
  readonly endpoints: () => readonly string[];
  /** Updates that could not be handed over. */
  dropped(): number;
  /** Resolves when everything told so far was delivered. */
  settled(): Promise<void>;
}

interface Subscription {
  readonly identity: Identity;
  /** The session that he came with, and when it was looked at last. */
  readonly token: string;
  checked: Instant;
  /** Restricted streams that he was told of: each is audited once. */
  readonly restricted: Set<string>;
  /** Way to the set: [] for v1.1/Things, Datastreams(7) for v1.1/Datastreams(7)/Observations. */
  readonly parent: readonly Step[];
  readonly set: EntitySet;
  /** v1.1/Things(7): this one only. */
  readonly key: string | number | null;
  /** v1.1/Things(7)/properties: this alone. */
  readonly attribute: string | null;
  readonly select: readonly string[] | null;
  readonly deliver: (payload: string) => void;
}
const mostSubscriptions = 5000;
const mostWaiting = 2000;
/** A session that ran out is noticed after so long. */
const checkMilliseconds = 60_000;
/** §14.3: links in what is told are relative to the service. */
const root = '/sta/v1.1';

type Topic = Omit<Subscription, 'identity' | 'token' | 'checked' | 'restricted' | 'deliver'> & {
  /** It ends in a navigation to one entity: Datastreams(7)/Thing. */
  readonly one: boolean;
};
/** @throws Problem not-found | unsupported | bad-parameter */
export function readTopic(topic: string): Topic {
  const [path = '', query] = topic.slice('v1.1/'.length).split('?');
  const steps = readPath(path);
  const last = steps.at(-1);
  if (!last) throw new Problem('not-found', { what: topic.slice(0, 100) });
  let set: EntitySet | undefined;
  let attribute: string | null = null;
  let entity: readonly Step[] = steps;
  let one = false;
  steps.forEach((step, index) => {
    const next = index === 0 ? (isEntitySet(step.name) ? step.name : undefined) : set && navigation(set, step.name)?.to;
    if (
      next === undefined &&
      index > 0 &&
      index === steps.length - 1 &&
      step.key === null &&
      set &&
      attributeKind(set, step.name) !== undefined
    ) {
      attribute = step.name;
      entity = steps.slice(0, -1);
    } else {
      one = index > 0 && set !== undefined && navigation(set, step.name)?.many === false;
      set = next;
    }
    if (!set) throw new Problem('not-found', { what: topic.slice(0, 100) });
  });
  const end = entity.at(-1) as Step;
  if (attribute !== null && end.key === null && !one) throw new Problem('not-found', { what: topic.slice(0, 100) });
  const given: Record<string, string> = {};
  for (const part of (query ?? '').split('&').filter((one) => one !== ''))
    given[part.split('=')[0] as string] = part.slice(part.indexOf('=') + 1);
  const [strange] = Object.keys(given).filter((name) => name !== '$select');
  if (strange !== undefined) throw new Problem('unsupported', { what: `${strange.slice(0, 40)}（MQTT 主题只用 $select）` });
  return {
    parent: entity.slice(0, -1),
    set: set as unknown as EntitySet,
    key: end.key,
    one,
    attribute,
    select: readOptions(given, set as unknown as EntitySet).select,
  };
}

/** As the reader's statements give it, made of what was just judged. */
export function rowOf(observation: Observation, reading: Reading): Row {
  const { details } = reading;
  const period = periods.find((one) => observation.series.split('/')[1] === one) ?? 'instant';
  const { quality, failed, flag, phenomenonTime } = observation;
  return {
    id: `${observation.datastream}:${phenomenonTime}:${details?.corrects ?? observation.identity}`,
    ...{ datastream: observation.datastream, phenomenonTime, result: observation.result },
    phenomenonTime_to: details?.until ?? (period === 'instant' ? null : phenomenonTime + periodSeconds[period] * 1000),
    resultTime: details ? details.resultTime : observation.hops.received,
    resultQuality: { quality, failed, flag, ...(details?.quality == null ? {} : { given: details.quality }) },
    ...{ validTime: details?.validTime?.[0] ?? null, validTime_to: details?.validTime?.[1] ?? null },
    parameters: { ...details?.parameters, frame: observation.frame },
  };
}

export function openUpdates(house: House, ingest: Pick<Ingest, 'onObservation'>): Updates {
  const streams = streamsByPath(house.streams);
  const subscriptions = new Set<Subscription>();
  /** Those to Observations, by the Datastream they are of; 0: of all. */
  const ofObservations = new Map<number, Set<Subscription>>();
  let endpoints: readonly string[] = [];
  let dropped = 0;
  let queue: Made[] = [];
  let working: Promise<void> | null = null;
  /** Newest HistoricalLocation that was told; null: nobody asked yet. */
  let lastStory: number | null = null;

  /** Of a session that is there no more, every subscription ends. */
  async function check(subscription: Subscription): Promise<void> {
    subscription.checked = house.now();
    const identity = await house.auth.authenticate(subscription.token).catch(() => null);
    if (identity && scopeKey(identity.scope) === scopeKey(subscription.identity.scope)) return;
    subscriptions.delete(subscription);
    for (const group of ofObservations.values()) group.delete(subscription);
  }
  function deliver(subscription: Subscription, entity: Entity, body: Entity, stream: string): void {
    const { deliver: send, attribute, restricted, identity } = subscription;
    const sharing = streams.get(stream)?.sharing ?? 'unconditional';
    if (sharing !== 'unconditional' && !restricted.has(stream)) {
      restricted.add(stream);
      house.auth.audit({ identity, address: null, act: 'read-restricted', target: `sta/${stream}`, detail: { by: 'mqtt' } });
    }
    if (house.now() - subscription.checked > checkMilliseconds) void check(subscription);
    try {
      send(JSON.stringify(attribute === null ? entity : { [attribute]: body[attribute] ?? null }));
    } catch {
      // Parameters nested deeper than the stack, or a connection that breaks just now: whoever hears it must not stop whoever sends it.
      dropped++;
    }
  }

  ingest.onObservation((observation, reading) => {
    if (ofObservations.size === 0 || reading.details?.withdrawn) return;
    const listeners = [...(ofObservations.get(0) ?? []), ...(ofObservations.get(observation.datastream) ?? [])];
    if (listeners.length === 0) return;
    const thing = house.registry.thing(observation.thing);
    const row = rowOf(observation, reading);
    for (const subscription of listeners) {
      if (!thing || !mayReadThing(subscription.identity.scope, thing, streams)) continue;
      if (subscription.key !== null && subscription.key !== row['id']) continue;
      deliver(
        subscription,
        entityOf(root, 'Observations', row, subscription.select),
        bodyOf('Observations', row),
        thing.properties.stream ?? '',
      );
    }
  });

  /** One entity to everyone whose path leads to it: asked of the reader with his own rights. */
  async function tellOne({ set, id }: Made): Promise<void> {
    for (const subscription of subscriptions) {
      if (subscription.set !== set || (subscription.key !== null && String(subscription.key) !== String(id))) continue;
      const { parent, identity, select } = subscription;
      const name = parent.length === 0 ? set : navigationName(parent, set);
      try {
        const { row } = await staReader(house, identity.scope, root).find([...parent, { name, key: id }]);
        deliver(subscription, entityOf(root, set, row, select), bodyOf(set, row), typeof row['stream'] === 'string' ? row['stream'] : '');
      } catch (error) {
        // Not his, or not below this path. Away: an update is not kept for later (QoS 0).
        if (!(error instanceof Problem)) throw error;
      }
    }
  }
  function navigationName(parent: readonly Step[], set: EntitySet): string {
    const last = parent.at(-1)?.name ?? '';
    let at: EntitySet | undefined = isEntitySet(parent[0]?.name ?? '') ? (parent[0]?.name as EntitySet) : undefined;
    for (const { name } of parent.slice(1)) at = at && navigation(at, name)?.to;
    return at && navigation(at, set)?.to === set ? set : last;
  }
  /** Whoever moved a Thing left a HistoricalLocation in the database. */
  async function stories(): Promise<Made[]> {
    if (lastStory === null || ![...subscriptions].some(({ set }) => set === 'HistoricalLocations')) return [];
    const rows = await house.database.query<{ id: number }>('SELECT id FROM historical_location WHERE id > $1 ORDER BY id LIMIT 100', [
      lastStory,
    ]);
    lastStory = rows.at(-1)?.id ?? lastStory;
    return rows.map(({ id }) => ({ set: 'HistoricalLocations' as const, id }));
  }
  async function work(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      const all = new Map([...batch, ...(await stories())].map((one) => [`${one.set} ${one.id}`, one]));
      for (const one of all.values()) await tellOne(one);
    }
  }
  function start(): void {
    working ??= work()
      // The database is away, or a defect of one entity: what was to be told now is lost, as QoS 0 says.
      .catch(() => undefined)
      .finally(() => {
        working = null;
        if (queue.length > 0) start();
      });
  }

  /** What a navigation to one leads to now is who is meant. */
  async function resolved(reader: Reader, topic: Topic): Promise<Topic> {
    if (!topic.one) return topic;
    const name =
      Object.entries(model[(await reader.find(topic.parent)).set].navigation).find(([, to]) => to.to === topic.set && !to.many)?.[0] ?? '';
    const { set, row } = await reader.find([...topic.parent, { name, key: null }]);
    return { ...topic, parent: [], key: idOf(set, row) };
  }

  return {
    async subscribe({ password }, topic, send) {
      const identity = password ? await house.auth.authenticate(password) : null;
      if (!password || !identity || subscriptions.size >= mostSubscriptions) return null;
      const reader = staReader(house, identity.scope, root);
      const read = await resolved(reader, readTopic(topic));
      const subscription: Subscription = { ...read, identity, token: password, checked: house.now(), restricted: new Set(), deliver: send };
      let datastream: number | null = read.parent.length === 0 ? 0 : null;
      // What it stands under is there, and his.
      if (read.parent.length > 0) {
        const { set, row } = await reader.find(read.parent);
        if (set === 'Datastreams') datastream = row['id'] as number;
        else if (read.set === 'Observations')
          throw new Problem('unsupported', { what: `${set} 的 Observations（MQTT 用 Datastreams(…)/Observations）` });
      }
      if (read.key !== null)
        await reader.find([
          ...read.parent,
          { name: read.parent.length === 0 ? read.set : navigationName(read.parent, read.set), key: read.key },
        ]);
      if (read.set === 'HistoricalLocations' && lastStory === null)
        lastStory = (await house.database.query<{ id: number | null }>('SELECT max(id) AS id FROM historical_location'))[0]?.id ?? 0;
      if (read.set !== 'Observations') {
        subscriptions.add(subscription);
        return () => subscriptions.delete(subscription);
      }
      const group = ofObservations.get(datastream ?? 0) ?? new Set<Subscription>();
      ofObservations.set(datastream ?? 0, group.add(subscription));
      return () => {
        group.delete(subscription);
        if (group.size === 0) ofObservations.delete(datastream ?? 0);
      };
    },
    tell(changed) {
      if (subscriptions.size === 0) return;
      for (const one of changed) if (queue.length < mostWaiting) queue.push(one);
      start();
    },
    async recheck(user) {
      const all = [...subscriptions, ...[...ofObservations.values()].flatMap((group) => [...group])];
      for (const subscription of all) if (subscription.identity.user === user) await check(subscription);
    },
    serve(at) {
      endpoints = at;
    },
    endpoints: () => endpoints,
    dropped: () => dropped,
    async settled() {
      while (working) await working;
    },
  };
}
