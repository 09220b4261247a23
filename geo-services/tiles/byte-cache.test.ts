// The byte cache: the budget holds whatever is put in, and what was used last stays.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteCache } from './byte-cache.ts';

describe('byteCache', () => {
  it('drops what was unused longest', () => {
    const cache = byteCache<string>(100, 0);
    for (const key of ['a', 'b', 'c', 'd']) cache.set(key, key, 25);
    cache.get('a');
    cache.set('e', 'e', 25);
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => cache.get(key) ?? '-').join('')).toBe('a-cde');
  });
  it('does not keep what would push everything else out', () => {
    const cache = byteCache<string>(100, 0);
    cache.set('a', 'a', 20);
    cache.set('huge', 'x', 26);
    expect([cache.get('huge'), cache.get('a'), cache.bytes]).toEqual([undefined, 'a', 20]);
  });
  it('property: never above its budget, and it counts what it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 400 }))), (puts) => {
        const cache = byteCache<number>(1000, 10);
        for (const [key, bytes] of puts) {
          cache.set(`k${key}`, bytes, bytes);
          expect(cache.bytes).toBeLessThanOrEqual(1000);
        }
        let held = 0;
        for (let key = 0; key < 10; key++) {
          const bytes = cache.get(`k${key}`);
          if (bytes !== undefined) held += bytes + 10;
        }
        expect(cache.bytes).toBe(held);
      }),
    );
  });
});
