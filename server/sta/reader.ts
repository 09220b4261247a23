// Reads SensorThings for one asker: walks a resource path over what his scope opens, and prints what stands at its end with its expansions.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §9.2, §9.3. An $expand is one statement for a whole page, however many entities are on it.
import type { Scope } from '../../contracts/access.ts';
import { Problem } from '../../contracts/problem.ts';
import { mayReadThing, streamsByPath } from '../auth/guard.ts';
import type { Row } from '../database/database.ts';
import type { House } from '../house.ts';
import { type EntitySet, isEntitySet, model, navigation } from './model.ts';
import { readObservationId } from './observation-id.ts';
import { type Options, plain, readOptions } from './options.ts';
import { Parameters, type Sight, sightOf } from './parameters.ts';
import type { Step } from './path.ts';
import { attributeOf, dataArrayOf, type Entity, entityOf, selfLink } from './print.ts';
import { countQuery, type EntityRow, oneQuery, pageQuery, parents } from './select.ts';
import { follow, placeOfObservation, type Source, wholeSet } from './sources.ts';

/** One entity that the asker sees. */
export interface Found {
  readonly set: EntitySet;
  readonly row: Row;
}
/** Many, as they come into a statement: where they are, and the parents they hang on. */
interface Many {
  readonly set: EntitySet;
  put(q: Parameters): { readonly source: Source; readonly from?: string };
}

export interface Reader {
  /** What the path asks for: an entity, a collection, one attribute, or the bare text of one. @throws Problem not-found | unsupported | bad-parameter */
  answer(steps: readonly Step[], query: Readonly<Record<string, unknown>>, self: string): Promise<Entity | string>;
  /** The one entity at the end of a path. @throws Problem not-found */
  find(steps: readonly Step[]): Promise<Found>;
  /** As it is printed. */
  print(found: Found): Entity;
  /** Restricted streams of what was printed, for the audit. */
  readonly restricted: ReadonlySet<string>;
  readonly sight: Sight;
}

/** Entities printed for one request, expansions included. */
const mostPrinted = 20_000;

export const missing = (): Problem => new Problem('not-found', { what: '此路径下的 SensorThings 实体' });

