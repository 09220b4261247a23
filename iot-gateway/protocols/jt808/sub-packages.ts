// Long JT/T 808 messages in sub-packages: what has come of each, what to ask for again, and when to give up. Values, never changed in place.
//
// Sub-packages have consecutive serial numbers, so the first one's number names the message whichever comes first. Media are not put
// together here: their bytes lie in the log, and only which packages came is remembered (jt808/media.ts puts them together).
//
// Source: JT/T 808-2013 §4.4.3, §7.12 (sub-packages), §8.4 (0x8003), §8.53 (0x8800); T(n+1) = T(n) × (n+1) between repeated requests.
import type { Instant } from '../../../contracts/observation.ts';
import { Problem } from '../../../contracts/problem.ts';
import { dword, hex, type Message } from './message.ts';

export interface Gathering {
  readonly device: string;
  readonly id: number;
  readonly total: number;
  /** Serial number of the first sub-package, whether it has come or not. */
  readonly first: number;
  /** One bit for each that has come. */
  readonly got: Uint8Array;
  readonly count: number;
  /** Their bodies; null for media. */
  readonly bodies: readonly (Uint8Array | undefined)[] | null;
  readonly bytes: number;
  /** Of media, once the first sub-package has come. */
  readonly mediaId: number | null;
  /** When one came last, or was asked for. */
  readonly last: Instant;
  readonly asked: number;
  readonly done: boolean;
}

/** Of one connection. Media cost one bit for each package; others keep their bytes. */
export const bounds = { messages: 4, packages: 64, bytes: 131_072, asked: 3, firstWaitMilliseconds: 10_000 } as const;
/** A count byte names no more (§8.4, §8.53). */
const mostNamed = 255;

export const has = (got: Uint8Array, sequence: number): boolean => ((got[(sequence - 1) >> 3]! >> ((sequence - 1) & 7)) & 1) === 1;

/** Sequences that have not come, as many as one request can name. */
export function missing({ got, total }: Pick<Gathering, 'got' | 'total'>): number[] {
  const list: number[] = [];
  for (let sequence = 1; sequence <= total && list.length < mostNamed; sequence++) if (!has(got, sequence)) list.push(sequence);
  return list;
}

export type Outcome =
  /** Others are still to come. */
  | { readonly state: 'more' | 'gap' | 'again'; readonly gathering: Gathering }
  | { readonly state: 'complete'; readonly gathering: Gathering; readonly body: Uint8Array | null };
export interface Taken {
  readonly gatherings: readonly Gathering[];
  readonly outcome: Outcome | Problem;
  /** Those that had to make room. */
  readonly dropped: readonly Gathering[];
}

function join(bodies: readonly (Uint8Array | undefined)[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const body of bodies) {
    if (!body) continue;
    whole.set(body, at);
    at += body.length;
  }
  return whole;
}

/** Takes one sub-package in. @param media its bytes are not kept */
export function takePackage(gatherings: readonly Gathering[], message: Message, media: boolean, received: Instant): Taken {
  const { device, id, total, sequence } = message;
  const refuse = (reason: string): Taken => ({ gatherings, outcome: new Problem('malformed-frame', { reason }), dropped: [] });
  if (sequence < 1 || sequence > total) return refuse(`分包序号 ${sequence} 不在 1–${total} 之内`);
  if (!media && total > bounds.packages) return refuse(`分包总数 ${total}，上限 ${bounds.packages}`);
  // §7.12: the sub-packages of one message are numbered one after the other.
  const first = (message.serial - (sequence - 1)) & 0xffff;
  const index = gatherings.findIndex((g) => g.first === first && g.id === id && g.device === device && g.total === total);
  const before: Gathering = gatherings[index] ?? {
    ...{ device, id, total, first, got: new Uint8Array((total + 7) >> 3), count: 0, bodies: media ? null : [], bytes: 0 },
    ...{ mediaId: null, last: received, asked: 0, done: false },
  };
  const others = gatherings.filter((_, i) => i !== index);
  if (has(before.got, sequence)) {
    const gathering = { ...before, last: received };
    return { gatherings: [...others, gathering], outcome: { state: before.done ? 'again' : 'more', gathering }, dropped: [] };
  }
  const got = before.got.slice();
  got[(sequence - 1) >> 3]! |= 1 << ((sequence - 1) & 7);
  const length = message.end - message.body;
  let { bodies, mediaId } = before;
  if (bodies) {
    const kept = bodies.slice();
    kept[sequence - 1] = new Uint8Array(message.bytes.subarray(message.body, message.end));
    bodies = kept;
  } else if (sequence === 1 && length >= 4) mediaId = dword(message.bytes, message.body);
  const count = before.count + 1;
  const done = count === total;
  const bytes = before.bytes + (bodies ? length : 0);
  const gap = !done && sequence === total && before.asked === 0;
  const gathering: Gathering = {
    ...before,
    ...{ got, count, mediaId, done, last: received, asked: before.asked + (gap ? 1 : 0) },
    // A finished one is remembered, so that a package sent twice is answered alike; its bytes are not.
    ...(done ? { bodies: bodies && [], bytes: 0 } : { bodies, bytes }),
  };
  const { kept, dropped } = makeRoom([...others, gathering]);
  const outcome: Outcome = done
    ? { state: 'complete', gathering, body: bodies && join(bodies, bytes) }
    : { state: gap ? 'gap' : 'more', gathering };
  return { gatherings: kept, outcome, dropped };
}

