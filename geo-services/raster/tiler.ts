// What the process that makes tiles is asked and answers. Its own process: a file that takes all memory or never ends takes it down, not the house.

import type { BBox } from '../../contracts/geo.ts';
import type { RasterBand, RasterPlan } from '../../contracts/import.ts';
import type { ArchiveInfo, ArchiveTile } from './archive.ts';

/** Column, row → x, y: x = a·column + b·row + c, y = d·column + e·row + f. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export type TilerFormat = 'geotiff' | 'mbtiles' | 'pmtiles';
export interface TiffInfo {
  readonly width: number;
  readonly height: number;
  readonly affine: Affine;
  readonly crs: string | null;
  readonly bands: readonly RasterBand[];
}
export type TilerInfo = { readonly tiff: TiffInfo } | { readonly archive: ArchiveInfo };

/** How a raster is drawn. */
export interface DrawOrder {
  readonly use: 'picture' | 'elevation';
  readonly plan: RasterPlan;
  /** As degreesTo takes it. */
  readonly crs: string;
  readonly bounds: BBox;
  readonly maxZoom: number;
}
export type Question =
  | { readonly ask: 'open'; readonly path: string; readonly name: string; readonly format: TilerFormat }
  /** The piece that begins at `from`: block number of a raster, entry of an archive. */
  | { readonly ask: 'piece'; readonly from: number; readonly draw: DrawOrder | null }
  /** Four tiles that we made (PNG; null: none) as the one above them. */
  | { readonly ask: 'join'; readonly use: 'picture' | 'elevation'; readonly quarters: readonly (Uint8Array | null)[] };
export interface Piece {
  readonly tiles: readonly ArchiveTile[];
  /** Where the next piece begins; null: there is none. */
  readonly next: number | null;
  /** Entries looked at. */
  readonly read: number;
  /** How many tiles are left out, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Heights: lowest and highest, metres. */
  readonly range: readonly [number, number] | null;
}
export type Answer =
  | { readonly info: TilerInfo }
  | { readonly piece: Piece }
  | { readonly joined: Uint8Array | null }
  | { readonly refused: string; readonly rewriting: boolean };
