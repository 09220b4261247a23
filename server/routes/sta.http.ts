// OGC SensorThings 1.1 at /sta/v1.1: entities by id and navigation with paging; Things and Datastreams by POST, which registers devices.
//
// Observations are posted at the gateway's own door (iot-gateway/transports/observations.http.ts), because those are device bytes.
import { type Request, Router } from 'express';
import { Problem } from '../../contracts/problem.ts';
import type { Protocol } from '../../contracts/protocol.ts';
import type { Datastream, Thing } from '../../contracts/thing.ts';
import { mayReadThing, streamsByPath } from '../auth/guard.ts';
import { requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { thingsOf } from './past.ts';
import * as entities from './sta-entities.ts';
import { countObservations, listObservations, oneObservation } from './sta-observations.ts';
import { type EntitySet, entitySets, navigation, type Options, readOptions, readPath } from './sta-path.ts';
import { staRoot, staWriteRoutes } from './sta-write.http.ts';

/** What a path has led to so far: entities that the asker may see. Observations stay in the database until they are printed. */
type Found =
  | { readonly set: 'Things'; readonly items: readonly Thing[] }
  | { readonly set: 'Locations'; readonly items: readonly Thing[] }
  | { readonly set: 'Datastreams'; readonly items: readonly Datastream[] }
  | { readonly set: 'ObservedProperties'; readonly items: readonly string[] }
  | { readonly set: 'Sensors'; readonly items: readonly Protocol[] }
  | { readonly set: 'Observations'; readonly of: Datastream | null };

export function staRoutes(house: House): Router {
  const { registry, database } = house;
  const streams = streamsByPath(house.streams);

  async function storedObservation(key: string | number): Promise<{ datastream: Datastream; point: entities.StoredPoint } | null> {
    const id = entities.readObservationId(key);
    const datastream = id ? registry.datastream(id.datastream) : undefined;
    const point = id && datastream ? await oneObservation(database, id) : null;
    return datastream && point ? { datastream, point } : null;
  }

  async function answer(req: Request, path: string): Promise<entities.Entity> {
    const identity = requireIdentity(req);
    const root = staRoot(req);
    const steps = readPath(path);
    const missing = (): Problem => new Problem('not-found', { what: `/sta/v1.1/${path.slice(0, 100)}` });
    const visible = (thing: Thing | undefined): thing is Thing => thing !== undefined && mayReadThing(identity.scope, thing, streams);
    const things = thingsOf(registry, undefined).filter(visible);
    const datastreams = (): Datastream[] => things.flatMap((thing) => registry.datastreamsOf(thing.id)).sort((a, b) => a.id - b.id);
    const protocolOf = (datastream: Datastream): string => registry.thing(datastream.thing)?.properties.device?.protocol ?? 'sta';

    function everything(set: EntitySet): Found {
      if (set === 'Things') return { set, items: things };
      if (set === 'Locations') return { set, items: things.filter((thing) => thing.position) };
      if (set === 'Datastreams') return { set, items: datastreams() };
      if (set === 'ObservedProperties') return { set, items: [...new Set(datastreams().map((one) => one.property))].sort() };
      if (set === 'Sensors') return { set, items: house.protocols };
      return { set, of: null };
    }
    /** Narrows a set to the entity with this key. */
    function pick(found: Found, key: string | number): Found {
      if (found.set === 'ObservedProperties') return { ...found, items: found.items.filter((code) => code === key) };
      if (found.set === 'Sensors') return { ...found, items: found.items.filter((protocol) => protocol.id === key) };
      if (found.set === 'Datastreams') return { ...found, items: found.items.filter((one) => one.id === key) };
      if (found.set === 'Observations') return found;
      return { ...found, items: found.items.filter((thing) => thing.id === key) };
    }
    function follow(found: Found, name: string): Found {
      if (found.set === 'Things' || found.set === 'Locations') {
        const thing = found.items[0] as Thing;
        if (name === 'Datastreams') return { set: 'Datastreams', items: registry.datastreamsOf(thing.id) };
        return name === 'Locations' ? { set: 'Locations', items: thing.position ? [thing] : [] } : { set: 'Things', items: [thing] };
      }
      if (found.set === 'Datastreams') {
        const datastream = found.items[0] as Datastream;
        if (name === 'Observations') return { set: 'Observations', of: datastream };
        if (name === 'ObservedProperty') return { set: 'ObservedProperties', items: [datastream.property] };
        if (name === 'Sensor')
          return { set: 'Sensors', items: house.protocols.filter((protocol) => protocol.id === protocolOf(datastream)) };
        return { set: 'Things', items: things.filter((thing) => thing.id === datastream.thing) };
      }
      if (found.set === 'ObservedProperties') {
        const [code] = found.items;
        return { set: 'Datastreams', items: datastreams().filter((one) => one.property === code) };
      }
      const [protocol] = found.set === 'Sensors' ? found.items : [];
      return { set: 'Datastreams', items: datastreams().filter((one) => protocolOf(one) === protocol?.id) };
    }
    function print(found: Exclude<Found, { set: 'Observations' }>): entities.Entity[] {
      if (found.set === 'Things') return found.items.map((thing) => entities.thingEntity(root, thing));
      if (found.set === 'Locations') return found.items.map((thing) => entities.locationEntity(root, thing));
      if (found.set === 'Datastreams') return found.items.map((one) => entities.datastreamEntity(root, one, registry.thing(one.thing)));
      if (found.set === 'Sensors') return found.items.map((protocol) => entities.sensorEntity(root, protocol));
      return found.items.map((code) => entities.propertyEntity(root, code));
    }

    let found: Found | null = null;
    let one = false;
    for (const [index, { name, key }] of steps.entries()) {
      if (!found) {
        if (!(entitySets as readonly string[]).includes(name)) throw missing();
        found = everything(name as EntitySet);
        one = false;
      } else {
        const step: { readonly to: EntitySet; readonly many: boolean } | undefined =
          one && Object.hasOwn(navigation[found.set], name) ? navigation[found.set][name] : undefined;
        if (!step) throw missing();
        found = follow(found, name);
        one = !step.many;
      }
      if (key === null) {
        if (one && found.set !== 'Observations' && found.items.length === 0) throw missing();
        continue;
      }
      if (one) throw missing();
      if (found.set === 'Observations') {
        const stored = await storedObservation(key);
        if (!stored || !visible(registry.thing(stored.datastream.thing)) || (found.of && found.of.id !== stored.datastream.id))
          throw missing();
        if (index === steps.length - 1) return entities.observationEntity(root, stored.datastream, stored.point);
        found = { set: 'Datastreams', items: [stored.datastream] };
        if (steps[index + 1]?.name !== 'Datastream') throw missing();
        return steps.length === index + 2 ? (print(found)[0] as entities.Entity) : Promise.reject(missing());
      }
      found = pick(found, key);
      if (found.set !== 'Observations' && found.items.length === 0) throw missing();
      one = true;
    }
    if (!found) throw missing();
    const options = readOptions(req.query, found.set);
    if (found.set === 'Observations') {
      const { of } = found;
      if (!of) throw new Problem('unsupported', { what: '不带序列的 Observations，请用 Datastreams(编号)/Observations' });
      const list = await listObservations(database, of.id, options);
      const count = options.count ? await countObservations(database, of.id) : undefined;
      return page(
        req,
        list.map((point) => entities.observationEntity(root, of, point)),
        options,
        count,
      );
    }
    if (one) return print(found)[0] as entities.Entity;
    const shown = { ...found, items: found.items.slice(options.skip, options.skip + options.top + 1) } as typeof found;
    return page(req, print(shown), options, options.count ? found.items.length : undefined);
  }

  /** A collection (§8.1.2): up to $top of it, and the address of the rest. */
  function page(req: Request, list: readonly entities.Entity[], options: Options, count: number | undefined): entities.Entity {
    const url = new URL(req.originalUrl, staRoot(req));
    url.searchParams.set('$skip', String(options.skip + options.top));
    url.searchParams.set('$top', String(options.top));
    const next = url.href.replaceAll('%24', '$');
    return {
      ...(count === undefined ? {} : { '@iot.count': count }),
      ...(list.length > options.top && options.top > 0 ? { '@iot.nextLink': next } : {}),
      value: list.slice(0, options.top),
    };
  }

  return Router()
    .get('/sta/v1.1', (req, res) => {
      res.json(entities.serviceRoot(staRoot(req)));
    })
    .get('/sta/v1.1/{*path}', async (req, res) => {
      const { path } = req.params as unknown as { path: string[] };
      res.json(await answer(req, path.join('/')));
    })
    .use(staWriteRoutes(house));
}
