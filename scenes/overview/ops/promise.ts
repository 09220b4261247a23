// Whether a stream keeps what it promised: its newest value against the period and against staleAfter. Pure.
import type { Instant } from '../../../contracts/observation.ts';
import type { StreamHealth } from '../../../contracts/wire.ts';

export type Verdict = 'kept' | 'late' | 'stale' | 'silent';
export const verdictTitle: Readonly<Record<Verdict, string>> = { kept: '按时', late: '迟', stale: '过期', silent: '从未收到' };
/** A period and a half: one value may be on its way. */
const grace = 1.5;

export interface Promised {
  readonly verdict: Verdict;
  /** Age of the newest value as a share of staleAfter, 0–1. */
  readonly age: number;
  /** The period as a share of staleAfter, 0–1. */
  readonly period: number;
}
export function promiseOf(stream: Pick<StreamHealth, 'newest' | 'periodSeconds' | 'staleAfterSeconds'>, now: Instant): Promised {
  const seconds = stream.newest === null ? Number.POSITIVE_INFINITY : Math.max(0, (now - stream.newest) / 1000);
  const verdict =
    stream.newest === null
      ? 'silent'
      : seconds > stream.staleAfterSeconds
        ? 'stale'
        : seconds > stream.periodSeconds * grace
          ? 'late'
          : 'kept';
  return {
    verdict,
    age: Math.min(1, seconds / stream.staleAfterSeconds),
    period: Math.min(1, stream.periodSeconds / stream.staleAfterSeconds),
  };
}
