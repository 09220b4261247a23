// Readings written as JSON: what the MQTT and the HTTP roads have in common. Positions, SensorThings Observations, and the raw inspector's view.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §8.2.7 Observation, §8.2.8 FeatureOfInterest; RFC 7946 §3.1.1 positions.
import { insideBBox, LIAONING_BBOX, type LngLat } from '../contracts/geo.ts';
import type { Instant, Reading, ReadingDetails } from '../contracts/observation.ts';
import { Problem } from '../contracts/problem.ts';
import type { Decoded, FrameField, Inspection } from '../contracts/protocol.ts';
import { leaves } from './json-leaves.ts';
import { checkTime, parseMoment } from './moment.ts';
import { printable } from './printable.ts';

export type Json = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The JSON object in these bytes, or what is wrong with them. */
export function parseObject(bytes: Uint8Array): Json | Problem {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    return isObject(value) ? value : new Problem('malformed-frame', { reason: '应为 JSON 对象' });
  } catch {
    return new Problem('malformed-frame', { reason: '不是 UTF-8 编码的 JSON' });
  }
}

/** A frame that could not be understood as a whole. */
export function notUnderstood(device: string | null, problem: Problem): Decoded<null> {
  return { memory: null, device, readings: [], refused: [], answer: null, problem };
}

/** [longitude, latitude] as a position of this province, or why not: bad-position. */
export function readPosition(value: unknown): LngLat | Problem {
  const bad = (reason: string): Problem => new Problem('bad-position', { reason });
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return bad('应为 [经度, 纬度]');
  const [lng, lat] = value as unknown[];
  if (typeof lng !== 'number' || typeof lat !== 'number' || !Number.isFinite(lng) || !Number.isFinite(lat)) return bad('经纬度应为数字');
  const position: LngLat = [lng, lat];
  if (insideBBox(position, LIAONING_BBOX)) return position;
  if (insideBBox([lat, lng], LIAONING_BBOX)) return bad(`[${lng}, ${lat}] 经纬度颠倒，应为 [经度, 纬度]`);
  if (Math.abs(lng) > 180 || Math.abs(lat) > 90) return bad(`[${lng}, ${lat}] 超出经纬度取值范围`);
  return bad(`[${lng}, ${lat}] 不在辽宁省及其海域范围 [${LIAONING_BBOX.join(', ')}] 内`);
}

/** A device's own mark, kept as sent; '?' for one that is no short text; null when there is none. */
export function readFlag(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  return typeof value === 'string' && value.length <= 16 && printable(value) === value ? value : '?';
}
/** A device's own number of the reading. */
export function readSequence(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Time as given, `received` when none is, or why it is not believed. */
export function readTime(value: unknown, received: Instant): Instant | Problem {
  if (value === undefined || value === null) return received;
  const instant = parseMoment(value);
  return typeof instant === 'number' ? checkTime(instant, received) : instant;
}

/** Point of a FeatureOfInterest: its `feature` is a GeoJSON geometry, or a GeoJSON Feature around one. undefined: it names no place. */
function placeOf(feature: unknown): LngLat | Problem | undefined {
  if (!isObject(feature) || !isObject(feature['feature'])) return undefined;
  const given = feature['feature'];
  const geometry = given['type'] === 'Feature' ? given['geometry'] : given;
  if (!isObject(geometry) || geometry['type'] !== 'Point')
    return new Problem('bad-position', { reason: 'FeatureOfInterest 应为 GeoJSON 点' });
  return readPosition(geometry['coordinates']);
}

/** Device of a reading that is addressed to a Datastream by its id; the house resolves it. */
export function datastreamDevice(id: string | number): string {
  return `datastream:${id}`;
}

/** Datastream that an Observation links to by its id (§10.2.1.1); undefined: it does not. */
export function linkedDatastream(body: Json): string | undefined {
  const link = isObject(body['Datastream']) ? body['Datastream']['@iot.id'] : undefined;
  if (typeof link === 'number' && Number.isSafeInteger(link) && link >= 0) return String(link);
  return typeof link === 'string' && /^\d{1,15}$/.test(link) ? link : undefined;
}

/** An Observation that is corrected or withdrawn: its moment and identity. */
export interface Corrected {
  readonly phenomenonTime: Instant;
  readonly identity: number;
}
type RefusedPart = { readonly property: string; readonly problem: Problem };

/** JSON as the database can hold it: no NUL, no half of a surrogate pair. */
function storable(value: unknown): boolean {
  try {
    return !/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(value) ?? '');
  } catch {
    // Nested deeper than the stack.
    return false;
  }
}
/** §8.1.4: an interval "from/to" of ISO 8601. undefined: none was given. */
function readInterval(value: unknown): readonly [Instant, Instant] | Problem | undefined {
  if (value === undefined || value === null) return undefined;
  const [start, end, ...rest] = typeof value === 'string' ? value.split('/') : [];
  const [from, to] = [parseMoment(start), parseMoment(end)];
  if (typeof from === 'number' && typeof to === 'number' && rest.length === 0 && from <= to) return [from, to];
  return new Problem('bad-time', { reason: '时段应为 起/止，带时区，起不晚于止' });
}
/** What stands beside the result; what of it cannot be used is refused by its name, and the rest counts. */
function readDetails(body: Json, corrected: Corrected | null, refused: RefusedPart[]): ReadingDetails {
  const part = <T>(property: string, value: T | Problem | undefined): T | null => {
    if (!(value instanceof Problem)) return value ?? null;
    refused.push({ property, problem: value });
    return null;
  };
  const json = (property: string): unknown => {
    const value = body[property];
    return part(
      property,
      value === undefined || storable(value) ? value : new Problem('malformed-frame', { reason: `${property} 含不能保存的字符` }),
    );
  };
  const period = body['phenomenonTime'];
  const { resultTime: given } = body;
  const feature = isObject(body['FeatureOfInterest']) ? body['FeatureOfInterest']['@iot.id'] : undefined;
  const parameters = json('parameters');
  return {
    until: typeof period === 'string' && period.includes('/') ? (part('phenomenonTime', readInterval(period))?.[1] ?? null) : null,
    resultTime: part('resultTime', given === undefined || given === null ? undefined : parseMoment(given)),
    validTime: part('validTime', readInterval(body['validTime'])),
    parameters: isObject(parameters) ? parameters : null,
    quality: json('resultQuality') ?? null,
    feature: typeof feature === 'number' && Number.isSafeInteger(feature) && feature > 0 ? feature : null,
    corrects: corrected ? corrected.identity : null,
    withdrawn: corrected !== null && body['withdrawn'] === true,
  };
}

