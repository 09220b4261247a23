// How much of a shape there is, and how much of it the page still computes on by itself. Pure.

/** Corners that the page still computes on without a pause. */
export const mostCorners = 5000;
/** Rows that the page takes for an overlay or a count. */
export const mostRows = 500;

/** A GeoJSON geometry. */
export interface Shape {
  readonly type: string;
  readonly coordinates: unknown;
}
export function cornersOf(shape: Shape | null): number {
  const count = (part: unknown): number =>
    Array.isArray(part) ? (typeof part[0] === 'number' ? 1 : part.reduce((sum: number, one) => sum + count(one), 0)) : 0;
  return shape ? count(shape.coordinates) : 0;
}
