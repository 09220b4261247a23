// Ages, shares and sizes as they are printed; the try-out's address and curl line hold whatever is typed.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ageWords, bytesWords, curlLine, itemsAddress, pageNumbers, shareWords } from './words.ts';

test.each([
  [{ seconds: null, promiseSeconds: 60, verdict: 'unknown' }, '尚无数据'],
  [{ seconds: 3600 * 30, promiseSeconds: null, verdict: 'unpromised' }, '1 d 6 h 前写入，不定期更新'],
  [{ seconds: 1800, promiseSeconds: 5400, verdict: 'kept' }, '30 min 前更新，承诺 90 min'],
  [{ seconds: 9000, promiseSeconds: 5400, verdict: 'late' }, '2 h 30 min 前更新，超承诺 60 min'],
] as const)('%j', (age, words) => expect(ageWords(age)).toBe(words));
test.each([
  [null, '—'],
  [1, '100 %'],
  [0.99999, '99.9 %'],
  [0.00001, '0.1 %'],
  [0, '0 %'],
  [0.5, '50.0 %'],
])('share %s', (share, words) => expect(shareWords(share)).toBe(words));
test.each([
  [999, '999 B'],
  [1500, '1.5 kB'],
  [2_340_000, '2.3 MB'],
])('%s bytes', (bytes, words) => expect(bytesWords(bytes)).toBe(words));

test.each([
  [1, 1, [1]],
  [1, 3, [1, 2, 3]],
  [1, 834, [1, 2, 0, 834]],
  [400, 834, [1, 0, 399, 400, 401, 0, 834]],
  [834, 834, [1, 0, 833, 834]],
  [1, 0, []],
])('page %s of %s', (page, pages, shown) => expect(pageNumbers(page, pages)).toEqual(shown));

const asked = { layer: 'rivers', format: 'geojson', limit: 3, bbox: '', filter: '', key: '' } as const;
test('what is not given is not asked', () => expect(itemsAddress(asked)).toBe('/ogc/collections/rivers/items?f=geojson&limit=3'));
test('the shell hands curl exactly the address and the key, whatever is typed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.stringMatching(/^[ -~]{0,30}$/), (filter, key) => {
      const typed = { ...asked, filter: filter.replaceAll('\0', ''), key };
      const line = curlLine('http://x', typed).replace(/^curl/, "printf '%s\\n'");
      const words = execFileSync('sh', ['-c', line], { encoding: 'utf8' }).split('\n');
      expect(words.at(-2)).toBe(`http://x${itemsAddress(typed)}`);
      if (key.trim()) expect(words.slice(1, 3)).toEqual(['-H', `Authorization: Bearer ${key.trim()}`]);
    }),
    { numRuns: 30 },
  );
});
