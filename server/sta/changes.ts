// PATCH and PUT of entities: what is named changes, the rest stays (PATCH) or becomes what an absent one is (PUT). The id never changes.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §10.3 (update), §10.3.1 (PUT), §10.3.2 (JSON Patch); Table 25: a link is changed by its id.
// `properties` are merged by PATCH, null takes a name away (RFC 7396): a note about a station must not unhook its device.

import { mayRead } from '../../contracts/access.ts';
import { Problem } from '../../contracts/problem.ts';
import { areaName } from '../routes/areas.ts';
import { checkPosition } from '../store/position.ts';
import {
  bad,
  checkObservationType,
  freeProperties,
  type Json,
  json,
  type Known,
  prose,
  readLocation,
  readProperties,
  readUnit,
  record,
  word,
} from './bodies.ts';
import { linkOf, numberId, timeOf } from './drafts.ts';
import { checkGeometry } from './geometry.ts';
import { attributeNames, type EntitySet, navigation } from './model.ts';
import { address } from './path.ts';
import { bodyOf, idOf } from './print.ts';
import type { Found } from './reader.ts';
import { audit, checkOwn, checkStream, place, thingOf, type Writing } from './writing.ts';

/** Attributes that an entity cannot be without, for PUT. */
const needed: Readonly<Record<EntitySet, readonly string[]>> = {
  Things: ['name', 'description'],
  Locations: ['name', 'description', 'encodingType', 'location'],
  HistoricalLocations: ['time'],
  Datastreams: ['name', 'description', 'observationType', 'unitOfMeasurement'],
  Sensors: ['name', 'description', 'encodingType', 'metadata'],
  ObservedProperties: ['name', 'definition', 'description'],
  Observations: ['phenomenonTime', 'result'],
  FeaturesOfInterest: ['name', 'description', 'encodingType', 'feature'],
};

/** What is not of the entity is refused by its name; what a client only read (id, links) may come back. @throws Problem bad-body */
export function checkNames(set: EntitySet, body: Json): void {
  for (const name of Object.keys(body)) {
    if (name.startsWith('@iot.') || /@iot\.(navigationLink|count|nextLink)$/.test(name)) continue;
    if (attributeNames(set).includes(name) || navigation(set, name)) continue;
    throw bad(`${set} 没有 ${name.slice(0, 40)}，有 ${attributeNames(set).join('、')}`);
  }
}
export function checkWhole(set: EntitySet, body: Json): void {
  for (const name of needed[set]) if (body[name] === undefined) throw bad(`PUT 要给出 ${name}`);
}
/** PATCH of a free JSON object (RFC 7396 at its first level). */
function merged(before: unknown, change: Json): Json {
  const result: Record<string, unknown> = { ...(before as Json | null) };
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete result[name];
    else result[name] = value;
  }
  return result;
}

/** Changes an entity that is no Observation. @param whole PUT. @throws Problem */
export async function change(writing: Writing, found: Found, body: Json, whole: boolean, known: Known): Promise<void> {
  const { set, row } = found;
  checkNames(set, body);
  if (whole) checkWhole(set, body);
  const given = (name: string): boolean =>
    body[name] !== undefined || (whole && attributeNames(set).includes(name) && name === 'properties');
  const properties = (before: unknown): Json | null => {
    const next = freeProperties(body['properties']);
    return whole ? (next ?? null) : merged(before, next ?? {});
  };
  await checkOwn(writing, found);
  switch (set) {
    case 'Things':
      await changeThing(writing, found, body, whole, known);
      break;
    case 'Locations':
      await changeLocation(writing, found, body, given('properties') ? properties(row['properties']) : undefined);
      break;
    case 'HistoricalLocations':
      await changeHistoricalLocation(writing, found, body);
      break;
    case 'Datastreams':
      await changeDatastream(writing, found, body, whole);
      break;
    default: {
      const [table, column] = {
        Sensors: ['sensor', 'id'],
        ObservedProperties: ['observed_property', 'code'],
        FeaturesOfInterest: ['feature_of_interest', 'id'],
        Observations: ['', ''],
      }[set];
      for (const name of ['Datastreams', 'Observations']) if (body[name] !== undefined) throw bad(`${name} 从另一端改`);
      const columns: Record<string, unknown> = {};
      if (body['name'] !== undefined) columns['name'] = word(body['name'], 'name', 200);
      if (body['description'] !== undefined) columns['description'] = prose(body['description'], 'description', 1000);
      if (body['definition'] !== undefined) columns['definition'] = word(body['definition'], 'definition', 500);
      if (body['encodingType'] !== undefined) columns['encoding_type'] = word(body['encodingType'], 'encodingType', 200);
      if (body['metadata'] !== undefined) columns['metadata::jsonb'] = JSON.stringify(json(body['metadata'], 'metadata'));
      if (body['feature'] !== undefined) {
        columns['feature::jsonb'] = JSON.stringify(json(body['feature'], 'feature'));
        const encoding = String(columns['encoding_type'] ?? row['encodingType']);
        columns['geom'] = /^application\/(vnd\.)?geo\+json$/.test(encoding) ? checkGeometry(body['feature']) : null;
      }
      if (given('properties')) {
        // What the house itself says of a code is printed with it and not kept with it.
        const next = properties(row['properties']);
        const { code: _code, unit: _unit, ...own } = next ?? {};
        columns['properties::jsonb'] = next === null ? null : JSON.stringify(set === 'ObservedProperties' ? own : next);
      }
      await write(
        writing,
        table as string,
        column as string,
        set === 'FeaturesOfInterest' ? row['num'] : set === 'Sensors' ? Number(row['id']) : row['id'],
        columns,
      );
    }
  }
  audit(writing, address(set, idOf(set, row)), { changed: Object.keys(body).filter((name) => !name.includes('@iot.')) });
}

