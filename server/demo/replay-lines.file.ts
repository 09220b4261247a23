// The lines of a recorded file, one after the other: a file of any size in a few hundred kilobytes of memory.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Problem } from '../../contracts/problem.ts';

/** Longer than any frame or message that is accepted. */
const longestLine = 256 * 1024;

/** Lines as UTF-8 without their end, blank ones left out, a byte order mark too. @throws Problem bad-file */
export async function* fileLines(path: string): AsyncGenerator<string> {
  const name = basename(path);
  const bad = (reason: string): Problem => new Problem('bad-file', { name, reason });
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw bad(error.code === 'ENOENT' ? '没有这个文件' : (error.code ?? error.message));
  });
  if (!found.isFile()) throw bad('不是文件');
  let rest = '';
  let first = true;
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 65_536 }) as AsyncIterable<string>) {
      rest += first ? chunk.replace(/^\uFEFF/, '') : chunk;
      first = false;
      let at = 0;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', at)) {
        const line = rest.slice(at, end).trimEnd();
        at = end + 1;
        if (line !== '') yield line;
      }
      rest = rest.slice(at);
      if (rest.length > longestLine) throw bad(`一行超过 ${longestLine} 字符`);
    }
  } catch (error) {
    throw error instanceof Problem ? error : bad((error as NodeJS.ErrnoException).code ?? String(error));
  }
  if (rest.trim() !== '') yield rest.trimEnd();
}
