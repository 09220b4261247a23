// Where the project stands on disk, and its .env: found from this file, so that source, bundle and any working directory agree.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with package.json above this file (server/ or dist/server/). */
export function projectRoot(from: string = fileURLToPath(import.meta.url)): string {
  let folder = dirname(from);
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${from}`);
    folder = parent;
  }
  return folder;
}

/** The text of .env in the project; empty where there is none. */
export function readDotenv(): string {
  const path = join(projectRoot(), '.env');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
