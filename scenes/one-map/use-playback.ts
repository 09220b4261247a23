// Playing the past: about a step a second, and none before the map has drawn the last one, so that what is seen is what the time says.
import { computed, onScopeDispose, ref, watch } from 'vue';
import { nextMoment, paceIn, type Span } from './playback.ts';

/** Of a step; and of looking again whether the map is there. */
const stepMilliseconds = 1000;
const lookMilliseconds = 100;
/** A map that does not come to rest holds a playback no longer than this. */
const mostLooks = 150;

export interface PlaybackOptions {
  readonly at: () => number | null;
  readonly now: () => number;
  readonly span: () => Span;
  /** Nothing is on its way to the map. */
  readonly idle: () => boolean;
  readonly seek: (at: number | null) => void;
}
export function usePlayback({ at, now, span, idle, seek }: PlaybackOptions) {
  const playing = ref(false);
  const waiting = ref(false);
  const wished = ref(10 * 60_000);
  const pace = computed(() => paceIn(span(), wished.value).milliseconds);
  let timer: ReturnType<typeof setTimeout> | null = null;

  function stop(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    playing.value = false;
    waiting.value = false;
  }
  function advance(looks: number): void {
    if (!playing.value) return;
    waiting.value = !idle() && looks > 5;
    if (!idle() && looks < mostLooks) {
      timer = setTimeout(() => advance(looks + 1), lookMilliseconds);
      return;
    }
    const next = nextMoment(at(), pace.value, span(), now());
    seek(next);
    if (next === null) stop();
    else timer = setTimeout(() => advance(0), stepMilliseconds);
  }
  function play(on: boolean): void {
    stop();
    if (!on) return;
    playing.value = true;
    advance(0);
  }
  /** Back or forth by one pace; a hand on the time ends a playback. */
  function step(by: 1 | -1): void {
    stop();
    const to = (at() ?? Math.floor(now() / 1000) * 1000) + by * pace.value;
    seek(to >= now() ? null : to);
  }
  watch(at, (moment, before) => {
    if (playing.value && moment === null && before !== null) stop();
  });
  onScopeDispose(stop);
  return { ...{ playing, waiting, pace, play, stop, step }, setPace: (milliseconds: number) => { wished.value = milliseconds; } }; // biome-ignore format: one list
}
export type Playback = ReturnType<typeof usePlayback>;
