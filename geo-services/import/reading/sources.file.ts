// Everything in a job's folder that can become a layer: archives unpacked, files recognised, each opened by its reader.
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { Problem } from '../../../contracts/problem.ts';
import { formatOf, isRaster, isZip, looksLike } from './formats.ts';
import { openGeojson } from './geojson.file.ts';
import { openOgr } from './ogr.file.ts';
import { openParquet } from './parquet.file.ts';
import { isPlain, openPlain } from './plain.file.ts';
import { hasProgram } from './programs.file.ts';
import { openRaster } from './raster.file.ts';
import type { SourceLayer } from './row.ts';
import { openTable } from './table.file.ts';
import { unzip } from './unzip.file.ts';

export interface Sources {
  readonly layers: readonly SourceLayer[];
  readonly notes: readonly string[];
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
async function headOf(path: string): Promise<Buffer> {
  const file = await open(path);
  const buffer = Buffer.alloc(512);
  const { bytesRead } = await file.read(buffer, 0, 512, 0).finally(() => file.close());
  return buffer.subarray(0, bytesRead);
}

/** Unpacks archives beside `given` once; a folder half-unpacked by a stop is made anew. */
async function unpacked(folder: string, signal?: AbortSignal): Promise<string[]> {
  const notes: string[] = [];
  for (const path of await filesBelow(join(folder, 'given'))) {
    if (!isZip(path)) continue;
    const target = join(folder, 'unpacked', basename(path));
    if (existsSync(target)) continue;
    await rm(`${target}.part`, { recursive: true, force: true });
    await mkdir(`${target}.part`, { recursive: true });
    notes.push(...(await unzip(path, `${target}.part`, basename(path), undefined, signal)));
    await rename(`${target}.part`, target);
  }
  return notes;
}

/** @throws Problem bad-file when there is nothing to import; a file among others that cannot be read is a note */
export async function openSources(
  folder: string,
  told: { readonly encoding: string | null; readonly signal?: AbortSignal },
): Promise<Sources> {
  const notes = await unpacked(folder, told.signal);
  const layers: SourceLayer[] = [];
  let failure: Problem | null = null;
  const names = new Set<string>();
  const inside = existsSync(join(folder, 'unpacked')) ? await filesBelow(join(folder, 'unpacked')) : [];
  for (const path of [...(await filesBelow(join(folder, 'given'))).filter((one) => !isZip(one)), ...inside]) {
    const format = formatOf(path);
    const file = basename(path);
    if (format === null) continue;
    // One file's name may stand in two folders of an archive.
    let name = file.replace(/\.[^.]+$/, '');
    if (names.has(name)) name = relative(folder, path).replace(/^(given|unpacked)\//, '');
    names.add(name);
    try {
      if (!looksLike(format, await headOf(path))) throw new Problem('bad-file', { name: file, reason: '内容与扩展名不符' });
      if (isRaster(format)) layers.push(...(await openRaster(path, name, format, folder, told.signal)));
      else if (format === 'geojson') layers.push(...(await openGeojson(path, name)));
      else if (format === 'csv') layers.push(...(await openTable(path, name, told)));
      else if (format === 'geoparquet') layers.push(...(await openParquet(path, name)));
      else if (isPlain(format) && !(await hasProgram('ogr2ogr'))) layers.push(...(await openPlain(path, name, format, told)));
      else layers.push(...(await openOgr(path, name, format, told)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failure ??= error;
      notes.push(`${file}：${error.zh}`);
    }
  }
  if (layers.length === 0)
    throw (
      failure ??
      new Problem('bad-file', { name: basename((await filesBelow(join(folder, 'given')))[0] ?? '—'), reason: '没有可导入的数据' })
    );
  return { layers, notes };
}
