// Entities as they are posted, with those inside them: a tree of drafts, checked as a whole before anything is written.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §10.2.1, §10.2.1.1 (link to existing entities), §10.2.1.2 (deep insert).
import type { LngLat } from '../../contracts/geo.ts';
import { instantOf } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import {
  bad,
  checkObservationType,
  codeOf,
  freeProperties,
  type Json,
  json,
  type Known,
  prose,
  readLocation,
  readProperties,
  readSeries,
  readUnit,
  record,
  type SeriesDraft,
  word,
} from './bodies.ts';
import { checkGeometry } from './geometry.ts';
import type { EntitySet } from './model.ts';

/** An entity that is there, by its id; or one to be made first. */
export type Ref<T> = { readonly id: number | string } | { readonly draft: T };

export interface ThingDraft {
  readonly set: 'Things';
  readonly name: string;
  readonly description: string;
  readonly properties: ReturnType<typeof readProperties>;
  readonly locations: readonly Ref<LocationDraft>[];
  readonly datastreams: readonly DatastreamDraft[];
}
export interface LocationDraft {
  readonly set: 'Locations';
  readonly name: string;
  readonly description: string;
  readonly encodingType: string;
  readonly location: unknown;
  readonly position: LngLat;
  readonly properties: Json | undefined;
  readonly things: readonly Ref<ThingDraft>[];
}
export interface HistoricalLocationDraft {
  readonly set: 'HistoricalLocations';
  readonly time: number;
  readonly thing: Ref<ThingDraft>;
  readonly locations: readonly Ref<LocationDraft>[];
}
export interface DatastreamDraft {
  readonly set: 'Datastreams';
  /** Absent: as the house names the series. */
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly unit: string | undefined;
  readonly unitOfMeasurement: Json | undefined;
  readonly series: SeriesDraft;
  readonly properties: Json | undefined;
  /** null: the Thing around it. */
  readonly thing: Ref<ThingDraft> | null;
  /** null: the road that its Thing comes by. */
  readonly sensor: Ref<SensorDraft> | null;
  readonly property: Ref<ObservedPropertyDraft>;
  readonly observations: readonly Json[];
}
export interface SensorDraft {
  readonly set: 'Sensors';
  readonly name: string;
  readonly description: string;
  readonly encodingType: string;
  readonly metadata: unknown;
  readonly properties: Json | undefined;
  readonly datastreams: readonly DatastreamDraft[];
}
export interface ObservedPropertyDraft {
  readonly set: 'ObservedProperties';
  /** undefined: it gets one. */
  readonly code: string | undefined;
  readonly name: string;
  readonly definition: string;
  readonly description: string;
  readonly properties: Json | undefined;
  readonly datastreams: readonly DatastreamDraft[];
}
export interface FeatureDraft {
  readonly set: 'FeaturesOfInterest';
  readonly name: string;
  readonly description: string;
  readonly encodingType: string;
  readonly feature: unknown;
  /** WKT; null: an encoding that is not looked into. */
  readonly wkt: string | null;
  readonly properties: Json | undefined;
  readonly observations: readonly Json[];
}
export type Draft =
  | ThingDraft
  | LocationDraft
  | HistoricalLocationDraft
  | DatastreamDraft
  | SensorDraft
  | ObservedPropertyDraft
  | FeatureDraft;

const mostInside = 100;

function list(value: unknown, what: string): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > mostInside) throw bad(`${what} 应为数组，至多 ${mostInside} 项`);
  return value.map((one) => record(one, what));
}
/** {"@iot.id": 7} alone links; anything else is an entity of its own. */
function refOf<T>(value: unknown, what: string, read: (body: Json) => T): Ref<T> {
  const body = record(value, what);
  const id = body['@iot.id'];
  if (id === undefined) return { draft: read(body) };
  if ((typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) || (typeof id === 'string' && id !== '' && id.length <= 100))
    return { id };
  throw bad(`${what}.@iot.id 应为整数或文字`);
}
function encodingOf(body: Json): string {
  return body['encodingType'] === undefined ? 'application/geo+json' : word(body['encodingType'], 'encodingType', 200);
}
export function timeOf(value: unknown, what: string): number {
  if (typeof value !== 'string') throw bad(`${what} 应为 RFC 3339 时刻，带时区`);
  return instantOf(what, value);
}

/** Reads drafts of every set. */
export class DraftReader {
  readonly #known: Known;
  #depth = 0;
  constructor(known: Known) {
    this.#known = known;
  }
  /** @throws Problem bad-body | bad-parameter | bad-position | unsupported */
  read(set: Exclude<EntitySet, 'Observations'>, body: Json): Draft {
    switch (set) {
      case 'Things':
        return this.thing(body);
      case 'Locations':
        return this.location(body);
      case 'HistoricalLocations':
        return this.historicalLocation(body);
      case 'Datastreams':
        return this.datastream(body);
      case 'Sensors':
        return this.sensor(body);
      case 'ObservedProperties':
        return this.observedProperty(body);
      case 'FeaturesOfInterest':
        return this.feature(body);
    }
  }
  /** An entity in an entity in an entity …: bounded. */
  #inside<T>(read: () => T): T {
    if (++this.#depth > 6) throw bad('至多 6 级的内嵌实体');
    const value = read();
    this.#depth--;
    return value;
  }

