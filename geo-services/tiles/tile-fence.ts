// A fence in the units of a tile: whether a feature's geometry touches it.
//
// A point is in when it lies inside or on the edge (even-odd over all rings, so holes and several polygons need no order); a line or a polygon
// when the two have a point in common. The geometry is what the tile has of the feature: cut at the tile's buffer, rounded to its units.
import type { Parts } from './mvt-geometry.ts';

export interface TileFence {
  /** Flat positions x, y …, closed or not. */
  readonly rings: readonly (readonly number[])[];
  /** Known for the whole tile, where no edge comes near it. */
  readonly all: 'inside' | 'outside' | null;
}

/** `reach`: how far features stick out of [0, extent]. */
export function tileFence(rings: readonly (readonly number[])[], extent: number, reach: number): TileFence {
  const [least, most] = [-reach, extent + reach];
  const far = (a: number, b: number): boolean => (a < least && b < least) || (a > most && b > most);
  for (const ring of rings)
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
      if (!far(ring[j] as number, ring[i] as number) && !far(ring[j + 1] as number, ring[i + 1] as number)) return { rings, all: null };
  return { rings, all: insideRings(rings, extent / 2, extent / 2) ? 'inside' : 'outside' };
}

/** Whether c lies on the segment from a to b. */
function onSegment(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): boolean {
  return (
    (bx - ax) * (cy - ay) === (by - ay) * (cx - ax) &&
    cx >= Math.min(ax, bx) &&
    cx <= Math.max(ax, bx) &&
    cy >= Math.min(ay, by) &&
    cy <= Math.max(ay, by)
  );
}

export function insideRings(rings: readonly (readonly number[])[], x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings)
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const [ax, ay, bx, by] = [ring[j], ring[j + 1], ring[i], ring[i + 1]] as [number, number, number, number];
      if (onSegment(ax, ay, bx, by, x, y)) return true;
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
    }
  return inside;
}

const side = (ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number =>
  Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));

function segmentsTouch(ax: number, ay: number, bx: number, by: number, cx: number, cy: number, dx: number, dy: number): boolean {
  if (Math.max(ax, bx) < Math.min(cx, dx) || Math.max(cx, dx) < Math.min(ax, bx)) return false;
  if (Math.max(ay, by) < Math.min(cy, dy) || Math.max(cy, dy) < Math.min(ay, by)) return false;
  // With boxes that overlap, two segments touch when neither has the other wholly on one side.
  return (
    side(ax, ay, bx, by, cx, cy) * side(ax, ay, bx, by, dx, dy) <= 0 && side(cx, cy, dx, dy, ax, ay) * side(cx, cy, dx, dy, bx, by) <= 0
  );
}

export function touchesFence({ rings, all }: TileFence, { shape, parts }: Parts): boolean {
  if (all !== null) return all === 'inside';
  const closed = shape === 'polygon';
  for (const part of parts)
    for (let i = 0; i < part.length; i += 2) if (insideRings(rings, part[i] as number, part[i + 1] as number)) return true;
  if (shape === 'point') return false;
  for (const part of parts)
    for (let i = closed ? 0 : 2, j = closed ? part.length - 2 : 0; i < part.length; j = i, i += 2)
      for (const ring of rings)
        for (let k = 0, l = ring.length - 2; k < ring.length; l = k, k += 2)
          if (
            segmentsTouch(
              ...([part[j], part[j + 1], part[i], part[i + 1]] as [number, number, number, number]),
              ...([ring[l], ring[l + 1], ring[k], ring[k + 1]] as [number, number, number, number]),
            )
          )
            return true;
  // No edge crosses: the fence may still lie within the polygon.
  return closed && rings.some((ring) => ring.length > 1 && insideRings(parts, ring[0] as number, ring[1] as number));
}
