// Locations of JT/T 808: the 28 bytes of a report and its additional items as Readings that carry a position; batches of them.
//
//   alarm 4 · status 4 · latitude 4 (1e-6°) · longitude 4 · altitude 2 (m) · speed 2 (0.1 km/h) · direction 2 (°) · time BCD[6] · [id length value] …
//
// Source: JT/T 808-2013 §8.18 (tables 23–32), §8.49 (batch). Times are GMT+8. Coordinates are WGS 84 unless status bit 5 says they were shifted.
import { insideBBox, LIAONING_BBOX, type LngLat } from '../../../contracts/geo.ts';
import type { Instant, Reading } from '../../../contracts/observation.ts';
import { Problem } from '../../../contracts/problem.ts';
import { checkTime } from '../../moment.ts';
import { readPosition } from '../../observation-json.ts';
import { analogItem, locationItems, Status } from '../jt808.codes.ts';
import { dword, hex, word } from './message.ts';

export interface Found {
  readonly readings: Reading[];
  readonly refused: { readonly property: string; readonly problem: Problem }[];
}
type Writable<T> = { -readonly [K in keyof T]: T[K] };

export const locationBytes = 28;
const hour = 3_600_000;

const two = (byte: number): number => (byte >> 4 > 9 || (byte & 15) > 9 ? -1 : (byte >> 4) * 10 + (byte & 15));
/** The day read last: reports of one fleet share it. */
let day = { key: -1, start: 0 };

/** YYMMDDhhmmss in BCD, GMT+8; null when it is no time. */
export function readBcdTime(bytes: Uint8Array, at: number): Instant | null {
  const key = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  if (key !== day.key) {
    const [year, month, date] = [two(bytes[at]!), two(bytes[at + 1]!), two(bytes[at + 2]!)];
    if (year < 0 || month < 1 || date < 1) return null;
    const start = Date.UTC(2000 + year, month - 1, date);
    const back = new Date(start);
    if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== date) return null;
    day = { key, start: start - 8 * hour };
  }
  const [h, m, s] = [two(bytes[at + 3]!), two(bytes[at + 4]!), two(bytes[at + 5]!)];
  if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59) return null;
  return day.start + h * hour + m * 60_000 + s * 1000;
}

