// Trust in a number as the console draws it: quality of the value and its age folded into one mark, worst first.
import { type Check, checkTitle, type Quality } from '../../contracts/observation.ts';

/** lost: silent for longer than the stream allows; none: the sensor itself says it has no value. */
export const trusts = ['good', 'suspect', 'bad', 'lost', 'none'] as const;
export type Trust = (typeof trusts)[number];
export const trustTitle: Readonly<Record<Trust, string>> = { good: '可信', suspect: '存疑', bad: '不可信', lost: '失联', none: '无值' };

/** Silence outweighs quality: an old good value is not live, however good it was. */
export function trustOf(quality: Quality, stale: boolean): Trust {
  if (stale) return 'lost';
  return quality === 'missing' ? 'none' : quality;
}

/** Why, in words: the failed checks; '' when there is nothing to say. */
export function trustReason(failed: readonly Check[]): string {
  return failed.map((check) => checkTitle[check]).join('、');
}
