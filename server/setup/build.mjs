// npm run build: the pages (vite) into dist/pages and the server (rolldown) into dist/server, each when its sources changed.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildWhenChanged } from './build-stamp.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { main, root, say } from './processes.mjs';

const both = ['contracts', 'geo-services', 'streams', 'twin', 'scenes', 'package-lock.json', 'server/setup/build.mjs'];

/** Our own files go into one bundle; npm packages stay outside and are loaded from node_modules. */
async function buildServer() {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: {
      main: join(root, 'server/main.ts'),
      'raster-tiler': join(root, 'geo-services/raster/tiler-child.file.ts'),
      'merge-patches': join(root, 'geo-services/tiles/merge-thread.worker.ts'),
    },
    platform: 'node',
    external: (id) => !/^[./]/.test(id),
    logLevel: 'warn',
  });
  await bundle.write({ dir: join(root, 'dist/server'), format: 'esm', sourcemap: true, cleanDir: true });
  await bundle.close();
}

async function buildPages() {
  const { build } = await import('vite');
  await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'warn' });
}

export async function buildAll() {
  if (await buildWhenChanged('dist/server', [...both, 'iot-gateway', 'server'], buildServer)) say('· 服务已构建 / server built');
  const pages = [...both, 'screen', 'index.html', 'public', 'vite.config.ts', 'tsconfig.json'];
  if (await buildWhenChanged('dist/pages', pages, buildPages)) say('· 页面已构建 / pages built');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main(async () => {
    await ensureNpmPackages();
    await buildAll();
  });
