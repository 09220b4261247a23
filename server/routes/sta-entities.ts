// Things, Locations, Datastreams, Sensors, ObservedProperties, Observations, FeaturesOfInterest as SensorThings prints them.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §8.2.1–8.2.8, JSON per §8.1. A Sensor is the road that a Datastream comes by: one per protocol.
import type { LngLat } from '../../contracts/geo.ts';
import { type Period, periods, type Statistic, statistics } from '../../contracts/observation.ts';
import { observedProperty } from '../../contracts/observed-property.ts';
import { timeText } from '../../contracts/parameters.ts';
import type { Protocol } from '../../contracts/protocol.ts';
import type { Datastream, Thing } from '../../contracts/thing.ts';
import { periodSeconds } from '../../streams/staleness.ts';
import { observationId, type StoredPoint } from './sta-observations.ts';
import { address, type EntitySet, entitySets, navigationNames } from './sta-path.ts';

export type Entity = Readonly<Record<string, unknown>>;

/** What stands at the end of a path. A place is that of a Thing, or of one Observation that was made elsewhere. */
export type Node =
  | { readonly set: 'Things' | 'Locations'; readonly thing: Thing }
  | { readonly set: 'Datastreams'; readonly datastream: Datastream; readonly thing: Thing }
  | { readonly set: 'Sensors'; readonly protocol: Protocol }
  | { readonly set: 'ObservedProperties'; readonly code: string }
  | { readonly set: 'Observations'; readonly point: StoredPoint; readonly datastream: Datastream; readonly thing: Thing }
  | { readonly set: 'FeaturesOfInterest'; readonly thing: Thing; readonly point: StoredPoint | null };

/** Stable as long as what it names is there. A Location and a place at rest have the id of their Thing, because a Thing has one. */
export function idOf(node: Node): number | string {
  switch (node.set) {
    case 'Things':
    case 'Locations':
      return node.thing.id;
    case 'Datastreams':
      return node.datastream.id;
    case 'Sensors':
      return node.protocol.id;
    case 'ObservedProperties':
      return node.code;
    case 'Observations':
      return observationId(node.point);
    case 'FeaturesOfInterest':
      return node.point ? observationId(node.point) : node.thing.id;
  }
}

export function splitKey(series: string): { property: string; period: Period; statistic: Statistic } {
  const [property = '', period, statistic] = series.split('/');
  return {
    property,
    period: periods.find((one) => one === period) ?? 'instant',
    statistic: statistics.find((one) => one === statistic) ?? 'value',
  };
}

const point = (coordinates: LngLat | null): Entity => ({ type: 'Point', coordinates });
const geojson = 'application/geo+json';

function datastreamBody(datastream: Datastream, thing: Thing): Entity {
  const known = observedProperty(datastream.property);
  const { period, statistic } = splitKey(datastream.series);
  return {
    name: datastream.name,
    description: `${thing.name} ${datastream.name}`,
    observationType: 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement',
    unitOfMeasurement: {
      name: datastream.unit || null,
      symbol: datastream.unit === known.unit ? known.unitText : datastream.unit,
      definition: datastream.unit ? `ucum:${datastream.unit}` : null,
    },
    properties: { series: datastream.series, period, statistic, provenance: thing.properties.provenance ?? 'measured' },
  };
}
function propertyBody(code: string): Entity {
  const { zh, en, source, unit } = observedProperty(code);
  return { name: zh, definition: `urn:liaozhi:property:${code}`, description: `${en}；${source}`, properties: { code, unit } };
}
function observationBody(stored: StoredPoint, datastream: Datastream): Entity {
  const { period } = splitKey(datastream.series);
  const start = timeText(stored.phenomenonTime);
  const end = timeText(stored.phenomenonTime + periodSeconds[period] * 1000);
  const { quality, failed, flag } = stored;
  return {
    // A mean speaks for its period: an interval (ISO 8601), not an instant.
    phenomenonTime: period === 'instant' ? start : `${start}/${end}`,
    resultTime: timeText(stored.received),
    result: stored.result,
    resultQuality: { quality, failed, flag },
    parameters: { frame: stored.frame },
  };
}

/** Attributes of an entity, without id and links. */
export function bodyOf(node: Node): Entity {
  switch (node.set) {
    case 'Things': {
      const { name, description, properties, uid, adcode } = node.thing;
      return { name, description, properties: { ...properties, uid, adcode } };
    }
    case 'Locations': {
      const { name, position } = node.thing;
      return { name, description: `${name}的位置，CGCS2000`, encodingType: geojson, location: point(position) };
    }
    case 'Datastreams':
      return datastreamBody(node.datastream, node.thing);
    case 'Sensors': {
      const { title, standard } = node.protocol;
      return { name: title.zh, description: title.en, encodingType: 'text/plain', metadata: standard };
    }
    case 'ObservedProperties':
      return propertyBody(node.code);
    case 'Observations':
      return observationBody(node.point, node.datastream);
    case 'FeaturesOfInterest': {
      const { name, position } = node.thing;
      const [where, at] = node.point ? ['一次观测的位置', node.point.position] : ['所在位置', position];
      return { name, description: `${name}${where}，CGCS2000`, encodingType: geojson, feature: point(at) };
    }
  }
}

/** @param root absolute address of /sta/v1.1 */
export function selfLink(root: string, node: Node): string {
  return `${root}/${address(node.set, idOf(node))}`;
}
/** id, link, attributes and navigation links; with a $select, of the last two only what it names. */
export function entityOf(root: string, node: Node, select: readonly string[] | null): Entity {
  const self = selfLink(root, node);
  const wanted = (name: string): boolean => select === null || select.includes(name);
  return {
    '@iot.id': idOf(node),
    '@iot.selfLink': self,
    ...Object.fromEntries(Object.entries(bodyOf(node)).filter(([name]) => wanted(name))),
    ...Object.fromEntries(
      navigationNames(node.set)
        .filter(wanted)
        .map((name) => [`${name}@iot.navigationLink`, `${self}/${name}`]),
    ),
  };
}

/** What GET /sta/v1.1 answers (§9.2.1). */
export function serviceRoot(root: string): Entity {
  const req = 'http://www.opengis.net/spec/iot_sensing/1.1/req';
  const model = ['thing', 'location', 'datastream', 'sensor', 'observed-property', 'observation', 'feature-of-interest'];
  return {
    value: entitySets.map((name: EntitySet) => ({ name, url: `${root}/${name}` })),
    serverSettings: {
      conformance: [
        ...model.map((name) => `${req}/datamodel/${name}`),
        `${req}/resource-path/resource-path-to-entities`,
        ...['top', 'skip', 'count', 'orderby', 'select', 'expand', 'pagination'].map((name) => `${req}/request-data/${name}`),
      ],
    },
  };
}
