// The keys of a desk page: a press becomes its action, single letters are off inside a field, Escape leaves it.
import { onBeforeUnmount, onMounted } from 'vue';
import { type Shortcut, shortcutFor } from './keyboard.ts';

/** Ticks and sliders take no letters: keys work on. */
const fields = 'input:not([type=checkbox], [type=range], [type=color]), textarea, select, [contenteditable]';

/** `mayPress`: false lets the browser have the press. */
export function useShortcuts<Id extends string>(
  shortcuts: readonly (Shortcut & { readonly id: Id })[],
  actions: Readonly<Record<Id, () => void>>,
  mayPress: (event: KeyboardEvent) => boolean = () => true,
): void {
  function press(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const inField = target.matches(fields);
    const shortcut = shortcutFor(shortcuts, event, inField);
    const ofButton = (event.key === ' ' || event.key === 'Enter') && target.matches('button, a');
    if (!shortcut || ofButton || !mayPress(event)) return;
    event.preventDefault();
    if (inField) target.blur();
    actions[shortcut.id]();
  }
  onMounted(() => window.addEventListener('keydown', press));
  onBeforeUnmount(() => window.removeEventListener('keydown', press));
}
