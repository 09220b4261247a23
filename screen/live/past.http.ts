// What a page asks the server for: the past minute, history, lineage, arrivals, the session. Each answer typed by contracts/wire.ts.
import type { Alarm } from '../../contracts/event.ts';
import type { BBox } from '../../contracts/geo.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import type { Instant } from '../../contracts/observation.ts';
import type { StreamPath } from '../../contracts/stream.ts';
import type { Trust } from '../../contracts/trust.ts';
import type { History, HistoryPoint, Lineage, ObservationEvent, Page, SessionReply, ThingState } from '../../contracts/wire.ts';

/** The server's refusal, or that it did not answer (code `unreachable`). */
export class Refused extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number, title: string) {
    super(title);
    this.name = 'Refused';
    this.code = code;
    this.status = status;
  }
}

/** @throws Refused, or the signal's AbortError */
export function ask<T>(address: string, signal?: AbortSignal): Promise<T> {
  return answerOf(address, {}, signal);
}
/** A question with a body. @throws Refused, or the signal's AbortError */
export function post<T>(address: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return answerOf(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }, signal);
}
async function answerOf<T>(address: string, request: RequestInit, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address, { ...request, credentials: 'same-origin', ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused('unreachable', 0, '服务器没有应答');
  }
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => null)) as { code?: string; title?: string } | null;
  throw new Refused(problem?.code ?? 'internal', response.status, problem?.title ?? `服务器答 ${response.status}`);
}

function address(path: string, parameters: Readonly<Record<string, string | number | null | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== null && value !== undefined) query.set(name, String(value));
  return `${path}?${query}`;
}
const iso = (instant: Instant): string => new Date(instant).toISOString();

/** All pages of a list, at most `pages`. */
async function allPages<T>(first: string, signal: AbortSignal | undefined, pages = 50): Promise<readonly T[]> {
  const items: T[] = [];
  let next: string | null = first;
  for (let page = 0; next !== null && page < pages; page++) {
    const answer: Page<T> = await ask<Page<T>>(next, signal);
    items.push(...answer.items);
    next = answer.next;
  }
  return items;
}

/** Latest values of a stream's Things as known at `at`. */
export function pastThings(stream: StreamPath, at: Instant, bbox?: BBox, signal?: AbortSignal): Promise<readonly ThingState[]> {
  return allPages(address('/api/latest', { stream, at: iso(at), bbox: bbox?.join(','), limit: 1000 }), signal);
}
/** Active observations of an event stream as known at `at`. */
export function pastObservations(stream: StreamPath, at: Instant, bbox?: BBox, signal?: AbortSignal): Promise<readonly ObservationEvent[]> {
  return allPages(address('/api/latest', { stream, at: iso(at), bbox: bbox?.join(','), limit: 1000 }), signal);
}
/** Alarms that were open at `at`. */
export function pastAlarms(at: Instant, signal?: AbortSignal): Promise<readonly Alarm[]> {
  return allPages(address('/api/alarms', { at: iso(at) }), signal);
}
/** Alarms that began inside a span, cleared or not. */
export function alarmsBetween(from: Instant, to: Instant, signal?: AbortSignal): Promise<readonly Alarm[]> {
  return allPages(address('/api/alarms', { from: iso(from), to: iso(to) }), signal);
}
/** Indicators of an area and of what lies inside it, as known at `at`; absent: now. */
export async function pastIndicators(adcode: string, at: Instant | null, signal?: AbortSignal): Promise<readonly Indicator[]> {
  const answer = await ask<readonly Indicator[] | Page<Indicator>>(
    address(`/api/indicators/${adcode}`, { at: at === null ? null : iso(at), below: 1 }),
    signal,
  );
  return 'items' in answer ? answer.items : answer;
}

export interface HistoryQuestion {
  readonly datastream: number;
  readonly from: Instant;
  readonly to: Instant;
  /** Mean, minimum and maximum of each bucket; null: every point. */
  readonly bucketSeconds: number | null;
  /** Only what had arrived by then; absent or null: by now. */
  readonly at?: Instant | null;
}
/** Points of a span in order of time. */
export async function history(question: HistoryQuestion, signal?: AbortSignal): Promise<readonly HistoryPoint[]> {
  let next: string | null = address('/api/history', {
    datastream: question.datastream,
    from: iso(question.from),
    to: iso(question.to),
    bucket: question.bucketSeconds,
    at: question.at == null ? null : iso(question.at),
  });
  const points: HistoryPoint[] = [];
  for (let page = 0; next !== null && page < 20; page++) {
    const answer: History = await ask<History>(next, signal);
    points.push(...answer.points);
    next = answer.next;
  }
  return points.sort((a, b) => a.phenomenonTime - b.phenomenonTime);
}

/** From one number back to its rule, its checks and its raw frame. */
export function lineage(datastream: number, phenomenonTime: Instant, signal?: AbortSignal): Promise<Lineage> {
  return ask(`/api/lineage/observation/${datastream}:${phenomenonTime}`, signal);
}

/** Trust in each series of a Thing, now or as it was. @throws Refused */
export const trustOf = (thing: number, at: Instant | null, signal?: AbortSignal): Promise<readonly Trust[]> =>
  allPages(address('/api/trust', { thing, at: at === null ? null : iso(at) }), signal);

export interface Arrivals {
  readonly bucketSeconds: number;
  readonly buckets: readonly { readonly at: Instant; readonly count: number }[];
}
/** How many observations arrived in each bucket of a span. */
export function arrivals(from: Instant, to: Instant, bucketSeconds: number, signal?: AbortSignal): Promise<Arrivals> {
  return ask(address('/api/arrivals', { from: iso(from), to: iso(to), bucket: bucketSeconds }), signal);
}

/** Who is looking. @throws Refused unauthenticated */
export function session(signal?: AbortSignal): Promise<SessionReply> {
  return ask('/api/session', signal);
}
export async function endSession(): Promise<void> {
  await fetch('/api/session', { method: 'DELETE', credentials: 'same-origin' }).catch(() => undefined);
}
