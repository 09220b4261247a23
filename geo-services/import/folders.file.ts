// Where the files of a job lie until it is over: DATA_DIR/imports/<job>/given as they came, /unpacked out of archives.
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../../contracts/problem.ts';

/** Bytes of one file at most. */
export const mostFileBytes = 16 * 2 ** 30;

export interface Folders {
  of(job: number): string;
  /** Writes a file as it comes; never in memory. @throws Problem too-large */
  save(job: number, name: string, stream: Readable): Promise<{ name: string; bytes: number }>;
  has(job: number): Promise<boolean>;
  remove(job: number): Promise<void>;
  /** Those that have a folder. */
  jobs(): Promise<number[]>;
}

/** A name that stays in its folder. */
export function safeName(name: string): string {
  const plain = basename(name.replaceAll('\\', '/'))
    .replace(/[\p{Cc}/:*?"<>|]/gu, '_')
    .replace(/^\.+/, '');
  return plain.length > 0 ? plain.slice(-120) : 'file';
}

export function openFolders(root: string): Folders {
  const of = (job: number): string => join(root, String(job));
  return {
    of,
    async save(job, name, stream) {
      const folder = join(of(job), 'given');
      await mkdir(folder, { recursive: true });
      let bytes = 0;
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length;
          done(bytes > mostFileBytes ? new Problem('too-large', { bytes, limit: mostFileBytes }) : null, chunk);
        },
      });
      const safe = safeName(name);
      await pipeline(stream, meter, createWriteStream(join(folder, safe), { flags: 'wx' }));
      return { name: safe, bytes };
    },
    has: (job) =>
      stat(join(of(job), 'given')).then(
        () => true,
        () => false,
      ),
    remove: (job) => rm(of(job), { recursive: true, force: true }),
    async jobs() {
      const names = await readdir(root).catch(() => []);
      return names.filter((name) => /^\d{1,9}$/.test(name)).map(Number);
    },
  };
}
