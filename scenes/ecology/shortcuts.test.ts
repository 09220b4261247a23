// Tests of the page's keys: declared without a clash, and every key of the console's tokens that the page has.
import { describe, expect, it } from 'vitest';
import { shortcutFor } from '../../screen/console/keyboard.ts';
import { shortcuts } from './shortcuts.ts';

describe('keys of the ecology console', () => {
  it('no key means two things', () => {
    const keys = shortcuts.flatMap((shortcut) => [...shortcut.keys]);
    expect(keys.length).toBeGreaterThan(15);
    expect(new Set(keys).size).toBe(keys.length);
  });
  it.each([
    ['j', 'next'],
    ['k', 'previous'],
    ['/', 'search'],
    ['[', 'back'],
    [']', 'forward'],
    ['0', 'live'],
    ['Escape', 'escape'],
    ['s', 'share'],
    ['x', 'frame'],
    ['l', 'lineage'],
    ['?', 'help'],
  ])('%s is %s', (key, id) => {
    expect(shortcutFor(shortcuts, { key, ctrlKey: false, metaKey: false, altKey: false, isComposing: false }, false)?.id).toBe(id);
  });
});
