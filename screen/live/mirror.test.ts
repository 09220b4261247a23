// The mirror after any sequence of messages is the model of it; holes ask for a resync and nothing is applied out of order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alarm } from '../../contracts/event.ts';
import type { SeriesKey } from '../../contracts/observation.ts';
import type { Delta, LatestTuple, ObservationEvent, Snapshot, ThingDelta, ThingState } from '../../contracts/wire.ts';
import {
  applyDelta,
  applySnapshot,
  createMirror,
  eventsKept,
  latest,
  type MapNews,
  type Mirror,
  mapChangesKept,
  mapChangesSince,
} from './mirror.ts';

const series: SeriesKey = 'z/instant/value';
const other: SeriesKey = 'q/instant/value';
const tuple = (result: number | null): LatestTuple => [result, 1, 'good', [], null, 2, 3, 4, 5, 6];
const thing = (id: number, values: Record<SeriesKey, LatestTuple> = {}): ThingState => ({
  id,
  uid: `t${id}`,
  name: `站 ${id}`,
  adcode: '210100',
  position: [123, 41],
  provenance: 'measured',
  properties: {},
  series: values,
});
const snapshot = (data: unknown, seq = 0, topic: Snapshot['topic'] = 'things:water/water-level'): Snapshot =>
  ({ topic, seq, sent: 1, data }) as Snapshot;
const delta = (seq: number, data: unknown, topic: Delta['topic'] = 'things:water/water-level'): Delta =>
  ({ topic, seq, sent: seq, hops: null, data }) as Delta;
const thingsOf = (mirror: Mirror): Map<number, ThingState> => mirror.data as Map<number, ThingState>;

describe('mirror of Things', () => {
  it('equals the model after any sequence of deltas', () => {
    const change = fc.oneof(
      fc.record({ id: fc.integer({ min: 1, max: 6 }), kind: fc.constant('value' as const), value: fc.integer(), which: fc.boolean() }),
      fc.record({ id: fc.integer({ min: 1, max: 6 }), kind: fc.constant('enter' as const), value: fc.integer(), which: fc.boolean() }),
      fc.record({ id: fc.integer({ min: 1, max: 6 }), kind: fc.constant('leave' as const), value: fc.integer(), which: fc.boolean() }),
      fc.record({ id: fc.integer({ min: 1, max: 6 }), kind: fc.constant('move' as const), value: fc.integer(), which: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 30 }), (messages) => {
        const mirror = createMirror('things:water/water-level');
        applySnapshot(mirror, snapshot([thing(1), thing(2)]));
        const model = new Map<number, Record<string, number>>([
          [1, {}],
          [2, {}],
        ]);
        const places = new Map<number, number>([
          [1, 123],
          [2, 123],
        ]);
        messages.forEach((message, i) => {
          const data: ThingDelta[] = message.map(({ id, kind, value, which }) => {
            const key = which ? series : other;
            if (kind === 'leave') return { id, series: {}, left: true };
            if (kind === 'move') return { id, series: {}, position: [value, 41] };
            if (kind === 'enter') {
              const { id: _id, position: _position, series: _series, ...master } = thing(id);
              return { id, position: [value, 41], series: { [key]: tuple(value) }, thing: master };
            }
            return { id, series: { [key]: tuple(value) } };
          });
          expect(applyDelta(mirror, delta(i + 1, data))).toBe('applied');
          for (const { id, kind, value, which } of message) {
            const key = which ? series : other;
            if (kind === 'leave') {
              model.delete(id);
              places.delete(id);
            } else if (kind === 'enter') {
              model.set(id, { [key]: value });
              places.set(id, value);
            } else if (model.has(id)) {
              if (kind === 'move') places.set(id, value);
              else model.set(id, { ...model.get(id), [key]: value });
            }
          }
        });
        const seen = new Map(
          [...thingsOf(mirror)].map(([id, one]) => [id, Object.fromEntries(Object.entries(one.series).map(([key, t]) => [key, t[0]]))]),
        );
        expect(seen).toEqual(model);
        expect(new Map([...thingsOf(mirror)].map(([id, one]) => [id, one.position?.[0]]))).toEqual(places);
      }),
    );
  });

  it('asks for a resync when numbers are missing and applies nothing until the new snapshot', () => {
    const mirror = createMirror('things:water/water-level');
    expect(applyDelta(mirror, delta(1, []))).toBe('ignored');
    applySnapshot(mirror, snapshot([thing(1)], 5));
    expect(applyDelta(mirror, delta(5, [{ id: 1, series: { [series]: tuple(9) } }]))).toBe('ignored');
    expect(applyDelta(mirror, delta(7, [{ id: 1, series: { [series]: tuple(9) } }]))).toBe('resync');
    expect(applyDelta(mirror, delta(8, [{ id: 1, series: { [series]: tuple(9) } }]))).toBe('ignored');
    expect(latest(thingsOf(mirror).get(1) as ThingState, series)).toBeNull();
    applySnapshot(mirror, snapshot([thing(1, { [series]: tuple(7) })], 0));
    expect(applyDelta(mirror, delta(1, [{ id: 1, series: { [other]: tuple(null) } }]))).toBe('applied');
    expect(latest(thingsOf(mirror).get(1) as ThingState, series)?.result).toBe(7);
    expect(latest(thingsOf(mirror).get(1) as ThingState, other)?.result).toBeNull();
  });

  it('names the fields of a tuple', () => {
    expect(latest(thing(1, { [series]: [1.5, 10, 'suspect', ['stuck'], 'N', 7, 3, 20, 21, 22] }), series)).toEqual({
      result: 1.5,
      phenomenonTime: 10,
      quality: 'suspect',
      failed: ['stuck'],
      flag: 'N',
      frame: 7,
      datastream: 3,
      received: 20,
      durable: 21,
      processed: 22,
    });
  });
});

