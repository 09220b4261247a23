// Makes what was posted: entities with those inside them, links to those that are there.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §10.2.1–10.2.1.3, Table 24 (what has to be linked), §8.2.3 (HistoricalLocations).

import { seriesKey } from '../../contracts/observation.ts';
import { isKnownProperty, observedProperty } from '../../contracts/observed-property.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Datastream } from '../../contracts/thing.ts';
import { streamBySeries } from '../../streams/by-series.ts';
import { registerThing } from '../routes/register.ts';
import { checkPosition } from '../store/position.ts';
import type { Json, Known } from './bodies.ts';
import type {
  DatastreamDraft,
  Draft,
  FeatureDraft,
  HistoricalLocationDraft,
  LocationDraft,
  ObservedPropertyDraft,
  Ref,
  SensorDraft,
  ThingDraft,
} from './drafts.ts';
import { DraftReader, numberId } from './drafts.ts';
import type { EntitySet } from './model.ts';
import { address } from './path.ts';
import { areaOf, areaOfWriter, audit, checkStream, place, thingOf, type Writing } from './writing.ts';

/** An entity that was made. */
export interface Made {
  readonly set: EntitySet;
  readonly id: number | string;
}
/** Where a draft was posted: the entities of the path it stands under. */
export type Around = Readonly<Partial<Record<EntitySet, number | string>>>;

/** @throws Problem bad-body */
function codeWord(code: string): string {
  if (!/^[\w.-]{1,40}$/.test(code)) throw new Problem('bad-body', { reason: 'ObservedProperty.@iot.id 应为标准的代码，如 a34004' });
  return code;
}
/** An entity of its own, not the link to one. */
export function isInline(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('@iot.id' in value);
}
const textOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

/** One request's creations. Whatever was made before a failure is in `made`, newest last, for whoever takes it back. */
export class Creation {
  readonly made: Made[] = [];
  readonly #writing: Writing;
  readonly #known: Known;
  constructor(writing: Writing, known: Known) {
    this.#writing = writing;
    this.#known = known;
  }

