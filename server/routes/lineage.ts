// From a number back to the wire: the rules it was held against, the checks with their figures, the raw frame with what may be shown of it.
import { type Identity, mayDo, roleTitle, type Sharing } from '../../contracts/access.ts';
import type { Logged } from '../../contracts/log.ts';
import { type Check, checks, type Instant, type SeriesKey } from '../../contracts/observation.ts';
import { observedProperty } from '../../contracts/observed-property.ts';
import type { Protocol } from '../../contracts/protocol.ts';
import type { QualityRule, Stream } from '../../contracts/stream.ts';
import type { Datastream, Thing } from '../../contracts/thing.ts';
import type { HistoryPoint, Lineage } from '../../contracts/wire.ts';
import { excessOf, familiesOf, limitOf } from '../../streams/operators/threshold.ts';
import { unitText } from '../../streams/operators/wording.ts';
import { areaName } from './areas.ts';

const masked = 0x2a;

/** Bytes of a frame with its secret ranges replaced by '*' (2A), unless the viewer may read secrets. */
export function shownBytes(bytes: Uint8Array, secret: readonly (readonly [number, number])[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const [start, end] of secret) copy.fill(masked, start, end);
  return copy;
}

/** Two digits per byte, lower case. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What a viewer may see of a raw frame. Without 'read-raw' its address and times only; secrets need 'read-secret'. */
export function shownFrame(logged: Logged, protocols: readonly Protocol[], identity: Identity): NonNullable<Lineage['frame']> {
  const { frame } = logged;
  const protocol = protocols.find((candidate) => candidate.id === frame.protocol);
  const inspection = protocol?.inspect(frame) ?? { fields: [], checksum: null };
  const raw = mayDo(identity, 'read-raw');
  const secrets = mayDo(identity, 'read-secret');
  const hidden = secrets ? [] : inspection.fields.filter((field) => field.secret).map((field) => field.range);
  const touches = ([start, end]: readonly [number, number]): boolean => hidden.some(([from, to]) => start < to && from < end);
  return {
    id: logged.id,
    protocol: protocol?.title.zh ?? frame.protocol,
    standard: protocol?.standard ?? '',
    address: frame.address,
    received: frame.received,
    durable: logged.durable,
    hex: raw ? hexOf(shownBytes(frame.bytes, hidden)) : null,
    checksum: inspection.checksum,
    // A field that holds a secret inside it must not print it either.
    fields: raw
      ? inspection.fields.map((field) => (touches(field.range) ? { ...field, value: '*'.repeat(field.range[1] - field.range[0]) } : field))
      : [],
  };
}

export interface LineageParts {
  readonly identity: Identity;
  readonly thing: Thing;
  readonly datastream: Datastream;
  readonly stream: Stream | undefined;
  readonly point: HistoryPoint;
  /** The point before it, for the rate. */
  readonly previous: HistoryPoint | null;
  /** Since when the value has not moved, as far as the history was looked through. */
  readonly sameSince: Instant;
  readonly logged: Logged | null;
  readonly protocols: readonly Protocol[];
}

function span(milliseconds: number): string {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  if (seconds < 120) return `${seconds} 秒`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} 分钟`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} 小时` : `${Math.round(seconds / 86_400)} 天`;
}
const figure = (value: number): string => String(Number(value.toPrecision(4)));

