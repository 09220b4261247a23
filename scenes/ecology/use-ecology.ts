// The page's model: from live values and the address to rows, counts, selection and limits. List, map and detail all read this one.
import { type ComputedRef, computed, shallowRef, watch } from 'vue';
import type { Alarm } from '../../contracts/event.ts';
import { type BBox, cityOf, insideBBox, type LngLat } from '../../contracts/geo.ts';
import type { Instant, SeriesKey } from '../../contracts/observation.ts';
import type { Stream } from '../../contracts/stream.ts';
import type { ThingState } from '../../contracts/wire.ts';
import { changePerHour, type TrendPoint } from '../../screen/console/trend.ts';
import type { Address } from '../../screen/console/use-address.ts';
import { byPath, streams } from '../../streams/index.ts';
import { isLive, periodOf } from '../../streams/staleness.ts';
import { alarmsByThing } from './alarm-groups.ts';
import { limitsOf } from './limits.ts';
import type { PageSource } from './page-source.ts';
import { buildRow, countRows, offeredSeries, passes, type RowContext, type StationRow, sortRows } from './stations.ts';
import type { PageState } from './url-state.ts';
import { views } from './views.ts';

const declared = byPath(streams);

interface Kept {
  readonly thing: ThingState;
  readonly stamp: string;
  readonly alarm: string;
  readonly change: number | null | undefined;
  readonly row: StationRow | null;
}

/** Seconds between two readings of a series, as promised. */
export function stepOf(stream: Stream, series: SeriesKey): number {
  const period = periodOf(series);
  return period === 'hour' ? 3600 : period === 'day' ? 86_400 : stream.periodSeconds;
}

