// State over HTTP: latest, history, alarms, indicators, arrivals; now from the store, at a past instant rebuilt from history as known then.
import { type Request, Router } from 'express';
import { mayRead, type Scope } from '../../contracts/access.ts';
import { cities } from '../../contracts/adcodes.data.ts';
import { type AdCode, adcodeContains } from '../../contracts/geo.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import { type Observation, qualities, type SeriesKey } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { type Stream, type StreamPath, streamPath } from '../../contracts/stream.ts';
import type { HistoryPoint, ObservationEvent, ThingState } from '../../contracts/wire.ts';
import { indicatorsOf } from '../../streams/indicators.ts';
import { requireIdentity } from '../auth/identity.http.ts';
import type { PgDatabase } from '../database/pool.pg.ts';
import type { House } from '../house.ts';
import { failedOf } from '../store/copy-binary.ts';
import { latestTuple } from '../store/latest.ts';
import { type AlarmRow, alarmOf, readEvents, readLatest } from '../store/recovery.pg.ts';

const day = 86_400_000;

function instant(request: Request, name: string): number | null {
  const text = request.query[name];
  if (text === undefined) return null;
  const value = typeof text === 'string' ? (/^\d+$/.test(text) ? Number(text) : Date.parse(text)) : Number.NaN;
  if (!Number.isFinite(value)) throw new Problem('bad-parameter', { name, given: String(text), allowed: 'RFC 3339' });
  return value;
}
function integer(request: Request, name: string, fallback: number, max: number): number {
  const text = request.query[name];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new Problem('bad-parameter', { name, given: String(text), allowed: `0–${max}` });
  return value;
}
const page = <T>(items: readonly T[]) => ({ items, numberReturned: items.length, next: null });

/** States and events of one stream at a past instant. */
async function past(
  house: House,
  database: PgDatabase,
  stream: Stream,
  at: number,
): Promise<{ things: ThingState[]; events: ObservationEvent[] }> {
  const path = streamPath(stream);
  const window = Math.max(3 * day, stream.staleAfterSeconds * 4000);
  const observations: Observation[] = (await readLatest(database.pool, house.registry, at - window, at)).filter(
    (o) => house.registry.thing(o.thing)?.properties.stream === path,
  );
  const byThing = new Map<number, ThingState>();
  for (const state of house.store.things(path))
    byThing.set(state.id, { ...state, position: house.registry.thing(state.id)?.position ?? null, series: {} });
  for (const o of observations) {
    const state = byThing.get(o.thing);
    if (state)
      byThing.set(o.thing, { ...state, position: o.position ?? state.position, series: { ...state.series, [o.series]: latestTuple(o) } });
  }
  const events =
    stream.kind === 'event'
      ? (await readEvents(database.pool, house.registry, path, at - (stream.activeSeconds ?? 0) * 1000, at)).map((o) => {
          const thing = house.registry.thing(o.thing);
          return { ...o, thingName: thing?.name ?? '', adcode: (o.position && house.locate(o.position)) ?? thing?.adcode ?? '' };
        })
      : [];
  return { things: [...byThing.values()], events };
}

