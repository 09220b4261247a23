// Each entity set as a SELECT: the columns that are printed and filtered, what the asker may see of it, and where navigations lead.
//
// Every SELECT gives `id`, the attributes under their SensorThings names, the links to what it belongs to, and `stream` of its Thing for the
// audit. Words of a client never stand in these texts: what he gives comes in through Parameters.
import { checks, periods, qualities } from '../../contracts/observation.ts';
import { periodSeconds } from '../../streams/staleness.ts';
import type { EntitySet } from './model.ts';
import type { Parameters } from './parameters.ts';

/** Links of a row of each set, with their types: enough to go on from it, in another statement too. */
export const links: Readonly<Record<EntitySet, Readonly<Record<string, string>>>> = {
  Things: { id: 'int' },
  Locations: { id: 'bigint' },
  HistoricalLocations: { id: 'bigint', thing: 'int' },
  Datastreams: { id: 'int', thing: 'int', property: 'text', sensor: 'text' },
  Sensors: { id: 'text' },
  ObservedProperties: { id: 'text' },
  Observations: {
    ...{ id: 'text', datastream: 'int', phenomenon_time: 'timestamptz', identity: 'int', thing: 'int' },
    ...{ lng: 'float8', lat: 'float8', feature_id: 'bigint' },
  },
  FeaturesOfInterest: { kind: 'text', num: 'bigint', thing: 'int', datastream: 'int', phenomenon_time: 'timestamptz', identity: 'int' },
};

const measurement = 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement';
const geojson = 'application/geo+json';

function things(q: Parameters, where: string): string {
  return `SELECT th.id, th.name, th.description, th.properties || jsonb_build_object('uid', th.uid, 'adcode', th.adcode) AS properties, th.stream
    FROM thing th WHERE ${q.sees('th')} AND ${where}`;
}

/** @param where reached by a Thing or a HistoricalLocation that is seen; null: on its own, and then it must be seen itself */
function locations(q: Parameters, where: string | null): string {
  const linked = `FROM historical_location_location hl JOIN historical_location h ON h.id = hl.historical JOIN thing v ON v.id = h.thing
    WHERE hl.location = l.id`;
  const current = 'FROM thing_location tl JOIN thing v ON v.id = tl.thing WHERE tl.location = l.id';
  const seen = (): string => `(EXISTS (SELECT 1 ${current} AND ${q.sees('v')}) OR EXISTS (SELECT 1 ${linked} AND ${q.sees('v')})
    OR (${q.inside('l.adcode')} AND NOT EXISTS (SELECT 1 ${linked}) AND NOT EXISTS (SELECT 1 ${current})))`;
  return `SELECT l.id, l.name, l.description, l.encoding_type AS "encodingType", l.location, l.geom, l.properties,
      (SELECT v.stream ${current} LIMIT 1) AS stream
    FROM location l WHERE ${where ?? seen()}`;
}

function historicalLocations(q: Parameters, where: string): string {
  return `SELECT h.id, h.time, h.thing, th.stream FROM historical_location h JOIN thing th ON th.id = h.thing WHERE ${q.sees('th')} AND ${where}`;
}

const sensorOf = `coalesce(d.sensor::text, th.protocol, 'sta')`;
function datastreams(q: Parameters, where: string): string {
  const unit = `${q.units()} -> d.property`;
  return `SELECT d.id, d.name, coalesce(d.description, th.name || ' ' || d.name) AS description,
      coalesce(d.observation_type, '${measurement}') AS "observationType",
      coalesce(d.unit_of_measurement, jsonb_build_object('name', nullif(d.unit, ''),
        'symbol', CASE WHEN d.unit = coalesce(${unit} ->> 'unit', '') THEN coalesce(${unit} ->> 'text', '') ELSE d.unit END,
        'definition', 'ucum:' || nullif(d.unit, ''))) AS "unitOfMeasurement",
      coalesce(d.properties, '{}') || jsonb_build_object('series', d.series, 'period', split_part(d.series, '/', 2),
        'statistic', split_part(d.series, '/', 3), 'provenance', th.provenance) AS properties,
      d.thing, d.property, ${sensorOf} AS sensor, th.stream, split_part(d.series, '/', 2) AS period
    FROM datastream d JOIN thing th ON th.id = d.thing WHERE ${q.sees('th')} AND ${where}`;
}

