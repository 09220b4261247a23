// Asks a route again and again while the page is in sight; the answer, and which of the five states it is in.
import { computed, onBeforeUnmount, onMounted, type Ref, shallowRef } from 'vue';
import type { Instant } from '../../../contracts/observation.ts';
import { ask, Refused } from '../../../screen/live/past.http.ts';
import { readExposition, type Sample } from './exposition.ts';

export interface Poll<T> {
  readonly state: 'loading' | 'normal' | 'error' | 'forbidden';
  /** The last good answer, and when it came by the page's clock; in error: of before. */
  readonly data: T | null;
  readonly heard: Instant | null;
  readonly problem: Refused | null;
}
const pollSeconds = 5;

function usePoll<T>(question: (signal: AbortSignal) => Promise<T>): { poll: Readonly<Ref<Poll<T>>>; again(): void } {
  const poll = shallowRef<Poll<T>>({ state: 'loading', data: null, heard: null, problem: null });
  let asking: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  async function turn(): Promise<void> {
    asking?.abort();
    if (timer) clearTimeout(timer);
    const mine = new AbortController();
    asking = mine;
    try {
      if (!document.hidden) poll.value = { state: 'normal', data: await question(mine.signal), heard: Date.now(), problem: null };
    } catch (error) {
      if (mine.signal.aborted) return;
      const problem = error instanceof Refused ? error : new Refused('internal', 0, String(error));
      poll.value = { ...poll.value, state: problem.code === 'forbidden' ? 'forbidden' : 'error', problem };
    }
    if (!mine.signal.aborted) timer = setTimeout(() => void turn(), pollSeconds * 1000);
  }
  onMounted(() => void turn());
  onBeforeUnmount(() => {
    asking?.abort();
    if (timer) clearTimeout(timer);
  });
  return { poll, again: () => void turn() };
}

/** A list of the server, newest first: its first page. */
export function useList<T>(path: string) {
  const { poll, again } = usePoll((signal) => ask<{ items: readonly T[]; next: string | null }>(path, signal));
  return { poll, again, items: computed(() => poll.value.data?.items ?? []), more: computed(() => poll.value.data?.next != null) };
}

/** /metrics as samples. @throws into the poll: Refused forbidden for whoever is neither on this machine nor an administrator */
export function useMetrics() {
  return usePoll<readonly Sample[]>(async (signal) => {
    let response: Response;
    try {
      response = await fetch('/metrics', { credentials: 'same-origin', signal });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new Refused('unreachable', 0, '服务器没有应答');
    }
    if (!response.ok) throw new Refused(response.status === 403 ? 'forbidden' : 'internal', response.status, `服务器答 ${response.status}`);
    return readExposition(await response.text());
  });
}
