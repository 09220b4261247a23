// Things, Locations, Datastreams, ObservedProperties, Sensors, Observations as SensorThings prints them.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §8.2.1–8.2.7, JSON per §8.1. A Sensor is the road that a Datastream comes by: one per protocol.
import { type Period, periods, type Quality, type Statistic, statistics } from '../../contracts/observation.ts';
import { observedProperty } from '../../contracts/observed-property.ts';
import { timeText } from '../../contracts/parameters.ts';
import type { Protocol } from '../../contracts/protocol.ts';
import type { Datastream, Thing } from '../../contracts/thing.ts';
import type { HistoryPoint } from '../../contracts/wire.ts';
import { periodSeconds } from '../../streams/staleness.ts';
import { address, type EntitySet, navigation } from './sta-path.ts';

/** A row of the history with the identity that tells it from others at its time. */
export type StoredPoint = HistoryPoint & { readonly identity: number };
export type Entity = Readonly<Record<string, unknown>>;

/** Ids and links, which every entity has. @param root absolute address of /sta/v1.1 */
function linked(root: string, set: EntitySet, id: string | number, body: Entity): Entity {
  const self = `${root}/${address(set, id)}`;
  const links = Object.keys(navigation[set]).map((name) => [`${name}@iot.navigationLink`, `${self}/${name}`] as const);
  return { '@iot.id': id, '@iot.selfLink': self, ...body, ...Object.fromEntries(links) };
}

export function thingEntity(root: string, thing: Thing): Entity {
  const { id, uid, name, description, adcode, properties } = thing;
  return linked(root, 'Things', id, { name, description, properties: { ...properties, uid, adcode } });
}

/** A Thing's place; its id is the Thing's, because a Thing has one. */
export function locationEntity(root: string, thing: Thing): Entity {
  return linked(root, 'Locations', thing.id, {
    name: thing.name,
    description: `${thing.name}的位置，CGCS2000`,
    encodingType: 'application/geo+json',
    location: { type: 'Point', coordinates: thing.position },
  });
}

export function splitKey(series: string): { property: string; period: Period; statistic: Statistic } {
  const [property = '', period, statistic] = series.split('/');
  return {
    property,
    period: periods.find((one) => one === period) ?? 'instant',
    statistic: statistics.find((one) => one === statistic) ?? 'value',
  };
}

export function datastreamEntity(root: string, datastream: Datastream, thing: Thing | undefined): Entity {
  const known = observedProperty(datastream.property);
  const { period, statistic } = splitKey(datastream.series);
  return linked(root, 'Datastreams', datastream.id, {
    name: datastream.name,
    description: thing ? `${thing.name} ${datastream.name}` : datastream.name,
    observationType: 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement',
    unitOfMeasurement: {
      name: datastream.unit || null,
      symbol: datastream.unit === known.unit ? known.unitText : datastream.unit,
      definition: datastream.unit ? `ucum:${datastream.unit}` : null,
    },
    properties: { series: datastream.series, period, statistic, provenance: thing?.properties.provenance ?? 'measured' },
  });
}

export function propertyEntity(root: string, code: string): Entity {
  const { zh, en, source, unit } = observedProperty(code);
  return linked(root, 'ObservedProperties', code, {
    name: zh,
    definition: `urn:liaozhi:property:${code}`,
    description: `${en}；${source}`,
    properties: { code, unit },
  });
}

export function sensorEntity(root: string, protocol: Protocol): Entity {
  return linked(root, 'Sensors', protocol.id, {
    name: protocol.title.zh,
    description: protocol.title.en,
    encodingType: 'text/plain',
    metadata: protocol.standard,
  });
}

/** DQ_Status of a value, beside our own word for it. */
export function observationEntity(root: string, datastream: Datastream, point: StoredPoint): Entity {
  const { period } = splitKey(datastream.series);
  const start = timeText(point.phenomenonTime);
  const quality: { readonly quality: Quality; readonly failed: readonly string[]; readonly flag: string | null } = {
    quality: point.quality,
    failed: point.failed,
    flag: point.flag,
  };
  return linked(root, 'Observations', observationId(datastream.id, point.phenomenonTime, point.identity), {
    // A mean speaks for its period: an interval (ISO 8601), not an instant.
    phenomenonTime: period === 'instant' ? start : `${start}/${timeText(point.phenomenonTime + periodSeconds[period] * 1000)}`,
    resultTime: timeText(point.received),
    result: point.result,
    resultQuality: quality,
    parameters: { frame: point.frame },
  });
}

export function observationId(datastream: number, phenomenonTime: number, identity: number): string {
  return `${datastream}:${phenomenonTime}:${identity}`;
}
/** null: no id of an Observation. */
export function readObservationId(id: string | number): { datastream: number; phenomenonTime: number; identity: number } | null {
  const match = /^(\d{1,10}):(-?\d{1,15}):(-?\d{1,10})$/.exec(String(id));
  return match ? { datastream: Number(match[1]), phenomenonTime: Number(match[2]), identity: Number(match[3]) } : null;
}

/** What GET /sta/v1.1 answers (§9.2.1). */
export function serviceRoot(root: string): Entity {
  const req = 'http://www.opengis.net/spec/iot_sensing/1.1/req';
  return {
    value: Object.keys(navigation).map((name) => ({ name, url: `${root}/${name}` })),
    serverSettings: {
      conformance: [
        ...['thing', 'location', 'datastream', 'sensor', 'observed-property', 'observation'].map((name) => `${req}/datamodel/${name}`),
        `${req}/resource-path/resource-path-to-entities`,
        ...['top', 'skip', 'count', 'pagination'].map((name) => `${req}/request-data/${name}`),
        `${req}/create-update-delete/create-entity`,
        `${req}/receive-updates-via-mqtt/receive-updates`,
      ],
    },
  };
}
