// Which of the five states a panel is in, from the parts it listens to and the age of what it shows. Pure.
import type { Instant } from '../../contracts/observation.ts';
import type { PanelState } from '../../contracts/panel.ts';

/** What a panel needs to know of one topic; screen/live's Part fits. */
export interface PartState {
  readonly state: 'loading' | 'normal' | 'error' | 'forbidden';
  readonly since: Instant;
  readonly heard: Instant | null;
  readonly problem: { readonly code: string; readonly title: string } | null;
}
export interface PanelCondition {
  readonly state: PanelState;
  /** Since when. */
  readonly since: Instant;
  /** Last good word from the server, server time; null: never. */
  readonly heard: Instant | null;
  readonly problem: { readonly code: string; readonly title: string } | null;
}

/** Loading that ends sooner than this is not shown: what stood there before stays. */
export const patienceMilliseconds = 300;

const order = ['forbidden', 'error', 'loading'] as const;

/**
 * @param shown how many things the panel would show
 * @param staleFrom instant from which the newest of them is stale; null: nothing here can become stale
 */
export function panelCondition(parts: readonly PartState[], shown: number, staleFrom: Instant | null, now: Instant): PanelCondition {
  for (const state of order) {
    const part = parts.find((one) => one.state === state);
    if (part && !(state === 'loading' && part.heard !== null && now - part.since < patienceMilliseconds))
      return { state, since: part.since, heard: part.heard, problem: part.problem };
  }
  const since = Math.min(...parts.map((part) => part.since));
  const heard = parts.reduce<Instant | null>((latest, part) => (part.heard === null ? latest : Math.max(latest ?? 0, part.heard)), null);
  const calm = { since, heard, problem: null };
  if (shown === 0) return { state: 'empty', ...calm };
  if (staleFrom !== null && now >= staleFrom) return { state: 'stale', ...calm, since: staleFrom };
  return { state: 'normal', ...calm };
}
