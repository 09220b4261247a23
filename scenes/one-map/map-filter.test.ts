// Tests of conditions on tiles: the engine's own evaluation of the expression finds the rows that PostGIS would.
import { featureFilter } from '@maplibre/maplibre-gl-style-spec';
import { describe, expect, it } from 'vitest';
import { mapFilter } from './map-filter.ts';

const rows: readonly Readonly<Record<string, unknown>>[] = [
  { id: 1, name: '沈阳', rank: 1, open: true },
  { id: 2, name: '大连%', rank: 2, open: false },
  { id: 3, name: '鞍山', rank: 3 },
  { id: 4, rank: 4, count: 1 },
  // A bubble of many.
  { id: 5, name: '沈阳', rank: 1, open: true, count: 12 },
];
function found(text: string): number[] | null {
  const filter = mapFilter(text);
  if (filter === null) return null;
  const test = featureFilter(filter as never, 'layers[0].filter');
  const globals = { zoom: 10 } as never;
  return rows.filter(({ id, ...properties }) => test.filter(globals, { type: 1, id, properties } as never, undefined as never)).map(({ id }) => Number(id)); // biome-ignore format: one rule
}

describe('a condition on tiles', () => {
  const cases: readonly (readonly [string, number[] | null])[] = [
    ["name = '沈阳'", [1]],
    ["name <> '沈阳'", [2, 3]],
    ["'沈阳' = name", [1]],
    ['rank >= 3', [3, 4]],
    ['3 <= rank', [3, 4]],
    ['NOT rank >= 3', [1, 2]],
    ["name LIKE '%阳%'", [1]],
    ["name LIKE '大%'", [2]],
    ["name LIKE '大连\\%'", [2]],
    ["name NOT LIKE '%阳%'", [2, 3]],
    ['name IS NULL', [4]],
    ['name IS NOT NULL', [1, 2, 3]],
    ['rank BETWEEN 2 AND 3', [2, 3]],
    ['rank NOT BETWEEN 2 AND 3', [1, 4]],
    ['rank IN (1, 4)', [1, 4]],
    ["name NOT IN ('沈阳')", [2, 3]],
    ["NOT (name = '沈阳' OR rank = 2)", [3]],
    ["rank < 4 AND (name = '鞍山' OR open = TRUE)", [1, 3]],
    ['open = FALSE', [2]],
    ['id = 3', [3]],
    // What a tile cannot answer is not answered wrongly.
    ['rank + 1 = 2', null],
    ["CASEI(name) = 'a'", null],
    ["name LIKE '_阳'", null],
    ["name LIKE '%阳'", null],
    ['S_DISJOINT(geometry, BBOX(0,0,1,1))', null],
    ['rank = ', null],
  ];
  it.each(cases)('%s', (text, ids) => expect(found(text)).toEqual(ids));
  it('is of an area by distance', () => {
    expect(JSON.stringify(mapFilter('S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1, 0 0)))'))).toContain('["distance"');
    expect(mapFilter('NOT S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1, 0 0)))')).toBeNull();
  });
});
