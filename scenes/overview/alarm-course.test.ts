// A day of alarms by city: what is known at a moment, lanes, and that nothing is counted twice.
import { describe, expect, it } from 'vitest';
import type { Alarm } from '../../contracts/event.ts';
import { alarmCourse, courseLanes, courseMilliseconds } from './alarm-course.ts';

const now = 1_800_000_000_000;
const hour = 3_600_000;
function alarm(id: string, since: number, cleared: number | null, change: Partial<Alarm> = {}): Alarm {
  return {
    ...{ id, thing: 1, thingName: '站', stream: 'water/water-level', series: 'z/instant/value', level: 'yellow', rule: 'r', title: '' },
    ...{ value: 1, limit: 1, unit: 'm', source: '', since: now + since * hour, updated: now, adcode: '210103', position: null },
    ...{ quality: 'good', provenance: 'measured', frame: 1 },
    cleared: cleared === null ? null : now + cleared * hour,
    ...change,
  } as Alarm;
}
const shenyang = (list: Alarm[], at = now) => alarmCourse(list, at).find((row) => row.adcode === '210100');

describe('alarm course', () => {
  it('has every city, in the order of the table, quiet ones too', () => {
    expect(alarmCourse([], now).map((row) => row.name)).toHaveLength(14);
    expect(alarmCourse([], now, (adcode) => adcode === '210200').map((row) => row.name)).toEqual(['大连']);
  });
  it.each([
    ['open since two hours', alarm('a', -2, null), 1, 1, [22 / 24, 2 / 24]],
    ['over', alarm('a', -6, -3), 0, 1, [18 / 24, 3 / 24]],
    ['begun the day before, open', alarm('a', -30, null), 1, 1, [0, 1]],
    ['over before the day', alarm('a', -30, -25), 0, 0, null],
    ['begun after the moment', alarm('a', 1, null), 0, 0, null],
    ['cleared after the moment: open then', alarm('a', -1, 1), 1, 1, [23 / 24, 1 / 24]],
  ] as const)('%s', (_, one, open, count, place) => {
    const row = shenyang([one]);
    expect([row?.open, row?.count]).toEqual([open, count]);
    const bar = row?.bars[0];
    if (place === null) expect(bar).toBeUndefined();
    else {
      expect(bar?.left).toBeCloseTo(place[0], 9);
      expect(bar?.width).toBeCloseTo(place[1], 9);
    }
  });
  it('a hotspot of the province stands with the nearest city', () => {
    const row = alarmCourse([alarm('a', -1, null, { adcode: '210000', position: [121.7, 38.95] })], now).find((one) => one.count > 0);
    expect(row?.name).toBe('大连');
  });
  it('counts one that comes from both lists once, with its later word', () => {
    const row = shenyang([alarm('a', -5, null), alarm('a', -5, -1)]);
    expect([row?.count, row?.open]).toEqual([1, 0]);
  });
  it('keeps what is open together apart, and the worst on top where lanes run out', () => {
    const row = shenyang([
      alarm('red', -4, null, { level: 'red' }),
      ...['a', 'b', 'c'].map((id, i) => alarm(id, -4 + i / 10, null)),
      alarm('over', -20, -19),
    ]);
    expect(new Set(row?.bars.map((bar) => bar.lane)).size).toBe(courseLanes);
    expect(row?.bars.at(-1)?.id).toBe('red');
    expect(row?.bars.find((bar) => bar.id === 'over')?.lane).toBe(0);
    expect(courseMilliseconds).toBe(24 * hour);
  });
});
