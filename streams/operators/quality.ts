// Quality of one reading: the device's own flag, its clock, range, rate of change, a stuck sensor.
//
// The memory of a Datastream is one small object of numbers, changed in place: 5,000 of them cost less than a megabyte, and the hot path
// allocates nothing. Times are milliseconds; limits are in the property's unit.
import type { Check, Instant, Quality, Reading } from '../../contracts/observation.ts';
import type { QualityRule } from '../../contracts/stream.ts';
import { clockToleranceSeconds } from '../staleness.ts';

export interface QualityMemory {
  /** Newest phenomenonTime taken; −Infinity: none yet. */
  newest: Instant;
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
}

export function freshMemory(): QualityMemory {
  return {
    newest: -Infinity,
    trustedTime: -Infinity,
    trustedValue: Number.NaN,
    doubtedTime: -Infinity,
    doubtedValue: Number.NaN,
    sameSince: -Infinity,
    sameValue: Number.NaN,
    sameCount: 0,
  };
}

export interface Verdict {
  readonly quality: Quality;
  readonly failed: readonly Check[];
  /** No newer value is known: this one is the Datastream's state. */
  readonly newest: boolean;
}

/**
 * HJ 212-2017 §6.6.4: what the device says about its own number. N and no flag: normal. F stopped, M maintenance, D fault, C calibrating, B no
 * contact with the analyser: the number is not of the environment. T over range, S set by hand: it may be, and is marked.
 */
const flagQuality: Readonly<Record<string, Quality>> = {
  ...{ N: 'good', T: 'suspect', S: 'suspect', F: 'bad', M: 'bad', D: 'bad', C: 'bad', B: 'bad' },
};
export function qualityOfFlag(flag: string | null): Quality {
  if (flag === null || flag === '') return 'good';
  return flagQuality[flag.toUpperCase()] ?? 'suspect';
}

/** Up to this far ahead is an unset clock that people live with; beyond the clock tolerance the stamp would hold the Datastream's state hostage. */
const aheadSuspect = 300_000;
const aheadBad = clockToleranceSeconds * 1000;
/** A logger may hand in weeks after an outage; more than this is marked. Before 2000 the clock was never set. */
const lateSuspect = 30 * 86_400_000;
const neverSet = Date.UTC(2000, 0, 1);

export function qualityOfClock(phenomenonTime: Instant, received: Instant): Quality {
  const ahead = phenomenonTime - received;
  if (ahead > aheadBad || phenomenonTime < neverSet) return 'bad';
  return ahead > aheadSuspect || -ahead > lateSuspect ? 'suspect' : 'good';
}

/** Within a minute a value may step by a whole minute's worth: one digit of the display is no speed. */
const shortestRateWindow = 60;
function tooFast(rate: number, fromTime: Instant, fromValue: number, time: Instant, value: number): boolean {
  const seconds = Math.max((time - fromTime) / 1000, shortestRateWindow);
  return Math.abs(value - fromValue) > rate * seconds;
}

/** Fewer equal readings than this are a coincidence, however far apart. */
const stuckReadings = 4;

const none: readonly Check[] = [];

/**
 * Judges a reading and takes it into the memory. Rate and stuck look at the order of time, so a late reading is spared them, and what is
 * bad or missing leaves no trace in them.
 * @param memory of this Datastream; changed in place
 */
export function judgeQuality(memory: QualityMemory, reading: Reading, received: Instant, rule: QualityRule | undefined): Verdict {
  const { phenomenonTime } = reading;
  const result = reading.result !== null && Number.isFinite(reading.result) ? reading.result : null;
  const flag = qualityOfFlag(reading.flag);
  const clock = qualityOfClock(phenomenonTime, received);
  const outside = result !== null && rule?.range !== undefined && (result < rule.range[0] || result > rule.range[1]);
  const newest = phenomenonTime >= memory.newest && phenomenonTime - received <= aheadBad;
  const bad = flag === 'bad' || clock === 'bad' || outside;

  let fast = false;
  let stuck = false;
  if (newest && !bad && result !== null && rule) {
    if (rule.ratePerSecond !== undefined) fast = followRate(memory, phenomenonTime, result, rule.ratePerSecond);
    if (rule.stuckSeconds !== undefined) stuck = followStuck(memory, phenomenonTime, result, rule.stuckSeconds);
  }
  if (newest) memory.newest = phenomenonTime;

  const clean = !fast && !stuck && !outside && flag === 'good' && clock === 'good';
  if (clean) return { quality: result === null ? 'missing' : 'good', failed: none, newest };
  const failed: Check[] = [];
  if (outside) failed.push('range');
  if (fast) failed.push('rate');
  if (stuck) failed.push('stuck');
  if (clock !== 'good') failed.push('clock');
  if (flag !== 'good') failed.push('flag');
  return { quality: result === null ? 'missing' : bad ? 'bad' : 'suspect', failed, newest };
}

/** A spike fails and is forgotten; a step fails once and is believed when the next reading stands beside it. */
function followRate(memory: QualityMemory, time: Instant, value: number, rate: number): boolean {
  const known = memory.trustedTime > -Infinity;
  if (known && time > memory.trustedTime && tooFast(rate, memory.trustedTime, memory.trustedValue, time, value)) {
    const doubted = memory.doubtedTime > -Infinity && time > memory.doubtedTime;
    const confirmed = doubted && !tooFast(rate, memory.doubtedTime, memory.doubtedValue, time, value);
    if (!confirmed) {
      memory.doubtedTime = time;
      memory.doubtedValue = value;
      return true;
    }
  }
  if (time < memory.trustedTime) return false;
  memory.trustedTime = time;
  memory.trustedValue = value;
  memory.doubtedTime = -Infinity;
  memory.doubtedValue = Number.NaN;
  return false;
}

function followStuck(memory: QualityMemory, time: Instant, value: number, stuckSeconds: number): boolean {
  if (value !== memory.sameValue) {
    memory.sameValue = value;
    memory.sameSince = time;
    memory.sameCount = 1;
    return false;
  }
  // The same reading again (QoS 1, 补传) is no further evidence.
  if (time > memory.newest) memory.sameCount++;
  return memory.sameCount >= stuckReadings && time - memory.sameSince >= stuckSeconds * 1000;
}
