// Position sentences of NMEA 0183: GGA, RMC and VTG of the receiver's own GNSS, as Readings.
//
//   $GPGGA,085411.000,5222.3215,N,00454.5778,E,1,4,2.95,16.0,M,47.0,M,,*61      time, latitude, longitude, quality, satellites, HDOP, altitude
//   $GPRMC,085411.000,A,5222.3215,N,00454.5778,E,0.58,251.34,030414,,,A*63      time, A valid or V, position, knots, course, date
//   $GPVTG,251.34,T,,M,0.58,N,1.07,K,A*37                                       course, knots; no time, no position
//
// Source: NMEA 0183 sentence formatters GGA, RMC, VTG. Times are UTC. An empty field is no value.
import type { LngLat } from '../../../contracts/geo.ts';
import type { Instant, Reading } from '../../../contracts/observation.ts';
import { Problem } from '../../../contracts/problem.ts';
import { checkTime } from '../../moment.ts';
import { readPosition } from '../../observation-json.ts';
import { printable } from '../../printable.ts';
import { knots } from './reports.ts';
import type { Sentence } from './sentence.ts';

export interface GnssFound {
  readonly readings: Reading[];
  readonly refused: { readonly property: string; readonly problem: Problem }[];
  readonly problem: Problem | null;
}
type Writable<T> = { -readonly [K in keyof T]: T[K] };
const day = 86_400_000;
/** The receiver says itself that it has no fix. */
const noFix = '未定位';

const malformed = (reason: string): Problem => new Problem('malformed-frame', { reason });
const numeric = /^[+-]?\d+(\.\d+)?$/;
/** null: empty. */
function numberIn(field: string | undefined): number | null | Problem {
  if (field === undefined || field === '') return null;
  return numeric.test(field) && field.length <= 16 ? Number(field) : malformed(`${printable(field, 16)} 不是数字`);
}

/** hhmmss.ss of the day, in milliseconds; null: empty. */
function timeOfDay(field: string | undefined): number | null | Problem {
  if (field === undefined || field === '') return null;
  const [, h, m, s] = /^(\d{2})(\d{2})(\d{2}(?:\.\d{1,6})?)$/.exec(field) ?? [];
  if (h === undefined || Number(h) > 23 || Number(m) > 59 || Number(s) >= 61) return malformed(`时间 ${printable(field, 16)}`);
  return Math.round((Number(h) * 3600 + Number(m) * 60 + Number(s)) * 1000);
}

/** ddmmyy, of this century; null: empty. */
function dateIn(field: string | undefined): Instant | null | Problem {
  if (field === undefined || field === '') return null;
  const [, d, m, y] = /^(\d{2})(\d{2})(\d{2})$/.exec(field) ?? [];
  const start = d === undefined ? Number.NaN : Date.UTC(2000 + Number(y), Number(m) - 1, Number(d));
  const back = new Date(start);
  return back.getUTCDate() === Number(d) && back.getUTCMonth() === Number(m) - 1 ? start : malformed(`日期 ${printable(field, 8)}`);
}

/** ddmm.mmmm and its hemisphere, in degrees; null: empty. */
function degrees(field: string | undefined, side: string | undefined, positive: string, negative: string): number | null | Problem {
  if (!field) return null;
  const [, whole, minutes] = /^(\d{1,3})(\d{2}(?:\.\d{1,8})?)$/.exec(field) ?? [];
  if (whole === undefined || Number(minutes) >= 60 || (side !== positive && side !== negative))
    return malformed(`经纬度 ${printable(field, 16)} ${printable(side ?? '', 2)}`);
  const value = Number(whole) + Number(minutes) / 60;
  return Math.round((side === negative ? -value : value) * 1e7) / 1e7;
}

/** @param heard when the receiver got it; the day of a time without a date is the one nearest before it */
export function readGnss({ formatter, fields }: Sentence, device: string, heard: Instant, received: Instant): GnssFound {
  const found: GnssFound = { readings: [], refused: [], problem: null };
  const fail = (problem: Problem): GnssFound => ({ readings: [], refused: [], problem });
  const rmc = formatter === 'RMC';
  const vtg = formatter === 'VTG';
  const least = vtg ? 7 : rmc ? 9 : 11;
  if (fields.length < least) return fail(malformed(`${formatter} 只有 ${fields.length} 个字段，至少 ${least} 个`));
  const clock = vtg ? null : timeOfDay(fields[0]);
  const date = rmc ? dateIn(fields[8]) : null;
  const at = rmc ? 2 : 1;
  const lat = vtg ? null : degrees(fields[at], fields[at + 1], 'N', 'S');
  const lng = vtg ? null : degrees(fields[at + 2], fields[at + 3], 'E', 'W');
  const values: [property: string, value: number | null | Problem][] = vtg
    ? [['sog', numberIn(fields[4])], ['cog', numberIn(fields[0])]] // biome-ignore format: pairs
    : rmc
      ? [['sog', numberIn(fields[6])], ['cog', numberIn(fields[7])]] // biome-ignore format: pairs
      : [['altitude', numberIn(fields[8])], ['satellites', numberIn(fields[6])]]; // biome-ignore format: pairs
  for (const value of [clock, date, lat, lng, ...values.map(([, value]) => value)]) if (value instanceof Problem) return fail(value);

  let told = heard;
  if (typeof clock === 'number') {
    if (typeof date === 'number') told = date + clock;
    else {
      told = Math.floor(heard / day) * day + clock;
      // A minute's difference of clocks at midnight must not put it a day off.
      if (told > heard + 60_000) told -= day;
      else if (told < heard - day + 60_000) told += day;
    }
  }
  const time = checkTime(told, received);
  if (time instanceof Problem) return { ...found, refused: [{ property: 'position', problem: time }] };
  const fixed = vtg ? fields[8] !== 'N' : rmc ? fields[1] === 'A' : fields[5] !== '0' && fields[5] !== '';
  const place = fixed && typeof lat === 'number' && typeof lng === 'number' ? readPosition([lng, lat]) : null;
  if (place instanceof Problem) found.refused.push({ property: 'position', problem: place });
  const position: LngLat | null = place instanceof Problem ? null : place;
  for (const [property, value] of values) {
    const result = value instanceof Problem || value === null ? null : property === 'sog' ? knots(value) : value;
    const flag = fixed || property === 'satellites' ? null : noFix;
    const reading: Writable<Reading> = { device, property, period: 'instant', statistic: 'value', phenomenonTime: time, result, flag };
    if (position !== null) reading.position = position;
    found.readings.push(reading);
  }
  return found;
}
