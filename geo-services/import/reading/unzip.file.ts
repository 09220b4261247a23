// Zip archives, unpacked within bounds: no path leaves the folder, no bomb fills the disk, and names in GBK are read as such.
//
// Source: PKWARE APPNOTE 6.3.10 §4.4.4 (bit 11: names are UTF-8; without it Chinese Windows writes its own code page).
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';
import { Problem } from '../../../contracts/problem.ts';
import { encodingOfText } from './encoding.ts';

export const zipBounds = { entries: 5000, bytes: 20 * 2 ** 30, ratio: 200, freeBytes: 64 * 2 ** 20 };

/** A safe relative path for an entry's name; null: a folder, a hidden file, or one that leads out. */
export function entryPath(name: string): string | null {
  const parts = name.replaceAll('\\', '/').split('/');
  if (name.endsWith('/') || name.startsWith('/') || /^[A-Za-z]:/.test(name) || name.includes('\u0000')) return null;
  if (parts.some((part) => part === '..' || part === '.' || part === '')) return null;
  if (parts[0] === '__MACOSX' || basename(name).startsWith('.')) return null;
  return parts.map((part) => part.replace(/[\p{Cc}:*?"<>|]/gu, '_').slice(0, 120)).join('/');
}

/** @returns what was refused or passed over. @throws Problem bad-file | too-large */
export async function unzip(archive: string, folder: string, name: string, bounds = zipBounds, signal?: AbortSignal): Promise<string[]> {
  const notes: string[] = [];
  let [entries, bytes] = [0, 0];
  const zip = await openPromise(archive, { lazyEntries: true, decodeStrings: false, autoClose: false }).catch((error: Error) => {
    throw new Problem('bad-file', { name, reason: `压缩包打不开：${error.message.slice(0, 150)}` });
  });
  try {
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
      await mkdir(join(target, '..'), { recursive: true });
      let unpacked = 0;
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          unpacked += chunk.length;
          bytes += chunk.length;
          // What is really written counts, not what the header says.
          if (bytes > bounds.bytes || (unpacked > bounds.freeBytes && unpacked > entry.compressedSize * bounds.ratio))
            done(new Problem('bad-file', { name, reason: `压缩包解开过大（${decoded.slice(0, 60)}）` }));
          else done(null, chunk);
        },
      });
      const stream = await zip.openReadStreamPromise(entry);
      await pipeline(stream, meter, createWriteStream(target, { flags: 'wx' })).catch((error: NodeJS.ErrnoException) => {
        if (error instanceof Problem) throw error;
        if (error.code === 'ENOSPC') throw error;
        notes.push(`压缩包内的 ${path.slice(0, 80)} 解不出：${error.message.slice(0, 100)}`);
      });
    }
  } finally {
    zip.close();
  }
  return notes;
}
