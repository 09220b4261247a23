// The span of time that a value speaks for, in words: 10–11 时 for an hour mean, 11:20 for an instant, 11-23 for a day.
import type { Instant, SeriesKey } from '../../contracts/observation.ts';
import { dayTimeText, timeText } from '../../screen/console/wording.ts';
import { periodOf } from '../../streams/staleness.ts';
import { endOf } from './stations.ts';

export function periodText(time: Instant, series: SeriesKey): string {
  const period = periodOf(series);
  if (period === 'day') return `${dayTimeText(time).slice(0, 5)} 全日`;
  if (period === 'hour') return `${timeText(time).slice(0, 2)}–${timeText(endOf(time, series)).slice(0, 2)} 时`;
  if (period === 'minute') return `${timeText(time)} 起的分钟均值`;
  return timeText(time);
}