/** The six bytes of a moment: YYMMDDhhmmss in BCD, `offsetHours` ahead of UTC. */
export function bcdTime(instant: Instant, offsetHours: number): number[] {
  const digits = new Date(instant + offsetHours * hour).toISOString().replace(/\D/g, '').slice(2, 14);
  return Array.from({ length: 6 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

function placeOf(bytes: Uint8Array, at: number, status: number): LngLat | Problem {
  if (status & Status.encrypted) return new Problem('bad-position', { reason: '经纬度已经保密插件加密（状态位 5），不是 WGS 84 坐标' });
  const lat = dword(bytes, at + 8) / 1e6;
  const lng = dword(bytes, at + 12) / 1e6;
  const position: LngLat = [status & Status.west ? -lng : lng, status & Status.south ? -lat : lat];
  return insideBBox(position, LIAONING_BBOX) ? position : readPosition(position);
}

/** What every Reading of one report shares. */
interface Report {
  readonly device: string;
  readonly time: Instant;
  readonly position: LngLat | null;
  readonly late: boolean;
}
function push(found: Found, report: Report, property: string, result: number | null, flag: string | null): void {
  // Spelled out: with spreads each reading cost three times as much.
  const reading: Writable<Reading> = {
    device: report.device,
    property,
    period: 'instant',
    statistic: 'value',
    phenomenonTime: report.time,
    result,
    flag,
  };
  if (report.position !== null) reading.position = report.position;
  if (report.late) reading.late = true;
  found.readings.push(reading);
}

/** Status bit 1: not positioned. What the receiver says then is not of this moment. */
export const notPositioned = '未定位';

/** §8.18 table 27: the items behind the 28 bytes. What they say beyond their length is nobody's. */
function readItems(found: Found, report: Report, bytes: Uint8Array, from: number, end: number): void {
  const refuse = (property: string, reason: string): number =>
    found.refused.push({ property, problem: new Problem('malformed-frame', { reason }) });
  let at = from;
  while (at < end) {
    const id = bytes[at]!;
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    const value = at + 2;
    if (at + 1 >= end || value + length > end) {
      refuse('附加信息', `附加信息 ${hex(id, 2)} 声明 ${length} 字节，消息体只剩 ${Math.max(0, end - value)} 字节`);
      return;
    }
    at = value + length;
    const item = locationItems[id];
    if (item) {
      if (length !== item.bytes) {
        refuse(item.property, `附加信息 ${hex(id, 2)} 应为 ${item.bytes} 字节，给的是 ${length}`);
        continue;
      }
      const raw = length === 4 ? dword(bytes, value) : length === 2 ? word(bytes, value) : bytes[value]!;
      push(found, report, item.property, item.scale === 0.1 ? raw / 10 : item.scale === 1 ? raw : raw * item.scale, null);
    } else if (id === analogItem) {
      if (length !== 4) {
        refuse('analog-0', `附加信息 2B 应为 4 字节，给的是 ${length}`);
        continue;
      }
      push(found, report, 'analog-0', word(bytes, value + 2), null);
      push(found, report, 'analog-1', word(bytes, value), null);
    }
  }
}

/**
 * §8.18: one report. Its Readings are appended to `found`; a bad position is refused and the others still count, a bad time refuses all.
 */
export function readLocation(
  found: Found,
  device: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  received: Instant,
  late = false,
): void {
  if (end - start < locationBytes) {
    const reason = `位置信息 ${end - start} 字节，至少 ${locationBytes} 字节`;
    found.refused.push({ property: 'position', problem: new Problem('malformed-frame', { reason }) });
    return;
  }
  const told = readBcdTime(bytes, start + 22);
  const time = told === null ? new Problem('bad-time', { reason: '不是 BCD 的 YYMMDDhhmmss' }) : checkTime(told, received);
  if (typeof time !== 'number') {
    found.refused.push({ property: 'position', problem: time });
    return;
  }
  const status = dword(bytes, start + 4);
  const positioned = (status & Status.positioned) !== 0;
  const place = positioned ? placeOf(bytes, start, status) : null;
  if (place instanceof Problem) found.refused.push({ property: 'position', problem: place });
  const report: Report = { device, time, position: place instanceof Problem ? null : place, late };
  const flag = positioned ? null : notPositioned;
  push(found, report, 'speed', word(bytes, start + 18) / 36, flag);
  push(found, report, 'bearing', word(bytes, start + 20), flag);
  // A WORD; below the sea it wraps, and no road of the province is 32,768 m high.
  push(found, report, 'altitude', (word(bytes, start + 16) << 16) >> 16, flag);
  push(found, report, 'vehicle-alarm', dword(bytes, start), null);
  push(found, report, 'vehicle-status', status, null);
  readItems(found, report, bytes, start + locationBytes, end);
}

/** §8.49: count, kind (0 in time, 1 kept in a dead zone and handed in late), then length and report each. */
export function readBatch(found: Found, device: string, bytes: Uint8Array, start: number, end: number, received: Instant): void {
  const refuse = (reason: string): number =>
    found.refused.push({ property: 'position', problem: new Problem('malformed-frame', { reason }) });
  if (end - start < 3) {
    refuse('批量上传不足 3 字节');
    return;
  }
  const [count, kind] = [word(bytes, start), bytes[start + 2]!];
  if (kind > 1) refuse(`位置数据类型 ${kind}，应为 0 或 1`);
  let read = 0;
  let at = start + 3;
  while (at < end) {
    const length = at + 1 < end ? word(bytes, at) : end;
    if (at + 2 + length > end) {
      refuse(`第 ${read + 1} 项声明 ${length} 字节，消息体只剩 ${Math.max(0, end - at - 2)} 字节`);
      return;
    }
    readLocation(found, device, bytes, at + 2, at + 2 + length, received, kind === 1);
    at += 2 + length;
    read++;
  }
  if (read !== count) refuse(`声明 ${count} 项，实有 ${read} 项`);
}