  thing(body: Json): ThingDraft {
    return this.#inside(() => {
      const locations = list(body['Locations'], 'Locations').map((one) => refOf(one, 'Locations', (inner) => this.location(inner)));
      // §8.2.2 allows several encodings of one place; here a Thing has one.
      if (locations.length > 1) throw bad('Locations 至多 1 个');
      return {
        set: 'Things',
        name: word(body['name'], 'name', 100),
        description: prose(body['description'], 'description', 1000),
        properties: readProperties(body['properties'], this.#known),
        locations,
        datastreams: list(body['Datastreams'], 'Datastreams').map((one) => this.datastream(one)),
      };
    });
  }
  location(body: Json): LocationDraft {
    return this.#inside(() => ({
      set: 'Locations',
      name: body['name'] === undefined ? '' : word(body['name'], 'name', 100),
      description: prose(body['description'], 'description', 1000),
      encodingType: encodingOf(body),
      position: readLocation(body),
      location: json(body['location'], 'location'),
      properties: freeProperties(body['properties']),
      things: list(body['Things'], 'Things').map((one) => refOf(one, 'Things', (inner) => this.thing(inner))),
    }));
  }
  historicalLocation(body: Json): HistoricalLocationDraft {
    return this.#inside(() => {
      const locations = list(body['Locations'], 'Locations').map((one) => refOf(one, 'Locations', (inner) => this.location(inner)));
      // §8.2.3 Table 6: one to many Locations, exactly one Thing.
      if (locations.length === 0) throw bad('要给出 Locations');
      if (body['Thing'] === undefined) throw bad('要给出 Thing');
      return {
        set: 'HistoricalLocations',
        time: timeOf(body['time'], 'time'),
        thing: refOf(body['Thing'], 'Thing', (inner) => this.thing(inner)),
        locations,
      };
    });
  }
  datastream(body: Json): DatastreamDraft {
    return this.#inside(() => {
      checkObservationType(body['observationType']);
      const unit = body['unitOfMeasurement'];
      const {
        period: _period,
        statistic: _statistic,
        series: _series,
        provenance: _provenance,
        ...properties
      } = freeProperties(body['properties']) ?? {};
      return {
        set: 'Datastreams',
        name: body['name'] === undefined ? undefined : word(body['name'], 'name', 200),
        description: body['description'] === undefined ? undefined : prose(body['description'], 'description', 1000),
        unit: readUnit(unit),
        unitOfMeasurement: unit === undefined || unit === null ? undefined : record(json(unit, 'unitOfMeasurement'), 'unitOfMeasurement'),
        series: readSeries(body['properties']),
        properties: Object.keys(properties).length > 0 ? properties : undefined,
        thing: body['Thing'] === undefined ? null : refOf(body['Thing'], 'Thing', (inner) => this.thing(inner)),
        sensor: body['Sensor'] === undefined ? null : refOf(body['Sensor'], 'Sensor', (inner) => this.sensor(inner)),
        property: refOf(body['ObservedProperty'], 'ObservedProperty', (inner) => this.observedProperty(inner)),
        observations: list(body['Observations'], 'Observations'),
      };
    });
  }
  sensor(body: Json): SensorDraft {
    return this.#inside(() => {
      if (body['metadata'] === undefined) throw bad('要给出 metadata');
      return {
        set: 'Sensors',
        name: word(body['name'], 'name', 200),
        description: prose(body['description'], 'description', 1000),
        encodingType: word(body['encodingType'], 'encodingType', 200),
        metadata: json(body['metadata'], 'metadata'),
        properties: freeProperties(body['properties']),
        datastreams: list(body['Datastreams'], 'Datastreams').map((one) => this.datastream(one)),
      };
    });
  }
  observedProperty(body: Json): ObservedPropertyDraft {
    return this.#inside(() => {
      const code = codeOf(body);
      const { code: _code, unit: _unit, ...properties } = freeProperties(body['properties']) ?? {};
      const definition = body['definition'] ?? (code === undefined ? undefined : `urn:liaozhi:property:${code}`);
      return {
        set: 'ObservedProperties',
        code,
        name: word(body['name'] ?? code, 'name', 200),
        definition: word(definition, 'definition', 500),
        description: prose(body['description'], 'description', 1000),
        properties: Object.keys(properties).length > 0 ? properties : undefined,
        datastreams: list(body['Datastreams'], 'Datastreams').map((one) => this.datastream(one)),
      };
    });
  }
  feature(body: Json): FeatureDraft {
    return this.#inside(() => {
      const encodingType = encodingOf(body);
      if (body['feature'] === undefined) throw bad('要给出 feature');
      const isGeojson = /^application\/(vnd\.)?geo\+json$/.test(encodingType);
      return {
        set: 'FeaturesOfInterest',
        name: word(body['name'], 'name', 200),
        description: prose(body['description'], 'description', 1000),
        encodingType,
        feature: json(body['feature'], 'feature'),
        wkt: isGeojson ? checkGeometry(body['feature']) : null,
        properties: freeProperties(body['properties']),
        observations: list(body['Observations'], 'Observations'),
      };
    });
  }
}

/** A link in the body of an entity: {"@iot.id": 7}. An inline entity is refused where only links may stand (§10.3). @throws Problem bad-body */
export function linkOf(value: unknown, what: string): number | string {
  const id = record(value, what)['@iot.id'];
  if ((typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) || (typeof id === 'string' && id !== '' && id.length <= 100))
    return id;
  throw bad(`${what} 应为 {"@iot.id": …}：修改时不能内嵌新实体`);
}
/** An id as a number. @throws Problem not-found */
export function numberId(id: number | string, what: string): number {
  const value = typeof id === 'number' ? id : /^\d{1,15}$/.test(id) ? Number(id) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new Problem('not-found', { what: `${what}(${String(id).slice(0, 40)})` });
  return value;
}
