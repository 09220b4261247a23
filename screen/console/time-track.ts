// The 24-hour track of the time bar: where a moment lies, which moment a place means, bars of arrivals, shapes of alarms, the ticks under it.
import { type AlertLevel, levelRank } from '../../contracts/event.ts';
import type { Instant } from '../../contracts/observation.ts';

export interface Track {
  readonly from: Instant;
  readonly to: Instant;
}

const HOUR = 3_600_000;
const SHANGHAI = 8 * HOUR;
/** What lies to the right of now: room for the handle's own label, so that it never falls off the page. */
const ahead = HOUR / 2;

/** A day back from now, and a little ahead; it moves by whole minutes, so that nothing trembles. */
export function trackAround(now: Instant): Track {
  const minute = Math.floor(now / 60_000) * 60_000;
  return { from: minute - 24 * HOUR, to: minute + ahead };
}
/** Share 0–1 along the track; outside is clamped. */
export function shareOf(track: Track, at: Instant): number {
  return Math.min(1, Math.max(0, (at - track.from) / (track.to - track.from)));
}
/** The moment at a share of the track, to the whole minute; never after now. */
export function momentAt(track: Track, share: number, now: Instant): Instant {
  const at = track.from + Math.min(1, Math.max(0, share)) * (track.to - track.from);
  return Math.min(Math.floor(now / 1000) * 1000, Math.round(at / 60_000) * 60_000);
}

/** Shares and heights 0–1 of the arrival bars; the fullest bar is 1. */
export function arrivalBars(
  track: Track,
  arrivals: readonly { readonly at: Instant; readonly count: number }[],
  bucketSeconds: number,
): { share: number; width: number; height: number }[] {
  const inside = arrivals.filter((bar) => bar.at + bucketSeconds * 1000 > track.from && bar.at < track.to);
  const most = Math.max(1, ...inside.map((bar) => bar.count));
  return inside.map((bar) => ({
    share: shareOf(track, bar.at),
    width: shareOf(track, bar.at + bucketSeconds * 1000) - shareOf(track, bar.at),
    height: bar.count / most,
  }));
}

export interface TrackMark {
  readonly share: number;
  readonly level: AlertLevel;
  readonly title: string;
  readonly count: number;
}
/** Alarms by when they began. Those too near to be told apart stand as the worst of them. */
export function alarmMarks(
  track: Track,
  alarms: readonly { readonly since: Instant; readonly level: AlertLevel; readonly title: string }[],
  nearest = 0.015,
): TrackMark[] {
  const marks: TrackMark[] = [];
  const ordered = alarms.filter((alarm) => alarm.since >= track.from && alarm.since <= track.to).sort((a, b) => a.since - b.since);
  for (const alarm of ordered) {
    const share = shareOf(track, alarm.since);
    const before = marks.at(-1);
    if (!before || share - before.share >= nearest) marks.push({ share, level: alarm.level, title: alarm.title, count: 1 });
    else {
      const worse = levelRank(alarm.level) < levelRank(before.level) ? alarm : before;
      marks[marks.length - 1] = { share: before.share, level: worse.level, title: worse.title, count: before.count + 1 };
    }
  }
  return marks;
}

/** Every three hours of Liaoning's clock; midnight with its date. */
export function trackTicks(track: Track): { share: number; text: string }[] {
  const step = 3 * HOUR;
  const ticks: { share: number; text: string }[] = [];
  for (let at = Math.ceil((track.from + SHANGHAI) / step) * step - SHANGHAI; at <= track.to; at += step) {
    const clock = new Date(at + SHANGHAI).toISOString();
    const hour = clock.slice(11, 16);
    ticks.push({ share: shareOf(track, at), text: hour === '00:00' || ticks.length === 0 ? `${clock.slice(5, 10)} ${hour}` : hour });
  }
  return ticks;
}
