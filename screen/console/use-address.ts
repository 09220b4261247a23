// The page's state and the address, kept the same: a step that one goes back from makes an entry, a drag or a letter only changes the last.
import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import { type LocationQuery, useRoute, useRouter } from 'vue-router';
import type { Query } from './address-words.ts';

export interface Address<S> {
  readonly state: ShallowRef<S>;
  /** entry: the back button undoes it. */
  change(patch: Partial<S>, how?: 'entry' | 'same'): void;
}

const settleMilliseconds = 250;

/** `readQuery` and `writeQuery`: the page's own url-state. */
export function useAddress<S extends object>(readQuery: (query: Query) => S, writeQuery: (state: S) => Record<string, string>): Address<S> {
  const route = useRoute();
  const router = useRouter();
  const state: ShallowRef<S> = shallowRef(readQuery(route.query)) as ShallowRef<S>;
  let written = textOf(route.query);
  let timer: ReturnType<typeof setTimeout> | null = null;

  function write(how: 'entry' | 'same'): void {
    if (timer) clearTimeout(timer);
    timer = null;
    const query = writeQuery(state.value);
    const text = textOf(query);
    if (text === written) return;
    written = text;
    void (how === 'entry' ? router.push({ query }) : router.replace({ query }));
  }
  watch(
    () => route.query,
    (query) => {
      const text = textOf(query);
      if (text === written) return;
      written = text;
      state.value = readQuery(query);
    },
  );
  onScopeDispose(() => timer && clearTimeout(timer));
  return {
    state,
    change(patch, how = 'entry') {
      state.value = { ...state.value, ...patch };
      if (how === 'entry') write('entry');
      else {
        if (timer) clearTimeout(timer);
        timer = setTimeout(() => write('same'), settleMilliseconds);
      }
    },
  };
}

function textOf(query: LocationQuery | Record<string, string>): string {
  return Object.entries(query)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join('&');
}
