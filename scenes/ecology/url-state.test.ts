// Tests of the address: what is written is read back, and any text at all opens a page.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seriesKey } from '../../contracts/observation.ts';
import { trusts } from '../../screen/console/trust.ts';
import { initialState, type PageState, readQuery, sorts, spans, viewIds, writeQuery } from './url-state.ts';

const series = fc
  .record({ property: fc.constantFrom('a34004', 'w01018', 'z', 'fire-confidence'), statistic: fc.constantFrom('mean', 'value') })
  .map(({ property, statistic }) => seriesKey(property, 'hour', statistic as 'mean' | 'value'));
const state: fc.Arbitrary<PageState> = fc.record({
  view: fc.constantFrom(...viewIds),
  series: fc.option(series),
  city: fc.option(fc.constantFrom('210100', '211400')),
  trust: fc.option(fc.constantFrom(...trusts)),
  abnormal: fc.boolean(),
  inView: fc.boolean(),
  sort: fc.constantFrom(...sorts),
  query: fc.string({ maxLength: 60 }),
  selected: fc.option(fc.string({ minLength: 1, maxLength: 80 })),
  detail: fc.option(series),
  span: fc.constantFrom(...spans),
  at: fc.option(fc.integer({ min: 1_577_808_000, max: 1_893_427_200 }).map((seconds) => seconds * 1000)),
  camera: fc.option(
    fc.record({
      zoom: fc.integer({ min: 300, max: 2000 }).map((n) => n / 100),
      center: fc
        .tuple(fc.integer({ min: 1_185_000, max: 1_260_000 }), fc.integer({ min: 380_000, max: 437_000 }))
        .map(([lng, lat]) => [lng / 10_000, lat / 10_000] as const),
    }),
  ),
});

describe('page state in the address', () => {
  it('is read back as it was written, through a real URL', () => {
    fc.assert(
      fc.property(state, (before) => {
        const address = new URLSearchParams(writeQuery(before));
        expect(readQuery(Object.fromEntries(new URLSearchParams(address.toString())))).toEqual(before);
      }),
    );
  });
  it('never fails on any address, and what it made of it is stable', () => {
    const key = fc.constantFrom('view', 'series', 'city', 'trust', 'abnormal', 'sort', 'q', 'sel', 'detail', 'span', 'at', 'z');
    const text = fc.oneof(fc.string(), fc.constantFrom('8/41/123', '9e9/1/1', '-1/41/123', '2026-13-45T00:00:00Z', 'a/hour/mean/x'));
    fc.assert(
      fc.property(fc.dictionary(key, fc.oneof(text, fc.array(text), fc.constant(null))), (query) => {
        const read = readQuery(query);
        expect(readQuery(writeQuery(read))).toEqual({
          ...read,
          camera: read.camera === null ? null : readQuery(writeQuery(read)).camera,
        });
      }),
    );
  });
  it('leaves a plain page with a plain address', () => {
    expect(writeQuery(initialState)).toEqual({});
    expect(readQuery({})).toEqual(initialState);
  });
  const cases: readonly (readonly [string, Record<string, string>, Partial<PageState>])[] = [
    ['a blank for the plus of the offset', { at: '2026-11-24T11:20:00 08:00' }, { at: Date.UTC(2026, 10, 24, 3, 20) }],
    ['a city that is no prefecture', { city: '210102' }, { city: null }],
    ['a camera over another country', { z: '8/52.5/13.4' }, { camera: null }],
    ['an unknown statistic', { series: 'a34004/hour/median' }, { series: null }],
  ];
  it.each(cases)('%s', (_, query, expected) => {
    expect(readQuery(query)).toMatchObject(expected);
  });
});
