// Who sends what: Things by device and Datastreams by Thing and series, in memory, with every change written to the database first.

import type { Period, SeriesKey, Statistic } from '../../contracts/observation.ts';
import { isKnownProperty, observedProperty } from '../../contracts/observed-property.ts';
import { Problem } from '../../contracts/problem.ts';
import { type Datastream, deviceId, type Thing, type ThingProperties } from '../../contracts/thing.ts';
import type { Database, Row } from '../database/database.ts';
import type { Registry } from '../house.ts';
import { checkPosition } from './position.ts';

export { checkPosition };

const statisticTitle: Readonly<Record<Statistic, string>> = { value: '', mean: '均值', min: '最小值', max: '最大值', sum: '累计' };
const periodTitle: Readonly<Record<Period, string>> = { instant: '实时', minute: '分钟', hour: '小时', day: '日' };

/** Property code, period and statistic of a key. @throws Problem bad-parameter */
export function splitSeries(series: string): { property: string; period: Period; statistic: Statistic } {
  const [property, period, statistic] = series.split('/');
  if (!property || !period || !statistic || !(period in periodTitle) || !(statistic in statisticTitle))
    throw new Problem('bad-parameter', { name: 'series', given: series, allowed: '代码/instant|minute|hour|day/value|mean|min|max|sum' });
  return { property, period: period as Period, statistic: statistic as Statistic };
}

/** The name of a Datastream as pages print it: PM2.5 小时均值. */
export function datastreamName(series: SeriesKey): string {
  const { property, period, statistic } = splitSeries(series);
  return `${observedProperty(property).zh} ${periodTitle[period]}${statisticTitle[statistic]}`;
}

const thingColumns = 'id, uid, name, description, adcode, properties, ST_X(geom) AS lng, ST_Y(geom) AS lat';
function thingOf(row: Row): Thing {
  return {
    id: row['id'] as number,
    uid: row['uid'] as string,
    name: row['name'] as string,
    description: row['description'] as string,
    adcode: row['adcode'] as string,
    position: row['lng'] === null ? null : [row['lng'] as number, row['lat'] as number],
    properties: row['properties'] as ThingProperties,
  };
}

