// A JT/T 808 frame laid open for the raw frame inspector: every field with the bytes it stands in, escapes included, and what it means.
import type { FrameField, Inspection, RawFrame } from '../../../contracts/protocol.ts';
import { printable } from '../../printable.ts';
import {
  alarmBits,
  analogItem,
  downTitles,
  locationItems,
  mediaEvents,
  mediaFormats,
  mediaKinds,
  messages,
  otherItems,
  registerResults,
  statusBits,
} from '../jt808.codes.ts';
import { locationBytes, readBcdTime } from './location.ts';
import { dword, hex, mark, unescapeInto, word } from './message.ts';

const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => hex(byte, 2)).join('');
const gbk = new TextDecoder('gbk');
const textOf = (bytes: Uint8Array): string => printable(gbk.decode(bytes).replace(/[\0 ]+$/, ''));
const mostItems = 200;

/** Where each unescaped byte stands in the frame; one more for the end. */
function placesOf(frame: Uint8Array, start: number, end: number): number[] {
  const places: number[] = [];
  for (let at = start; at < end; at++) {
    places.push(at);
    if (frame[at] === 0x7d) at++;
  }
  places.push(end);
  return places;
}

function bitsText(value: number, titles: readonly (string | null)[]): string {
  const set: string[] = [];
  for (let bit = 0; bit < 32; bit++) if ((value >>> bit) & 1) set.push(titles[bit] ?? `保留位 ${bit}`);
  return set.length === 0 ? '无' : set.join('、');
}

type Add = (name: string, from: number, to: number, value: string, meaning: string | null, secret?: boolean) => void;

