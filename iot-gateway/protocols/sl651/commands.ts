// What the centre asks and orders of a station (mode M4): command → frame that ends with ENQ (read back by read-command.ts). Pure: sending
// and waiting for what comes up is the session's.
//
// Source: SL 651-2014 §6.3.1.2 d, 6.6.2.4 (serial number 0 when the centre begins), 6.6.4.9 to 6.6.4.31 (bodies, tables 41 to 85), Annexes C, D.
import type { Instant } from '../../../contracts/observation.ts';
import { Problem } from '../../../contracts/problem.ts';
import { control } from '../sl651.codes.ts';
import { elementByAscii } from './elements.ts';
import { beijingDigits, bytesOfHex, type Encoding, encodeSl651, hexOf } from './frame.ts';

/** One configuration parameter of Annex D as it goes on the wire: identifier and data; the definition byte follows from the data. */
export interface Parameter {
  readonly id: number;
  /** BCD or HEX as table D.1 or D.4 has it. */
  readonly data: Uint8Array;
  readonly decimals: number;
}
/** A time step of table C.2: so many minutes, hours or days, or the special hourly one (0). */
export interface Step {
  readonly unit: 'day' | 'hour' | 'minute';
  readonly count: number;
}

export type Sl651Command =
  /** 36H picture, 37H real-time data, 39H manual data, 44H pump motors, 45H software, 46H state, 50H events, 51H clock. */
  | { readonly kind: 'ask'; readonly fn: 0x36 | 0x37 | 0x39 | 0x44 | 0x45 | 0x46 | 0x50 | 0x51 }
  /** 38H: whole hours, both ends included; elements by their identifier in Annex C. */
  | { readonly kind: 'ask-period'; readonly from: Instant; readonly to: Instant; readonly step: Step; readonly elements: readonly string[] }
  /** 3AH. */
  | { readonly kind: 'ask-elements'; readonly elements: readonly string[] }
  /** 40H basic (table D.1) and 42H running (table D.4) configuration. */
  | { readonly kind: 'set-configuration'; readonly fn: 0x40 | 0x42; readonly parameters: readonly Parameter[] }
  /** 41H, 43H. */
  | { readonly kind: 'ask-configuration'; readonly fn: 0x41 | 0x43; readonly ids: readonly number[] }
  /** 47H: all that the station has stored is gone. 48H: factory settings. */
  | { readonly kind: 'clear-storage' }
  | { readonly kind: 'restore-factory' }
  /** 49H. */
  | { readonly kind: 'set-password'; readonly before: number; readonly after: number }
  /** 4AH: the sending time is the time to set. More than five minutes off, it must be sent twice (6.6.4.24). */
  | { readonly kind: 'set-clock' }
  /** 4BH: bit 9 of table 58. */
  | { readonly kind: 'set-card'; readonly on: boolean }
  /** 4CH pumps, 4DH valves: true opens or starts, from number 1 on. */
  | { readonly kind: 'switch'; readonly fn: 0x4c | 0x4d; readonly on: readonly boolean[] }
  /** 4EH: each gate with its opening in centimetres. */
  | { readonly kind: 'set-gates'; readonly gates: readonly { readonly open: boolean; readonly centimetres: number }[] }
  /** 4FH: the quota control goes in or out of service. */
  | { readonly kind: 'set-quota'; readonly on: boolean };

export interface Address {
  readonly centre: number;
  readonly station: string;
  readonly password: number;
  readonly encoding: Encoding;
}

const hex = (value: number, characters: number): string => value.toString(16).toUpperCase().padStart(characters, '0');
const bad = (reason: string): Problem => new Problem('malformed-frame', { reason });

export function functionOf(command: Sl651Command): number {
  const fixed = {
    'ask-period': 0x38,
    'ask-elements': 0x3a,
    'clear-storage': 0x47,
    'restore-factory': 0x48,
    'set-password': 0x49,
    'set-clock': 0x4a,
    'set-card': 0x4b,
    'set-gates': 0x4e,
    'set-quota': 0x4f,
  } as const;
  return 'fn' in command ? command.fn : fixed[command.kind];
}

/** Identifier and definition byte of an element as table C.1 defines its data. @throws Problem malformed-frame for one that is none */
function elementCode(name: string, encoding: Encoding): string {
  const element = elementByAscii.get(name.toUpperCase());
  if (!element || element.kind === 'step' || element.kind === 'raw') throw bad(`${name} 不是附录 C 的要素`);
  if (encoding === 'ascii') return element.ascii === 'PH' ? 'pH' : element.ascii;
  const bytes = Math.ceil(element.digits / 2);
  return hex(element.id, 2) + hex((bytes << 3) | element.decimals, 2);
}

const stepMost = { day: 31, hour: 23, minute: 59 } as const;
const stepLetter = { day: 'D', hour: 'H', minute: 'N' } as const;
function stepCode({ unit, count }: Step, encoding: Encoding): string {
  if (!Number.isInteger(count) || count < 0 || count > stepMost[unit]) throw bad(`时间步长 ${count} 不在 0–${stepMost[unit]}`);
  const digits = String(count).padStart(2, '0');
  // Notes of table C.1: the step of the hourly groups is DRH00, 0418 000000.
  if (encoding === 'ascii') return count === 0 ? 'DRH00' : `DR${stepLetter[unit]}${digits}`;
  return `0418${unit === 'day' ? digits : '00'}${unit === 'hour' ? digits : '00'}${unit === 'minute' ? digits : '00'}`;
}

