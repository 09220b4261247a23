// Where things stand on a wall of any shape, in u (1/1080 of its height): header, rails, map, footer. Pure.
//
// Source: look/wall-tokens.md, grid and spacing: one rail column of 372u below 26:10, two of 388u from there, three from 45:10.

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}
export interface WallLayout {
  /** CSS pixels of one u. */
  readonly unit: number;
  /** Width in u; the height is 1080. */
  readonly width: number;
  readonly columns: 1 | 2 | 3;
  readonly column: number;
  /** Width of a rail: its columns and the gaps between them. */
  readonly rail: number;
  /** Between the rails, header to footer. */
  readonly zone: Box;
  /** Share of the wall that the zone covers. */
  readonly mapShare: number;
  /** x of the edges between displays, u; nothing crosses them. */
  readonly edges: readonly number[];
}
export const wallHeight = 1080;
export const header = 64;
export const footer = 84;
export const gap = 10;
export const margin = 20;

/**
 * @param width,height of the wall in CSS px, any positive
 * @param displays how many displays stand side by side; absent: as many 16:9 ones as there is room for
 */
export function wallLayout(width: number, height: number, displays?: number): WallLayout {
  const unit = height / wallHeight;
  const wide = width / unit;
  const shape = width / height;
  const columns = shape >= 4.5 ? 3 : shape >= 2.6 ? 2 : 1;
  const column = columns === 1 ? 372 : 388;
  const rail = columns * column + (columns - 1) * gap;
  const zone = {
    left: margin + rail,
    top: header,
    width: Math.max(0, wide - 2 * (margin + rail)),
    height: wallHeight - header - footer,
  };
  const count = displays ?? Math.max(1, Math.round(shape / (16 / 9)));
  return {
    unit,
    width: wide,
    columns,
    column,
    rail,
    zone,
    mapShare: (zone.width * zone.height) / (wide * wallHeight),
    edges: Array.from({ length: count - 1 }, (_, i) => ((i + 1) * wide) / count),
  };
}

/** Whether a span of x meets an edge between displays. */
export function crossesEdge(left: number, width: number, edges: readonly number[], bezel = 4): boolean {
  return edges.some((edge) => left - bezel < edge && left + width + bezel > edge);
}
