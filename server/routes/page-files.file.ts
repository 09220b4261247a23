// The built pages on disk: which files there are, and their bytes, compressed once and kept in memory within a bound.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export type Encoding = 'br' | 'gzip' | 'identity';
export interface PageFile {
  readonly bytes: Buffer;
  readonly encoding: Encoding;
}
export interface PageFiles {
  /** Whether a file with this path (from the folder, with /) was there at the start. */
  has(path: string): boolean;
  /** In the best encoding of those accepted that is worth it. */
  read(path: string, accepted: readonly Encoding[]): Promise<PageFile>;
  /** Bytes kept in memory. */
  kept(): number;
}

const compressible = /^\.(html|js|mjs|css|svg|json|geojson|wasm|txt|map|glb|gltf|pbf|ttf)$/;
const mostKept = 96 * 1024 * 1024;

/** Paths are listed once, so that no address of a request ever reaches the file system by itself. An empty or missing folder has none. */
export function openPageFiles(folder: string): PageFiles {
  const paths = new Map<string, string>();
  try {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const full = join(folder, name);
      if (statSync(full).isFile()) paths.set(name.split(sep).join('/'), full);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const cache = new Map<string, Promise<PageFile>>();
  let kept = 0;

  async function load(full: string, encoding: Encoding): Promise<PageFile> {
    const plain = readFileSync(full);
    // 5 is the level where brotli is still quick; bigger files would hold the thread pool for seconds.
    if (encoding === 'br') {
      const params = { [constants.BROTLI_PARAM_QUALITY]: plain.length > 2e6 ? 4 : 5, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
      return { bytes: await promisify(brotliCompress)(plain, { params }), encoding };
    }
    if (encoding === 'gzip') return { bytes: await promisify(gzip)(plain, { level: 6 }), encoding };
    return { bytes: plain, encoding };
  }
  return {
    has: (path) => paths.has(path),
    read(path, accepted) {
      const full = paths.get(path);
      if (full === undefined) return Promise.reject(new Error(`no page file ${path}`));
      const squeeze = compressible.test(extname(path).toLowerCase());
      const encoding: Encoding = squeeze
        ? (accepted.find((one) => one === 'br') ?? accepted.find((one) => one === 'gzip') ?? 'identity')
        : 'identity';
      const key = `${encoding} ${path}`;
      const known = cache.get(key);
      if (known) {
        // Youngest last, so that what goes first is what nobody has asked for in a while.
        cache.delete(key);
        cache.set(key, known);
        return known;
      }
      const loading = load(full, encoding);
      cache.set(key, loading);
      loading.then(
        (file) => {
          kept += file.bytes.length;
          for (const [oldest, entry] of cache) {
            if (kept <= mostKept || oldest === key) break;
            cache.delete(oldest);
            void entry.then((gone) => {
              kept -= gone.bytes.length;
            });
          }
        },
        () => cache.delete(key),
      );
      return loading;
    },
    kept: () => kept,
  };
}
