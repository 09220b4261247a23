// The files that 一张图 is made of: boundary maps from the package echarts@4.9.0, and two optional data sets of Debian packages.
//
// Optional: ferret-datasets (relief and sea floor, ETOPO5, public domain), gmt-gshhg-high with netcdf-bin (rivers and shores, GSHHG, LGPL-3+). Where they
// are missing the map is made without and the report says so.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BBox } from '../../contracts/geo.ts';
import { Problem } from '../../contracts/problem.ts';
import { type BinnedLines, unpackShores } from './gshhg-lines.ts';
import { netcdfNumbers, readNetcdfHeader } from './netcdf-classic.ts';
import type { HeightGrid } from './relief.ts';

/** Where the files lie. */
export interface SourcePaths {
  readonly province: string;
  readonly china: string;
  readonly world: string;
  readonly relief: string;
  readonly rivers: string;
  readonly shores: string;
}

/** The packages' own places on this machine. */
export function installedPaths(): SourcePaths {
  const resolve = createRequire(import.meta.url).resolve;
  return {
    province: resolve('echarts-4/map/json/province/liaoning.json'),
    china: resolve('echarts-4/map/json/china.json'),
    world: resolve('echarts-4/map/json/world.json'),
    relief: '/usr/share/ferret-vis/data/etopo5.cdf',
    rivers: '/usr/share/gmt-gshhg/binned_river_h.nc',
    shores: '/usr/share/gmt-gshhg/binned_GSHHS_h.nc',
  };
}

/** Changes when any file does: content of the small ones, size and time of the large ones. Missing files count as missing. */
export async function fingerprintOf(paths: SourcePaths, salt: string): Promise<string> {
  const hash = createHash('sha256').update(salt);
  for (const path of [paths.province, paths.china, paths.world]) hash.update(await readFile(path));
  for (const path of [paths.relief, paths.rivers, paths.shores]) {
    const found = await stat(path).catch(() => null);
    hash.update(found ? `${found.size} ${found.mtimeMs}` : 'missing');
  }
  return hash.digest('hex');
}

export async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8');
}

async function readStretch(path: string, begin: number, bytes: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = new Uint8Array(bytes);
    const { bytesRead } = await file.read(buffer, 0, bytes, begin);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** ETOPO5 heights around a box; null where the package is not installed. @throws Problem bad-body when the file is not what it should be */
export async function readRelief(path: string, box: BBox): Promise<HeightGrid | null> {
  if (!(await exists(path))) return null;
  const variables = readNetcdfHeader(await readStretch(path, 0, 16384));
  const relief = variables.get('ROSE');
  if (!relief) return null;
  const [rows = 0, columns = 0] = relief.shape;
  // Rows from 90° S to 90° N; columns start at 0° E in steps of 1/12° (the file's own axis is rounded).
  const step = 180 / (rows - 1);
  const [row, column] = [Math.floor((box[1] + 90) / step), Math.floor(box[0] / step)];
  const height = Math.ceil((box[3] - box[1]) / step) + 2;
  const width = Math.ceil((box[2] - box[0]) / step) + 2;
  const bytes = await readStretch(path, relief.begin + row * columns * 4, height * columns * 4);
  const all = netcdfNumbers(relief, bytes);
  const heights = new Float32Array(width * height);
  for (let j = 0; j < height; j++) heights.set(all.subarray(j * columns + column, j * columns + column + width), j * width);
  return { west: column * step, south: row * step - 90, step, columns: width, rows: height, heights };
}

/** Rivers or shores of GSHHG as arrays; null where the data or `nccopy` is not installed. @throws Problem bad-body */
export async function readBinnedLines(path: string, kind: 'rivers' | 'shores'): Promise<BinnedLines | null> {
  if (!(await exists(path))) return null;
  const folder = await mkdtemp(join(tmpdir(), 'liaozhi-gshhg-'));
  try {
    const classic = join(folder, 'classic.nc');
    await promisify(execFile)('nccopy', ['-k', 'classic', path, classic]);
    const bytes = new Uint8Array(await readFile(classic));
    const variables = readNetcdfHeader(bytes);
    const numbers = (name: string): Float64Array => {
      const variable = variables.get(name);
      if (!variable) throw new Problem('bad-body', { reason: `GSHHG: ${name} is missing` });
      return netcdfNumbers(variable, bytes.subarray(variable.begin, variable.begin + variable.bytes));
    };
    return {
      binMinutes: numbers('Bin_size_in_minutes')[0] ?? 120,
      binsAround: numbers('N_bins_in_360_longitude_range')[0] ?? 180,
      firstSegment: numbers('Id_of_first_segment_in_a_bin'),
      segmentsInBin: numbers('N_segments_in_a_bin'),
      ...(kind === 'shores'
        ? unpackShores(numbers('Embedded_npts_levels_exit_entry_for_a_segment'))
        : { pointsInSegment: numbers('N_points_for_a_segment'), level: numbers('Hierarchial_level_of_a_segment') }),
      firstPoint: numbers('Id_of_first_point_in_a_segment'),
      lng: numbers('Relative_longitude_from_SW_corner_of_bin'),
      lat: numbers('Relative_latitude_from_SW_corner_of_bin'),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
