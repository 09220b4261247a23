// A GeoTIFF read by windows: geotiff.js decodes blocks as they are asked for, the last ones are kept within a budget, so that a file of any
// size takes the same memory. Chosen over GDAL's programs: the same on machines without them, a shifted system (GCJ-02) needs no detour, and
// a stop loses one block of tiles.
//
// Source: OGC GeoTIFF 1.1 (19-008r4); TIFF 6.0; GDAL's own tag 42113 (GDAL_NODATA); ESRI world files (.tfw).
import { readFile, stat } from 'node:fs/promises';
import { fromFile, type GeoTIFF, type GeoTIFFImage } from 'geotiff';
import type { RasterBand } from '../../contracts/import.ts';
import { Problem } from '../../contracts/problem.ts';
import { systemOf } from '../import/crs-systems.ts';
import type { Affine } from './tiler.ts';

export interface Tiff {
  readonly width: number;
  readonly height: number;
  readonly affine: Affine;
  /** EPSG:nnnn of the file as it stands, known to us or not; null: none. */
  readonly crs: string | null;
  readonly bands: readonly RasterBand[];
  readonly photometric: number;
  /** Colours of a palette, RGB 0–255; null: no palette. */
  readonly palette: Uint8Array | null;
  /** Values of some bands in a window of whole pixels, band after band; without data: NaN. */
  read(window: readonly [number, number, number, number], bands: readonly number[], noData: number | null): Promise<Float32Array[]>;
  close(): void;
}

const cacheBytes = 96 << 20;
/** Decoded at most; a larger one is cut anew by GDAL, where it is. */
export const mostBlockBytes = 64 << 20;
const mostSide = 1_000_000;
/** None, LZW, JPEG, deflate (two numbers), PackBits, LERC. */
const knownCompressions = new Set([1, 5, 7, 8, 32946, 32773, 34887]);

const photometricNames: Readonly<Record<number, readonly string[]>> = {
  0: ['grey'],
  1: ['grey'],
  2: ['red', 'green', 'blue'],
  3: ['palette'],
  6: ['red', 'green', 'blue'],
};

/** What geotiff.js cannot decode or would have to decode as one piece: GDAL can make it fit. */
export class NeedsRewriting extends Error {}

/** Blocks by number, the least lately used dropped beyond the budget. */
function keepBlocks(image: GeoTIFFImage): void {
  const kept = new Map<string, Promise<{ x: number; y: number; sample: number; data: ArrayBufferLike }>>();
  const sizes = new Map<string, number>();
  let bytes = 0;
  const read = image.getTileOrStrip.bind(image);
  image.getTileOrStrip = (x, y, sample, decoder, signal) => {
    const key = `${x} ${y} ${sample}`;
    const known = kept.get(key);
    if (known) {
      kept.delete(key);
      kept.set(key, known);
      return known;
    }
    const asked = read(x, y, sample, decoder, signal).then((block) => {
      sizes.set(key, block.data.byteLength);
      bytes += block.data.byteLength;
      for (const old of kept.keys()) {
        if (bytes <= cacheBytes || old === key) break;
        bytes -= sizes.get(old) ?? 0;
        sizes.delete(old);
        kept.delete(old);
      }
      return block;
    });
    kept.set(key, asked);
    return asked;
  };
}

async function affineOf(image: GeoTIFFImage, path: string): Promise<Affine | null> {
  const file = image.fileDirectory;
  // A file that does not say it is of areas.
  const half = Number(image.getGeoKeys()?.GTRasterTypeGeoKey) === 2 ? 0.5 : 0;
  const moved = ([a, b, c, d, e, f]: Affine): Affine => [a, b, c - half * (a + b), d, e, f - half * (d + e)];
  const matrix = file.hasTag('ModelTransformation')
    ? ((await file.loadValue('ModelTransformation')) as ArrayLike<number> | undefined)
    : undefined;
  if (matrix && matrix.length >= 8) {
    const at = (n: number): number => Number(matrix[n]);
    return moved([at(0), at(1), at(3), at(4), at(5), at(7)]);
  }
  const scale = file.hasTag('ModelPixelScale') ? ((await file.loadValue('ModelPixelScale')) as ArrayLike<number> | undefined) : undefined;
  const tie = file.hasTag('ModelTiepoint') ? ((await file.loadValue('ModelTiepoint')) as ArrayLike<number> | undefined) : undefined;
  if (scale && tie && tie.length >= 6) {
    const [sx, sy] = [Number(scale[0]), Number(scale[1])];
    const [column, row, , x, y] = Array.from({ length: 5 }, (_, n) => Number(tie[n])) as [number, number, number, number, number];
    return moved([sx, 0, x - column * sx, 0, -sy, y + row * sy]);
  }
  const world = await readFile(path.replace(/\.tiff?$/i, '.tfw'), 'latin1').catch(() =>
    readFile(path.replace(/\.tiff?$/i, '.TFW'), 'latin1').catch(() => null),
  );
  const numbers = world?.slice(0, 1000).trim().split(/\s+/).map(Number) ?? [];
  if (numbers.length < 6 || numbers.some(Number.isNaN)) return null;
  // A, D, B, E, C, F; C and F are the middle of the first pixel.
  const [a, d, b, e, x, y] = numbers as [number, number, number, number, number, number];
  return [a, b, x - (a + b) / 2, d, e, y - (d + e) / 2];
}