/** Tables 71, 74, 77: bit 0 of the first byte is number 1. */
function bitsOf(on: readonly boolean[]): string {
  const bytes = new Uint8Array(Math.ceil(on.length / 8));
  on.forEach((yes, index) => {
    if (yes) bytes[index >> 3]! |= 1 << (index & 7);
  });
  return hexOf(bytes);
}

function parameterCode({ id, data, decimals }: Parameter): { id: string; data: string } {
  if (!(id > 0 && id < 0xff) || data.length > 31 || !(decimals >= 0 && decimals <= 7)) throw bad(`配置参数 ${id} 的数据不合表 26`);
  return { id: hex(id, 2) + hex((data.length << 3) | decimals, 2), data: hexOf(data) };
}
/** HEX: as it stands. ASCII: digits with their point, as 6.6.2.2 wants numbers. */
function parameterText(parameter: Parameter): string {
  const { data, decimals } = parameter;
  if (decimals === 0) return hexOf(data);
  const negative = data[0] === 0xff;
  const digits = hexOf(data, negative ? 1 : 0);
  return `${negative ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** The groups behind serial number and time: hexadecimal text in HEX, tokens in ASCII. */
function groupsOf(command: Sl651Command, encoding: Encoding): string[] {
  const text = encoding === 'ascii';
  const some = <T>(list: readonly T[], most: number, what: string): readonly T[] => {
    if (list.length === 0 || list.length > most) throw bad(`${what} ${list.length} 个，允许 1–${most}`);
    return list;
  };
  switch (command.kind) {
    case 'ask':
    case 'set-clock':
      return [];
    case 'ask-period': {
      if (!(command.from <= command.to)) throw bad('起始时间晚于结束时间');
      const elements = some(command.elements, text ? 16 : 1, '要素');
      const hours = [command.from, command.to].map((instant) => beijingDigits(instant).slice(0, 8));
      return [...hours, stepCode(command.step, encoding), ...elements.map((name) => elementCode(name, encoding))];
    }
    case 'ask-elements':
      return some(command.elements, 64, '要素').map((name) => elementCode(name, encoding));
    case 'set-configuration':
      return some(command.parameters, 64, '参数').flatMap((parameter) => {
        const { id, data } = parameterCode(parameter);
        return text ? [id.slice(0, 2), parameterText(parameter)] : [id, data];
      });
    case 'ask-configuration':
      return some(command.ids, 64, '参数').map((id) =>
        parameterCode({ id, data: new Uint8Array(0), decimals: 0 }).id.slice(0, text ? 2 : 4),
      );
    case 'clear-storage':
      return [text ? '97' : '9700'];
    case 'restore-factory':
      return [text ? '98' : '9800'];
    case 'set-password':
      return [command.before, command.after].flatMap((password) => [text ? '03' : '0310', hex(password, 4)]);
    case 'set-card':
      return [text ? 'ZT' : '4520', hex(command.on ? 1 << 9 : 0, 8)];
    case 'switch': {
      const bits = bitsOf(some(command.on, 248, '泵或阀'));
      return [hex(bits.length / 2, 2) + bits];
    }
    case 'set-gates': {
      const gates = some(command.gates, 255, '闸门');
      const opening = (centimetres: number): string => {
        if (!Number.isInteger(centimetres) || centimetres < 0 || centimetres > 9999) throw bad(`闸门开度 ${centimetres} 厘米不在 0–9999`);
        return String(centimetres).padStart(4, '0');
      };
      const openings = gates.map((gate) => opening(gate.centimetres)).join('');
      return [hex(gates.length, 2) + bitsOf(gates.map((gate) => gate.open)) + openings];
    }
    case 'set-quota':
      return [command.on ? 'FF' : '00'];
  }
}

const encoder = new TextEncoder();
/**
 * The frame of a command, sent at `now`: serial number 0, ENQ at its end.
 * @throws Problem malformed-frame for values that the standard has no form for
 */
export function encodeCommand(command: Sl651Command, to: Address, now: Instant): Uint8Array {
  const { encoding } = to;
  const groups = groupsOf(command, encoding);
  const opening = `0000${beijingDigits(now)}`;
  // 6.6.2.1: no space behind the time, one behind everything else, the last one too.
  const body =
    encoding === 'ascii' ? encoder.encode(opening + groups.map((group) => `${group} `).join('')) : bytesOfHex(opening + groups.join(''));
  return encodeSl651({ ...to, down: true, fn: functionOf(command), body, end: control.ENQ });
}

/** 6.3.1.2 d: the centre's last word in an exchange: EOT lets the station go, ACK asks for what is still to come. */
export function encodeConfirmation(fn: number, serial: number, to: Address, now: Instant, more = false): Uint8Array {
  const text = hex(serial, 4) + beijingDigits(now);
  const body = to.encoding === 'ascii' ? encoder.encode(text) : bytesOfHex(text);
  return encodeSl651({ ...to, down: true, fn, body, end: more ? control.ACK : control.EOT });
}
