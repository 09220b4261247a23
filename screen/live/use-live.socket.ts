// What every page lives on: one clock, live or any past moment, and the values of the topics it asks for, each with the state it is in.
//
// One socket and one mirror per browser page, shared by all panels. Values are shallow: 5,000 Things never become reactive proxies; each change of a
// topic hands out a new Part around the same collection. In the past nothing live is shown, nor subscribed: every topic in use is read as it was
// known then. Only health stays live, which is about the line itself.
import { onScopeDispose, type Ref, readonly, ref, type ShallowRef, shallowReadonly, shallowRef } from 'vue';
import type { Identity } from '../../contracts/access.ts';
import type { BBox } from '../../contracts/geo.ts';
import type { Instant } from '../../contracts/observation.ts';
import type { StreamPath } from '../../contracts/stream.ts';
import type { Topic } from '../../contracts/wire.ts';
import { type Connection, type Line, openConnection, type Refusal } from './connect.socket.ts';
import { createMirror, type Kept, type Kind, keep, type View } from './mirror.ts';
import { pastAlarms, pastIndicators, pastObservations, pastThings, Refused, session } from './past.http.ts';

export interface Part<T> {
  /** loading: nothing yet for the moment asked for · normal: `data` is of that moment, however old its values · error and forbidden: why in `problem` */
  readonly state: 'loading' | 'normal' | 'error' | 'forbidden';
  /** What is there; while loading or in error: of before, for those who show it on purpose. */
  readonly data: T;
  /** Since when it is in this state, server time. */
  readonly since: Instant;
  /** Last time that the server spoke about it, server time; null: never. */
  readonly heard: Instant | null;
  readonly problem: Refusal | null;
}
export interface LineState {
  readonly state: Line;
  readonly since: Instant;
  readonly retryAt: Instant | null;
  readonly attempt: number;
}

export interface Live {
  /** Server time, moves on the second. */
  readonly now: Readonly<Ref<Instant>>;
  /** null: live. */
  readonly at: Readonly<Ref<Instant | null>>;
  readonly line: Readonly<ShallowRef<LineState>>;
  readonly identity: Readonly<ShallowRef<Identity | null>>;
  /** Shows a past moment on the whole page, or the present again. */
  seek(at: Instant | null): void;
  /** Things and observations of this box are enough for the whole page; null: all of them. The box that a page asks for may be answered with more. */
  look(box: BBox | null): void;
  things(stream: StreamPath): Readonly<ShallowRef<Part<View<'things'>>>>;
  observations(stream: StreamPath): Readonly<ShallowRef<Part<View<'observations'>>>>;
  alarms(): Readonly<ShallowRef<Part<View<'alarms'>>>>;
  indicators(): Readonly<ShallowRef<Part<View<'indicators'>>>>;
  /** Always of the present: it is about the line itself. */
  health(): Readonly<ShallowRef<Part<View<'health'>>>>;
  /** What changed in the map's layers (mirror.ts mapChangesSince); of the present, whatever the page shows. */
  map(): Readonly<ShallowRef<Part<View<'map'>>>>;
}

interface Used {
  readonly topic: Topic;
  readonly kind: Kind;
  readonly part: ShallowRef<Part<Kept[Kind]>>;
  count: number;
  refusal: Refusal | null;
}
/** While the handle of the time bar is dragged, only a rest is worth a question. */
const restMilliseconds = 120;

interface Page {
  readonly connection: Connection;
  readonly now: Ref<Instant>;
  readonly at: Ref<Instant | null>;
  readonly line: ShallowRef<LineState>;
  readonly identity: ShallowRef<Identity | null>;
  readonly used: Map<Topic, Used>;
  sight: BBox | null;
  asking: AbortController | null;
  rest: ReturnType<typeof setTimeout> | null;
}
let page: Page | null = null;
const leavers = new Set<() => void>();

/** Told once when the server ends the session: the root goes to the login page. */
export function onSessionEnded(listener: () => void): void {
  leavers.add(listener);
}
/** Closes the line and forgets everything: after a logout, and in tests. */
export function closeLive(): void {
  page?.connection.close();
  page = null;
}

