// A frame from the centre read as the station reads it: the inverse of commands.ts, for simulators, for tests, and for what was sent to be shown.
//
// Source: SL 651-2014 §6.6.4.9 to 6.6.4.31, tables 41 to 85, Annexes C and D.
import { Problem } from '../../../contracts/problem.ts';
import { control } from '../sl651.codes.ts';
import type { Parameter, Sl651Command, Step } from './commands.ts';
import { elementByAscii, elementById } from './elements.ts';
import {
  bytesOfHex,
  crcBytes,
  crcSl651,
  digitTime,
  type Encoding,
  frameEnd,
  givenCrc,
  headAt,
  headBytes,
  hexOf,
  latin,
  readHeader,
} from './frame.ts';

const refused = (reason: string): Problem => new Problem('malformed-frame', { reason });
const units = { D: 'day', H: 'hour', N: 'minute' } as const;

/** The body behind serial and time, taken piece by piece; '' at its end. */
interface Groups {
  /** HEX: so many characters. ASCII: one token. */
  take(characters: number): string;
  rest(): string;
}
function groupsIn(text: string, encoding: Encoding): Groups {
  let at = 0;
  const tokens = encoding === 'ascii' ? text.split(' ').filter((token) => token !== '') : [];
  return {
    take(characters) {
      if (encoding === 'ascii') return tokens[at++] ?? '';
      at += characters;
      return text.slice(at - characters, at);
    },
    rest() {
      const left = encoding === 'ascii' ? tokens.slice(at).join('') : text.slice(at);
      at = text.length;
      return left;
    },
  };
}

/** Hours of 38H. */
const hourOf = (digits: string): number => digitTime(`${digits}00`);
function stepIn(groups: Groups, encoding: Encoding): Step | null {
  if (encoding === 'ascii') {
    const [, letter, digits] = /^DR([DHN])(\d\d)$/.exec(groups.take(0)) ?? [];
    return letter ? { unit: units[letter as keyof typeof units], count: Number(digits) } : null;
  }
  const [, day, hour, minute] = /^0418(\d\d)(\d\d)(\d\d)$/.exec(groups.take(10)) ?? [];
  if (minute === undefined) return null;
  if (Number(day) > 0) return { unit: 'day', count: Number(day) };
  return Number(minute) > 0 ? { unit: 'minute', count: Number(minute) } : { unit: 'hour', count: Number(hour) };
}

function elementsIn(groups: Groups, encoding: Encoding): string[] | null {
  const names: string[] = [];
  for (let code = groups.take(4); code !== ''; code = groups.take(4)) {
    const element = encoding === 'ascii' ? elementByAscii.get(code.toUpperCase()) : elementById[Number.parseInt(code.slice(0, 2), 16)];
    if (!element) return null;
    names.push(element.ascii);
  }
  return names.length > 0 ? names : null;
}

/** A number as text becomes the BCD that HEX bodies carry. */
function parameterOf(id: number, text: string): Parameter {
  const [, sign = '', before = '', after = ''] = /^(-?)(\w*)\.?(\d*)$/.exec(text) ?? [];
  const digits = before + after;
  return { id, data: bytesOfHex((sign ? 'FF' : '') + (digits.length % 2 ? '0' : '') + digits), decimals: after.length };
}
function parametersIn(groups: Groups, encoding: Encoding): Parameter[] {
  const parameters: Parameter[] = [];
  for (let code = groups.take(4); code !== ''; code = groups.take(4)) {
    const id = Number.parseInt(code.slice(0, 2), 16);
    const shape = Number.parseInt(code.slice(2, 4), 16);
    if (encoding === 'ascii') parameters.push(parameterOf(id, groups.take(0)));
    else parameters.push({ id, data: bytesOfHex(groups.take((shape >> 3) * 2)), decimals: shape & 7 });
  }
  return parameters;
}
function idsIn(groups: Groups): number[] {
  const ids: number[] = [];
  for (let code = groups.take(4); code !== ''; code = groups.take(4)) ids.push(Number.parseInt(code.slice(0, 2), 16));
  return ids;
}

const bitsIn = (bytes: Uint8Array, count: number): boolean[] =>
  Array.from({ length: count }, (_, index) => ((bytes[index >> 3]! >> (index & 7)) & 1) === 1);