  #note(set: EntitySet, id: number | string): Made {
    const made = { set, id };
    this.made.push(made);
    audit(this.#writing, address(set, id), { created: set });
    return made;
  }
  async #exists(set: EntitySet, id: number | string): Promise<void> {
    await this.#writing.reader.find([{ name: set, key: id }]);
  }

  /** @throws Problem */
  create(draft: Draft, around: Around): Promise<Made> {
    switch (draft.set) {
      case 'Things':
        return this.thing(draft, around);
      case 'Locations':
        return this.location(draft, around);
      case 'HistoricalLocations':
        return this.historicalLocation(draft);
      case 'Datastreams':
        return this.datastream(draft, around);
      case 'Sensors':
        return this.sensor(draft);
      case 'ObservedProperties':
        return this.observedProperty(draft);
      case 'FeaturesOfInterest':
        return this.feature(draft);
    }
  }

  async thing(draft: ThingDraft, around: Around = {}): Promise<Made> {
    const { house, identity, address: from, random } = this.#writing;
    const { adcode: givenArea, uid, ...properties } = draft.properties;
    const first = draft.locations[0];
    const inline = first && 'draft' in first ? first.draft : null;
    const linked =
      first && 'id' in first ? numberId(first.id, 'Locations') : typeof around.Locations === 'number' ? around.Locations : null;
    let position = inline?.position ?? null;
    if (position) checkPosition(position);
    if (linked !== null) {
      await this.#exists('Locations', linked);
      const [row] = await house.database.query<{ lng: number; lat: number }>(
        'SELECT ST_X(geom) AS lng, ST_Y(geom) AS lat FROM location WHERE id = $1',
        [linked],
      );
      position = row ? [row.lng, row.lat] : null;
    }
    const adcode = await areaOf(this.#writing, givenArea, position);
    for (const one of draft.datastreams) await this.#checkDatastream(one);
    const thing = { name: draft.name, description: draft.description, adcode, position: linked === null ? position : null, properties };
    const datastreams = draft.datastreams.flatMap(({ property, series: { period, statistic }, unit }) => {
      const code = 'id' in property ? String(property.id) : property.draft.code;
      return code === undefined ? [] : [{ series: seriesKey(codeWord(code), period, statistic), unit }];
    });
    if (new Set(datastreams.map(({ series }) => series)).size < datastreams.length)
      throw new Problem('bad-body', { reason: 'Datastreams 中同一序列出现两次' });
    const series = datastreams.map((one) => one.series);
    checkStream(this.#writing, properties.stream ?? streamBySeries(house.streams, series));
    const registered = await registerThing(house, { identity, address: from }, { uid: uid ?? null, thing, datastreams }, random);
    const made = this.#note('Things', registered.thing.id);
    if (linked !== null) await place(this.#writing, registered.thing, linked);
    if (inline) await this.#describePlace(registered.thing.id, inline);
    for (const one of draft.datastreams) await this.datastream(one, { Things: registered.thing.id }, true);
    return made;
  }
  /** The Location that came with a new Thing (trigger thing_placed) is called what its draft calls it. */
  async #describePlace(thing: number, draft: LocationDraft): Promise<void> {
    await this.#writing.house.database.query(
      `UPDATE location l SET name = coalesce(nullif($2, ''), l.name), description = coalesce(nullif($3, ''), l.description), encoding_type = $4,
         location = $5::jsonb, properties = $6::jsonb
       FROM thing_location t WHERE t.location = l.id AND t.thing = $1`,
      [thing, draft.name, draft.description, draft.encodingType, JSON.stringify(draft.location), textOf(draft.properties)],
    );
  }

  async location(draft: LocationDraft, around: Around = {}): Promise<Made> {
    checkPosition(draft.position);
    const things = typeof around.Things === 'number' ? [...draft.things, { id: around.Things }] : draft.things;
    // Seen first: a Location that could not be linked is not made.
    for (const one of things) if ('id' in one) thingOf(this.#writing, numberId(one.id, 'Things'));
    const [row] = await this.#writing.house.database.query<{ id: number }>(
      `INSERT INTO location (name, description, encoding_type, location, geom, properties, adcode)
       VALUES (coalesce(nullif($1, ''), '位置'), $2, $3, $4::jsonb, ST_SetSRID(ST_MakePoint($5, $6), 4490), $7::jsonb, $8) RETURNING id`,
      [
        draft.name,
        draft.description,
        draft.encodingType,
        JSON.stringify(draft.location),
        ...draft.position,
        textOf(draft.properties),
        areaOfWriter(this.#writing),
      ],
    );
    const made = this.#note('Locations', row!.id);
    for (const one of things) {
      if ('id' in one) await place(this.#writing, thingOf(this.#writing, numberId(one.id, 'Things')), row!.id);
      else await this.thing({ ...one.draft, locations: [{ id: row!.id }] });
    }
    return made;
  }

  async #ref<T extends ThingDraft | LocationDraft | SensorDraft | ObservedPropertyDraft>(
    ref: Ref<T>,
    set: EntitySet,
  ): Promise<number | string> {
    if ('id' in ref) {
      await this.#exists(set, ref.id);
      return ref.id;
    }
    return (await this.create(ref.draft, {})).id;
  }

  /** §8.2.3: one that is later than all others of its Thing is where the Thing is now. */
  async historicalLocation(draft: HistoricalLocationDraft): Promise<Made> {
    const { house } = this.#writing;
    const thing = thingOf(this.#writing, numberId(await this.#ref(draft.thing, 'Things'), 'Things'));
    const locations: number[] = [];
    for (const one of draft.locations) locations.push(numberId(await this.#ref(one, 'Locations'), 'Locations'));
    const time = new Date(draft.time).toISOString();
    const { id, newest } = await house.database.transaction(async (tx) => {
      const [last] = await tx.query<{ newest: boolean }>(
        'SELECT coalesce(max(time) < $2::timestamptz, true) AS newest FROM historical_location WHERE thing = $1',
        [thing.id, time],
      );
      const [story] = await tx.query<{ id: number }>(
        'INSERT INTO historical_location (thing, time) VALUES ($1, $2::timestamptz) RETURNING id',
        [thing.id, time],
      );
      await tx.query(
        'INSERT INTO historical_location_location (historical, location) SELECT $1, unnest($2::bigint[]) ON CONFLICT DO NOTHING',
        [story!.id, locations],
      );
      if (last?.newest) {
        await tx.query('DELETE FROM thing_location WHERE thing = $1', [thing.id]);
        await tx.query('INSERT INTO thing_location (thing, location) VALUES ($1, $2)', [thing.id, locations[0]]);
      }
      return { id: story!.id, newest: last?.newest ?? false };
    });
    if (newest) {
      const [row] = await house.database.query<{ lng: number; lat: number }>(
        'SELECT ST_X(geom) AS lng, ST_Y(geom) AS lat FROM location WHERE id = $1',
        [locations[0]],
      );
      if (row) await house.registry.saveThing({ ...thing, position: [row.lng, row.lat] });
    }
    return this.#note('HistoricalLocations', id);
  }

  /** What it links to is there and seen. A code of a standard is everybody's; one that somebody made has an area. */
  async #checkDatastream({ sensor, property }: DatastreamDraft): Promise<void> {
    if (sensor && 'id' in sensor) await this.#exists('Sensors', sensor.id);
    const code = 'id' in property ? String(property.id) : property.draft.code;
    if (code === undefined) return;
    const made = await this.#writing.house.database.query('SELECT FROM observed_property WHERE code = $1 AND adcode IS NOT NULL', [code]);
    if (made.length > 0) await this.#exists('ObservedProperties', code);
  }
  /** @param fresh its Thing was made a moment ago, with the series of its drafts */
  async datastream(draft: DatastreamDraft, around: Around = {}, fresh = false): Promise<Made> {
    const { house } = this.#writing;
    const { registry, database } = house;
    const owner: Ref<ThingDraft> | null = typeof around.Things === 'number' ? { id: around.Things } : draft.thing;
    if (owner === null) throw new Problem('bad-body', { reason: '要给出 Thing.@iot.id' });
    await this.#checkDatastream(draft);
    const thing = thingOf(this.#writing, numberId(await this.#ref(owner, 'Things'), 'Things'));
    const code = around.ObservedProperties ?? (await this.#codeOf(draft.property));
    const series = seriesKey(String(code), draft.series.period, draft.series.statistic);
    if (!fresh && registry.datastreamOf(thing.id, series)) throw new Problem('conflict', { what: `Things(${thing.id}) 已有 ${series}` });
    const sensor = around.Sensors ?? (draft.sensor ? await this.#ref(draft.sensor, 'Sensors') : null);
    const road = typeof sensor === 'string' && !/^\d+$/.test(sensor);
    if (road && sensor !== (thing.properties.device?.protocol ?? 'sta'))
      throw new Problem('conflict', {
        what: `Sensors('${sensor}') 是协议，Things(${thing.id}) 经 ${thing.properties.device?.protocol ?? 'sta'} 接入`,
      });
    const datastream = await registry.ensureDatastream(thing, series, draft.unit);
    if (draft.name !== undefined || draft.unit !== undefined)
      await registry.saveDatastream(datastream.id, { name: draft.name ?? datastream.name, unit: draft.unit ?? datastream.unit });
    await database.query(
      'UPDATE datastream SET description = $2, unit_of_measurement = $3::jsonb, properties = $4::jsonb, sensor = $5 WHERE id = $1',
      [
        datastream.id,
        draft.description ?? null,
        textOf(draft.unitOfMeasurement),
        textOf(draft.properties),
        sensor === null || road ? null : Number(sensor),
      ],
    );
    const made = this.#note('Datastreams', datastream.id);
    await this.#observe(draft.observations, datastream);
    return made;
  }
  /** An ObservedProperty is linked by its code, also one of the standards that nobody has measured yet. */
  async #codeOf(ref: DatastreamDraft['property']): Promise<string> {
    const code = 'id' in ref ? String(ref.id) : ref.draft.code;
    if (code === undefined || ('draft' in ref && !(await this.#isThere(code))))
      return String((await this.create((ref as { draft: ObservedPropertyDraft }).draft, {})).id);
    return codeWord(code);
  }
  async #isThere(code: string): Promise<boolean> {
    return (await this.#writing.house.database.query('SELECT FROM observed_property WHERE code = $1', [code])).length > 0;
  }
  async #observe(bodies: readonly Json[], datastream: Datastream): Promise<void> {
    for (const body of bodies) await this.observation(datastream.id, body);
  }
  /** Through the gateway's door, as any other: logged, judged, kept. Gives its address. */
  async observation(datastream: number, body: Json): Promise<string> {
    const prepared = await this.prepare(body);
    const posted = await this.#writing.door.post(
      `/sta/v1.1/Datastreams(${datastream})/Observations`,
      new TextEncoder().encode(JSON.stringify(prepared)),
    );
    return posted.location;
  }
  /** What stands inside an Observation is made first, and linked. A FeatureOfInterest without a name is where this one Observation was made. */
  async prepare(body: Json): Promise<Json> {
    const next: Record<string, unknown> = { ...body };
    const { Datastream: datastream, FeatureOfInterest: feature } = body;
    if (isInline(datastream))
      next['Datastream'] = { '@iot.id': (await this.datastream(new DraftReader(this.#known).datastream(datastream))).id };
    if (isInline(feature) && 'name' in feature) {
      const { id } = await this.feature({ ...new DraftReader(this.#known).feature(feature), observations: [] });
      next['FeatureOfInterest'] = { '@iot.id': id, ...('feature' in feature ? { feature: feature['feature'] } : {}) };
    }
    return next;
  }

  async sensor(draft: SensorDraft): Promise<Made> {
    const [row] = await this.#writing.house.database.query<{ id: number }>(
      'INSERT INTO sensor (name, description, encoding_type, metadata, properties, adcode) VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6) RETURNING id',
      [
        draft.name,
        draft.description,
        draft.encodingType,
        JSON.stringify(draft.metadata),
        textOf(draft.properties),
        areaOfWriter(this.#writing),
      ],
    );
    const made = this.#note('Sensors', row!.id);
    for (const one of draft.datastreams) await this.datastream(one, { Sensors: row!.id });
    return made;
  }
  async observedProperty(draft: ObservedPropertyDraft): Promise<Made> {
    const { database } = this.#writing.house;
    const code = draft.code ?? `sta-${(await database.query<{ n: number }>(`SELECT nextval('sta_id') AS n`))[0]!.n}`;
    const known = isKnownProperty(code) ? observedProperty(code) : null;
    const rows = await database.query(
      `INSERT INTO observed_property (code, name, definition, description, properties, adcode) VALUES ($1, $2, $3, $4, $5::jsonb, $6)
       ON CONFLICT (code) DO NOTHING RETURNING code`,
      // A code of a standard means what the standard says.
      [
        code,
        known?.zh ?? draft.name,
        known ? `urn:liaozhi:property:${code}` : draft.definition,
        known?.source ?? draft.description,
        textOf(draft.properties),
        known ? null : areaOfWriter(this.#writing),
      ],
    );
    if (rows.length === 0) throw new Problem('conflict', { what: `ObservedProperties('${code}') 已有` });
    const made = this.#note('ObservedProperties', code);
    for (const one of draft.datastreams) await this.datastream(one, { ObservedProperties: code });
    return made;
  }
  async feature(draft: FeatureDraft): Promise<Made> {
    const [row] = await this.#writing.house.database.query<{ id: number }>(
      `INSERT INTO feature_of_interest (name, description, encoding_type, feature, geom, properties, adcode)
       VALUES ($1, $2, $3, $4::jsonb, ST_GeomFromText($5, 4490), $6::jsonb, $7) RETURNING id`,
      [
        draft.name,
        draft.description,
        draft.encodingType,
        JSON.stringify(draft.feature),
        draft.wkt,
        textOf(draft.properties),
        areaOfWriter(this.#writing),
      ],
    );
    const made = this.#note('FeaturesOfInterest', row!.id);
    for (const body of draft.observations) {
      const datastream = (body['Datastream'] as { '@iot.id'?: unknown } | undefined)?.['@iot.id'];
      if (typeof datastream !== 'number') throw new Problem('bad-body', { reason: 'Observations 要给出 Datastream.@iot.id' });
      await this.observation(datastream, { ...body, FeatureOfInterest: { '@iot.id': row!.id } });
    }
    return made;
  }
}
