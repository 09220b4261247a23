// Tests of the console's keyboard.
import { describe, expect, it } from 'vitest';
import { defineShortcuts, type KeyPress, type Shortcut, shortcutFor } from './keyboard.ts';

const shortcut = (id: string, keys: string[]): Shortcut => ({ id, keys, caps: keys, zh: id, group: '', inLine: false });
const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  ...more,
});
const list = defineShortcuts([shortcut('next', ['j', 'ArrowDown']), shortcut('escape', ['Escape']), shortcut('help', ['?'])]);

describe('keyboard', () => {
  it('refuses a key that means two things, and an id that stands twice', () => {
    expect(() => defineShortcuts([shortcut('a', ['j']), shortcut('b', ['j'])])).toThrow(
      expect.objectContaining({ code: 'duplicate-declaration' }),
    );
    expect(() => defineShortcuts([shortcut('a', ['j']), shortcut('a', ['k'])])).toThrow(
      expect.objectContaining({ code: 'duplicate-declaration' }),
    );
    expect(() => defineShortcuts([shortcut('a', [])])).toThrow(expect.objectContaining({ code: 'bad-declaration' }));
  });
  const cases: readonly (readonly [string, KeyPress, boolean, string | null])[] = [
    ['a letter', press('j'), false, 'next'],
    ['the same letter with Caps Lock', press('J'), false, 'next'],
    ['a named key', press('ArrowDown'), false, 'next'],
    ['a letter while a field has focus', press('j'), true, null],
    ['Escape while a field has focus', press('Escape'), true, 'escape'],
    ['a letter of an input method', press('j', { isComposing: true }), false, null],
    ['a browser shortcut', press('j', { ctrlKey: true }), false, null],
    ['a key without meaning', press('q'), false, null],
  ];
  it.each(cases)('%s', (_, given, inField, expected) => {
    expect(shortcutFor(list, given, inField)?.id ?? null).toBe(expected);
  });
});
