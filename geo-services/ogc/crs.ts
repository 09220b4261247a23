// The coordinate reference systems that features are given out in: their URIs, axis order, digits, and the SQL that gets them there.
//
// Source: OGC API Features Part 2 1.0.1 (OGC 18-058r1); axis orders as the EPSG register defines them (lat, lon and northing, easting).
// Stored is EPSG:4490 (CGCS2000), [lng, lat] in the columns; PostGIS always counts x = east, so an order of y before x is a flip.
import type { BBox } from '../../contracts/geo.ts';
import { Problem } from '../../contracts/problem.ts';

export interface OgcCrs {
  readonly uri: string;
  readonly title: string;
  /** What PostGIS transforms to. */
  readonly srid: number;
  /** Names of the two axes in the order of the definition. */
  readonly axes: readonly [string, string];
  /** The first axis points north: coordinates are [y, x]. */
  readonly northFirst: boolean;
  readonly unit: 'degree' | 'metre';
  /** Degrees within which the projection has an answer; what lies beyond is cut off. Null: everywhere. */
  readonly domain: BBox | null;
}

const STORED = 4490;
const epsg = (code: number): string => `http://www.opengis.net/def/crs/EPSG/0/${code}`;
const degrees = { axes: ['lat', 'lon'], northFirst: true, unit: 'degree', domain: null } as const;
const grid = { axes: ['northing', 'easting'], northFirst: true, unit: 'metre' } as const;
/** 60° to each side of the central meridian: far beyond any use of a zone, well within what PROJ computes. */
const around = (meridian: number): BBox => [meridian - 60, -85, meridian + 60, 85];

/** The default. CRS84 is [lon, lat] on WGS 84, which CGCS2000 equals within centimetres: stored degrees are handed out as they are. */
export const CRS84: OgcCrs = {
  uri: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
  title: 'WGS 84 经纬度（CRS84）',
  srid: STORED,
  axes: ['lon', 'lat'],
  northFirst: false,
  unit: 'degree',
  domain: null,
};
export const STORAGE_CRS: OgcCrs = { ...degrees, uri: epsg(STORED), title: 'CGCS2000 纬经度', srid: STORED };

/** Every CRS on offer, the default first. Zones: the three of 3° that Liaoning (118–126°E) lies in, without zone number in the easting. */
export const crsList: readonly OgcCrs[] = [
  CRS84,
  STORAGE_CRS,
  { ...degrees, uri: epsg(4326), title: 'WGS 84 纬经度', srid: 4326 },
  {
    uri: epsg(3857),
    title: 'Web 墨卡托',
    srid: 3857,
    axes: ['x', 'y'],
    northFirst: false,
    unit: 'metre',
    domain: [-180, -85.06, 180, 85.06],
  },
  { ...grid, uri: epsg(4549), title: 'CGCS2000 三度带 120°E', srid: 4549, domain: around(120) },
  { ...grid, uri: epsg(4550), title: 'CGCS2000 三度带 123°E', srid: 4550, domain: around(123) },
  { ...grid, uri: epsg(4551), title: 'CGCS2000 三度带 126°E', srid: 4551, domain: around(126) },
];
export const crsUris: readonly string[] = crsList.map((crs) => crs.uri);

/**
 * 18-058r1 /req/crs/fc-crs-valid-value and fc-bbox-crs-valid-value, 19-079r2 /req/filter/filter-crs-param: what is not on the list is a 400; absent is
 * the default. @throws Problem bad-parameter
 */
export function crsOf(name: 'crs' | 'bbox-crs' | 'filter-crs', given: unknown): OgcCrs {
  if (given === undefined) return CRS84;
  const found = crsList.find((crs) => crs.uri === given);
  if (!found) throw new Problem('bad-parameter', { name, given: String(given).slice(0, 80), allowed: crsUris.join(' ') });
  return found;
}

/** 18-058r1 /req/crs/ogc-crs-header: the URI in angle brackets. */
export function contentCrs(crs: OgcCrs): string {
  return `<${crs.uri}>`;
}

/** `next` takes a value and answers its placeholder, as `$3`. */
export type Placeholder = (value: unknown) => string;

/**
 * The column `geom` as GeoJSON text in a CRS: 7 decimals of a degree are a centimetre, 3 of a metre a millimetre.
 * PROJ throws for a point out of its domain, and one such row would take all others of the page with it: shapes are cut to the domain first.
 */
export function geometrySql(crs: OgcCrs, next: Placeholder): string {
  const moved = movedSql(crs, next);
  const ordered = crs.northFirst ? `ST_FlipCoordinates(${moved})` : moved;
  return `ST_AsGeoJSON(${ordered}, ${next(crs.unit === 'degree' ? 7 : 3)}::int, 0)`;
}
/** The column `geom` in the plane of a CRS, x to the east. */
export function movedSql(crs: OgcCrs, next: Placeholder): string {
  return crs.srid === STORED ? 'geom' : `ST_Transform(${insideSql(crs, next)}, ${next(crs.srid)}::int)`;
}
function insideSql(crs: OgcCrs, next: Placeholder): string {
  if (!crs.domain) return 'geom';
  const box = `ST_MakeEnvelope(${crs.domain.map((side) => `${next(side)}::float8`).join(', ')}, ${STORED})`;
  return `CASE WHEN geom @ ${box} THEN geom ELSE ST_ClipByBox2D(geom, ${box}) END`;
}
/** The geometry out of that text; null for none, and for one of which nothing is left. */
export function geometryOf(text: unknown): unknown {
  const geometry = typeof text === 'string' ? (JSON.parse(text) as { coordinates?: unknown[] } | null) : null;
  return geometry?.coordinates?.length === 0 ? null : geometry;
}

/** A box on a grid: [west, south, east, north] in metres of `srid`. */
export interface GridBox {
  readonly srid: number;
  readonly box: BBox;
}
/** Sides of the box are broken up, because a straight line of the grid is a bent one in degrees. */
const PIECES = 64;
export function gridClause({ srid, box }: GridBox, next: Placeholder): string {
  const [west, south, east, north] = box;
  const corners = box.map((value) => `${next(value)}::float8`).join(', ');
  const piece = Math.max(east - west, north - south) / PIECES || 1;
  return `ST_Intersects(geom, ST_Transform(ST_Segmentize(ST_MakeEnvelope(${corners}, ${next(srid)}::int), ${next(piece)}::float8), ${STORED}))`;
}
