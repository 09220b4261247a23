// The page's source over the live kit: one line, one clock, a stream per view that is looked at.
import { type EffectScope, effectScope, onScopeDispose, type ShallowRef, watch } from 'vue';
import type { View } from '../../screen/live/mirror.ts';
import { standstillOf } from '../../screen/live/standstill.ts';
import { type Part, useLive } from '../../screen/live/use-live.socket.ts';
import type { LivePart, PageSource } from './page-source.ts';
import type { ViewId } from './url-state.ts';
import { views } from './views.ts';

export function useLiveSource(): PageSource {
  const live = useLive();
  const alarms = live.alarms();
  const health = live.health();
  const indicators = live.indicators();
  // A past moment that could not be read is asked for again once the house answers.
  watch(
    () => standstillOf(live.line.value, health.value.data) === null,
    (moves) => {
      const at = live.at.value;
      if (!moves || at === null) return;
      live.seek(null);
      live.seek(at);
    },
  );
  const scope: EffectScope = effectScope(true);
  const opened = new Map<ViewId, Readonly<ShallowRef<Part<View<'things'>>>>>();
  onScopeDispose(() => scope.stop());
  function part<T>(from: Part<unknown>, data: T): LivePart<T> {
    return { state: from.state, data, why: from.problem?.title ?? '' };
  }
  return {
    now: () => live.now.value,
    things(view) {
      // A stream is asked for when its view is first looked at, and stays: going back costs nothing.
      const known = opened.get(view) ?? scope.run(() => live.things(views[view].path))!;
      opened.set(view, known);
      return part(known.value, [...known.value.data.values()]);
    },
    alarms: () => part(alarms.value, [...alarms.value.data.values()]),
    cityAqi: () =>
      new Map(
        [...indicators.value.data.values()].flatMap((one) =>
          one.code === 'aqi' && one.value !== null && one.adcode !== '210000' ? [[one.adcode, one.value] as const] : [],
        ),
      ),
    health: () => health.value.data,
    connection: () => live.line.value.state,
    retryAt: () => live.line.value.retryAt,
    identity: () => live.identity.value,
    seek: live.seek,
    look: live.look,
  };
}
