// A raster among the files of an import, and its tiles while they fill.
import type { LayerTiles } from '../../contracts/layer.ts';
import type { TilerFormat, TilerInfo } from './tiler.ts';

/** Tiles that fill, kept with the job. */
export type StagedTiles = { -readonly [key in keyof LayerTiles]: LayerTiles[key] } & {
  /** How many are left out, by reason. */
  skipped: Record<string, number>;
};
/** What a layer of a file is read from. */
export interface RasterFile {
  readonly path: string;
  readonly format: TilerFormat;
  readonly info: TilerInfo;
}
