// Reads SensorThings for one asker: walks a resource path over what his scope opens, and prints what stands at its end with its expansions.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §9.2, §9.3. Entities are in memory (Registry); Observations are read from the history.
import type { Scope } from '../../contracts/access.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Thing } from '../../contracts/thing.ts';
import { mayReadThing, streamsByPath } from '../auth/guard.ts';
import type { House } from '../house.ts';
import { thingsOf } from './past.ts';
import { bodyOf, type Entity, entityOf, idOf, type Node, selfLink } from './sta-entities.ts';
import {
  countObservations,
  listObservations,
  type ObservationSource,
  observationOfFrame,
  oneObservation,
  readObservationId,
} from './sta-observations.ts';
import { type EntitySet, entitySets, navigation, type Step } from './sta-path.ts';
import { type Comparison, type Options, readOptions } from './sta-query.ts';

/** Many: entities in memory, or Observations that stay in the database until they are printed. */
type Many =
  | { readonly set: Exclude<EntitySet, 'Observations'>; readonly nodes: readonly Node[] }
  | { readonly set: 'Observations'; readonly source: ObservationSource };
type Found = { readonly one: Node } | { readonly many: Many };

export interface Reader {
  /** What the path asks for: an entity, a collection, one attribute, or the bare text of one. @throws Problem not-found | unsupported | bad-parameter */
  answer(steps: readonly Step[], query: Readonly<Record<string, unknown>>, self: string): Promise<Entity | string>;
  /** Restricted streams of what was printed, for the audit. */
  readonly restricted: ReadonlySet<string>;
}

/** Entities printed for one request, expansions included. */
const mostPrinted = 20_000;

