// The last hours of many series, for sparklines: read once, a few at a time, read again when the moment has moved on by ten minutes.
import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import type { Instant } from '../../contracts/observation.ts';
import { history } from './past.http.ts';

/** [time, mean of what is not bad]; null: nothing then. */
export type DayPoint = readonly [at: Instant, value: number | null];
export interface DayQuestion {
  readonly hours: number;
  readonly bucketSeconds: number;
}
const step = 600_000;
/** Questions in flight: the wall is one of many readers. */
const lanes = 3;

/** @param moment the moment shown · @param past the same, null while live: then only what was known by then is shown · @param wanted datastreams, may change at any time */
export function useDays(
  moment: () => Instant,
  past: () => Instant | null,
  wanted: () => readonly number[],
  { hours, bucketSeconds }: DayQuestion,
): Readonly<ShallowRef<ReadonlyMap<number, readonly DayPoint[]>>> {
  const days = shallowRef<ReadonlyMap<number, readonly DayPoint[]>>(new Map());
  let asking = new AbortController();
  const tenMinutes = (): Instant => Math.ceil(moment() / step) * step;
  async function read(ids: readonly number[], to: Instant, signal: AbortSignal): Promise<void> {
    const waiting = [...ids];
    const found = new Map(days.value);
    const lane = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined && !signal.aborted; id = waiting.shift()) {
        try {
          const from = to - hours * 3_600_000;
          // In the past only what had happened by then: the end is the moment itself.
          const points = await history({ datastream: id, from, to: Math.min(to, moment()), bucketSeconds, at: past() }, signal);
          found.set(
            id,
            points.filter((point) => point.quality !== 'bad').map((point) => [point.phenomenonTime, point.result] as const),
          );
        } catch {
          // A line that could not be read is no line; the number beside it carries its own state.
          if (signal.aborted) return;
          found.delete(id);
        }
        if (found.size % 8 === 0) days.value = new Map(found);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    if (!signal.aborted) days.value = found;
  }
  watch(
    [tenMinutes, () => [...wanted()].sort((a, b) => a - b).join(',')] as const,
    ([to, ids], before) => {
      const list = ids === '' ? [] : ids.split(',').map(Number);
      // Same moment, more series: only the new ones are read.
      const fresh = before?.[0] === to ? list.filter((id) => !days.value.has(id)) : list;
      if (before?.[0] !== to) {
        asking.abort();
        asking = new AbortController();
      }
      if (fresh.length > 0) void read(fresh, to, asking.signal);
    },
    { immediate: true },
  );
  onScopeDispose(() => asking.abort());
  return days;
}
