// A day of alarms by city: when each stood open, how bad, how many at once. Pure.
import { cities, province } from '../../contracts/adcodes.data.ts';
import { type Alarm, type AlertLevel, levelRank } from '../../contracts/event.ts';
import { type AdCode, cityOf } from '../../contracts/geo.ts';
import type { Instant } from '../../contracts/observation.ts';
import { nearestCity } from './fires.ts';

export const courseMilliseconds = 86_400_000;
/** Bars one above the other in a city; what is open at the same time beyond that lies over the last lane. */
export const courseLanes = 3;

export interface CourseBar {
  readonly id: string;
  readonly level: AlertLevel;
  /** Share of the day, 0–1. */
  readonly left: number;
  readonly width: number;
  readonly lane: number;
  readonly open: boolean;
}
export interface CourseRow {
  readonly adcode: AdCode;
  readonly name: string;
  readonly bars: readonly CourseBar[];
  /** Open at the moment, and all of the day. */
  readonly open: number;
  readonly count: number;
}

/**
 * Every city that is given, in the order of the code table. What belongs to the whole province stands with the nearest seat, as its name on the wall does.
 * @param alarms of the day and those still open; the same one twice counts once
 * @param now the moment shown: what began later is not known, what was cleared later is open
 */
export function alarmCourse(alarms: Iterable<Alarm>, now: Instant, within: (adcode: AdCode) => boolean = () => true): readonly CourseRow[] {
  const from = now - courseMilliseconds;
  const byCity = new Map<AdCode, Map<string, Alarm>>();
  for (const alarm of alarms) {
    if (alarm.since > now || (alarm.cleared !== null && alarm.cleared <= from)) continue;
    const city = alarm.adcode === province.adcode && alarm.position ? nearestCity(alarm.position).adcode : cityOf(alarm.adcode);
    byCity.set(city, (byCity.get(city) ?? new Map()).set(alarm.id, alarm));
  }
  return cities
    .filter((city) => within(city.adcode))
    .map(({ adcode, short }) => {
      const list = [...(byCity.get(adcode)?.values() ?? [])].sort((a, b) => a.since - b.since || levelRank(a.level) - levelRank(b.level));
      const ends: Instant[] = [];
      const bars = list.map((alarm): CourseBar => {
        const open = alarm.cleared === null || alarm.cleared > now;
        const [begin, end] = [Math.max(from, alarm.since), open ? now : (alarm.cleared as Instant)];
        const free = ends.findIndex((until) => until <= begin);
        const lane = free >= 0 ? free : Math.min(ends.length, courseLanes - 1);
        ends[lane] = Math.max(ends[lane] ?? 0, end);
        const place = { left: (begin - from) / courseMilliseconds, width: Math.max(0, end - begin) / courseMilliseconds };
        return { id: alarm.id, level: alarm.level, ...place, lane, open };
      });
      // The worst lies on top where lanes are shared.
      const drawn = [...bars].sort((a, b) => levelRank(b.level) - levelRank(a.level));
      return { adcode, name: short, bars: drawn, open: bars.filter((bar) => bar.open).length, count: bars.length };
    });
}
