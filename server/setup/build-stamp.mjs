// Whether something built is still that of its sources: a hash over path, size and time of every source file, kept beside the result.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './processes.mjs';

function* filesBelow(path) {
  if (!existsSync(path)) return;
  if (statSync(path).isFile()) {
    yield path;
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) yield* filesBelow(join(path, entry.name));
    else if (!/\.test\.ts$|\.md$/.test(entry.name)) yield join(path, entry.name);
  }
}

/** Hash of the sources, folders or files relative to the project. */
export function stampOf(sources) {
  const hash = createHash('sha256').update(process.versions.node);
  for (const source of sources)
    for (const file of [...filesBelow(join(root, source))].sort()) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${file} ${size} ${mtimeMs}\n`);
    }
  return hash.digest('hex');
}

/** Runs `build` unless `result` stands there and was built from the same sources. Returns whether it ran. */
export async function buildWhenChanged(result, sources, build) {
  const stampFile = join(root, 'dist', `${result.split('/').at(-1)}.stamp`);
  const stamp = stampOf(sources);
  if (existsSync(join(root, result)) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return false;
  mkdirSync(dirname(stampFile), { recursive: true });
  // A build that is cut short must not pass for a whole one.
  rmSync(stampFile, { force: true });
  await build();
  writeFileSync(stampFile, stamp);
  return true;
}