function open(): Page {
  const now = ref<Instant>(Date.now());
  const at = ref<Instant | null>(null);
  const line = shallowRef<LineState>({ state: 'connecting', since: Date.now(), retryAt: null, attempt: 0 });
  const identity = shallowRef<Identity | null>(null);
  const used = new Map<Topic, Used>();
  const connection = openConnection({
    moved(topic) {
      const one = used.get(topic);
      if (!one) return;
      one.refusal = null;
      if (isLive(own, one)) showLive(own, one);
    },
    refused(topic, refusal) {
      const one = used.get(topic);
      if (!one) return;
      one.refusal = refusal;
      if (isLive(own, one)) showLive(own, one);
    },
    line(state, retryAt, attempt) {
      const since = line.value.state === state ? line.value.since : connection.now();
      line.value = { state, since, retryAt, attempt };
      for (const one of used.values()) if (isLive(own, one)) showLive(own, one);
    },
    session(change) {
      if (change === 'ended') for (const leave of leavers) leave();
      else void readIdentity(own);
    },
  });
  const own: Page = { connection, now, at, line, identity, used, sight: null, asking: null, rest: null };
  const tick = (): void => {
    if (page !== own) return;
    now.value = Math.floor(connection.now() / 1000) * 1000;
    setTimeout(tick, 1000 - (connection.now() % 1000));
  };
  setTimeout(tick, 0);
  void readIdentity(own);
  return own;
}

async function readIdentity(own: Page): Promise<void> {
  try {
    own.identity.value = (await session()).identity;
  } catch (error) {
    if (error instanceof Refused && error.code === 'unauthenticated') for (const leave of leavers) leave();
  }
}

function set(own: Page, one: Used, next: Omit<Part<Kept[Kind]>, 'since'>): void {
  const before = one.part.value;
  one.part.value = { ...next, since: before.state === next.state ? before.since : own.connection.now() };
}
function showLive(own: Page, one: Used): void {
  const mirror = own.connection.mirror(one.topic);
  if (!mirror) return;
  const { data, sent: heard } = mirror;
  if (one.refusal) {
    const state = one.refusal.code === 'forbidden' ? 'forbidden' : 'error';
    set(own, one, { state, data, heard, problem: one.refusal });
  } else if (heard !== null) set(own, one, { state: 'normal', data, heard, problem: null });
  else if (own.line.value.state === 'away')
    set(own, one, { state: 'error', data, heard, problem: { code: 'unreachable', title: '服务器没有应答' } });
  else set(own, one, { state: 'loading', data, heard, problem: null });
}

/** @param tried how often in vain: what the house could not read is asked again, later each time, and until then the failure stands */
async function readPast(own: Page, one: Used, at: Instant, signal: AbortSignal, tried = 0): Promise<void> {
  const before = one.part.value;
  if (tried === 0) set(own, one, { state: 'loading', data: before.data, heard: before.heard, problem: null });
  const stream = one.topic.slice(one.topic.indexOf(':') + 1) as StreamPath;
  const adcode = own.identity.value?.scope.adcode ?? '210000';
  try {
    const data =
      one.kind === 'things'
        ? await pastThings(stream, at, own.sight ?? undefined, signal)
        : one.kind === 'observations'
          ? await pastObservations(stream, at, own.sight ?? undefined, signal)
          : one.kind === 'alarms'
            ? await pastAlarms(at, signal)
            : await pastIndicators(adcode, at, signal);
    if (signal.aborted) return;
    // Open then, cleared since: at that moment it was open.
    const then = one.kind === 'alarms' ? (data as Kept['alarms'] extends Map<string, infer A> ? readonly A[] : never).map(reopened) : data;
    set(own, one, { state: 'normal', data: keep(one.kind, then), heard: at, problem: null });
  } catch (error) {
    if (signal.aborted) return;
    const problem = error instanceof Refused ? { code: error.code, title: error.message } : { code: 'internal', title: String(error) };
    set(own, one, {
      state: problem.code === 'forbidden' ? 'forbidden' : 'error',
      data: before.data,
      heard: before.heard,
      problem,
    });
    const passing = error instanceof Refused && (error.status === 0 || error.status >= 500);
    if (passing) setTimeout(() => !signal.aborted && void readPast(own, one, at, signal, tried + 1), Math.min(30_000, 1000 * 2 ** tried));
  }
}
const reopened = <A extends { readonly cleared: Instant | null }>(alarm: A): A => ({ ...alarm, cleared: null });

