// Keeps a map's tiles as fresh as the last commit: call in the setup of the component that owns the map.
import { type ShallowRef, watch } from 'vue';
import type { MapChange } from '../../contracts/wire.ts';
import { type MapNews, mapChangesSince } from '../live/mirror.ts';
import { useLive } from '../live/use-live.socket.ts';

export interface Refreshable {
  refresh(changes: readonly MapChange[] | null): void;
}

/** What was drawn before the line stood is asked for again once; from then on, only what a change touches. */
export function useMapChanges(map: Readonly<ShallowRef<Refreshable | null>>): void {
  const news = useLive().map();
  let known: MapNews | null = null;
  watch(
    [news, map],
    ([{ state, data }, engine]) => {
      if (state !== 'normal') return;
      const changes = mapChangesSince(known, data);
      known = data;
      if (engine && (changes === null || changes.length > 0)) engine.refresh(changes);
    },
    { immediate: true },
  );
}
