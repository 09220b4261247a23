// The wall at every shape: the map keeps half, callouts stand in plain map, leaders reach their marks and do not cross.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crosses, leaderTo, type Point, placeCallouts, type Slot, shrunk, through } from './callouts.ts';
import { crossesEdge, wallLayout } from './layout.ts';

describe('wall layout', () => {
  it.each([
    [1920, 1080, 1, 1, 0.5],
    [3840, 2160, 2, 1, 0.5],
    [3840, 1080, 1, 2, 0.5],
    [7680, 2160, 2, 2, 0.5],
    [6656, 1792, 1792 / 1080, 2, 0.48],
    [5760, 1080, 1, 3, 0.5],
  ])('%s × %s: unit %s, %s columns', (width, height, unit, columns, share) => {
    const layout = wallLayout(width, height);
    expect(layout.unit).toBeCloseTo(unit);
    expect(layout.columns).toBe(columns);
    expect(layout.mapShare).toBeGreaterThanOrEqual(share);
    expect(layout.zone.left * 2 + layout.zone.width).toBeCloseTo(layout.width);
  });
  it('puts edges between the displays', () => {
    expect(wallLayout(5760, 1080).edges).toEqual([1920, 3840]);
    expect(wallLayout(1920, 1080).edges).toEqual([]);
    expect(wallLayout(3840, 1080, 4).edges).toEqual([960, 1920, 2880]);
    expect(crossesEdge(1900, 30, [1920])).toBe(true);
    expect(crossesEdge(1925, 30, [1920])).toBe(false);
  });
});

const slot = (left: number, top: number, side: Slot['side']): Slot => ({ left, top, width: 300, height: 120, side });
const slots = [slot(700, 80, 'bottom'), slot(1200, 80, 'bottom'), slot(1200, 820, 'left'), slot(400, 800, 'right')];

describe('callouts', () => {
  it.each([
    [
      'under the slot',
      slot(700, 80, 'bottom'),
      [800, 500],
      [
        [800, 200],
        [800, 500],
      ],
    ],
    [
      'beside a slot above',
      slot(700, 80, 'bottom'),
      [1100, 500],
      [
        [1000, 176],
        [1100, 176],
        [1100, 500],
      ],
    ],
    [
      'level with the slot',
      slot(1200, 800, 'left'),
      [900, 860],
      [
        [1200, 860],
        [900, 860],
      ],
    ],
    [
      'above the slot',
      slot(1200, 800, 'left'),
      [900, 500],
      [
        [1200, 824],
        [900, 824],
        [900, 500],
      ],
    ],
  ] as const)('leader %s', (_, box, at, points) => {
    expect(leaderTo(box, at)).toEqual(points);
  });
  it('reach their own marks, share no slot, cover no mark, and cross only where nothing else is possible', () => {
    const place = fc.tuple(fc.integer({ min: 520, max: 1400 }), fc.integer({ min: 120, max: 900 }));
    fc.assert(
      fc.property(fc.uniqueArray(place, { minLength: 1, maxLength: 3, selector: String }), (places) => {
        const marks = places as Point[];
        const placed = placeCallouts(
          marks.map((at) => ({ target: String(at), at })),
          slots,
          marks,
        );
        expect(new Set(placed.map((one) => one.slot)).size).toBe(placed.length);
        for (const { target, slot: box, leader } of placed) {
          expect(String(leader.at(-1))).toBe(target);
          for (const [x, y] of marks)
            expect(x > box.left && x < box.left + box.width && y > box.top && y < box.top + box.height).toBe(false);
          for (const [i, point] of leader.slice(1).entries()) {
            const before = leader[i] as Point;
            expect(point[0] === before[0] || point[1] === before[1]).toBe(true);
          }
        }
      }),
    );
  });
  it('choose the way without a crossing', () => {
    const marks: Point[] = [
      [1300, 600],
      [800, 600],
    ];
    const placed = placeCallouts(
      marks.map((at) => ({ target: at, at })),
      slots.slice(0, 2),
      marks,
    );
    expect(placed).toHaveLength(2);
    expect(crosses(placed[0]?.leader ?? [], placed[1]?.leader ?? [])).toBe(false);
    expect(placed[0]?.slot.left).toBe(1200);
  });
  it('do not cross where one of the two ways neither crosses nor runs through a callout', () => {
    const place = fc.tuple(fc.integer({ min: 420, max: 1560 }), fc.integer({ min: 260, max: 780 }));
    let told = 0;
    fc.assert(
      fc.property(place, place, fc.constantFrom(...slots), fc.constantFrom(...slots), (one, other, first, second) => {
        fc.pre(first !== second && String(one) !== String(other));
        const ways = [
          [leaderTo(first, one), leaderTo(second, other), first, second] as const,
          [leaderTo(second, one), leaderTo(first, other), second, first] as const,
        ].map(([a, b, own, others]) => crosses(a, b) || through(a, others) || through(b, own));
        fc.pre(ways[0] !== ways[1]);
        told++;
        const marks: Point[] = [one, other];
        const placed = placeCallouts(
          marks.map((at) => ({ target: at, at })),
          [first, second],
          marks,
        );
        expect(crosses(placed[0]?.leader ?? [], placed[1]?.leader ?? [])).toBe(false);
      }),
      { numRuns: 400 },
    );
    expect(told).toBeGreaterThan(50);
  });
  it('keep out of names where another way exists', () => {
    const name = { left: 780, top: 300, width: 60, height: 40 };
    const [free] = placeCallouts([{ target: 1, at: [800, 860] }], slots, [[800, 860]]);
    const [kept] = placeCallouts([{ target: 1, at: [800, 860] }], [slot(700, 80, 'bottom'), slot(400, 800, 'right')], [[800, 860]], [name]);
    expect(free).toBeDefined();
    expect(kept?.slot.left).toBe(400);
  });
  it('shrink round their leader', () => {
    expect(shrunk(slot(0, 100, 'left'), 200, 60)).toMatchObject({ top: 160, height: 60 });
    expect(shrunk(slot(0, 100, 'left'), 105, 60)).toMatchObject({ top: 100 });
  });
});
