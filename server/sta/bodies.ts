// What a client writes of Things, Locations and Datastreams, checked word by word before anything is written.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §8.2.1, §8.2.2, §8.2.4 (properties), §10.2.1 (create an entity).
import type { LngLat } from '../../contracts/geo.ts';
import { type Period, periods, provenances, type Statistic, statistics } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import type { DeviceAddress, ThingProperties } from '../../contracts/thing.ts';

export type Json = Readonly<Record<string, unknown>>;
/** As it was sent; String() of a hostile object would throw. */
export const sent = (value: unknown): string => (JSON.stringify(value) ?? '').slice(0, 60);
export const bad = (reason: string): Problem => new Problem('bad-body', { reason });

export function record(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(`${what} 应为 JSON 对象`);
  return value as Json;
}
export function word(value: unknown, what: string, most: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what may not be there
  if (typeof value !== 'string' || value === '' || value.length > most || /[\u0000-\u001f]/.test(value))
    throw bad(`${what} 应为文字，至多 ${most} 个字符`);
  return value;
}

/** Any JSON, as the database can hold it: no NUL, no half of a surrogate pair, bounded. @throws Problem bad-body */
export function json(value: unknown, what: string): unknown {
  const text = JSON.stringify(value);
  if (text !== undefined && (text.length > 65_536 || /\\u0000|\\ud[89a-f]/i.test(text))) throw bad(`${what} 过大，或含不能保存的字符`);
  return value;
}
/** §8.2: `description`, and other texts that may be empty. */
export function prose(value: unknown, what: string, most: number): string {
  if (value === undefined || value === null || value === '') return '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: line breaks and tabs are text, the rest may not be there
  if (typeof value !== 'string' || value.length > most || /[\u0000-\u0008\u000b-\u001f]/.test(value))
    throw bad(`${what} 应为文字，至多 ${most} 个字符`);
  return value;
}
/** The free `properties` of an entity; undefined: it has none. */
export function freeProperties(value: unknown): Json | undefined {
  if (value === undefined || value === null) return undefined;
  return record(json(value, 'properties'), 'properties');
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
  const given = record(json(value ?? {}, 'properties'), 'properties');
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

/** UCUM code of a unitOfMeasurement; undefined: as the ObservedProperty has it. @throws Problem bad-body */
export function readUnit(value: unknown): string | undefined {
  const unit = record(value ?? {}, 'unitOfMeasurement');
  const { definition } = unit;
  const ucum = typeof definition === 'string' && definition.startsWith('ucum:') ? definition.slice(5) : unit['symbol'];
  return ucum === undefined || ucum === null || ucum === '' ? undefined : word(ucum, 'unitOfMeasurement.symbol', 40);
}

export interface SeriesDraft {
  readonly period: Period;
  readonly statistic: Statistic;
}
/** Period and statistic of a Datastream in its `properties` (instant, value where absent). @throws Problem bad-body */
export function readSeries(value: unknown): SeriesDraft {
  const { period = 'instant', statistic = 'value' } = record(value ?? {}, 'properties');
  if (!periods.some((one) => one === period)) throw bad(`properties.period 应为 ${periods.join('、')}`);
  if (!statistics.some((one) => one === statistic)) throw bad(`properties.statistic 应为 ${statistics.join('、')}`);
  return { period: period as Period, statistic: statistic as Statistic };
}
/** The code that an ObservedProperty names: properties.code, or the last word of a urn in `definition`; undefined: none of ours. */
export function codeOf(property: Json): string | undefined {
  const { definition } = property;
  const last = typeof definition === 'string' && !definition.includes('/') ? definition.split(':').at(-1) : undefined;
  const code = record(property['properties'] ?? {}, 'ObservedProperty.properties')['code'] ?? last;
  return typeof code === 'string' && /^[\w.-]{1,40}$/.test(code) ? code : undefined;
}
const measurement = 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement';
/** §8.2.4: results here are numbers. @throws Problem unsupported */
export function checkObservationType(value: unknown): void {
  if (value !== undefined && value !== measurement)
    throw new Problem('unsupported', { what: `observationType ${sent(value)}，应为 OM_Measurement（结果为数）` });
}