/** The code of a projected or geographic system; null: none, or one that is spelled out by parameters. */
function epsgOf(image: GeoTIFFImage): string | null {
  const keys = image.getGeoKeys();
  for (const key of ['ProjectedCSTypeGeoKey', 'GeographicTypeGeoKey'] as const) {
    const code = Number(keys?.[key]);
    if (key === 'ProjectedCSTypeGeoKey' && code === 32767) return null;
    if (code > 0 && code !== 32767) return `EPSG:${code}`;
  }
  return null;
}

/** Whether every block lies in the file: one that was cut short would be read as zeros. */
async function isWhole({ fileDirectory, isTiled }: GeoTIFFImage, size: number): Promise<boolean> {
  const [offsets, counts] = isTiled ? (['TileOffsets', 'TileByteCounts'] as const) : (['StripOffsets', 'StripByteCounts'] as const);
  const starts = (await fileDirectory.loadValue(offsets)) as ArrayLike<number | bigint> | undefined;
  const lengths = (await fileDirectory.loadValue(counts)) as ArrayLike<number | bigint> | undefined;
  if (!starts || !lengths || starts.length !== lengths.length) return false;
  for (let n = 0; n < starts.length; n++) if (Number(starts[n]) + Number(lengths[n]) > size) return false;
  return true;
}

function bandsOf(image: GeoTIFFImage, photometric: number): Omit<RasterBand, 'statistics'>[] {
  const extra = image.fileDirectory.hasTag('ExtraSamples') ? (image.fileDirectory.getValue('ExtraSamples') as ArrayLike<number>) : [];
  const names = photometricNames[photometric] ?? [];
  const noData = image.getGDALNoData();
  return Array.from({ length: image.getSamplesPerPixel() }, (_, n) => {
    const kind = { 1: 'uint', 2: 'int', 3: 'float' }[image.getSampleFormat(n)] ?? 'uint';
    const alpha = n >= names.length && [1, 2].includes(Number(extra[n - names.length]));
    return { type: `${kind}${image.getBitsPerSample(n)}`, colour: alpha ? 'alpha' : (names[n] ?? ''), nodata: noData };
  });
}

/** Windows spread over the whole, read for statistics: at most 64 of 128 × 128 pixels. */
async function statisticsOf(tiff: Omit<Tiff, 'bands'>, noData: number | null, bands: number): Promise<RasterBand['statistics'][]> {
  const side = 128;
  const asked = Array.from({ length: bands }, (_, n) => n);
  const sums = asked.map(() => ({ n: 0, sum: 0, squares: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }));
  const across = Math.min(8, Math.ceil(tiff.width / side));
  const down = Math.min(8, Math.ceil(tiff.height / side));
  for (let row = 0; row < down; row++)
    for (let column = 0; column < across; column++) {
      const left = across === 1 ? 0 : Math.floor(((tiff.width - side) * column) / (across - 1));
      const top = down === 1 ? 0 : Math.floor(((tiff.height - side) * row) / (down - 1));
      const [x, y] = [Math.max(0, left), Math.max(0, top)];
      const window = [x, y, Math.min(tiff.width, x + side), Math.min(tiff.height, y + side)] as const;
      for (const [n, values] of (await tiff.read(window, asked, noData)).entries()) {
        const sum = sums[n];
        if (!sum) continue;
        for (const value of values) {
          if (Number.isNaN(value)) continue;
          sum.n++;
          sum.sum += value;
          sum.squares += value * value;
          sum.min = Math.min(sum.min, value);
          sum.max = Math.max(sum.max, value);
        }
      }
    }
  return sums.map(({ n, sum, squares, min, max }) =>
    n === 0 ? null : { min, max, mean: sum / n, deviation: Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)) },
  );
}

/**
 * @param name for messages
 * @throws Problem bad-file with what is amiss, NeedsRewriting where GDAL can help
 */
