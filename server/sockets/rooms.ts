// Rooms: who is told what of the store. A room = topic × scope × viewport (of the map: × viewer); all its members get the same numbered deltas, serialised once.
//
// Changes gather per topic between two ticks. A tick makes one delta per room: values are coalesced per Thing and series (the last one wins),
// observations and alarms are events: each one is passed on, in order. Nothing is kept per room but its number: whether a Thing came into or
// left a room is told from where it stood at the last tick, which the topic remembers once for all rooms. A topic nobody listens to costs nothing.
import { type Identity, mayRead, type Scope, scopeKey } from '../../contracts/access.ts';
import { province } from '../../contracts/adcodes.data.ts';
import type { Alarm } from '../../contracts/event.ts';
import { type AdCode, type BBox, insideBBox, type LngLat } from '../../contracts/geo.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import type { Hops, Instant, SeriesKey } from '../../contracts/observation.ts';
import type { Stream, StreamPath } from '../../contracts/stream.ts';
import type {
  Delta,
  Health,
  LatestTuple,
  MapChange,
  ObservationEvent,
  Snapshot,
  ThingDelta,
  ThingState,
  Topic,
} from '../../contracts/wire.ts';
import { guardOf, mayReadStream, streamsByPath } from '../auth/guard.ts';
import { streamHealth } from '../health.ts';
import type { Store, StoreChange } from '../house.ts';
import { olderHops } from '../store/latest.ts';

export interface Room {
  /** Name, equal for equal topic, scope and viewport. */
  readonly id: string;
  readonly topic: Topic;
  readonly scope: Scope;
  /** Of a room that is one person's: what grants leave of layers is not told by a scope. */
  readonly viewer: Identity | null;
  readonly viewport: BBox | null;
}
/** A change of a layer; of none: of the list of layers. */
export interface LayerNews {
  readonly layer: {
    readonly id: string;
    /** Whether somebody sees every row as it is, a part of them, or does not read the layer. */
    readonly seenBy: (viewer: Identity) => 'all' | 'part' | 'none';
  } | null;
  readonly change: Omit<MapChange, 'layer'>;
}
export interface RoomSource {
  readonly store: Pick<Store, 'things' | 'observations' | 'alarms' | 'indicators'>;
  readonly streams: readonly Stream[];
  health(): Health;
}
export interface RoomDelta {
  readonly room: string;
  readonly delta: Delta;
}
export interface Rooms {
  note(change: StoreChange): void;
  noteHealth(health: Health): void;
  noteMap(news: readonly LayerNews[]): void;
  /** Whether anybody is on a topic: what nobody hears need not be computed. */
  listens(topic: Topic): boolean;
  /** One more member. @param viewport already snapped; null: none */
  enter(topic: Topic, viewer: Identity, viewport: BBox | null): Room;
  /** One member less; a room without members is forgotten. */
  leave(id: string): void;
  /** True when nothing is waiting on the room's topic: a snapshot taken now goes on exactly with the room's next delta. */
  settled(id: string): boolean;
  /** Everything the room shows now, numbered with the last delta sent. Take it while settled, or right after tick(). */
  snapshot(id: string, now: Instant): Snapshot;
  /** The room's present number; null: no such room. */
  seq(id: string): number | null;
  /** One delta for each room in which something changed. */
  tick(now: Instant): readonly RoomDelta[];
  /** How many rooms and members there are. */
  size(): { readonly rooms: number; readonly members: number };
}

interface OpenRoom extends Room {
  seq: number;
  members: number;
}
/** Where a Thing stood for the rooms at the last tick. */
interface Standing {
  readonly adcode: AdCode;
  readonly position: LngLat | null;
}
interface PendingThing {
  readonly before: Standing | undefined;
  after: ThingState | null;
  series: Record<SeriesKey, LatestTuple>;
  moved: boolean;
  /** Name, properties or area may have changed, or the Thing is new. */
  master: boolean;
  hops: Hops | null;
  /** Made once, handed to every room that needs it. */
  changed?: ThingDelta;
  whole?: ThingDelta;
}
type Guarded<T> = { readonly item: T; readonly hops: Hops | null };

