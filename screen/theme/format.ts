// Numbers, ages and times as the pages print them: U+2212 minus, U+202F in thousands, Asia/Shanghai in ISO order. Pure.
//
// Asia/Shanghai is UTC+8 without summer time since 1991, so a shift and the UTC parts of a date say it without a locale.
import type { Instant } from '../../contracts/observation.ts';

const MINUS = '\u2212';
const THIN = '\u202F';
/** What stands where there is no number. Never 0. */
export const none = '—';

/** @param decimals fixed; a value that rounds to zero carries no sign */
export function number(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  const text = Math.abs(value).toFixed(decimals);
  const [whole = '0', fraction] = text.split('.');
  const grouped = whole.length > 3 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
  const sign = value < 0 && Number(text) !== 0 ? MINUS : '';
  return sign + grouped + (fraction === undefined ? '' : `.${fraction}`);
}
/** With + or −; zero has none. */
export function signed(value: number | null | undefined, decimals: number): string {
  const text = number(value, decimals);
  return text === none || text.startsWith(MINUS) || Number(value?.toFixed(decimals)) === 0 ? text : `+${text}`;
}
/** 0.981 → 98. A share that is not whole never reads 100. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return none;
  const rounded = Math.round(share * 100);
  return String(share < 1 && rounded === 100 ? 99 : share > 0 && rounded === 0 ? 1 : rounded);
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** A span on the wall: 8 秒 · 14 分 · 1 小时 47 分 · 2 天 3 小时. Below zero it is nothing: clocks differ. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < MINUTE) return `${seconds} 秒`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} 分`;
  if (seconds < DAY) return pair(Math.floor(seconds / HOUR), '小时', Math.floor((seconds % HOUR) / MINUTE), '分');
  return pair(Math.floor(seconds / DAY), '天', Math.floor((seconds % DAY) / HOUR), '小时');
}
/** Short, for narrow columns: 8 秒 · 14 分 · 1 时 47 分 · 2 天. */
export function shortSpan(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < HOUR) return span(milliseconds);
  if (seconds < 10 * HOUR) return pair(Math.floor(seconds / HOUR), '时', Math.floor((seconds % HOUR) / MINUTE), '分');
  return seconds < DAY ? `${Math.floor(seconds / HOUR)} 时` : `${Math.floor(seconds / DAY)} 天`;
}
/** One unit only, for the narrowest columns: 8 秒 · 14 分 · 3 时 · 2 天. */
export function roundSpan(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < HOUR) return span(milliseconds);
  return seconds < 2 * DAY ? `${Math.floor(seconds / HOUR)} 时` : `${Math.floor(seconds / DAY)} 天`;
}
function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
/** 2 分前, as truth strips say it. */
export function age(milliseconds: number): string {
  return `${span(milliseconds)}前`;
}
/** Milliseconds in seconds, one decimal below ten: 0.4 · 12. */
export function secondsOf(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined || !Number.isFinite(milliseconds)) return none;
  return number(milliseconds / 1000, milliseconds < 10_000 ? (milliseconds < 1000 ? 2 : 1) : 0);
}

const SHANGHAI = 8 * 3_600_000;
const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六'] as const;
function shifted(instant: Instant): string {
  return new Date(instant + SHANGHAI).toISOString();
}
/** 2026-11-24 */
export function date(instant: Instant): string {
  return shifted(instant).slice(0, 10);
}
/** 14:26 */
export function clock(instant: Instant): string {
  return shifted(instant).slice(11, 16);
}
/** 14:26:08 */
export function clockSeconds(instant: Instant): string {
  return shifted(instant).slice(11, 19);
}
export function weekday(instant: Instant): string {
  return WEEKDAYS[new Date(instant + SHANGHAI).getUTCDay()] as string;
}
/** 2026-11-24 14:26:08 */
export function dateTime(instant: Instant): string {
  return `${date(instant)} ${clockSeconds(instant)}`;
}
/** 14:26 of the same day, 昨 14:26, else 11-22 14:26. */
export function nearClock(instant: Instant, now: Instant): string {
  const days = dayNumber(now) - dayNumber(instant);
  return days === 0 ? clock(instant) : days === 1 ? `昨 ${clock(instant)}` : `${date(instant).slice(5)} ${clock(instant)}`;
}
function dayNumber(instant: Instant): number {
  return Math.floor((instant + SHANGHAI) / 86_400_000);
}
