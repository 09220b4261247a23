// Coordinates in tables: columns that hold them by their usual names, numbers, degrees-minutes-seconds, WKT.
import type { Place } from '../../contracts/import.ts';
import type { Geometry } from './reading/row.ts';

const lngNames =
  /^(lng|lon|long|longitude|经度|东经|经度坐标|x|x坐标|coord_?x|point_?x|wgs84_?(lng|lon)|gcj02_?(lng|lon)|bd09?_?(lng|lon)|easting|东坐标|横坐标)$/;
const latNames = /^(lat|latitude|纬度|北纬|纬度坐标|y|y坐标|coord_?y|point_?y|wgs84_?lat|gcj02_?lat|bd09?_?lat|northing|北坐标|纵坐标)$/;
const wktNames = /^(wkt|geom|geometry|the_geom|shape|几何|空间数据)$/;
const divisionNames =
  /^(adcode|ad_code|行政区划代码|行政区划码|行政区划|区划代码|区划码|行政代码|市|城市|地市|区县|县区|县|所属市|所在市|所在地|地区|city|district|county)$/;
/** Without brackets, units and blanks: 经度(°) is 经度. */
const plain = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[(（[].*$/, '')
    .replace(/[\s°]/g, '');

/** Where the rows of a table with these columns stand; null: no column says it. Coordinates before names of divisions. */
export function findPlace(columns: readonly string[]): Place | null {
  const by = (pattern: RegExp): string | undefined => columns.find((name) => pattern.test(plain(name)));
  const [lng, lat, wkt, division] = [by(lngNames), by(latNames), by(wktNames), by(divisionNames)];
  if (lng !== undefined && lat !== undefined) return { lng, lat };
  if (wkt !== undefined) return { wkt };
  return division === undefined ? null : { division };
}

/**
 * One coordinate: 123.4, 123°25′30.5″E, 123度25分30秒, 东经123.4, 123:25:30, 41534623.5. Unsigned letters S and W, 南 and 西 make it negative.
 * null: it is none.
 */
export function readCoordinate(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  const text = value.normalize('NFKC').trim();
  if (/^[+-]?\d{1,12}(\.\d+)?([eE][+-]?\d{1,2})?$/.test(text)) return Number(text);
  const negative = /^[-−]|[SW]$|^[SW]|南纬|西经/i.test(text);
  const body = text.replace(/[NSEW东西南北经纬+−-]/gi, '').trim();
  const parts =
    /^(\d{1,3}(?:\.\d+)?)\s*[°度d:\s]\s*(?:(\d{1,2}(?:\.\d+)?)\s*['′’分m:\s]?\s*)?(?:(\d{1,2}(?:\.\d+)?)\s*(?:["″”秒s]|''|′′)?)?$/i.exec(
      body,
    );
  const single = /^\d{1,3}(\.\d+)?$/.exec(body);
  if (!parts && !single) return null;
  const [degrees, minutes, seconds] = parts ? [Number(parts[1]), Number(parts[2] ?? 0), Number(parts[3] ?? 0)] : [Number(body), 0, 0];
  if (minutes >= 60 || seconds >= 60) return null;
  const size = degrees + minutes / 60 + seconds / 3600;
  return negative ? -size : size;
}

const wktTypes = {
  POINT: ['Point', 1],
  LINESTRING: ['LineString', 2],
  POLYGON: ['Polygon', 3],
  MULTIPOINT: ['MultiPoint', 2],
  MULTILINESTRING: ['MultiLineString', 3],
  MULTIPOLYGON: ['MultiPolygon', 4],
} as const;

/** Simple WKT (OGC 06-103r4 §7.2.2), with or without Z, M and SRID; null: it is none. */
export function readWkt(value: unknown): Geometry | null {
  if (typeof value !== 'string' || value.length > 8_000_000) return null;
  const match = /^\s*(?:SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)\s*(?:ZM|Z|M)?\s*(\([\s\d.,()eE+-]*\))\s*$/i.exec(value);
  if (!match) return null;
  const kind = wktTypes[`${match[1] ?? ''}${match[2]}`.toUpperCase() as keyof typeof wktTypes];
  // (1 2, 3 4) → [[1,2],[3,4]]; MULTIPOINT may bracket its points.
  let text = String(match[3]);
  if (kind[0] === 'MultiPoint') text = `(${text.slice(1, -1).replace(/[()]/g, '')})`;
  const json = text
    .replace(/\(/g, '[')
    .replace(/\)/g, ']')
    .replace(/[^[\],]+/g, (numbers) => (numbers.trim() === '' ? '' : `[${numbers.trim().split(/\s+/).slice(0, 2).map(Number).join(',')}]`));
  try {
    const coordinates: unknown = JSON.parse(json);
    return { type: kind[0], coordinates: kind[0] === 'Point' ? (coordinates as unknown[])[0] : coordinates };
  } catch {
    return null;
  }
}
