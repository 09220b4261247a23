// Trust in a series: what its checks found in the last 24 hours, how much of what was promised came, and whether it still comes. Pure.
//
// Counted by the hour of phenomenonTime, so that late readings fall where they belong and a verdict that changes is counted anew. The points
// that each cause takes are settings of ours: a cause takes all of its points when half of the readings show it, and its share of them below.
import { checks, type Instant } from '../../contracts/observation.ts';
import type { TrustCause, TrustReason } from '../../contracts/trust.ts';

export const tallyHours = 24;
const hourMilliseconds = 3_600_000;
const [readingsAt, missingAt, lateAt, checksAt] = [0, 1, 2, 3];
const columns = checksAt + checks.length;

/** Most points that a cause takes. Faults of the sensor weigh more than those of the line: a late number is still a number. */
const points: Readonly<Record<TrustCause, number>> = {
  ...{ range: 60, rate: 20, stuck: 50, clock: 40, flag: 40, spike: 20, neighbour: 40, pair: 40 },
  ...{ missing: 40, gaps: 40, late: 10, silent: 60 },
};
const words: Readonly<Record<TrustCause, string>> = {
  ...{ range: '超出量程', rate: '变化过快', stuck: '恒值', clock: '时钟不准', flag: '设备自标异常', spike: '孤立尖峰' },
  ...{ neighbour: '与邻站不符', pair: '双通道矛盾', missing: '没有值', gaps: '缺报', late: '迟报', silent: '失联' },
};

export interface Tally {
  /** Hours since 1970 that the slots hold. */
  readonly hours: Int32Array;
  /** Per slot: readings, missing, late, then one per check. Stands still at 65,535. */
  readonly counts: Uint16Array;
  /** First hour ever counted: what was not yet there is no gap. */
  firstHour: number;
  /** Newest phenomenonTime counted. */
  newest: Instant;
}
export function freshTally(): Tally {
  return {
    hours: new Int32Array(tallyHours).fill(-1),
    counts: new Uint16Array(tallyHours * columns),
    firstHour: Infinity,
    newest: -Infinity,
  };
}

/** Where the counts of an hour begin; −1: it has left the 24. */
function slotOf(tally: Tally, time: Instant): number {
  const hour = Math.floor(time / hourMilliseconds);
  const slot = ((hour % tallyHours) + tallyHours) % tallyHours;
  const held = tally.hours[slot] as number;
  if (held > hour) return -1;
  const start = slot * columns;
  if (held < hour) {
    tally.hours[slot] = hour;
    tally.counts.fill(0, start, start + columns);
  }
  if (hour < tally.firstHour) tally.firstHour = hour;
  return start;
}
function add(tally: Tally, at: number): void {
  if ((tally.counts[at] as number) < 65_535) (tally.counts[at] as number)++;
}

/** Counts a reading. @param time its phenomenonTime; where the clock is not to be believed, its arrival */
export function countReading(tally: Tally, time: Instant, bits: number, missing: boolean, late: boolean): void {
  const start = slotOf(tally, time);
  if (start < 0) return;
  if (time > tally.newest) tally.newest = time;
  add(tally, start + readingsAt);
  if (missing) add(tally, start + missingAt);
  if (late) add(tally, start + lateAt);
  for (let rest = bits, check = 0; rest !== 0; rest >>= 1, check++) if (rest & 1) add(tally, start + checksAt + check);
}
/** A verdict changed after it was counted. */
export function recount(tally: Tally, time: Instant, before: number, after: number): void {
  const start = slotOf(tally, time);
  if (start < 0) return;
  for (let check = 0; check < checks.length; check++) {
    const at = start + checksAt + check;
    const change = ((after >> check) & 1) - ((before >> check) & 1);
    if (change > 0) add(tally, at);
    else if (change < 0 && (tally.counts[at] as number) > 0) (tally.counts[at] as number)--;
  }
}

export interface Promised {
  /** Seconds between two readings; null: nothing is promised (events, days). */
  readonly everySeconds: number | null;
  /** Seconds from a reading's phenomenonTime after which the series is silent; null: silence says nothing. */
  readonly silentSeconds: number | null;
}

