// A WMTS request out of its parameters: KVP as in a query, or the parts of a REST address. Pure; what is wrong is an OwsFault.
//
// Source: OGC 07-057r7 §7.1.2 (GetCapabilities), §7.2.2 (GetTile), §7.3 (GetFeatureInfo), §8.1 (KVP); OGC 06-121r3 §11.5.2: names in any case, values as written;
// unknown parameters are ignored (天地图 clients add `tk`). An empty value is a missing one.
import { findTile, type GridTile, matrixSets, type TileMatrixSet } from '../tiles/matrix-sets.ts';
import { OwsFault } from './ows-fault.ts';

export const WMTS_VERSION = '1.0.0';
export const WMTS_STYLE = 'default';
export const WMTS_FORMAT = 'application/vnd.mapbox-vector-tile';
export const infoFormats = ['application/json', 'text/html', 'application/xml'] as const;
export type InfoFormat = (typeof infoFormats)[number];
/** Pixels of a tile's side (matrix-sets.ts). */
export const TILE_PIXELS = 256;
/** Pictures are sent as they are kept: which of these a layer has is in the capabilities. */
export const wmtsFormats: readonly string[] = [WMTS_FORMAT, 'image/png', 'image/jpeg', 'image/webp'];
export const wmtsSections = ['ServiceIdentification', 'ServiceProvider', 'OperationsMetadata', 'Contents'] as const;
export type WmtsSection = (typeof wmtsSections)[number];

export interface GetTile {
  readonly operation: 'GetTile';
  /** Not yet looked up: who asks decides whether it is there. */
  readonly layer: string;
  readonly format: string;
  readonly set: TileMatrixSet;
  readonly tile: GridTile;
}
/** A question about the pixel in column `i` and row `j` of a tile. */
export interface GetFeatureInfo extends Omit<GetTile, 'operation' | 'format'> {
  readonly operation: 'GetFeatureInfo';
  readonly i: number;
  readonly j: number;
  readonly infoFormat: InfoFormat;
}
export interface GetCapabilities {
  readonly operation: 'GetCapabilities';
  readonly sections: readonly WmtsSection[];
}

/** The parameters of GetTile as the standard writes them, in its order (§7.2.2). */
export const tileParameters = ['Layer', 'Style', 'Format', 'TileMatrixSet', 'TileMatrix', 'TileRow', 'TileCol'] as const;
export type TileParameter = (typeof tileParameters)[number];
/** Those that GetFeatureInfo has besides. */
export const infoParameters = ['J', 'I', 'InfoFormat'] as const;
const known = ['Service', 'Request', 'Version', 'AcceptVersions', 'Sections', ...tileParameters, ...infoParameters] as const;
type Parameter = (typeof known)[number];

function invalid(name: string, given: string, allowed: string): OwsFault {
  return new OwsFault('InvalidParameterValue', name, { name, given: given.slice(0, 80), allowed });
}
function missing(name: string, allowed: string): OwsFault {
  return new OwsFault('MissingParameterValue', name, { name, given: '（无）', allowed });
}

/** Known parameters by their standard name. @throws OwsFault for one given twice */
function parametersOf(query: Readonly<Record<string, unknown>>): ReadonlyMap<Parameter, string> {
  const names = new Map<string, Parameter>(known.map((name) => [name.toUpperCase(), name]));
  const found = new Map<Parameter, string>();
  for (const [key, value] of Object.entries(query)) {
    const name = names.get(key.toUpperCase());
    if (!name || value === '') continue;
    if (typeof value !== 'string' || found.has(name)) throw invalid(name, JSON.stringify(value) ?? '', '只给一次');
    found.set(name, value);
  }
  return found;
}

/** A layer that is not there, or not for this viewer to know of. */
export function noSuchLayer(given: string): OwsFault {
  return invalid('Layer', given, 'Contents 中的 Layer');
}

/** Whether a layer has a style of that name beside the default one. */
export type HasStyle = (layer: string, style: string) => boolean;

