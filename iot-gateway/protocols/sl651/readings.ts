// What the two encodings have in common: where in a body one stands (station, time, gate), and how an element becomes a Reading.
//
// Source: SL 651-2014 §6.6.2.7 (several stations in one message), §6.6.2.8 and 6.6.2.11 (time groups), E.1.2.5 (wind), E.3, E.4 (gates), E.8.2.2.
import type { Instant, Reading } from '../../../contracts/observation.ts';
import { Problem } from '../../../contracts/problem.ts';
import { checkTime } from '../../moment.ts';
import { type Element, gateStates, wellStates } from '../sl651.codes.ts';

export interface Place {
  readonly fn: number;
  readonly received: Instant;
  readonly readings: Reading[];
  readonly refused: { readonly property: string; readonly problem: Problem }[];
  /** Station of the groups that follow. */
  device: string;
  /** Annex A; 0 while none was given. */
  stationClass: number;
  /** Observation time of the groups that follow, or why there is none. */
  time: Instant | Problem;
  /** What `time` is at the beginning of each station. */
  base: Instant | Problem;
  /** 0418H, DRxnn: milliseconds between the values of a series; null while none was given; 0 is the special step of hourly groups. */
  step: number | null;
  /** Outlet class (GS), number (GN) and group of equal opening that the gate elements belong to; −1: not said. */
  outlet: number;
  gate: number;
  group: number;
}

const noTime = new Problem('bad-time', { reason: '要素之前没有观测时间组（6.6.2.11）' });
export const noSuchTime = new Problem('bad-time', { reason: '观测时间不是有效时刻' });
export const malformed = (reason: string): Problem => new Problem('malformed-frame', { reason });

/** @param device the station of the header, until the body names one */
export function placeOf(fn: number, device: string, received: Instant): Place {
  // One literal: a place is made for every frame, and spreading makes it slow.
  return {
    fn,
    received,
    readings: [],
    refused: [],
    device,
    stationClass: 0,
    time: noTime,
    base: noTime,
    step: null,
    outlet: -1,
    gate: -1,
    group: 1,
  };
}

export function refuse(place: Place, property: string, problem: Problem): void {
  place.refused.push({ property, problem });
}

/** §6.6.2.7: what was said of time and gates holds for one station. */
export function enterStation(place: Place, device: string): void {
  place.device = device;
  place.stationClass = 0;
  place.time = place.base;
  place.step = null;
  place.outlet = place.gate = -1;
  place.group = 1;
}

/** §6.6.2.8: the time of all that follows. NaN: there is no such time. */
export function enterTime(place: Place, instant: Instant): void {
  place.time = Number.isNaN(instant) ? noSuchTime : checkTime(instant, place.received);
}

/** E.3.1.5, E.4.1.2: GS, GN and GT say to which outlet, gate and group of gates the next elements belong. */
function enterGate(place: Place, element: Element, value: number | null): void {
  const most = element.ascii === 'GS' ? 99 : 999;
  const known = value !== null && Number.isInteger(value) && value >= 0 && value <= most ? value : -1;
  if (known < 0) refuse(place, element.ascii, malformed(`${element.zh} ${value} 不在 0–${most}`));
  if (element.ascii === 'GS') {
    place.outlet = known;
    place.gate = -1;
  } else place.gate = known;
  place.group = 1;
}
/** Code of a gate's property: two gates of one station are two series. */
function gateProperty(place: Place, element: Element): string {
  const { outlet, gate, group } = place;
  return `${element.property}${outlet < 0 ? '' : `-s${outlet}`}${gate < 0 ? '' : `-n${gate}`}${group < 2 ? '' : `-g${group}`}`;
}

const powers = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7];
/** `whole` with so many digits behind the point. One division of whole numbers: 12340 and 3 give 12.34 exactly. */
export const decimalOf = (whole: number, decimals: number): number => whole / powers[decimals]!;