function addLocation(add: Add, bytes: Uint8Array, from: number, end: number): void {
  if (end - from < locationBytes) return;
  const number = (at: number, length: 2 | 4): number => (length === 2 ? word(bytes, from + at) : dword(bytes, from + at));
  add('报警标志', from, from + 4, hex(number(0, 4), 8), bitsText(number(0, 4), alarmBits));
  add('状态', from + 4, from + 8, hex(number(4, 4), 8), bitsText(number(4, 4), statusBits));
  add('纬度', from + 8, from + 12, String(number(8, 4)), `${number(8, 4) / 1e6}°`);
  add('经度', from + 12, from + 16, String(number(12, 4)), `${number(12, 4) / 1e6}°`);
  add('高程', from + 16, from + 18, String(number(16, 2)), `${(number(16, 2) << 16) >> 16} m`);
  add('速度', from + 18, from + 20, String(number(18, 2)), `${number(18, 2) / 10} km/h`);
  add('方向', from + 20, from + 22, String(number(20, 2)), `${number(20, 2)}°，正北为 0，顺时针`);
  const time = readBcdTime(bytes, from + 22);
  const shown = time === null ? '不是有效时间' : `${new Date(time + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
  add('时间', from + 22, from + 28, hexOf(bytes.subarray(from + 22, from + 28)), shown);
  let at = from + locationBytes;
  for (let count = 0; at + 1 < end && count < mostItems; count++) {
    const [id, length] = [bytes[at]!, bytes[at + 1]!];
    const stop = Math.min(end, at + 2 + length);
    const item = locationItems[id];
    const value = bytes.subarray(at + 2, stop);
    const read = item && length === item.bytes ? (length === 4 ? dword(value, 0) : length === 2 ? word(value, 0) : value[0]!) : null;
    const meaning = item?.zh ?? otherItems[id] ?? (id >= 0xe1 ? '自定义附加信息' : id === analogItem ? '模拟量' : '未列入标准的附加信息');
    add(`附加信息 ${hex(id, 2)}`, at, stop, read === null ? hexOf(value) : String(read), meaning);
    at += 2 + length;
  }
}

function addBody(add: Add, id: number, bytes: Uint8Array, from: number, end: number, version2019: boolean): void {
  const serial = (name: string): number => {
    if (end - from >= 2) add(name, from, from + 2, String(word(bytes, from)), null);
    return from + 2;
  };
  switch (id) {
    case 0x0200:
      addLocation(add, bytes, from, end);
      return;
    case 0x0201:
    case 0x0500:
      addLocation(add, bytes, serial('应答流水号'), end);
      return;
    case 0x0704: {
      if (end - from < 3) return;
      add('数据项个数', from, from + 2, String(word(bytes, from)), null);
      add('位置数据类型', from + 2, from + 3, String(bytes[from + 2]), bytes[from + 2] === 1 ? '盲区补报' : '正常位置批量汇报');
      let at = from + 3;
      for (let count = 0; at + 2 <= end && count < mostItems; count++) {
        const stop = Math.min(end, at + 2 + word(bytes, at));
        add('位置汇报数据体长度', at, at + 2, String(word(bytes, at)), `第 ${count + 1} 项`);
        addLocation(add, bytes, at + 2, stop);
        at = stop;
      }
      return;
    }
    case 0x0800:
    case 0x0801: {
      if (end - from < 8) return;
      add('多媒体数据 ID', from, from + 4, String(dword(bytes, from)), null);
      const tables = [mediaKinds, mediaFormats, mediaEvents];
      for (const [i, name] of ['多媒体类型', '多媒体格式', '事件项'].entries())
        add(name, from + 4 + i, from + 5 + i, String(bytes[from + 4 + i]), tables[i]![bytes[from + 4 + i]!] ?? '保留');
      add('通道 ID', from + 7, from + 8, String(bytes[from + 7]), null);
      if (id === 0x0801) addLocation(add, bytes, from + 8, Math.min(end, from + 8 + locationBytes));
      return;
    }
    case 0x0001:
    case 0x8001:
      if (end - from < 5) return;
      serial('应答流水号');
      add('应答 ID', from + 2, from + 4, hex(word(bytes, from + 2), 4), messages.get(word(bytes, from + 2))?.zh ?? null);
      add(
        '结果',
        from + 4,
        from + 5,
        String(bytes[from + 4]),
        ['成功', '失败', '消息有误', '不支持', '报警处理确认'][bytes[from + 4]!] ?? null,
      );
      return;
    case 0x8100:
      if (end - from < 3) return;
      serial('应答流水号');
      add('结果', from + 2, from + 3, String(bytes[from + 2]), registerResults[bytes[from + 2]!] ?? null);
      add('鉴权码', from + 3, end, textOf(bytes.subarray(from + 3, end)), null, true);
      return;
    case 0x0102: {
      const start = version2019 ? from + 1 : from;
      const stop = version2019 ? Math.min(end, start + (bytes[from] ?? 0)) : end;
      if (stop > start) add('鉴权码', start, stop, textOf(bytes.subarray(start, stop)), null, true);
      return;
    }
    case 0x0100:
      if (end - from < 4) return;
      add('省域 ID', from, from + 2, String(word(bytes, from)), 'GB/T 2260 行政区划代码前两位');
      add('市县域 ID', from + 2, from + 4, String(word(bytes, from + 2)), 'GB/T 2260 行政区划代码后四位');
      add('终端与车辆', from + 4, end, textOf(bytes.subarray(from + 4, end)), '制造商、型号、终端 ID、车牌颜色、车牌');
      return;
  }
}

/** Protocol.inspect of JT/T 808. Never throws; a frame that is none has no fields and no checksum. */
export function inspectJt808(frame: RawFrame): Inspection {
  const { bytes: wire } = frame;
  const start = wire[0] === mark ? 1 : 0;
  const stop = wire.length > start && wire[wire.length - 1] === mark ? wire.length - 1 : wire.length;
  const bytes = new Uint8Array(Math.max(0, stop - start));
  const length = unescapeInto(bytes, wire, start, stop);
  if (length < 13) return { fields: [], checksum: null };
  const places = placesOf(wire, start, stop);
  const fields: FrameField[] = [];
  const add: Add = (name, from, to, value, meaning, secret) => {
    if (to <= from) return;
    const range = [places[from] ?? stop, places[Math.min(to, length)] ?? stop] as const;
    fields.push({ name, value, range, meaning, ...(secret ? { secret } : {}) });
  };
  const properties = word(bytes, 2);
  const version2019 = (properties & 0x4000) !== 0;
  const id = word(bytes, 0);
  add('消息 ID', 0, 2, hex(id, 4), messages.get(id)?.zh ?? downTitles[id] ?? '未列入');
  const traits = [
    `消息体 ${properties & 0x3ff} 字节`,
    ...(properties & 0x1c00 ? [`加密方式 ${(properties >> 10) & 7}`] : []),
    ...(properties & 0x2000 ? ['分包'] : []),
    version2019 ? '2019 版' : '2013 版',
  ];
  add('消息体属性', 2, 4, hex(properties, 4), traits.join('，'));
  if (version2019) add('协议版本号', 4, 5, String(bytes[4]), null);
  const phone = version2019 ? 5 : 4;
  const serial = phone + (version2019 ? 10 : 6);
  if (serial + 2 >= length) return { fields, checksum: null };
  add('终端手机号', phone, serial, hexOf(bytes.subarray(phone, serial)), null);
  add('消息流水号', serial, serial + 2, String(word(bytes, serial)), null);
  let body = serial + 2;
  if (properties & 0x2000 && body + 4 < length) {
    add('消息总包数', body, body + 2, String(word(bytes, body)), null);
    add('包序号', body + 2, body + 4, String(word(bytes, body + 2)), null);
    body += 4;
  }
  const end = length - 1;
  // Only the first sub-package begins with what the message begins with; ciphertext begins with nothing.
  const readable = (properties & 0x1c00) === 0 && ((properties & 0x2000) === 0 || word(bytes, body - 2) === 1);
  if (readable) addBody(add, id, bytes, body, end, version2019);
  if (end > body && !fields.some(({ range }) => range[0] >= places[body]!))
    add('消息体', body, end, hexOf(bytes.subarray(body, end)), null);
  let check = 0;
  for (let at = 0; at < end; at++) check ^= bytes[at]!;
  const checksum = { given: hex(bytes[end]!, 2), expected: hex(check, 2), ok: check === bytes[end] };
  add('校验码', end, end + 1, checksum.given, checksum.ok ? '异或校验，相符' : `异或校验，应为 ${checksum.expected}`);
  return { fields, checksum };
}
