// Tests of the map's arrangement: every station stands in exactly one mark, none hides another, the selection stands alone and still.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrange, cityZoom, type Spot, worldPixel } from './arrange.ts';
import { nameWidth, placeNames } from './place-names.ts';

const spot = fc.record({
  lng: fc.double({ min: 119, max: 125.5, noNaN: true }),
  lat: fc.double({ min: 39, max: 43, noNaN: true }),
  city: fc.constantFrom('210100', '210200', '210300'),
  rank: fc.integer({ min: 0, max: 1500 }),
});
const spots = fc
  .array(spot, { minLength: 1, maxLength: 60 })
  .map((list): Spot[] => list.map(({ lng, lat, city, rank }, id) => ({ id, position: [lng, lat], city, rank })));

describe('arrange', () => {
  it('puts every station into exactly one mark, at any zoom, in any order', () => {
    fc.assert(
      fc.property(spots, fc.double({ min: 4, max: 16, noNaN: true }), fc.option(fc.nat(60)), (list, zoom, selected) => {
        const marks = arrange(list, { zoom, selected });
        expect(marks.flatMap((mark) => mark.ids).sort((a, b) => a - b)).toEqual(list.map((one) => one.id));
        expect(arrange([...list].reverse(), { zoom, selected })).toEqual(marks);
        for (const mark of marks) expect(mark.shift.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
  it('lets the selected station stand alone on its true place', () => {
    fc.assert(
      fc.property(spots, fc.double({ min: 4, max: 14, noNaN: true }), (list, zoom) => {
        const mark = arrange(list, { zoom, selected: 0 }).find((one) => one.ids.includes(0));
        expect(mark?.ids).toEqual([0]);
        expect(mark?.shift).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });
  it('parts two stations on the same spot, and gathers a city at low zoom with its worst first', () => {
    const twins: Spot[] = [1, 2].map((id) => ({ id, position: [123.4, 41.8], city: '210100', rank: id }));
    const apart = arrange(twins, { zoom: 10, selected: null });
    const at = apart.map((mark) => {
      const [x, y] = worldPixel(mark.anchor, 10);
      return [x + mark.shift[0], y + mark.shift[1]] as const;
    });
    expect(Math.hypot(at[0]![0] - at[1]![0], at[0]![1] - at[1]![1])).toBeGreaterThanOrEqual(25);
    expect(arrange(twins, { zoom: cityZoom - 0.1, selected: null }).map((mark) => mark.ids)).toEqual([[2, 1]]);
  });
  it('agrees with Web Mercator: 180° is the right edge, the equator the middle', () => {
    expect(worldPixel([180, 0], 0)).toEqual([512, 256]);
    expect(worldPixel([0, 85.0511287798066], 0)[1]).toBeCloseTo(0, 6);
  });
});

describe('placeNames', () => {
  it('covers neither marks nor other names; what has no room is left out', () => {
    const name = fc.record({ x: fc.integer({ min: 0, max: 400 }), y: fc.integer({ min: 0, max: 300 }) });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 30 }), (list) => {
        const names = list.map(({ x, y }, index) => ({ key: String(index), text: '太原街', x, y, radius: 12.5, always: false }));
        const boxes = placeNames(names, names).map((placed) => {
          const own = names[Number(placed.key)]!;
          const width = nameWidth(placed.text);
          const left = own.x + placed.dx - (placed.align === 'middle' ? width / 2 : placed.align === 'end' ? width : 0);
          return [left, own.y + placed.dy - 7.5, left + width, own.y + placed.dy + 7.5] as const;
        });
        for (let i = 0; i < boxes.length; i++)
          for (let j = i + 1; j < boxes.length; j++) {
            const [a, b] = [boxes[i]!, boxes[j]!];
            expect(a[0] < b[2] - 1e-6 && b[0] < a[2] - 1e-6 && a[1] < b[3] - 1e-6 && b[1] < a[3] - 1e-6).toBe(false);
          }
      }),
    );
  });
});