function sensors(q: Parameters, where: string | null): string {
  const linked = 'FROM datastream d JOIN thing v ON v.id = d.thing WHERE d.sensor = s.id';
  const seen = (): string =>
    `(EXISTS (SELECT 1 ${linked} AND ${q.sees('v')}) OR (${q.inside('s.adcode')} AND NOT EXISTS (SELECT 1 ${linked})))`;
  return `SELECT * FROM (
      SELECT r.id, r.name, r.description, 'text/plain' AS "encodingType", to_jsonb(r.metadata) AS metadata, NULL::jsonb AS properties, NULL::text AS stream
      FROM ${q.roads()}
      UNION ALL
      SELECT s.id::text, s.name, s.description, s.encoding_type, s.metadata, s.properties, NULL FROM sensor s WHERE ${where === null ? seen() : 'true'}
    ) se WHERE ${where ?? 'true'}`;
}

function observedProperties(q: Parameters, where: string | null): string {
  const linked = 'FROM datastream d JOIN thing v ON v.id = d.thing WHERE d.property = op.code';
  const seen = (): string =>
    `(EXISTS (SELECT 1 ${linked} AND ${q.sees('v')}) OR (${q.inside('op.adcode')} AND NOT EXISTS (SELECT 1 ${linked})))`;
  const house = `jsonb_build_object('code', op.code, 'unit', coalesce(${q.units()} -> op.code ->> 'unit', ''))`;
  return `SELECT op.code AS id, op.name, op.definition, op.description, coalesce(op.properties, '{}') || ${house} AS properties, NULL::text AS stream
    FROM observed_property op WHERE ${where ?? seen()}`;
}

/** The places of Things, and features of their own. A place of one Observation is reached by that Observation alone. */
function features(q: Parameters, where: string | null): string {
  const linked = `FROM observation_detail x JOIN datastream d ON d.id = x.datastream JOIN thing v ON v.id = d.thing
    WHERE x.feature = f.id AND ${covers('f', 'v')}`;
  const seen = (): string =>
    `(EXISTS (SELECT 1 ${linked} AND ${q.sees('v')}) OR (${q.inside('f.adcode')} AND NOT EXISTS (SELECT 1 ${linked})))`;
  return `SELECT * FROM (${placeOfThing(q, 'true')} UNION ALL ${featureOfItsOwn(seen())}) fe WHERE ${where ?? 'true'}`;
}
function placeOfThing(q: Parameters, where: string): string {
  return `SELECT th.id::text AS id, th.name, th.name || '所在位置，CGCS2000' AS description, '${geojson}' AS "encodingType",
      ST_AsGeoJSON(th.geom, 15, 0)::jsonb AS feature, th.geom, NULL::jsonb AS properties,
      'thing' AS kind, th.id::bigint AS num, th.id AS thing, NULL::int AS datastream, NULL::timestamptz AS phenomenon_time, NULL::int AS identity, th.stream
    FROM thing th WHERE th.geom IS NOT NULL AND ${q.sees('th')} AND ${where}`;
}
/** A device can name any feature. It counts where whoever made that was in charge of the Thing, too: so no city's Observation shows another's. */
function covers(feature: string, thing: string): string {
  return `starts_with(${thing}.adcode::text, regexp_replace(${feature}.adcode::text, '(00){1,2}$', ''))`;
}
function featureOfItsOwn(where: string): string {
  return `SELECT f.id::text, f.name, f.description, f.encoding_type, f.feature, f.geom, f.properties,
      'own', f.id, NULL::int, NULL::int, NULL::timestamptz, NULL::int, NULL::text FROM feature_of_interest f WHERE ${where}`;
}
/** @param row with the links of an Observation that is seen */
function featureOfObservation(q: Parameters, row: string): string {
  const here = `ST_SetSRID(ST_MakePoint(${row}.lng, ${row}.lat), 4490)`;
  return `${placeOfThing(q, `${row}.feature_id IS NULL AND ${row}.lng IS NULL AND th.id = ${row}.thing`)}
    UNION ALL ${featureOfItsOwn(`f.id = ${row}.feature_id AND EXISTS (SELECT 1 FROM thing v WHERE v.id = ${row}.thing AND ${covers('f', 'v')})`)}
    UNION ALL SELECT ${row}.id, th.name, th.name || '一次观测的位置，CGCS2000', '${geojson}',
      jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(${row}.lng, ${row}.lat)), ${here}, NULL::jsonb,
      'made', NULL::bigint, th.id, ${row}.datastream, ${row}.phenomenon_time, ${row}.identity, th.stream
    FROM thing th WHERE ${row}.feature_id IS NULL AND ${row}.lng IS NOT NULL AND th.id = ${row}.thing AND ${q.sees('th')}`;
}

