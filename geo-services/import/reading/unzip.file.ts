// Zip archives, unpacked within bounds: no path leaves the folder, no bomb fills the disk, and names in GBK are read as such.
//
// Source: PKWARE APPNOTE 6.3.10 §4.4.4 (bit 11: names are UTF-8; without it Chinese Windows writes its own code page).
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';
import { importLimits } from '../../../contracts/import.ts';
import { Problem } from '../../../contracts/problem.ts';
import { type FreeBytes, freeBytes, lookEveryBytes, requireRoom } from '../disk-space.file.ts';
import { safeName } from '../folders.file.ts';
import { encodingOfText } from './encoding.ts';

export const zipBounds = { entries: importLimits.archiveEntries, bytes: importLimits.archiveBytes, ratio: 200, freeBytes: 64 * 2 ** 20 };

/** A safe relative path for an entry's name; null: a folder, a hidden file, or one that leads out. */
export function entryPath(name: string): string | null {
  const parts = name.replaceAll('\\', '/').split('/');
  if (name.endsWith('/') || name.startsWith('/') || /^[A-Za-z]:/.test(name) || name.includes('\u0000')) return null;
  if (parts.some((part) => part === '..' || part === '.' || part === '')) return null;
  if (parts[0] === '__MACOSX' || basename(name).startsWith('.')) return null;
  return parts.map((part) => safeName(part)).join('/');
}

/** @returns what was refused or passed over. @throws Problem bad-file | no-space */
export async function unzip(
  archive: string,
  folder: string,
  name: string,
  bounds = zipBounds,
  signal?: AbortSignal,
  free: FreeBytes = freeBytes,
): Promise<string[]> {
  const notes: string[] = [];
  let [entries, bytes] = [0, 0];
  const zip = await openPromise(archive, { lazyEntries: true, decodeStrings: false, autoClose: false }).catch(() => {
    throw torn(name);
  });
  let looked = 0;
  try {
    await requireRoom(folder, 0, free);
    for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
      signal?.throwIfAborted();
      if (++entries > bounds.entries) throw new Problem('bad-file', { name, reason: `压缩包内文件多于 ${bounds.entries} 个` });
      const raw = entry.fileName as unknown as Buffer;
      const decoded = new TextDecoder((entry.generalPurposeBitFlag & 0x800) !== 0 ? 'utf-8' : encodingOfText(raw).encoding).decode(raw);
      const path = entryPath(decoded);
      if (path === null) {
        if (!decoded.endsWith('/') && !decoded.startsWith('__MACOSX')) notes.push(`压缩包内的 ${decoded.slice(0, 80)} 未解出`);
        continue;
      }
      if ((entry.generalPurposeBitFlag & 1) !== 0) throw new Problem('bad-file', { name, reason: '压缩包有口令' });
      const target = join(folder, path);
      let unpacked = 0;
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          unpacked += chunk.length;
          bytes += chunk.length;
          // What is really written counts, not what the header says.
          if (bytes > bounds.bytes || (unpacked > bounds.freeBytes && unpacked > entry.compressedSize * bounds.ratio))
            done(new Problem('bad-file', { name, reason: `压缩包解开过大（${decoded.slice(0, 60)}）` }));
          else if (bytes - looked < lookEveryBytes) done(null, chunk);
          else {
            looked = bytes;
            requireRoom(folder, 0, free).then(() => done(null, chunk), done);
          }
        },
      });
      try {
        await mkdir(join(target, '..'), { recursive: true });
        await pipeline(await zip.openReadStreamPromise(entry), meter, createWriteStream(target, { flags: 'wx' }));
      } catch (error) {
        if (error instanceof Problem || (error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
        notes.push(`压缩包内的 ${path.slice(0, 80)} 解不出${reasonOf(error as NodeJS.ErrnoException)}`);
      }
    }
  } catch (error) {
    // The reader's own errors carry no code; those of the disk and of an abort are not the file's.
    if (error instanceof Problem || signal?.aborted || typeof (error as { code?: unknown } | null)?.code === 'string') throw error;
    throw torn(name);
  } finally {
    zip.close();
  }
  return notes;
}

/** What the disk or the reader said, in our words and without its paths. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR') return '：与另一个文件或文件夹同名';
  if (code === 'ENAMETOOLONG') return '：路径过长';
  if (/compression method/.test(message)) return '：压缩方法不认识';
  return typeof code === 'string' ? `（${code}）` : '：内容已损坏';
}
const torn = (name: string): Problem => new Problem('bad-file', { name, reason: '压缩包打不开：已损坏、不完整或不是 zip' });
