// Trust in a Datastream: a score of 0–100 with its reasons, so that nobody has to believe the number alone.
import { type Check, checkTitle, type Instant, type SeriesKey } from './observation.ts';

/** Beyond the checks: no value, readings that did not come, came late, or ceased. */
export const trustCauses = [
  'range',
  'rate',
  'stuck',
  'clock',
  'flag',
  'spike',
  'neighbour',
  'pair',
  'missing',
  'gaps',
  'late',
  'silent',
] as const;
export type TrustCause = Check | 'missing' | 'gaps' | 'late' | 'silent';
export const trustCauseTitle: Readonly<Record<TrustCause, string>> = {
  ...checkTitle,
  ...{ missing: '无值', gaps: '缺报', late: '迟报', silent: '失联' },
};

export interface TrustReason {
  readonly cause: TrustCause;
  /** Points it takes from 100. */
  readonly weight: number;
  /** In one sentence with its figures: 近 24 小时 96 条中 5 条恒值. */
  readonly zh: string;
}

export interface Trust {
  readonly datastream: number;
  readonly thing: number;
  readonly series: SeriesKey;
  /** 100: nothing speaks against it. */
  readonly score: number;
  /** Heaviest first. */
  readonly reasons: readonly TrustReason[];
  /** From when it is so; it holds until the next one. */
  readonly since: Instant;
}

/** Below: 可信 / 存疑 / 不可信 as the marks of the pages have it. Our setting. */
export const trustMarks = { doubtful: 80, poor: 50 } as const;
