// npm test: sets up what the tests need, builds, runs every test, and ends with the plain line `N passed, N failed`.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll } from './build.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { main, root, runInFront, say } from './processes.mjs';
import { ensurePostgis, ensureTestPrograms, tryOptionalPackages } from './system-packages.mjs';
import { countTests } from './test-report.mjs';

const reportFile = join(root, 'dist/test-report.json');

await main(async () => {
  await ensureNpmPackages();
  await ensurePostgis();
  await ensureTestPrograms();
  await tryOptionalPackages();
  await buildAll();
  mkdirSync(join(root, 'dist'), { recursive: true });
  rmSync(reportFile, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const code = await runInFront([process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...process.argv.slice(2)]]);
  const counts = existsSync(reportFile) ? countTests(JSON.parse(readFileSync(reportFile, 'utf8'))) : { passed: 0, failed: 0, skipped: 0 };
  if (code !== 0 && counts.failed === 0) {
    // An error outside any test, or a run that was cut short.
    say(`vitest ended with ${code}`);
    counts.failed = 1;
  }
  say(`${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`);
  if (counts.passed + counts.failed === 0) return 1;
  return counts.failed === 0 ? 0 : 1;
});
