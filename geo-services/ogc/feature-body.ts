// A feature that comes in, checked against what its layer has: GeoJSON for create and replace, a merge patch for update. Pure.
//
// Source: RFC 7946 §3 (GeoJSON), RFC 7396 (JSON Merge Patch), OGC 20-002r1 (Features Part 4: create, replace, update). Unknown members of the
// feature (`links`, `time`, foreign ones) are let be, unknown properties are refused by name: they would be lost.
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { isDate } from '../cql2/ast.ts';
import type { Columns, ColumnType } from '../cql2/columns.ts';
import { type Geometry, geometryOf, normalised, type SimpleType } from '../cql2/geometry.ts';
import type { OgcCrs } from './crs.ts';

export interface FeatureBody {
  /** By attribute; only those that are given. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Two dimensions, x before y, in the CRS of the body; null: none; undefined: not given (update). */
  readonly geometry: Geometry | null | undefined;
}

const allowedTypes: Readonly<Record<Layer['geometry'], readonly SimpleType[]>> = {
  point: ['Point', 'MultiPoint'],
  line: ['LineString', 'MultiLineString'],
  polygon: ['Polygon', 'MultiPolygon'],
};
/** RFC 3339, as our own answers write it. */
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/;

const checks: Readonly<Record<ColumnType, { readonly words: string; readonly holds: (value: unknown) => boolean }>> = {
  integer: { words: '整数', holds: (value) => Number.isSafeInteger(value) },
  number: { words: '数', holds: (value) => typeof value === 'number' && Number.isFinite(value) },
  boolean: { words: 'true 或 false', holds: (value) => typeof value === 'boolean' },
  // PostgreSQL has no text with NUL.
  text: { words: '文本', holds: (value) => typeof value === 'string' && !value.includes('\0') },
  date: { words: '日期 YYYY-MM-DD', holds: (value) => typeof value === 'string' && isDate(value) },
  timestamp: {
    words: 'RFC 3339 时刻',
    holds: (value) => typeof value === 'string' && isDate(TIMESTAMP.exec(value)?.[1] ?? ''),
  },
  geometry: { words: 'GeoJSON 几何', holds: () => false },
};

function bad(reason: string): never {
  throw new Problem('bad-body', { reason });
}
const isObject = (given: unknown): given is Readonly<Record<string, unknown>> =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

function propertiesOf(given: unknown, layer: Layer, columns: Columns): Record<string, unknown> {
  if (given === undefined || given === null) return {};
  if (!isObject(given)) bad('properties 应为对象');
  for (const [name, value] of Object.entries(given)) {
    if (!layer.attributes.includes(name)) bad(`没有属性 ${name.slice(0, 60)}，本图层有：${layer.attributes.join(' ')}`);
    const check = checks[columns.get(name)?.type ?? 'text'];
    if (value !== null && !check.holds(value)) bad(`属性 ${name} 给的是 ${(JSON.stringify(value) ?? '').slice(0, 60)}，应为${check.words}`);
  }
  return { ...given };
}
function geometryIn(given: unknown, layer: Layer, crs: OgcCrs): Geometry | null {
  if (given === null) return null;
  const geometry = isObject(given) ? geometryOf(given) : 'GeoJSON 几何';
  if (typeof geometry === 'string') bad(`geometry 应为${geometry}`);
  const allowed: readonly string[] = allowedTypes[layer.geometry];
  if (!allowed.includes(geometry.type)) bad(`geometry 是 ${geometry.type}，本图层要 ${allowed.join(' 或 ')}`);
  return normalised(geometry, crs.northFirst);
}

/** @throws Problem bad-body */
export function parseFeature(
  given: unknown,
  layer: Layer,
  columns: Columns,
  crs: OgcCrs,
): FeatureBody & { readonly geometry: Geometry | null } {
  if (!isObject(given) || given['type'] !== 'Feature') bad('应为一个 GeoJSON Feature');
  if (!('geometry' in given)) bad('缺少 geometry');
  return { properties: propertiesOf(given['properties'], layer, columns), geometry: geometryIn(given['geometry'], layer, crs) };
}

/** Of a merge patch, `properties` and `geometry` count; null takes a property's value away. @throws Problem bad-body */
export function parsePatch(given: unknown, layer: Layer, columns: Columns, crs: OgcCrs): FeatureBody {
  if (!isObject(given)) bad('应为 JSON 对象（merge patch）');
  if (!('properties' in given) && !('geometry' in given)) bad('没有要改的内容：给 properties 或 geometry');
  return {
    properties: propertiesOf(given['properties'], layer, columns),
    geometry: 'geometry' in given ? geometryIn(given['geometry'], layer, crs) : undefined,
  };
}

/** Of a feature: what its ETags begin with. Any of its representations names the same state. */
export function etagStem(id: number, revision: string): string {
  return `${id}-${revision}`;
}
/**
 * Whether If-Match lets a write through (RFC 9110 §13.1.1, strong comparison): `*`, or one of our ETags of this state in any representation.
 * Absent: nothing is asked of the state.
 */
export function matches(ifMatch: string | undefined, stem: string): boolean {
  if (ifMatch === undefined) return true;
  return ifMatch.split(',').some((part) => {
    const tag = part.trim();
    return tag === '*' || tag === `"${stem}"` || (tag.startsWith(`"${stem}.`) && tag.endsWith('"'));
  });
}
