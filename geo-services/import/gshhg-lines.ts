// Lines of GSHHG's binned files (rivers, shores), for the bins that touch a box: each segment a line with its level.
//
// Source: GSHHG 2.3.7 (LGPL-3+), Debian gmt-gshhg-high `binned_river_h.nc` and `binned_GSHHS_h.nc` after `nccopy -k classic`. Bins run eastwards
// from 0°, row by row from the north; a point is 1/65535 of the bin's size from its south-west corner, unsigned 16 bit.
import type { BBox, LngLat } from '../../contracts/geo.ts';

/** Arrays as they lie in the file. */
export interface BinnedLines {
  readonly binMinutes: number;
  readonly binsAround: number;
  readonly firstSegment: ArrayLike<number>;
  readonly segmentsInBin: ArrayLike<number>;
  readonly pointsInSegment: ArrayLike<number>;
  readonly level: ArrayLike<number>;
  readonly firstPoint: ArrayLike<number>;
  readonly lng: ArrayLike<number>;
  readonly lat: ArrayLike<number>;
}
export interface GshhgLine {
  /** Rivers: 1–2 main ones, 3 further permanent ones, above 3 smaller ones and canals. Shores: 1 sea, 2 lake, 3 island in a lake. */
  readonly level: number;
  readonly line: readonly LngLat[];
}

/** Lines of the bins that touch `box`; a line that crosses a bin's edge comes in pieces with equal end points. */
export function linesWithin(file: BinnedLines, box: BBox): GshhgLine[] {
  const size = file.binMinutes / 60;
  const lines: GshhgLine[] = [];
  const unsigned = (value: number): number => (value < 0 ? value + 65536 : value);
  for (let bin = 0; bin < file.firstSegment.length; bin++) {
    const west = (bin % file.binsAround) * size;
    const south = 90 - (Math.floor(bin / file.binsAround) + 1) * size;
    if (west + size < box[0] || west > box[2] || south + size < box[1] || south > box[3]) continue;
    const first = file.firstSegment[bin] ?? 0;
    for (let segment = first; segment < first + (file.segmentsInBin[bin] ?? 0); segment++) {
      const start = file.firstPoint[segment] ?? 0;
      const line: LngLat[] = [];
      for (let i = start; i < start + (file.pointsInSegment[segment] ?? 0); i++)
        line.push([round(west + (unsigned(file.lng[i] ?? 0) / 65535) * size), round(south + (unsigned(file.lat[i] ?? 0) / 65535) * size)]);
      if (line.length >= 2) lines.push({ level: file.level[segment] ?? 0, line });
    }
  }
  return lines;
}
/** To 1e-5° (1 m): the file resolves 3 m, and equal end points must stay equal. */
function round(degrees: number): number {
  return Math.round(degrees * 1e5) / 1e5;
}

/** Shores pack the number of points (from bit 9) and the level (bits 6–8) of a segment into one number (GMT gmt_shore.c). */
export function unpackShores(packed: ArrayLike<number>): { pointsInSegment: number[]; level: number[] } {
  const all = Array.from(packed);
  return { pointsInSegment: all.map((value) => value >>> 9), level: all.map((value) => (value >>> 6) & 7) };
}
