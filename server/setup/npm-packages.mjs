// The npm packages: installed when node_modules does not hold what package-lock.json says.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, root, Stop, say } from './processes.mjs';

const oldestNode = [20, 19];

function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {};
}

/** Packages whose version on disk is not that of the lock file. What is optional may be missing: it is for other platforms. */
export function outdated(wanted, present) {
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && !entry.link && present[path]?.version !== entry.version)
    .filter(([path, entry]) => !((entry.optional || entry.peer) && present[path] === undefined))
    .map(([path]) => path);
}

/** @throws Stop for an old Node, or when npm fails */
export async function ensureNpmPackages() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]))
    throw new Stop(`Node ${oldestNode.join('.')} or newer is needed / 需要 Node ${oldestNode.join('.')} 以上: ${process.version}`);
  const missing = outdated(readLock(join(root, 'package-lock.json')), readLock(join(root, 'node_modules/.package-lock.json')));
  if (missing.length === 0) return;
  say(`· 安装 npm 软件包 / installing npm packages (${missing.length})`);
  const { code, output } = await capture('npm', ['ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund']);
  if (code !== 0) throw new Stop(`npm install failed / npm install 失败:\n${output.trim().slice(-4000)}`);
}
