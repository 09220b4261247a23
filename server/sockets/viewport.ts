// Viewports of subscriptions, snapped outward to a grid so that walls that show nearly the same share one room.
import { type BBox, LIAONING_BBOX } from '../../contracts/geo.ts';
import { Problem } from '../../contracts/problem.ts';

/** Cells of the grid along the longer side: the snapped box is at most half as long again. */
const cellsAcross = 4;
const finestStep = 1 / 64;

/** A box as a client sends it. @throws Problem bad-parameter */
export function readBBox(given: unknown): BBox {
  const numbers = Array.isArray(given) && given.length === 4 && given.every((value) => typeof value === 'number' && Number.isFinite(value));
  const box = given as unknown as BBox;
  if (!numbers || box[0] >= box[2] || box[1] >= box[3] || Math.abs(box[0]) > 360 || Math.abs(box[2]) > 360 || box[1] < -90 || box[3] > 90)
    throw new Problem('bad-parameter', {
      name: 'bbox',
      given: String(JSON.stringify(given) ?? given).slice(0, 80),
      allowed: '[西, 南, 东, 北]，度，西 < 东，南 < 北',
    });
  return box;
}

/**
 * The smallest box of whole cells around `bbox`; the cell is a power of two degrees. null when it holds the whole province: such a viewport
 * leaves nothing out and shares the room without one.
 */
export function snapViewport(bbox: BBox): BBox | null {
  const [west, south, east, north] = bbox;
  const [w, s, e, n] = LIAONING_BBOX;
  if (west <= w && south <= s && east >= e && north >= n) return null;
  const step = Math.max(2 ** Math.ceil(Math.log2(Math.max(east - west, north - south) / cellsAcross)), finestStep);
  const snapped: BBox = [
    Math.floor(west / step) * step,
    Math.floor(south / step) * step,
    Math.ceil(east / step) * step,
    Math.ceil(north / step) * step,
  ];
  return snapped[0] <= w && snapped[1] <= s && snapped[2] >= e && snapped[3] >= n ? null : snapped;
}