/** @param columns name (with ::jsonb where it is JSON; geom is WKT) → value */
async function write(
  { house }: Writing,
  table: string,
  key: string,
  id: unknown,
  columns: Readonly<Record<string, unknown>>,
): Promise<void> {
  const names = Object.keys(columns);
  if (names.length === 0) return;
  const sets = names.map((name, index) => {
    const [column, type] = name.split('::');
    const parameter = `$${index + 2}`;
    return `${column} = ${column === 'geom' ? `ST_GeomFromText(${parameter}, 4490)` : type ? `${parameter}::${type}` : parameter}`;
  });
  await house.database.query(`UPDATE ${table} SET ${sets.join(', ')} WHERE ${key} = $1`, [id, ...Object.values(columns)]);
}

async function changeThing(writing: Writing, { row }: Found, body: Json, whole: boolean, known: Known): Promise<void> {
  const { house, identity } = writing;
  const before = thingOf(writing, row['id'] as number);
  if (body['Datastreams'] !== undefined || body['HistoricalLocations'] !== undefined)
    throw bad('Datastreams、HistoricalLocations 从另一端改');
  const free = whole ? (freeProperties(body['properties']) ?? {}) : merged(before.properties, freeProperties(body['properties']) ?? {});
  const { adcode = before.adcode, uid = before.uid, ...properties } = readProperties(free, known);
  if (uid !== before.uid) throw new Problem('conflict', { what: 'properties.uid 不能改' });
  const area = areaName(adcode);
  if (area === null) throw bad(`${adcode} 不是辽宁的行政区划代码（GB/T 2260）`);
  if (!mayRead(identity.scope, { adcode })) throw new Problem('forbidden', { what: `在${area}登记` });
  checkStream(writing, properties.stream);
  const links = body['Locations'];
  if (links !== undefined && (!Array.isArray(links) || links.length !== 1)) throw bad('Locations 应为一个 {"@iot.id": …} 的数组');
  const location = links === undefined ? null : numberId(linkOf((links as unknown[])[0], 'Locations'), 'Locations');
  if (location !== null) await writing.reader.find([{ name: 'Locations', key: location }]);
  let thing = await house.registry.saveThing({
    ...before,
    adcode,
    properties,
    name: body['name'] === undefined ? before.name : word(body['name'], 'name', 100),
    description: body['description'] === undefined ? before.description : prose(body['description'], 'description', 1000),
  });
  if (location !== null) thing = await place(writing, thing, location);
  const device = properties.device;
  const had = before.properties.device;
  // A device that is hooked on by this is claimed by it: what was kept of it counts.
  if (device && (had?.id !== device.id || had.protocol !== device.protocol)) await house.replayUnclaimed(device.protocol, device.id);
}

async function changeLocation(writing: Writing, { row }: Found, body: Json, properties: Json | null | undefined): Promise<void> {
  const { house } = writing;
  const id = row['id'] as number;
  if (body['HistoricalLocations'] !== undefined) throw bad('HistoricalLocations 从另一端改');
  const things = body['Things'];
  if (things !== undefined && !Array.isArray(things)) throw bad('Things 应为数组');
  const linked = ((things ?? []) as unknown[]).map((one) => thingOf(writing, numberId(linkOf(one, 'Things'), 'Things')));
  const columns: Record<string, unknown> = {};
  if (body['name'] !== undefined) columns['name'] = word(body['name'], 'name', 100);
  if (body['description'] !== undefined) columns['description'] = prose(body['description'], 'description', 1000);
  if (body['encodingType'] !== undefined) columns['encoding_type'] = word(body['encodingType'], 'encodingType', 200);
  if (properties !== undefined) columns['properties::jsonb'] = properties === null ? null : JSON.stringify(properties);
  if (body['location'] !== undefined) {
    const position = readLocation({ encodingType: body['encodingType'] ?? row['encodingType'], location: body['location'] });
    checkPosition(position);
    columns['location::jsonb'] = JSON.stringify(json(body['location'], 'location'));
    columns['geom'] = `POINT(${position[0]} ${position[1]})`;
    await write(writing, 'location', 'id', id, columns);
    // Whoever stands here moved with it.
    const standing = await house.database.query<{ thing: number }>('SELECT thing FROM thing_location WHERE location = $1', [id]);
    for (const { thing } of standing) {
      const each = house.registry.thing(thing);
      if (each) await house.registry.saveThing({ ...each, position });
    }
  } else await write(writing, 'location', 'id', id, columns);
  for (const thing of linked) await place(writing, thing, id);
}

