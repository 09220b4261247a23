// What the time bar's track shows: how much arrived when, and which alarms began, over the last 24 hours. Read anew every minute.
import { onScopeDispose, shallowRef } from 'vue';
import type { Alarm } from '../../contracts/event.ts';
import type { Instant } from '../../contracts/observation.ts';
import { type Arrivals, alarmsBetween, arrivals } from '../../screen/live/past.http.ts';

const DAY = 86_400_000;
const bucketSeconds = 900;

export function useArrivals(now: () => Instant) {
  const bars = shallowRef<Arrivals['buckets']>([]);
  /** null: not known; the alarms that are open now stand in. */
  const begun = shallowRef<readonly Alarm[] | null>(null);
  const note = shallowRef('');
  async function read(): Promise<void> {
    const to = now();
    const [counted, alarms] = await Promise.allSettled([arrivals(to - DAY, to, bucketSeconds), alarmsBetween(to - DAY, to)]);
    if (counted.status === 'fulfilled') bars.value = counted.value.buckets;
    note.value = counted.status === 'fulfilled' ? '' : `到报量读不到：${counted.reason instanceof Error ? counted.reason.message : ''}`;
    begun.value = alarms.status === 'fulfilled' ? alarms.value : null;
  }
  void read();
  const timer = setInterval(() => void read(), 60_000);
  onScopeDispose(() => clearInterval(timer));
  return { bars, begun, note, bucketSeconds };
}
