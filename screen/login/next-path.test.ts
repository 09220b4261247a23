// Tests of the way back after logging in: it never leaves our own pages.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextPath } from './next-path.ts';

describe('nextPath', () => {
  it.each([
    ['/screen/overview', '/screen/overview'],
    [
      '/console/ecology?station=12&at=2026-11-24T03:07:42%2B08:00#chart',
      '/console/ecology?station=12&at=2026-11-24T03:07:42%2B08:00#chart',
    ],
    ['/', '/'],
    ['/a/../b', '/b'],
    ['//evil.example', null],
    ['/\\evil.example', null],
    ['/\t/evil.example', null],
    ['/.//evil.example', null],
    ['/x/..//evil.example', null],
    ['\\\\evil.example', null],
    ['screen', null],
    ['javascript:alert(1)', null],
    ['/login', null],
    ['/login?next=/login', null],
    ['/x/../login', null],
    ['/api/session', null],
    [`/${'x'.repeat(3000)}`, null],
    [undefined, null],
    [['/a', '/b'], null],
  ])('%j leads to %j', (next, path) => expect(nextPath(next)).toBe(path));

  it('whatever is given, the browser stays with us, and the answer given back is the same', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '//',
      '@',
      ':',
      '?',
      '#',
      'evil.example',
      'http:',
      '\t',
      '\n',
      '%2f',
      '%5c',
      ' ',
      '\u0000',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join('')}`),
        ),
        (next) => {
          const path = nextPath(next);
          if (path === null) return;
          expect(new URL(path, 'http://127.0.0.1:8080').origin).toBe('http://127.0.0.1:8080');
          expect(nextPath(path)).toBe(path);
        },
      ),
      { numRuns: 5000 },
    );
  });
});