/** The finished go first, then the one that was silent longest; never the newest. */
function makeRoom(gatherings: readonly Gathering[]): { kept: readonly Gathering[]; dropped: readonly Gathering[] } {
  let kept = gatherings;
  const dropped: Gathering[] = [];
  const full = (): boolean => kept.length > bounds.messages || kept.reduce((sum, g) => sum + g.bytes, 0) > bounds.bytes;
  while (kept.length > 1 && full()) {
    const old = kept.slice(0, -1);
    const gone = old.find((g) => g.done) ?? old.reduce((a, b) => (b.last < a.last ? b : a));
    kept = kept.filter((g) => g !== gone);
    if (!gone.done) dropped.push(gone);
  }
  return { kept, dropped };
}

export interface Due {
  readonly gatherings: readonly Gathering[];
  /** To be asked for again now. */
  readonly ask: readonly Gathering[];
  /** Asked for often enough. */
  readonly lost: readonly Gathering[];
}

/** What `device` has left unfinished for too long by `received`: a lost last package shows in no other way. Its header carries the request. */
export function dueGatherings(gatherings: readonly Gathering[], device: string, received: Instant): Due {
  const ask: Gathering[] = [];
  const lost: Gathering[] = [];
  const kept: Gathering[] = [];
  for (const gathering of gatherings) {
    let wait: number = bounds.firstWaitMilliseconds;
    for (let n = 1; n <= gathering.asked; n++) wait *= n + 1;
    if (gathering.done || gathering.device !== device || received - gathering.last < wait) kept.push(gathering);
    else if (gathering.asked >= bounds.asked) lost.push(gathering);
    else {
      const again = { ...gathering, asked: gathering.asked + 1, last: received };
      kept.push(again);
      ask.push(again);
    }
  }
  return ask.length + lost.length === 0 ? { gatherings, ask, lost } : { gatherings: kept, ask, lost };
}

/**
 * The request for what is missing: 0x8800 for media whose id is known (§8.53), 0x8003 for everything else (§8.4; the count is a WORD since 2019).
 */
export function requestFor(gathering: Gathering, version2019: boolean): { id: number; body: number[] } {
  const list = missing(gathering);
  const words = list.flatMap((sequence) => [sequence >> 8, sequence & 0xff]);
  const { mediaId, first } = gathering;
  if (mediaId !== null) return { id: 0x8800, body: [...mediaIdBytes(mediaId), list.length, ...words] };
  return { id: 0x8003, body: [first >> 8, first & 0xff, ...(version2019 ? [0] : []), list.length, ...words] };
}
export function mediaIdBytes(id: number): number[] {
  return [(id >>> 24) & 0xff, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff];
}

/** Why sub-packages came to nothing, for the dead letters; their frames are in the log. */
export function incomplete(gathering: Gathering): { property: string; problem: Problem } {
  const reason = `${hex(gathering.id, 4)} 的分包收到 ${gathering.count}/${gathering.total}，首包流水号 ${gathering.first}，已请求重传 ${gathering.asked} 次`;
  return { property: '分包', problem: new Problem('malformed-frame', { reason }) };
}
