// PostgreSQL's programs on this machine: where they are, and how to run them as somebody they accept (they refuse root).
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../contracts/problem.ts';

const root = '/usr/lib/postgresql';
/** wal_compression = lz4 and the lz4 column of frame_batch need 15. */
const oldest = 15;

export function installLine(version: number): string {
  return `apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends postgresql-${version}-postgis-3`;
}

/**
 * Folder of initdb and postgres with PostGIS beside it: of `version` where a data folder asks for one, otherwise the newest.
 * @throws Problem bad-configuration with the line to run
 */
export function findPrograms(version: number | null): { folder: string; version: number } {
  const installed = (existsSync(root) ? readdirSync(root) : [])
    .map(Number)
    .filter((v) => v >= oldest && existsSync(join(root, String(v), 'bin/postgres')))
    .filter((v) => existsSync(`/usr/share/postgresql/${v}/extension/postgis.control`))
    .sort((a, b) => b - a);
  const chosen = version === null ? installed[0] : installed.find((v) => v === version);
  if (chosen === undefined)
    throw new Problem('bad-configuration', {
      name: 'DATABASE_URL',
      given: version === null ? 'unset, and no PostgreSQL with PostGIS is installed' : `unset, and the data needs PostgreSQL ${version}`,
      allowed: `a PostgreSQL 15+ with PostGIS, or run as root: ${installLine(version ?? 15)}`,
    });
  return { folder: join(root, String(chosen), 'bin'), version: chosen };
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account that PostgreSQL runs under: ourselves (null); when we are root the owner of `folder`, or the user `postgres` for a new one.
 * @throws Problem bad-configuration
 */
export function databaseAccount(folder: string | null): Account | null {
  if (process.getuid?.() !== 0) return null;
  if (folder !== null) {
    const { uid, gid } = statSync(folder);
    if (uid !== 0) return { uid, gid };
  }
  const number = (flag: string): number => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim() || Number.NaN);
  const account = { uid: number('-u'), gid: number('-g') };
  if (!Number.isInteger(account.uid) || account.uid === 0)
    throw new Problem('bad-configuration', {
      name: 'DATABASE_URL',
      given: 'unset, as root, and there is no user postgres',
      allowed: `a user that is not root, or run: ${installLine(15)}`,
    });
  return account;
}

/** True when the account can walk into the folder: false under /root with mode 700, for instance. */
export function canEnter(folder: string, account: Account | null): boolean {
  return spawnSync('test', ['-x', folder], { ...(account ?? {}), cwd: '/' }).status === 0;
}

/** Runs a program to its end. `folder` is inherited as descriptor 3. @throws Error with what it printed */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { account: Account | null; folder: number; input?: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(options.account ?? {}),
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', LANG: 'C' },
      stdio: ['pipe', 'pipe', 'pipe', options.folder],
    });
    let printed = '';
    child.stdout?.on('data', (chunk) => {
      printed += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      printed += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program.split('/').at(-1)} ended with ${code}: ${printed.trim().slice(-2000)}`));
    });
    child.stdin?.end(options.input ?? '');
  });
}
