// The course of one series: rate of change, a stuck sensor and spikes, decided in the order of phenomenonTime whatever the order of arrival.
//
// A fold over the readings in time, with the last 24 of them kept. One that comes late is put into its place and the fold is run again from
// there; what that changes in the verdicts of the others is told. So within this reach any order of arrival ends in the same verdicts.
// Flat arrays, changed in place: one kibibyte per series, and a reading in order allocates nothing. Times ms, values in the property's unit.
// Spikes after R. K. Pearson, "Outliers in process modeling and identification", IEEE Trans. CST 10 (2002), the Hampel identifier: distance
// from the median in units of the median absolute deviation (MAD), with a least height so that a calm series is not all spikes.
import { checkBits, type Instant } from '../../contracts/observation.ts';
import type { QualityRule } from '../../contracts/stream.ts';
import { medianOf, spreadOf } from './median.ts';

export const rateBit = checkBits(['rate']);
export const stuckBit = checkBits(['stuck']);
export const spikeBit = checkBits(['spike']);
const courseBits = rateBit | stuckBit | spikeBit;

/** Readings kept for those that come late: a day of hour means, two hours of five-minute levels. */
export const courseReach = 24;
/** Values a spike stands out from, and the fewest that say anything. */
const [spikeWindow, spikeLeast] = [7, 5];
/** Our setting: in units of the scatter (1.4826 MAD). */
const spikeSigmas = 5;
/** Within a minute a value may step by a whole minute's worth: one digit of the display is no speed. */
const shortestRateWindow = 60;
/** Fewer equal readings than this are a coincidence, however far apart. */
const stuckReadings = 4;

/** What the fold remembers between two readings. */
interface Fold {
  /** Of the last reading taken. */
  lastTime: Instant;
  /** Last value that was believed, for the rate. */
  trustedTime: Instant;
  trustedValue: number;
  /** Last value that changed too fast: one more beside it confirms the step. */
  doubtedTime: Instant;
  doubtedValue: number;
  /** Since when, and in how many readings, the value has not moved. */
  sameSince: Instant;
  sameValue: number;
  sameCount: number;
  /** The last values that were no spikes, in no particular order. */
  readonly recent: Float64Array;
  recentCount: number;
  /** Values ever put into `recent`: where the next one goes. */
  recentNext: number;
  lastBelieved: number;
  /** A value that stands out and may still turn out to be the first of a new level. */
  spikeTime: Instant;
  spikeValue: number;
}
function freshFold(): Fold {
  return {
    ...{ lastTime: -Infinity, trustedTime: -Infinity, trustedValue: Number.NaN, doubtedTime: -Infinity, doubtedValue: Number.NaN },
    ...{ sameSince: -Infinity, sameValue: Number.NaN, sameCount: 0 },
    ...{ recent: new Float64Array(spikeWindow), recentCount: 0, recentNext: 0 },
    ...{ lastBelieved: Number.NaN, spikeTime: -Infinity, spikeValue: Number.NaN },
  };
}
function copyFold(to: Fold, from: Fold): void {
  const { recent } = to;
  recent.set(from.recent);
  Object.assign(to, from, { recent });
}

export interface Course {
  /** The fold before the oldest kept reading, and after the newest. */
  readonly base: Fold;
  readonly head: Fold;
  /** Kept readings, oldest first. */
  count: number;
  readonly time: Float64Array;
  readonly value: Float64Array;
  readonly identity: Int32Array;
  /** Failed checks as bits: those of the fold, and what others wrote beside (flag, neighbours …). */
  readonly bits: Int32Array;
  /** Indices of kept readings, other than the one just placed, whose bits that changed, and how they were. */
  readonly revised: { index: number; before: number }[];
}
export function createCourse(): Course {
  return {
    ...{ base: freshFold(), head: freshFold(), count: 0, revised: [] },
    ...{ time: new Float64Array(courseReach), value: new Float64Array(courseReach) },
    ...{ identity: new Int32Array(courseReach), bits: new Int32Array(courseReach) },
  };
}

