// DELETE of entities, with what cannot be without them.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §10.4, Table 26 (integrity constraints): Thing → its Datastreams and HistoricalLocations;
// Location → its HistoricalLocations; Sensor, ObservedProperty → their Datastreams; Datastream, FeatureOfInterest → their Observations.
import { Problem } from '../../contracts/problem.ts';
import type { Row } from '../database/database.ts';
import type { EntitySet } from './model.ts';
import { withdraw } from './observation-changes.ts';
import { address } from './path.ts';
import { idOf } from './print.ts';
import type { Found } from './reader.ts';
import { audit, checkOwn, thingOf, type Writing } from './writing.ts';

/** Observations of a feature that one DELETE withdraws. */
const mostWithdrawn = 1000;

/** @throws Problem forbidden | conflict */
export async function remove(writing: Writing, found: Found): Promise<void> {
  const { set, row } = found;
  if (set === 'Observations') return withdraw(writing, found);
  await checkOwn(writing, found);
  const { house } = writing;
  const { database, registry } = house;
  switch (set) {
    case 'Things':
      thingOf(writing, row['id'] as number);
      await removeThing(writing, row['id'] as number);
      break;
    case 'Datastreams':
      await registry.dropDatastream(row['id'] as number);
      break;
    case 'Sensors':
    case 'ObservedProperties':
      await removeWithDatastreams(writing, set, row);
      break;
    case 'Locations':
      await removeLocation(writing, row);
      break;
    case 'HistoricalLocations':
      await database.query('DELETE FROM historical_location WHERE id = $1', [row['id']]);
      break;
    case 'FeaturesOfInterest':
      await removeFeature(writing, row);
      break;
  }
  audit(writing, address(set, idOf(set, row)), { deleted: set });
}

/** The places that were made for it go with it; what was posted as a Location of its own stays. */
async function removeThing({ house }: Writing, id: number): Promise<void> {
  const places = await house.database.query<{ id: number }>(
    `SELECT l.id FROM location l WHERE l.adcode IS NULL AND (l.id IN (SELECT t.location FROM thing_location t WHERE t.thing = $1)
       OR l.id IN (SELECT hl.location FROM historical_location_location hl JOIN historical_location h ON h.id = hl.historical WHERE h.thing = $1))`,
    [id],
  );
  await house.registry.dropThing(id);
  await house.database.query(
    `DELETE FROM location l WHERE l.id = ANY($1::bigint[]) AND NOT EXISTS (SELECT FROM thing_location t WHERE t.location = l.id)
       AND NOT EXISTS (SELECT FROM historical_location_location hl WHERE hl.location = l.id)`,
    [places.map((place) => place.id)],
  );
}

/** All of them are the writer's: checkOwn has seen to it. */
async function removeWithDatastreams({ house }: Writing, set: EntitySet, row: Row): Promise<void> {
  const { database, registry } = house;
  const sensor = set === 'Sensors';
  const id = sensor ? Number(row['id']) : row['id'];
  const streams = await database.query<{ id: number }>(`SELECT id FROM datastream WHERE ${sensor ? 'sensor = $1' : 'property = $1'}`, [id]);
  for (const one of streams) await registry.dropDatastream(one.id);
  await database.query(sensor ? 'DELETE FROM sensor WHERE id = $1' : 'DELETE FROM observed_property WHERE code = $1', [id]);
}

/** A Thing that stood there stands nowhere until it is placed again. */
async function removeLocation({ house }: Writing, row: Row): Promise<void> {
  const { database, registry } = house;
  const standing = await database.transaction(async (tx) => {
    const things = await tx.query<{ thing: number }>('SELECT thing FROM thing_location WHERE location = $1', [row['id']]);
    await tx.query(
      `DELETE FROM historical_location h USING historical_location_location hl WHERE hl.historical = h.id AND hl.location = $1`,
      [row['id']],
    );
    await tx.query('DELETE FROM location WHERE id = $1', [row['id']]);
    return things;
  });
  for (const { thing } of standing) {
    const each = registry.thing(thing);
    if (each) await registry.saveThing({ ...each, position: null });
  }
}

async function removeFeature(writing: Writing, row: Row): Promise<void> {
  const { reader } = writing;
  const path = [
    { name: 'FeaturesOfInterest', key: row['num'] as number },
    { name: 'Observations', key: null },
  ];
  const { value } = (await reader.answer(path, { $select: 'id', $top: String(mostWithdrawn) }, '')) as {
    value: { '@iot.id': string }[];
    '@iot.nextLink'?: string;
  };
  const [more] = await writing.house.database.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM observation_detail WHERE feature = $1 AND NOT withdrawn',
    [row['num']],
  );
  if ((more?.n ?? 0) > mostWithdrawn && value.length === mostWithdrawn)
    throw new Problem('conflict', { what: `FeaturesOfInterest(${String(row['num'])}) 的观测超过 ${mostWithdrawn} 条，请先分批撤回` });
  for (const one of value) await withdraw(writing, await reader.find([{ name: 'Observations', key: one['@iot.id'] }]));
  await writing.house.database.query('DELETE FROM feature_of_interest WHERE id = $1', [row['num']]);
}
