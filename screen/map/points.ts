// What a page's map is given to draw, and the padding that fits the province into the free part of a page. Pure.
import type { LngLat } from '../../contracts/geo.ts';

/** How a point looks; lengths in u. */
export interface PointLook {
  readonly shape: 'disc' | 'diamond';
  /** To the edge of a disc's fill, to the corners of a diamond. */
  readonly radius: number;
  readonly fill: string | null;
  readonly stroke: { readonly colour: string; readonly width: number } | null;
}
export interface PointMark {
  readonly position: LngLat;
  readonly look: PointLook;
}
/** What drawMarks needs of a canvas. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  'beginPath' | 'moveTo' | 'lineTo' | 'arc' | 'closePath' | 'fill' | 'stroke' | 'fillStyle' | 'strokeStyle' | 'lineWidth'
>;
/** Marks of one look as one path: a few strokes, however many points there are. @param unit px per u */
export function drawMarks(
  pen: Pen,
  marks: readonly PointMark[],
  project: (position: LngLat) => readonly [number, number],
  unit: number,
): void {
  const byLook = new Map<PointLook, PointMark[]>();
  for (const mark of marks) {
    const own = byLook.get(mark.look);
    if (own) own.push(mark);
    else byLook.set(mark.look, [mark]);
  }
  for (const [look, own] of byLook) {
    const { shape, fill, stroke } = look;
    const radius = look.radius * unit;
    // A disc's rim lies around its fill, a diamond's on its edge.
    const reach = shape === 'disc' && stroke ? radius + (stroke.width * unit) / 2 : radius;
    pen.beginPath();
    for (const { position } of own) {
      const [x, y] = project(position);
      if (shape === 'disc') {
        pen.moveTo(x + reach, y);
        pen.arc(x, y, reach, 0, 2 * Math.PI);
      } else {
        pen.moveTo(x, y - reach);
        pen.lineTo(x + reach, y);
        pen.lineTo(x, y + reach);
        pen.lineTo(x - reach, y);
        pen.closePath();
      }
    }
    if (fill) {
      pen.fillStyle = fill;
      pen.fill();
    }
    if (stroke) {
      pen.lineWidth = stroke.width * unit;
      pen.strokeStyle = stroke.colour;
      pen.stroke();
    }
  }
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