const names = (list: readonly string[]): string => list.map((one) => `'${one}'`).join(', ');
const failedNames = `array_remove(ARRAY[${checks.map((check, bit) => `CASE WHEN p.failed & ${1 << bit} > 0 THEN '${check}' END`).join(', ')}]::text[], NULL)`;
const endOfPeriod = `CASE d.period ${periods
  .filter((period) => period !== 'instant')
  .map((period) => `WHEN '${period}' THEN p.phenomenon_time + interval '${periodSeconds[period]} s'`)
  .join(' ')} END`;

export interface ObservationParts {
  /** FROM item `d`: the Datastreams whose Observations these are, as `datastreams` gives them. */
  readonly of: string;
  /** The rows of one Datastream `d`, for LATERAL: those that count, each under the id of its first version. */
  readonly rows: string;
}
/**
 * Observations in two steps, so that each Datastream's rows are read by its index and no more of them than a page can hold.
 * @param ofWhere on `d` (datastream) and `th` (thing)
 * @param rowWhere on `p` (observation), `x` (its detail, all null where it has none) and `d`
 */
function observations(q: Parameters, ofWhere: string, rowWhere: string): ObservationParts {
  return {
    of: `SELECT d.id, d.thing, th.stream, split_part(d.series, '/', 2) AS period, d.property, ${sensorOf} AS sensor
      FROM datastream d JOIN thing th ON th.id = d.thing WHERE ${q.sees('th')} AND ${ofWhere}`,
    rows: `SELECT p.datastream || ':' || (extract(epoch FROM p.phenomenon_time) * 1000)::bigint || ':' || coalesce(x.root, p.identity) AS id,
        p.datastream, p.phenomenon_time, coalesce(x.root, p.identity) AS identity, d.thing, d.stream, p.lng, p.lat, x.feature AS feature_id, p.frame, p.received,
        p.phenomenon_time AS "phenomenonTime", coalesce(x.until, ${endOfPeriod}) AS "phenomenonTime_to",
        CASE WHEN x.frame IS NULL THEN p.received ELSE x.result_time END AS "resultTime", p.result,
        jsonb_build_object('quality', (ARRAY[${names(qualities)}])[p.quality + 1], 'failed', to_jsonb(${failedNames}), 'flag', p.flag)
          || CASE WHEN x.quality IS NULL THEN '{}' ELSE jsonb_build_object('given', x.quality) END AS "resultQuality",
        x.valid_from AS "validTime", x.valid_to AS "validTime_to",
        coalesce(x.parameters, '{}') || jsonb_build_object('frame', p.frame) AS parameters
      FROM observation p LEFT JOIN observation_detail x
        ON x.datastream = p.datastream AND x.phenomenon_time = p.phenomenon_time AND x.identity = p.identity
      WHERE p.datastream = d.id AND x.withdrawn IS NOT TRUE AND NOT EXISTS (SELECT 1 FROM observation_detail y
        WHERE y.datastream = p.datastream AND y.phenomenon_time = p.phenomenon_time AND y.root = coalesce(x.root, p.identity) AND y.frame > p.frame
          AND EXISTS (SELECT 1 FROM observation z WHERE z.datastream = y.datastream AND z.phenomenon_time = y.phenomenon_time AND z.identity = y.identity))
        AND ${rowWhere}`,
  };
}

/** Where the rows of a set are: one SELECT, or Observations in their two steps. */
export type Source =
  | { readonly set: Exclude<EntitySet, 'Observations'>; readonly sql: string }
  | ({ readonly set: 'Observations' } & ObservationParts);

/** All that the asker sees of a set. */
export function wholeSet(q: Parameters, set: EntitySet): Source {
  switch (set) {
    case 'Things':
      return { set, sql: things(q, 'true') };
    case 'Locations':
      return { set, sql: locations(q, null) };
    case 'HistoricalLocations':
      return { set, sql: historicalLocations(q, 'true') };
    case 'Datastreams':
      return { set, sql: datastreams(q, 'true') };
    case 'Sensors':
      return { set, sql: sensors(q, null) };
    case 'ObservedProperties':
      return { set, sql: observedProperties(q, null) };
    case 'FeaturesOfInterest':
      return { set, sql: features(q, null) };
    case 'Observations':
      return { set, ...observations(q, 'true', 'true') };
  }
}

