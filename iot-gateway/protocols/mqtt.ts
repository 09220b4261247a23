// Readings over MQTT: the topic is the address, the payload is JSON.
//
//   devices/{id}/telemetry             {"time": "2026-11-24T08:00:00+08:00", "values": {"a34004": 46, "z": null, "a34004/hour/mean": 44.1},
//                                       "position": [123.43, 41.80], "flags": {"a34004": "N"}, "sequence": 17}
//   v1.1/Datastreams(7)/Observations   a SensorThings Observation (OGC 18-088 §14.2.1)
//   v1.1/Observations                  the same with {"Datastream": {"@iot.id": 7}}
//
// `time` is RFC 3339 with an offset or milliseconds since 1970; without one the moment of receipt counts. A key of `values` is a property code
// (instant value) or a whole series, property/period/statistic. A position that cannot be used is refused and the values still count.
import { type Period, periods, type Reading, type Statistic, statistics } from '../../contracts/observation.ts';
import { observedProperty } from '../../contracts/observed-property.ts';
import { Problem } from '../../contracts/problem.ts';
import { type Decoded, defineProtocol, type RawFrame } from '../../contracts/protocol.ts';
import {
  inspectJson,
  isObject,
  type Json,
  linkedDatastream,
  notUnderstood,
  parseObject,
  readFlag,
  readObservation,
  readPosition,
  readSequence,
  readTime,
} from '../observation-json.ts';
import { printable } from '../printable.ts';

const telemetryTopic = /^devices\/([^/+#\p{Cc}]{1,128})\/telemetry$/u;
const observationsTopic = /^v1\.1\/Datastreams\((\d{1,15})\)\/Observations$/;
const anyObservationTopic = 'v1.1/Observations';
const mostValues = 256;
const propertyCode = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

interface Topic {
  /** Of `devices/{id}/telemetry`. */
  readonly device: string | null;
  /** Of `v1.1/Datastreams({id})/Observations`. */
  readonly datastream: string | null;
  /** Of `v1.1/Observations`: the Datastream is in the body. */
  readonly linked: boolean;
}
/** A device speaks on one topic all its life: what that means is found out once. */
const topics = new Map<string, Topic | null>();
const mostTopics = 20_000;
/** null: it carries no readings. */
function readTopic(topic: string): Topic | null {
  let known = topics.get(topic);
  if (known !== undefined) return known;
  const [device, datastream] = [telemetryTopic.exec(topic)?.[1] ?? null, observationsTopic.exec(topic)?.[1] ?? null];
  const linked = topic === anyObservationTopic;
  known = device === null && datastream === null && !linked ? null : { device, datastream, linked };
  if (topics.size >= mostTopics) topics.clear();
  if (topic.length <= 256) topics.set(topic, known);
  return known;
}

/** True for the topics that carry readings; everything else on the broker is not this protocol's. */
export function carriesReadings(topic: string): boolean {
  return readTopic(topic) !== null;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
interface Series {
  readonly property: string;
  readonly period: Period;
  readonly statistic: Statistic;
}
const known = new Map<string, Series | null>();
function seriesOf(key: string): Series | null {
  let series = known.get(key);
  if (series !== undefined) return series;
  const [property = '', period = 'instant', statistic = 'value', ...rest] = key.split('/');
  const valid =
    rest.length === 0 &&
    propertyCode.test(property) &&
    (periods as readonly string[]).includes(period) &&
    (statistics as readonly string[]).includes(statistic);
  series = valid ? { property, period: period as Period, statistic: statistic as Statistic } : null;
  if (known.size < 4096) known.set(key, series);
  return series;
}

function readTelemetry(body: Json, device: string, frame: RawFrame): Decoded<null> {
  const { values } = body;
  if (!isObject(values)) return notUnderstood(device, new Problem('malformed-frame', { reason: '缺 values 对象' }));
  const keys = Object.keys(values);
  if (keys.length > mostValues)
    return notUnderstood(device, new Problem('malformed-frame', { reason: `values 有 ${keys.length} 项，上限 ${mostValues}` }));
  const readings: Reading[] = [];
  const refused: { property: string; problem: Problem }[] = [];
  const time = readTime(body['time'], frame.received);
  const position = body['position'] === undefined || body['position'] === null ? undefined : readPosition(body['position']);
  if (position instanceof Problem) refused.push({ property: 'position', problem: position });
  const sequence = readSequence(body['sequence']);
  const flags = isObject(body['flags']) ? body['flags'] : null;
  for (const key of keys) {
    const result = values[key];
    const series = seriesOf(key);
    if (!series) {
      refused.push({
        property: printable(key),
        problem: new Problem('malformed-frame', { reason: `${printable(key)} 不是因子编码或 因子/周期/统计` }),
      });
    } else if (result !== null && (typeof result !== 'number' || !Number.isFinite(result))) {
      refused.push({
        property: series.property,
        problem: new Problem('malformed-frame', { reason: `${printable(key)} 的值应为数字或 null，给的是 ${typeof result}` }),
      });
    } else if (time instanceof Problem) {
      refused.push({ property: series.property, problem: time });
    } else {
      const { property, period, statistic } = series;
      const flag = flags && Object.hasOwn(flags, key) ? readFlag(flags[key]) : null;
      // Spelled out: with spreads each reading cost three times as much.
      const reading: Writable<Reading> = { device, property, period, statistic, phenomenonTime: time, result, flag };
      if (position !== undefined && !(position instanceof Problem)) reading.position = position;
      if (sequence !== undefined) reading.sequence = sequence;
      readings.push(reading);
    }
  }
  return { memory: null, device, readings, refused, answer: null, problem: null };
}

export const mqtt = defineProtocol<never, null>({
  id: 'mqtt',
  title: { zh: 'MQTT 遥测', en: 'MQTT telemetry' },
  standard: 'MQTT 3.1.1（OASIS 2014）；OGC SensorThings 1.1 §14.2.1',
  maxFrameBytes: 65_536,
  initial: null,
  decode(_, frame) {
    const topic = readTopic(frame.address);
    if (!topic)
      return notUnderstood(null, new Problem('malformed-frame', { reason: `主题 ${printable(frame.address, 128)} 不是遥测主题` }));
    const { device } = topic;
    const body = parseObject(frame.bytes);
    if (body instanceof Problem) return notUnderstood(device ?? (topic.linked ? null : `datastream:${topic.datastream}`), body);
    if (device !== null) return readTelemetry(body, device, frame);
    const datastream = topic.linked ? linkedDatastream(body) : topic.datastream;
    if (datastream === undefined || datastream === null)
      return notUnderstood(null, new Problem('malformed-frame', { reason: '缺 Datastream 的 @iot.id' }));
    return readObservation(body, datastream, frame.received);
  },
  inspect: (frame) =>
    inspectJson(frame.bytes, (path) => {
      const code = /^(?:values|flags)\.([^/]+)/.exec(path)?.[1];
      if (code === undefined) return null;
      const { zh } = observedProperty(code);
      return path.startsWith('flags.') ? `${zh} 数据标记` : zh;
    }),
});
