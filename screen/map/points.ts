// What a page's map is given to draw, and the padding that fits the province into the free part of a page. Pure.
import type { LngLat } from '../../contracts/geo.ts';

export interface PointFeature {
  readonly position: LngLat;
  readonly properties: Readonly<Record<string, string | number | boolean | null>>;
}
/** px from the element's edges. */
export interface Padding {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}
/** Rectangle in px. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}
/** Padding that leaves exactly `free` of an element of this size. */
export function paddingAround(free: Rect, width: number, height: number): Padding {
  return { left: free.left, top: free.top, right: width - free.left - free.width, bottom: height - free.top - free.height };
}
