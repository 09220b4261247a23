// Resource paths of SensorThings: which entity sets there are, where a step leads, and what a path asks for.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §8.2 (entities), §9.2 (resource paths). Not kept here yet: HistoricalLocations, tasking.
import { Problem } from '../../contracts/problem.ts';

export const entitySets = [
  'Things',
  'Locations',
  'Datastreams',
  'Sensors',
  'ObservedProperties',
  'Observations',
  'FeaturesOfInterest',
] as const;
export type EntitySet = (typeof entitySets)[number];

interface Navigation {
  readonly to: EntitySet;
  readonly many: boolean;
}
const navigationOf: Readonly<Record<EntitySet, Readonly<Record<string, Navigation>>>> = {
  Things: { Locations: { to: 'Locations', many: true }, Datastreams: { to: 'Datastreams', many: true } },
  Locations: { Things: { to: 'Things', many: true } },
  Datastreams: {
    Thing: { to: 'Things', many: false },
    Sensor: { to: 'Sensors', many: false },
    ObservedProperty: { to: 'ObservedProperties', many: false },
    Observations: { to: 'Observations', many: true },
  },
  Sensors: { Datastreams: { to: 'Datastreams', many: true } },
  ObservedProperties: { Datastreams: { to: 'Datastreams', many: true } },
  Observations: { Datastream: { to: 'Datastreams', many: false }, FeatureOfInterest: { to: 'FeaturesOfInterest', many: false } },
  FeaturesOfInterest: { Observations: { to: 'Observations', many: true } },
};
/** Where a step leads from an entity of a set, and whether to one or to many; undefined: nowhere. */
export function navigation(set: EntitySet, name: string): Navigation | undefined {
  return Object.hasOwn(navigationOf[set], name) ? navigationOf[set][name] : undefined;
}
export function navigationNames(set: EntitySet): readonly string[] {
  return Object.keys(navigationOf[set]);
}

/** Attributes of the entities, beside id and links. */
export const attributes: Readonly<Record<EntitySet, readonly string[]>> = {
  Things: ['name', 'description', 'properties'],
  Locations: ['name', 'description', 'encodingType', 'location'],
  Datastreams: ['name', 'description', 'observationType', 'unitOfMeasurement', 'properties'],
  Sensors: ['name', 'description', 'encodingType', 'metadata'],
  ObservedProperties: ['name', 'definition', 'description', 'properties'],
  Observations: ['phenomenonTime', 'resultTime', 'result', 'resultQuality', 'parameters'],
  FeaturesOfInterest: ['name', 'description', 'encodingType', 'feature'],
};

/** Of the standard, and not kept here (yet). */
const unkept = new Set(['HistoricalLocations', 'HistoricalLocation', '$ref', 'Tasks', 'TaskingCapabilities', 'Actuators']);
const mostSteps = 6;

export interface Step {
  readonly name: string;
  /** As in Things(7) or ObservedProperties('a34004'); null: none. */
  readonly key: string | number | null;
}

/** Steps of a path below /sta/v1.1, decoded. @throws Problem not-found | unsupported */
export function readPath(path: string): readonly Step[] {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length > mostSteps) throw new Problem('unsupported', { what: `${parts.length} 级路径，至多 ${mostSteps} 级` });
  return parts.map((part) => {
    if (unkept.has(part.split('(')[0] as string)) throw new Problem('unsupported', { what: part.slice(0, 60) });
    const match = /^(\$?[A-Za-z]{1,30})(?:\((?:(\d{1,15})|'((?:[^']|''){1,100})')\))?$/.exec(part);
    if (!match) throw new Problem('not-found', { what: `/sta/v1.1/${path.slice(0, 100)}` });
    const key = match[2] !== undefined ? Number(match[2]) : match[3] !== undefined ? match[3].replaceAll("''", "'") : null;
    return { name: match[1] as string, key };
  });
}

/** ObservedProperties('a34004'), Things(7). */
export function address(set: EntitySet, key: string | number): string {
  return `${set}(${typeof key === 'number' ? key : `'${key.replaceAll("'", "''")}'`})`;
}
