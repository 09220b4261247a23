// An SL 651 frame laid open for the raw frame inspector: every field with the bytes it stands in and what it means.
import type { FrameField, Inspection, RawFrame } from '../../../contracts/protocol.ts';
import { printable } from '../../printable.ts';
import { events, gateStates, outletClasses, statusBits, wellStates } from '../sl651.codes.ts';
import {
  basicConfiguration,
  controlTitle,
  elementByAscii,
  elementById,
  functions,
  functionTitle,
  guides,
  runConfiguration,
  stationClasses,
} from './elements.ts';
import {
  bcdTime,
  crcBytes,
  crcSl651,
  digitTime,
  frameEnd,
  givenCrc,
  type Header,
  headAt,
  headBytes,
  hexOf,
  latin,
  packetBytes,
  packetOf,
  readHeader,
  readStation,
} from './frame.ts';
import { bcdNumber, stepOf } from './hex-body.ts';
import { decimalOf } from './readings.ts';

type Add = (name: string, value: string, from: number, to: number, meaning: string | null, secret?: boolean, time?: number) => void;
const clock = (digits: string): string => {
  const shown = `20${digits.slice(0, 2)}-${digits.slice(2, 4)}-${digits.slice(4, 6)} ${digits.slice(6, 8)}:${digits.slice(8, 10)}`;
  return digits.length > 10 ? `${shown}:${digits.slice(10, 12)}` : shown;
};

function stationMeaning(station: string): string {
  const { kind, restored } = readStation(station);
  const kinds = { hydrological: '水文遥测站', station: '其他遥测站', relay: '中继站', broadcast: '广播地址', none: '无效地址' };
  return kind === 'hydrological'
    ? `${kinds[kind]} ${station.slice(2)}`
    : `${kinds[kind]}，行政区划 ${station.slice(0, 6)}，还原为 ${restored}`;
}

/** Table 58 in words: what is not as it should be, and the door, the card and the pump, which are neither. */
export function statusMeaning(bits: number): string {
  return statusBits.map(([name, zero, one], bit) => `${name}${(bits >>> bit) & 1 ? one : zero}`).join('，');
}

function valueMeaning(fn: number, id: number, value: number | null): string {
  const configuration =
    fn === 0x40 || fn === 0x41 || fn === 0x49
      ? basicConfiguration
      : fn === 0x42 || fn === 0x43 || fn === 0x47 || fn === 0x48
        ? runConfiguration
        : null;
  if (configuration) return configuration.get(id) ?? '保留的配置参数';
  const element = elementById[id];
  if (!element) return '保留的要素标识符';
  if (value === null) return `${element.zh}，无数据`;
  const state = element.kind === 'gate' ? gateStates[value] : element.kind === 'well' ? wellStates[value] : undefined;
  if (state) return `${element.zh}：${state}`;
  return element.id === 0x0b && outletClasses[value] ? `${element.zh}：${outletClasses[value]}` : element.zh;
}