const alwaysLive: ReadonlySet<Kind> = new Set<Kind>(['health', 'map']);

/** Whether a topic is subscribed now. */
function isLive(own: Page, one: Used): boolean {
  return own.at.value === null || alwaysLive.has(one.kind);
}
function seek(own: Page, at: Instant | null): void {
  const before = own.at.value;
  if (before === at) return;
  own.at.value = at;
  own.asking?.abort();
  if (own.rest) clearTimeout(own.rest);
  const moving = [...own.used.values()].filter(({ kind }) => !alwaysLive.has(kind));
  if (at === null) {
    for (const one of moving) {
      subscribe(own, one);
      showLive(own, one);
    }
    return;
  }
  for (const one of moving) {
    if (before === null) own.connection.unsubscribe(one.topic);
    set(own, one, { ...one.part.value, state: 'loading', problem: null });
  }
  own.rest = setTimeout(() => {
    const asking = new AbortController();
    own.asking = asking;
    for (const one of own.used.values()) if (!alwaysLive.has(one.kind)) void readPast(own, one, at, asking.signal);
  }, restMilliseconds);
}
function look(own: Page, box: BBox | null): void {
  if (String(box) === String(own.sight)) return;
  own.sight = box;
  const narrowed = [...own.used.values()].filter(hasPlaces);
  const at = own.at.value;
  if (at === null) {
    for (const one of narrowed) own.connection.look(one.topic, box ?? undefined);
    return;
  }
  own.asking ??= new AbortController();
  for (const one of narrowed) void readPast(own, one, at, own.asking.signal);
}
/** Alarms and indicators are of areas, health is of the house: a viewport takes nothing from them. */
function hasPlaces({ kind }: Used): boolean {
  return kind === 'things' || kind === 'observations';
}
function subscribe(own: Page, one: Used): void {
  if (own.sight !== null && hasPlaces(one)) own.connection.subscribe(one.topic, own.sight);
  else own.connection.subscribe(one.topic);
}

function use<K extends Kind>(own: Page, topic: Topic): Readonly<ShallowRef<Part<View<K>>>> {
  let one = own.used.get(topic);
  if (!one) {
    const { kind, data } = createMirror(topic);
    const part = shallowRef<Part<Kept[Kind]>>({ state: 'loading', data, since: own.connection.now(), heard: null, problem: null });
    one = { topic, kind, part, count: 0, refusal: null };
    own.used.set(topic, one);
    if (isLive(own, one)) subscribe(own, one);
    else if (own.at.value !== null) {
      own.asking ??= new AbortController();
      void readPast(own, one, own.at.value, own.asking.signal);
    }
  }
  one.count++;
  const mine = one;
  onScopeDispose(() => {
    if (--mine.count > 0) return;
    own.used.delete(topic);
    if (isLive(own, mine)) own.connection.unsubscribe(topic);
  });
  return one.part as unknown as Readonly<ShallowRef<Part<View<K>>>>;
}

/** Call in a component's setup: the topics it uses are given back when it goes. */
export function useLive(): Live {
  page ??= open();
  const own = page;
  return {
    now: readonly(own.now),
    at: readonly(own.at),
    line: shallowReadonly(own.line),
    identity: shallowReadonly(own.identity),
    seek: (at) => seek(own, at),
    look: (box) => look(own, box),
    things: (stream) => use<'things'>(own, `things:${stream}`),
    observations: (stream) => use<'observations'>(own, `observations:${stream}`),
    alarms: () => use<'alarms'>(own, 'alarms'),
    indicators: () => use<'indicators'>(own, 'indicators'),
    health: () => use<'health'>(own, 'health'),
    map: () => use<'map'>(own, 'map'),
  };
}
