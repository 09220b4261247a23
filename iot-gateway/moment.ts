// Which times of a device are believed: none before 2000, none more than ten minutes ahead of our own receipt.
import type { Instant } from '../contracts/observation.ts';
import { Problem } from '../contracts/problem.ts';
import { printable } from './printable.ts';

const year2000 = Date.UTC(2000, 0, 1);
const aheadMilliseconds = 10 * 60_000;

/** The instant itself, or why it is refused (bad-time). */
export function checkTime(instant: Instant, received: Instant): Instant | Problem {
  if (!Number.isFinite(instant)) return new Problem('bad-time', { reason: '不是有效时刻' });
  if (instant < year2000) return new Problem('bad-time', { reason: `${describe(instant)} 早于 2000 年` });
  if (instant > received + aheadMilliseconds) {
    const minutes = Math.ceil((instant - received) / 60_000);
    return new Problem('bad-time', { reason: `${describe(instant)} 比接收时刻晚 ${minutes} 分钟，允许 10 分钟` });
  }
  return instant;
}

function describe(instant: Instant): string {
  return Math.abs(instant) > 8.64e15 ? String(instant) : new Date(instant).toISOString();
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/** RFC 3339 text with an offset, or milliseconds since 1970 → Instant; bad-time otherwise. Whether to believe it is checkTime's. */
export function parseMoment(value: unknown): Instant | Problem {
  if (typeof value === 'number' && Number.isFinite(value)) return Math.round(value);
  if (typeof value === 'string' && rfc3339.test(value)) {
    const instant = Date.parse(value.replace(' ', 'T').toUpperCase());
    if (!Number.isNaN(instant)) return instant;
  }
  const shown = typeof value === 'string' || typeof value === 'number' ? printable(String(value), 40) : typeof value;
  return new Problem('bad-time', { reason: `${shown} 不是带时区的 RFC 3339 时间或毫秒数` });
}