/** The one Observation of a key, or the place it was made at. */
export function observationAt(q: Parameters, key: { datastream: number; phenomenonTime: number; identity: number }): ObservationParts {
  const time = q.add(new Date(key.phenomenonTime).toISOString(), 'timestamptz');
  const identity = q.add(key.identity, 'int');
  return observations(
    q,
    `d.id = ${q.add(key.datastream, 'int')}`,
    `p.phenomenon_time = ${time} AND coalesce(x.root, p.identity) = ${identity}`,
  );
}

/** What a navigation of an entity leads to. @param row alias with the links of the entity, which is seen */
export function follow(q: Parameters, set: EntitySet, name: string, row: string): Source {
  switch (`${set}/${name}`) {
    case 'Things/Locations':
      return { set: 'Locations', sql: locations(q, `l.id IN (SELECT tl.location FROM thing_location tl WHERE tl.thing = ${row}.id)`) };
    case 'Things/HistoricalLocations':
      return { set: 'HistoricalLocations', sql: historicalLocations(q, `h.thing = ${row}.id`) };
    case 'Things/Datastreams':
      return { set: 'Datastreams', sql: datastreams(q, `d.thing = ${row}.id`) };
    case 'Locations/Things':
      return { set: 'Things', sql: things(q, `th.id IN (SELECT tl.thing FROM thing_location tl WHERE tl.location = ${row}.id)`) };
    case 'Locations/HistoricalLocations': {
      const stories = `SELECT hl.historical FROM historical_location_location hl WHERE hl.location = ${row}.id`;
      return { set: 'HistoricalLocations', sql: historicalLocations(q, `h.id IN (${stories})`) };
    }
    case 'HistoricalLocations/Locations': {
      const places = `SELECT hl.location FROM historical_location_location hl WHERE hl.historical = ${row}.id`;
      return { set: 'Locations', sql: locations(q, `l.id IN (${places})`) };
    }
    case 'HistoricalLocations/Thing':
    case 'Datastreams/Thing':
      return { set: 'Things', sql: things(q, `th.id = ${row}.thing`) };
    case 'Datastreams/Sensor':
      return { set: 'Sensors', sql: sensors(q, `se.id = ${row}.sensor`) };
    case 'Datastreams/ObservedProperty':
      return { set: 'ObservedProperties', sql: observedProperties(q, `op.code = ${row}.property`) };
    case 'Datastreams/Observations':
      return { set: 'Observations', ...observations(q, `d.id = ${row}.id`, 'true') };
    case 'Sensors/Datastreams':
      return { set: 'Datastreams', sql: datastreams(q, `${sensorOf} = ${row}.id`) };
    case 'ObservedProperties/Datastreams':
      return { set: 'Datastreams', sql: datastreams(q, `d.property = ${row}.id`) };
    case 'Observations/Datastream':
      return { set: 'Datastreams', sql: datastreams(q, `d.id = ${row}.datastream`) };
    case 'Observations/FeatureOfInterest':
      return { set: 'FeaturesOfInterest', sql: featureOfObservation(q, row) };
    default: {
      const ofWhere = `CASE ${row}.kind WHEN 'thing' THEN d.thing = ${row}.thing WHEN 'made' THEN d.id = ${row}.datastream
        ELSE d.id IN (SELECT x.datastream FROM observation_detail x WHERE x.feature = ${row}.num) END`;
      const rowWhere = `CASE ${row}.kind WHEN 'thing' THEN p.lng IS NULL AND x.feature IS NULL
        WHEN 'made' THEN p.phenomenon_time = ${row}.phenomenon_time AND coalesce(x.root, p.identity) = ${row}.identity ELSE x.feature = ${row}.num END`;
      return { set: 'Observations', ...observations(q, ofWhere, rowWhere) };
    }
  }
}

/** A source as one SELECT, for joins. */
export function selectOf(source: Source): string {
  return source.set === 'Observations' ? `SELECT o.* FROM (${source.of}) d CROSS JOIN LATERAL (${source.rows}) o` : source.sql;
}
/** The place of one Observation, by a row that has its links. */
export function placeOfObservation(q: Parameters, row: string): Source {
  return { set: 'FeaturesOfInterest', sql: featureOfObservation(q, row) };
}