describe('mirror of the other topics', () => {
  it('keeps every event, in order, and no more than it can hold', () => {
    const mirror = createMirror('observations:forestry/fire-hotspot');
    applySnapshot(mirror, snapshot([], 0, 'observations:forestry/fire-hotspot'));
    const event = (frame: number): ObservationEvent => ({ frame }) as ObservationEvent;
    for (let i = 0; i < 6; i++)
      applyDelta(
        mirror,
        delta(
          i + 1,
          Array.from({ length: 1000 }, (_, n) => event(i * 1000 + n)),
          'observations:forestry/fire-hotspot',
        ),
      );
    const events = mirror.data as ObservationEvent[];
    expect(events.length).toBe(eventsKept);
    expect(events.at(-1)?.frame).toBe(5999);
    expect(events[0]?.frame).toBe(1000);
  });

  it('forgets a cleared alarm and replaces a changed one', () => {
    const alarm = (id: string, value: number, cleared: number | null): Alarm => ({ id, value, cleared }) as Alarm;
    const mirror = createMirror('alarms');
    applySnapshot(mirror, snapshot([alarm('a', 1, null), alarm('b', 1, null), alarm('gone', 1, 5)], 0, 'alarms'));
    applyDelta(mirror, delta(1, [alarm('a', 2, null), alarm('b', 1, 9), alarm('c', 3, null)], 'alarms'));
    expect([...(mirror.data as Map<string, Alarm>).values()].map((one) => [one.id, one.value])).toEqual([
      ['a', 2],
      ['c', 3],
    ]);
  });

  it('keeps indicators by area and code, and health as it is', () => {
    const indicators = createMirror('indicators');
    applySnapshot(indicators, snapshot([{ adcode: '210100', code: 'aqi', value: 50 }], 3, 'indicators'));
    applyDelta(
      indicators,
      delta(
        4,
        [
          { adcode: '210100', code: 'aqi', value: 51 },
          { adcode: '210200', code: 'aqi', value: 40 },
        ],
        'indicators',
      ),
    );
    expect([...(indicators.data as Map<string, { value: number }>)].map(([key, one]) => [key, one.value])).toEqual([
      ['210100/aqi', 51],
      ['210200/aqi', 40],
    ]);
    const health = createMirror('health');
    expect(health.data).toBeNull();
    applySnapshot(health, snapshot({ database: 'up' }, 0, 'health'));
    applyDelta(health, delta(1, { database: 'away' }, 'health'));
    expect(health.data).toEqual({ database: 'away' });
  });
});

describe('map changes', () => {
  const change = (layer: string) => ({ layer, box: null, minZoom: 0, maxZoom: 30 });
  const heard = (...layers: string[]): Mirror => {
    const mirror = createMirror('map');
    applySnapshot(mirror, { topic: 'map', seq: 0, sent: 1, data: [] });
    layers.forEach((layer, i) => {
      applyDelta(mirror, { topic: 'map', seq: i + 1, sent: 2, hops: null, data: [change(layer)] });
    });
    return mirror;
  };
  it('are told once to who has seen a part of them, whole to who has seen none or missed some', () => {
    const mirror = heard('a', 'b');
    const seen = mirror.data as MapNews;
    expect(mapChangesSince(null, seen)).toBeNull();
    applyDelta(mirror, { topic: 'map', seq: 3, sent: 2, hops: null, data: [change('c'), change('d')] });
    const now = mirror.data as MapNews;
    expect(mapChangesSince(seen, now)?.map(({ layer }) => layer)).toEqual(['c', 'd']);
    expect(mapChangesSince(now, now)).toEqual([]);
    applySnapshot(mirror, { topic: 'map', seq: 9, sent: 3, data: [] });
    expect(mapChangesSince(now, mirror.data as MapNews)).toBeNull();
  });
  it('more than are kept since then is everything', () => {
    const before = heard('a').data as MapNews;
    const after = heard(...Array.from({ length: mapChangesKept + 2 }, (_, i) => `l${i}`)).data as MapNews;
    expect(after.latest.length).toBe(mapChangesKept);
    expect(mapChangesSince(before, after)).toBeNull();
  });
});
