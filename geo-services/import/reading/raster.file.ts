// GeoTIFF, MBTiles and PMTiles as layers of one row each, their outline; the tiles are made of the file itself (geo-services/raster).
import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Problem } from '../../../contracts/problem.ts';
import { isKnownCode } from '../../raster/geotiff.file.ts';
import { outlineOf, ringOfBox } from '../../raster/outline.ts';
import type { RasterFile } from '../../raster/raster-file.ts';
import { openTiler, type Tiler, ToRewrite } from '../../raster/tiler.file.ts';
import type { TilerFormat } from '../../raster/tiler.ts';
import { formats } from './formats.ts';
import { hasProgram, outputOf, textOf } from './programs.file.ts';
import type { SourceLayer, SourceRow } from './row.ts';

/** A file beside the given ones, cut into blocks that can be read one by one. */
async function rewritten(path: string, name: string, folder: string, why: string, signal?: AbortSignal): Promise<string> {
  if (!(await hasProgram('gdal_translate')))
    throw new Problem('unsupported', { what: `${name}：${why}，须先由 GDAL 改写（apt-get install gdal-bin）` });
  const target = join(folder, 'rewritten', `${basename(path)}.tif`);
  await mkdir(dirname(target), { recursive: true });
  const options = ['-co', 'TILED=YES', '-co', 'COMPRESS=DEFLATE', '-co', 'BIGTIFF=IF_SAFER', '-of', 'GTiff', '-q'];
  for await (const _ of outputOf('gdal_translate', [...options, path, `${target}.part`], { name, ...(signal ? { signal } : {}) }));
  await rename(`${target}.part`, target);
  return target;
}

/** The system as text that we read: its code, else its WKT by GDAL, else what stands there. */
async function crsOf(code: string | null, path: string, name: string, signal?: AbortSignal): Promise<string | null> {
  if (isKnownCode(code) || !(await hasProgram('gdalsrsinfo'))) return code;
  const wkt = await textOf('gdalsrsinfo', ['-o', 'wkt1', '--single-line', path], { name, ...(signal ? { signal } : {}) }).catch(
    (error: unknown) => {
      if (signal?.aborted) throw error;
      return '';
    },
  );
  return /^\s*(PROJCS|GEOGCS|COMPD_CS)/.test(wkt) ? wkt.trim() : code;
}

export async function openRaster(
  path: string,
  name: string,
  format: TilerFormat,
  folder: string,
  signal?: AbortSignal,
): Promise<SourceLayer[]> {
  const told = { name, format, ...(signal ? { signal } : {}) };
  let from = path;
  const notes: string[] = [];
  const tiler: Tiler = await openTiler({ ...told, path }).catch(async (error: unknown) => {
    if (!(error instanceof ToRewrite)) throw error;
    from = await rewritten(path, name, folder, error.message, signal);
    notes.push(`${error.message}：已由 GDAL 改写后读取`);
    return await openTiler({ ...told, path: from });
  });
  const { info } = tiler;
  tiler.close();
  const file: RasterFile = { path: from, format, info };
  const about = { name, format: formats[format].title, encoding: null, count: 1, declared: null, tabular: false, raster: file };
  const rowOf = (attributes: Readonly<Record<string, unknown>>, ring: readonly (readonly number[])[]): SourceRow => ({
    ...{ number: 1, attributes, geometry: { type: 'Polygon', coordinates: [ring] } },
  });
  const reader = (row: SourceRow): SourceLayer['read'] =>
    async function* ({ skip }) {
      if (skip < 1) yield row;
    };
  if ('archive' in info) {
    const { archive } = info;
    const row = rowOf(
      { 名称: archive.title || name, 格式: archive.format, 级别: `${archive.minZoom}–${archive.maxZoom}` },
      ringOfBox(archive.bounds),
    );
    return [
      {
        ...about,
        crs: 'EPSG:4326',
        notes: [...archive.notes, ...(archive.attribution ? [`档案所写来源：${archive.attribution}`] : [])],
        read: reader(row),
      },
    ];
  }
  const { tiff } = info;
  const attributes = { 名称: name, 列数: tiff.width, 行数: tiff.height, 波段数: tiff.bands.length, 像元类型: tiff.bands[0]?.type ?? '' };
  return [{ ...about, crs: await crsOf(tiff.crs, from, name, signal), notes, read: reader(rowOf(attributes, outlineOf(tiff))) }];
}
