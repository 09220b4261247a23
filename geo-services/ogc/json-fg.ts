// Features as OGC Features and Geometries JSON: GeoJSON that says which CRS its coordinates are in.
//
// Source: OGC 21-045r1 (JSON-FG 1.0) conformance class core. `geometry` is WGS 84 only (RFC 7946); coordinates of any other CRS stand in `place`,
// and `time` is null because our features have none.
import { CRS84, type OgcCrs } from './crs.ts';
import type { Feature } from './query.ts';

export const JSON_FG_CORE = 'http://www.opengis.net/spec/json-fg-1/1.0/conf/core';

/** Members that stand once at the top of a document: of the collection, or of the one feature. */
function head(crs: OgcCrs): object {
  return { conformsTo: [JSON_FG_CORE], ...(crs === CRS84 ? {} : { coordRefSys: crs.uri }) };
}
function body({ type, id, properties, geometry }: Feature, crs: OgcCrs): object {
  const inCrs84 = crs === CRS84;
  return { type, id, time: null, place: inCrs84 ? null : geometry, geometry: inCrs84 ? geometry : null, properties };
}

export function jsonFgFeature(feature: Feature, crs: OgcCrs, links: readonly object[]): object {
  return { ...head(crs), ...body(feature, crs), links };
}
/** `counts` are numberMatched and numberReturned of OGC API Features. */
export function jsonFgCollection(features: readonly Feature[], crs: OgcCrs, counts: object, links: readonly object[]): object {
  return { type: 'FeatureCollection', ...head(crs), ...counts, features: features.map((feature) => body(feature, crs)), links };
}
