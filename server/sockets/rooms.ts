// Rooms: all subscriptions that may see the same rows of a topic share one numbered sequence of deltas, made and serialised once.
//
// A room is topic × rights. Its `seq` grows by one with each delta sent, so a page that misses one knows. State values are coalesced per Thing
// within a tick; observations and alarms are events: every one is sent, in order.
import { mayRead, type Scope, scopeKey } from '../../contracts/access.ts';
import type { Alarm } from '../../contracts/event.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import type { Hops, Instant } from '../../contracts/observation.ts';
import type { Stream } from '../../contracts/stream.ts';
import type { Delta, ObservationEvent, Snapshot, ThingDelta, ThingState, Topic } from '../../contracts/wire.ts';
import type { Store, StoreChange } from '../house.ts';
import { olderHops } from '../store/latest.ts';

interface Room {
  readonly topic: Topic;
  readonly scope: Scope;
  seq: number;
  members: number;
  things: Map<number, ThingDelta>;
  events: (ObservationEvent | Alarm)[];
  indicators: Map<string, Indicator>;
  hops: Hops | null;
}

export interface Rooms {
  /** Name of the room of these rights; counts the member in. */
  enter(topic: Topic, scope: Scope): string;
  leave(name: string): void;
  snapshot(name: string, now: Instant): Snapshot;
  take(change: StoreChange): void;
  /** One delta per room that has something to say. */
  tick(now: Instant): { readonly room: string; readonly delta: Delta }[];
  size(): number;
}

export function createRooms(store: Store, streams: readonly Stream[]): Rooms {
  const rooms = new Map<string, Room>();
  const declared = new Map<string, Stream>(streams.map((stream) => [`${stream.theme}/${stream.id}`, stream]));
  const guarded = (scope: Scope, path: string, adcode: string): boolean => {
    const stream = declared.get(path);
    return mayRead(scope, { adcode, department: stream?.provider.department, sharing: stream?.sharing });
  };
  const sees = (scope: Scope, alarm: Alarm): boolean => guarded(scope, alarm.stream, alarm.adcode);
  const covers = (scope: Scope, indicator: Indicator): boolean => mayRead(scope, { adcode: indicator.adcode });

  function takeInto(room: Room, change: StoreChange): void {
    if (change.kind === 'thing' && room.topic === `things:${change.stream}` && guarded(room.scope, change.stream, change.thing.adcode)) {
      const before = room.things.get(change.delta.id);
      // Without hops it is master data: the page may not know the Thing yet.
      const { id: _, position: __, series: ___, ...master } = change.thing;
      const whole = change.hops === null ? { thing: master, position: change.thing.position } : {};
      room.things.set(change.delta.id, { ...before, ...change.delta, ...whole, series: { ...before?.series, ...change.delta.series } });
      room.hops = olderHops(room.hops, change.hops);
    } else if (change.kind === 'observation' && room.topic === `observations:${change.stream}`) {
      if (!guarded(room.scope, change.stream, change.event.adcode)) return;
      room.events.push(change.event);
      room.hops = olderHops(room.hops, change.hops);
    } else if (change.kind === 'alarm' && room.topic === 'alarms' && sees(room.scope, change.alarm)) room.events.push(change.alarm);
    else if (change.kind === 'indicators' && room.topic === 'indicators')
      for (const indicator of change.indicators)
        if (covers(room.scope, indicator)) room.indicators.set(`${indicator.adcode}/${indicator.code}`, indicator);
  }
  function content({ topic, scope }: Room): unknown {
    if (topic === 'alarms') return store.alarms().filter((alarm) => sees(scope, alarm));
    if (topic === 'indicators') return store.indicators().filter((indicator) => covers(scope, indicator));
    const path = topic.slice(topic.indexOf(':') + 1) as `${string}/${string}`;
    if (topic.startsWith('observations:')) return store.observations(path).filter((event) => guarded(scope, path, event.adcode));
    return [...store.things(path)].filter((thing: ThingState) => guarded(scope, path, thing.adcode));
  }

  return {
    enter(topic, scope) {
      const name = `${topic}|${scopeKey(scope)}`;
      const room = rooms.get(name) ?? {
        topic,
        scope,
        seq: 0,
        members: 0,
        things: new Map(),
        events: [],
        indicators: new Map(),
        hops: null,
      };
      room.members++;
      rooms.set(name, room);
      return name;
    },
    leave(name) {
      const room = rooms.get(name);
      if (room && --room.members <= 0) rooms.delete(name);
    },
    snapshot(name, now) {
      const room = rooms.get(name) as Room;
      return { topic: room.topic, seq: room.seq, sent: now, data: content(room) } as Snapshot;
    },
    take(change) {
      for (const room of rooms.values()) takeInto(room, change);
    },
    tick(now) {
      const deltas: { room: string; delta: Delta }[] = [];
      for (const [name, room] of rooms) {
        const data = [...room.things.values(), ...room.events, ...room.indicators.values()];
        if (data.length === 0) continue;
        room.seq++;
        deltas.push({ room: name, delta: { topic: room.topic, seq: room.seq, sent: now, hops: room.hops, data } as Delta });
        room.things = new Map();
        room.events = [];
        room.indicators = new Map();
        room.hops = null;
      }
      return deltas;
    },
    size: () => rooms.size,
  };
}
