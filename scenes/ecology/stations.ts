// Rows of the station table: what the list, the map and the detail all read, sorted by how unusual each station is.
import { type Alarm, type AlertLevel, levelRank } from '../../contracts/event.ts';
import { type AdCode, cityOf, type LngLat } from '../../contracts/geo.ts';
import type { Check, FrameId, Instant, Period, Provenance, SeriesKey } from '../../contracts/observation.ts';
import { observedProperty } from '../../contracts/observed-property.ts';
import type { Stream } from '../../contracts/stream.ts';
import type { LatestTuple, ThingState } from '../../contracts/wire.ts';
import { type Trust, trustOf, trusts } from '../../screen/console/trust.ts';
import { periodOf, periodSeconds } from '../../streams/staleness.ts';
import { cityName } from './city-name.ts';
import { limitsOf, type OwnLimit } from './limits.ts';
import type { Sort, ViewId } from './url-state.ts';
import { type Badge, badgeOf, noBadge } from './views.ts';

export interface StationRow {
  readonly thing: ThingState;
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly city: AdCode;
  readonly cityName: string;
  readonly position: LngLat | null;
  readonly provenance: Provenance;
  readonly series: SeriesKey;
  /** The chosen series' latest value; null: none, or the sensor says none. */
  readonly value: number | null;
  readonly latest: LatestTuple | null;
  readonly datastream: number | null;
  readonly frame: FrameId | null;
  readonly failed: readonly Check[];
  readonly trust: Trust;
  /** Milliseconds since the end of the period that the value speaks for; null: never reported. */
  readonly age: number | null;
  readonly badge: Badge;
  /** Worst open alarm. */
  readonly alarm: AlertLevel | null;
  readonly alarms: number;
  /** Change per hour in the unit of the series; null: not known. */
  readonly change: number | null;
  /** How unusual: larger is worse. Alarms first, then trust, strain and change. */
  readonly anomaly: number;
}

export interface RowContext {
  readonly view: ViewId;
  readonly stream: Stream;
  readonly series: SeriesKey;
  /** The series was asked for by name: a Thing without it shows no other in its place. */
  readonly strictly: boolean;
  readonly now: Instant;
  /** The stream's own rule of silence. */
  isLive(latest: LatestTuple, series: SeriesKey): boolean;
  /** Open alarms by Thing. */
  readonly alarms: ReadonlyMap<number, readonly Alarm[]>;
  /** Change per hour by Datastream, as far as known. */
  readonly changes: ReadonlyMap<number, number | null>;
}

/** End of the period that a value speaks for. */
export function endOf(time: Instant, series: SeriesKey): Instant {
  return time + periodSeconds[periodOf(series)] * 1000;
}

/**
 * The series of a Thing that a list shows: the chosen one, or another of the same property; unless it was asked for by name, the first that the
 * stream declares and the Thing has. null: none.
 */
export function shownSeries(thing: ThingState, context: Pick<RowContext, 'stream' | 'series' | 'strictly'>): SeriesKey | null {
  if (thing.series[context.series]) return context.series;
  const own = Object.keys(thing.series) as SeriesKey[];
  const property = propertyOf(context.series);
  const same = own.find((key) => propertyOf(key) === property);
  if (same || context.strictly) return same ?? null;
  const limited = context.stream.thresholds.map((threshold) => threshold.series).find((key) => thing.series[key]);
  return limited ?? (Object.keys(context.stream.quality) as SeriesKey[]).find((key) => thing.series[key]) ?? own[0] ?? null;
}

/** null: the Thing has no such series and `strictly` holds. A Thing that never reported has a row, with the series that is waited for. */
export function buildRow(thing: ThingState, context: RowContext): StationRow | null {
  const found = shownSeries(thing, context);
  if (found === null && context.strictly && Object.keys(thing.series).length > 0) return null;
  const series = found ?? context.series;
  const latest = thing.series[series] ?? null;
  const stale = latest === null || !context.isLive(latest, series);
  const trust = latest === null ? 'lost' : trustOf(latest[2], stale);
  const limits: Record<SeriesKey, readonly OwnLimit[]> = {};
  for (const key of new Set(context.stream.thresholds.map((threshold) => threshold.series)))
    limits[key] = limitsOf(context.stream, key, thing.properties);
  const badge = stale ? noBadge : badgeOf(context.view, thing, limits);
  const alarms = context.alarms.get(thing.id) ?? [];
  const alarm = alarms.reduce<AlertLevel | null>((worst, a) => (!worst || levelRank(a.level) < levelRank(worst) ? a.level : worst), null);
  const change = latest === null || stale ? null : (context.changes.get(latest[6]) ?? null);
  const row = {
    thing,
    id: thing.id,
    uid: thing.uid,
    name: thing.name,
    city: cityOf(thing.adcode),
    cityName: cityName(thing.adcode),
    position: thing.position,
    provenance: thing.provenance,
    series,
    value: latest?.[0] ?? null,
    latest,
    datastream: latest?.[6] ?? null,
    frame: latest?.[5] ?? null,
    failed: latest?.[3] ?? [],
    trust,
    age: latest === null ? null : Math.max(0, context.now - endOf(latest[1], series)),
    badge,
    alarm,
    alarms: alarms.length,
    change,
  };
  return { ...row, anomaly: anomalyOf(row, context.stream.quality[series]?.ratePerSecond) };
}

