// What every reader yields: numbered rows with attributes and a geometry, or why a row is none.

import type { RasterFile } from '../../raster/raster-file.ts';

export type Position = number[];
/** GeoJSON (RFC 7946) as it stands in the file, in the file's own coordinates. */
export type Geometry =
  | { readonly type: 'Point' | 'MultiPoint' | 'LineString' | 'MultiLineString' | 'Polygon' | 'MultiPolygon'; readonly coordinates: unknown }
  | { readonly type: 'GeometryCollection'; readonly geometries: readonly Geometry[] };

export interface SourceRow {
  /** From 1, in the order of the file; the same at every reading. */
  readonly number: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly geometry: Geometry | null;
  /** The row cannot be read: why. */
  readonly broken?: string;
}

/** A table or collection inside the files of a job. */
export interface SourceLayer {
  readonly name: string;
  readonly format: string;
  readonly encoding: string | null;
  readonly count: number | null;
  /** Names and types that the file declares; null: to be found in the rows. */
  readonly declared: readonly { readonly name: string; readonly type: string }[] | null;
  /** WKT or EPSG:nnnn of the file. */
  readonly crs: string | null;
  /** Rows have attributes only: the place is in a column. */
  readonly tabular: boolean;
  readonly notes: readonly string[];
  /** A raster or an archive: its one row is its outline, its tiles are made of this file. */
  readonly raster?: RasterFile;
  /** Rows after number `skip`, as they are asked for. @throws Problem bad-file */
  read(options: ReadOptions): AsyncGenerator<SourceRow>;
}
export interface ReadOptions {
  readonly skip: number;
  /** Rows at most; absent: all. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
  /** How far the reading is, 0–1. */
  readonly onProgress?: (share: number) => void;
}