function tooFast(rate: number, fromTime: Instant, fromValue: number, time: Instant, value: number): boolean {
  const seconds = Math.max((time - fromTime) / 1000, shortestRateWindow);
  return Math.abs(value - fromValue) > rate * seconds;
}
/** A step fails once and is believed when the next reading stands beside it; what leaps alone fails and is forgotten. */
function isTooFast(fold: Fold, time: Instant, value: number, rate: number): boolean {
  if (fold.trustedTime > -Infinity && tooFast(rate, fold.trustedTime, fold.trustedValue, time, value)) {
    const confirmed = fold.doubtedTime > -Infinity && !tooFast(rate, fold.doubtedTime, fold.doubtedValue, time, value);
    if (!confirmed) {
      fold.doubtedTime = time;
      fold.doubtedValue = value;
      return true;
    }
  }
  fold.trustedTime = time;
  fold.trustedValue = value;
  fold.doubtedTime = -Infinity;
  fold.doubtedValue = Number.NaN;
  return false;
}
function isStuck(fold: Fold, time: Instant, value: number, stuckSeconds: number): boolean {
  if (value !== fold.sameValue) {
    fold.sameValue = value;
    fold.sameSince = time;
    fold.sameCount = 1;
    return false;
  }
  fold.sameCount++;
  return fold.sameCount >= stuckReadings && time - fold.sameSince >= stuckSeconds * 1000;
}
function believe(fold: Fold, value: number): void {
  fold.recent[fold.recentNext] = value;
  fold.recentNext = (fold.recentNext + 1) % spikeWindow;
  if (fold.recentCount < spikeWindow) fold.recentCount++;
  fold.lastBelieved = value;
  fold.spikeTime = -Infinity;
}
/** `level`: the one before was no spike but the first of a new level. */
function spikeOf(fold: Fold, time: Instant, value: number, least: number): 'no' | 'spike' | 'level' {
  if (fold.recentCount >= spikeLeast && Math.abs(value - fold.lastBelieved) > least) {
    const middle = medianOf(fold.recent, fold.recentCount);
    const off = value - middle;
    if (Math.abs(off) > Math.max(least, spikeSigmas * spreadOf(fold.recent, fold.recentCount, middle))) {
      const before = fold.spikeValue - middle;
      if (fold.spikeTime > -Infinity && before * off > 0 && Math.abs(value - fold.spikeValue) <= Math.max(least, Math.abs(before) / 2)) {
        fold.recentCount = 0;
        fold.recentNext = 0;
        believe(fold, fold.spikeValue);
        believe(fold, value);
        return 'level';
      }
      fold.spikeTime = time;
      fold.spikeValue = value;
      return 'spike';
    }
  }
  believe(fold, value);
  return 'no';
}

/** One reading further. Bits of what it fails; −1 − bits: and the doubt in the spike before it is taken back. */
function step(fold: Fold, time: Instant, value: number, rule: QualityRule): number {
  let bits = 0;
  let cleared = false;
  if (rule.ratePerSecond !== undefined && isTooFast(fold, time, value, rule.ratePerSecond)) bits |= rateBit;
  if (rule.stuckSeconds !== undefined && isStuck(fold, time, value, rule.stuckSeconds)) bits |= stuckBit;
  if (rule.spike !== undefined) {
    const found = spikeOf(fold, time, value, rule.spike);
    if (found === 'spike') bits |= spikeBit;
    cleared = found === 'level';
  }
  fold.lastTime = time;
  return cleared ? -1 - bits : bits;
}

