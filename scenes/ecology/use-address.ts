// The page's state and the address, kept the same: a step that one goes back from makes an entry, a drag or a letter only changes the last.
import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import { type LocationQuery, useRoute, useRouter } from 'vue-router';
import { type PageState, readQuery, writeQuery } from './url-state.ts';

export interface Address {
  readonly state: ShallowRef<PageState>;
  /** entry: the back button undoes it. */
  change(patch: Partial<PageState>, how?: 'entry' | 'same'): void;
}

const settleMilliseconds = 250;

export function useAddress(): Address {
  const route = useRoute();
  const router = useRouter();
  const state = shallowRef(readQuery(route.query));
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
