// When a page stands still: each cause, and which one is told when both hold.
import { describe, expect, it } from 'vitest';
import { standstillOf } from './standstill.ts';

const [up, away] = [
  { database: 'up', since: 5 },
  { database: 'away', since: 7 },
] as const;
describe('standstill', () => {
  it.each([
    ['live', up, null],
    ['live', null, null],
    ['connecting', null, null],
    ['live', away, { since: 7, cause: 'database' }],
    ['away', up, { since: 3, cause: 'line' }],
    ['away', away, { since: 3, cause: 'line' }],
    ['away', null, { since: 3, cause: 'line' }],
  ] as const)('line %s, health %o: %o', (state, health, expected) => {
    expect(standstillOf({ state, since: 3 }, health)).toEqual(expected);
  });
});
