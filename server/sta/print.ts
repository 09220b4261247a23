// Rows of the entity sets as SensorThings prints them: id, selfLink, attributes, navigation links.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §8.1 (JSON), §8.2.1–8.2.8, §9.2.1 (service root).
import { timeText } from '../../contracts/parameters.ts';
import type { Row } from '../database/database.ts';
import { attributeNames, type EntitySet, entitySets, model, navigationNames } from './model.ts';
import { address } from './path.ts';

export type Entity = Readonly<Record<string, unknown>>;

/** A word that is all digits is written as a number: Sensors(1000000001), FeaturesOfInterest(7). */
export function idOf(set: EntitySet, row: Row): number | string {
  const id = row['id'] as number | string;
  return typeof id === 'string' && model[set].id === 'text' && /^[1-9]\d{0,14}$/.test(id) && set !== 'ObservedProperties' ? Number(id) : id;
}
/** @param root absolute address of /sta/v1.1 */
export function selfLink(root: string, set: EntitySet, row: Row): string {
  return `${root}/${address(set, idOf(set, row))}`;
}

const periodText = (from: unknown, to: unknown): string | null => {
  if (typeof from !== 'number') return null;
  const start = timeText(Math.round(from));
  return typeof to === 'number' ? `${start}/${timeText(Math.round(to))}` : start;
};
/** An attribute as it is printed; undefined: this entity has none (optional properties of §8.2). */
export function attributeOf(set: EntitySet, row: Row, name: string): unknown {
  const value = row[name];
  const kind = model[set].attributes[name];
  if (kind === 'period') return name === 'validTime' && value === null ? undefined : periodText(value, row[`${name}_to`]);
  if (kind === 'time') return typeof value === 'number' ? timeText(Math.round(value)) : null;
  return value === null && name === 'properties' ? undefined : value;
}
/** Attributes of an entity, without id and links. */
export function bodyOf(set: EntitySet, row: Row): Entity {
  const body: Record<string, unknown> = {};
  for (const name of attributeNames(set)) {
    const value = attributeOf(set, row, name);
    if (value !== undefined) body[name] = value;
  }
  return body;
}
/** id, link, attributes and navigation links; with a $select, of the last two only what it names. */
export function entityOf(root: string, set: EntitySet, row: Row, select: readonly string[] | null): Entity {
  const self = selfLink(root, set, row);
  const wanted = (name: string): boolean => select === null || select.includes(name);
  return {
    '@iot.id': idOf(set, row),
    '@iot.selfLink': self,
    ...Object.fromEntries(Object.entries(bodyOf(set, row)).filter(([name]) => wanted(name))),
    ...Object.fromEntries(
      navigationNames(set)
        .filter(wanted)
        .map((name) => [`${name}@iot.navigationLink`, `${self}/${name}`]),
    ),
  };
}

/** Observations as arrays, a block for each Datastream (§13.3, Table 33). */
export function dataArrayOf(root: string, rows: readonly Row[], select: readonly string[] | null): Entity[] {
  const components = ['id', 'phenomenonTime', 'resultTime', 'result', 'resultQuality', 'validTime', 'parameters'].filter(
    (name) => select === null || select.includes(name),
  );
  const blocks = new Map<number, unknown[][]>();
  for (const row of rows) {
    const datastream = row['datastream'] as number;
    const block = blocks.get(datastream) ?? [];
    blocks.set(datastream, block);
    block.push(components.map((name) => (name === 'id' ? row['id'] : (attributeOf('Observations', row, name) ?? null))));
  }
  return [...blocks].map(([datastream, dataArray]) => ({
    'Datastream@iot.navigationLink': `${root}/${address('Datastreams', datastream)}`,
    components,
    'dataArray@iot.count': dataArray.length,
    dataArray,
  }));
}

const req = 'http://www.opengis.net/spec/iot_sensing/1.1/req';
/** Requirements that the tests conformance*.test.ts hold, one title each. Not here: multi-datastream. */
export const conformance: readonly string[] = [
  `${req}/datamodel`,
  `${req}/resource-path/resource-path-to-entities`,
  `${req}/request-data`,
  ...[
    ...['create-entity', 'link-to-existing-entities', 'deep-insert', 'deep-insert-status-code', 'update-entity', 'update-entity-put'],
    ...['update-entity-jsonpatch', 'delete-entity', 'historical-location-auto-creation', 'historical-location-manual-creation'],
  ].map((name) => `${req}/create-update-delete/${name}`),
  `${req}/batch-request/batch-request`,
  `${req}/data-array/data-array`,
];
export const mqttConformance: readonly string[] = [
  `${req}/create-observations-via-mqtt/observations-creation`,
  `${req}/receive-updates-via-mqtt/receive-updates`,
];

/** What GET /sta/v1.1 answers (§9.2.1). @param mqtt addresses of our own broker; none where readings come by another's */
export function serviceRoot(root: string, mqtt: readonly string[]): Entity {
  return {
    value: entitySets.map((name) => ({ name, url: `${root}/${name}` })),
    serverSettings: {
      conformance: [...conformance, ...(mqtt.length > 0 ? mqttConformance : [])],
      ...(mqtt.length > 0 ? Object.fromEntries(mqttConformance.map((uri) => [uri, { endpoints: mqtt }])) : {}),
    },
  };
}