function commandIn(fn: number, groups: Groups, encoding: Encoding): Sl651Command | null {
  switch (fn) {
    case 0x36:
    case 0x37:
    case 0x39:
    case 0x44:
    case 0x45:
    case 0x46:
    case 0x50:
    case 0x51:
      return { kind: 'ask', fn };
    case 0x38: {
      const from = hourOf(groups.take(8));
      const to = hourOf(groups.take(8));
      const step = stepIn(groups, encoding);
      const elements = elementsIn(groups, encoding);
      return from <= to && step && elements ? { kind: 'ask-period', from, to, step, elements } : null;
    }
    case 0x3a: {
      const elements = elementsIn(groups, encoding);
      return elements && { kind: 'ask-elements', elements };
    }
    case 0x40:
    case 0x42:
      return { kind: 'set-configuration', fn, parameters: parametersIn(groups, encoding) };
    case 0x41:
    case 0x43:
      return { kind: 'ask-configuration', fn, ids: idsIn(groups) };
    case 0x47:
      // Annex B: taken only together with its identifier, so that a damaged frame clears nothing.
      return groups.take(4).startsWith('97') ? { kind: 'clear-storage' } : null;
    case 0x48:
      return groups.take(4).startsWith('98') ? { kind: 'restore-factory' } : null;
    case 0x49: {
      const [before, after] = [0, 1].map(() => (groups.take(4).startsWith('03') ? Number.parseInt(groups.take(4), 16) : Number.NaN));
      return before! >= 0 && after! >= 0 ? { kind: 'set-password', before: before!, after: after! } : null;
    }
    case 0x4a:
      return { kind: 'set-clock' };
    case 0x4b:
      groups.take(4);
      return { kind: 'set-card', on: ((Number.parseInt(groups.take(8), 16) >>> 9) & 1) === 1 };
    case 0x4c:
    case 0x4d: {
      const bytes = bytesOfHex(groups.rest());
      return bytes.length > 1 && bytes[0] === bytes.length - 1
        ? { kind: 'switch', fn, on: bitsIn(bytes.subarray(1), bytes[0]! * 8) }
        : null;
    }
    case 0x4e: {
      const bytes = bytesOfHex(groups.rest());
      const count = bytes[0] ?? 0;
      const flags = Math.ceil(count / 8);
      if (count === 0 || bytes.length !== 1 + flags + count * 2) return null;
      const opening = (index: number): number => Number(hexOf(bytes, 1 + flags + index * 2, 3 + flags + index * 2));
      return { kind: 'set-gates', gates: bitsIn(bytes.subarray(1), count).map((open, index) => ({ open, centimetres: opening(index) })) };
    }
    case 0x4f:
      return { kind: 'set-quota', on: groups.rest() === 'FF' };
    default:
      return null;
  }
}

/** The command in a frame of the centre, with its serial number and sending time; why not, where there is none. Never throws. */
export function readCommand(bytes: Uint8Array): { command: Sl651Command; serial: number; sent: number } | Problem {
  if (headAt(bytes, 0) < 2 || frameEnd(bytes, 0) !== bytes.length) return refused('不是 7E7E 或 01H 开头的整帧报文');
  const header = readHeader(bytes);
  const { encoding } = header;
  const checked = bytes.length - crcBytes[encoding];
  const crc = crcSl651(bytes, 0, checked);
  if (givenCrc(bytes, bytes.length) !== crc) return refused('校验不符');
  if (!header.down || bytes[checked - 1] !== control.ENQ) return refused('不是中心站的查询或控制命令（下行，ENQ）');
  const start = headBytes[encoding];
  const text = encoding === 'ascii' ? latin(bytes, start, checked - 1) : hexOf(bytes, start, checked - 1);
  const command = text.length < 16 ? null : commandIn(header.fn, groupsIn(text.slice(16), encoding), encoding);
  if (!command) return refused(`功能码 ${hexOf(Uint8Array.of(header.fn))}H 的正文不合规`);
  return { command, serial: Number.parseInt(text.slice(0, 4), 16), sent: digitTime(text.slice(4, 16)) };
}
