// Keys for /ogc: what they look like, how they are told from session tokens, and the counting of their quotas. Pure: the clock comes in.
import { createHash } from 'node:crypto';
import { Problem } from '../../contracts/problem.ts';

const PREFIX = 'lzk_';
export const KEY_BYTES = 32;

/** A key is never a session token (43 characters without a prefix): sessions, /api and sockets do not know it. */
export function isApiKey(text: string): boolean {
  return /^lzk_[A-Za-z0-9_-]{43}$/.test(text);
}
export function apiKeyOf(random: Uint8Array): string {
  return PREFIX + Buffer.from(random).toString('base64url');
}
/** As for session tokens: random, so no salt and no slow hash. */
export function apiKeyHash(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
/** Enough to tell keys apart, too little to guess one. */
export const apiKeyHint = (key: string): string => `${key.slice(0, 10)}…`;

export interface Quota {
  readonly perDay: number;
  readonly perMinute: number;
}
export interface Tally {
  day: string;
  usedToday: number;
  minute: number;
  usedThisMinute: number;
}

/** The day of Asia/Shanghai, YYYY-MM-DD. */
export function dayOf(now: number): string {
  return new Date(now + 8 * 3_600_000).toISOString().slice(0, 10);
}
/** Seconds until the next day of Asia/Shanghai begins, rounded up. */
export function secondsToMidnight(now: number): number {
  const since = (now + 8 * 3_600_000) % 86_400_000;
  return Math.ceil((86_400_000 - since) / 1000);
}

/** Counts one request against a quota. @throws Problem over-quota {retryAfterSeconds}; a refused request costs nothing */
export function spend(tally: Tally, quota: Quota, now: number): void {
  const day = dayOf(now);
  const minute = Math.floor(now / 60_000);
  if (tally.day !== day) Object.assign(tally, { day, usedToday: 0 });
  if (tally.minute !== minute) Object.assign(tally, { minute, usedThisMinute: 0 });
  if (tally.usedToday >= quota.perDay)
    throw new Problem('over-quota', { what: '当日配额', limit: quota.perDay, retryAfterSeconds: secondsToMidnight(now) });
  if (tally.usedThisMinute >= quota.perMinute)
    throw new Problem('over-quota', {
      what: '每分钟配额',
      limit: quota.perMinute,
      retryAfterSeconds: Math.ceil(((minute + 1) * 60_000 - now) / 1000),
    });
  tally.usedToday += 1;
  tally.usedThisMinute += 1;
}
