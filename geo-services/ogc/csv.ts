// Features as a table: RFC 4180, with a byte order mark so that Excel shows Chinese, and no value that a spreadsheet takes for a formula.
//
// Points have a column for each axis, named and ordered as in the CRS; lines and polygons one column `wkt` (OGC 06-103r4 §7, well-known text).
import type { Layer } from '../../contracts/layer.ts';
import type { OgcCrs } from './crs.ts';
import type { Feature } from './query.ts';

const BYTE_ORDER_MARK = '\uFEFF';
type Nested = number | readonly Nested[];
interface Geometry {
  readonly type: string;
  readonly coordinates: Nested;
}

/** One field. Text that a spreadsheet would run (= + - @, their full-width forms, tab, return) is told to be text by an apostrophe; numbers are numbers. */
export function csvField(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : value instanceof Date ? value.toISOString() : JSON.stringify(value);
  const harmless = /^[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Well-known text of a GeoJSON geometry; empty for none. */
export function wktOf(geometry: unknown): string {
  if (geometry === null || typeof geometry !== 'object') return '';
  const { type, coordinates = [], geometries } = geometry as Partial<Geometry> & { geometries?: readonly unknown[] };
  const name = String(type).toUpperCase();
  if (geometries) return geometries.length ? `${name} (${geometries.map(wktOf).join(', ')})` : `${name} EMPTY`;
  return Array.isArray(coordinates) && coordinates.length === 0 ? `${name} EMPTY` : `${name} (${coordinateText(coordinates)})`;
}
/** `1 2` for a position, else its parts: positions bare, whatever is deeper in brackets. */
function coordinateText(nested: Nested): string {
  if (typeof nested === 'number') return String(nested);
  if (typeof nested[0] === 'number') return nested.join(' ');
  return nested.map((part) => (isDeep(part) ? `(${coordinateText(part)})` : coordinateText(part))).join(', ');
}
function isDeep(nested: Nested): boolean {
  return typeof nested !== 'number' && typeof nested[0] !== 'number';
}

/** The table, with a line of names, in CRLF. */
export function csvOf(layer: Layer, crs: OgcCrs, features: readonly Feature[]): string {
  const place = layer.geometry === 'point' ? [...crs.axes] : ['wkt'];
  const rows = features.map((feature) => [
    feature.id,
    ...layer.attributes.map((name) => feature.properties[name]),
    ...placeOf(layer, feature),
  ]);
  return `${BYTE_ORDER_MARK}${[['id', ...layer.attributes, ...place], ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('')}`;
}
function placeOf(layer: Layer, { geometry }: Feature): unknown[] {
  if (layer.geometry !== 'point') return [wktOf(geometry)];
  const { type, coordinates } = (geometry ?? {}) as Partial<Geometry>;
  return type === 'Point' && Array.isArray(coordinates) ? [coordinates[0], coordinates[1]] : [null, null];
}
