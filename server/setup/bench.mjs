// npm run bench: the benches, against tests/bench/budget.json.
import { buildAll } from './build.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { main, runInFront } from './processes.mjs';
import { ensurePostgis, ensureTestPrograms } from './system-packages.mjs';

await main(async () => {
  await ensureNpmPackages();
  await ensurePostgis();
  await ensureTestPrograms();
  await buildAll();
  return runInFront([process.execPath, ['--import', 'tsx', 'tests/bench/run.ts', ...process.argv.slice(2)]]);
});