/** @param root absolute address of /sta/v1.1 */
export function staReader(house: House, scope: Scope, root: string): Reader {
  const { registry, database } = house;
  const streams = streamsByPath(house.streams);
  const restricted = new Set<string>();
  let printed = 0;

  const visible = (thing: Thing | undefined): thing is Thing => thing !== undefined && mayReadThing(scope, thing, streams);
  const things: readonly Thing[] = thingsOf(registry, undefined).filter(visible);
  const datastreamNodes = (of: readonly Thing[]): Extract<Node, { set: 'Datastreams' }>[] =>
    of.flatMap((thing) => registry.datastreamsOf(thing.id).map((datastream) => ({ set: 'Datastreams' as const, datastream, thing })));
  const protocolOf = (thing: Thing): string => thing.properties.device?.protocol ?? 'sta';
  const missing = (): Problem => new Problem('not-found', { what: '此路径下的 SensorThings 实体' });

  function everything(set: EntitySet): Many {
    switch (set) {
      case 'Things':
        return { set, nodes: things.map((thing) => ({ set, thing })) };
      case 'Locations':
        return { set, nodes: things.filter((thing) => thing.position).map((thing) => ({ set, thing })) };
      case 'Datastreams':
        return { set, nodes: datastreamNodes(things).sort((a, b) => a.datastream.id - b.datastream.id) };
      case 'Sensors':
        return { set, nodes: house.protocols.map((protocol) => ({ set, protocol })) };
      case 'ObservedProperties': {
        const codes = new Set(datastreamNodes(things).map(({ datastream }) => datastream.property));
        return { set, nodes: [...codes].sort().map((code) => ({ set, code })) };
      }
      case 'FeaturesOfInterest':
        return { set, nodes: things.filter((thing) => thing.position).map((thing) => ({ set, thing, point: null })) };
      case 'Observations':
        return { set, source: { datastreams: datastreamNodes(things).map(({ datastream }) => datastream.id) } };
    }
  }

  /** Observations(65536), as the answer to a POST names it: the reading of that frame (iot-gateway/transports/observations.http.ts). */
  async function observationByFrame(frame: number): Promise<Extract<Node, { set: 'Observations' }> | null> {
    const logged = await house.log.get(frame);
    const protocol = house.protocols.find((one) => one.id === logged?.frame.protocol);
    const reading = logged && protocol?.decode(protocol.initial, logged.frame).readings[0];
    const id = /^datastream:(\d+)$/.exec(reading?.device ?? '')?.[1];
    const datastream = registry.datastream(Number(id));
    const thing = datastream && registry.thing(datastream.thing);
    if (!reading || !datastream || !visible(thing)) return null;
    const point = await observationOfFrame(database, datastream.id, reading.phenomenonTime, frame);
    return point && { set: 'Observations', point, datastream, thing };
  }
  async function observation(key: string | number): Promise<Extract<Node, { set: 'Observations' }> | null> {
    if (typeof key === 'number') return observationByFrame(key);
    const id = readObservationId(key);
    const datastream = id ? registry.datastream(id.datastream) : undefined;
    const thing = datastream && registry.thing(datastream.thing);
    if (!id || !datastream || !visible(thing)) return null;
    const point = await oneObservation(database, id);
    return point && { set: 'Observations', point, datastream, thing };
  }
  /** The member of a collection with this key. */
  async function pick(many: Many, key: string | number): Promise<Node> {
    let node: Node | null | undefined;
    if (many.set === 'Observations') {
      node = await observation(key);
      if (node && !many.source.datastreams.includes(node.datastream.id)) node = null;
      if (node && many.source.still && node.point.position) node = null;
    } else node = many.nodes.find((one) => idOf(one) === key);
    if (!node && many.set === 'FeaturesOfInterest') {
      const made = await observation(key);
      if (made?.point.position) node = { set: 'FeaturesOfInterest', thing: made.thing, point: made.point };
    }
    if (!node) throw missing();
    return node;
  }

  /** Where a navigation name leads from an entity. */
  function follow(node: Node, name: string): Found {
    const one = (found: Node | undefined): Found => {
      if (!found) throw missing();
      return { one: found };
    };
    const datastreams = (nodes: readonly Node[]): Found => ({ many: { set: 'Datastreams', nodes } });
    switch (node.set) {
      case 'Things':
        if (name === 'Datastreams') return datastreams(datastreamNodes([node.thing]));
        return { many: { set: 'Locations', nodes: node.thing.position ? [{ set: 'Locations', thing: node.thing }] : [] } };
      case 'Locations':
        return { many: { set: 'Things', nodes: [{ set: 'Things', thing: node.thing }] } };
      case 'Datastreams':
        if (name === 'Observations') return { many: { set: 'Observations', source: { datastreams: [node.datastream.id] } } };
        if (name === 'ObservedProperty') return one({ set: 'ObservedProperties', code: node.datastream.property });
        if (name === 'Thing') return one({ set: 'Things', thing: node.thing });
        return one(everythingOf('Sensors').find((sensor) => idOf(sensor) === protocolOf(node.thing)));
      case 'Sensors':
        return datastreams(datastreamNodes(things.filter((thing) => protocolOf(thing) === node.protocol.id)));
      case 'ObservedProperties':
        return datastreams(datastreamNodes(things).filter(({ datastream }) => datastream.property === node.code));
      case 'Observations':
        if (name === 'Datastream') return one({ set: 'Datastreams', datastream: node.datastream, thing: node.thing });
        if (node.point.position) return one({ set: 'FeaturesOfInterest', thing: node.thing, point: node.point });
        return one(node.thing.position ? { set: 'FeaturesOfInterest', thing: node.thing, point: null } : undefined);
      case 'FeaturesOfInterest': {
        if (!node.point) {
          const ids = registry.datastreamsOf(node.thing.id).map(({ id }) => id);
          return { many: { set: 'Observations', source: { datastreams: ids, still: true } } };
        }
        return { many: { set: 'Observations', source: { datastreams: [node.point.datastream], only: node.point } } };
      }
    }
  }
  function everythingOf(set: Exclude<EntitySet, 'Observations'>): readonly Node[] {
    const many = everything(set);
    return many.set === 'Observations' ? [] : many.nodes;
  }

  /** The nodes of one page, whether there are more, and how many in all where that is asked for. */
  async function pageOf(many: Many, options: Options): Promise<{ nodes: readonly Node[]; more: boolean; count: number | null }> {
    if (many.set !== 'Observations') {
      const kept = sorted(
        many.nodes.filter((node) => options.filter.every((one) => holds(node, one))),
        options,
      );
      const nodes = kept.slice(options.skip, options.skip + options.top);
      return { nodes, more: kept.length > options.skip + options.top, count: options.count ? kept.length : null };
    }
    const points = options.top === 0 ? [] : await listObservations(database, many.source, options);
    const nodes = points.slice(0, options.top).flatMap((point): Node[] => {
      const datastream = registry.datastream(point.datastream);
      const thing = datastream && registry.thing(datastream.thing);
      return datastream && thing ? [{ set: 'Observations', point, datastream, thing }] : [];
    });
    const count = options.count ? await countObservations(database, many.source, options.filter) : null;
    return { nodes, more: points.length > options.top, count };
  }

  async function print(node: Node, options: Options): Promise<Entity> {
    if (++printed > mostPrinted)
      throw new Problem('bad-parameter', {
        name: '$expand',
        given: `超过 ${mostPrinted} 个实体`,
        allowed: `一次至多 ${mostPrinted} 个，请减小 $top`,
      });
    if ('thing' in node) {
      const stream = streams.get(node.thing.properties.stream ?? '');
      if (stream && stream.sharing !== 'unconditional') restricted.add(node.thing.properties.stream ?? '');
    }
    const entity: Record<string, unknown> = { ...entityOf(root, node, options.select) };
    for (const { name, options: inner } of options.expand) {
      delete entity[`${name}@iot.navigationLink`];
      let found: Found | null = null;
      try {
        found = follow(node, name);
      } catch (error) {
        // An entity that has none of it: null, as JSON says it.
        if (!(error instanceof Problem) || error.code !== 'not-found') throw error;
      }
      if (!found) entity[name] = null;
      else if ('one' in found) entity[name] = await print(found.one, inner);
      else Object.assign(entity, await collection(found.many, inner, `${selfLink(root, node)}/${name}`, name));
    }
    return entity;
  }
  /** @param name of the expanded navigation; '' for the collection itself, whose list is called value (§8.1.2) */
  async function collection(many: Many, options: Options, self: string, name: string): Promise<Entity> {
    const page = await pageOf(many, options);
    const value: Entity[] = [];
    for (const node of page.nodes) value.push(await print(node, options));
    const next = { ...options.given, $top: String(options.top), $skip: String(options.skip + options.top) };
    const query = Object.entries(next).map(([key, given]) => `${key}=${encodeURIComponent(given)}`);
    return {
      ...(page.count === null ? {} : { [`${name}@iot.count`]: page.count }),
      ...(page.more && options.top > 0 ? { [`${name}@iot.nextLink`]: `${self}?${query.join('&')}` } : {}),
      [name || 'value']: value,
    };
  }

  async function walk(steps: readonly Step[]): Promise<Found> {
    let found: Found | null = null;
    for (const { name, key } of steps) {
      if (!found) {
        const set = entitySets.find((one) => one === name);
        if (!set) throw missing();
        found = { many: everything(set) };
      } else if ('one' in found && navigation(found.one.set, name)) found = follow(found.one, name);
      else throw missing();
      if (key === null) continue;
      if ('one' in found) throw missing();
      found = { one: await pick(found.many, key) };
    }
    if (!found) throw missing();
    return found;
  }

  return {
    restricted,
    async answer(steps, query, self) {
      const bare = steps.at(-1)?.name === '$value';
      const rest = bare ? steps.slice(0, -1) : steps;
      const last = rest.at(-1);
      const isAttribute = last !== undefined && last.key === null && /^[a-z]/.test(last.name) && rest.length > 1;
      const found = await walk(isAttribute ? rest.slice(0, -1) : rest);
      if (isAttribute) {
        const body = 'one' in found ? bodyOf(found.one) : {};
        if (!Object.hasOwn(body, last.name)) throw missing();
        if (Object.keys(query).length > 0) throw new Problem('unsupported', { what: `${Object.keys(query)[0]?.slice(0, 40)}（属性）` });
        const value = body[last.name];
        return bare ? (typeof value === 'string' ? value : JSON.stringify(value)) : { [last.name]: value };
      }
      if (bare) throw missing();
      if ('many' in found) return collection(found.many, readOptions(query, found.many.set), self, '');
      const options = readOptions(query, found.one.set);
      return print(found.one, options);
    },
  };
}

/** Attribute that a comparison or an order looks at. */
function comparedOf(node: Node, property: string): string | number {
  return property === 'id' ? idOf(node) : String(bodyOf(node)['name'] ?? '');
}
function holds(node: Node, { property, operator, value }: Comparison): boolean {
  const mine = comparedOf(node, property);
  if (typeof mine !== typeof value) return operator === 'ne';
  switch (operator) {
    case 'eq':
      return mine === value;
    case 'ne':
      return mine !== value;
    case 'gt':
      return mine > value;
    case 'ge':
      return mine >= value;
    case 'lt':
      return mine < value;
    case 'le':
      return mine <= value;
  }
}
function sorted(nodes: readonly Node[], { order }: Options): readonly Node[] {
  if (!order) return nodes;
  const sign = order.ascending ? 1 : -1;
  return nodes
    .map((node) => [comparedOf(node, order.property), node] as const)
    .sort(([a], [b]) => (a === b ? 0 : a < b ? -sign : sign))
    .map(([, node]) => node);
}
