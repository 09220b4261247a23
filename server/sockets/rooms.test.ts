// Rooms against a model: whatever happens in the store and on the way, a mirror that applies snapshot and deltas shows exactly what it may see.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Identity, mayRead, type Scope } from '../../contracts/access.ts';
import type { Alarm } from '../../contracts/event.ts';
import { type BBox, insideBBox, LIAONING_BBOX, type LngLat } from '../../contracts/geo.ts';
import type { Observation } from '../../contracts/observation.ts';
import { defineStream, type Stream } from '../../contracts/stream.ts';
import type { Thing } from '../../contracts/thing.ts';
import type { Delta, Health, ObservationEvent, ThingState } from '../../contracts/wire.ts';
import { applyDelta, applySnapshot, createMirror, type Mirror } from '../../screen/live/mirror.ts';
import { guardOf } from '../auth/guard.ts';
import { createStore } from '../store/latest.ts';
import { createRooms, type Room, type Rooms } from './rooms.ts';
import { readBBox, snapViewport } from './viewport.ts';

const person = (scope: Scope): Identity => ({ user: 'wang', displayName: '王', role: 'monitor', scope });
const common = {
  title: { zh: '流', en: 'stream' },
  periodSeconds: 60,
  staleAfterSeconds: 60,
  headline: 'x/instant/value',
  quality: {},
  thresholds: [],
} as const;
const open = defineStream({
  ...common,
  ...{ id: 'open', theme: 'test', kind: 'state', sharing: 'unconditional', provider: { department: 'ecology', zh: '' } },
});
const closed = defineStream({
  ...common,
  ...{ id: 'closed', theme: 'test', kind: 'state', sharing: 'conditional', provider: { department: 'water', zh: '' } },
});
const event = defineStream({
  ...common,
  ...{
    id: 'event',
    theme: 'test',
    kind: 'event',
    activeSeconds: 1e9,
    sharing: 'unconditional',
    provider: { department: 'forestry', zh: '' },
  },
});
const streams: readonly Stream[] = [open, closed, event];
/** The last one is declared by nobody. */
const paths = ['test/open', 'test/closed', 'test/event', 'test/none'] as const;

const scopes: readonly Scope[] = [
  { adcode: '210000', departments: '*' },
  { adcode: '210000', departments: ['ecology'] },
  { adcode: '210100', departments: ['water'] },
  { adcode: '210102', departments: [] },
];
const boxes: readonly (BBox | null)[] = [null, [122, 41, 123, 42], [121, 40, 122.2, 41.6]];
const adcodes = ['210100', '210102', '210200', '210211'];
const positions: readonly (LngLat | null)[] = [null, [122.5, 41.5], [121.5, 40.5], [122.05, 41.05], [125, 43]];

type Step =
  | { do: 'thing'; thing: number; stream: number; adcode: number; position: number }
  | { do: 'read'; thing: number; series: number; position: number; value: number }
  | { do: 'alarm'; alarm: number; open: boolean }
  | { do: 'indicator'; adcode: number; value: number }
  | { do: 'join'; topic: number; scope: number; box: number }
  | { do: 'leave'; member: number }
  /** Another viewport, as a map that is moved asks for. */
  | { do: 'look'; member: number; box: number }
  /** The member's next delta does not arrive. */
  | { do: 'lose'; member: number }
  | { do: 'tick' };
const index = (length: number) => fc.nat({ max: length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('thing' as const), thing: index(5), stream: index(4), adcode: index(4), position: index(5) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('read' as const), thing: index(5), series: index(2), position: index(5), value: fc.nat(9) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('alarm' as const), alarm: index(4), open: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('indicator' as const), adcode: index(2), value: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('join' as const), topic: index(6), scope: index(4), box: index(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('look' as const), member: index(6), box: index(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), member: index(6) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), member: index(6) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('tick' as const) }) },
);
const topics = ['things:test/open', 'things:test/closed', 'observations:test/event', 'things:test/event', 'alarms', 'indicators'] as const;

