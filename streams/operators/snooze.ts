// Which alarms are put to rest: of one Thing, up to a level, until a time. They are judged and kept all the same; pages make no noise of them.
import { type Alarm, levelRank, type Snooze } from '../../contracts/event.ts';
import type { Instant } from '../../contracts/observation.ts';

/** Until when an alarm rests at `now`, by the snooze that lasts longest; null: it speaks. */
export function restsUntil(snoozes: readonly Snooze[], alarm: Alarm, now: Instant): Instant | null {
  let until: Instant | null = null;
  for (const snooze of snoozes) {
    if (snooze.thing !== alarm.thing || snooze.until <= now || snooze.created > now) continue;
    if (snooze.ended !== null && snooze.ended <= now) continue;
    if (snooze.series !== null && snooze.series !== alarm.series) continue;
    // What has become worse since then breaks through.
    if (levelRank(alarm.level) < levelRank(snooze.level)) continue;
    if (until === null || snooze.until > until) until = snooze.until;
  }
  return until;
}

export interface Snoozes {
  /** Those in force; replaces the former ones. */
  set(list: Iterable<Snooze>): void;
  /** The alarm with its mark, as it is at `now`. */
  mark(alarm: Alarm, now: Instant): Alarm;
  /** Of these open alarms those whose mark is another one than when they were last marked. */
  changed(open: Iterable<Alarm>, now: Instant): readonly Alarm[];
}

export function createSnoozes(): Snoozes {
  let byThing = new Map<number, Snooze[]>();
  /** Alarms that carry a mark. */
  const marked = new Map<string, Instant>();

  function mark(alarm: Alarm, now: Instant): Alarm {
    const until = restsUntil(byThing.get(alarm.thing) ?? [], alarm, now);
    if (until === null || alarm.cleared !== null) marked.delete(alarm.id);
    else marked.set(alarm.id, until);
    if (until === null) return alarm.snoozedUntil ? { ...alarm, snoozedUntil: null } : alarm;
    return { ...alarm, snoozedUntil: until };
  }
  return {
    set(list) {
      byThing = new Map();
      for (const snooze of list) byThing.set(snooze.thing, [...(byThing.get(snooze.thing) ?? []), snooze]);
    },
    mark,
    changed(open, now) {
      if (byThing.size === 0 && marked.size === 0) return [];
      const list: Alarm[] = [];
      for (const alarm of open) {
        const before = marked.get(alarm.id) ?? null;
        const next = mark(alarm, now);
        if ((next.snoozedUntil ?? null) !== before) list.push(next);
      }
      return list;
    },
  };
}