/** Groups of a HEX body, for as long as they can be told apart; what is left is one field. */
function addHexGroups(add: Add, header: Header, bytes: Uint8Array, at: number, end: number): void {
  const { fn } = header;
  const known = functions[fn];
  let stationClass = 0;
  /** Of an even series: when its first value was observed, and how far its values lie apart. */
  let [observed, step]: [number, number | null] = [Number.NaN, null];
  const rest = (name: string, meaning: string): void => {
    if (at < end) add(name, hexOf(bytes, at, Math.min(end, at + 64)) + (end - at > 64 ? '…' : ''), at, end, meaning);
  };
  while (at < end) {
    const id = bytes[at]!;
    const twice = bytes[at + 1] === id;
    if (id === 0xf1 && twice && at + 7 <= end) {
      const station = hexOf(bytes, at + 2, at + 7);
      add('F1F1', station, at, at + 7, `测站编码：${stationMeaning(station)}`);
      at += 7;
      if (known?.classed && at < end) {
        stationClass = bytes[at]!;
        add('分类码', hexOf(bytes, at, at + 1), at, at + 1, stationClasses[bytes[at]!] ?? '自定义的遥测站类别');
        at++;
      }
    } else if (id === 0xf0 && twice && at + 7 <= end) {
      const digits = hexOf(bytes, at + 2, at + 7);
      observed = bcdTime(bytes, at + 2, false);
      add('F0F0', digits, at, at + 7, Number.isNaN(observed) ? '观测时间，不是有效时刻' : `观测时间 ${clock(digits)}`);
      at += 7;
    } else if (id === 0xf2 && twice) {
      add('F2F2', printable(latin(bytes, at + 2, end), 256), at, end, guides[id]!);
      return;
    } else if (id === 0xf3 && twice) {
      add('F3F3', `${end - at - 2} 字节`, at, end, guides[id]!);
      return;
    } else if (known?.content === 'state' && fn < 0x47) {
      // Table 57: one byte of length, then text.
      add('软件版本', printable(latin(bytes, at + 1, end)), at, end, '遥测终端软件版本');
      return;
    } else if (fn === 0x50) {
      const counts = events.map((name, n) => [name, ((bytes[at + n * 2] ?? 0) << 8) | (bytes[at + n * 2 + 1] ?? 0)] as const);
      add(
        '事件记录',
        hexOf(bytes, at, end),
        at,
        end,
        counts
          .filter(([, count]) => count > 0)
          .map(([name, count]) => `${name} ${count} 次`)
          .join('，') || '没有事件',
      );
      return;
    } else if (fn >= 0x4a && fn <= 0x4f && fn !== 0x4b) {
      rest('状态', known?.zh ?? '');
      return;
    } else {
      const extended = id === 0xff;
      const data = at + (extended ? 3 : 2);
      const shape = bytes[data - 1] ?? 0;
      const count = shape >> 3;
      const decimals = shape & 7;
      if (data > end || data + count > end) break;
      const valueAt = (from: number): number | null => {
        const number = count > 0 && count <= 8 ? bcdNumber(bytes, from, count) : Number.NaN;
        return number === null ? null : decimalOf(number, decimals);
      };
      const kind = elementById[id]?.kind;
      if (kind === 'step' && count === 3) step = stepOf(bytes, data);
      const value = valueAt(data);
      const plain = value !== null && !Number.isNaN(value) && elementById[id]?.kind !== 'bits';
      const meaning = extended ? '用户自定义的标识符' : valueMeaning(fn, id, value);
      const bits = elementById[id]?.kind === 'bits' && count === 4 && known?.content !== 'configuration';
      const status = bits ? statusMeaning(Number.parseInt(hexOf(bytes, data, data + 4), 16)) : null;
      const secret = id === 0x03 && known?.content === 'configuration';
      const code = extended ? hexOf(bytes, at, at + 2) : hexOf(bytes, at, at + 1);
      // Named by the property, as the reading is, so that the page finds the bytes of a number.
      const property = known?.content === 'configuration' || extended ? '' : (elementById[id]?.property ?? '');
      const name = property === 'zu' && stationClass === 0x4b ? 'z' : property || code;
      // §6.6.4.4: values of one element to the end of the body, as hex-body.ts reads them.
      const even = known?.content === 'series' && step !== null && step > 0 && !['step', 'rain', 'level'].includes(kind ?? '');
      const series = even && count > 0 && (end - data) % count === 0 && end > data + count;
      const time = series && !Number.isNaN(observed) ? observed : undefined;
      const shown = plain ? value.toFixed(decimals) : hexOf(bytes, data, data + count);
      add(name, shown, at, data + count, `${code}H ${status ?? meaning}`, secret, time);
      at = data + count;
      for (let n = 1; series && at < end; n++, at += count) {
        const later = valueAt(at);
        const figure = later === null || Number.isNaN(later) ? hexOf(bytes, at, at + count) : later.toFixed(decimals);
        const minutes = (n * (step as number)) / 60_000;
        const words = `${valueMeaning(fn, id, later)}，${minutes} 分钟后`;
        add(name, figure, at, at + count, words, false, time === undefined ? undefined : time + n * (step as number));
      }
    }
  }
  rest('其余', '未能逐项解释的内容');
}

/** Tokens of an ASCII body. */
function addTextGroups(add: Add, header: Header, bytes: Uint8Array, at: number, end: number): void {
  const text = latin(bytes, at, end);
  const configured = functions[header.fn]?.content === 'configuration';
  const pattern = /[^ \r\n\t\0]+/g;
  let before = '';
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const token = match[0];
    const from = at + match.index;
    if (token === 'PIC' || token === 'RGZS') {
      add(
        token,
        token === 'PIC' ? `${end - from - 4} 字节` : printable(latin(bytes, from + 4, end), 256),
        from,
        end,
        token === 'PIC' ? '图片信息' : '人工置数',
      );
      return;
    }
    const element = configured ? undefined : elementByAscii.get(token.toUpperCase());
    const meaning =
      before === 'ST' && /^[\dA-F]{10}$/.test(token)
        ? stationMeaning(token)
        : before === 'TT' && !Number.isNaN(digitTime(token))
          ? `观测时间 ${clock(token)}`
          : (element?.zh ?? null);
    const property = configured ? undefined : elementByAscii.get(before.toUpperCase())?.property;
    add(
      token === 'ST' ? 'ST 测站编码' : property || token,
      printable(token, 64),
      from,
      from + token.length,
      meaning,
      configured && before === '03',
    );
    before = token;
  }
}

