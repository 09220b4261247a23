// Alarms as the duty officer's list has them: worst first, the same rule at several stations as one line, so that attention is not spent twice.
import { type Alarm, type AlertLevel, levelRank } from '../../contracts/event.ts';

export interface AlarmGroup {
  readonly key: string;
  readonly level: AlertLevel;
  /** Newest first. */
  readonly alarms: readonly Alarm[];
  /** One line for several; false: each alarm has its own. */
  readonly merged: boolean;
}

/** From so many on, alarms of one rule and level are one line. */
export const mergeFrom = 3;

/** Of the worst level so many keep a line of their own: those farthest over their limit. */
export const loudest = 2;

/** Groups open alarms: level, then newest. Red alarms are never merged; of the worst level the two farthest over their limit stand alone. */
export function groupAlarms(alarms: readonly Alarm[]): AlarmGroup[] {
  const families = new Map<string, Alarm[]>();
  for (const alarm of alarms) {
    if (alarm.cleared !== null) continue;
    const key = `${alarm.level}|${alarm.stream}|${alarm.rule}`;
    const family = families.get(key);
    if (family) family.push(alarm);
    else families.set(key, [alarm]);
  }
  const groups: AlarmGroup[] = [];
  const worst = Math.min(...alarms.filter((alarm) => alarm.cleared === null).map((alarm) => levelRank(alarm.level)));
  const alone = new Set(
    alarms
      .filter((alarm) => alarm.cleared === null && levelRank(alarm.level) === worst)
      .sort((a, b) => beyond(b) - beyond(a) || b.since - a.since)
      .slice(0, loudest),
  );
  for (const alarm of alone) groups.push({ key: alarm.id, level: alarm.level, alarms: [alarm], merged: false });
  for (const [key, all] of families) {
    const family = all.filter((alarm) => !alone.has(alarm));
    if (family.length === 0) continue;
    const newest = [...family].sort((a, b) => b.since - a.since || (a.id < b.id ? -1 : 1));
    const level = newest[0]!.level;
    if (newest.length >= mergeFrom && level !== 'red') groups.push({ key, level, alarms: newest, merged: true });
    else for (const alarm of newest) groups.push({ key: alarm.id, level, alarms: [alarm], merged: false });
  }
  const newestOf = (group: AlarmGroup): number => group.alarms[0]!.since;
  return groups.sort(
    (a, b) =>
      levelRank(a.level) - levelRank(b.level) ||
      Number(a.merged) - Number(b.merged) ||
      newestOf(b) - newestOf(a) ||
      (a.key < b.key ? -1 : 1),
  );
}

/** By how much of the limit a value is beyond it. */
function beyond(alarm: Alarm): number {
  return Math.abs(alarm.value - alarm.limit) / (Math.abs(alarm.limit) || 1);
}

/** Alarms by Thing. */
export function alarmsByThing(alarms: readonly Alarm[]): Map<number, Alarm[]> {
  const byThing = new Map<number, Alarm[]>();
  for (const alarm of alarms) {
    if (alarm.cleared !== null) continue;
    const there = byThing.get(alarm.thing);
    if (there) there.push(alarm);
    else byThing.set(alarm.thing, [alarm]);
  }
  return byThing;
}
