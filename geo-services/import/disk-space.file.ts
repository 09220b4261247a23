// How much of the disk must stay free: the database lies on it too, and a database without room stops taking readings.
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Problem } from '../../contracts/problem.ts';

/** Bytes that imports leave to everything else. */
export const keepFreeBytes = 4e9;
/** Bytes written between two looks at the disk. */
export const lookEveryBytes = 64 * 2 ** 20;
export type FreeBytes = (path: string) => Promise<number>;

/** Bytes that we may still write where `path` lies or will lie. */
export const freeBytes: FreeBytes = async (path) => {
  let there = path;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const { bavail, bsize } = await statfs(there);
  return bavail * bsize;
};

/** @throws Problem no-space when `wanted` bytes would leave too little */
export async function requireRoom(path: string, wanted: number, free: FreeBytes = freeBytes): Promise<void> {
  const left = await free(path);
  if (left - wanted >= keepFreeBytes) return;
  const gigabytes = (bytes: number): number => Math.round(bytes / 1e8) / 10;
  throw new Problem('no-space', { freeGigabytes: gigabytes(left), keepGigabytes: gigabytes(keepFreeBytes + wanted) });
}
