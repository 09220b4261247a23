// Tests of the printed sheet: everything inside the paper, and a scale that is true.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutOf, metresPerPixel, type Paper, papers, scaleBar, scaleOf, sheetZoom } from './sheet.ts';

describe('the sheet', () => {
  it.each((Object.keys(papers) as Paper[]).flatMap((paper) => [[paper, false] as const, [paper, true] as const]))(
    '%s, portrait %s, keeps inside its paper',
    (paper, portrait) => {
      const { width, height, map, foot } = layoutOf({ paper, portrait });
      expect(width > height).toBe(!portrait);
      expect([map[0] + map[2], foot[0] + foot[2]]).toEqual([width - 10, width - 10]);
      expect(map[1] + map[3]).toBeCloseTo(foot[1], 6);
      expect(foot[1] + foot[3]).toBe(height - 10);
    },
  );
  it('has a true scale', () => {
    // Zoom 0: the equator in 512 px.
    expect(metresPerPixel([0, 0], 0) * 512).toBeCloseTo(40_075_016.686, 3);
    expect(metresPerPixel([123, 60], 3) / metresPerPixel([123, 0], 3)).toBeCloseTo(0.5, 9);
    // 96 px are an inch: 1 : 1 000 000 is 25.4 km an inch.
    expect(scaleOf(25_400 / 96)).toBe(1_000_000);
    expect(sheetZoom(8, [700, 700], [1400, 1400])).toBe(9);
    // A flat sheet of a square screen: the height decides, nothing is cut off.
    expect(sheetZoom(8, [700, 700], [2800, 1400])).toBe(9);
  });
  it('draws a bar of a round length that fits', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 20_000, noNaN: true }), (metres) => {
        const bar = scaleBar(metres, 160);
        expect(bar.width).toBeLessThanOrEqual(160.001);
        expect(bar.width).toBeGreaterThan(160 / 2.6);
        expect('125').toContain(String(bar.metres / 10 ** Math.floor(Math.log10(bar.metres) + 1e-9))[0]);
      }),
    );
  });
});
