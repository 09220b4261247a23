// Recorded data as what devices send: a line of a file in, one HJ 212 frame or MQTT message out, or why the line is skipped. Pure.
//
//   table    CSV of hourly values with the columns year month day hour PM…: each row an hour frame (CN 2061) with its own DataTime
//   frames   one HJ 212 frame a line, or a tab-separated table whose first column is `frame`: sent byte for byte
//   messages JSON lines {"topic": "devices/…/telemetry", "payload": … , "time"?: …}
//
// Source of the table's form: UCI dataset 394 (Liang et al. 2016): PM in µg/m³, TEMP °C, HUMI %, PRES hPa, Beijing time, NA = missing.
import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { parseMoment } from '../../iot-gateway/moment.ts';
import { isObject } from '../../iot-gateway/observation-json.ts';
import { beijingTime, encodeHj212, hj212, parseBeijingTime, qnOf } from '../../iot-gateway/protocols/hj212.ts';
import { carriesReadings } from '../../iot-gateway/protocols/mqtt.ts';

export interface Recorded {
  readonly road: 'hj212' | 'mqtt';
  /** MN, or the client name in the topic; null where nobody needs to be registered (Observations by Datastream, a frame without MN). */
  readonly device: string | null;
  /** Stream that such a device belongs to; null: not known from the record. */
  readonly stream: string | null;
  /** When it was observed; null: the record does not say. */
  readonly at: Instant | null;
  /** Frame bytes, or the message's payload. */
  readonly bytes: Uint8Array;
  readonly topic: string;
  /** Whether the receiver must answer: always over MQTT (QoS 1), by its Flag over HJ 212. */
  readonly answered: boolean;
}
export interface Skipped {
  readonly skipped: string;
}
export type ReadLine = (line: string) => Recorded | Skipped;

const encoder = new TextEncoder();
const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const missing = /^(NA|NaN|)$/i;

/** Columns beside PM that HJ 212 has a code for, with the factor from the column's unit to the code's. */
const weather: readonly { readonly column: string; readonly code: string; readonly tenth: boolean }[] = [
  { column: 'TEMP', code: 'a01001', tenth: false },
  { column: 'HUMI', code: 'a01002', tenth: false },
  { column: 'PRES', code: 'a01006', tenth: true },
];
const timeColumns = ['year', 'month', 'day', 'hour'] as const;

