// An HJ 212 frame laid open for the raw frame inspector: every field with the bytes it stands in and what it means.
import { observedProperty } from '../../../contracts/observed-property.ts';
import type { FrameField, Inspection, RawFrame } from '../../../contracts/protocol.ts';
import {
  attributes,
  commands,
  equipmentStateTitle,
  exeRtnTitle,
  flagTitle,
  gasCodes2005,
  names,
  qnRtnTitle,
  systems,
  waterCodes2005,
} from '../hj212.codes.ts';
import { type CipherRegion, type Deciphered, decipherSegment, findCipher, type Keyring, maybeCipher } from './encryption.ts';
import { crcHj212, decimal4, eachAttribute, flagBits, hex4, hexAt, parseSegment } from './segment.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined => (Object.hasOwn(table, key) ? table[key] : undefined);

const editions: Readonly<Record<number, string>> = { 0: '2005 版', 4: '2017 版', 8: '2025 版' };

function flagMeaning(value: string): string | null {
  const bits = flagBits(value);
  if (!bits) return '不是有效的 Flag';
  return `${editions[bits.base] ?? `版本位 ${bits.base >> 2}`}，${bits.answer ? '需应答' : '不需应答'}${bits.packets ? '，有包号' : ''}`;
}

function meaning(name: string, value: string): string | null {
  if (name === 'Flag') return flagMeaning(value);
  const title = own(names, name) ?? null;
  const detail =
    name === 'ST'
      ? own(systems, value)
      : name === 'CN'
        ? own(commands, value)?.zh
        : name === 'QnRtn'
          ? own(qnRtnTitle, value)
          : name === 'ExeRtn'
            ? own(exeRtnTitle, value)
            : undefined;
  return detail === undefined ? title : `${title}：${detail}`;
}

function factorMeaning(code: string, attribute: string, value: string): string | null {
  const property = observedProperty(own(waterCodes2005, code) ?? own(gasCodes2005, code) ?? code);
  const subject = property.zh === property.code ? code : property.zh;
  if (attribute === 'Flag') return `${subject} 数据标记：${own(flagTitle, value) ?? '未列入标准'}`;
  if (attribute === 'RS') return `${subject} 设备运行状态：${own(equipmentStateTitle, value) ?? '未列入标准'}`;
  const title = own(attributes, attribute)?.zh ?? own(names, attribute);
  return title === undefined ? null : `${subject} ${title}`;
}

/** Annex A of 2025: the plain segment where one of the device's keys fits; null when none does. */
function decipheredWith({ bytes }: RawFrame, end: number, given: number, keys: Keyring): (Deciphered & { region: CipherRegion }) | null {
  const region = findCipher(bytes, end);
  const { mn, cp } = parseSegment(decoder.decode(bytes.subarray(6, end)));
  const found = region && mn !== null && cp !== null && maybeCipher(cp) ? decipherSegment(bytes, region, given, keys(mn)) : null;
  return region && found && { ...found, region };
}

/** Protocol.inspect of HJ 212. Never throws; a frame that is none has no fields and no checksum. */
export function inspectHj212(frame: RawFrame, keys: Keyring): Inspection {
  const { bytes } = frame;
  const declared = bytes[0] === 0x23 && bytes[1] === 0x23 ? decimal4(bytes, 2) : -1;
  if (declared < 0) return { fields: [], checksum: null };
  let end = Math.min(6 + declared, bytes.length);
  if (hexAt(bytes, end) < 0) {
    const last = bytes.lastIndexOf(0x26) + 1;
    if (last > end && hexAt(bytes, last) >= 0) end = last;
  }
  const given = hexAt(bytes, end);
  const deciphered = given < 0 ? null : decipheredWith(frame, end, given, keys);
  const text = decoder.decode(deciphered?.segment ?? bytes.subarray(6, end));
  // Characters are bytes until the first Chinese one; after that the range is counted, and bytes that are no UTF-8 make it inexact.
  const plain = text.length === end - 6;
  const printed = deciphered !== null && deciphered.segment.length !== end - 6 ? deciphered.region : null;
  const byteAt = (index: number): number => {
    const at = Math.min(end, 6 + (plain ? index : encoder.encode(text.slice(0, index)).length));
    // Ciphertext in its printed form has no byte for each character: a field that was in it stands in all of it.
    return printed && at > printed.start ? printed.close : at;
  };
  const from = (index: number): number => (printed && byteAt(index) > printed.start ? printed.start : byteAt(index));
  const fields: FrameField[] = [
    { name: '##', value: decoder.decode(bytes.subarray(2, 6)), range: [0, 6], meaning: `包头；数据段 ${declared} 字节` },
  ];
  const add = (name: string, value: string, start: number, to: number, means: string | null): void => {
    fields.push({ name, value, range: [from(start), byteAt(to)], meaning: means, ...(name === 'PW' ? { secret: true } : {}) });
  };
  const open = text.indexOf('CP=&&');
  let start = 0;
  for (const part of (open < 0 ? text : text.slice(0, open)).split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0) {
      const name = part.slice(0, equals);
      add(name, part.slice(equals + 1), start, start + part.length, meaning(name, part.slice(equals + 1)));
    }
    start += part.length + 1;
  }
  if (open >= 0) {
    const region = open + 5;
    const close = text.lastIndexOf('&&');
    const cp = text.slice(region, close >= region ? close : undefined);
    eachAttribute(cp, (code, name, value, a, b) => {
      if (code === null) add(name, value, region + a, region + b, meaning(name, value));
      else add(`${code}-${name}`, value, region + a, region + b, factorMeaning(code, name, value));
    });
  }
  if (given < 0) return { fields, checksum: null };
  const expected = deciphered?.checksum ?? crcHj212(bytes, 6, end);
  const checksum = { given: decoder.decode(bytes.subarray(end, end + 4)), expected: hex4(expected), ok: given === expected };
  fields.push({
    name: 'CRC',
    value: checksum.given,
    range: [end, end + 4],
    meaning: checksum.ok ? (deciphered ? '校验码，与解密后的明文相符' : '校验码，相符') : `校验码，应为 ${checksum.expected}`,
  });
  return { fields, checksum };
}
