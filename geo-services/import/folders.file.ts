// Where the files of a job lie until it is over: DATA_DIR/imports/<job>/given as they came, /unpacked out of archives.
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { importLimits } from '../../contracts/import.ts';
import { Problem } from '../../contracts/problem.ts';
import { type FreeBytes, freeBytes, lookEveryBytes, requireRoom } from './disk-space.file.ts';

const { fileBytes: mostFileBytes } = importLimits;

export interface Folders {
  of(job: number): string;
  /** @throws Problem no-space when so many bytes more would leave too little */
  room(bytes: number): Promise<void>;
  /** Writes a file as it comes; never in memory. @throws Problem too-large | no-space */
  save(job: number, name: string, stream: Readable): Promise<{ name: string; bytes: number }>;
  has(job: number): Promise<boolean>;
  remove(job: number): Promise<void>;
  /** Those that have a folder. */
  jobs(): Promise<number[]>;
}

/** Leaves room for what is put behind it: .part, .shx. */
const mostNameBytes = 200;

/** A name that stays in its folder. */
export function safeName(name: string): string {
  const plain = basename(name.replaceAll('\\', '/'))
    .replace(/[\p{Cc}/:*?"<>|]/gu, '_')
    .replace(/^\.+/, '');
  // The disk counts bytes, 255 of them; the end of a name tells its format.
  let [kept, bytes] = ['', 0];
  for (const char of [...plain.toWellFormed()].reverse()) {
    bytes += Buffer.byteLength(char);
    if (bytes > mostNameBytes) break;
    kept = char + kept;
  }
  kept = kept.replace(/^\.+/, '');
  return kept.length > 0 ? kept : 'file';
}

export function openFolders(root: string, free: FreeBytes = freeBytes): Folders {
  const of = (job: number): string => join(root, String(job));
  return {
    of,
    room: (bytes) => requireRoom(root, bytes, free),
    async save(job, name, stream) {
      const folder = join(of(job), 'given');
      await mkdir(folder, { recursive: true });
      await requireRoom(root, 0, free);
      let [bytes, looked] = [0, 0];
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length;
          if (bytes > mostFileBytes) return done(new Problem('too-large', { bytes, limit: mostFileBytes }));
          if (bytes - looked < lookEveryBytes) return done(null, chunk);
          looked = bytes;
          requireRoom(root, 0, free).then(() => done(null, chunk), done);
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