export function stateRouter(house: House, database: PgDatabase): Router {
  const router = Router();
  const streamOf = (path: unknown): Stream => {
    const found = house.streams.find((stream) => streamPath(stream) === path);
    if (!found)
      throw new Problem('bad-parameter', { name: 'stream', given: String(path), allowed: house.streams.map(streamPath).join(' | ') });
    return found;
  };
  const sees = (scope: Scope, stream: Stream, adcode: AdCode): boolean =>
    mayRead(scope, { adcode, department: stream.provider.department, sharing: stream.sharing });

  router.get('/latest', async (request, response) => {
    const { scope } = requireIdentity(request);
    const stream = streamOf(request.query['stream']);
    if (!sees(scope, stream, scope.adcode)) throw new Problem('forbidden', { what: stream.title.zh });
    const at = instant(request, 'at');
    const path = streamPath(stream);
    const known =
      at === null
        ? { things: [...house.store.things(path)], events: [...house.store.observations(path)] }
        : await past(house, database, stream, at);
    const only = request.query['thing'];
    const list =
      stream.kind === 'event'
        ? known.events
        : known.things.filter((thing) => only === undefined || String(thing.id) === only || thing.uid === only);
    response.json(page((list as (ThingState | ObservationEvent)[]).filter((item) => sees(scope, stream, item.adcode))));
  });

  router.get('/history', async (request, response) => {
    const { scope } = requireIdentity(request);
    const id = integer(request, 'datastream', 0, 2 ** 31 - 1);
    const datastream = house.registry.datastream(id);
    const thing = datastream && house.registry.thing(datastream.thing);
    const stream = house.streams.find((candidate) => streamPath(candidate) === thing?.properties.stream);
    const guard = { adcode: thing?.adcode ?? '', department: stream?.provider.department, sharing: stream?.sharing };
    if (!datastream || !thing || !mayRead(scope, guard)) throw new Problem('not-found', { what: `datastream ${id}` });
    const to = instant(request, 'to') ?? house.now();
    const from = instant(request, 'from') ?? to - day;
    const bucket = integer(request, 'bucket', 0, 30 * 86_400);
    const rows = await database.query(
      bucket > 0
        ? `SELECT extract(epoch FROM date_bin(make_interval(secs => $4), phenomenon_time, '2000-01-01'))::float8 * 1000 AS time, avg(result) AS result,
             max(quality)::int AS quality, bit_or(failed)::int AS failed, NULL AS flag, max(frame) AS frame, max(extract(epoch FROM received))::float8 * 1000 AS received
           FROM observation WHERE datastream = $1 AND phenomenon_time >= to_timestamp($2::float8 / 1000) AND phenomenon_time <= to_timestamp($3::float8 / 1000)
           GROUP BY 1 ORDER BY 1 LIMIT 10000`
        : `SELECT DISTINCT ON (phenomenon_time) extract(epoch FROM phenomenon_time)::float8 * 1000 AS time, result, quality, failed, flag, frame,
             extract(epoch FROM received)::float8 * 1000 AS received
           FROM observation WHERE datastream = $1 AND phenomenon_time >= to_timestamp($2::float8 / 1000) AND phenomenon_time <= to_timestamp($3::float8 / 1000)
             AND received <= to_timestamp($4::float8 / 1000)
           ORDER BY phenomenon_time, observation.received DESC LIMIT 10000`,
      [id, from, to, bucket > 0 ? bucket : (instant(request, 'at') ?? house.now() + day)],
    );
    const points = rows.map(
      (row): HistoryPoint => ({
        phenomenonTime: Math.round(row['time'] as number),
        result: row['result'] as number | null,
        quality: qualities[row['quality'] as number] ?? 'suspect',
        failed: failedOf(row['failed'] as number),
        flag: row['flag'] as string | null,
        frame: Number(row['frame']),
        received: Math.round(row['received'] as number),
      }),
    );
    const provenance = thing.properties.provenance ?? 'measured';
    response.json({
      datastream: id,
      series: datastream.series as SeriesKey,
      unit: datastream.unit,
      provenance,
      bucketSeconds: bucket || null,
      points,
      next: null,
    });
  });

  async function alarmsAt(at: number) {
    const rows = await database.query<AlarmRow & Record<string, unknown>>(
      `SELECT a.*, t.name AS thing_name, c.level, c.value FROM alarm a JOIN thing t ON t.id = a.thing JOIN LATERAL (
         SELECT level, value, cleared FROM alarm_change WHERE alarm = a.id AND at <= to_timestamp($1::float8 / 1000) ORDER BY at DESC LIMIT 1) c ON NOT c.cleared
       WHERE a.since <= to_timestamp($1::float8 / 1000) ORDER BY a.since DESC LIMIT 1000`,
      [at],
    );
    return rows.map(alarmOf);
  }
  router.get('/alarms', async (request, response) => {
    const { scope } = requireIdentity(request);
    const [at, from, to] = [instant(request, 'at'), instant(request, 'from'), instant(request, 'to')];
    let alarms = at !== null ? await alarmsAt(at) : house.store.alarms();
    if (from !== null) {
      const rows = await database.query<AlarmRow & Record<string, unknown>>(
        `SELECT a.*, t.name AS thing_name FROM alarm a JOIN thing t ON t.id = a.thing
         WHERE a.since >= to_timestamp($1::float8 / 1000) AND a.since <= to_timestamp($2::float8 / 1000) ORDER BY a.since DESC LIMIT 1000`,
        [from, to ?? house.now()],
      );
      alarms = rows.map(alarmOf);
    }
    response.json(page(alarms.filter((alarm) => sees(scope, streamOf(alarm.stream), alarm.adcode))));
  });

  router.get('/indicators/:adcode', async (request, response) => {
    const { scope } = requireIdentity(request);
    const adcode = request.params.adcode;
    if (!/^21\d{4}$/.test(adcode)) throw new Problem('bad-parameter', { name: 'adcode', given: adcode, allowed: '21xxxx' });
    if (!mayRead(scope, { adcode })) throw new Problem('forbidden', { what: adcode });
    const at = instant(request, 'at');
    const areas = request.query['below']
      ? ['210000', ...cities.map((city) => city.adcode)].filter((area) => adcodeContains(adcode, area))
      : [adcode];
    let list: readonly Indicator[];
    if (at === null) list = house.store.indicators().filter((indicator) => areas.includes(indicator.adcode));
    else {
      const states = new Map<StreamPath, Awaited<ReturnType<typeof past>>>();
      for (const stream of house.streams) states.set(streamPath(stream), await past(house, database, stream, at));
      const alarms = await alarmsAt(at);
      const source = {
        things: (p: StreamPath) => states.get(p)?.things ?? [],
        observations: (p: StreamPath) => states.get(p)?.events ?? [],
        alarms,
        now: at,
        locate: house.locate,
      };
      list = areas.flatMap((area) => indicatorsOf({ ...source, adcode: area }));
    }
    response.json(page(list));
  });

  router.get('/arrivals', async (request, response) => {
    requireIdentity(request);
    const to = instant(request, 'to') ?? house.now();
    const from = Math.max(instant(request, 'from') ?? to - day, to - 31 * day);
    const bucketSeconds = Math.max(60, integer(request, 'bucket', 1800, 86_400));
    const rows = await database.query<{ at: number; count: number }>(
      `SELECT extract(epoch FROM date_bin(make_interval(secs => $3), durable, '2000-01-01'))::float8 * 1000 AS at, sum(frames)::int AS count
       FROM frame_batch WHERE durable >= to_timestamp($1::float8 / 1000) AND durable <= to_timestamp($2::float8 / 1000) GROUP BY 1 ORDER BY 1`,
      [from, to, bucketSeconds],
    );
    response.json({ bucketSeconds, buckets: rows });
  });
  return router;
}
