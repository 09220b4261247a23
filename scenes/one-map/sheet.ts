// A printed sheet: paper, where things stand on it in millimetres, and the scale. Pure.
import type { LngLat } from '../../contracts/geo.ts';

export const papers = { A4: [297, 210], A3: [420, 297], A2: [594, 420] } as const;
export type Paper = keyof typeof papers;
export interface SheetOptions {
  readonly paper: Paper;
  readonly portrait: boolean;
  readonly title: string;
}
/** x, y, width, height in mm from the top left. */
export type Box = readonly [number, number, number, number];
export interface SheetLayout {
  readonly width: number;
  readonly height: number;
  readonly map: Box;
  /** Baseline of the title. */
  readonly title: number;
  readonly foot: Box;
}
const margin = 10;
const head = 16;
const foot = 14;
/** Pixels per inch of the picture: legible, and a canvas of A2 that a browser still makes. */
export const dotsPerInch: Readonly<Record<Paper, number>> = { A4: 200, A3: 150, A2: 110 };
export const pixels = (millimetres: number, dpi: number): number => Math.round((millimetres / 25.4) * dpi);

export function layoutOf({ paper, portrait }: Pick<SheetOptions, 'paper' | 'portrait'>): SheetLayout {
  const [long, short] = papers[paper];
  const [width, height] = portrait ? [short, long] : [long, short];
  return {
    ...{ width, height },
    map: [margin, margin + head, width - 2 * margin, height - 2 * margin - head - foot],
    title: margin + 11,
    foot: [margin, height - margin - foot, width - 2 * margin, foot],
  };
}

/** Metres on the ground of one CSS px at a zoom of the engine (512 px tiles). WGS 84 equator. */
export const metresPerPixel = ([, lat]: LngLat, zoom: number): number =>
  (40_075_016.686 * Math.cos((lat * Math.PI) / 180)) / 512 / 2 ** zoom;
/** The other way round. */
export const zoomAt = (at: LngLat, metres: number): number => Math.log2(metresPerPixel(at, 0) / metres);
/** The zoom at which a sheet shows at least what the screen shows. Width and height in CSS px. */
export const sheetZoom = (zoom: number, screen: readonly [number, number], sheet: readonly [number, number]): number =>
  zoom + Math.log2(Math.min(sheet[0] / Math.max(1, screen[0]), sheet[1] / Math.max(1, screen[1])));
/** Denominator of the scale: ground metres of a CSS px over its 25.4/96 mm. Rounded to three figures. */
export function scaleOf(metresOfPixel: number): number {
  const exact = metresOfPixel / (0.0254 / 96);
  const step = 10 ** (Math.floor(Math.log10(exact)) - 2);
  return Math.round(exact / step) * step;
}
/** The longest 1-2-5 length that is no wider than `widest` CSS px. */
export function scaleBar(
  metresOfPixel: number,
  widest: number,
): { readonly metres: number; readonly width: number; readonly text: string } {
  const most = metresOfPixel * widest;
  const decade = 10 ** Math.floor(Math.log10(most));
  const metres = ([5, 2, 1].find((step) => step * decade <= most) ?? 1) * decade;
  return { metres, width: metres / metresOfPixel, text: metres >= 1000 ? `${metres / 1000} km` : `${metres} m` };
}