interface TopicState {
  readonly topic: Topic;
  readonly rooms: Map<string, OpenRoom>;
  readonly things: Map<number, PendingThing>;
  readonly standing: Map<number, Standing>;
  events: Guarded<ObservationEvent>[];
  alarms: Alarm[];
  readonly indicators: Map<string, Indicator>;
  health: Health | null;
  map: LayerNews[];
}

/** Boxes of one tick. */
const mostBoxes = 200;

/** The stream in `things:<stream>` and `observations:<stream>`. */
export function streamOfTopic(topic: string): { kind: 'things' | 'observations'; stream: StreamPath } | null {
  const match = /^(things|observations):(.+)$/.exec(topic);
  return match ? { kind: match[1] as 'things' | 'observations', stream: match[2] as StreamPath } : null;
}

function wholeDelta(thing: ThingState): ThingDelta {
  const { id, position, series, ...master } = thing;
  return { id, position, series: { ...series }, thing: master };
}

export function createRooms(source: RoomSource): Rooms {
  const declared = streamsByPath(source.streams);
  const topics = new Map<Topic, TopicState>();
  const topicNames = new Map<StreamPath, Topic>();
  const rooms = new Map<string, OpenRoom>();

  const reads = (room: Room, stream: string, adcode: AdCode): boolean => mayRead(room.scope, guardOf(declared.get(stream), adcode));
  function showsThing(room: Room, stream: string, standing: Standing): boolean {
    if (!reads(room, stream, standing.adcode)) return false;
    return room.viewport === null || (standing.position !== null && insideBBox(standing.position, room.viewport));
  }
  function showsEvent(room: Room, event: ObservationEvent, stream: string): boolean {
    if (!reads(room, stream, event.adcode)) return false;
    return room.viewport === null || event.position === null || insideBBox(event.position, room.viewport);
  }
  /** Streams that a scope may not open are not in its health, and of the others it counts its own area. */
  function healthFor(room: Room, health: Health): Health {
    const { scope } = room;
    const streams = health.streams.flatMap((told) => {
      const of = declared.get(told.stream);
      if (!of || !mayReadStream(scope, of)) return [];
      if (scope.adcode === province.adcode) return [told];
      return [streamHealth(source.store, of, health.now, ({ adcode }) => reads(room, told.stream, adcode))];
    });
    return { ...health, streams };
  }
  /**
   * Of layers that the viewer may read. Where only some of its rows are seen, or not as they are, the box of a change would tell of the others: then it is anywhere.
   * More than a page can look at one by one are told as anywhere too.
   */
  function mapFor({ viewer }: Room, news: readonly LayerNews[]): MapChange[] {
    const told = new Map<string, MapChange>();
    const many = news.length > mostBoxes;
    for (const { layer, change } of news) {
      const { box, minZoom, maxZoom } = change;
      const seen = layer && viewer ? layer.seenBy(viewer) : 'all';
      if (seen === 'none') continue;
      const one = { layer: layer?.id ?? null, box: many || seen === 'part' ? null : box, minZoom, maxZoom };
      told.set(JSON.stringify(one), one);
    }
    return [...told.values()];
  }
  const showsAlarm = (room: Room, alarm: Alarm): boolean => reads(room, alarm.stream, alarm.adcode);
  const showsIndicator = (room: Room, indicator: Indicator): boolean => mayRead(room.scope, { adcode: indicator.adcode });

  function activate(topic: Topic): TopicState {
    const state: TopicState = {
      topic,
      rooms: new Map(),
      things: new Map(),
      standing: new Map(),
      events: [],
      alarms: [],
      indicators: new Map(),
      health: null,
      map: [],
    };
    const of = streamOfTopic(topic);
    if (of?.kind === 'things')
      for (const thing of source.store.things(of.stream)) state.standing.set(thing.id, { adcode: thing.adcode, position: thing.position });
    topics.set(topic, state);
    return state;
  }

  function notePending(state: TopicState, id: number): PendingThing {
    const known = state.things.get(id);
    if (known) return known;
    const pending: PendingThing = { before: state.standing.get(id), after: null, series: {}, moved: false, master: false, hops: null };
    state.things.set(id, pending);
    return pending;
  }
  /** By stream, so that the topic's name is not put together for every reading. */
  function valuesOf(stream: StreamPath): TopicState | undefined {
    let topic = topicNames.get(stream);
    if (topic === undefined) {
      topic = `things:${stream}`;
      topicNames.set(stream, topic);
    }
    return topics.get(topic);
  }
  function noteThing({ stream, thing, left }: Extract<StoreChange, { kind: 'thing' }>): void {
    const own = valuesOf(stream);
    // It may have been on another stream until now, and must leave it.
    for (const state of topics.values())
      if (state !== own && (state.standing.has(thing.id) || state.things.has(thing.id))) notePending(state, thing.id).after = null;
    if (!own) return;
    const pending = notePending(own, thing.id);
    // Moved to a stream that nobody declares: on no topic any more.
    pending.after = left ? null : thing;
    pending.master = true;
  }
  function noteValue({ stream, thing, series, latest, moved, hops }: Extract<StoreChange, { kind: 'value' }>): void {
    const state = valuesOf(stream);
    if (!state) return;
    const pending = notePending(state, thing.id);
    pending.after = thing;
    pending.series[series] = latest;
    if (moved) pending.moved = true;
    if (!pending.before) pending.master = true;
    pending.hops = olderHops(pending.hops, hops);
  }

  function thingDelta(room: Room, stream: string, id: number, pending: PendingThing): ThingDelta | null {
    const { after, before } = pending;
    const was = before !== undefined && showsThing(room, stream, before);
    const is = after !== null && showsThing(room, stream, after);
    if (!is || !after) return was ? { id, series: {}, left: true } : null;
    if (!was || pending.master) {
      pending.whole ??= wholeDelta(after);
      return pending.whole;
    }
    pending.changed ??= { id, series: pending.series, ...(pending.moved ? { position: after.position } : {}) };
    return pending.changed;
  }

  /** What the room is told of its topic's pending changes; null: nothing. */
  function content(state: TopicState, room: Room): { data: Delta['data']; hops: Hops | null } | null {
    if (state.topic === 'health') return state.health && { data: healthFor(room, state.health), hops: null };
    if (state.topic === 'alarms') {
      const data = state.alarms.filter((alarm) => showsAlarm(room, alarm));
      return data.length > 0 ? { data, hops: null } : null;
    }
    if (state.topic === 'indicators') {
      const data = [...state.indicators.values()].filter((indicator) => showsIndicator(room, indicator));
      return data.length > 0 ? { data, hops: null } : null;
    }
    if (state.topic === 'map') {
      const data = mapFor(room, state.map);
      return data.length > 0 ? { data, hops: null } : null;
    }
    const stream = streamOfTopic(state.topic)?.stream ?? '';
    let hops: Hops | null = null;
    const data: (ThingDelta | ObservationEvent)[] = [];
    for (const [id, pending] of state.things) {
      const delta = thingDelta(room, stream, id, pending);
      if (!delta) continue;
      data.push(delta);
      if (!delta.left) hops = olderHops(hops, pending.hops);
    }
    for (const event of state.events) {
      if (!showsEvent(room, event.item, stream)) continue;
      data.push(event.item);
      hops = olderHops(hops, event.hops);
    }
    return data.length > 0 ? { data: data as Delta['data'], hops } : null;
  }

  function isPending(state: TopicState): boolean {
    return (
      state.things.size + state.events.length + state.alarms.length + state.indicators.size + state.map.length > 0 || state.health !== null
    );
  }
  function settle(state: TopicState): void {
    for (const [id, { after }] of state.things) {
      if (after) state.standing.set(id, { adcode: after.adcode, position: after.position });
      else state.standing.delete(id);
    }
    state.things.clear();
    state.events = [];
    state.alarms = [];
    state.indicators.clear();
    state.health = null;
    state.map = [];
  }

  function everything(room: Room): Snapshot['data'] {
    if (room.topic === 'health') return healthFor(room, source.health());
    if (room.topic === 'alarms') return source.store.alarms().filter((alarm) => showsAlarm(room, alarm));
    if (room.topic === 'indicators') return source.store.indicators().filter((indicator) => showsIndicator(room, indicator));
    const of = streamOfTopic(room.topic);
    if (!of) return [];
    if (of.kind === 'observations') return source.store.observations(of.stream).filter((event) => showsEvent(room, event, of.stream));
    const data: ThingState[] = [];
    for (const thing of source.store.things(of.stream)) if (showsThing(room, of.stream, thing)) data.push(thing);
    return data;
  }

  return {
    note(change) {
      if (topics.size === 0) return;
      if (change.kind === 'value') noteValue(change);
      else if (change.kind === 'thing') noteThing(change);
      else if (change.kind === 'observation')
        topics.get(`observations:${change.stream}`)?.events.push({ item: change.event, hops: change.hops });
      else if (change.kind === 'alarm') topics.get('alarms')?.alarms.push(change.alarm);
      else {
        const pending = topics.get('indicators')?.indicators;
        for (const indicator of change.indicators) pending?.set(`${indicator.adcode}/${indicator.code}`, indicator);
      }
    },
    noteHealth(health) {
      const state = topics.get('health');
      if (state) state.health = health;
    },
    noteMap(news) {
      topics.get('map')?.map.push(...news);
    },
    listens: (topic) => topics.has(topic),
    enter(topic, person, viewport) {
      const { scope } = person;
      const viewer = topic === 'map' ? person : null;
      const local = streamOfTopic(topic) === null ? null : viewport;
      const id = `${topic} ${scopeKey(scope)} ${local?.join(',') ?? ''}${viewer ? ` ${viewer.role} ${viewer.user}` : ''}`;
      let room = rooms.get(id);
      if (!room) {
        room = { id, topic, scope, viewer, viewport: local, seq: 0, members: 0 };
        rooms.set(id, room);
        (topics.get(topic) ?? activate(topic)).rooms.set(id, room);
      }
      room.members++;
      return room;
    },
    leave(id) {
      const room = rooms.get(id);
      if (!room || --room.members > 0) return;
      rooms.delete(id);
      const state = topics.get(room.topic);
      state?.rooms.delete(id);
      if (state?.rooms.size === 0) topics.delete(room.topic);
    },
    settled(id) {
      const state = topics.get(rooms.get(id)?.topic as Topic);
      return !state || !isPending(state);
    },
    snapshot(id, now) {
      const room = rooms.get(id);
      if (!room) throw new Error(`no room ${id}`);
      return { topic: room.topic, seq: room.seq, sent: now, data: everything(room) };
    },
    seq: (id) => rooms.get(id)?.seq ?? null,
    tick(now) {
      const deltas: RoomDelta[] = [];
      for (const state of topics.values()) {
        if (!isPending(state)) continue;
        for (const room of state.rooms.values()) {
          const told = content(state, room);
          if (!told) continue;
          const { hops } = told;
          const times = hops && { received: hops.received, durable: hops.durable, processed: hops.processed };
          deltas.push({ room: room.id, delta: { topic: state.topic, seq: ++room.seq, sent: now, hops: times, data: told.data } });
        }
        settle(state);
      }
      return deltas;
    },
    size() {
      let members = 0;
      for (const room of rooms.values()) members += room.members;
      return { rooms: rooms.size, members };
    },
  };
}
