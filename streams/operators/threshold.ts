// Thresholds with hysteresis: the ladder of levels that one series of one Thing climbs and descends within one episode.
import { type AlertLevel, levelRank } from '../../contracts/event.ts';
import type { SeriesKey } from '../../contracts/observation.ts';
import type { Stream, Threshold } from '../../contracts/stream.ts';
import type { Thing } from '../../contracts/thing.ts';

/** A threshold with its path into the Thing's limits taken apart. */
export interface Rung {
  readonly threshold: Threshold;
  readonly path: readonly [property: string, name: string] | null;
}
/** The thresholds of one series in one direction, worst first: what one alarm episode is made of. */
export interface Family {
  /** For ids: a34004.hour.mean, w01001.hour.mean.below. */
  readonly key: string;
  readonly series: SeriesKey;
  readonly direction: Threshold['direction'];
  readonly rungs: readonly Rung[];
}

function pathOf(limit: Threshold['limit']): Rung['path'] {
  if (typeof limit === 'number') return null;
  const dot = limit.ofThing.lastIndexOf('.');
  return [limit.ofThing.slice(0, dot), limit.ofThing.slice(dot + 1)];
}

const known = new WeakMap<object, ReadonlyMap<SeriesKey, readonly Family[]>>();
/** The families of a stream, by series; the same objects each time, so that a family may be a key. */
export function familiesOf(stream: Pick<Stream, 'thresholds'>): ReadonlyMap<SeriesKey, readonly Family[]> {
  const made = known.get(stream) ?? makeFamilies(stream);
  known.set(stream, made);
  return made;
}
function makeFamilies(stream: Pick<Stream, 'thresholds'>): ReadonlyMap<SeriesKey, readonly Family[]> {
  const rungs = new Map<string, { threshold: Threshold; rungs: Rung[] }>();
  for (const threshold of stream.thresholds) {
    const key = threshold.series.replaceAll('/', '.') + (threshold.direction === 'below' ? '.below' : '');
    const family = rungs.get(key) ?? { threshold, rungs: [] };
    family.rungs.push({ threshold, path: pathOf(threshold.limit) });
    rungs.set(key, family);
  }
  const families = new Map<SeriesKey, Family[]>();
  for (const [key, { threshold, rungs: list }] of rungs) {
    list.sort((a, b) => levelRank(a.threshold.level) - levelRank(b.threshold.level));
    const { series, direction } = threshold;
    families.set(series, [...(families.get(series) ?? []), { key, series, direction, rungs: list }]);
  }
  return families;
}

/** The limit that holds for this Thing; null: it has none, and the rung is not there for it. */
export function limitOf(rung: Rung, thing: Pick<Thing, 'properties'>): number | null {
  if (rung.path === null) return rung.threshold.limit as number;
  const limit = thing.properties.limits?.[rung.path[0]]?.[rung.path[1]];
  return typeof limit === 'number' && Number.isFinite(limit) ? limit : null;
}

/** How far beyond the limit, in the direction that is bad; negative: not beyond. */
export function excessOf(direction: Threshold['direction'], value: number, limit: number): number {
  return direction === 'above' ? value - limit : limit - value;
}

function fires(rung: Rung, direction: Threshold['direction'], value: number, thing: Pick<Thing, 'properties'>, slack: number): boolean {
  const limit = limitOf(rung, thing);
  if (limit === null) return false;
  const excess = excessOf(direction, value, limit) + slack;
  return rung.threshold.strict ? excess > 0 : excess >= 0;
}

/**
 * The rung on which the episode stands after this value: the worst that it reaches, or the worst at or below the present one from which it has
 * not come back by the hysteresis. −1: none, the episode is over (or never began).
 * @param current index into family.rungs, −1: no episode
 */
export function climb(family: Family, current: number, value: number, thing: Pick<Thing, 'properties'>): number {
  for (let index = 0; index < family.rungs.length; index++) {
    const rung = family.rungs[index] as Rung;
    const slack = current >= 0 && index >= current ? rung.threshold.hysteresis : 0;
    if (fires(rung, family.direction, value, thing, slack)) return index;
  }
  return -1;
}

/** The rung of a level in a family, for episodes that come from the database; −1: the rule is no more. */
export function rungOf(family: Family, rule: string, level: AlertLevel): number {
  const exact = family.rungs.findIndex((rung) => rung.threshold.id === rule);
  return exact >= 0 ? exact : family.rungs.findIndex((rung) => rung.threshold.level === level);
}
