// AIS messages in several sentences: what has come of each, put together when all is there. Values, never changed in place.
//
// Source: IEC 61162-1, VDM: number of sentences, which one, a message number 0–9 that they share, channel. Receivers send them one after the
// other; the bounds in time and number are ours.
import type { Instant } from '../../../contracts/observation.ts';
import { Problem } from '../../../contracts/problem.ts';

export interface Fragment {
  /** Formatter, message number, channel, number of sentences: what they share. */
  readonly key: string;
  readonly payloads: readonly (string | undefined)[];
  /** Filling bits of the last sentence, once it has come. */
  readonly fill: number;
  readonly since: Instant;
  /** Of the first that came with one: when the receiver heard it. */
  readonly heard: Instant | null;
}
/**
 * A receiver sends the sentences of one message one after the other. Ten messages later its number comes round, in a busy harbour after seven
 * seconds: a sentence that waited longer than two could be completed by one of another ship.
 */
export const fragmentBounds = { messages: 16, milliseconds: 2000, sentences: 9 } as const;

export interface Part {
  readonly key: string;
  readonly total: number;
  /** From 1. */
  readonly number: number;
  readonly payload: string;
  readonly fill: number;
  readonly heard: Instant | null;
}
export interface Taken {
  readonly fragments: readonly Fragment[];
  readonly complete: { readonly payload: string; readonly fill: number; readonly heard: Instant | null } | null;
  /** Given up: too old, pushed out, or begun again. */
  readonly lost: readonly Fragment[];
}

export function takePart(fragments: readonly Fragment[], part: Part, received: Instant): Taken {
  const lost = fragments.filter(({ since }) => received - since > fragmentBounds.milliseconds);
  let kept = lost.length === 0 ? fragments : fragments.filter((fragment) => !lost.includes(fragment));
  let before = kept.find(({ key }) => key === part.key);
  kept = kept.filter((fragment) => fragment !== before);
  if (before?.payloads[part.number - 1] !== undefined) {
    // The number has come round, or the sentence was sent twice: what is there would be mixed with another message.
    if (before.payloads[part.number - 1] !== part.payload) {
      lost.push(before);
      before = undefined;
    }
  }
  const payloads = Array.from({ length: part.total }, (_, i) => (i === part.number - 1 ? part.payload : before?.payloads[i]));
  const heard = before?.heard ?? part.heard;
  const fill = part.number === part.total ? part.fill : (before?.fill ?? 0);
  if (payloads.every((payload) => payload !== undefined))
    return { fragments: kept, complete: { payload: payloads.join(''), fill, heard }, lost };
  kept = [...kept, { key: part.key, payloads, fill, since: before?.since ?? received, heard }];
  if (kept.length > fragmentBounds.messages) {
    lost.push(kept[0]!);
    kept = kept.slice(1);
  }
  return { fragments: kept, complete: null, lost };
}

export function lostFragment({ key, payloads }: Fragment): { property: string; problem: Problem } {
  const there = payloads.filter((payload) => payload !== undefined).length;
  return {
    property: '分句',
    problem: new Problem('malformed-frame', { reason: `AIS 分句 ${key} 收到 ${there}/${payloads.length}，其余未到` }),
  };
}
