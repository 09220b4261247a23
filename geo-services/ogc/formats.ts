// The formats of an answer and the choice among them: `f` before Accept, the first of the list when nothing is said.
//
// Source: OGC API Features 1.0.1 (17-069r4) §7.5.1 (406 when nothing offered is acceptable), §8 (HTML, GeoJSON); OGC 21-045r1 (JSON-FG);
// RFC 4180 and RFC 7111 (text/csv); FlatGeobuf 3.0. That a parameter `f` exists is our own choice, as in most servers.
import { Problem } from '../../contracts/problem.ts';

export interface Format {
  /** What links say in `f`. */
  readonly id: 'json' | 'geojson' | 'jsonfg' | 'csv' | 'fgb' | 'html';
  readonly type: string;
  readonly title: string;
  /** Further values of `f` and further media types that mean this format. */
  readonly names: readonly string[];
  readonly types: readonly string[];
}

/** Clients ask for the API definition and for schemas by the very type that their links name, version and all. */
const JSON_TYPES = [
  'application/vnd.oai.openapi+json',
  'application/vnd.oai.openapi+json;version=3.0',
  'application/schema+json',
  'application/vnd.mapbox.style+json',
];
const HTML: Format = { id: 'html', type: 'text/html', title: '网页', names: [], types: ['application/xhtml+xml'] };
export const itemFormats: readonly Format[] = [
  { id: 'geojson', type: 'application/geo+json', title: 'GeoJSON', names: ['json'], types: ['application/json'] },
  { id: 'jsonfg', type: 'application/vnd.ogc.fg+json', title: 'JSON-FG', names: ['json-fg'], types: [] },
  { id: 'csv', type: 'text/csv', title: 'CSV 表格', names: [], types: [] },
  HTML,
];
/** Of a page of features, those of one feature and a file that has no use for less. */
export const featureFormats: readonly Format[] = [
  ...itemFormats.filter((format) => format !== HTML),
  { id: 'fgb', type: 'application/flatgeobuf', title: 'FlatGeobuf', names: ['flatgeobuf'], types: ['application/vnd.flatgeobuf'] },
  HTML,
];
/** Of records, which are GeoJSON features as well. */
export const recordFormats: readonly Format[] = [itemFormats[0] as Format, HTML];
export const documentFormats: readonly Format[] = [
  { id: 'json', type: 'application/json', title: 'JSON', names: [], types: JSON_TYPES },
  HTML,
];

/** The format that a value of `f` names. @throws Problem bad-parameter */
export function formatNamed(formats: readonly Format[], given: unknown): Format {
  const found = formats.find((format) => format.id === given || format.names.includes(String(given)));
  const allowed = formats.map((format) => format.id).join(' ');
  if (!found) throw new Problem('bad-parameter', { name: 'f', given: String(given).slice(0, 80), allowed });
  return found;
}

/** `accepts` answers the best of the media types, or false. @throws Problem bad-parameter | not-acceptable */
export function chooseFormat(formats: readonly Format[], f: unknown, accepts: (types: string[]) => string | false): Format {
  if (f !== undefined) return formatNamed(formats, f);
  // A client that asks for our one encoding by name asks for the same (RFC 9110 §12.5.1: a parameter has to be on offer to match).
  const offered = formats.flatMap((format) => [format.type, ...format.types]);
  const chosen = accepts([...offered, ...offered.map((type) => `${type};charset=utf-8`)]);
  const best = String(chosen).replace(/;charset=utf-8$/, '');
  const found = formats.find((format) => format.type === best || format.types.includes(best));
  if (!found) throw new Problem('not-acceptable', { offered: formats.map((format) => format.type).join(' ') });
  return found;
}
