// The answer to a question that changes while the page is looked at: asked anew when the question does, what came too late is dropped.
import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';

/** One answer of the server on its way to a panel. */
export interface Reading<T> {
  readonly state: 'normal' | 'loading' | 'error' | 'empty' | 'forbidden';
  readonly value: T | null;
  /** Cause, in words. */
  readonly why: string;
}
const nothing: Reading<never> = { state: 'empty', value: null, why: '' };

/**
 * @param question null: nothing is asked and nothing is shown
 * @param subject what the answer is about: while it stays the same, the older answer stays until the new one is there
 */
export function useAnswer<T>(
  question: () => string | null,
  subject: (question: string) => string,
  fetchAnswer: (question: string, signal: AbortSignal) => Promise<T>,
): { reading: ShallowRef<Reading<T>>; again(): void } {
  const reading = shallowRef<Reading<T>>(nothing);
  let running: AbortController | null = null;
  let shown = '';
  async function run(asked: string | null): Promise<void> {
    running?.abort();
    if (asked === null) {
      shown = '';
      reading.value = nothing;
      return;
    }
    const own = new AbortController();
    running = own;
    const of = subject(asked);
    if (of !== shown) reading.value = { state: 'loading', value: null, why: '' };
    try {
      const value = await fetchAnswer(asked, own.signal);
      if (own.signal.aborted) return;
      shown = of;
      reading.value = { state: 'normal', value, why: '' };
    } catch (error) {
      if (own.signal.aborted) return;
      shown = '';
      const code = (error as { code?: unknown }).code;
      const state = code === 'forbidden' ? 'forbidden' : code === 'not-found' ? 'empty' : 'error';
      reading.value = { state, value: null, why: error instanceof Error ? error.message : '' };
    }
  }
  watch(question, (asked) => void run(asked), { immediate: true });
  onScopeDispose(() => running?.abort());
  return { reading, again: () => void run(question()) };
}