/** Checks with the figures they went by; passed is null where the stream declares no limit for them. */
export function checkFigures({ point, previous, sameSince, datastream }: LineageParts, rule: QualityRule | undefined): Lineage['checks'] {
  const unit = unitText(datastream);
  const withUnit = (text: string): string => (unit === '' ? text : `${text} ${unit}`);
  const { result } = point;
  const texts: Record<Check, string | null> = {
    range: rule?.range
      ? `${withUnit(`${figure(rule.range[0])}–${figure(rule.range[1])}`)}，读数 ${result === null ? '无' : figure(result)}`
      : null,
    rate: null,
    stuck: rule?.stuckSeconds ? `已 ${span(point.phenomenonTime - sameSince)} 未变，上限 ${span(rule.stuckSeconds * 1000)}` : null,
    clock: `观测时刻${point.phenomenonTime > point.received ? '晚于' : '早于'}到达 ${span(point.received - point.phenomenonTime)}`,
    flag: point.flag ? `设备标记 ${point.flag}` : '设备没有标记',
    spike: rule?.spike ? `高出前后值 ${withUnit(figure(rule.spike))} 以上且远超近来起伏才算` : null,
    neighbour: rule?.neighbours
      ? `${figure(rule.neighbours.withinMetres / 1000)} km 内至少 ${rule.neighbours.least} 站的中位数，容许相差 ${withUnit(figure(rule.neighbours.absolute))} 或 ${figure(rule.neighbours.relative * 100)} %`
      : null,
    pair: rule?.pair
      ? `与 ${observedProperty(rule.pair.with.split('/')[0] ?? '').zh}${rule.pair.relation === 'equal' ? '应相等' : '：不应更高'}，容许 ${withUnit(figure(rule.pair.absolute))} 加 ${figure(rule.pair.relative * 100)} %`
      : null,
  };
  if (rule?.ratePerSecond) {
    const limit = `上限每分钟 ${withUnit(figure(rule.ratePerSecond * 60))}`;
    if (previous?.result != null && result !== null) {
      // Within a minute a value may step by a whole minute's worth, as the check itself has it (streams/operators/quality.ts).
      const minutes = Math.max((point.phenomenonTime - previous.phenomenonTime) / 60_000, 1);
      texts.rate = `每分钟 ${withUnit(figure(Math.abs(result - previous.result) / minutes))}，${limit}`;
    } else texts.rate = `没有前一个值，${limit}`;
  }
  return checks.map((check) => {
    const text = texts[check];
    return { check, passed: text === null ? null : !point.failed.includes(check), figure: text ?? '本序列未设' };
  });
}

/** Every threshold on the series with the limit that holds for this Thing, and whether this value reaches it. */
export function ruleStates(parts: Pick<LineageParts, 'stream' | 'thing' | 'point'>, series: SeriesKey): Lineage['rules'] {
  const { stream, thing, point } = parts;
  if (!stream) return [];
  const counts = point.result !== null && point.quality !== 'bad' && point.quality !== 'missing';
  return (familiesOf(stream).get(series) ?? []).flatMap((family) =>
    family.rungs.map((rung) => {
      const limit = limitOf(rung, thing);
      const excess = limit === null ? Number.NaN : excessOf(family.direction, point.result ?? Number.NaN, limit);
      const { id, title, source, strict } = rung.threshold;
      return { id, title: title.zh, limit, source, firing: counts && (strict ? excess > 0 : excess >= 0) };
    }),
  );
}

const sharingText: Readonly<Record<Sharing, string>> = {
  unconditional: '无条件共享',
  conditional: '有条件共享，本次查看已记入审计',
  none: '不予共享，本次查看已记入审计',
};

/** The right that let this be shown, in one sentence. */
export function permissionText(identity: Identity, stream: Stream | undefined): string {
  const { role, scope } = identity;
  const area = areaName(scope.adcode) ?? scope.adcode;
  const data = stream ? `${stream.title.zh}${sharingText[stream.sharing]}` : '未归入数据流，按区域可见';
  const raw = mayDo(identity, 'read-secret') ? '可读报文与口令' : mayDo(identity, 'read-raw') ? '可读报文，口令遮盖' : '不可读报文';
  return `${roleTitle[role]}，范围${area}；${data}；${raw}`;
}

export function assembleLineage(parts: LineageParts): Lineage {
  const { thing, datastream, stream, point, logged, identity } = parts;
  const { device } = thing.properties;
  return {
    thing: { id: thing.id, name: thing.name, adcode: thing.adcode, device: device ? `${device.protocol}:${device.id}` : null },
    stream: stream
      ? { path: `${stream.theme}/${stream.id}`, title: stream.title.zh, provider: stream.provider.zh, sharing: stream.sharing }
      : null,
    observation: {
      ...point,
      series: datastream.series,
      unit: datastream.unit || observedProperty(datastream.property).unit,
      provenance: thing.properties.provenance ?? 'measured',
    },
    rules: ruleStates(parts, datastream.series),
    checks: checkFigures(parts, stream?.quality[datastream.series]),
    frame: logged && shownFrame(logged, parts.protocols, identity),
    permission: permissionText(identity, stream),
  };
}