/** @param root absolute address of /sta/v1.1 */
export function staReader(house: House, scope: Scope, root: string): Reader {
  const { registry, database } = house;
  const streams = streamsByPath(house.streams);
  const sight = sightOf(scope, house.streams, house.protocols);
  const restricted = new Set<string>();
  let printed = 0;

  async function query<R extends Row>(build: (q: Parameters) => string): Promise<R[]> {
    const q = new Parameters(sight);
    const sql = q.finish(build(q));
    try {
      return await database.query<R>(sql, q.values);
    } catch (error) {
      // What only the data can show: a number out of range (class 22), a geometry that a relation cannot be computed for (PostGIS: XX000).
      const { code, message } = error as { code?: unknown; message?: unknown };
      if (typeof code === 'string' && /^(22|XX000)/.test(code))
        throw new Problem('bad-parameter', { name: '$filter', given: String(message).slice(0, 80), allowed: '能在这些数据上计算的表达式' });
      throw error;
    }
  }
  function seen(row: Row): void {
    const stream = typeof row['stream'] === 'string' ? row['stream'] : '';
    const declared = streams.get(stream);
    if (declared && declared.sharing !== 'unconditional') restricted.add(stream);
  }
  function count(rows: number): void {
    printed += rows;
    if (printed > mostPrinted)
      throw new Problem('bad-parameter', {
        name: '$expand',
        given: `超过 ${mostPrinted} 个实体`,
        allowed: `一次至多 ${mostPrinted} 个，请减小 $top`,
      });
  }

  const whole = (set: EntitySet): Many => ({ set, put: (q) => ({ source: wholeSet(q, set) }) });
  const below = ({ set, row }: Found, name: string, to: EntitySet): Many => ({
    set: to,
    put: (q) => ({ source: follow(q, set, name, 'par'), from: parents(q, set, [row]) }),
  });

  /** Observations(65536), as the answer to a POST names it: the reading of that frame (iot-gateway/transports/observations.http.ts). */
  async function observationOfFrame(frame: number): Promise<string | null> {
    const logged = await house.log.get(frame);
    const protocol = house.protocols.find((one) => one.id === logged?.frame.protocol);
    const reading = logged && protocol?.decode(protocol.initial, logged.frame).readings[0];
    const datastream = registry.datastream(Number(/^datastream:(\d+)$/.exec(reading?.device ?? '')?.[1]));
    const thing = datastream && registry.thing(datastream.thing);
    if (!reading || !datastream || !thing || !mayReadThing(scope, thing, streams)) return null;
    const [row] = await database.query<{ identity: number }>(
      `SELECT coalesce(x.root, o.identity) AS identity FROM observation o LEFT JOIN observation_detail x
         ON x.datastream = o.datastream AND x.phenomenon_time = o.phenomenon_time AND x.identity = o.identity
       WHERE o.datastream = $1 AND o.phenomenon_time = $2::timestamptz AND o.frame = $3`,
      [datastream.id, new Date(reading.phenomenonTime).toISOString(), frame],
    );
    return row ? `${datastream.id}:${reading.phenomenonTime}:${row.identity}` : null;
  }
  async function one(many: Many, condition: (q: Parameters) => string): Promise<Found> {
    const [row] = await query((q) => {
      const { source, from } = many.put(q);
      return oneQuery(source, condition(q), from);
    });
    if (!row) throw missing();
    return { set: many.set, row };
  }
  async function pickObservation(many: Many, key: string | number): Promise<Found> {
    const id = readObservationId(typeof key === 'number' ? ((await observationOfFrame(key)) ?? '') : key);
    if (!id) throw missing();
    return one(many, (q) => {
      const time = q.add(new Date(id.phenomenonTime).toISOString(), 'timestamptz');
      return `t.datastream = ${q.add(id.datastream, 'int')} AND t.phenomenon_time = ${time} AND t.identity = ${q.add(id.identity, 'int')}`;
    });
  }
  /** The member of a collection with this key. */
  async function pick(many: Many, key: string | number): Promise<Found> {
    if (many.set === 'Observations') return pickObservation(many, key);
    if (many.set === 'FeaturesOfInterest' && readObservationId(String(key))) {
      const { set, row } = await pickObservation(whole('Observations'), key);
      const place: Many = { set: many.set, put: (q) => ({ source: placeOfObservation(q, 'par'), from: parents(q, set, [row]) }) };
      return one(place, () => `t.kind = 'made'`);
    }
    if (model[many.set].id === 'text') return one(many, (q) => `t.id = ${q.add(String(key), 'text')}`);
    if (typeof key !== 'number') throw missing();
    return one(many, (q) => `t.id = ${q.add(key, 'bigint')}`);
  }

  type Reached = { readonly found: Found } | { readonly many: Many };
  async function walk(steps: readonly Step[]): Promise<Reached> {
    let reached: Reached | null = null;
    for (const { name, key } of steps) {
      if (!reached) {
        if (!isEntitySet(name)) throw missing();
        reached = { many: whole(name) };
      } else {
        const next: ReturnType<typeof navigation> = 'found' in reached ? navigation(reached.found.set, name) : undefined;
        if (!('found' in reached) || !next) throw missing();
        const many = below(reached.found, name, next.to);
        reached = next.many ? { many } : { found: await one(many, () => 'true') };
      }
      if (key === null) continue;
      if (!('many' in reached)) throw missing();
      reached = { found: await pick(reached.many, key) };
    }
    if (!reached) throw missing();
    return reached;
  }

  /** Entities of one set with their expansions, in the order of the rows. */
  async function entities(set: EntitySet, rows: readonly Row[], options: Options): Promise<Entity[]> {
    for (const row of rows) seen(row);
    const list: Record<string, unknown>[] = rows.map((row) => ({ ...entityOf(root, set, row, options.select) }));
    for (const { name, options: inner } of rows.length > 0 ? options.expand : []) {
      const next = navigation(set, name)!;
      const asked = next.many ? inner : { ...plain, top: 1 };
      const most = mostPrinted - printed + 1 + rows.length;
      const found =
        asked.top === 0 ? [] : await query<EntityRow>((q) => pageQuery(q, follow(q, set, name, 'par'), asked, parents(q, set, rows), most));
      const groups = rows.map((): EntityRow[] => []);
      for (const row of found) groups[row.ord]!.push(row);
      const kept = groups.map((group) => group.slice(0, asked.top));
      count(kept.reduce((sum, group) => sum + group.length, 0));
      const counts =
        next.many && inner.count
          ? await countsOf((q) => ({ source: follow(q, set, name, 'par'), from: parents(q, set, rows) }), inner)
          : null;
      const printedChildren = await entities(next.to, kept.flat(), inner);
      let at = 0;
      list.forEach((entity, index) => {
        const children = printedChildren.slice(at, at + kept[index]!.length);
        at += children.length;
        delete entity[`${name}@iot.navigationLink`];
        if (!next.many) entity[name] = children[0] ?? null;
        else {
          const self = `${selfLink(root, set, rows[index]!)}/${name}`;
          const more = groups[index]!.length > asked.top;
          Object.assign(entity, framed(name, children, counts?.get(index) ?? null, more ? nextLink(self, inner) : null));
        }
      });
    }
    return list;
  }
  async function countsOf(put: Many['put'], options: Options): Promise<Map<number, number>> {
    const rows = await query<{ ord: number; n: number }>((q) => {
      const { source, from } = put(q);
      return countQuery(q, source, options.filter, from);
    });
    return new Map(rows.map(({ ord, n }) => [ord, n]));
  }
  function nextLink(self: string, options: Options): string {
    const next = { ...options.given, $top: String(options.top), $skip: String(options.skip + options.top) };
    return `${self}?${Object.entries(next)
      .map(([key, given]) => `${key}=${encodeURIComponent(given)}`)
      .join('&')}`;
  }
  /** @param name of the expanded navigation; '' for the collection itself, whose list is called value (§8.1.2) */
  function framed(name: string, list: readonly unknown[], total: number | null, next: string | null): Entity {
    return {
      ...(total === null ? {} : { [`${name}@iot.count`]: total }),
      ...(next === null ? {} : { [`${name}@iot.nextLink`]: next }),
      [name || 'value']: list,
    };
  }

  async function collection(many: Many, options: Options, self: string, onlyRefs: boolean): Promise<Entity> {
    const rows =
      options.top === 0
        ? []
        : await query((q) => {
            const { source, from } = many.put(q);
            return pageQuery(q, source, options, from);
          });
    const kept = rows.slice(0, options.top);
    count(kept.length);
    const total = options.count ? ((await countsOf(many.put, options)).get(0) ?? 0) : null;
    const next = rows.length > options.top && options.top > 0 ? nextLink(self, options) : null;
    if (onlyRefs)
      return framed(
        '',
        kept.map((row) => ({ '@iot.selfLink': selfLink(root, many.set, row) })),
        total,
        next,
      );
    if (options.dataArray) {
      for (const row of kept) seen(row);
      return framed('', dataArrayOf(root, kept, options.select), total, next);
    }
    return framed('', await entities(many.set, kept, options), total, next);
  }

  function noOptions(query: Readonly<Record<string, unknown>>, what: string): void {
    const [name] = Object.keys(query);
    if (name !== undefined) throw new Problem('unsupported', { what: `${name.slice(0, 40)}（${what}）` });
  }
  /** §9.2.6: an attribute, or what JSON it holds further down. */
  function attribute({ set, row }: Found, path: readonly string[], bare: boolean): Entity | string {
    seen(row);
    const [name = '', ...inner] = path;
    let value: unknown = Object.hasOwn(model[set].attributes, name) ? attributeOf(set, row, name) : undefined;
    for (const step of inner) {
      const holds = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
      value = holds ? (value as Record<string, unknown>)[step] : undefined;
    }
    if (value === undefined) throw missing();
    if (!bare) return { [path.at(-1) as string]: value };
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  return {
    restricted,
    sight,
    print: ({ set, row }) => entityOf(root, set, row, null),
    async find(steps) {
      const reached = await walk(steps);
      if (!('found' in reached)) throw missing();
      return reached.found;
    },
    async answer(steps, query, self) {
      const last = steps.at(-1)?.name;
      const bare = last === '$value';
      const onlyRefs = last === '$ref';
      let rest = bare || onlyRefs ? steps.slice(0, -1) : steps;
      // From the first name that is no navigation and no set: an attribute and what is in it.
      const cut = rest.findIndex(({ name, key }, index) => index > 0 && key === null && /^[a-z_]/.test(name));
      const inner = cut < 0 ? [] : rest.slice(cut);
      if (inner.some(({ key }) => key !== null)) throw missing();
      if (cut >= 0) rest = rest.slice(0, cut);
      const reached = await walk(rest);
      if (inner.length > 0 || bare) {
        if (inner.length === 0 || onlyRefs || !('found' in reached)) throw missing();
        noOptions(query, '属性');
        return attribute(
          reached.found,
          inner.map(({ name }) => name),
          bare,
        );
      }
      if ('many' in reached) return collection(reached.many, readOptions(query, reached.many.set), self, onlyRefs);
      const { set, row } = reached.found;
      if (onlyRefs) {
        noOptions(query, '$ref');
        return { '@iot.selfLink': selfLink(root, set, row) };
      }
      const options = readOptions(query, set);
      for (const name of ['$filter', '$orderby', '$top', '$skip', '$count', '$resultFormat'])
        if (Object.hasOwn(options.given, name))
          throw new Problem('bad-parameter', {
            name,
            given: String(options.given[name]).slice(0, 60),
            allowed: '用于集合，不用于单个实体',
          });
      count(1);
      return (await entities(set, [row], options))[0] as Entity;
    },
  };
}
