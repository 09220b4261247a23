// npm run replay -- FILE: recorded data through the same transports that devices use.
import { ensureNpmPackages } from './npm-packages.mjs';
import { main, runInFront } from './processes.mjs';

await main(async () => {
  await ensureNpmPackages();
  return runInFront([process.execPath, ['--import', 'tsx', 'server/demo/replay.ts', ...process.argv.slice(2)]]);
});
