// Dwell: a limit must be held for a while before it fires, and left for a while before it clears. By phenomenonTime, so that a replay says the same.
//
// It wraps the ladder of threshold.ts: what `climb` says at once is believed when it has been said long enough. Kept per Thing and family: since
// when each rung is reached without a break, and since when the ladder would stand lower than it does. After a restart it is waited for anew.
import type { Instant } from '../../contracts/observation.ts';
import type { Thing } from '../../contracts/thing.ts';
import { climb, type Family } from './threshold.ts';

const known = new WeakMap<Family, boolean>();
/** Whether any rung of a family waits. Asked for each value: looked up, not searched. */
export function hasDwell(family: Family): boolean {
  let has = known.get(family);
  if (has === undefined) {
    has = family.rungs.some(({ threshold }) => (threshold.dwellSeconds ?? 0) > 0 || (threshold.clearDwellSeconds ?? 0) > 0);
    known.set(family, has);
  }
  return has;
}

interface Held {
  /** Per rung: since when the value reaches it or a worse one; NaN: it does not. */
  readonly reached: Float64Array;
  /** Since when the value has left the rung on which the episode stands; NaN: it has not. */
  left: Instant;
}

export interface Dwell {
  /**
   * The rung on which the episode stands now, and since when the value has been there.
   * @param current index of the open episode, −1: none · @param wanted what climb() says of this value
   */
  settle(
    family: Family,
    thing: Pick<Thing, 'id' | 'properties'>,
    current: number,
    wanted: number,
    value: number,
    at: Instant,
  ): { rung: number; since: Instant };
}

export function createDwell(): Dwell {
  const families = new Map<Family, Map<number, Held>>();

  return {
    settle(family, thing, current, wanted, value, at) {
      const things = families.get(family) ?? new Map<number, Held>();
      families.set(family, things);
      // Nothing reached and nothing open is nothing to remember.
      if (wanted < 0 && current < 0) {
        things.delete(thing.id);
        return { rung: -1, since: at };
      }
      const held = things.get(thing.id) ?? { reached: new Float64Array(family.rungs.length).fill(Number.NaN), left: Number.NaN };
      things.set(thing.id, held);
      // Reached without slack: hysteresis keeps an episode, it does not begin one.
      const bare = climb(family, -1, value, thing);
      for (let rung = 0; rung < family.rungs.length; rung++) {
        if (bare < 0 || rung < bare) held.reached[rung] = Number.NaN;
        else if (Number.isNaN(held.reached[rung])) held.reached[rung] = at;
      }
      for (let rung = 0; rung < (current < 0 ? family.rungs.length : current); rung++) {
        const since = held.reached[rung] as number;
        if (at - since >= (family.rungs[rung]?.threshold.dwellSeconds ?? 0) * 1000) {
          held.left = Number.NaN;
          return { rung, since };
        }
      }
      if (current < 0) return { rung: -1, since: at };
      const lower = wanted < 0 || wanted > current;
      if (!lower) held.left = Number.NaN;
      else if (Number.isNaN(held.left)) held.left = at;
      if (!lower || at - held.left < (family.rungs[current]?.threshold.clearDwellSeconds ?? 0) * 1000) return { rung: current, since: at };
      held.left = Number.NaN;
      return { rung: wanted, since: at };
    },
  };
}
