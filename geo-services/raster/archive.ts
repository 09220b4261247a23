// What archives of tiles have in common: which bytes are a tile, what their metadata say, and what is refused. Pure.
//
// Source: MBTiles 1.3; PMTiles 3; magic numbers of PNG (ISO/IEC 15948), JPEG (ITU-T T.81), WebP (RIFF), gzip (RFC 1952).
import { gunzipSync } from 'node:zlib';
import type { BBox } from '../../contracts/geo.ts';
import type { LayerTiles } from '../../contracts/layer.ts';
import { MAX_LATITUDE } from '../crs/web-mercator.ts';

export const MVT = 'application/vnd.mapbox-vector-tile';
export interface ArchiveInfo {
  readonly format: LayerTiles['format'];
  readonly gzip: boolean;
  readonly minZoom: number;
  readonly maxZoom: number;
  readonly bounds: BBox;
  /** Entries; a run of equal tiles is one. null: not told. */
  readonly tiles: number | null;
  readonly title: string;
  readonly attribution: string;
  readonly vectorLayers: readonly { readonly id: string; readonly fields: readonly string[] }[];
  readonly notes: readonly string[];
}
/** A tile of an archive on its way in: its Hilbert number, and how many after it are equal. */
export interface ArchiveTile {
  readonly tile: number;
  readonly run: number;
  readonly body: Uint8Array;
}

export const archiveBounds = { tileBytes: 8 << 20, unpackedBytes: 32 << 20, tiles: 50_000_000, zoom: 24 } as const;

/** Media type of bytes; gzip counts as the vector tile that it wraps. null: none of ours. */
export function typeOfTile(body: Uint8Array): { format: LayerTiles['format']; gzip: boolean } | null {
  const [a, b, c, d] = body;
  if (a === 0x89 && b === 0x50 && c === 0x4e && d === 0x47) return { format: 'image/png', gzip: false };
  if (a === 0xff && b === 0xd8) return { format: 'image/jpeg', gzip: false };
  if (a === 0x52 && b === 0x49 && c === 0x46 && d === 0x46 && body[8] === 0x57) return { format: 'image/webp', gzip: false };
  if (a === 0x1f && b === 0x8b) return { format: MVT, gzip: true };
  // A vector tile begins with field 3, a layer.
  if (a === 0x1a) return { format: MVT, gzip: false };
  return null;
}

/** Why a tile is not taken; null: it is. `expected`: what the archive is of. */
export function faultOf(body: Uint8Array, expected: Pick<ArchiveInfo, 'format' | 'gzip'>): string | null {
  if (body.length === 0) return '瓦片是空的';
  if (body.length > archiveBounds.tileBytes) return `瓦片大于 ${archiveBounds.tileBytes >> 20} MiB`;
  const type = typeOfTile(body);
  if (!type) return '不是瓦片';
  if ((type.format === MVT) !== (expected.format === MVT)) return '与档案的格式不符';
  if (type.format === MVT && type.gzip !== expected.gzip) return '压缩方式与档案的不符';
  if (!type.gzip) return null;
  try {
    const inner = gunzipSync(body, { maxOutputLength: archiveBounds.unpackedBytes });
    return inner.length === 0 || inner[0] === 0x1a ? null : '压缩里不是矢量瓦片';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? '瓦片解压后过大' : '瓦片解压不了';
  }
}

/** Four numbers as a box of degrees that Web Mercator has; null: they are none. */
export function boundsOf(numbers: readonly number[]): BBox | null {
  const [west, south, east, north] = numbers;
  if (west === undefined || south === undefined || east === undefined || north === undefined) return null;
  if (![west, south, east, north].every(Number.isFinite) || west >= east || south >= north) return null;
  const clamp = (value: number, most: number): number => Math.min(most, Math.max(-most, value));
  const box: BBox = [clamp(west, 180), clamp(south, MAX_LATITUDE), clamp(east, 180), clamp(north, MAX_LATITUDE)];
  return box[0] < box[2] && box[1] < box[3] ? box : null;
}
export const wholeWorld: BBox = [-180, -MAX_LATITUDE, 180, MAX_LATITUDE];

/** TileJSON's vector_layers, however broken. */
export function vectorLayersOf(json: unknown): { id: string; fields: string[] }[] {
  const list = (json as { vector_layers?: unknown } | null)?.vector_layers;
  if (!Array.isArray(list)) return [];
  return list
    .slice(0, 500)
    .flatMap((one: { id?: unknown; fields?: unknown }) =>
      typeof one?.id === 'string' && one.id.length <= 200
        ? [{ id: one.id, fields: typeof one.fields === 'object' && one.fields !== null ? Object.keys(one.fields).slice(0, 500) : [] }]
        : [],
    );
}
/** Text of metadata without markup, cut. */
export const wordsOf = (value: unknown, most: number): string =>
  typeof value === 'string'
    ? value
        .replace(/<[^>]*>/g, '')
        .replace(/[\p{Cc}<>]/gu, ' ')
        .trim()
        .slice(0, most)
    : '';
