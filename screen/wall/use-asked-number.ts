// Which number was asked about: a right click or a long press on anything that carries data-datastream and data-time.
import { onBeforeUnmount, onMounted, type ShallowRef, shallowRef } from 'vue';
import type { Instant } from '../../contracts/observation.ts';

export interface AskedNumber {
  readonly datastream: number;
  readonly time: Instant;
  /** px in the page. */
  readonly x: number;
  readonly y: number;
}
const longPressMilliseconds = 600;

export function useAskedNumber(): ShallowRef<AskedNumber | null> {
  const asked = shallowRef<AskedNumber | null>(null);
  let pressing: ReturnType<typeof setTimeout> | null = null;
  const numberAt = (event: MouseEvent): AskedNumber | null => {
    const mark = (event.target as Element).closest<HTMLElement>('[data-datastream][data-time]');
    const [datastream, time] = [Number(mark?.dataset['datastream']), Number(mark?.dataset['time'])];
    return datastream > 0 && time > 0 ? { datastream, time, x: event.clientX, y: event.clientY } : null;
  };
  const menu = (event: MouseEvent): void => {
    const found = numberAt(event);
    if (!found) return;
    event.preventDefault();
    asked.value = found;
  };
  const down = (event: PointerEvent): void => {
    if (asked.value && !(event.target as Element).closest('[role="dialog"]')) asked.value = null;
    const found = event.button === 0 ? numberAt(event) : null;
    if (found)
      pressing = setTimeout(() => {
        asked.value = found;
      }, longPressMilliseconds);
  };
  const up = (): void => {
    if (pressing) clearTimeout(pressing);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') asked.value = null;
  };
  onMounted(() => {
    window.addEventListener('contextmenu', menu);
    window.addEventListener('pointerdown', down);
    window.addEventListener('pointerup', up);
    window.addEventListener('keydown', key);
  });
  onBeforeUnmount(() => {
    up();
    window.removeEventListener('contextmenu', menu);
    window.removeEventListener('pointerdown', down);
    window.removeEventListener('pointerup', up);
    window.removeEventListener('keydown', key);
  });
  return asked;
}