/** Protocol.inspect of SL 651. Never throws; a frame that is none has no fields and no checksum. */
export function inspectSl651({ bytes }: RawFrame): Inspection {
  if (headAt(bytes, 0) < 2) return { fields: [], checksum: null };
  const header = readHeader(bytes);
  const { encoding, down } = header;
  const hex = encoding === 'hex';
  const size = hex ? 1 : 2;
  const end = Math.min(frameEnd(bytes, 0), bytes.length);
  const fields: FrameField[] = [];
  const add: Add = (name, value, from, to, meaning, secret, time) => {
    fields.push({ name, value, range: [from, to], meaning, ...(time === undefined ? {} : { time }), ...(secret ? { secret: true } : {}) });
  };
  const shown = (from: number, to: number): string => (hex ? hexOf(bytes, from, to) : printable(latin(bytes, from, to)));
  let at = hex ? 2 : 1;
  const take = (name: string, width: number, meaning: string, secret?: boolean): void => {
    add(name, shown(at, at + width * size), at, at + width * size, meaning, secret);
    at += width * size;
  };
  add('帧起始符', hexOf(bytes, 0, at), 0, at, hex ? 'HEX/BCD 编码报文' : 'SOH，ASCII 字符编码报文');
  const centre = (): void => take('中心站地址', 1, `中心站 ${header.centre}`);
  if (!down) centre();
  take('遥测站地址', 5, stationMeaning(header.station));
  if (down) centre();
  take('密码', 2, '密码', true);
  take('功能码', 1, functionTitle(header.fn));
  take('标识及长度', 2, `${down ? '下行' : '上行'}，正文 ${header.length} 字节`);
  add('报文起始符', hexOf(bytes, at, at + 1), at, at + 1, controlTitle[bytes[at]!] ?? null);
  at++;
  const bodyEnd = Math.min(headBytes[encoding] + header.length, end);
  let first = true;
  if (header.packet) {
    const number = packetOf(bytes, header);
    const width = packetBytes[encoding];
    add('包总数及序列号', shown(at, at + width), at, at + width, number ? `共 ${number.total} 包，第 ${number.sequence} 包` : '不合规');
    at += width;
    first = number?.sequence === 1;
  }
  const opening = hex ? 8 : 16;
  if (!first) add('报文正文', `${bodyEnd - at} 字节`, at, bodyEnd, '分包正文的后续部分');
  else if (bodyEnd - at >= opening) {
    const serial = hex ? 2 : 4;
    add('流水号', shown(at, at + serial), at, at + serial, `流水号 ${Number.parseInt(shown(at, at + serial), 16)}`);
    const time = shown(at + serial, at + opening);
    add('发报时间', time, at + serial, at + opening, Number.isNaN(digitTime(time)) ? '不是有效时刻' : clock(time));
    at += opening;
    if (hex) addHexGroups(add, header, bytes, at, bodyEnd);
    else addTextGroups(add, header, bytes, at, bodyEnd);
  } else add('报文正文', shown(at, bodyEnd), at, bodyEnd, '不足流水号及发报时间');
  if (end < frameEnd(bytes, 0)) return { fields, checksum: null };
  add('报文结束符', hexOf(bytes, bodyEnd, bodyEnd + 1), bodyEnd, bodyEnd + 1, controlTitle[bytes[bodyEnd]!] ?? '不是报文结束符');
  const checked = end - crcBytes[encoding];
  const expected = crcSl651(bytes, 0, checked);
  const checksum = {
    given: shown(checked, end),
    expected: expected.toString(16).toUpperCase().padStart(4, '0'),
    ok: givenCrc(bytes, end) === expected,
  };
  add('CRC', checksum.given, checked, end, checksum.ok ? '校验码，相符' : `校验码，应为 ${checksum.expected}`);
  return { fields, checksum };
}
