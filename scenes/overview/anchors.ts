// Where the wall's map puts names, callouts and the free rectangle of the province, in u. One table per shape of wall. Pure.
import type { LngLat } from '../../contracts/geo.ts';
import type { Slot } from '../../screen/wall/callouts.ts';
import { type Box, crossesEdge, gap, type WallLayout } from '../../screen/wall/layout.ts';

/** A city's name beside its seat: offset of the label's own edge, and which edge that is. */
export interface LabelAnchor {
  readonly x: number;
  readonly y: number;
  readonly align: 'left' | 'right' | 'centre';
}
const above: LabelAnchor = { x: 0, y: -54, align: 'centre' };
const rightOf: LabelAnchor = { x: 13, y: -24, align: 'left' };
const leftOf: LabelAnchor = { x: -13, y: -24, align: 'right' };
/** The middle of the province is dense: names go outward from it. */
const anchors: Readonly<Record<string, LabelAnchor>> = {
  '210100': { x: 0, y: 10, align: 'centre' },
  '210400': { x: 8, y: -50, align: 'left' },
  '210300': { x: -13, y: -18, align: 'right' },
  '210500': rightOf,
  '211000': { x: -10, y: -40, align: 'right' },
  '211100': leftOf,
  '211200': rightOf,
  '210800': rightOf,
  '210200': { x: 13, y: -34, align: 'left' },
  '210600': { x: -13, y: -40, align: 'right' },
};
export function labelAnchor(adcode: string): LabelAnchor {
  return anchors[adcode] ?? above;
}

/** The box that a name and the value under it take, u. @param place of the seat */
export function labelBox(name: string, [x, y]: readonly [number, number], anchor: LabelAnchor, capital: boolean): Box {
  const width = Math.max(name.length * (capital ? 23 : 19), 52);
  const left = x + anchor.x - (anchor.align === 'centre' ? width / 2 : anchor.align === 'right' ? width : 0);
  return { left, top: y + anchor.y, width, height: capital ? 46 : 41 };
}

/** Sea and land names that the page's fonts must have before the map draws them. */
export const mapCharacters = '渤海黄海辽东湾河北内蒙古吉林省自治区赤峰通化承德秦皇岛通辽四平江浑大小凌太子绕阳柳清鸭绿';
/** Dalian's islands and the northern tip both count; the box is that of the land. */
export const heart: LngLat = [122.3, 41.1];

/** The free rectangle of the province inside the map zone. */
export function provinceBox(layout: WallLayout): Box {
  const { zone } = layout;
  if (layout.columns === 1) return { left: zone.left + 64, top: zone.top + 34, width: zone.width - 104, height: zone.height - 60 };
  const width = Math.min(zone.width - 120, 1060);
  return { left: zone.left + (zone.width - width) / 2, top: zone.top + 30, width, height: zone.height - 54 };
}

/** Where callouts may stand: in plain map around the province, never on an edge between displays. */
export function calloutSlots(layout: WallLayout): Slot[] {
  const { zone } = layout;
  const right = zone.left + zone.width;
  if (layout.columns === 1) {
    const [width, height] = [306, 126];
    return (
      [
        { left: zone.left + 316, top: zone.top + 18, width, height, side: 'bottom' },
        { left: right - 16 - width, top: zone.top + 18, width, height, side: 'bottom' },
        { left: right - 16 - width, top: zone.top + zone.height - 176, width, height, side: 'left' },
        { left: zone.left + 16, top: zone.top + 734, width, height, side: 'right' },
        { left: zone.left + 16, top: zone.top + 172, width: 250, height, side: 'right' },
      ] satisfies Slot[]
    ).filter((slot) => slot.left >= zone.left);
  }
  const [width, height] = [390, 214];
  const province = provinceBox(layout);
  const slots: Slot[] = [];
  for (const top of [zone.top + 182, zone.top + 420, zone.top + 658]) {
    slots.push({ left: province.left - width - 30, top, width, height, side: 'right' });
    slots.push({ left: province.left + province.width + 30, top, width, height, side: 'left' });
  }
  slots.push({ left: province.left + province.width + 30, top: zone.top + 18, width, height: 150, side: 'left' });
  return slots.filter(
    (slot) => slot.left >= zone.left && slot.left + slot.width <= right && !crossesEdge(slot.left, slot.width, layout.edges),
  );
}

/** Where the one large number stands. */
export function attentionBox(layout: WallLayout): Box {
  const { zone } = layout;
  if (layout.columns === 1) return { left: zone.left + 24, top: zone.top + 14, width: 284, height: 150 };
  return { left: provinceBox(layout).left - 420, top: zone.top + 14, width: 390, height: 150 };
}
export function legendBox(layout: WallLayout): Box {
  const { zone } = layout;
  const left = layout.columns === 1 ? zone.left + 24 : provinceBox(layout).left - 30;
  return { left, top: zone.top + zone.height - 60, width: 330, height: 52 };
}

/** Right end of the line that names the map's sources. */
export function attributionEdge(layout: WallLayout): number {
  if (layout.columns === 1) return layout.zone.left + layout.zone.width - 16;
  const province = provinceBox(layout);
  return province.left + province.width + 420;
}

/** Plain map left and right of everything on a wall of three displays: room for a layer of its own. Empty on smaller walls. */
export function flankBoxes(layout: WallLayout): { readonly left: Box; readonly right: Box } | null {
  if (layout.columns < 3) return null;
  const [first, second] = [layout.edges[0], layout.edges[1]];
  if (first === undefined || second === undefined) return null;
  const { zone } = layout;
  const top = zone.top + gap;
  const height = zone.height - 2 * gap;
  return {
    left: { left: zone.left + 26, top, width: first - zone.left - 60, height },
    right: { left: second + 34, top, width: zone.left + zone.width - second - 60, height },
  };
}

/** How far from the wall's sides the map is faded into the ground: over the rails, the flanks, and a little more. */
export function veils(layout: WallLayout): { readonly left: number; readonly right: number } {
  const flanks = flankBoxes(layout);
  const plain = layout.zone.left + 150;
  return flanks
    ? { left: flanks.left.left + flanks.left.width + 120, right: layout.width - flanks.right.left + 120 }
    : { left: plain, right: plain };
}
