// How much is unusual, how sure we are, and whether it grows: the one number of the wall. Pure.
//
// Counted are places (Things; hotspots one by one) with an open alarm of red, orange or yellow; blue is watched, not handled.
import { type Alarm, type AlertLevel, alertLevels, levelRank } from '../../contracts/event.ts';
import { type Instant, type Provenance, provenances } from '../../contracts/observation.ts';

export type Sureness = 'high' | 'middle' | 'low';
export const surenessTitle: Readonly<Record<Sureness, string>> = { high: '高', middle: '中', low: '低' };

/**
 * high: all checks passed and the value is measured, reported or openly simulated · middle: a check doubts it, or it is modelled or a guess by
 * its own confidence · low: not to be trusted, or older than `oldAfter`.
 */
export function surenessOf(alarm: Alarm, now: Instant, oldAfter: (stream: string) => number): Sureness {
  if (alarm.quality === 'bad' || alarm.quality === 'missing' || now - alarm.updated > oldAfter(alarm.stream)) return 'low';
  if (alarm.quality === 'suspect' || alarm.provenance === 'modelled') return 'middle';
  return alarm.series.startsWith('fire-confidence/') && alarm.value < 80 ? 'middle' : 'high';
}

export interface Attention {
  readonly count: number;
  readonly levels: Readonly<Record<AlertLevel, number>>;
  readonly sureness: Readonly<Record<Sureness, number>>;
  /** Against an hour ago; null: not known. */
  readonly change: number | null;
  readonly provenance: Provenance | null;
  readonly asOf: Instant | null;
}
const placeOf = (alarm: Alarm): string =>
  alarm.stream === 'forestry/fire-hotspot' ? `${alarm.thing}@${alarm.position?.join(',') ?? alarm.id}` : String(alarm.thing);
const handled = (alarm: Alarm): boolean => alarm.level !== 'blue';

/** @param day alarms that began in the last day, cleared or not; null: could not be read */
export function attentionOf(
  open: Iterable<Alarm>,
  day: readonly Alarm[] | null,
  now: Instant,
  oldAfter: (stream: string) => number,
): Attention {
  const worst = new Map<string, Alarm>();
  const levels: Record<AlertLevel, number> = { red: 0, orange: 0, yellow: 0, blue: 0 };
  for (const alarm of open) {
    const place = placeOf(alarm);
    const known = worst.get(place);
    if (!known || levelRank(alarm.level) < levelRank(known.level)) worst.set(place, alarm);
  }
  const sureness: Record<Sureness, number> = { high: 0, middle: 0, low: 0 };
  let asOf: Instant | null = null;
  let kind = -1;
  for (const alarm of worst.values()) {
    levels[alarm.level]++;
    asOf = Math.max(asOf ?? 0, alarm.updated);
    kind = Math.max(kind, provenances.indexOf(alarm.provenance));
    if (handled(alarm)) sureness[surenessOf(alarm, now, oldAfter)]++;
  }
  const count = levels.red + levels.orange + levels.yellow;
  const hourAgo = now - 3_600_000;
  const known = new Map<string, Alarm>();
  for (const alarm of [...(day ?? []), ...worst.values()])
    if (handled(alarm) && alarm.since <= hourAgo && (alarm.cleared === null || alarm.cleared > hourAgo)) known.set(placeOf(alarm), alarm);
  return { count, levels, sureness, change: day === null ? null : count - known.size, provenance: provenances[kind] ?? null, asOf };
}

/** Worst first, then newest. */
export function byUrgency(alarms: Iterable<Alarm>): Alarm[] {
  return [...alarms].sort((a, b) => levelRank(a.level) - levelRank(b.level) || b.since - a.since);
}
export function levelCounts(alarms: Iterable<Alarm>): Record<AlertLevel, number> {
  const counts = Object.fromEntries(alertLevels.map((level) => [level, 0])) as Record<AlertLevel, number>;
  for (const alarm of alarms) counts[alarm.level]++;
  return counts;
}
