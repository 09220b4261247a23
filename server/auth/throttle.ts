// Counting failed attempts per key, with a lock that doubles. Bounded memory: the key longest unused is forgotten first.
//
// An attempt is counted when it begins and taken back when it succeeds: a thousand attempts sent at once do not slip through together.
import type { Instant } from '../../contracts/observation.ts';

export interface ThrottleOptions {
  /** Failures that cost nothing. */
  readonly free: number;
  /** Lock after the last free failure; doubles with each further one. */
  readonly firstLockSeconds: number;
  readonly maxLockSeconds: number;
  /** Without a failure for this long, all is forgotten. Longer than the longest lock. */
  readonly forgetSeconds: number;
  readonly maxKeys: number;
}

interface Tally {
  failures: number;
  lockedUntil: Instant;
  last: Instant;
}

export interface Throttle {
  /** Seconds to wait, rounded up; 0: may try. Counts nothing. */
  wait(key: string, now: Instant): number;
  /** Counts an attempt as failed until told otherwise. Returns how many free ones are left. */
  begin(key: string, now: Instant): number;
  /** The attempt was not a failure (it never got to the password): takes it back. */
  takeBack(key: string): void;
  /** The attempt succeeded: forgets the key. */
  clear(key: string): void;
  readonly size: number;
}

/** Makes a throttle. */
export function createThrottle(options: ThrottleOptions): Throttle {
  const tallies = new Map<string, Tally>();

  function lockFor(failures: number): number {
    const beyond = failures - options.free;
    return beyond < 0 ? 0 : Math.min(options.maxLockSeconds, options.firstLockSeconds * 2 ** Math.min(beyond, 40));
  }
  function current(key: string, now: Instant): Tally | undefined {
    const tally = tallies.get(key);
    if (tally && now - tally.last > options.forgetSeconds * 1000 && now >= tally.lockedUntil) {
      tallies.delete(key);
      return undefined;
    }
    return tally;
  }

  return {
    wait(key, now) {
      const tally = current(key, now);
      return tally && tally.lockedUntil > now ? Math.ceil((tally.lockedUntil - now) / 1000) : 0;
    },
    begin(key, now) {
      const tally = current(key, now) ?? { failures: 0, lockedUntil: 0, last: now };
      tally.failures += 1;
      tally.last = now;
      tally.lockedUntil = now + lockFor(tally.failures) * 1000;
      // Insertion order is the order of use: the oldest goes first.
      tallies.delete(key);
      tallies.set(key, tally);
      if (tallies.size > options.maxKeys) {
        const oldest = tallies.keys().next().value;
        if (oldest !== undefined) tallies.delete(oldest);
      }
      return Math.max(0, options.free - tally.failures);
    },
    takeBack(key) {
      const tally = tallies.get(key);
      if (!tally) return;
      tally.failures -= 1;
      tally.lockedUntil = Math.min(tally.lockedUntil, tally.last + lockFor(tally.failures) * 1000);
      if (tally.failures <= 0) tallies.delete(key);
    },
    clear(key) {
      tallies.delete(key);
    },
    get size() {
      return tallies.size;
    },
  };
}
