// Tests of the station rows: order by anomaly, filters, counts, badges, limits.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alarm, AlertLevel } from '../../contracts/event.ts';
import type { Quality, SeriesKey } from '../../contracts/observation.ts';
import type { Stream } from '../../contracts/stream.ts';
import type { LatestTuple, ThingState } from '../../contracts/wire.ts';
import { groupAlarms } from './alarm-groups.ts';
import { excess, isBroken, limitsOf, limitText, nearestLimit } from './limits.ts';
import {
  anomalyOf,
  buildRow,
  countRows,
  isAbnormal,
  offeredSeries,
  passes,
  type RowContext,
  type StationRow,
  sortRows,
} from './stations.ts';
import { badgeOf, noBadge } from './views.ts';

const now = Date.UTC(2026, 10, 24, 3, 42);
const pm: SeriesKey = 'a34004/hour/mean';
const level: SeriesKey = 'z/instant/value';
const air: Stream = {
  id: 'air-quality',
  theme: 'ecology',
  title: { zh: '空气', en: 'air' },
  provider: { department: 'ecology', zh: '省生态环境监测中心' },
  sharing: 'unconditional',
  kind: 'state',
  periodSeconds: 3600,
  staleAfterSeconds: 3900,
  headline: pm,
  quality: { [pm]: { range: [0, 1000], ratePerSecond: 30 / 3600 } },
  thresholds: [
    { id: 'a', series: pm, level: 'yellow', direction: 'above', limit: 115, hysteresis: 5, title: { zh: '中度' }, source: 'HJ 633-2026' },
    { id: 'b', series: pm, level: 'orange', direction: 'above', limit: 150, hysteresis: 5, title: { zh: '重度' }, source: 'HJ 633-2026' },
    {
      id: 'z',
      series: level,
      level: 'orange',
      direction: 'above',
      limit: { ofThing: 'z.warning' },
      hysteresis: 0.05,
      title: { zh: '警戒水位' },
      source: 'GB/T 22482',
    },
  ],
};
const latest = (result: number | null, quality: Quality = 'good', datastream = 1): LatestTuple => [
  result,
  now - 2 * 3_600_000,
  quality,
  [],
  'N',
  7,
  datastream,
  now,
  now,
  now,
];
const thing = (id: number, series: ThingState['series'], more: Partial<ThingState> = {}): ThingState => ({
  id,
  uid: `t${id}`,
  name: `站${id}`,
  adcode: '210102',
  position: [123.4, 41.8],
  provenance: 'measured',
  properties: {},
  series,
  ...more,
});
const alarm = (id: string, of: number, at: AlertLevel, more: Partial<Alarm> = {}): Alarm => ({
  id,
  thing: of,
  thingName: `站${of}`,
  stream: 'ecology/air-quality',
  series: pm,
  level: at,
  rule: `rule-${at}`,
  title: '重度',
  value: 187,
  limit: 150,
  unit: 'µg/m³',
  source: 'HJ 633-2026',
  since: now - 60_000,
  updated: now,
  cleared: null,
  adcode: '210102',
  position: null,
  quality: 'good',
  provenance: 'measured',
  frame: 7,
  ...more,
});
const built = (thing: ThingState, context: RowContext): StationRow => buildRow(thing, context) as StationRow;
const context = (more: Partial<RowContext> = {}): RowContext => ({
  view: 'air',
  stream: air,
  series: pm,
  strictly: false,
  now,
  isLive: () => true,
  alarms: new Map(),
  changes: new Map(),
  ...more,
});

