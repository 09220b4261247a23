// A past moment as it was known then: latest values and active events rebuilt from the history. Only rows that had arrived by then count.
import type { Instant, SeriesKey } from '../../contracts/observation.ts';
import { checksOf } from '../../contracts/observation.ts';
import type { Stream, StreamPath } from '../../contracts/stream.ts';
import type { Datastream, Thing } from '../../contracts/thing.ts';
import type { LatestTuple, ObservationEvent, ThingState } from '../../contracts/wire.ts';
import type { Queryable } from '../database/database.ts';
import type { House, Registry } from '../house.ts';
import { type ObservationFigures, observationFigures, observationOf, qualityOf } from '../store/observation-row.ts';

const day = 86_400_000;
const longest = 7 * day;
/** How far back a value may lie and still be the state of its Thing: long enough to show it as stale, and by how much. */
export function lookBack(stream: Stream | undefined): number {
  return stream ? Math.min(Math.max(2 * day, stream.staleAfterSeconds * 3000), longest) : 2 * day;
}

function tupleOf(row: ObservationFigures): LatestTuple {
  const received = Math.round(row.received);
  // Later hops of a past value are not kept: its arrival stands for them.
  return [
    ...([row.result, Math.round(row.time), qualityOf(row), checksOf(row.failed), row.flag, Number(row.frame), row.datastream] as const),
    ...([received, received, received] as const),
  ];
}

/**
 * The newest row of each datastream that had arrived by `at`. One index probe per datastream, in the partitions of the window only; at one
 * phenomenonTime the later arrival wins.
 */
async function newestRows(database: Queryable, datastreams: readonly number[], at: Instant, since: Instant): Promise<ObservationFigures[]> {
  if (datastreams.length === 0) return [];
  return database.query<ObservationFigures>(
    `SELECT ${observationFigures} FROM unnest($1::int[]) AS d(id) CROSS JOIN LATERAL (
       SELECT * FROM observation p
       WHERE p.datastream = d.id AND p.phenomenon_time <= $2::timestamptz AND p.phenomenon_time > $3::timestamptz AND p.received <= $2::timestamptz
       ORDER BY p.phenomenon_time DESC, p.received DESC LIMIT 1) o`,
    [datastreams, new Date(at).toISOString(), new Date(since).toISOString()],
  );
}

export interface PastSource {
  readonly database: Queryable;
  readonly registry: Pick<Registry, 'datastreamsOf' | 'datastream' | 'thing'>;
  readonly streams: ReadonlyMap<string, Stream>;
  readonly locate: House['locate'];
}

/** The given Things as they were known at `at`. A Thing without a value then is there without series: it was silent. */
export async function thingsAt(source: PastSource, things: readonly Thing[], at: Instant): Promise<ThingState[]> {
  const byWindow = new Map<number, Thing[]>();
  for (const thing of things) {
    const window = lookBack(source.streams.get(thing.properties.stream ?? ''));
    byWindow.set(window, [...(byWindow.get(window) ?? []), thing]);
  }
  const rows = new Map<number, ObservationFigures>();
  for (const [window, group] of byWindow) {
    const ids = group.flatMap((thing) => source.registry.datastreamsOf(thing.id).map(({ id }) => id));
    for (const row of await newestRows(source.database, ids, at, at - window)) rows.set(row.datastream, row);
  }
  return things.map((thing) => stateOf(thing, source.registry.datastreamsOf(thing.id), rows));
}
function stateOf(thing: Thing, datastreams: readonly Datastream[], rows: ReadonlyMap<number, ObservationFigures>): ThingState {
  const series: Record<SeriesKey, LatestTuple> = {};
  let moved: ObservationFigures | null = null;
  for (const datastream of datastreams) {
    const row = rows.get(datastream.id);
    if (!row) continue;
    series[datastream.series] = tupleOf(row);
    if (row.lng !== null && row.lat !== null && (!moved || row.time > moved.time)) moved = row;
  }
  const { id, uid, name, adcode, properties } = thing;
  const position = moved ? ([moved.lng as number, moved.lat as number] as const) : thing.position;
  return { id, uid, name, adcode, position, provenance: properties.provenance ?? 'measured', properties, series };
}

/** More than a province sees in a pass; the newest are kept. */
const eventsMost = 20_000;

/** Observations of an event stream that were on the map at `at`, oldest first. @param things those that may have reported some; which events may be seen is a matter of where each lies */
export async function eventsAt(source: PastSource, stream: Stream, things: readonly Thing[], at: Instant): Promise<ObservationEvent[]> {
  const ids = things.flatMap((thing) => source.registry.datastreamsOf(thing.id).map(({ id }) => id));
  if (ids.length === 0) return [];
  const since = at - (stream.activeSeconds ?? 0) * 1000;
  const rows = await source.database.query<ObservationFigures>(
    `SELECT * FROM (SELECT ${observationFigures} FROM observation o
       WHERE o.datastream = ANY($1::int[]) AND o.phenomenon_time <= $2::timestamptz AND o.phenomenon_time > $3::timestamptz AND o.received <= $2::timestamptz
       ORDER BY o.phenomenon_time DESC, o.received DESC LIMIT ${eventsMost}) newest ORDER BY time, received, datastream, identity`,
    [ids, new Date(at).toISOString(), new Date(since).toISOString()],
  );
  return rows.flatMap((row) => eventOf(source, row) ?? []);
}
function eventOf({ registry, locate }: PastSource, row: ObservationFigures): ObservationEvent | null {
  const observation = observationOf(row, registry);
  const thing = observation && registry.thing(observation.thing);
  if (!observation || !thing) return null;
  const { position } = observation;
  return { ...observation, thingName: thing.name, adcode: (position && locate(position)) ?? thing.adcode };
}

/** The Things of one stream, or of all, in the order of their ids. */
export function thingsOf(registry: Pick<Registry, 'things'>, stream: StreamPath | undefined): Thing[] {
  const list: Thing[] = [];
  for (const thing of registry.things()) if (stream === undefined || thing.properties.stream === stream) list.push(thing);
  return list.sort((a, b) => a.id - b.id);
}