const trustWeight: Readonly<Record<Trust, number>> = { good: 0, none: 10, lost: 20, suspect: 45, bad: 60 };

/**
 * How unusual a station is. One alarm level outweighs everything below it: 1000 for red down to 250 for blue; then strain (200 at a limit or
 * AQI 150), doubt (45 or 60) and a change beyond what is believable (up to 40). A silent station comes before a calm one, after a strained one.
 */
export function anomalyOf(row: Pick<StationRow, 'alarm' | 'trust' | 'badge' | 'change'>, ratePerSecond: number | undefined): number {
  const alarm = row.alarm === null ? 0 : 1000 - levelRank(row.alarm) * 250;
  const strain = Math.min(row.badge.strain, 2.4) * 100;
  const rate = ratePerSecond && row.change !== null ? Math.min(1, Math.abs(row.change) / (ratePerSecond * 3600)) * 40 : 0;
  return alarm + strain + trustWeight[row.trust] + rate;
}

/** Sorted copy. Ties by name, so that rows do not jump. Without a value: last. */
export function sortRows(rows: readonly StationRow[], sort: Sort): StationRow[] {
  const byName = (a: StationRow, b: StationRow): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id);
  if (sort === 'anomaly') return [...rows].sort((a, b) => b.anomaly - a.anomaly || byName(a, b));
  return [...rows].sort((a, b) => {
    if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null) || byName(a, b);
    return b.value - a.value || byName(a, b);
  });
}

export interface RowFilter {
  readonly city: AdCode | null;
  readonly trust: Trust | null;
  readonly abnormal: boolean;
  readonly query: string;
}
/** Alarmed, over a limit, at AQI above 150, or not trusted. */
export function isAbnormal(row: StationRow): boolean {
  return row.alarm !== null || row.badge.breach || row.badge.strain > 1 || row.trust !== 'good';
}
export function passes(row: StationRow, filter: RowFilter): boolean {
  if (filter.city !== null && row.city !== filter.city) return false;
  if (filter.trust !== null && row.trust !== filter.trust) return false;
  if (filter.abnormal && !isAbnormal(row)) return false;
  const needle = filter.query.trim().toLowerCase();
  if (needle === '') return true;
  const text = `${row.name} ${row.cityName} ${row.uid} ${row.thing.properties.device?.id ?? ''}`.toLowerCase();
  return needle.split(/\s+/).every((word) => text.includes(word));
}

export interface Counts extends Readonly<Record<Trust, number>> {
  readonly all: number;
  /** Reporting in time, whatever they say. */
  readonly live: number;
}
export function countRows(rows: readonly StationRow[]): Counts {
  const counts = Object.fromEntries(trusts.map((trust) => [trust, 0])) as Record<Trust, number>;
  for (const row of rows) counts[row.trust]++;
  return { ...counts, all: rows.length, live: rows.length - counts.lost };
}

/** Series that a property chip offers: those of the stream's declaration first, in its order, then what the Things send besides. */
export function offeredSeries(stream: Stream, things: Iterable<ThingState>): SeriesKey[] {
  const present = new Set<SeriesKey>();
  for (const thing of things) for (const key of Object.keys(thing.series)) present.add(key as SeriesKey);
  const declared = [stream.headline, ...(Object.keys(stream.quality) as SeriesKey[])];
  return [...new Set([...declared.filter((key) => present.has(key)), ...[...present].sort()])];
}

export function propertyOf(series: SeriesKey): string {
  return series.split('/')[0] ?? '';
}

/** Name, unit and honest decimals of a series as this view has it: stacks are in mg/m³ where ambient air has µg/m³ (HJ 212 Appendix B). */
export function figureOf(view: ViewId, series: SeriesKey): { name: string; unit: string; decimals: number } {
  const code = propertyOf(series);
  // -Zs: converted to the reference oxygen content, HJ 212-2017 §6.3.1.
  const converted = code.endsWith('-Zs');
  const property = observedProperty(converted ? code.slice(0, -3) : code);
  const name = converted ? `${property.zh}折算` : property.zh;
  if (view === 'source' && property.unit === 'ug/m3') return { name, unit: 'mg/m³', decimals: Math.max(1, property.decimals) };
  return { name, unit: property.unitText, decimals: property.decimals };
}

const periodTitle: Readonly<Record<Period, string>> = { instant: '实时值', minute: '分钟值', hour: '小时值', day: '日值' };
/** PM2.5 小时值 */
export function seriesTitle(series: SeriesKey): string {
  const [, , statistic = 'value'] = series.split('/');
  const extreme = statistic === 'min' ? '最小' : statistic === 'max' ? '最大' : statistic === 'sum' ? '累计' : '';
  return `${figureOf('air', series).name} ${periodTitle[periodOf(series)]}${extreme}`;
}
