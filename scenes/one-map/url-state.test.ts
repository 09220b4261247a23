// Tests of the address: what is written is read back, whatever the state; what is mangled opens the plain page.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LngLat } from '../../contracts/geo.ts';
import { quantileClasses, uniqueClasses } from './look.ts';
import { spans } from './playback.ts';
import type { Drawing, Geometry } from './sketch.ts';
import { comparings, initialState, type PageState, readQuery, tabs, writeQuery } from './url-state.ts';

const id = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const layers = fc.uniqueArray(fc.record({ id, opacity: fc.integer({ min: 1, max: 20 }).map((n) => n * 5) }), {
  maxLength: 8,
  selector: (layer) => layer.id,
});
const corner = fc
  .tuple(fc.integer({ min: 11_800_000, max: 12_600_000 }), fc.integer({ min: 3_800_000, max: 4_400_000 }))
  .map(([lng, lat]) => [lng / 1e5, lat / 1e5] as const);
const drawing: fc.Arbitrary<Drawing> = fc.record({
  id: fc.constant(''),
  kind: fc.constantFrom('sketch' as const, 'measure' as const),
  note: fc.string({ maxLength: 20 }),
  geometry: fc.oneof(
    corner.map((coordinates): Geometry => ({ type: 'Point', coordinates })),
    fc.array(corner, { minLength: 2, maxLength: 9 }).map((coordinates): Geometry => ({ type: 'LineString', coordinates })),
    fc
      .array(corner, { minLength: 3, maxLength: 9 })
      .map((ring): Geometry => ({ type: 'Polygon', coordinates: [[...ring, ring[0] as LngLat]] })),
  ),
});
const state: fc.Arbitrary<PageState> = fc.record({
  by: fc.constantFrom('theme' as const, 'department' as const),
  layers,
  right: fc.constant([]),
  comparing: fc.constant('single' as const),
  active: fc.option(id),
  table: fc.boolean(),
  tab: fc.constantFrom(...tabs),
  selected: fc.option(fc.record({ layer: id, id: fc.integer({ min: 1, max: 1e9 }) })),
  filter: fc.string({ minLength: 1, maxLength: 60 }),
  area: fc.oneof(fc.constant([]), fc.array(corner, { minLength: 3, maxLength: 12 })),
  inView: fc.boolean(),
  sort: fc.option(fc.record({ attribute: fc.constantFrom('name', 'rank', '名称'), descending: fc.boolean() })),
  cut: fc.constant(50),
  span: fc.constantFrom(...spans),
  turn: fc.constant(null),
  drawings: fc.array(drawing, { maxLength: 4 }).map((list) => list.map((one, k) => ({ ...one, id: String(k + 1) }))),
  looks: fc.constantFrom<PageState['looks'][]>(
    {},
    { cities: { colour: '#00779e', width: 2, classes: uniqueClasses('name', ['沈阳市', '大连市']) } },
    { cities: { colour: '#00779e', width: 2, classes: null, height: { attribute: 'area', metres: 12.5 } } },
    { rivers: { colour: '#00779e', width: 2.5, classes: quantileClasses('rank', [1, 2, 3, 4, 5], 3) } },
  ),
  at: fc.option(fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }).map((seconds) => seconds * 1000)),
  tilted: fc.boolean(),
  theme: fc.option(fc.constantFrom('light' as const, 'dark' as const)),
  query: fc.string({ minLength: 1, maxLength: 60 }),
  camera: fc.constantFrom(null, { center: [123.43, 41.81] as const, zoom: 9.5 }),
});

describe('the address of the one-map page', () => {
  it('is plain for the plain page', () => {
    expect(writeQuery(initialState)).toEqual({});
    expect(readQuery({})).toEqual(initialState);
  });
  it('brings every state back', () => {
    fc.assert(
      fc.property(state, (given) => {
        expect(readQuery(writeQuery(given))).toEqual(given);
      }),
    );
  });
  it('keeps the right-hand map of a comparison', () => {
    for (const comparing of comparings.slice(1)) {
      const given = { ...initialState, comparing, right: [{ id: 'rivers', opacity: 80 }], cut: comparing === 'swipe' ? 31 : 50 };
      expect(readQuery(writeQuery(given))).toEqual(given);
    }
  });
  it('keeps how a tilted map is turned', () => {
    const given: PageState = { ...initialState, tilted: true, turn: [-35, 48] };
    expect(readQuery(writeQuery(given))).toEqual(given);
  });
  it('never throws', () => {
    const keys = [
      'by',
      'l',
      'r',
      'cmp',
      'on',
      'tab',
      'sel',
      'f',
      'area',
      'looks',
      'at',
      'theme',
      'q',
      'z',
      'd',
      'sort',
      'cut',
      'span',
      'turn',
      'in',
    ];
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...keys), fc.oneof(fc.string(), fc.json(), fc.constantFrom('null', '1,2,3', '{}', 'a/b'))),
        (query) => {
          expect(() => writeQuery(readQuery(query))).not.toThrow();
        },
      ),
    );
  });
  it.each([
    ['sel', 'cities/0', (s: PageState) => s.selected],
    ['sel', 'Cities/3', (s: PageState) => s.selected],
    ['theme', 'pink', (s: PageState) => s.theme],
  ])('drops %s=%s', (key, value, of) => expect(of(readQuery({ [key]: value }))).toBeNull());
  it.each([
    '[1',
    '{}',
    '[["sp","",[1]]]',
    '[["sl","",[1,2]]]',
    '[["sx","",[1,2]]]',
    '[["sp",3,[1,2]]]',
    '[["sp","",[99999999,0]]]',
    '[null]',
  ])('drops d=%s', (d) => expect(readQuery({ d }).drawings).toEqual([]));
  it.each(['400,10', '10', '10,99', 'a,b'])('drops turn=%s', (turn) => expect(readQuery({ turn }).turn).toBeNull());
  it.each(['1,2,3,4', '1,2,3,4,5', '200,1,2,3,4,5', 'a,b,c,d,e,f'])('drops area=%s', (area) =>
    expect(readQuery({ area }).area).toEqual([]),
  );
  it.each(['{"cities":{"colour":"url(x)","width":2}}', '{"cities":{"colour":"#00779e","width":900}}', '[1'])('drops looks=%s', (looks) =>
    expect(readQuery({ looks }).looks).toEqual({}),
  );
});
