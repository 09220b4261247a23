// Who a JT/T 808 terminal says it is: registration, the authentication code, and what comes back with it.
//
// The code is derived from the phone number, so that any gateway process can check what another one gave, and a replayed log gives the same
// answers. It proves that the terminal has registered with us, not that it is who it says: secrets per device come with the registry.
//
// Source: JT/T 808-2013 §8.5, §8.6, §8.8; field lengths of 2019 from public implementations and their frames.
import { Problem } from '../../../contracts/problem.ts';
import { printable } from '../../printable.ts';
import { type Message, word } from './message.ts';

export type Facts = Readonly<Record<string, string | number>>;

const gbk = new TextDecoder('gbk');
/** A STRING or a filled up field: GBK, without the zeros and spaces behind it. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  let stop = end;
  while (stop > start && (bytes[stop - 1] === 0 || bytes[stop - 1] === 0x20)) stop--;
  return printable(gbk.decode(bytes.subarray(start, stop)));
}

function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
/** The authentication code that 0x8100 gives to this phone number: 12 characters of 0–9 and a–z. */
export function authenticationCode(device: string): string {
  const half = (salt: string): string => fnv(`${salt}${device}`).toString(36).padStart(7, '0').slice(-6);
  return half('liaozhi') + half('jt808');
}

/** Lengths of maker, model and terminal id. The 2011 edition has a shorter model and the same header as 2013. */
const layouts = { 2011: [5, 8, 7], 2013: [5, 20, 7], 2019: [11, 30, 30] } as const;

/** §8.5: province, county, maker, model, terminal id, colour of the plate, plate (or VIN where the colour is 0). */
export function readRegistration({ bytes, body, end, version2019 }: Message): Facts | Problem {
  const length = end - body;
  const edition = version2019 ? 2019 : length >= 37 ? 2013 : 2011;
  const [maker, model, terminal] = layouts[edition];
  const colourAt = body + 4 + maker + model + terminal;
  if (colourAt >= end)
    return new Problem('malformed-frame', { reason: `注册消息 ${length} 字节，${edition} 版至少 ${colourAt - body + 1} 字节` });
  const colour = bytes[colourAt]!;
  return {
    edition,
    province: word(bytes, body),
    county: word(bytes, body + 2),
    maker: textOf(bytes, body + 4, body + 4 + maker),
    model: textOf(bytes, body + 4 + maker, body + 4 + maker + model),
    terminal: textOf(bytes, body + 4 + maker + model, colourAt),
    plateColour: colour,
    [colour === 0 ? 'vin' : 'plate']: textOf(bytes, colourAt + 1, end),
  };
}

/** §8.8: the code; since 2019 its length before it, IMEI and firmware behind it. */
export function readAuthentication({ bytes, body, end, version2019 }: Message): { code: string; facts: Facts } | Problem {
  if (!version2019) return { code: textOf(bytes, body, end), facts: {} };
  const stop = body + 1 + (bytes[body] ?? 0);
  if (body >= end || stop > end)
    return new Problem('malformed-frame', { reason: `鉴权码声明 ${stop - body - 1} 字节，消息体 ${end - body} 字节` });
  const imei = textOf(bytes, stop, Math.min(end, stop + 15));
  const firmware = textOf(bytes, Math.min(end, stop + 15), Math.min(end, stop + 35));
  return { code: textOf(bytes, body + 1, stop), facts: { ...(imei ? { imei } : {}), ...(firmware ? { firmware } : {}) } };
}

/** §8.6: serial of the registration, result, and the code with result 0. */
export function registrationAnswer(message: Message, result: number): number[] {
  const code = result === 0 ? [...authenticationCode(message.device)].map((char) => char.charCodeAt(0)) : [];
  return [message.serial >> 8, message.serial & 0xff, result, ...code];
}
