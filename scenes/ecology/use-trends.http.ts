// Last 24 hours of many series for the small lines and the neighbours: asked for when a row comes into sight, four at a time, kept, and carried on by the live values.
import { onScopeDispose, type ShallowRef, watch } from 'vue';
import type { Instant } from '../../contracts/observation.ts';
import type { TrendPoint } from '../../screen/console/trend.ts';
import { history } from '../../screen/live/past.http.ts';
import type { StationRow } from './stations.ts';

const HOUR = 3_600_000;
export const trendHours = 24;
const atOnce = 4;
/** After a failure a series is left alone for so long, so that a server in trouble is not asked 200 times. */
const restMilliseconds = 30_000;

export type TrendPoints = ShallowRef<ReadonlyMap<number, readonly TrendPoint[]>>;
export interface Trends {
  /** Rows whose last hours are to be there soon; those asked for last come first. */
  want(rows: readonly Pick<StationRow, 'datastream'>[]): void;
}

/**
 * @param points where they are kept, by Datastream
 * @param moment the moment that the page shows
 * @param live false in the past: then each hour has a day of its own
 * @param bucketSeconds means of so many seconds; null: the points themselves
 */
export function useTrends(
  points: TrendPoints,
  moment: () => Instant,
  live: () => boolean,
  bucketSeconds: () => number | null,
  latest: () => readonly Pick<StationRow, 'datastream' | 'latest'>[],
): Trends {
  let queue: number[] = [];
  let asked = new Set<number>();
  let running = 0;
  let generation = 0;
  let publish: ReturnType<typeof setTimeout> | null = null;
  let fetched = new Map<number, readonly TrendPoint[]>();

  // Many answers in a moment are one change of the page.
  function tell(): void {
    publish ??= setTimeout(() => {
      publish = null;
      points.value = new Map(fetched);
    }, 60);
  }
  async function take(datastream: number, of: number): Promise<void> {
    running++;
    const to = moment();
    try {
      const answer = await history({
        datastream,
        from: to - (trendHours + 1) * HOUR,
        to,
        bucketSeconds: bucketSeconds(),
        at: live() ? null : to,
      });
      if (of === generation) {
        fetched.set(datastream, answer);
        tell();
      }
    } catch {
      setTimeout(() => of === generation && asked.delete(datastream), restMilliseconds);
    } finally {
      running--;
      pump();
    }
  }
  function pump(): void {
    while (running < atOnce) {
      const next = queue.shift();
      if (next === undefined) return;
      void take(next, generation);
    }
  }
  function restart(): void {
    generation++;
    queue = [...asked];
    // The lines on the page stay until the new ones are there.
    fetched = new Map(fetched);
    asked = new Set(queue);
    pump();
  }
  watch(() => (live() ? 'live' : Math.floor(moment() / HOUR)), restart);
  watch(bucketSeconds, () => {
    fetched = new Map();
    restart();
  });
  // A live value newer than the last point carries the line on.
  watch(latest, (rows) => {
    if (!live()) return;
    let changed = false;
    for (const { datastream, latest: tuple } of rows) {
      const known = datastream === null ? undefined : fetched.get(datastream);
      if (!known || !tuple || datastream === null) continue;
      const last = known.at(-1);
      const gap = (bucketSeconds() ?? 1) * 1000;
      if (last && tuple[1] < last.phenomenonTime + gap) continue;
      const from = tuple[1] - (trendHours + 1) * HOUR;
      fetched.set(datastream, [
        ...known.filter((point) => point.phenomenonTime >= from),
        { phenomenonTime: tuple[1], result: tuple[0], quality: tuple[2] },
      ]);
      changed = true;
    }
    if (changed) tell();
  });
  onScopeDispose(() => {
    generation++;
    queue = [];
    if (publish) clearTimeout(publish);
  });
  return {
    want(rows) {
      const fresh = rows.flatMap(({ datastream }) => (datastream === null || asked.has(datastream) ? [] : [datastream]));
      for (const datastream of fresh) asked.add(datastream);
      queue = [...fresh, ...queue];
      pump();
    },
  };
}