/** Loads everything; `onThing` hears every Thing, now and later; `onGone` those that are registered no more. */
export async function openRegistry(
  database: Database,
  onThing: (thing: Thing) => void,
  onGone?: (thing: number) => void,
): Promise<Registry> {
  const things = new Map<number, Thing>();
  /** By protocol, then by the device's own id. */
  const devices = new Map<string, Map<string, Thing>>();
  const datastreams = new Map<number, Datastream>();
  const ofThing = new Map<number, Map<SeriesKey, Datastream>>();
  const making = new Map<string, Promise<Datastream>>();
  const byDevice = (protocol: string, device: string): Thing | undefined => devices.get(protocol)?.get(deviceId(protocol, device));

  function keepThing(thing: Thing): Thing {
    const before = things.get(thing.id)?.properties.device;
    if (before) devices.get(before.protocol)?.delete(deviceId(before.protocol, before.id));
    things.set(thing.id, thing);
    const device = thing.properties.device;
    if (device) {
      const known = devices.get(device.protocol) ?? new Map<string, Thing>();
      devices.set(device.protocol, known.set(deviceId(device.protocol, device.id), thing));
    }
    onThing(thing);
    return thing;
  }
  function keepDatastream(row: Row): Datastream {
    const datastream: Datastream = {
      id: row['id'] as number,
      thing: row['thing'] as number,
      series: row['series'] as SeriesKey,
      property: row['property'] as string,
      name: row['name'] as string,
      unit: row['unit'] as string,
    };
    datastreams.set(datastream.id, datastream);
    const siblings = ofThing.get(datastream.thing) ?? new Map<SeriesKey, Datastream>();
    ofThing.set(datastream.thing, siblings.set(datastream.series, datastream));
    return datastream;
  }
  for (const row of await database.query(`SELECT ${thingColumns} FROM thing`)) keepThing(thingOf(row));
  for (const row of await database.query('SELECT id, thing, series, property, name, unit FROM datastream')) keepDatastream(row);

  async function makeDatastream(thing: Thing, series: SeriesKey, unit: string | undefined): Promise<Datastream> {
    const { property } = splitSeries(series);
    const known = observedProperty(property);
    const definition = isKnownProperty(property) ? `urn:liaozhi:property:${property}` : `urn:liaozhi:property:unlisted:${property}`;
    await database.query(
      'INSERT INTO observed_property (code, name, definition, description) VALUES ($1, $2, $3, $4) ON CONFLICT (code) DO NOTHING',
      [property, known.zh, definition, known.source],
    );
    const rows = await database.query(
      `INSERT INTO datastream (thing, property, series, name, unit) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (thing, series) DO UPDATE SET series = excluded.series RETURNING id, thing, series, property, name, unit`,
      [thing.id, property, series, datastreamName(series), unit ?? known.unit],
    );
    return keepDatastream(rows[0] as Row);
  }

  return {
    byDevice,
    thing: (id) => things.get(id),
    things: () => things.values(),
    datastream: (id) => datastreams.get(id),
    datastreamOf: (thing, series) => ofThing.get(thing)?.get(series),
    datastreamsOf: (thing) => [...(ofThing.get(thing)?.values() ?? [])],
    async saveThing(thing) {
      if (thing.position) checkPosition(thing.position);
      const device = thing.properties.device;
      const other = device ? byDevice(device.protocol, device.id) : undefined;
      if (other && other.uid !== thing.uid)
        throw new Problem('conflict', { what: `${device?.protocol} ${device?.id} 已登记为 ${other.name}` });
      const rows = await database.query(
        `INSERT INTO thing (uid, name, description, adcode, stream, department, provenance, protocol, device, properties, geom, geom_3857)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, ST_SetSRID(ST_MakePoint($11, $12), 4490),
           ST_Transform(ST_SetSRID(ST_MakePoint($11, $12), 4490), 3857))
         ON CONFLICT (uid) DO UPDATE SET name = excluded.name, description = excluded.description, adcode = excluded.adcode,
           stream = excluded.stream, department = excluded.department, provenance = excluded.provenance, protocol = excluded.protocol,
           device = excluded.device, properties = excluded.properties, geom = excluded.geom, geom_3857 = excluded.geom_3857, updated = now()
         RETURNING ${thingColumns}`,
        [
          ...[thing.uid, thing.name, thing.description, thing.adcode, thing.properties.stream ?? null, thing.properties.department ?? null],
          ...[thing.properties.provenance ?? 'measured', device?.protocol ?? null, device?.id ?? null, JSON.stringify(thing.properties)],
          ...[thing.position?.[0] ?? null, thing.position?.[1] ?? null],
        ],
        'thing-save',
      );
      return keepThing(thingOf(rows[0] as Row));
    },
    async saveDatastream(id, { name, unit }) {
      const [row] = await database.query(
        'UPDATE datastream SET name = $2, unit = $3 WHERE id = $1 RETURNING id, thing, series, property, name, unit',
        [id, name, unit],
      );
      if (!row) throw new Problem('not-found', { what: `Datastreams(${id})` });
      return keepDatastream(row);
    },
    async dropThing(id) {
      await database.query('DELETE FROM thing WHERE id = $1', [id]);
      for (const { id: datastream } of ofThing.get(id)?.values() ?? []) datastreams.delete(datastream);
      ofThing.delete(id);
      const device = things.get(id)?.properties.device;
      if (device) devices.get(device.protocol)?.delete(deviceId(device.protocol, device.id));
      things.delete(id);
      onGone?.(id);
    },
    async dropDatastream(id) {
      await database.query('DELETE FROM datastream WHERE id = $1', [id]);
      const gone = datastreams.get(id);
      datastreams.delete(id);
      if (gone) ofThing.get(gone.thing)?.delete(gone.series);
    },
    ensureDatastream(thing, series, unit) {
      const found = ofThing.get(thing.id)?.get(series);
      if (found) return Promise.resolve(found);
      const key = `${thing.id} ${series}`;
      const made =
        making.get(key) ??
        makeDatastream(thing, series, unit).finally(() => {
          making.delete(key);
        });
      making.set(key, made);
      return made;
    },
  };
}