function span(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} 分钟`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} 小时` : `${Math.round(minutes / 1440)} 天`;
}

/** Score and reasons at `now`; null: nothing was ever counted. */
export function trustOf(tally: Tally, promised: Promised, now: Instant): { score: number; reasons: readonly TrustReason[] } | null {
  if (tally.newest === -Infinity) return null;
  const last = Math.floor(now / hourMilliseconds);
  const first = Math.max(last - tallyHours + 1, tally.firstHour);
  const sums = new Float64Array(columns);
  /** Readings of the whole hours behind us: the hour that runs is not yet full. */
  let whole = 0;
  for (let slot = 0; slot < tallyHours; slot++) {
    const hour = tally.hours[slot] as number;
    if (hour < first || hour > last) continue;
    for (let column = 0; column < columns; column++)
      sums[column] = (sums[column] as number) + (tally.counts[slot * columns + column] as number);
    if (hour < last - 1 && hour > tally.firstHour) whole += tally.counts[slot * columns + readingsAt] as number;
  }
  const readings = sums[readingsAt] as number;
  const reasons: TrustReason[] = [];
  const take = (cause: TrustCause, share: number, zh: string): void => {
    const weight = Math.round(points[cause] * Math.min(1, share * 2));
    if (weight > 0) reasons.push({ cause, weight, zh });
  };
  const shareOf = (cause: TrustCause, count: number): void => {
    if (count > 0) take(cause, count / readings, `近 24 小时 ${readings} 条中 ${count} 条${words[cause]}`);
  };
  for (const [index, check] of checks.entries()) shareOf(check, sums[checksAt + index] as number);
  shareOf('missing', sums[missingAt] as number);
  shareOf('late', sums[lateAt] as number);
  // Between the hour it began and the one before this: both may be there in part.
  const hours = last - 1 - Math.max(first, tally.firstHour + 1);
  if (promised.everySeconds !== null && hours > 0) {
    const expected = Math.floor((hours * 3600) / promised.everySeconds);
    if (expected > 0 && whole < expected)
      take('gaps', (expected - whole) / expected, `近 ${hours} 小时应到 ${expected} 条，实到 ${whole} 条`);
  }
  const age = now - tally.newest;
  if (promised.silentSeconds !== null && age > promised.silentSeconds * 1000)
    take('silent', 1, `已 ${span(age)}没有新值，承诺至多 ${span(promised.silentSeconds * 1000)}`);
  reasons.sort((a, b) => b.weight - a.weight);
  const score = Math.max(
    0,
    reasons.reduce((rest, { weight }) => rest - weight, 100),
  );
  return { score, reasons };
}

const headBytes = 16;
/** As bytes, for the database: first hour and newest time, hours, counts; little-endian as every machine it runs on. */
export function packTally(tally: Tally): Uint8Array {
  const bytes = new Uint8Array(headBytes + tally.hours.byteLength + tally.counts.byteLength);
  new Float64Array(bytes.buffer, 0, 2).set([tally.firstHour, tally.newest]);
  new Int32Array(bytes.buffer, headBytes, tallyHours).set(tally.hours);
  new Uint16Array(bytes.buffer, headBytes + tally.hours.byteLength).set(tally.counts);
  return bytes;
}
/** null: not of this edition (another number of checks); counting begins anew. */
export function unpackTally(given: Uint8Array): Tally | null {
  const tally = freshTally();
  if (given.length !== headBytes + tally.hours.byteLength + tally.counts.byteLength) return null;
  // A copy of its own: a Buffer from the database is a window into a larger one, and its slice() another.
  const bytes = Uint8Array.from(given);
  const [firstHour, newest] = new Float64Array(bytes.buffer, 0, 2) as unknown as [number, number];
  if (Number.isNaN(firstHour) || Number.isNaN(newest)) return null;
  tally.hours.set(new Int32Array(bytes.buffer, headBytes, tallyHours));
  tally.counts.set(new Uint16Array(bytes.buffer, headBytes + tally.hours.byteLength));
  return { ...tally, firstHour, newest };
}
