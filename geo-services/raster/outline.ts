// A raster as a shape and as levels of tiles: its outline, its box in degrees, the size of its pixels, what a person may make of it. Pure.

import type { BBox } from '../../contracts/geo.ts';
import type { RasterPreview } from '../../contracts/import.ts';
import { MAX_LATITUDE, webMercatorFromLngLat } from '../crs/web-mercator.ts';
import type { ArchiveInfo } from './archive.ts';
import { tilesAt, zoomFor } from './tile-grid.ts';
import type { TiffInfo, TilerInfo } from './tiler.ts';

/** Points on each edge: a straight edge of a projected raster is bent in degrees. */
const perEdge = 24;
/** Tiles of the finest level at most: 256 pixels each way and four bytes a pixel, half a terabyte. */
export const mostTiles = 2_000_000;

/** Closed ring in the raster's own coordinates. */
export function outlineOf({
  width,
  height,
  affine: [a, b, c, d, e, f],
}: Pick<TiffInfo, 'width' | 'height' | 'affine'>): [number, number][] {
  const corners = [
    [0, 0],
    [0, height],
    [width, height],
    [width, 0],
    [0, 0],
  ] as const;
  const ring: [number, number][] = [];
  for (let n = 0; n < 4; n++) {
    const [from, to] = [corners[n] as readonly [number, number], corners[n + 1] as readonly [number, number]];
    for (let k = 0; k < perEdge; k++) {
      const [x, y] = [from[0] + ((to[0] - from[0]) * k) / perEdge, from[1] + ((to[1] - from[1]) * k) / perEdge];
      ring.push([a * x + b * y + c, d * x + e * y + f]);
    }
  }
  ring.push(ring[0] as [number, number]);
  return ring;
}
export function ringOfBox([west, south, east, north]: BBox): [number, number][] {
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
}

export interface Spread {
  /** Degrees, as far as Web Mercator goes. */
  readonly bounds: BBox;
  /** Side of a pixel on the ground in the middle, metres. */
  readonly pixelMetres: number;
  readonly minZoom: number;
  readonly maxZoom: number;
  readonly tiles: number;
}
/** @param degrees from the raster's coordinates to degrees. null: it lies nowhere on the map. */
export function spreadOf(tiff: TiffInfo, degrees: (x: number, y: number) => readonly [number, number]): Spread | null {
  const ring = outlineOf(tiff).map(([x, y]) => degrees(x, y));
  const finite = ring.filter(([lng, lat]) => Number.isFinite(lng) && Number.isFinite(lat));
  if (finite.length < ring.length || finite.some(([lng, lat]) => Math.abs(lng) > 180.001 || Math.abs(lat) > 90.001)) return null;
  const clamp = (value: number, most: number): number => Math.min(most, Math.max(-most, value));
  const [lngs, lats] = [finite.map(([lng]) => clamp(lng, 180)), finite.map(([, lat]) => clamp(lat, MAX_LATITUDE))];
  const bounds: BBox = [Math.min(...lngs), Math.min(...lats), Math.max(...lngs), Math.max(...lats)];
  if (bounds[0] >= bounds[2] || bounds[1] >= bounds[3]) return null;
  const [a, b, c, d, e, f] = tiff.affine;
  const at = (column: number, row: number) => {
    const [lng, lat] = degrees(a * column + b * row + c, d * column + e * row + f);
    return { lat, plane: webMercatorFromLngLat([lng, clamp(lat, MAX_LATITUDE)]) };
  };
  const [x, y] = [tiff.width / 2, tiff.height / 2];
  const middle = at(x, y);
  const far = (column: number, row: number): number => {
    const other = at(column, row);
    return Math.hypot(other.plane[0] - middle.plane[0], other.plane[1] - middle.plane[1]);
  };
  const plane = Math.sqrt(far(x + 0.5, y) * far(x, y + 0.5)) * 2;
  if (!(plane > 0)) return null;
  const maxZoom = zoomFor(plane);
  // Coarser than this it would be a speck.
  const pixels = Math.max(tiff.width, tiff.height);
  const minZoom = Math.max(0, maxZoom - Math.max(0, Math.floor(Math.log2(pixels / 16))));
  return {
    bounds,
    pixelMetres: plane * Math.cos((clamp(middle.lat, MAX_LATITUDE) * Math.PI) / 180),
    minZoom,
    maxZoom,
    tiles: Math.round((tilesAt(bounds, maxZoom) * 4) / 3),
  };
}

/** One band of numbers that could be metres above the sea, not of colours. */
function mayBeHeights({ bands }: TiffInfo): boolean {
  const [first] = bands;
  if (!first || bands.length > 2 || first.type === 'uint8' || first.colour === 'palette' || first.colour === 'red') return false;
  return first.statistics !== null && first.statistics.min >= -12_000 && first.statistics.max <= 9_000;
}

export function previewOfTiff(tiff: TiffInfo, spread: Spread | null): RasterPreview {
  return {
    ...{ kind: 'raster', width: tiff.width, height: tiff.height, bands: tiff.bands.slice(0, 20), format: null },
    ...{ pixelMetres: spread?.pixelMetres ?? null, minZoom: spread?.minZoom ?? null, maxZoom: spread?.maxZoom ?? null },
    tiles: spread?.tiles ?? null,
    uses:
      tiff.bands[0]?.colour === 'red' || tiff.bands[0]?.colour === 'palette'
        ? ['picture']
        : mayBeHeights(tiff)
          ? ['elevation', 'picture']
          : ['picture', 'elevation'],
  };
}
export function previewOfArchive(archive: ArchiveInfo): RasterPreview {
  return {
    ...{ kind: 'archive', width: 0, height: 0, bands: [], pixelMetres: null, format: archive.format, uses: [] },
    ...{ minZoom: archive.minZoom, maxZoom: archive.maxZoom, tiles: archive.tiles },
  };
}
export const previewOfInfo = (info: TilerInfo, degrees: ((x: number, y: number) => readonly [number, number]) | null): RasterPreview =>
  'tiff' in info ? previewOfTiff(info.tiff, degrees && spreadOf(info.tiff, degrees)) : previewOfArchive(info.archive);