async function changeHistoricalLocation(writing: Writing, { row }: Found, body: Json): Promise<void> {
  const { database } = writing.house;
  const id = row['id'] as number;
  const locations = body['Locations'];
  if (locations !== undefined && (!Array.isArray(locations) || locations.length === 0)) throw bad('Locations 应为 {"@iot.id": …} 的数组');
  const ids = ((locations ?? []) as unknown[]).map((one) => numberId(linkOf(one, 'Locations'), 'Locations'));
  for (const one of ids) await writing.reader.find([{ name: 'Locations', key: one }]);
  const thing = body['Thing'] === undefined ? null : thingOf(writing, numberId(linkOf(body['Thing'], 'Thing'), 'Things'));
  const time = body['time'] === undefined ? null : new Date(timeOf(body['time'], 'time')).toISOString();
  await database.transaction(async (tx) => {
    await tx.query(
      'UPDATE historical_location SET time = coalesce($2::timestamptz, time), thing = coalesce($3::int, thing) WHERE id = $1',
      [id, time, thing?.id ?? null],
    );
    if (ids.length === 0) return;
    await tx.query('DELETE FROM historical_location_location WHERE historical = $1', [id]);
    await tx.query(
      'INSERT INTO historical_location_location (historical, location) SELECT $1, unnest($2::bigint[]) ON CONFLICT DO NOTHING',
      [id, ids],
    );
  });
}

async function changeDatastream(writing: Writing, { row }: Found, body: Json, whole: boolean): Promise<void> {
  const { house, reader } = writing;
  const datastream = house.registry.datastream(row['id'] as number);
  if (!datastream) throw new Problem('not-found', { what: address('Datastreams', row['id'] as number) });
  checkObservationType(body['observationType']);
  if (body['Observations'] !== undefined) throw bad('Observations 从另一端改');
  // Which Thing, which property, which period: that is what a series is, and what its history was judged as.
  const fixed = (what: string): Problem =>
    new Problem('conflict', { what: `Datastreams(${datastream.id}) 的 ${what} 不能改：历史按它判别` });
  if (body['Thing'] !== undefined && String(linkOf(body['Thing'], 'Thing')) !== String(datastream.thing)) throw fixed('Thing');
  if (body['ObservedProperty'] !== undefined && String(linkOf(body['ObservedProperty'], 'ObservedProperty')) !== datastream.property)
    throw fixed('ObservedProperty');
  const free = freeProperties(body['properties']);
  const printed = row['properties'] as Json;
  for (const name of ['series', 'period', 'statistic', 'provenance'])
    if (free?.[name] !== undefined && free[name] !== printed[name]) throw fixed(`properties.${name}`);
  const columns: Record<string, unknown> = {};
  if (body['description'] !== undefined) columns['description'] = prose(body['description'], 'description', 1000);
  if (free !== undefined || whole) {
    const { series: _s, period: _p, statistic: _t, provenance: _v, ...own } = whole ? (free ?? {}) : merged(printed, free ?? {});
    columns['properties::jsonb'] = JSON.stringify(own);
  }
  let unit = datastream.unit;
  if (body['unitOfMeasurement'] !== undefined) {
    columns['unit_of_measurement::jsonb'] = JSON.stringify(
      record(json(body['unitOfMeasurement'], 'unitOfMeasurement'), 'unitOfMeasurement'),
    );
    unit = readUnit(body['unitOfMeasurement']) ?? unit;
  }
  if (body['Sensor'] !== undefined) {
    const sensor = linkOf(body['Sensor'], 'Sensor');
    await reader.find([{ name: 'Sensors', key: sensor }]);
    if (/^\d+$/.test(String(sensor))) columns['sensor'] = Number(sensor);
    else if (sensor !== row['sensor'])
      throw new Problem('conflict', { what: `Sensors('${String(sensor).slice(0, 40)}') 是协议，随对象的接入方式` });
  }
  const name = body['name'] === undefined ? datastream.name : word(body['name'], 'name', 200);
  await write(writing, 'datastream', 'id', datastream.id, columns);
  if (name !== datastream.name || unit !== datastream.unit) await house.registry.saveDatastream(datastream.id, { name, unit });
}

/** RFC 6902 works on the entity as it is printed, without ids and links. */
export function patchable({ set, row }: Found): Json {
  return bodyOf(set, row);
}