interface Member {
  room: Room;
  readonly mirror: Mirror;
  /** Has its snapshot and is in the room. */
  joined: boolean;
  /** Of the next deltas: how many get lost. */
  losing: number;
  /** Lost one and does not know it yet. */
  behind: boolean;
}
const noHealth = (): Health => ({}) as Health;

function play(): { store: ReturnType<typeof createStore>; rooms: Rooms; members: Member[]; run(step: Step): Delta[]; now(): number } {
  const store = createStore(streams);
  const rooms = createRooms({ store, streams, health: noHealth });
  store.onChange((change) => rooms.note(change));
  const members: Member[] = [];
  let time = 1_000_000;
  function observe(thing: ThingState, series: number, position: LngLat | null, value: number): void {
    const o: Observation = {
      datastream: thing.id * 10 + series,
      thing: thing.id,
      series: series === 0 ? 'x/instant/value' : 'y/instant/value',
      phenomenonTime: time,
      result: value,
      position,
      quality: 'good',
      failed: [],
      flag: null,
      provenance: 'measured',
      frame: time,
      identity: time,
      hops: { received: time, durable: time + 1, processed: time + 2 },
    };
    store.putObservation(o, true);
  }
  function admit(member: Member): void {
    member.joined = true;
    member.behind = false;
    applySnapshot(member.mirror, structuredClone(rooms.snapshot(member.room.id, time)));
  }
  function run(s: Step): Delta[] {
    time++;
    if (s.do === 'thing')
      store.putThing({
        id: s.thing,
        uid: `t${s.thing}`,
        name: `n${time}`,
        description: '',
        adcode: adcodes[s.adcode]!,
        position: positions[s.position] ?? null,
        properties: { stream: paths[s.stream]! },
      } satisfies Thing);
    else if (s.do === 'read') {
      const thing = store.thing(s.thing);
      if (thing) observe(thing, s.series, positions[s.position] ?? null, s.value);
    } else if (s.do === 'alarm')
      store.putAlarm({
        ...{
          id: `a${s.alarm}`,
          thing: 1,
          thingName: '',
          stream: paths[s.alarm % 3]!,
          series: 'x/instant/value',
          level: 'red',
          rule: 'r',
          title: '',
        },
        ...{ value: time, limit: 0, unit: '', source: '', since: s.alarm, updated: time, cleared: s.open ? null : time },
        ...{ adcode: adcodes[s.alarm]!, position: null, quality: 'good', provenance: 'measured', frame: 0 },
      } satisfies Alarm);
    else if (s.do === 'indicator')
      store.putIndicators([
        {
          ...{ code: 'c', adcode: adcodes[s.adcode]!, title: '', value: s.value % 2, unit: '', grade: `${s.value}`, note: null },
          ...{ targets: [], asOf: 1, coverage: [1, 1] as const, quality: s.value / 3, provenance: 'measured' as const },
          ...{ department: 'ecology', source: '' },
        },
      ]);
    else if (s.do === 'join') {
      const room = rooms.enter(topics[s.topic]!, person(scopes[s.scope]!), boxes[s.box] ?? null);
      const member = { room, mirror: createMirror(room.topic), joined: false, losing: 0, behind: false };
      members.push(member);
      if (rooms.settled(room.id)) admit(member);
    } else if (s.do === 'look') {
      const member = members[s.member % Math.max(members.length, 1)];
      if (!member) return [];
      const before = member.room.id;
      member.room = rooms.enter(member.room.topic, person(member.room.scope), boxes[s.box] ?? null);
      rooms.leave(before);
      member.joined = false;
      if (rooms.settled(member.room.id)) admit(member);
    } else if (s.do === 'lose') {
      const member = members[s.member % Math.max(members.length, 1)];
      if (member) member.losing++;
    } else if (s.do === 'leave') {
      const [gone] = members.splice(s.member % Math.max(members.length, 1), 1);
      if (gone) rooms.leave(gone.room.id);
    } else {
      const deltas = rooms.tick(time);
      for (const { room, delta } of deltas)
        for (const member of members) {
          if (!member.joined || member.room.id !== room) continue;
          if (member.losing > 0) {
            member.losing--;
            member.behind = true;
            continue;
          }
          expect(applyDelta(member.mirror, structuredClone(delta))).toBe(member.behind ? 'resync' : 'applied');
          // Asks again, and is answered after this tick.
          if (member.behind) member.joined = false;
        }
      for (const member of members) if (!member.joined) admit(member);
      return deltas.map(({ delta }) => delta);
    }
    return [];
  }
  return { store, rooms, members, run, now: () => time };
}

