// Colour ramps for rasters of one band: share of the range and its colour, the first at 0 and the last at 1.
import type { RasterRamp } from '../../contracts/import.ts';

export type Stop = readonly [share: number, colour: readonly [number, number, number]];

export const rampStops: Readonly<Record<RasterRamp, readonly Stop[]>> = {
  terrain: [
    [0, [62, 118, 92]],
    [0.2, [128, 160, 108]],
    [0.45, [206, 196, 142]],
    [0.7, [160, 122, 86]],
    [0.9, [150, 140, 134]],
    [1, [244, 244, 242]],
  ],
  grey: [
    [0, [0, 0, 0]],
    [1, [255, 255, 255]],
  ],
  heat: [
    [0, [44, 123, 182]],
    [0.25, [171, 217, 233]],
    [0.5, [255, 255, 191]],
    [0.75, [253, 174, 97]],
    [1, [215, 25, 28]],
  ],
  blues: [
    [0, [8, 48, 107]],
    [0.5, [66, 146, 198]],
    [1, [222, 235, 247]],
  ],
};
