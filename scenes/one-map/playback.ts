// The time bar of the page: what it reaches over, how fast it plays, its ticks, and the moment that comes next. Pure.
import type { Instant } from '../../contracts/observation.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const spans = ['hour', 'day', 'week', 'month', 'year'] as const;
export type Span = (typeof spans)[number];
export const spanTitle: Readonly<Record<Span, string>> = { hour: '1 小时', day: '24 小时', week: '7 天', month: '30 天', year: '365 天' };
export const spanLength: Readonly<Record<Span, number>> = { hour: HOUR, day: DAY, week: 7 * DAY, month: 30 * DAY, year: 365 * DAY };
/** Distance of two ticks. */
const tickEvery: Readonly<Record<Span, number>> = { hour: 10 * MINUTE, day: 3 * HOUR, week: DAY, month: 5 * DAY, year: 60 * DAY };

/** Time that passes on the map in each step of about a second. */
export interface Pace {
  readonly milliseconds: number;
  readonly title: string;
}
const paces: readonly Pace[] = [
  { milliseconds: MINUTE, title: '1 min' },
  { milliseconds: 5 * MINUTE, title: '5 min' },
  { milliseconds: 10 * MINUTE, title: '10 min' },
  { milliseconds: HOUR, title: '1 h' },
  { milliseconds: 3 * HOUR, title: '3 h' },
  { milliseconds: 12 * HOUR, title: '12 h' },
  { milliseconds: DAY, title: '1 d' },
  { milliseconds: 7 * DAY, title: '7 d' },
  { milliseconds: 30 * DAY, title: '30 d' },
];
/** Paces that go through a span in 12 to 150 steps. */
export function pacesOf(span: Span): readonly Pace[] {
  return paces.filter(({ milliseconds }) => {
    const steps = spanLength[span] / milliseconds;
    return steps >= 12 && steps <= 150;
  });
}
/** The same pace where the span has it, else the nearest. */
export function paceIn(span: Span, milliseconds: number): Pace {
  const distance = (pace: Pace): number => Math.abs(Math.log(pace.milliseconds / milliseconds));
  return pacesOf(span).reduce((best, pace) => (distance(pace) < distance(best) ? pace : best), pacesOf(span)[0] as Pace);
}

/** The next moment of a playback; null: now is reached, and it ends. From now, or from before the span, it begins at the span's start. */
export function nextMoment(at: Instant | null, pace: number, span: Span, now: Instant): Instant | null {
  const from = Math.floor((now - spanLength[span]) / 1000) * 1000;
  // The span moves on with the clock while it is played: a moment that it has just left is no reason to begin again.
  if (at === null || at + pace < from) return from;
  return at + pace >= now ? null : at + pace;
}

export interface Tick {
  /** 0–1 of the span. */
  readonly share: number;
  readonly text: string;
}
const SHANGHAI = 8 * HOUR;
/** Ticks on whole hours or days of Liaoning. */
export function ticksOf(span: Span, now: Instant): readonly Tick[] {
  const from = now - spanLength[span];
  const every = tickEvery[span];
  const first = Math.ceil((from + SHANGHAI) / every) * every - SHANGHAI;
  const ticks: Tick[] = [];
  for (let at = first; at < now - every / 4; at += every) {
    const text = new Date(at + SHANGHAI).toISOString();
    const midnight = text.slice(11, 16) === '00:00';
    ticks.push({ share: (at - from) / spanLength[span], text: every >= DAY || midnight ? text.slice(5, 10) : text.slice(11, 16) });
  }
  return ticks;
}
