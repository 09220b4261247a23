// What the keys of the page do, over its parts; the page itself only says what it consists of.
import { onBeforeUnmount, onMounted, ref } from 'vue';
import type { BBox } from '../../contracts/geo.ts';
import { useShortcuts } from '../../screen/console/use-shortcuts.ts';
import { type ShortcutId, shortcuts } from './shortcuts.ts';
import { writeSharedDrawings } from './sketch.ts';
import { type Comparing, comparings, type PageState, type Tab, writeQuery } from './url-state.ts';
import type { Playback } from './use-playback.ts';
import type { Sketch } from './use-sketch.ts';

export interface ActionParts {
  readonly state: { readonly value: PageState };
  change(patch: Partial<PageState>, how?: 'entry' | 'same'): void;
  readonly sketch: Sketch;
  readonly playback: Playback;
  readonly ownTheme: { readonly value: 'light' | 'dark' };
  toggleTheme(): void;
  focusSearch(): void;
  step(by: 1 | -1): void;
  home(): void;
  fit(box: BBox): void;
  readonly box: { readonly value: BBox | null };
  /** Nothing is selected any more. */
  unselect(): void;
}

export function useActions(parts: ActionParts) {
  const { state, change, sketch, playback, ownTheme } = parts;
  const help = ref(false);
  const copied = ref('');
  function seek(at: number | null, how: 'entry' | 'same' = 'entry'): void {
    change({ at: at === null ? null : Math.floor(at / 1000) * 1000 }, how);
  }
  /** The address with the drawings of this browser in it; it is also shown in the bar, for whoever copies it by hand. */
  async function share(): Promise<void> {
    const drawings = sketch.drawings.value;
    const query = new URLSearchParams(writeQuery({ ...state.value, drawings }));
    const link = `${location.origin}${location.pathname}?${query}`;
    const left = drawings.length > 0 && writeSharedDrawings(drawings) === '';
    const done = await navigator.clipboard?.writeText(link).then(() => true, () => false); // biome-ignore format: both answers
    copied.value = `${done ? '链接已复制' : '浏览器不许复制，链接在地址栏'}${left ? '，所画过多未随链接' : ''}`;
    if (!done) change({ drawings }, 'same');
    setTimeout(() => {
      copied.value = '';
    }, 3000);
  }
  function back(): void {
    if (help.value) help.value = false;
    else if (sketch.back()) return;
    else if (playback.playing.value) playback.stop();
    else if (state.value.query) change({ query: '' });
    else parts.unselect();
  }
  function turnTheme(): void {
    // A link that says day or night has the last word until the reader says otherwise.
    if (state.value.theme !== null && state.value.theme !== ownTheme.value) change({ theme: null }, 'same');
    else {
      parts.toggleTheme();
      change({ theme: null }, 'same');
    }
  }
  function compare(comparing: Comparing): void {
    change({ comparing, right: comparing === 'single' ? [] : state.value.right.length > 0 ? state.value.right : state.value.layers });
  }
  const open = (tab: Tab) => (): void => change({ tab });
  const take = (tool: Parameters<Sketch['take']>[0]) => (): void => sketch.take(tool);
  const actions: Readonly<Record<ShortcutId, () => void>> = {
    search: parts.focusSearch,
    next: () => parts.step(1),
    previous: () => parts.step(-1),
    table: () => change({ table: !state.value.table }),
    'in-view': () => change({ inView: !state.value.inView }),
    by: () => change({ by: state.value.by === 'theme' ? 'department' : 'theme' }),
    home: parts.home,
    'zoom-to': () => parts.box.value && parts.fit(parts.box.value),
    'tool-select': take(null),
    'tool-length': take('length'),
    'tool-area': take('area'),
    'tool-point': take('point'),
    'tool-line': take('line'),
    'tool-polygon': take('polygon'),
    'tool-circle': take('circle'),
    'tool-box': take('box'),
    'tool-region': take('region'),
    finish: sketch.finish,
    'remove-corner': () => void sketch.removeCorner(),
    identify: open('identify'),
    style: open('style'),
    analysis: open('analysis'),
    sheet: open('sheet'),
    bookmarks: open('bookmarks'),
    swipe: () => compare(comparings[(comparings.indexOf(state.value.comparing) + 1) % comparings.length] ?? 'single'),
    tilt: () => change({ tilted: !state.value.tilted, turn: null }),
    back: () => playback.step(-1),
    forward: () => state.value.at !== null && playback.step(1),
    play: () => playback.play(!playback.playing.value),
    live: () => {
      playback.stop();
      seek(null);
    },
    share: () => void share(),
    theme: turnTheme,
    escape: back,
    help: () => {
      help.value = !help.value;
    },
  };
  useShortcuts(shortcuts, actions, (event) => event.key !== 'Enter' || sketch.tool.value !== null);

  /** Undo and redo have Control, which the page's plain keys leave alone; in a field they are the field's. */
  function control(event: KeyboardEvent): void {
    if (
      !(event.ctrlKey || event.metaKey) ||
      event.altKey ||
      (event.target as HTMLElement).matches('input[type=text], input[type=search], textarea')
    )
      return;
    const key = event.key.toLowerCase();
    if (key === 'z' && !event.shiftKey) sketch.undo();
    else if (key === 'y' || (key === 'z' && event.shiftKey)) sketch.redo();
    else return;
    event.preventDefault();
  }
  onMounted(() => window.addEventListener('keydown', control));
  onBeforeUnmount(() => window.removeEventListener('keydown', control));
  return { actions, help, copied, seek, share, compare, turnTheme };
}