export async function openTiff(path: string, name: string): Promise<Tiff> {
  const bad = (reason: string): Problem => new Problem('bad-file', { name, reason });
  const file: GeoTIFF = await fromFile(path).catch(() => {
    throw bad('不是完整的 TIFF');
  });
  try {
    const image = await file.getImage(0);
    const [width, height] = [image.getWidth(), image.getHeight()];
    if (!(width > 0 && height > 0 && width <= mostSide && height <= mostSide)) throw bad(`尺寸 ${width} × ${height} 不可用`);
    const directory = image.fileDirectory;
    const compression = Number(directory.hasTag('Compression') ? await directory.loadValue('Compression') : 1);
    const samples = image.getSamplesPerPixel();
    if (!(samples >= 1 && samples <= 1000)) throw bad(`${samples} 个波段`);
    const blockBytes = image.getTileWidth() * image.getTileHeight() * (image.planarConfiguration === 2 ? 1 : samples) * 8;
    if (!knownCompressions.has(compression)) throw new NeedsRewriting(`压缩方式 ${compression}`);
    if (!(blockBytes / 8 > 0) || blockBytes / 2 > mostBlockBytes) throw new NeedsRewriting('分块过大');
    if (!(await isWhole(image, (await stat(path)).size))) throw bad('文件不完整：有分块在文件之外');
    const photometric = Number(directory.hasTag('PhotometricInterpretation') ? await directory.loadValue('PhotometricInterpretation') : 1);
    if (![0, 1, 2, 3, 6].includes(photometric)) throw bad(`颜色解释 ${photometric} 不支持（CMYK、Lab 等）`);
    const affine = await affineOf(image, path);
    if (!affine || affine.some((number) => !Number.isFinite(number)) || affine[0] * affine[4] - affine[1] * affine[3] === 0)
      throw bad('没有地理参考（仿射变换或 .tfw）');
    const map = photometric === 3 ? ((await directory.loadValue('ColorMap')) as ArrayLike<number> | undefined) : undefined;
    const entries = map ? map.length / 3 : 0;
    const palette = map ? Uint8Array.from({ length: map.length }, (_, n) => Number(map[(n % 3) * entries + Math.floor(n / 3)]) >> 8) : null;
    keepBlocks(image);
    const bands = bandsOf(image, photometric);
    const jpeg = photometric === 6;
    const tiff: Omit<Tiff, 'bands'> = {
      ...{ width, height, affine, crs: epsgOf(image), photometric, palette },
      async read(window, wanted, noData) {
        const raw = (await image.readRasters({
          window: [...window],
          samples: jpeg ? [0, 1, 2] : [...wanted],
        })) as unknown as ArrayLike<number>[];
        const chosen = jpeg ? coloursOf(raw, wanted) : raw;
        return chosen.map((values, n) => {
          const out = Float32Array.from(values);
          const empty = bands[wanted[n] ?? 0]?.colour === 'alpha' ? null : noData;
          // A value kept as float32 is met by its own rounding.
          const rounded = empty === null ? null : Math.fround(empty);
          for (let k = 0; k < out.length; k++) if (out[k] === rounded || !Number.isFinite(out[k])) out[k] = Number.NaN;
          return out;
        });
      },
      close: () => void file.close(),
    };
    const statistics = await statisticsOf(tiff, bands[0]?.nodata ?? null, Math.min(bands.length, 8));
    return { ...tiff, bands: bands.map((band, n) => ({ ...band, statistics: statistics[n] ?? null })) };
  } catch (error) {
    file.close();
    if (error instanceof Problem || error instanceof NeedsRewriting) throw error;
    throw bad(`读不出：${(error as Error).message.slice(0, 150)}`);
  }
}

/** ITU-T T.871: Y, Cb, Cr → red, green, blue. */
function coloursOf([y = [], cb = [], cr = []]: readonly ArrayLike<number>[], wanted: readonly number[]): ArrayLike<number>[] {
  const clamped = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));
  const of = [
    (n: number) => Number(y[n]) + 1.402 * (Number(cr[n]) - 128),
    (n: number) => Number(y[n]) - 0.344136 * (Number(cb[n]) - 128) - 0.714136 * (Number(cr[n]) - 128),
    (n: number) => Number(y[n]) + 1.772 * (Number(cb[n]) - 128),
  ];
  return wanted.map((band) =>
    Float32Array.from({ length: y.length }, (_, n) => clamped((of[band] ?? (of[0] as (n: number) => number))(n))),
  );
}

/** Whether we read the file's system by its code. */
export const isKnownCode = (crs: string | null): boolean => crs !== null && systemOf(crs) !== undefined;