/** §8.2.7: one Observation for the Datastream `id`. @param corrected the one that it replaces. Never throws. */
export function readObservation(body: Json, id: string, received: Instant, corrected: Corrected | null = null): Decoded<null> {
  const device = datastreamDevice(id);
  const { result } = body;
  if (!('result' in body)) return notUnderstood(device, new Problem('malformed-frame', { reason: '缺 result' }));
  if (result !== null && (typeof result !== 'number' || !Number.isFinite(result)))
    return notUnderstood(device, new Problem('malformed-frame', { reason: `result 应为数字或 null，给的是 ${typeof result}` }));
  const refused: RefusedPart[] = [];
  // An interval names the span that the result speaks for; its start is the phenomenonTime of the house.
  const given = body['phenomenonTime'];
  const time = corrected ? corrected.phenomenonTime : readTime(typeof given === 'string' ? given.split('/')[0] : given, received);
  const place = placeOf(body['FeatureOfInterest']);
  if (place instanceof Problem) refused.push({ property: 'position', problem: place });
  if (time instanceof Problem)
    return { memory: null, device, readings: [], refused: [...refused, { property: device, problem: time }], answer: null, problem: null };
  const details = readDetails(body, corrected, refused);
  const parameters = isObject(body['parameters']) ? body['parameters'] : {};
  const quality = body['resultQuality'];
  // A correction is told from every other reading of its moment by when it came.
  const sequence = corrected ? received : readSequence(parameters['sequence']);
  const reading: Reading = {
    device,
    property: device,
    period: 'instant',
    statistic: 'value',
    phenomenonTime: time,
    result,
    flag: details.withdrawn ? 'withdrawn' : (readFlag(isObject(quality) ? quality['code'] : quality) ?? readFlag(parameters['flag'])),
    ...(place === undefined || place instanceof Problem ? {} : { position: place }),
    ...(sequence === undefined ? {} : { sequence }),
    details,
  };
  return { memory: null, device, readings: [reading], refused, answer: null, problem: null };
}

const meanings: Readonly<Record<string, string>> = {
  time: '观测时间',
  phenomenonTime: '观测时间',
  resultTime: '结果时间',
  result: '结果',
  resultQuality: '数据标记',
  sequence: '序号',
  'parameters.sequence': '序号',
  'Datastream.@iot.id': '数据流编号',
};

/** The inspector's view of a JSON frame: every leaf with its bytes. JSON has no checksum. Never throws. */
export function inspectJson(bytes: Uint8Array, meaningOf: (path: string) => string | null = () => null): Inspection {
  const fields: FrameField[] = leaves(bytes).map(({ path, value, range }) => ({
    name: path,
    value,
    range,
    meaning:
      (Object.hasOwn(meanings, path) ? meanings[path] : undefined) ??
      (/(^|\.)(position|coordinates)\[/.test(path) ? (path.endsWith('[0]') ? '经度' : '纬度') : meaningOf(path)),
    ...(/passw|secret|token/i.test(path) ? { secret: true } : {}),
  }));
  return { fields, checksum: null };
}