/** HH.mm in minutes (E.1.2.3, E.5.1.4); NaN when it is none. */
function lapseOf(whole: number, decimals: number): number {
  const hours = Math.floor(decimalOf(whole, decimals));
  const minutes = Math.round((decimalOf(whole, decimals) - hours) * 100);
  return whole >= 0 && minutes < 60 ? hours * 60 + minutes : Number.NaN;
}

function push(place: Place, element: Element, property: string, result: number | null, time: Instant, flag: string | null): void {
  const { device, readings } = place;
  const { period, statistic, span, unit } = element;
  // §6.6.2.8 c: the time of a period is its end, a Reading has its start.
  const phenomenonTime = time - span;
  if (unit === undefined) readings.push({ device, property, period, statistic, phenomenonTime, result, flag });
  else readings.push({ device, property, period, statistic, phenomenonTime, result, unit, flag });
}

/**
 * One value of an element at `time`. `whole` carries its digits without the point, `decimals` says where it stands; null: the station has none.
 */
export function addValue(place: Place, element: Element, whole: number | null, decimals: number, time: Instant | Problem): void {
  const { kind } = element;
  if (kind === 'equipment') {
    enterGate(place, element, whole === null ? null : decimalOf(whole, decimals));
    return;
  }
  if (typeof time !== 'number') {
    refuse(place, element.ascii, time);
    return;
  }
  const { times, per } = element;
  let result = whole === null ? null : (whole * times) / (powers[decimals]! * per);
  let { property } = element;
  let flag: string | null = null;
  switch (kind) {
    case 'number':
      // A reservoir's level is the one above its dam; river and reservoir are one stream.
      if (element.id === 0x3b && place.stationClass === 0x4b) property = 'z';
      break;
    case 'wind':
      // Table E.1: 1 north, clockwise to 16.
      if (result !== null && !(Number.isInteger(result) && result >= 1 && result <= 16)) {
        refuse(place, element.ascii, malformed(`风向 ${result} 不在 1–16（表 E.1）`));
        return;
      }
      if (result !== null) result = (result - 1) * 22.5;
      break;
    case 'lapse':
      if (whole === null) break;
      result = lapseOf(whole, decimals);
      if (Number.isNaN(result)) {
        refuse(place, element.ascii, malformed(`历时 ${decimalOf(whole, decimals)} 不是 HH.mm`));
        return;
      }
      break;
    case 'gate':
      property = gateProperty(place, element);
      if (result !== null && result in gateStates) [result, flag] = [null, String(result)];
      break;
    case 'well':
      if (result !== null && result in wellStates) [result, flag] = [null, String(result)];
      break;
    case 'gated':
      property = gateProperty(place, element);
      // Gates of unequal opening come in groups, each with its number of gates first.
      if (element.ascii === 'GT' && place.readings.some((one) => one.property === property && one.phenomenonTime === time)) {
        place.group++;
        property = gateProperty(place, element);
      }
      break;
  }
  push(place, element, property, result, time, flag);
}

/** Time of a value of a series; null, and refused once, when it cannot be: the values behind it are later still. */
export function seriesTime(place: Place, element: Element, offset: number): Instant | null {
  const time = typeof place.time === 'number' ? checkTime(place.time + offset, place.received) : place.time;
  if (typeof time === 'number') return time;
  refuse(place, element.ascii, time);
  return null;
}

/** F4 to FC: groups at five minutes from the observation time on, `null` where the station has none. false: this and what follows is refused. */
export function addFiveMinutes(place: Place, element: Element, index: number, value: number | null): boolean {
  const time = seriesTime(place, element, index * 300_000);
  if (time !== null) push(place, element, element.property, value, time, null);
  return time !== null;
}

/** An element of no table (76H–EFH, FFxxH): kept by its identifier, without a unit. */
export function unknownElement(code: string): Element {
  return {
    ...{ id: -1, ascii: code, zh: code, kind: 'number', property: `sl651-${code.toLowerCase()}`, period: 'instant', statistic: 'value' },
    ...{ span: 0, times: 1, per: 1, unit: undefined, digits: 0, decimals: 0 },
  };
}