function setBits(course: Course, index: number, bits: number, placed: number): void {
  const before = course.bits[index] as number;
  if (before === bits) return;
  course.bits[index] = bits;
  if (index === placed) return;
  const known = course.revised.find((entry) => entry.index === index);
  if (!known) course.revised.push({ index, before });
}
/** Steps the head over one kept reading; the doubt in the one before may go. */
function advance(course: Course, index: number, rule: QualityRule, placed: number): void {
  const doubted = course.head.spikeTime;
  const found = step(course.head, course.time[index] as number, course.value[index] as number, rule);
  const bits = found < 0 ? -1 - found : found;
  setBits(course, index, ((course.bits[index] as number) & ~courseBits) | bits, placed);
  if (found >= 0) return;
  const at = indexOf(course, doubted);
  if (at >= 0) setBits(course, at, (course.bits[at] as number) & ~spikeBit, placed);
}

/** Where a kept reading stands; −1: none of that time. */
export function indexOf(course: Course, time: Instant): number {
  for (let index = course.count - 1; index >= 0; index--) {
    const at = course.time[index] as number;
    if (at === time) return index;
    if (at < time) return -1;
  }
  return -1;
}
/** The kept reading nearest to a time, within `milliseconds` of it; −1: none. */
export function nearestOf(course: Course, time: Instant, milliseconds: number): number {
  let [best, distance] = [-1, milliseconds];
  for (let index = course.count - 1; index >= 0; index--) {
    const off = (course.time[index] as number) - time;
    const away = Math.abs(off);
    if (away <= distance) [best, distance] = [index, away];
    else if (off < 0) break;
  }
  return best;
}

function dropOldest(course: Course, rule: QualityRule): void {
  step(course.base, course.time[0] as number, course.value[0] as number, rule);
  for (const row of [course.time, course.value, course.identity, course.bits]) row.copyWithin(0, 1);
  course.count--;
}

/**
 * Takes a usable reading into its place. Its index; −1: it is older than what is kept, and the course says nothing of it. `course.revised`
 * then tells whose verdict it changed. A second reading of one time is a correction and takes the place of the first.
 * @param own bits of checks that look at the reading alone (flag, clock)
 */
export function place(course: Course, time: Instant, value: number, identity: number, own: number, rule: QualityRule): number {
  if (course.revised.length > 0) course.revised.length = 0;
  if (time <= course.base.lastTime) return -1;
  const newest = course.count === 0 || time > (course.time[course.count - 1] as number);
  let index = newest ? -1 : indexOf(course, time);
  if (index >= 0) {
    // Sent again (QoS 1, 补传): no further evidence.
    if (course.value[index] === value && course.identity[index] === identity) return index;
  } else {
    if (course.count === courseReach) {
      if (time < (course.time[0] as number)) return -1;
      dropOldest(course, rule);
    }
    index = course.count;
    while (index > 0 && (course.time[index - 1] as number) > time) index--;
    for (const row of [course.time, course.value, course.identity, course.bits]) row.copyWithin(index + 1, index, course.count);
    course.count++;
  }
  course.time[index] = time;
  course.value[index] = value;
  course.identity[index] = identity;
  course.bits[index] = own;
  if (newest) advance(course, index, rule, index);
  else foldAgain(course, rule, index);
  return index;
}
function foldAgain(course: Course, rule: QualityRule, placed: number): void {
  copyFold(course.head, course.base);
  for (let index = 0; index < course.count; index++) advance(course, index, rule, placed);
  // A doubt raised and taken back within the same pass is no change.
  const changed = course.revised.filter(({ index, before }) => course.bits[index] !== before);
  course.revised.length = 0;
  course.revised.push(...changed);
}

/** Takes up after a restart with the newest known reading; what is older is beyond reach. */
export function resume(course: Course, time: Instant, value: number, bits: number): void {
  for (const fold of [course.base, course.head]) {
    fold.lastTime = time;
    // A sensor that was stuck is stuck at once when it goes on as before, not after another wait.
    const stuck = (bits & stuckBit) !== 0;
    fold.sameSince = stuck ? -Infinity : time;
    fold.sameValue = value;
    fold.sameCount = stuck ? 1000 : 1;
    if (!(bits & spikeBit)) believe(fold, value);
    if (bits & rateBit) continue;
    fold.trustedTime = time;
    fold.trustedValue = value;
  }
}
