// Tests of places as people type them.
import { describe, expect, it } from 'vitest';
import { placeIn } from './place-word.ts';

describe('a place', () => {
  it.each(['123.43,41.8', '123.43 41.8', '41.8 123.43', '123.43，41.8', '东经123.43° 北纬41.8°', '41.8N 123.43E', ' 123.43 ; 41.8 '])(
    'is read from %j',
    (text) => expect(placeIn(text)).toEqual([123.43, 41.8]),
  );
  it.each(['', '沈阳', '123.43', '123,456,789', '2026-11-24', '12 34', '200 41', '123.43 91', '123.43 41.8 0'])(
    'is not read from %j',
    (text) => expect(placeIn(text)).toBeNull(),
  );
});
