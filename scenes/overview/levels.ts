// Rivers and reservoirs against one common mark: how far each gauge is from its own warning level (reservoirs: 汛限). Pure.
import type { Instant } from '../../contracts/observation.ts';
import type { ThingState } from '../../contracts/wire.ts';
import { latest } from '../../screen/live/mirror.ts';
import { isLive } from '../../streams/staleness.ts';
import { waterLevel } from '../../streams/water/water-level.ts';

export interface GaugeRow {
  readonly id: number;
  readonly name: string;
  readonly river: string;
  readonly reservoir: boolean;
  /** Level − warning level, m; null: no value, or the gauge has no mark. */
  readonly above: number | null;
  readonly level: number | null;
  /** Guarantee − warning level, m. */
  readonly room: number | null;
  readonly live: boolean;
  readonly trusted: boolean;
  readonly asOf: Instant | null;
  readonly datastream: number | null;
  readonly longitude: number;
  readonly latitude: number;
}
const word = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Nearest to its mark first. */
export function gaugeRows(things: Iterable<ThingState>, now: Instant): GaugeRow[] {
  const rows: GaugeRow[] = [];
  for (const thing of things) {
    const value = latest(thing, 'z/instant/value');
    const limits = thing.properties.limits?.['z'];
    const warning = limits?.['warning'] ?? null;
    const level = value?.result ?? null;
    rows.push({
      id: thing.id,
      name: thing.name,
      river: word(thing.properties['river']) || word(thing.properties['reservoir']),
      reservoir: thing.properties['kind'] === 'reservoir' || 'reservoir' in thing.properties,
      level,
      above: level === null || warning === null ? null : level - warning,
      room: warning === null || limits?.['guarantee'] === undefined ? null : limits['guarantee'] - warning,
      live: isLive(waterLevel, thing.series['z/instant/value'], now, 'z/instant/value'),
      trusted: value?.quality === 'good',
      asOf: value?.phenomenonTime ?? null,
      datastream: value?.datastream ?? null,
      longitude: thing.position?.[0] ?? 0,
      latitude: thing.position?.[1] ?? 0,
    });
  }
  return rows.sort((a, b) => (b.above ?? -1e9) - (a.above ?? -1e9));
}

/** Common scale of the bars: from `below` metres under the mark to `over` above it. */
export const scale = { below: 4, over: 1 } as const;
/** Shares 0–1 of the bar: what is filled, and where the mark stands. */
export function barShares(above: number | null): { filled: number; exceeding: number; mark: number } {
  const span = scale.below + scale.over;
  const mark = scale.below / span;
  if (above === null) return { filled: 0, exceeding: 0, mark };
  const share = Math.min(1, Math.max(0.01, (above + scale.below) / span));
  return { filled: Math.min(share, mark), exceeding: Math.max(0, share - mark), mark };
}
/** rising · falling · steady by the change per hour, m; beyond the wind's waves. */
export function trendOf(changePerHour: number | null): 'rising' | 'falling' | 'steady' | 'unknown' {
  if (changePerHour === null) return 'unknown';
  return changePerHour >= 0.02 ? 'rising' : changePerHour <= -0.02 ? 'falling' : 'steady';
}

/** Gauges along each river from its head, for the profile; rivers with the gauge nearest to its mark first. */
export function riverProfiles(rows: readonly GaugeRow[], most: number): { readonly river: string; readonly gauges: readonly GaugeRow[] }[] {
  const rivers = new Map<string, GaugeRow[]>();
  for (const row of rows) if (row.river) rivers.set(row.river, [...(rivers.get(row.river) ?? []), row]);
  return [...rivers]
    .filter(([, gauges]) => gauges.length >= 2)
    .sort(([, a], [, b]) => b.length - a.length || (b[0]?.above ?? -1e9) - (a[0]?.above ?? -1e9))
    .slice(0, most)
    .map(([river, gauges]) => ({ river, gauges: [...gauges].sort((a, b) => (b.level ?? 0) - (a.level ?? 0)) }));
}
