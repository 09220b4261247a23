// For tests of rasters: a real PostGIS with the doors of /ogc before it and imports into it, and files that GDAL makes.
import { execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll } from 'vitest';
import type { ImportJob, ImportPlan } from '../contracts/import.ts';
import type { Imports } from '../geo-services/import/imports.ts';
import { openImports } from '../geo-services/import/jobs.pg.ts';
import { type TestDatabase, testDatabase } from './database.pg.ts';
import { serveOneMap, type TestDoor } from './one-map.http.ts';

export const sample = (path: string): string => join('../shared/data', path);
const asker = { user: 'test', department: 'data' } as const;
export let db: TestDatabase;
export let map: TestDoor;
export let folder: string;
export let imports: Imports;
export const errors: unknown[] = [];
const open = (): Imports =>
  openImports({
    problemOf: (error) => error,
    pool: db.database.lane('import', 2),
    folder: join(folder, 'imports'),
    onError: (error) => errors.push(error),
  });
beforeAll(async () => {
  db = await testDatabase();
  map = serveOneMap(db);
  folder = mkdtempSync(join(tmpdir(), 'raster-'));
  imports = open();
});
afterAll(async () => {
  await imports?.stop();
  map?.close();
  await db?.drop();
  rmSync(folder, { recursive: true, force: true });
});

export async function give(files: readonly string[], plan: ImportPlan = {}, previewed = false): Promise<number> {
  const id = await imports.create(asker, { previewed, plan });
  const saved = [];
  for (const file of files) saved.push(await imports.save(id, basename(file), createReadStream(file)));
  await imports.uploaded(id, saved);
  return id;
}
export async function bring(files: readonly string[], plan: ImportPlan = {}, previewed = false): Promise<ImportJob> {
  const id = await give(files, plan, previewed);
  await imports.idle();
  return imports.job(id);
}
export const tilesTables = async (): Promise<number> =>
  (await db.database.query(`SELECT 1 FROM information_schema.columns WHERE table_name LIKE 'layer\\_%' AND column_name = 'tile'`)).length;
/** A GeoTIFF out of an Arc/Info grid of numbers; corners as -a_ullr takes them. */
export function grid(
  name: string,
  rows: readonly (readonly number[])[],
  corners: readonly number[],
  args: readonly string[] = [],
  type = 'Float32',
): string {
  const [columns, height] = [rows[0]?.length ?? 0, rows.length];
  const text = `ncols ${columns}\nnrows ${height}\nxllcorner 0\nyllcorner 0\ncellsize 1\nNODATA_value -9999\n${rows.map((row) => row.join(' ')).join('\n')}\n`;
  writeFileSync(join(folder, `${name}.asc`), text);
  const to = join(folder, `${name}.tif`);
  execFileSync('gdal_translate', ['-q', '-ot', type, '-a_ullr', ...corners.map(String), ...args, join(folder, `${name}.asc`), to]);
  return to;
}
export const slope = (columns: number, rows: number): number[][] =>
  Array.from({ length: rows }, (_, y) => Array.from({ length: columns }, (_, x) => 100 + x * 2 + y));
export const pngAt = async (path: string): Promise<PNG> => PNG.sync.read(await map.bytes('steward', path));
export const heightOf = async (id: string, lng: number, lat: number): Promise<number | null> =>
  (await map.as('steward', `/ogc/collections/${id}/elevation?lon=${lng}&lat=${lat}`).expect(200)).body.elevation;

/** A server that starts again on what the last one left. */
export async function reopen(): Promise<void> {
  imports = open();
  await imports.resume();
}