describe('sorting by anomaly', () => {
  const row = (id: number, value: number | null, quality: Quality, of: Alarm[] = []) =>
    built(thing(id, { [pm]: latest(value, quality, id) }), context({ alarms: new Map([[id, of]]) }));
  it('puts the worst alarm first, then the strained, the doubtful, the calm', () => {
    const rows = [
      row(1, 20, 'good'),
      row(2, 20, 'suspect'),
      row(3, 187, 'good', [alarm('x', 3, 'orange')]),
      row(4, 30, 'good', [alarm('y', 4, 'red')]),
      row(5, 180, 'good'),
    ];
    expect(sortRows(rows, 'anomaly').map((one) => one.id)).toEqual([4, 3, 5, 2, 1]);
  });
  it('by value: the highest first, no value last', () => {
    expect(sortRows([row(1, null, 'missing'), row(2, 5, 'good'), row(3, 90, 'good')], 'value').map((one) => one.id)).toEqual([3, 2, 1]);
  });
  it('one alarm level outweighs everything below it', () => {
    const part = fc.record({
      trust: fc.constantFrom('good', 'suspect', 'bad', 'lost', 'none') as fc.Arbitrary<'good'>,
      badge: fc.double({ min: 0, max: 9, noNaN: true }).map((strain) => ({ ...noBadge, strain })),
      change: fc.option(fc.double({ min: -500, max: 500, noNaN: true })),
    });
    fc.assert(
      fc.property(part, part, (calm, wild) => {
        expect(anomalyOf({ ...calm, alarm: 'red' }, 0.01)).toBeGreaterThan(
          anomalyOf({ ...wild, badge: { ...noBadge, strain: 1 }, alarm: 'orange' }, 0.01) - 1,
        );
      }),
    );
  });
});

describe('a row', () => {
  it('keeps null, silence and zero apart', () => {
    const zero = built(thing(1, { [pm]: latest(0) }), context());
    const none = built(thing(2, { [pm]: latest(null, 'missing') }), context());
    const silent = built(thing(3, { [pm]: latest(33) }), context({ isLive: () => false }));
    const never = built(thing(4, {}), context());
    expect([zero.value, zero.trust]).toEqual([0, 'good']);
    expect([none.value, none.trust]).toEqual([null, 'none']);
    expect([silent.value, silent.trust, silent.badge.text]).toEqual([33, 'lost', '—']);
    expect([never.value, never.trust, never.age]).toEqual([null, 'lost', null]);
  });
  it('counts its age from the end of the hour it speaks for', () => {
    expect(built(thing(1, { [pm]: latest(20) }), context()).age).toBe(3_600_000);
  });
  it('gives the AQI of HJ 633-2026 and leaves a bad pollutant out of it', () => {
    const both = thing(1, { [pm]: latest(187), 'a34002/hour/mean': latest(900, 'bad') });
    expect(badgeOf('air', both, {})).toMatchObject({ text: '237', colour: '#99004C', words: '重度 AQI 237' });
  });
});

describe('filters and counts', () => {
  const rows = [
    built(thing(1, { [pm]: latest(187) }), context()),
    built(
      thing(2, { [pm]: latest(12, 'suspect') }, { adcode: '210202', properties: { device: { protocol: 'hj212', id: 'A21020007' } } }),
      context(),
    ),
    built(thing(3, { [pm]: latest(12) }), context({ isLive: () => false })),
    built(thing(4, { [pm]: latest(12) }), context()),
  ];
  const all = { city: null, trust: null, abnormal: false, query: '' };
  const ids = (filter: Partial<typeof all> | { city: string } | { trust: 'lost' }): number[] =>
    rows.filter((row) => passes(row, { ...all, ...filter })).map((row) => row.id);
  it.each([
    [{}, [1, 2, 3, 4]],
    [{ city: '210200' }, [2]],
    [{ trust: 'lost' as const }, [3]],
    [{ abnormal: true }, [1, 2, 3]],
    [{ query: '大连 a2102' }, [2]],
    [{ query: '站4' }, [4]],
  ])('%j', (filter, expected) => {
    expect(ids(filter)).toEqual(expected);
  });
  it('counts what reports and what does not', () => {
    expect(countRows(rows)).toMatchObject({ all: 4, live: 3, suspect: 1, lost: 1, good: 2 });
    expect(isAbnormal(rows[3]!)).toBe(false);
  });
  it('offers the declared series first', () => {
    expect(offeredSeries(air, [thing(1, { 'a01001/hour/mean': latest(3), [pm]: latest(1) })])).toEqual([pm, 'a01001/hour/mean']);
  });
});

