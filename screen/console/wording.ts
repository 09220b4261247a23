// Numbers, ages and times in the words of the duty room. Times are Liaoning's clock (UTC+8, no summer time), ISO order; minus is U+2212.
//
// Source: look/console-tokens.md §7.
import type { Instant } from '../../contracts/observation.ts';
import { clock, date, dateTime, none, number } from '../theme/format.ts';

const SHANGHAI = 8 * 3_600_000;
/** Years that a clock can print; a device may send anything. */
const printable = (at: Instant): boolean => Number.isFinite(at) && Math.abs(at) < 8e15;

/** 2026-11-24 03:07:42 */
export function dateTimeText(at: Instant): string {
  return printable(at) ? dateTime(at) : none;
}
/** 11-24 03:07 */
export function dayTimeText(at: Instant): string {
  return printable(at) ? `${date(at).slice(5)} ${clock(at)}` : none;
}
/** 03:07 */
export function timeText(at: Instant): string {
  return printable(at) ? clock(at) : none;
}
/** 03:07:42.531: where milliseconds tell one frame from the next. */
export function preciseTimeText(at: Instant): string {
  return printable(at) ? new Date(at + SHANGHAI).toISOString().slice(11, 23) : none;
}
/** 03:07 on the same day as `now`, else 11-23 03:07. */
export function nearTimeText(at: Instant, now: Instant): string {
  return printable(at) && date(at) === date(now) ? timeText(at) : dayTimeText(at);
}

/** An age or a length of time in ms, to two figures that matter: 8 s · 42 min · 1 h 25 min · 3 d 4 h. */
export function ageText(milliseconds: number | null): string {
  if (milliseconds === null || !Number.isFinite(milliseconds)) return '—';
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return days > 9 || hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}
/** The same in the width of a table's column: 1 h 25 becomes 85 min, days stand alone. */
export function shortAgeText(milliseconds: number | null): string {
  if (milliseconds === null || !Number.isFinite(milliseconds)) return '—';
  const minutes = Math.floor(Math.max(0, milliseconds) / 60_000);
  if (minutes < 1) return `${Math.floor(Math.max(0, milliseconds) / 1000)} s`;
  if (minutes < 180) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** A number with its honest decimals; — for null, which is not 0. */
export const numberText: (value: number | null, decimals: number) => string = number;
/** Change with an arrow: ↑41 · ↓0.3 · 平. null: — */
export function changeText(value: number | null, decimals: number): string {
  if (value === null || !Number.isFinite(value)) return '—';
  const rounded = Number(value.toFixed(decimals));
  if (rounded === 0) return '平';
  return `${rounded > 0 ? '↑' : '↓'}${numberText(Math.abs(rounded), decimals)}`;
}
