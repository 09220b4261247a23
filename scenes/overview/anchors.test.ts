// Callouts, names and flanks on walls of any shape.
import { describe, expect, it } from 'vitest';
import { cities } from '../../contracts/adcodes.data.ts';
import { wallLayout } from '../../screen/wall/layout.ts';
import { attentionBox, attributionEdge, calloutSlots, flankBoxes, labelAnchor, labelBox, legendBox, provinceBox } from './anchors.ts';

describe('anchors', () => {
  it.each([
    [1920, 1080],
    [3840, 2160],
    [3840, 1080],
    [6656, 1792],
    [5760, 1080],
  ])('of a wall of %s × %s lie in the map and on no edge between displays', (width, height) => {
    const layout = wallLayout(width, height);
    const { zone } = layout;
    const inside = (box: { left: number; top: number; width: number; height: number }): boolean =>
      box.left >= zone.left &&
      box.top >= zone.top &&
      box.left + box.width <= zone.left + zone.width &&
      box.top + box.height <= zone.top + zone.height;
    const slots = calloutSlots(layout);
    expect(slots.length).toBeGreaterThanOrEqual(3);
    for (const box of [...slots, provinceBox(layout), attentionBox(layout), legendBox(layout)]) expect(inside(box)).toBe(true);
    for (const slot of slots) expect(layout.edges.some((edge) => edge > slot.left && edge < slot.left + slot.width)).toBe(false);
    expect(attributionEdge(layout)).toBeLessThanOrEqual(zone.left + zone.width);
    const flanks = flankBoxes(layout);
    expect(flanks !== null).toBe(layout.columns === 3);
    for (const box of flanks ? [flanks.left, flanks.right] : []) expect(inside(box)).toBe(true);
  });
  it('give each city a name box beside its seat', () => {
    for (const city of cities) {
      const box = labelBox(city.short, [500, 500], labelAnchor(city.adcode), false);
      expect(500 > box.left && 500 < box.left + box.width && 500 > box.top && 500 < box.top + box.height).toBe(false);
    }
  });
});