export function useEcology(source: PageSource, address: Address<PageState>, trends: () => ReadonlyMap<number, readonly TrendPoint[]>) {
  const { state, change } = address;
  const view = computed(() => views[state.value.view]);
  const stream = computed<Stream>(() => declared.get(view.value.path) as Stream);
  const series = computed<SeriesKey>(() => state.value.series ?? stream.value.headline);
  const moment = computed<Instant>(() => state.value.at ?? source.now());
  /** Ages and silence move in steps of five seconds; the clock itself moves on the second. */
  const beat = computed<Instant>(() => Math.floor(moment.value / 5000) * 5000);
  const part = computed(() => source.things(state.value.view));
  /** What the map shows; null: not known yet. */
  const sight = shallowRef<BBox | null>(null);
  const narrowed = computed<BBox | null>(() => (state.value.inView ? sight.value : null));
  const inSight = (position: LngLat | null): boolean =>
    narrowed.value === null || (position !== null && insideBBox(position, narrowed.value));
  const alarms = computed(() =>
    source
      .alarms()
      .data.filter(
        (alarm) =>
          alarm.stream === view.value.path &&
          alarm.cleared === null &&
          (alarm.position === null || inSight(alarm.position)) &&
          (state.value.city === null || cityOf(alarm.adcode) === state.value.city),
      ),
  );
  const alarmsOf = computed(() => alarmsByThing(alarms.value));
  const changes = computed(() => new Map([...trends()].map(([datastream, points]) => [datastream, changePerHour(points)] as const)));

  function contextOf(chosen: SeriesKey, strictly: boolean): RowContext {
    const own = stream.value;
    const now = beat.value;
    return {
      view: state.value.view,
      stream: own,
      series: chosen,
      strictly,
      now,
      isLive: (latest, key) => isLive(own, latest, now, key),
      alarms: alarmsOf.value,
      changes: changes.value,
    };
  }
  /** Rows are built anew only where something of them moved: the mirror gives a changed Thing as a new object. */
  let kept = new Map<number, Kept>();
  const built: ComputedRef<readonly StationRow[]> = computed(() => {
    const context = contextOf(series.value, state.value.series !== null);
    const stamp = `${state.value.view}|${context.series}|${context.strictly}|${context.now}`;
    const fresh = new Map<number, Kept>();
    const list: StationRow[] = [];
    for (const thing of part.value.data) {
      const own = context.alarms.get(thing.id);
      const alarm = own ? own.map((one) => one.level).join() : '';
      const shown = thing.series[context.series]?.[6];
      const change = shown === undefined ? undefined : context.changes.get(shown);
      const before = kept.get(thing.id);
      const same = before && before.thing === thing && before.stamp === stamp && before.alarm === alarm && before.change === change;
      const entry = same ? before : { thing, stamp, alarm, change, row: buildRow(thing, context) };
      fresh.set(thing.id, entry);
      if (entry.row) list.push(entry.row);
    }
    kept = fresh;
    return list;
  });
  const rows = computed(() => (narrowed.value === null ? built.value : built.value.filter((row) => inSight(row.position))));
  const shown = computed(() =>
    sortRows(
      rows.value.filter((row) => passes(row, state.value)),
      state.value.sort,
    ),
  );
  /** For the map: what comes into sight while it moves is there at once, as far as the line has brought it. */
  const mapped = computed(() => (narrowed.value === null ? shown.value : built.value.filter((row) => passes(row, state.value))));
  const counts = computed(() => countRows(rows.value));
  const perCity = computed(() => {
    const count = new Map<string, number>();
    for (const row of rows.value) count.set(row.city, (count.get(row.city) ?? 0) + 1);
    return count;
  });
  const selectedThing = computed<ThingState | null>(() => part.value.data.find((thing) => thing.uid === state.value.selected) ?? null);
  /** The selection as the list has it. */
  const selected = computed<StationRow | null>(() => built.value.find((row) => row.uid === state.value.selected) ?? null);
  /** The selection with the series that the detail shows. */
  const detail = computed<StationRow | null>(() =>
    selectedThing.value
      ? buildRow(selectedThing.value, contextOf(state.value.detail ?? selected.value?.series ?? series.value, false))
      : null,
  );
  const limits = computed(() => (detail.value ? limitsOf(stream.value, detail.value.series, detail.value.thing.properties) : []));
  const neighbours = computed(() => {
    const own = selected.value;
    // Neighbours breathe the same air; neighbouring gauges and outfalls have nothing in common.
    return own && state.value.view === 'air'
      ? rows.value.filter((row) => row.city === own.city && row.id !== own.id && row.trust === 'good').slice(0, 6)
      : [];
  });
  const filtered = computed(() => {
    const { city, trust, abnormal, inView, query } = state.value;
    return city !== null || trust !== null || abnormal || inView || query.trim() !== '';
  });
  // The line brings what the map shows, and the selection wherever it lies: the detail lives on it.
  watch(
    [narrowed, () => selectedThing.value?.position ?? null, () => part.value.state],
    ([box, chosen, known]) => {
      if (box === null || known === 'normal') source.look(box && chosen ? around(box, chosen) : box);
    },
    { immediate: true },
  );

  function select(uid: string | null): void {
    if (uid !== state.value.selected) change({ selected: uid, detail: null });
  }
  function selectId(id: number): void {
    const uid = part.value.data.find((thing) => thing.id === id)?.uid;
    if (uid) select(uid);
  }
  function step(by: 1 | -1): void {
    const list = shown.value;
    const at = list.findIndex((row) => row.uid === state.value.selected);
    const next = list[at < 0 ? 0 : Math.min(list.length - 1, Math.max(0, at + by))];
    if (next) select(next.uid);
  }
  const clearFilter = (): void => change({ city: null, trust: null, abnormal: false, inView: false, query: '' });
  const see = (box: BBox): void => {
    sight.value = box;
  };
  /** The list is the one that was asked for: narrowed to the map, where the map has said what it shows. */
  const listed = computed(() => !state.value.inView || sight.value !== null);

  return {
    ...{ see, mapped, listed },
    ...{ view, stream, series, moment, part, alarms, rows, shown, counts, perCity, selected, detail, limits, neighbours, filtered },
    offered: computed(() => offeredSeries(stream.value, part.value.data)),
    simulated: computed(() => part.value.data.filter((thing) => thing.provenance === 'simulated').length),
    ...{ select, selectId, step, clearFilter },
  };
}
function around([west, south, east, north]: BBox, [lng, lat]: LngLat): BBox {
  const margin = 0.01;
  return [Math.min(west, lng - margin), Math.min(south, lat - margin), Math.max(east, lng + margin), Math.max(north, lat + margin)];
}
export type EcologyModel = ReturnType<typeof useEcology>;

/** Alarms that the time bar shows: what the page knows to have begun in its 24 hours. */
export function trackAlarms(alarms: readonly Alarm[]): { since: Instant; level: Alarm['level']; title: string }[] {
  return alarms.map((alarm) => ({ since: alarm.since, level: alarm.level, title: `${alarm.thingName} ${alarm.title}` }));
}
