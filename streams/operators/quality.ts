// Quality of one reading: the device's own flag, its clock, range, and its place in the course of its series.
//
// The memory of a Datastream is flat and changed in place, and the hot path allocates nothing but the list of failed checks it shares.
// Times are milliseconds; limits are in the property's unit.
import { type Check, checkBits, checksOf, type Instant, identityOf, type Quality, type Reading } from '../../contracts/observation.ts';
import type { QualityRule } from '../../contracts/stream.ts';
import { clockToleranceSeconds } from '../staleness.ts';
import { type Course, createCourse, indexOf, place, resume } from './course.ts';

export interface QualityMemory {
  /** Newest phenomenonTime taken; −Infinity: none yet. */
  newest: Instant;
  /** identityOf the reading of that time. */
  newestIdentity: number;
  /** null: nothing in its rule looks at other readings. */
  course: Course | null;
}

export function freshMemory(): QualityMemory {
  return { newest: -Infinity, newestIdentity: 0, course: null };
}

export interface Verdict {
  readonly quality: Quality;
  readonly failed: readonly Check[];
  /** No newer value is known: this one is the Datastream's state. */
  readonly newest: boolean;
  /** Where it stands in the course; −1: it is not in it (bad, missing, beyond reach, or without a rule that needs it). */
  readonly place: number;
  /** This very reading was here before (QoS 1, 补传), as far as is remembered. */
  readonly again: boolean;
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

const [rangeBit, clockBit, flagBit] = [checkBits(['range']), checkBits(['clock']), checkBits(['flag'])];

/** Whether anything in a rule looks beyond the single reading. */
export function needsCourse(rule: QualityRule | undefined): rule is QualityRule {
  if (rule === undefined) return false;
  const { ratePerSecond, stuckSeconds, spike, neighbours, pair } = rule;
  return ratePerSecond !== undefined || stuckSeconds !== undefined || spike !== undefined || neighbours !== undefined || pair !== undefined;
}

/**
 * Judges a reading and takes it into the memory. What is bad or missing leaves no trace in the course. A late reading is put into its place:
 * `memory.course.revised` then says whose verdict that changed (operators/course.ts).
 * @param memory of this Datastream; changed in place
 */
export function judgeQuality(
  memory: QualityMemory,
  reading: Reading,
  received: Instant,
  rule: QualityRule | undefined,
  identity: number = identityOf(reading),
): Verdict {
  const { phenomenonTime } = reading;
  const result = reading.result !== null && Number.isFinite(reading.result) ? reading.result : null;
  const flag = qualityOfFlag(reading.flag);
  const clock = qualityOfClock(phenomenonTime, received);
  const outside = result !== null && rule?.range !== undefined && (result < rule.range[0] || result > rule.range[1]);
  const newest = phenomenonTime >= memory.newest && phenomenonTime - received <= aheadBad;
  const bad = flag === 'bad' || clock === 'bad' || outside;
  let again = phenomenonTime === memory.newest && identity === memory.newestIdentity;
  if (newest) {
    memory.newest = phenomenonTime;
    memory.newestIdentity = identity;
  }

  let bits = (outside ? rangeBit : 0) | (clock === 'good' ? 0 : clockBit) | (flag === 'good' ? 0 : flagBit);
  let at = -1;
  if (memory.course && memory.course.revised.length > 0) memory.course.revised.length = 0;
  if (!bad && result !== null && rule && (memory.course || needsCourse(rule))) {
    memory.course ??= createCourse();
    const known = indexOf(memory.course, phenomenonTime);
    if (known >= 0 && memory.course.identity[known] === identity) again = true;
    at = place(memory.course, phenomenonTime, result, identity, bits, rule);
    if (at >= 0) bits = memory.course.bits[at] as number;
  }
  const quality = result === null ? 'missing' : bad ? 'bad' : bits === 0 ? 'good' : 'suspect';
  return { quality, failed: checksOf(bits), newest, place: at, again };
}

/** Takes up after a restart with the newest known Observation. */
export function resumeMemory(
  memory: QualityMemory,
  time: Instant,
  result: number | null,
  failed: readonly Check[],
  usable: boolean,
  identity: number,
): void {
  if (time < memory.newest) return;
  memory.newest = time;
  memory.newestIdentity = identity;
  if (result === null || !usable) return;
  memory.course ??= createCourse();
  resume(memory.course, time, result, checkBits(failed));
}
