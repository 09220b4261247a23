// npm run dev: the server from source, restarted when it changes, and Vite's pages with hot reload on port 5173.
import { ensureNpmPackages } from './npm-packages.mjs';
import { main, runInFront } from './processes.mjs';
import { ensurePostgis, tryOptionalPackages } from './system-packages.mjs';

await main(async () => {
  await ensureNpmPackages();
  if (!process.env.DATABASE_URL) await ensurePostgis();
  await tryOptionalPackages();
  const argv = process.argv.slice(2);
  return runInFront(
    [process.execPath, ['node_modules/tsx/dist/cli.mjs', 'watch', '--clear-screen=false', 'server/main.ts', ...argv]],
    [process.execPath, ['node_modules/vite/bin/vite.js', '--clearScreen', 'false']],
  );
});
