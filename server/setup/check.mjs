// npm run check: types (TypeScript and Vue), lint and format, and the law of the house. Exit code 0 when all hold.
import { ensureNpmPackages } from './npm-packages.mjs';
import { capture, main, say } from './processes.mjs';

const checks = [
  ['types', ['node_modules/vue-tsc/bin/vue-tsc.js', '-p', '.', '--noEmit', '--incremental', '--tsBuildInfoFile', 'dist/check.tsbuildinfo']],
  ['lint and format', ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '.']],
  ['architecture', ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', 'tests/architecture.test.ts']],
];

await main(async () => {
  await ensureNpmPackages();
  const results = await Promise.all(
    checks.map(async ([name, args]) => {
      const started = performance.now();
      const { code, output } = await capture(process.execPath, args, { env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' } });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      say(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)${code === 0 ? '' : `\n${output.trim()}\n`}`);
      return code;
    }),
  );
  return results.every((code) => code === 0) ? 0 : 1;
});
