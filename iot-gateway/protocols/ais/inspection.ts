// An NMEA 0183 sentence laid open for the raw frame inspector: TAG block, address, fields with their bytes, and what an AIS payload says.
import type { FrameField, Inspection, RawFrame } from '../../../contracts/protocol.ts';
import { printable } from '../../printable.ts';
import { messageTitles, sentenceTitles, statusTitles } from '../ais.codes.ts';
import { readAis } from './reports.ts';
import { checksumOf } from './sentence.ts';

const latin = new TextDecoder('latin1');
const fieldNames: Readonly<Record<string, readonly string[]>> = {
  VDM: ['句数', '句号', '报文号', '信道', '载荷', '填充位'],
  GGA: ['时间', '纬度', 'N/S', '经度', 'E/W', '定位质量', '卫星数', 'HDOP', '高程', '单位', '大地水准面差距', '单位', '差分龄期', '差分站'],
  RMC: ['时间', '状态', '纬度', 'N/S', '经度', 'E/W', '航速（节）', '航向', '日期', '磁差', 'E/W', '模式'],
  VTG: ['真航向', 'T', '磁航向', 'M', '航速（节）', 'N', '航速（km/h）', 'K', '模式'],
};

/** What a whole AIS message says, one line; null for a piece of one or what cannot be read. */
function payloadMeaning(fields: readonly string[]): string | null {
  if (fields[0] !== '1') return `分句 ${fields[1]}/${fields[0]}`;
  const message = readAis(fields[4] ?? '', Number(fields[5] ?? 0));
  if (message instanceof Error) return message.zh;
  const { type, device, values } = message;
  const told = Object.entries(values)
    .filter(([name]) => !['type', 'repeat', 'mmsi', 'spare', 'radio', 'reserved', 'reserved2'].includes(name))
    .map(([name, value]) => `${name} ${value}${name === 'status' ? ` ${statusTitles[Number(value)] ?? ''}` : ''}`);
  return printable(`消息 ${type} ${messageTitles[type]}，MMSI ${device}${told.length > 0 ? `：${told.join('，')}` : ''}`, 600);
}

/** Protocol.inspect of AIS. Never throws; a line that is no sentence has no fields and no checksum. */
export function inspectAis(frame: RawFrame): Inspection {
  const text = latin.decode(frame.bytes);
  const fields: FrameField[] = [];
  let start = 0;
  while (text[start] === '\\') {
    const close = text.indexOf('\\', start + 1);
    if (close < 0) return { fields: [], checksum: null };
    fields.push({
      name: 'TAG',
      value: printable(text.slice(start + 1, close), 200),
      range: [start, close + 1],
      meaning: 'TAG 块：s 来源，c 时间，g 分组',
    });
    start = close + 1;
  }
  if (text[start] !== '!' && text[start] !== '$') return { fields: [], checksum: null };
  const star = text.lastIndexOf('*');
  const end = star > start ? star : text.length;
  const parts = text.slice(start + 1, end).split(',');
  const formatter = (parts[0] ?? '').slice(-3);
  const names = fieldNames[formatter === 'VDO' ? 'VDM' : formatter];
  let at = start + 1;
  for (const [index, part] of parts.entries()) {
    const meaning =
      index === 0
        ? (sentenceTitles[formatter] ?? null)
        : names === fieldNames['VDM'] && index === 5
          ? payloadMeaning(parts.slice(1))
          : (names?.[index - 1] ?? null);
    const name = index === 0 ? '地址' : (names?.[index - 1] ?? `字段 ${index}`);
    if (part !== '') fields.push({ name, value: printable(part, 200), range: [at, at + part.length], meaning });
    at += part.length + 1;
  }
  if (star <= start) return { fields, checksum: null };
  const given = printable(text.slice(star + 1, star + 3), 2).toUpperCase();
  const expected = checksumOf(text, start + 1, star)
    .toString(16)
    .toUpperCase()
    .padStart(2, '0');
  const ok = given === expected;
  fields.push({
    name: '校验和',
    value: given,
    range: [star, Math.min(text.length, star + 3)],
    meaning: ok ? '异或校验，相符' : `应为 ${expected}`,
  });
  return { fields, checksum: { given, expected, ok } };
}
