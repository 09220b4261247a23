// GSHHG's bins: numbering, unsigned positions, packed shore segments; and the real file where it is installed.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BinnedLines, linesWithin, unpackShores } from './gshhg-lines.ts';
import { installedPaths, readBinnedLines } from './sources.file.ts';

/** Bins of 90°: four around, two high; bin 1 is 90–180° E, 0–90° N. */
const file: BinnedLines = {
  binMinutes: 90 * 60,
  binsAround: 4,
  firstSegment: [0, 0, 2, 2, 2, 2, 2, 2],
  segmentsInBin: [0, 2, 0, 0, 0, 1, 0, 0],
  pointsInSegment: [2, 1, 2],
  level: [2, 3, 3],
  firstPoint: [0, 2, 3],
  // −1 as a signed short is 65535: the far edge of the bin.
  lng: [0, -1, 0, 0, 100],
  lat: [0, -1, 0, 0, 100],
};

describe('GSHHG lines', () => {
  it('puts a segment where its bin is and drops what is no line', () => {
    expect(linesWithin(file, [100, 10, 101, 11])).toEqual([
      {
        level: 2,
        line: [
          [90, 0],
          [180, 90],
        ],
      },
    ]);
  });
  it('reads only the bins that touch the box', () => {
    expect(linesWithin(file, [-10, -10, -5, -5])).toEqual([]);
    expect(linesWithin(file, [100, -80, 101, -70]).map((line) => line.level)).toEqual([3]);
  });
  it('unpacks points and level of a shore segment', () => {
    expect(unpackShores([(37 << 9) | (2 << 6) | (4 << 3) | 4])).toEqual({ pointsInSegment: [37], level: [2] });
  });

  const installed = installedPaths().rivers;
  const reference = '../shared/data/rivers/gshhg_wdbii_rivers_liaoning.geojson';
  it.skipIf(!existsSync(installed) || !existsSync(reference))(
    'equals an independent decoding of the same file (skipped where either is absent)',
    async () => {
      const rivers = await readBinnedLines(installed, 'rivers');
      if (!rivers) return expect.unreachable('nccopy is missing');
      const known = JSON.parse(readFileSync(reference, 'utf8')) as {
        features: { properties: { level: number }; geometry: { coordinates: [number, number][] } }[];
      };
      const key = (level: number, line: readonly (readonly [number, number])[]): string =>
        `${level} ${line.length} ${line.map((p) => p.map((v) => v.toFixed(3))).join(' ')}`;
      const ours = new Set(linesWithin(rivers, [118.5, 38.5, 126, 43.7]).map((river) => key(river.level, river.line)));
      const missing = known.features.filter((f) => !ours.has(key(f.properties.level, f.geometry.coordinates)));
      expect(known.features.length).toBe(116);
      // Rounding to three decimals may fall either way for a few.
      expect(missing.length).toBeLessThan(12);
    },
  );
});