function cellsOf(line: string): string[] {
  return line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

/** @throws Problem bad-file when a column is missing */
function tableReader(file: string, header: string, mn: string): ReadLine {
  const columns = cellsOf(header);
  const pm = columns.findIndex((column) => /^PM/i.test(column));
  const lacking: string[] = timeColumns.filter((column) => !columns.includes(column));
  if (pm < 0) lacking.push('PM…');
  if (lacking.length > 0)
    throw new Problem('bad-file', { name: file, reason: `缺列 ${lacking.join('、')}；现有 ${columns.join(', ').slice(0, 200)}` });
  const times = timeColumns.map((column) => columns.indexOf(column));
  const factors = [
    { at: pm, code: 'a34004', tenth: false },
    ...weather.map(({ column, code, tenth }) => ({ at: columns.indexOf(column), code, tenth })).filter(({ at }) => at >= 0),
  ];
  return (line) => {
    const cells = cellsOf(line);
    if (cells.length !== columns.length) return { skipped: `列数不是 ${columns.length}` };
    const parts = times.map((index) => cells[index] ?? '');
    if (!parts.every((part) => /^\d{1,4}$/.test(part))) return { skipped: '时间不是数字' };
    const at = parseBeijingTime(
      `${parts[0]?.padStart(4, '0')}${parts
        .slice(1)
        .map((part) => part.padStart(2, '0'))
        .join('')}0000`,
    );
    if (at === null) return { skipped: '没有这个时刻' };
    const items: (readonly (readonly [string, string])[])[] = [];
    for (const { at: index, code, tenth } of factors) {
      const text = cells[index] ?? '';
      if (missing.test(text)) continue;
      if (!number.test(text)) return { skipped: `${columns[index]} 不是数字` };
      // hPa → kPa; three decimals, so that no digit of the table is lost and none is made up.
      items.push([
        [`${code}-Avg`, tenth ? String(Number((Number(text) / 10).toFixed(3))) : text],
        [`${code}-Flag`, 'N'],
      ]);
    }
    if (items.length === 0) return { skipped: '全部为 NA' };
    // The QN is the row's own time: the same row is the same frame whenever it is sent.
    const message = { qn: qnOf(at), st: '22', cn: '2061', pw: '123456', mn, flag: 9 };
    const bytes = encodeHj212({ ...message, cp: [[['DataTime', beijingTime(at)]], ...items] });
    return { road: 'hj212', device: mn, stream: 'ecology/air-quality', at, bytes, topic: '', answered: true };
  };
}

const frameReader: ReadLine = (line) => {
  const text = (line.split('\t')[0] ?? '').trim();
  if (!text.startsWith('##')) return { skipped: '不是 ## 开头的 HJ 212 报文' };
  const bytes = encoder.encode(`${text}\r\n`);
  const cut = hj212.framing?.cut(hj212.framing.initial, bytes);
  // Something the receiver would wait on, or throw away: half a frame would swallow the one behind it.
  if (cut?.frames.length !== 1 || cut.refused.length > 0) return { skipped: '长度与内容不符' };
  const received = Date.UTC(2100, 0, 1);
  const { device, answer } = hj212.decode(hj212.initial, { protocol: hj212.id, address: '', received, bytes: cut.frames[0]! });
  const st = /(?:^##\d{4}|;)ST=(\d+)/.exec(text)?.[1];
  const at = parseBeijingTime(/[;&]DataTime=(\d{14})/.exec(text)?.[1] ?? '');
  const stream = st === '22' ? 'ecology/air-quality' : 'ecology/pollution-source';
  return { road: 'hj212', device, stream, at, bytes, topic: '', answered: answer !== null };
};

const messageReader: ReadLine = (line) => {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return { skipped: '不是 JSON' };
  }
  if (!isObject(record) || typeof record['topic'] !== 'string' || record['payload'] === undefined)
    return { skipped: '缺 topic 或 payload' };
  const { topic, payload } = record as { topic: string; payload: unknown };
  if (!carriesReadings(topic)) return { skipped: '主题不是遥测主题' };
  const body = isObject(payload) ? payload : {};
  const moment = parseMoment(record['time'] ?? body['time'] ?? body['phenomenonTime'] ?? null);
  const bytes = encoder.encode(typeof payload === 'string' ? payload : JSON.stringify(payload));
  const device = /^devices\/([^/]+)\/telemetry$/.exec(topic)?.[1] ?? null;
  return { road: 'mqtt', device, stream: null, at: moment instanceof Problem ? null : moment, bytes, topic, answered: true };
};

/**
 * How the lines of a file are to be read, told from its first line; `header`: that line is no record itself.
 * @throws Problem bad-file
 */
export function readerOf(file: string, first: string, mn: string): { road: Recorded['road']; header: boolean; read: ReadLine } {
  if (first.startsWith('{')) return { road: 'mqtt', header: false, read: messageReader };
  if (first.startsWith('##')) return { road: 'hj212', header: false, read: frameReader };
  if (/^frame(\t|$)/.test(first)) return { road: 'hj212', header: true, read: frameReader };
  if (first.includes(',')) return { road: 'hj212', header: true, read: tableReader(file, first, mn) };
  const reason = '首行既不是 CSV 表头（year, month, day, hour, PM…），也不是 HJ 212 报文（##…）或 JSON 行（{"topic", "payload"}）';
  throw new Problem('bad-file', { name: file, reason: first === '' ? '空文件' : reason });
}
