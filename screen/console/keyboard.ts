// Keyboard of a console: declared shortcuts, no key twice, and which one a key press means.
//
// Source: look/console-tokens.md §6. Single letters are off while a field has focus; Escape always works.
import { Problem } from '../../contracts/problem.ts';

export interface Shortcut {
  /** What it does, for code. */
  readonly id: string;
  /** `KeyboardEvent.key` values, lower case for letters; any of them. */
  readonly keys: readonly string[];
  /** Key caps as printed. */
  readonly caps: readonly string[];
  /** What it does, as the duty officer reads it. */
  readonly zh: string;
  /** Heading in the full list. */
  readonly group: string;
  /** Also printed in the line at the bottom of the page. */
  readonly inLine: boolean;
}

/** Checks a keyboard: every id and every key once. @throws Problem duplicate-declaration | bad-declaration */
export function defineShortcuts<const T extends readonly Shortcut[]>(shortcuts: T): T {
  const seen = new Set<string>();
  for (const shortcut of shortcuts) {
    if (shortcut.keys.length === 0 || shortcut.caps.length === 0) throw new Problem('bad-declaration', { what: `shortcut ${shortcut.id}` });
    for (const name of [`id ${shortcut.id}`, ...shortcut.keys.map((key) => `key ${key}`)]) {
      if (seen.has(name)) throw new Problem('duplicate-declaration', { what: `shortcut ${name}` });
      seen.add(name);
    }
  }
  return Object.freeze(shortcuts);
}

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** True while an input method composes (Pinyin): its letters are not ours. */
  readonly isComposing: boolean;
}

/** The shortcut that a key press means; null: none, let the browser have it. */
export function shortcutFor<T extends Shortcut>(shortcuts: readonly T[], press: KeyPress, inField: boolean): T | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.isComposing) return null;
  if (inField && press.key !== 'Escape') return null;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  return shortcuts.find((shortcut) => shortcut.keys.includes(key)) ?? null;
}