/** What a room must show, said in the plainest way. */
function expected(store: ReturnType<typeof createStore>, room: Room): unknown {
  const guard = (path: string, adcode: string) =>
    mayRead(
      room.scope,
      guardOf(
        streams.find((s) => `${s.theme}/${s.id}` === path),
        adcode,
      ),
    );
  if (room.topic === 'alarms')
    return new Map(
      store
        .alarms()
        .filter((a) => guard(a.stream, a.adcode))
        .map((a) => [a.id, a]),
    );
  if (room.topic === 'indicators')
    return new Map(
      store
        .indicators()
        .filter((one) => mayRead(room.scope, { adcode: one.adcode }))
        .map((one) => [`${one.adcode}/${one.code}`, one]),
    );
  const [kind, path] = room.topic.split(':') as [string, 'test/open'];
  if (kind === 'observations')
    return store
      .observations(path)
      .filter((e) => guard(path, e.adcode) && (!room.viewport || !e.position || insideBBox(e.position, room.viewport)));
  const shown = [...store.things(path)].filter(
    (t) => guard(path, t.adcode) && (!room.viewport || (t.position && insideBBox(t.position, room.viewport))),
  );
  return new Map(shown.map((t) => [t.id, t]));
}

describe('rooms', () => {
  test('a mirror fed with snapshot and deltas equals the filtered store, through moves, scopes, viewports, streams, losses and early joins', () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (steps) => {
        const { store, run, members } = play();
        for (const s of steps) {
          run(s);
          if (s.do !== 'tick') continue;
          for (const { room, mirror, behind } of members) {
            if (behind) continue;
            expect(mirror.data).toEqual(expected(store, room));
            compared++;
          }
        }
      }),
      { numRuns: 400 },
    );
    expect(compared).toBeGreaterThan(2000);
  });

  test('events: each one once and in order, also when values are coalesced in the same tick', () => {
    const { store, rooms, run } = play();
    run({ do: 'thing', thing: 0, stream: 2, adcode: 0, position: 1 });
    run({ do: 'join', topic: 2, scope: 0, box: 0 });
    run({ do: 'join', topic: 3, scope: 0, box: 0 });
    for (let value = 0; value < 5; value++) run({ do: 'read', thing: 0, series: 0, position: 1, value: 7 });
    const deltas = run({ do: 'tick' });
    const events = deltas.find((d) => d.topic === 'observations:test/event')?.data as readonly ObservationEvent[];
    expect(events.map((e) => e.phenomenonTime)).toEqual([1_000_004, 1_000_005, 1_000_006, 1_000_007, 1_000_008]);
    const state = deltas.find((d) => d.topic === 'things:test/event')?.data as unknown as readonly { series: Record<string, unknown[]> }[];
    expect(state).toHaveLength(1);
    expect(state[0]?.series['x/instant/value']?.[1]).toBe(1_000_008);
    expect(store.observations('test/event')).toHaveLength(5);
    expect(rooms.tick(2_000_000)).toEqual([]);
  });

  test('the hops of a delta are those of its oldest reading', () => {
    const { run } = play();
    run({ do: 'thing', thing: 0, stream: 0, adcode: 0, position: 1 });
    run({ do: 'join', topic: 0, scope: 0, box: 0 });
    run({ do: 'read', thing: 0, series: 0, position: 0, value: 1 });
    run({ do: 'read', thing: 0, series: 0, position: 0, value: 2 });
    expect(run({ do: 'tick' })[0]?.hops).toEqual({ received: 1_000_003, durable: 1_000_004, processed: 1_000_005 });
  });

  test('a lost delta shows as a gap', () => {
    const { run, members, rooms, now } = play();
    run({ do: 'thing', thing: 0, stream: 0, adcode: 0, position: 1 });
    run({ do: 'join', topic: 0, scope: 0, box: 0 });
    run({ do: 'read', thing: 0, series: 0, position: 0, value: 1 });
    expect(rooms.tick(now())).toHaveLength(1);
    run({ do: 'read', thing: 0, series: 0, position: 0, value: 2 });
    const [last] = rooms.tick(now());
    expect(applyDelta(members[0]!.mirror, last!.delta)).toBe('resync');
  });

  test('equal scopes and viewports share a room and one delta object; unequal ones share nothing', () => {
    const { rooms } = play();
    const a = rooms.enter('things:test/open', person({ adcode: '210100', departments: ['water', 'ecology'] }), [1, 2, 3, 4]);
    const b = rooms.enter('things:test/open', person({ adcode: '210100', departments: ['ecology', 'water'] }), [1, 2, 3, 4]);
    const c = rooms.enter('things:test/open', person({ adcode: '210200', departments: ['ecology', 'water'] }), [1, 2, 3, 4]);
    expect(b).toBe(a);
    expect(c.id).not.toBe(a.id);
    expect(rooms.size()).toEqual({ rooms: 2, members: 3 });
    for (const room of [a, b, c]) rooms.leave(room.id);
    expect(rooms.size()).toEqual({ rooms: 0, members: 0 });
  });

  test('alarms, indicators and health know no viewport', () => {
    const { rooms } = play();
    expect(rooms.enter('alarms', person(scopes[0]!), [1, 2, 3, 4]).viewport).toBeNull();
    expect(rooms.enter('indicators', person(scopes[0]!), [1, 2, 3, 4]).viewport).toBeNull();
  });
});

