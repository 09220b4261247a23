// What a client posts to SensorThings: a Thing with its Location and Datastreams, a Datastream. Checked as a whole before anything is written.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §10.2.1 (create an entity), §10.2.1.1 (deep insert).
import type { LngLat } from '../../contracts/geo.ts';
import { type Period, periods, provenances, type SeriesKey, type Statistic, seriesKey, statistics } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import type { DeviceAddress, ThingProperties } from '../../contracts/thing.ts';

type Json = Readonly<Record<string, unknown>>;
/** As it was sent; String() of a hostile object would throw. */
const sent = (value: unknown): string => (JSON.stringify(value) ?? '').slice(0, 60);
const bad = (reason: string): Problem => new Problem('bad-body', { reason });

function record(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(`${what} 应为 JSON 对象`);
  return value as Json;
}
function word(value: unknown, what: string, most: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what may not be there
  if (typeof value !== 'string' || value === '' || value.length > most || /[\u0000-\u001f]/.test(value))
    throw bad(`${what} 应为文字，至多 ${most} 个字符`);
  return value;
}

/** The position in a Location: GeoJSON Point, or a Feature of one (RFC 7946 §3.1.2). @throws Problem bad-body | unsupported | bad-position */
export function readLocation(location: unknown): LngLat {
  const body = record(location, 'Locations[0]');
  const encoding = body['encodingType'] ?? 'application/geo+json';
  if (encoding !== 'application/geo+json' && encoding !== 'application/vnd.geo+json')
    throw new Problem('unsupported', { what: `encodingType ${sent(encoding)}` });
  let geometry = record(body['location'], 'Locations[0].location');
  if (geometry['type'] === 'Feature') geometry = record(geometry['geometry'], 'location.geometry');
  if (geometry['type'] !== 'Point') throw new Problem('unsupported', { what: `位置 ${sent(geometry['type'])}，应为 Point` });
  const [lng, lat] = Array.isArray(geometry['coordinates']) ? (geometry['coordinates'] as unknown[]) : [];
  if (typeof lng !== 'number' || typeof lat !== 'number') throw new Problem('bad-position', { reason: 'coordinates 应为 [经度, 纬度]' });
  return [lng, lat];
}

function readDevice(value: unknown, protocols: readonly string[]): DeviceAddress {
  const device = record(value, 'properties.device');
  const protocol = word(device['protocol'], 'properties.device.protocol', 20);
  if (!protocols.includes(protocol)) throw bad(`没有协议 ${protocol}，可用：${protocols.join('、')}`);
  return { protocol, id: word(device['id'], 'properties.device.id', 100) };
}

export interface Known {
  readonly protocols: readonly string[];
  readonly streams: readonly string[];
}
/** properties of a Thing; what the house reads is checked, the rest is kept as it is. @throws Problem bad-body */
export function readProperties(value: unknown, known: Known): ThingProperties & { readonly adcode?: string; readonly uid?: string } {
  const given = record(value ?? {}, 'properties');
  const { device, stream, provenance, limits, department, adcode, uid } = given;
  if (stream !== undefined && !known.streams.some((one) => one === stream))
    throw bad(`没有数据流 ${sent(stream)}，可用：${known.streams.join('、')}`);
  if (provenance !== undefined && !provenances.some((one) => one === provenance))
    throw bad(`properties.provenance 应为 ${provenances.join('、')}`);
  if (department !== undefined) word(department, 'properties.department', 40);
  if (adcode !== undefined && !(typeof adcode === 'string' && /^\d{6}$/.test(adcode)))
    throw bad('properties.adcode 应为六位行政区划代码（GB/T 2260）');
  if (uid !== undefined) word(uid, 'properties.uid', 100);
  for (const [property, names] of Object.entries(record(limits ?? {}, 'properties.limits')))
    for (const [name, limit] of Object.entries(record(names, `properties.limits.${property}`)))
      if (typeof limit !== 'number' || !Number.isFinite(limit)) throw bad(`properties.limits.${property}.${name} 应为数字`);
  return { ...given, ...(device === undefined ? {} : { device: readDevice(device, known.protocols) }) };
}

export interface DatastreamDraft {
  readonly series: SeriesKey;
  readonly unit: string | undefined;
  /** Thing it is posted to; null in a deep insert, where it is the Thing around it. */
  readonly thing: number | null;
}
/** A Datastream: the ObservedProperty by code, period and statistic in `properties` (instant, value where absent). @throws Problem bad-body */
export function readDatastream(value: unknown): DatastreamDraft {
  const body = record(value, 'Datastream');
  const property = record(body['ObservedProperty'], 'ObservedProperty');
  const definition = typeof property['definition'] === 'string' ? property['definition'].split(':').at(-1) : undefined;
  const code = property['@iot.id'] ?? record(property['properties'] ?? {}, 'ObservedProperty.properties')['code'] ?? definition;
  if (typeof code !== 'string' || !/^[\w.-]{1,40}$/.test(code)) throw bad('ObservedProperty.@iot.id 应为标准的代码，如 a34004');
  const { period = 'instant', statistic = 'value' } = record(body['properties'] ?? {}, 'properties');
  if (!periods.some((one) => one === period)) throw bad(`properties.period 应为 ${periods.join('、')}`);
  if (!statistics.some((one) => one === statistic)) throw bad(`properties.statistic 应为 ${statistics.join('、')}`);
  const unit = record(body['unitOfMeasurement'] ?? {}, 'unitOfMeasurement');
  const ucum =
    typeof unit['definition'] === 'string' && unit['definition'].startsWith('ucum:') ? unit['definition'].slice(5) : unit['symbol'];
  const thing = body['Thing'] === undefined ? null : record(body['Thing'], 'Thing')['@iot.id'];
  if (thing !== null && !(typeof thing === 'number' && Number.isInteger(thing))) throw bad('Thing.@iot.id 应为整数');
  return {
    series: seriesKey(code, period as Period, statistic as Statistic),
    unit: ucum === undefined || ucum === null ? undefined : word(ucum, 'unitOfMeasurement.symbol', 40),
    thing,
  };
}
