// Resource paths and query options of SensorThings: what is asked for, or why it is not understood.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §9.2 (resource paths), §9.3 (query options). Not yet: $expand, $select, $filter, property access.
import { Problem } from '../../contracts/problem.ts';

export const entitySets = ['Things', 'Locations', 'Datastreams', 'ObservedProperties', 'Sensors', 'Observations'] as const;
export type EntitySet = (typeof entitySets)[number];

/** Where a step leads from an entity of a set, and whether to one or to many. */
export const navigation: Readonly<Record<EntitySet, Readonly<Record<string, { readonly to: EntitySet; readonly many: boolean }>>>> = {
  Things: { Locations: { to: 'Locations', many: true }, Datastreams: { to: 'Datastreams', many: true } },
  Locations: { Things: { to: 'Things', many: true } },
  Datastreams: {
    Thing: { to: 'Things', many: false },
    Sensor: { to: 'Sensors', many: false },
    ObservedProperty: { to: 'ObservedProperties', many: false },
    Observations: { to: 'Observations', many: true },
  },
  ObservedProperties: { Datastreams: { to: 'Datastreams', many: true } },
  Sensors: { Datastreams: { to: 'Datastreams', many: true } },
  Observations: { Datastream: { to: 'Datastreams', many: false } },
};
/** Of the standard, and not kept here (yet). */
const known = new Set([
  'HistoricalLocations',
  'FeaturesOfInterest',
  'FeatureOfInterest',
  '$ref',
  '$value',
  'Tasks',
  'TaskingCapabilities',
  'Actuators',
]);

export interface Step {
  readonly name: string;
  /** As in Things(7) or ObservedProperties('a34004'); null: the whole set. */
  readonly key: string | number | null;
}

/** Steps of a path below /sta/v1.1, decoded. @throws Problem not-found | unsupported */
export function readPath(path: string): readonly Step[] {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length > 4) throw new Problem('unsupported', { what: `${parts.length} 级路径，至多 4 级` });
  return parts.map((part) => {
    if (known.has(part.split('(')[0] as string)) throw new Problem('unsupported', { what: part.slice(0, 60) });
    const match = /^([A-Za-z]{1,30})(?:\((?:(\d{1,15})|'((?:[^']|''){1,100})')\))?$/.exec(part);
    if (!match) throw new Problem('not-found', { what: `/sta/v1.1/${path.slice(0, 100)}` });
    const key = match[2] !== undefined ? Number(match[2]) : match[3] !== undefined ? match[3].replaceAll("''", "'") : null;
    return { name: match[1] as string, key };
  });
}

export interface Options {
  readonly top: number;
  readonly skip: number;
  readonly count: boolean;
  /** Observations only: by phenomenonTime. */
  readonly ascending: boolean;
}
const usualTop = 100;
const mostTop = 1000;
const mostSkip = 1_000_000;

function whole(name: string, given: string, most: number): number {
  if (!/^\d{1,9}$/.test(given) || Number(given) > most)
    throw new Problem('bad-parameter', { name, given: given.slice(0, 40), allowed: `0–${most}` });
  return Number(given);
}

/** $top, $skip, $count, $orderby. @throws Problem bad-parameter | unsupported */
export function readOptions(query: Readonly<Record<string, unknown>>, set: EntitySet): Options {
  let options: Options = { top: usualTop, skip: 0, count: false, ascending: false };
  for (const [name, given] of Object.entries(query)) {
    if (typeof given !== 'string') throw new Problem('bad-parameter', { name: name.slice(0, 40), given: '多个值', allowed: '一个值' });
    // A larger $top than the server gives is not an error: it gives fewer and a nextLink (§9.3.3.4).
    if (name === '$top') options = { ...options, top: Math.min(whole(name, given, 999_999_999), mostTop) };
    else if (name === '$skip') options = { ...options, skip: whole(name, given, mostSkip) };
    else if (name === '$count') {
      if (given !== 'true' && given !== 'false')
        throw new Problem('bad-parameter', { name, given: given.slice(0, 40), allowed: 'true、false' });
      options = { ...options, count: given === 'true' };
    } else if (name === '$orderby') {
      const match = set === 'Observations' ? /^phenomenonTime(?: (asc|desc))?$/.exec(given.trim()) : null;
      if (!match) throw new Problem('unsupported', { what: `$orderby=${given.slice(0, 60)}` });
      options = { ...options, ascending: match[1] !== 'desc' };
    } else if (name.startsWith('$')) throw new Problem('unsupported', { what: name.slice(0, 40) });
    else
      throw new Problem('bad-parameter', { name: name.slice(0, 40), given: given.slice(0, 40), allowed: '$top、$skip、$count、$orderby' });
  }
  return options;
}

/** ObservedProperties('a34004'), Things(7). */
export function address(set: EntitySet, key: string | number): string {
  return `${set}(${typeof key === 'number' ? key : `'${key.replaceAll("'", "''")}'`})`;
}