describe('viewports', () => {
  test('snapping only ever enlarges, at most by a half on each side, and is stable', () => {
    const box = fc
      .tuple(
        fc.double({ min: 100, max: 130, noNaN: true }),
        fc.double({ min: 20, max: 50, noNaN: true }),
        fc.double({ min: 0.1, max: 5, noNaN: true }),
      )
      .map(([w, s, size]): BBox => [w, s, w + size, s + size]);
    fc.assert(
      fc.property(box, (bbox) => {
        const snapped = snapViewport(bbox);
        if (snapped === null) return;
        expect(snapped[0] <= bbox[0] && snapped[1] <= bbox[1] && snapped[2] >= bbox[2] && snapped[3] >= bbox[3]).toBe(true);
        expect(snapped[2] - snapped[0]).toBeLessThanOrEqual((bbox[2] - bbox[0]) * 2 + 1e-9);
      }),
    );
  });
  test('two walls that differ by a hair share a viewport; the whole province has none', () => {
    expect(snapViewport([122.01, 41.01, 123.11, 42.01])).toEqual(snapViewport([122.02, 41.03, 123.13, 42.02]));
    expect(snapViewport(LIAONING_BBOX)).toBeNull();
    expect(snapViewport([100, 20, 140, 60])).toBeNull();
  });
  test.each([[[1, 2, 3]], ['1,2,3,4'], [[3, 2, 1, 4]], [[1, 2, 3, Number.NaN]], [[1, 2, 3, 1e9]], [undefined], [[1, -91, 2, 3]]])(
    'refuses %j',
    (given) => {
      expect(() => readBBox(given)).toThrow(/bbox/);
    },
  );
});
