// Thing, Location, Datastream, Sensor as the house keeps them: who sends, from where, on whose behalf, promised how often.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §8.2.1–8.2.5.
import type { AdCode, LngLat } from './geo.ts';
import type { Provenance, SeriesKey } from './observation.ts';

export interface DeviceAddress {
  /** Protocol id: hj212, mqtt, sta … */
  readonly protocol: string;
  /** MN, client name … */
  readonly id: string;
}

/**
 * The id under which a device is known, whoever wrote it. JT/T 808 fills phone numbers up with zeros to 12 or, since 2019, 20 digits, and people
 * write them without: 013840000001 and 13840000001 are one terminal.
 */
export function deviceId(protocol: string, id: string): string {
  return protocol === 'jt808' ? id.replace(/^0+(?=\d)/, '') : id;
}

/** The free part of a Thing: what streams and pages read from it. */
export interface ThingProperties {
  readonly device?: DeviceAddress;
  /** Stream it belongs to: theme/stream. */
  readonly stream?: string;
  /** Provenance of everything it sends; absent: measured. */
  readonly provenance?: Provenance;
  /** Where it was recorded, when what it sends is a recording played again (npm run replay). Provenance says how it came to be then. */
  readonly recorded?: string;
  /** Limits of this very object, by property code and name: { z: { warning: 41.2, guarantee: 43.0 } }. */
  readonly limits?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Department that answers for it: ecology, water, forestry, emergency … (contracts/access.ts). */
  readonly department?: string;
  readonly [other: string]: unknown;
}

export interface Thing {
  readonly id: number;
  /** Stable outside name, unique: sta:210100-aq-01. */
  readonly uid: string;
  readonly name: string;
  readonly description: string;
  readonly adcode: AdCode;
  readonly position: LngLat | null;
  readonly properties: ThingProperties;
}

export interface Datastream {
  readonly id: number;
  readonly thing: number;
  readonly series: SeriesKey;
  /** ObservedProperty code. */
  readonly property: string;
  readonly name: string;
  /** UCUM code of `unit`. */
  readonly unit: string;
}
