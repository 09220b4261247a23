// The moment shown stands in the address (?at=2026-11-24T06:00:00Z), so that a past wall can be sent to a colleague.
import { watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import type { Instant } from '../../contracts/observation.ts';

/** @param at the page's moment, null: live · @param seek moves it */
export function useAtInUrl(at: () => Instant | null, seek: (at: Instant | null) => void): void {
  const route = useRoute();
  const router = useRouter();
  const given = (): Instant | null => {
    const text = route.query['at'];
    const instant = typeof text === 'string' ? Date.parse(text) : Number.NaN;
    return Number.isFinite(instant) ? instant : null;
  };
  watch(given, (wanted) => wanted !== at() && seek(wanted), { immediate: true });
  watch(at, (now) => {
    if (now === given()) return;
    const { at: _, ...rest } = route.query;
    void router.replace({ query: now === null ? rest : { ...rest, at: new Date(now).toISOString() } });
  });
}
