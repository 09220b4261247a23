// Places on the earth: positions, boxes, coordinate systems that will not mix by accident, and administrative codes.
//
// Positions are [longitude, latitude] in degrees, CGCS2000 (EPSG:4490), equal to WGS 84 within a few centimetres.
// Anything else carries a brand and does not type-check against LngLat.
import { type Static, Type } from 'typebox';

/** [longitude, latitude] in degrees, CGCS2000 / WGS 84. */
export const LngLatSchema = Type.Tuple([Type.Number({ minimum: -180, maximum: 180 }), Type.Number({ minimum: -90, maximum: 90 })]);
export type LngLat = readonly [number, number];

declare const crs: unique symbol;
/** [longitude, latitude] in GCJ-02, the shifted system of public Chinese maps: about 330 m off at Shenyang until converted. */
export type Gcj02 = readonly [number, number] & { readonly [crs]: 'GCJ-02' };
/** [longitude, latitude] in BD-09. */
export type Bd09 = readonly [number, number] & { readonly [crs]: 'BD-09' };
/** [x, y] in metres, EPSG:3857. */
export type WebMercator = readonly [number, number] & { readonly [crs]: 'EPSG:3857' };

/** [west, south, east, north] in degrees. */
export const BBoxSchema = Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()]);
export type BBox = readonly [number, number, number, number];

/** The box around Liaoning with its waters; what lies outside is not a position of this province's devices. */
export const LIAONING_BBOX: BBox = [118.5, 38.0, 126.0, 43.7];

/** GB/T 2260: two digits province, two prefecture, two county. Liaoning is 210000, Shenyang 210100. */
export const AdCodeSchema = Type.String({ pattern: '^\\d{6}$' });
export type AdCode = Static<typeof AdCodeSchema>;

/** The digits that every code inside the area of `code` begins with: 210000 → '21', 210100 → '2101', 210102 → '210102'. */
export function adcodePrefix(code: AdCode): string {
  return code.replace(/(00){1,2}$/, '');
}

/** True when `inner` is `outer` or lies inside it. */
export function adcodeContains(outer: AdCode, inner: AdCode): boolean {
  return inner.startsWith(adcodePrefix(outer));
}

/** The prefecture of a county-level code: 210102 → 210100. */
export function cityOf(code: AdCode): AdCode {
  return `${code.slice(0, 4)}00`;
}

export function insideBBox(position: LngLat, bbox: BBox): boolean {
  return position[0] >= bbox[0] && position[0] <= bbox[2] && position[1] >= bbox[1] && position[1] <= bbox[3];
}
