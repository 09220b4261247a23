// What the writing half of SensorThings works with: who writes, what he may touch, and the steps that several kinds of writing share.
import type { Identity } from '../../contracts/access.ts';
import type { AdCode, LngLat } from '../../contracts/geo.ts';
import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { streamPath } from '../../contracts/stream.ts';
import type { Thing } from '../../contracts/thing.ts';
import { mayReadStream, mayReadThing, streamsByPath } from '../auth/guard.ts';
import type { Queryable } from '../database/database.ts';
import type { House } from '../house.ts';
import { Parameters } from './parameters.ts';
import type { Found, Reader } from './reader.ts';

/** What became of an Observation that was handed to the gateway's door. */
export interface Posted {
  /** Address of the Observation. */
  readonly location: string;
  readonly refused: readonly { readonly property: string; readonly title: string }[];
}
/** The gateway's door for Observations (iot-gateway/transports/observations.http.ts): durable before it answers. */
export interface ObservationDoor {
  /** @param address path with the Datastream, or of the Observation that this one corrects. @throws Problem */
  post(address: string, bytes: Uint8Array): Promise<Posted>;
}

export interface Writing {
  readonly house: House;
  readonly identity: Identity;
  readonly address: string | null;
  /** Absolute address of /sta/v1.1. */
  readonly root: string;
  readonly reader: Reader;
  readonly door: ObservationDoor;
  /** A name that no other has. */
  readonly random: () => string;
}

export function audit({ house, identity, address }: Writing, target: string, detail: Readonly<Record<string, unknown>>): void {
  house.auth.audit({ identity, address, act: 'write', target, detail });
}

/** The Thing with this id, as far as the writer sees it. @throws Problem not-found */
export function thingOf({ house, identity }: Writing, id: number): Thing {
  const thing = house.registry.thing(id);
  if (!thing || !mayReadThing(identity.scope, thing, streamsByPath(house.streams)))
    throw new Problem('not-found', { what: `Things(${id})` });
  return thing;
}

/** What he files under a stream that he may not read would be gone for him at once. @throws Problem forbidden */
export function checkStream({ house, identity }: Writing, path: string | null | undefined): void {
  const stream = house.streams.find((one) => streamPath(one) === path);
  if (stream && !mayReadStream(identity.scope, stream)) throw new Problem('forbidden', { what: `在数据流 ${streamPath(stream)} 登记` });
}

/** Area of what the writer makes on its own, until something is linked to it. */
export function areaOfWriter({ identity }: Writing): AdCode {
  return identity.scope.adcode;
}

/** The area of a Thing: as given, or where its position lies. @throws Problem bad-body */
export async function areaOf({ house }: Writing, given: string | undefined, position: LngLat | null): Promise<AdCode> {
  if (given !== undefined) return given;
  const [row] = position
    ? await house.database.query<{ adcode: string }>(
        `SELECT adcode::text FROM division WHERE level <> 'province' AND ST_Contains(geom, ST_SetSRID(ST_MakePoint($1, $2), 4490))
         ORDER BY level = 'county' DESC LIMIT 1`,
        [...position],
      )
    : [];
  if (!row) throw new Problem('bad-body', { reason: '要给出 properties.adcode（六位行政区划代码），或一个落在辽宁的位置' });
  return row.adcode;
}

/** Links a Thing to where it stands now, and notes it in its history (§8.2.3). */
async function link(tx: Queryable, thing: number, location: number, at: Instant): Promise<void> {
  await tx.query('DELETE FROM thing_location WHERE thing = $1', [thing]);
  await tx.query('INSERT INTO thing_location (thing, location) VALUES ($1, $2)', [thing, location]);
  await tx.query(
    `WITH story AS (INSERT INTO historical_location (thing, time) VALUES ($1, $2::timestamptz) RETURNING id)
     INSERT INTO historical_location_location (historical, location) SELECT id, $3 FROM story`,
    [thing, new Date(at).toISOString(), location],
  );
}
/** Moves a Thing to a Location that is there; the map hears of it through the registry. */
export async function place({ house }: Writing, thing: Thing, location: number): Promise<Thing> {
  const [row] = await house.database.query<{ lng: number; lat: number }>(
    'SELECT ST_X(geom) AS lng, ST_Y(geom) AS lat FROM location WHERE id = $1',
    [location],
  );
  if (!row) throw new Problem('not-found', { what: `Locations(${location})` });
  await house.database.transaction((tx) => link(tx, thing.id, location, house.now()));
  return house.registry.saveThing({ ...thing, position: [row.lng, row.lat] });
}

/** Whether the writer sees everything that hangs on an entity: what others use is not his to change or take away. */
export async function checkOwn(writing: Writing, { set, row }: Found): Promise<void> {
  const id = row['id'];
  const forbidden = (): Problem => new Problem('forbidden', { what: `修改 ${set}(${String(id)})：它由系统给出，或为他处所用` });
  const q = new Parameters(writing.reader.sight);
  const linked = (on: string, condition: string): string =>
    `SELECT 1 FROM ${on} JOIN thing v ON v.id = u.thing WHERE ${condition} AND NOT ${q.sees('v')}`;
  let sql: string | null = null;
  if (set === 'Locations') {
    const at = q.add(id, 'bigint');
    sql = `SELECT EXISTS (${linked('thing_location u', `u.location = ${at}`)}) OR EXISTS (${linked('historical_location_location hl JOIN historical_location u ON u.id = hl.historical', `hl.location = ${at}`)}) AS taken`;
  } else if (set === 'Sensors') {
    if (!/^\d{1,9}$/.test(String(id))) throw forbidden();
    sql = `SELECT EXISTS (${linked('datastream u', `u.sensor = ${q.add(Number(id), 'int')}`)}) AS taken`;
  } else if (set === 'ObservedProperties') {
    const code = q.add(id, 'text');
    sql = `SELECT EXISTS (${linked('datastream u', `u.property = ${code}`)}) OR NOT EXISTS (SELECT 1 FROM observed_property o WHERE o.code = ${code} AND ${q.inside('o.adcode')}) AS taken`;
  } else if (set === 'FeaturesOfInterest') {
    if (row['kind'] !== 'own') throw forbidden();
    sql = `SELECT EXISTS (${linked('observation_detail x JOIN datastream u ON u.id = x.datastream', `x.feature = ${q.add(row['num'], 'bigint')}`)}) AS taken`;
  }
  if (sql === null) return;
  const [answer] = await writing.house.database.query<{ taken: boolean }>(q.finish(sql), q.values);
  if (answer?.taken) throw forbidden();
}
