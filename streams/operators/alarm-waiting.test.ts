// Dwell and snooze: an alarm that waits before it speaks, and one that was told to rest.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alarm, Snooze } from '../../contracts/event.ts';
import type { Observation } from '../../contracts/observation.ts';
import type { Stream } from '../../contracts/stream.ts';
import type { Datastream, Thing } from '../../contracts/thing.ts';
import { waterLevel } from '../water/water-level.ts';
import { createEpisodes, type Episodes } from './episodes.ts';
import { createSnoozes, restsUntil } from './snooze.ts';
import { familiesOf } from './threshold.ts';

const start = Date.UTC(2026, 6, 24);
const minute = 60_000;
const waiting: Stream = {
  ...waterLevel,
  thresholds: waterLevel.thresholds.map((threshold) => ({ ...threshold, dwellSeconds: 600, clearDwellSeconds: 900 })),
};
const thing: Thing = {
  ...{ id: 7, uid: 't', name: '站', description: '', adcode: '210100', position: null },
  properties: { stream: 'water/water-level', limits: { z: { warning: 41, guarantee: 43 } } },
};
const datastream: Datastream = { id: 70, thing: 7, series: 'z/instant/value', property: 'z', name: '水位', unit: 'm' };
function take(episodes: Episodes, stream: Stream, value: number, at: number): readonly Alarm[] {
  const hops = { received: at, durable: at, processed: at };
  const observation: Observation = {
    ...{
      datastream: 70,
      thing: 7,
      series: datastream.series,
      phenomenonTime: at,
      result: value,
      position: null,
      quality: 'good',
      failed: [],
    },
    ...{ flag: null, provenance: 'measured', frame: 1, identity: 1, hops },
  };
  const families = familiesOf(stream).get(datastream.series) ?? [];
  return episodes.take({ stream, thing, datastream, observation, families }, true);
}
/** [minutes, value] → what is said. */
function told(stream: Stream, steps: readonly (readonly [number, number])[]): string[] {
  const episodes = createEpisodes(new Map([['water/water-level', stream]]));
  return steps.flatMap(([minutes, value]) =>
    take(episodes, stream, value, start + minutes * minute).map(
      (a) => `${minutes} ${a.cleared === null ? a.level : 'cleared'} since ${(a.since - start) / minute}`,
    ),
  );
}

describe('dwell', () => {
  it('fires when the mark was held for ten minutes, and the episode began when it was first reached', () => {
    expect(
      told(waiting, [
        [0, 41.2],
        [5, 41.2],
        [10, 41.2],
      ]),
    ).toEqual(['10 yellow since 0']);
    expect(
      told(waterLevel, [
        [0, 41.2],
        [5, 41.2],
        [10, 41.2],
      ]),
    ).toEqual(['0 yellow since 0']);
  });
  it('a break begins the waiting anew, and slack does not hold it: hysteresis keeps an episode, it does not begin one', () => {
    expect(
      told(waiting, [
        [0, 41.2],
        [5, 40.97],
        [10, 41.2],
        [15, 41.2],
      ]),
    ).toEqual([]);
    expect(
      told(waiting, [
        [0, 41.2],
        [5, 40.97],
        [10, 41.2],
        [15, 41.2],
        [20, 41.2],
      ]),
    ).toEqual(['20 yellow since 10']);
  });
  it('a worse level waits for itself, and one that comes at once waits for both', () => {
    const steps = [
      [0, 41.5],
      [10, 41.5],
      [15, 43.2],
      [20, 43.2],
      [25, 43.2],
    ] as const;
    expect(told(waiting, steps).map((line) => line.replace(/ since.*/, ''))).toEqual(['10 yellow', '15 yellow', '25 orange']);
    expect(
      told(waiting, [
        [0, 43.5],
        [10, 43.5],
      ]),
    ).toEqual(['10 orange since 0']);
  });
  it('ends when the mark was left for a quarter of an hour; a wave back ends the waiting', () => {
    const up = [
      [0, 41.5],
      [10, 41.5],
    ] as const;
    expect(told(waiting, [...up, [20, 40.9], [30, 41.5], [40, 40.9], [50, 40.9], [55, 40.9]]).at(-1)).toBe('55 cleared since 0');
    expect(told(waiting, [...up, [20, 40.9], [30, 41.5], [40, 40.9], [50, 40.9]]).filter((line) => line.includes('cleared'))).toEqual([]);
  });
  it('without waiting it says what the ladder says, value by value', () => {
    const zero: Stream = {
      ...waterLevel,
      thresholds: waterLevel.thresholds.map((t) => ({ ...t, dwellSeconds: 0, clearDwellSeconds: 1e-9 })),
    };
    fc.assert(
      fc.property(fc.array(fc.double({ min: 40, max: 44, noNaN: true }), { maxLength: 40 }), (values) => {
        const steps = values.map((value, n) => [n * 5, value] as const);
        const levels = (lines: readonly string[]): string[] => lines.filter((line) => !line.includes('cleared'));
        expect(levels(told(zero, steps)).length).toBeGreaterThanOrEqual(levels(told(waterLevel, steps)).length > 0 ? 1 : 0);
      }),
    );
  });
});

describe('snooze', () => {
  const [alarm] = take(createEpisodes(new Map([['water/water-level', waterLevel]])), waterLevel, 41.2, start) as readonly [Alarm];
  const snooze: Snooze = {
    ...{ id: 1, thing: 7, series: null, level: 'yellow', reason: '检修', by: 'a', created: start, until: start + 60 * minute, ended: null },
  };
  it.each<[string, Partial<Snooze>, Partial<Alarm>, number, boolean]>([
    ['rests while it lasts', {}, {}, 30, true],
    ['not after it', {}, {}, 60, false],
    ['not before it', { created: start + 40 * minute }, {}, 30, false],
    ['not when it was ended', { ended: start + 10 * minute }, {}, 30, false],
    ['another Thing', { thing: 8 }, {}, 30, false],
    ['another series', { series: 'q/instant/value' }, {}, 30, false],
    ['its own series', { series: 'z/instant/value' }, {}, 30, true],
    ['a milder one', {}, { level: 'blue' }, 30, true],
    ['a worse one breaks through', {}, { level: 'orange' }, 30, false],
  ])('%s', (_, change, than, minutes, rests) => {
    expect(restsUntil([{ ...snooze, ...change }], { ...alarm, ...than }, start + minutes * minute)).toBe(
      rests ? start + 60 * minute : null,
    );
  });
  it('tells which open alarms it silenced, and wakes each once when its time is over', () => {
    const snoozes = createSnoozes();
    snoozes.set([snooze]);
    expect(snoozes.changed([alarm], start + minute).map((a) => a.snoozedUntil)).toEqual([start + 60 * minute]);
    expect(snoozes.changed([alarm], start + 2 * minute)).toEqual([]);
    expect(snoozes.changed([alarm], start + 60 * minute).map((a) => a.snoozedUntil ?? null)).toEqual([null]);
    expect(snoozes.changed([alarm], start + 61 * minute)).toEqual([]);
  });
});
