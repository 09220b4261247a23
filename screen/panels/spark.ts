// Geometry of a sparkline in a box of 100 × 100: one path with holes where values are missing or too far apart. Pure.

/** @param gap longest step that still joins two points, in the unit of time · @param low,high what the box spans; absent: the values' own range */
export function sparkGeometry(
  points: readonly (readonly [number, number | null])[],
  from: number,
  to: number,
  gap: number,
  low?: number,
  high?: number,
): { path: string; last: readonly [number, number] | null } {
  const inside = points.filter(([at]) => at >= from && at <= to);
  const values = inside.flatMap(([, value]) => (value === null ? [] : [value]));
  const bottom = low ?? Math.min(...values);
  const top = high ?? Math.max(...values);
  const spanY = top - bottom;
  let path = '';
  let before: number | null = null;
  let last: readonly [number, number] | null = null;
  for (const [at, value] of inside) {
    if (value === null) {
      before = null;
      continue;
    }
    const x = round(((at - from) / (to - from)) * 100);
    // A flat line lies in the middle, not on an edge.
    const y = round(spanY > 0 ? 100 - ((Math.min(Math.max(value, bottom), top) - bottom) / spanY) * 100 : 50);
    path += `${before !== null && at - before <= gap ? 'L' : 'M'}${x} ${y}`;
    before = at;
    last = [x, y];
  }
  return { path, last };
}
const round = (x: number): number => Math.round(x * 100) / 100;