/** @throws OwsFault */
export function parseTile(parameters: ReadonlyMap<Parameter, string>, hasStyle: HasStyle = () => false): GetTile {
  const allowed: Readonly<Record<TileParameter, string>> = {
    Layer: 'Contents 中的 Layer',
    Style: WMTS_STYLE,
    Format: wmtsFormats.join(' '),
    TileMatrixSet: [...matrixSets.keys()].join(' '),
    TileMatrix: '该切片方案的级别',
    TileRow: '整数',
    TileCol: '整数',
  };
  const [layer, style, format, setId, matrix, row, column] = tileParameters.map((name) => {
    const value = parameters.get(name);
    if (value === undefined) throw missing(name, allowed[name]);
    return value;
  }) as [string, string, string, string, string, string, string];
  if (style !== WMTS_STYLE && !hasStyle(layer, style)) throw invalid('Style', style, allowed.Style);
  if (!wmtsFormats.includes(format)) throw invalid('Format', format, allowed.Format);
  const set = matrixSets.get(setId);
  if (!set) throw invalid('TileMatrixSet', setId, allowed.TileMatrixSet);
  const found = findTile(set, matrix, row, column);
  if (found.tile) return { operation: 'GetTile', layer, format, set, tile: found.tile };
  const given = { TileMatrix: matrix, TileRow: row, TileCol: column }[found.part];
  // §7.2.2: TileOutOfRange is of TileRow and TileCol; a level that is not there is an invalid value.
  if (found.part === 'TileMatrix' || found.fault === 'malformed') throw invalid(found.part, given, found.allowed);
  throw new OwsFault('TileOutOfRange', found.part, { name: found.part, given: given.slice(0, 80), allowed: found.allowed });
}

/** §7.3.2. @throws OwsFault */
export function parseFeatureInfo(parameters: ReadonlyMap<Parameter, string>, hasStyle?: HasStyle): GetFeatureInfo {
  const { layer, set, tile } = parseTile(parameters, hasStyle);
  const allowed = `0–${TILE_PIXELS - 1} 的整数`;
  const [j, i] = (['J', 'I'] as const).map((name) => {
    const given = parameters.get(name);
    if (given === undefined) throw missing(name, allowed);
    if (!/^-?\d+$/.test(given)) throw invalid(name, given, allowed);
    // However many digits: Infinity is outside as well.
    if (!(Number(given) >= 0 && Number(given) < TILE_PIXELS))
      throw new OwsFault('PointIJOutOfRange', name, { name, given: given.slice(0, 80), allowed });
    return Number(given);
  }) as [number, number];
  const format = parameters.get('InfoFormat');
  if (format === undefined) throw missing('InfoFormat', infoFormats.join(' '));
  const infoFormat = infoFormats.find((one) => one === format);
  if (!infoFormat) throw invalid('InfoFormat', format, infoFormats.join(' '));
  return { operation: 'GetFeatureInfo', layer, set, tile, i, j, infoFormat };
}

function parseCapabilities(parameters: ReadonlyMap<Parameter, string>): GetCapabilities {
  // 06-121r3 §7.3.2: the client lists the versions that it takes; without a list, ours.
  const versions = parameters.get('AcceptVersions');
  if (versions !== undefined && !versions.split(',').includes(WMTS_VERSION))
    throw new OwsFault('VersionNegotiationFailed', 'AcceptVersions', {
      name: 'AcceptVersions',
      given: versions.slice(0, 80),
      allowed: WMTS_VERSION,
    });
  const asked = parameters.get('Sections')?.split(',') ?? ['All'];
  // Themes is a section that a server need not have.
  for (const section of asked)
    if (!['All', 'Themes', ...wmtsSections].includes(section)) throw invalid('Sections', section, `All ${wmtsSections.join(' ')}`);
  return { operation: 'GetCapabilities', sections: wmtsSections.filter((section) => asked.includes('All') || asked.includes(section)) };
}

/** §8.1. @throws OwsFault */
export function parseWmtsQuery(query: Readonly<Record<string, unknown>>, hasStyle?: HasStyle): GetCapabilities | GetTile | GetFeatureInfo {
  const parameters = parametersOf(query);
  const service = parameters.get('Service');
  if (service === undefined) throw missing('Service', 'WMTS');
  if (service !== 'WMTS') throw invalid('Service', service, 'WMTS');
  const operation = parameters.get('Request');
  if (operation === undefined) throw missing('Request', 'GetCapabilities GetTile GetFeatureInfo');
  if (operation === 'GetCapabilities') return parseCapabilities(parameters);
  if (operation !== 'GetTile' && operation !== 'GetFeatureInfo')
    throw new OwsFault('OperationNotSupported', operation.slice(0, 80), { what: `WMTS ${operation.slice(0, 80)}` });
  const version = parameters.get('Version');
  if (version === undefined) throw missing('Version', WMTS_VERSION);
  if (version !== WMTS_VERSION) throw invalid('Version', version, WMTS_VERSION);
  return operation === 'GetTile' ? parseTile(parameters, hasStyle) : parseFeatureInfo(parameters, hasStyle);
}
