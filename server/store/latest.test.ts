// The single-writer store: newest wins, events are all kept, a second copy changes nothing, listeners hear what happened in order.
import { describe, expect, test } from 'vitest';
import type { Alarm } from '../../contracts/event.ts';
import { identityOf, type Observation } from '../../contracts/observation.ts';
import { defineStream } from '../../contracts/stream.ts';
import type { Thing } from '../../contracts/thing.ts';
import type { StoreChange } from '../house.ts';
import { createStore } from './latest.ts';

const common = {
  title: { zh: '试', en: 'test' },
  provider: { department: 'water' as const, zh: '省水文局' },
  sharing: 'unconditional' as const,
  periodSeconds: 60,
  staleAfterSeconds: 120,
  headline: 'z/instant/value' as const,
  quality: {},
  thresholds: [],
};
const streams = [
  defineStream({ ...common, id: 'water-level', theme: 'water', kind: 'state' }),
  defineStream({ ...common, id: 'fire-hotspot', theme: 'forestry', kind: 'event', activeSeconds: 3600 }),
];
const thing = (id: number, stream: string): Thing => ({
  id,
  uid: `t${id}`,
  name: `站 ${id}`,
  description: '',
  adcode: '210100',
  position: [123, 41],
  properties: { stream, provenance: 'simulated' },
});
const observation = (over: Partial<Observation>): Observation => ({
  datastream: 7,
  thing: 1,
  series: 'z/instant/value',
  phenomenonTime: 1000,
  result: 1,
  position: null,
  quality: 'good',
  failed: [],
  flag: null,
  provenance: 'simulated',
  frame: 65536,
  identity: identityOf({ result: 1, flag: null, ...over }),
  hops: { received: 1001, durable: 1002, processed: 1003 },
  ...over,
});

function open() {
  const store = createStore(streams, ([lng]) => (lng > 124 ? '210400' : null));
  const changes: StoreChange[] = [];
  store.putThing(thing(1, 'water/water-level'));
  store.putThing(thing(2, 'forestry/fire-hotspot'));
  store.onChange((change) => changes.push(change));
  return { store, changes };
}

test('an event belongs to the area its position lies in, to that of its Thing where none is known', () => {
  const { store } = open();
  store.putObservation(observation({ thing: 2, position: [124.5, 42] }), true);
  store.putObservation(observation({ thing: 2, position: [123.5, 42], result: 2 }), true);
  expect(store.observations('forestry/fire-hotspot').map((e) => e.adcode)).toEqual(['210400', '210100']);
});

test('an event that comes back from the database is the one that is there, whatever number the device gave it', () => {
  const { store, changes } = open();
  const identity = identityOf({ result: 80, flag: null, sequence: 17 });
  expect(store.putObservation(observation({ thing: 2, result: 80, identity }), true)).toBe(true);
  expect(store.putObservation(observation({ thing: 2, result: 80, identity, frame: 99 }), true)).toBe(false);
  expect(store.observations('forestry/fire-hotspot')).toHaveLength(1);
  expect(changes.filter(({ kind }) => kind === 'observation')).toHaveLength(1);
});

describe('state', () => {
  test('the newest value is kept with its age, quality and frame; provenance comes from the Thing', () => {
    const { store } = open();
    store.putObservation(observation({ result: 2 }), true);
    store.putObservation(observation({ phenomenonTime: 500, result: 9 }), false);
    const state = store.thing(1);
    expect(state?.provenance).toBe('simulated');
    expect(state?.series['z/instant/value']).toEqual([2, 1000, 'good', [], null, 65536, 7, 1001, 1002, 1003]);
  });
  test('a second copy changes nothing and tells nobody; a correction of the same time does', () => {
    const { store, changes } = open();
    expect(store.putObservation(observation({}), true)).toBe(true);
    expect(store.putObservation(observation({}), true)).toBe(false);
    expect(store.putObservation(observation({ result: 3 }), true)).toBe(true);
    expect(changes.map((change) => change.kind === 'value' && [change.series, change.latest[0]])).toEqual([
      ['z/instant/value', 1],
      ['z/instant/value', 3],
    ]);
  });
  test('null, zero and absent are three things', () => {
    const { store } = open();
    expect(store.thing(1)?.series['z/instant/value']).toBeUndefined();
    store.putObservation(observation({ result: null, quality: 'missing' }), true);
    expect(store.thing(1)?.series['z/instant/value']?.[0]).toBeNull();
    store.putObservation(observation({ result: 0, phenomenonTime: 2000 }), true);
    expect(store.thing(1)?.series['z/instant/value']?.[0]).toBe(0);
  });
  test('a moving Thing takes its position from the Observation', () => {
    const { store } = open();
    store.putObservation(observation({ position: [124, 42] }), true);
    expect(store.thing(1)?.position).toEqual([124, 42]);
  });
});

describe('events', () => {
  const hotspot = (over: Partial<Observation>): Observation =>
    observation({ thing: 2, datastream: 8, series: 'fire-confidence/instant/value', ...over });
  test('two of one instant are both kept, in order; the same one twice is one', () => {
    const { store, changes } = open();
    store.putObservation(hotspot({ position: [124, 42] }), true);
    store.putObservation(hotspot({ position: [124.1, 42] }), false);
    store.putObservation(hotspot({ position: [124, 42] }), false);
    expect(store.observations('forestry/fire-hotspot').map((e) => e.position)).toEqual([
      [124, 42],
      [124.1, 42],
    ]);
    expect(changes.filter((change) => change.kind === 'observation')).toHaveLength(2);
  });
  test('an event leaves the map when its time is over', () => {
    const { store } = open();
    store.putObservation(hotspot({ phenomenonTime: 0 }), true);
    store.putObservation(hotspot({ phenomenonTime: 1_800_000 }), true);
    store.expire(3_600_000);
    expect(store.observations('forestry/fire-hotspot').map((e) => e.phenomenonTime)).toEqual([1_800_000]);
  });
});

test('alarms: open ones worst first, then newest; a cleared one leaves', () => {
  const { store } = open();
  const alarm = (id: string, level: Alarm['level'], since: number, cleared: number | null = null): Alarm => ({
    ...{ id, level, since, updated: since, cleared, thing: 1, thingName: '站', stream: 'water/water-level', series: 'z/instant/value' },
    ...{ rule: 'z.warning', title: '', value: 1, limit: 0, unit: 'm', source: '', adcode: '210100', position: null },
    ...{ quality: 'good', provenance: 'simulated', frame: 1 },
  });
  store.putAlarm(alarm('a', 'yellow', 1));
  store.putAlarm(alarm('b', 'red', 2));
  store.putAlarm(alarm('c', 'yellow', 3));
  expect(store.alarms().map((a) => a.id)).toEqual(['b', 'c', 'a']);
  store.putAlarm(alarm('b', 'red', 2, 9));
  expect(store.alarms().map((a) => a.id)).toEqual(['c', 'a']);
});

test('a Thing that changes its stream leaves the old list and keeps its values', () => {
  const { store } = open();
  store.putObservation(observation({}), true);
  store.putThing(thing(1, 'forestry/fire-hotspot'));
  expect([...store.things('water/water-level')]).toEqual([]);
  const counts = [...store.things('forestry/fire-hotspot')].map((t) => [t.id, Object.keys(t.series).length]);
  expect(counts.sort()).toEqual([
    [1, 1],
    [2, 0],
  ]);
});