describe('limits', () => {
  it("fills in the Thing's own figure, and says when nobody has entered one", () => {
    expect(limitsOf(air, level, { limits: { z: { warning: 41.2 } } })[0]).toMatchObject({ limit: 41.2 });
    expect(limitsOf(air, level, {})[0]).toMatchObject({ limit: null });
  });
  it('names the gravest broken limit, or the next to come', () => {
    const own = limitsOf(air, pm, {});
    expect(nearestLimit(own, 187)?.id).toBe('b');
    expect(nearestLimit(own, 120)?.id).toBe('a');
    expect(nearestLimit(own, 90)?.id).toBe('a');
    expect(nearestLimit(own, null)).toBeNull();
    expect(excess(own[1]!, 187)).toBe(37);
  });
  it('a strict limit still allows the limit itself', () => {
    const [own] = limitsOf({ ...air, thresholds: [{ ...air.thresholds[0]!, strict: true }] }, pm, {});
    expect([115, 115.1].map((value) => isBroken(own!, value))).toEqual([false, true]);
    expect(isBroken(limitsOf(air, pm, {})[0]!, 115)).toBe(true);
    expect([limitText(own!), limitText(limitsOf(air, pm, {})[0]!)]).toEqual(['>115', '≥115']);
  });
  it('reads the water badge against the warning level', () => {
    const own = limitsOf(air, level, { limits: { z: { warning: 41.2 } } });
    expect(badgeOf('water', thing(1, { [level]: latest(40.79) }), { [level]: own })).toMatchObject({ text: '−0.41', breach: false });
    expect(badgeOf('water', thing(1, { [level]: latest(41.52) }), { [level]: own })).toMatchObject({ text: '+0.32', breach: true });
  });
  it('reads the source badge by the tightest limit', () => {
    const own = limitsOf(air, pm, {});
    expect(badgeOf('source', thing(1, { [pm]: latest(138) }), { [pm]: own })).toMatchObject({
      text: '120',
      breach: true,
      words: '超限值 20%',
    });
  });
});

describe('alarm groups', () => {
  it('merges three of one rule, never red ones, and drops what is cleared', () => {
    const groups = groupAlarms([
      ...[1, 2, 3].map((id) => alarm(`y${id}`, id, 'yellow')),
      ...[4, 5, 6, 7, 9].map((id) => alarm(`r${id}`, id, 'red')),
      alarm('gone', 7, 'red', { cleared: now }),
      alarm('o', 8, 'orange'),
    ]);
    expect(groups.map((group) => [group.level, group.alarms.length, group.merged])).toEqual([
      ['red', 1, false],
      ['red', 1, false],
      ['red', 1, false],
      ['red', 1, false],
      ['red', 1, false],
      ['orange', 1, false],
      ['yellow', 3, true],
    ]);
  });
  it('leaves the two that are farthest over their limit on lines of their own', () => {
    const groups = groupAlarms([160, 230, 155, 190, 170].map((value, id) => alarm(`o${id}`, id, 'orange', { value })));
    expect(groups.map((group) => group.alarms.map((one) => one.value).sort())).toEqual([[230], [190], [155, 160, 170]]);
  });
  it('counts every open alarm exactly once', () => {
    const one = fc.record({
      id: fc.uuid(),
      thing: fc.nat(9),
      level: fc.constantFrom('red', 'orange', 'yellow', 'blue') as fc.Arbitrary<AlertLevel>,
      value: fc.double({ noNaN: true }),
      cleared: fc.option(fc.constant(now)),
    });
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: (a) => a.id }), (list) => {
        const alarms = list.map(({ id, thing: of, level: at, ...more }) => alarm(id, of, at, more));
        const shown = groupAlarms(alarms).flatMap((group) => group.alarms.map((a) => a.id));
        expect(shown.sort()).toEqual(
          alarms
            .filter((a) => a.cleared === null)
            .map((a) => a.id)
            .sort(),
        );
      }),
    );
  });
});
