// npm start: sets up what is missing, builds what changed, and runs the server in this terminal. Works straight after a clone.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { helpText } from './help.mjs';
import { ensureNpmPackages } from './npm-packages.mjs';
import { main, root, runInFront, Stop, say } from './processes.mjs';
import { ensurePostgis, isRoot, tryOptionalPackages } from './system-packages.mjs';

/** Whether a database is named: only then PostGIS is nobody's business here. */
function namesDatabase(argv) {
  const dotenv = join(root, '.env');
  if (argv.some((word) => word === '--database-url' || word.startsWith('--database-url='))) return true;
  return Boolean(process.env.DATABASE_URL || (existsSync(dotenv) && parseEnv(readFileSync(dotenv, 'utf8')).DATABASE_URL));
}

async function build() {
  await ensureNpmPackages();
  // In a process of its own: the bundlers' memory goes with it.
  const code = await runInFront([process.execPath, ['server/setup/build.mjs']]);
  if (code !== 0) throw new Stop('构建失败 / the build failed');
}

await main(async () => {
  const argv = process.argv.slice(2);
  if (argv.includes('--help') || argv.includes('-h')) {
    say(helpText());
    return 0;
  }
  const prepare = async () => {
    if (!namesDatabase(argv)) await ensurePostgis();
    await tryOptionalPackages();
  };
  // As root both take their time and go side by side; as a plain user the first can only say what is missing, so it goes first.
  if (isRoot) await Promise.all([prepare(), build()]);
  else await prepare().then(build);
  return runInFront([process.execPath, ['--enable-source-maps', 'dist/server/main.js', ...argv]]);
});
