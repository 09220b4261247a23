// CPA and TCPA: the scenarios of IMO Resolution A.823(19), encounters that can be worked out by hand, and properties that hold for all.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LngLat } from '../../contracts/geo.ts';
import { closestApproach, type Moving } from './cpa.ts';

const mile = 1852;
const knot = 1852 / 3600;
const radians = Math.PI / 180;
const home: LngLat = [121.7, 38.9];

/** `miles` away on this bearing, by a series independent of the code under test: metres of a degree as GRS 80 tables give them. */
function away(from: LngLat, miles: number, bearing: number): LngLat {
  const north = miles * mile * Math.cos(bearing * radians);
  const east = miles * mile * Math.sin(bearing * radians);
  const lat = from[1] + north / (111_132.954 - 559.822 * Math.cos(2 * from[1] * radians) + 1.175 * Math.cos(4 * from[1] * radians));
  const middle = (from[1] + lat) / 2;
  const perDegree =
    111_412.84 * Math.cos(middle * radians) - 93.5 * Math.cos(3 * middle * radians) + 0.118 * Math.cos(5 * middle * radians);
  return [from[0] + east / perDegree, lat];
}
/** Own ship and a target given by its motion relative to own ship, in knots and degrees. */
function relative(
  own: { course: number; speed: number },
  target: { range: number; bearing: number; course: number; speed: number },
): [Moving, Moving] {
  const sum = (f: (degrees: number) => number): number => own.speed * f(own.course * radians) + target.speed * f(target.course * radians);
  const [east, north] = [sum(Math.sin), sum(Math.cos)];
  return [
    { position: home, speed: own.speed * knot, bearing: own.course },
    {
      position: away(home, target.range, target.bearing),
      speed: Math.hypot(east, north) * knot,
      bearing: Math.atan2(east, north) / radians,
    },
  ];
}

/** Appendix 2: own ship, target range (nautical miles), bearing, relative course and speed. CPA and TCPA follow from relative motion alone. */
const scenarios = [
  { name: 'scenario 1', own: { course: 0, speed: 10 }, target: { range: 8, bearing: 0, course: 180, speed: 20 }, cpa: 0, minutes: 24 },
  { name: 'scenario 2', own: { course: 0, speed: 10 }, target: { range: 1, bearing: 0, course: 90, speed: 10 }, cpa: 1, minutes: 0 },
  { name: 'scenario 3', own: { course: 0, speed: 5 }, target: { range: 8, bearing: 45, course: 225, speed: 20 }, cpa: 0, minutes: 24 },
  { name: 'scenario 4', own: { course: 0, speed: 25 }, target: { range: 8, bearing: 45, course: 225, speed: 20 }, cpa: 0, minutes: 24 },
];
describe('IMO Resolution A.823(19) appendix 2', () => {
  it.each(scenarios)('$name: CPA $cpa nm in $minutes min', ({ own, target, cpa, minutes }) => {
    const { distance, seconds, range, bearing } = closestApproach(...relative(own, target));
    expect(range / mile).toBeCloseTo(target.range, 2);
    expect(Math.abs(((bearing - target.bearing + 540) % 360) - 180)).toBeLessThan(0.1);
    expect(distance / mile).toBeCloseTo(cpa, 2);
    expect(seconds / 60).toBeCloseTo(minutes, 1);
  });
});

describe('encounters worked out by hand', () => {
  const own = (course: number, speed: number): Moving => ({ position: home, speed: speed * knot, bearing: course });
  const other = (range: number, bearing: number, course: number, speed: number): Moving => ({
    position: away(home, range, bearing),
    speed: speed * knot,
    bearing: course,
  });
  it.each([
    [
      'crossing at right angles, 5 nm abeam, same speed: r/√2 away, in half the time',
      own(0, 10),
      other(5, 90, 270, 10),
      5 / Math.SQRT2,
      15,
    ],
    ['head on, one mile to starboard', own(0, 12), { ...own(180, 12), position: away(away(home, 6, 0), 1, 90) }, 1, 15],
    ['overtaking, 2 knots faster, dead ahead', own(45, 12), other(1, 45, 45, 10), 0, 30],
    ['anchored, passed a mile off', own(90, 10), { ...other(0, 0, 0, 0), position: away(away(home, 5, 90), 1, 0) }, 1, 30],
    ['passed already: the time is negative', own(0, 10), other(2, 180, 180, 10), 0, -6],
    ['side by side: nothing changes', own(33, 9), other(1.5, 120, 33, 9), 1.5, 0],
  ])('%s', (_, first, second, miles, minutes) => {
    const { distance, seconds } = closestApproach(first, second);
    expect(distance / mile).toBeCloseTo(miles, 2);
    expect(seconds / 60).toBeCloseTo(minutes, 1);
  });
  it('across 180° goes the short way', () => {
    const { range } = closestApproach({ position: [179.99, 0], speed: 0, bearing: 0 }, { position: [-179.99, 0], speed: 0, bearing: 0 });
    expect(range).toBeCloseTo(0.02 * 111_319.49, 0);
  });
  it('two that lie at one place have no bearing', () => {
    expect(closestApproach(own(0, 0), own(0, 0))).toEqual({ range: 0, bearing: 0, distance: 0, seconds: 0, bearingThen: null });
  });
});

describe('for all', () => {
  const moving = fc.record({
    position: fc.tuple(fc.double({ min: 119, max: 124, noNaN: true }), fc.double({ min: 38, max: 41, noNaN: true })),
    speed: fc.double({ min: 0, max: 30, noNaN: true }),
    bearing: fc.double({ min: 0, max: 360, noNaN: true }),
  });
  /** Distance after so many seconds, in the same plane, by moving both. */
  const distanceAfter = (first: Moving, second: Moving, seconds: number): number => {
    const { range, bearing } = closestApproach(first, second);
    const component = (f: (radians: number) => number): number =>
      range * f(bearing * radians) + seconds * (second.speed * f(second.bearing * radians) - first.speed * f(first.bearing * radians));
    return Math.hypot(component(Math.sin), component(Math.cos));
  };
  it('no other moment is nearer, before or after', () => {
    fc.assert(
      fc.property(moving, moving, fc.double({ min: -1e5, max: 1e5, noNaN: true }), (first, second, off) => {
        const { distance, seconds } = closestApproach(first, second);
        const near = Math.max(distance, 1) * 1e-6;
        expect(Math.abs(distanceAfter(first, second, seconds) - distance)).toBeLessThan(Math.max(near, 1e-3));
        expect(distanceAfter(first, second, seconds + off)).toBeGreaterThan(distance - Math.max(near, 1) - Math.abs(off) * 0.02);
      }),
    );
  });
  it('is the same seen from the other, with the opposite bearing', () => {
    fc.assert(
      fc.property(moving, moving, (first, second) => {
        const [one, two] = [closestApproach(first, second), closestApproach(second, first)];
        expect(two.distance).toBeCloseTo(one.distance, 3);
        expect(two.seconds).toBeCloseTo(one.seconds, 3);
        if (one.range > 1) expect(Math.abs(((two.bearing - one.bearing + 720) % 360) - 180)).toBeLessThan(1e-6);
      }),
    );
  });
});
