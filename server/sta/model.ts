// The entity sets of SensorThings: their attributes with the kind of each, and where a navigation leads.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §8.2.1–8.2.8 (tables of properties and of relations). Tasking and MultiDatastream are not kept.

export const entitySets = [
  'Things',
  'Locations',
  'HistoricalLocations',
  'Datastreams',
  'Sensors',
  'ObservedProperties',
  'Observations',
  'FeaturesOfInterest',
] as const;
export type EntitySet = (typeof entitySets)[number];

/** What a value is to $filter and $orderby. `period`: an instant or an interval. `json`: whatever was given. */
export type Kind = 'number' | 'text' | 'bool' | 'time' | 'period' | 'geo' | 'json' | 'date' | 'clock' | 'duration' | 'null';

export interface Navigation {
  readonly to: EntitySet;
  readonly many: boolean;
}

interface SetModel {
  /** text: the id is a word (a34004, hj212, 7:1764000000000:12). */
  readonly id: 'number' | 'text';
  readonly attributes: Readonly<Record<string, Kind>>;
  readonly navigation: Readonly<Record<string, Navigation>>;
  /** The name of a navigation to one of these. */
  readonly singular: string;
}

const named = { name: 'text', description: 'text' } as const;
export const model: Readonly<Record<EntitySet, SetModel>> = {
  Things: {
    id: 'number',
    singular: 'Thing',
    attributes: { ...named, properties: 'json' },
    navigation: {
      Locations: { to: 'Locations', many: true },
      HistoricalLocations: { to: 'HistoricalLocations', many: true },
      Datastreams: { to: 'Datastreams', many: true },
    },
  },
  Locations: {
    id: 'number',
    singular: 'Location',
    attributes: { ...named, encodingType: 'text', location: 'geo', properties: 'json' },
    navigation: { Things: { to: 'Things', many: true }, HistoricalLocations: { to: 'HistoricalLocations', many: true } },
  },
  HistoricalLocations: {
    id: 'number',
    singular: 'HistoricalLocation',
    attributes: { time: 'time' },
    navigation: { Thing: { to: 'Things', many: false }, Locations: { to: 'Locations', many: true } },
  },
  Datastreams: {
    id: 'number',
    singular: 'Datastream',
    attributes: { ...named, observationType: 'text', unitOfMeasurement: 'json', properties: 'json' },
    navigation: {
      Thing: { to: 'Things', many: false },
      Sensor: { to: 'Sensors', many: false },
      ObservedProperty: { to: 'ObservedProperties', many: false },
      Observations: { to: 'Observations', many: true },
    },
  },
  Sensors: {
    id: 'text',
    singular: 'Sensor',
    attributes: { ...named, encodingType: 'text', metadata: 'json', properties: 'json' },
    navigation: { Datastreams: { to: 'Datastreams', many: true } },
  },
  ObservedProperties: {
    id: 'text',
    singular: 'ObservedProperty',
    attributes: { name: 'text', definition: 'text', description: 'text', properties: 'json' },
    navigation: { Datastreams: { to: 'Datastreams', many: true } },
  },
  Observations: {
    id: 'text',
    singular: 'Observation',
    attributes: {
      phenomenonTime: 'period',
      resultTime: 'time',
      result: 'number',
      resultQuality: 'json',
      validTime: 'period',
      parameters: 'json',
    },
    navigation: { Datastream: { to: 'Datastreams', many: false }, FeatureOfInterest: { to: 'FeaturesOfInterest', many: false } },
  },
  FeaturesOfInterest: {
    id: 'text',
    singular: 'FeatureOfInterest',
    attributes: { ...named, encodingType: 'text', feature: 'geo', properties: 'json' },
    navigation: { Observations: { to: 'Observations', many: true } },
  },
};

export function isEntitySet(name: string): name is EntitySet {
  return (entitySets as readonly string[]).includes(name);
}
/** Where a step leads from an entity of a set, and whether to one or to many; undefined: nowhere. */
export function navigation(set: EntitySet, name: string): Navigation | undefined {
  return Object.hasOwn(model[set].navigation, name) ? model[set].navigation[name] : undefined;
}
export function navigationNames(set: EntitySet): readonly string[] {
  return Object.keys(model[set].navigation);
}
export function attributeNames(set: EntitySet): readonly string[] {
  return Object.keys(model[set].attributes);
}
export function attributeKind(set: EntitySet, name: string): Kind | undefined {
  return Object.hasOwn(model[set].attributes, name) ? model[set].attributes[name] : undefined;
}
/** The set of a navigation's name, however many it leads to: Thing and Things are Things. */
export function setNamed(name: string): EntitySet | undefined {
  return entitySets.find((set) => set === name || model[set].singular === name);
}
