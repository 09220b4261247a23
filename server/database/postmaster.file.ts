// What stands in postmaster.pid and /proc about a PostgreSQL of a given data folder: running, left behind by a crash, or somebody else.
//
// Source: PostgreSQL 15, src/include/utils/pidfile.h (one item a line: pid, data folder, start, port, socket folder, address, shmem, status).
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PidFile {
  readonly pid: number;
  readonly port: number | null;
  /** starting, ready, standby, stopping. */
  readonly status: string;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

export function readPidFile(folder: string): PidFile | null {
  const lines = readText(join(folder, 'postmaster.pid'))?.split('\n');
  const pid = Number(lines?.[0]);
  if (!lines || !Number.isInteger(pid) || pid <= 0) return null;
  return { pid, port: Number(lines[3]) || null, status: (lines[7] ?? '').trim() };
}

/** State letter and start time (clock ticks since boot) of a process; null: gone. Fields 3 and 22 of proc(5) /proc/PID/stat. */
function processStat(pid: number): { state: string; started: string } | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

/** True when `pid` is alive, no zombie, and works in `folder`: a postmaster's working directory is its data folder. */
export function isPostmasterOf(pid: number, folder: string): boolean {
  const stat = processStat(pid);
  if (!stat || stat.state === 'Z' || stat.state === 'X') return false;
  try {
    if (realpathSync(readlinkSync(`/proc/${pid}/cwd`)) !== realpathSync(folder)) return false;
  } catch {
    return false;
  }
  return /postgres|postmaster/.test(readText(`/proc/${pid}/cmdline`) ?? '');
}

/** Who runs a data folder is written beside it, with the start time, so that a reused PID is not taken for the owner. */
export function writeOwner(path: string, pid: number): void {
  writeFileSync(path, `${pid} ${processStat(pid)?.started ?? ''}\n`, { mode: 0o600 });
}

/** The living owner's PID; null: none, or it is dead. */
export function livingOwner(path: string): number | null {
  const [pid, started] = (readText(path) ?? '').trim().split(' ');
  if (!pid || !started) return null;
  const stat = processStat(Number(pid));
  return stat && stat.state !== 'Z' && stat.started === started ? Number(pid) : null;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}

/**
 * Makes way for a start: a postmaster that outlived the server it belonged to is stopped (fast shutdown, SIGINT; SIGQUIT after
 * `patienceMilliseconds`), and a postmaster.pid that points at nothing, a zombie or a stranger is removed. Returns what it found.
 */
export async function clearTheWay(folder: string, patienceMilliseconds = 30_000): Promise<'nothing' | 'stale-file' | 'orphan'> {
  const found = readPidFile(folder);
  if (!found) {
    // An empty or torn file (power loss) would make postgres refuse for ever.
    const torn = existsSync(join(folder, 'postmaster.pid'));
    rmSync(join(folder, 'postmaster.pid'), { force: true });
    return torn ? 'stale-file' : 'nothing';
  }
  if (!isPostmasterOf(found.pid, folder)) {
    rmSync(join(folder, 'postmaster.pid'), { force: true });
    return 'stale-file';
  }
  signal(found.pid, 'SIGINT');
  for (let waited = 0; isPostmasterOf(found.pid, folder); waited += 50) {
    if (waited === Math.floor(patienceMilliseconds / 50) * 50) signal(found.pid, 'SIGQUIT');
    if (waited > patienceMilliseconds + 10_000) throw new Error(`PostgreSQL process ${found.pid} of ${folder} does not stop`);
    await sleep(50);
  }
  return 'orphan';
}
