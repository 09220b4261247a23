// The last day of the whole province: arrivals for the time bar, alarms that began in it. Read anew every half minute.
import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';
import type { Alarm } from '../../contracts/event.ts';
import type { Instant } from '../../contracts/observation.ts';
import { type Arrivals, alarmsBetween, arrivals } from '../../screen/live/past.http.ts';

const DAY = 86_400_000;
const again = 30_000;
export const arrivalBucketSeconds = 900;

export function useDay(now: () => Instant): {
  readonly bars: Readonly<ShallowRef<Arrivals['buckets']>>;
  /** null: could not be read. */
  readonly alarms: Readonly<ShallowRef<readonly Alarm[] | null>>;
  refresh(): void;
} {
  const bars = shallowRef<Arrivals['buckets']>([]);
  const alarms = shallowRef<readonly Alarm[] | null>(null);
  const gone = new AbortController();
  const read = async (): Promise<void> => {
    const [from, to] = [now() - DAY, now()];
    const [volume, began] = await Promise.allSettled([
      arrivals(from, to, arrivalBucketSeconds, gone.signal),
      alarmsBetween(from, to, gone.signal),
    ]);
    if (gone.signal.aborted) return;
    if (volume.status === 'fulfilled') bars.value = volume.value.buckets;
    if (began.status === 'fulfilled') alarms.value = began.value;
  };
  // After the first paint: neither is in it.
  const first = setTimeout(() => void read(), 400);
  const timer = setInterval(() => void read(), again);
  onScopeDispose(() => {
    clearTimeout(first);
    clearInterval(timer);
    gone.abort();
  });
  return { bars, alarms, refresh: () => void read() };
}
