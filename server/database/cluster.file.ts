// The private PostgreSQL + PostGIS cluster under DATA_DIR: made once, run as our direct child, raised again when it dies.
//
// Crash safety is PostgreSQL's own (fsync on, synchronous_commit on). What is ours: a postmaster.pid left by kill −9, a postmaster that
// outlived a killed server, an initdb that was cut short. Other local users do not get in: the socket stands in a folder of mode 700
// and the loopback port asks for a password that stands in DATA_DIR (scram-sha-256).
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../contracts/problem.ts';
import { freePort } from './free-port.tcp.ts';
import { clearTheWay, livingOwner, readPidFile, writeOwner } from './postmaster.file.ts';
import { type Account, canEnter, databaseAccount, findPrograms, runProgram } from './programs.file.ts';

const user = 'liaozhi';
const database = 'liaozhi';
const endings = ['SIGINT', 'SIGTERM'] as const;
/** 300 ms apart. */
const firstTries = 30;
/** Longest socket path: sun_path holds 108 bytes, and the file is called .s.PGSQL.NNNNN. */
const longestSocketFolder = 107 - '/.s.PGSQL.65535'.length;

export interface ClusterLog {
  info(message: string): void;
  warn(message: string): void;
}

export interface ClusterOptions {
  readonly dataDir: string;
  /** Loopback port; 0 takes a free one. */
  readonly port?: number;
  readonly log?: ClusterLog;
  /** postgresql.conf settings over ours; tests switch fsync off. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Longest wait for recovery after a crash. */
  readonly readyWithinMilliseconds?: number;
}

export type ClusterEvent = 'died' | 'restarted' | 'gave-up';

export interface Cluster {
  /** For pg and psql: the loopback port; the unix socket after a restart during which somebody took that. Ask anew for each connection. */
  readonly url: string;
  readonly socketDir: string;
  readonly port: number;
  /** Of the postmaster now running; null while it is down. */
  readonly pid: number | null;
  onEvent(listener: (event: ClusterEvent) => void): () => void;
  /** Fast shutdown; resolves when the last process is gone. */
  stop(): Promise<void>;
}

const settings: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: '128MB',
  effective_cache_size: '512MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  wal_compression: 'lz4',
  default_toast_compression: 'lz4',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  max_connections: '60',
  random_page_cost: '1.1',
  // Starting a worker takes 10–20 ms here, as long as a whole tile: it pays for long questions alone.
  parallel_setup_cost: '100000',
  jit: 'off',
  autovacuum_naptime: '30s',
  autovacuum_vacuum_cost_limit: '1000',
  autovacuum_vacuum_insert_scale_factor: '0.4',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  log_line_prefix: '',
  log_checkpoints: 'off',
  logging_collector: 'off',
  password_encryption: 'scram-sha-256',
};

/** A folder as PostgreSQL may reach it: by name, or by an inherited descriptor where a parent is closed to its account. */
interface Reach {
  readonly descriptor: number;
  readonly path: string;
}
function reach(folder: string, account: Account | null): Reach {
  const descriptor = openSync(folder, 'r');
  return { descriptor, path: canEnter(folder, account) ? folder : '/proc/self/fd/3' };
}

/** initdb beside the final place, renamed when complete: a start that is cut short leaves no half cluster. */
async function createCluster(programs: string, folder: string, account: Account | null): Promise<void> {
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o700 });
  if (account) chownSync(partial, account.uid, account.gid);
  const at = reach(partial, account);
  try {
    const options = { account, folder: at.descriptor };
    await runProgram(
      join(programs, 'initdb'),
      ['-D', at.path, '-U', user, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions'],
      options,
    );
    const password = randomBytes(24).toString('base64url');
    await runProgram(join(programs, 'postgres'), ['--single', '-D', at.path, '-c', 'password_encryption=scram-sha-256', 'postgres'], {
      ...options,
      input: `CREATE DATABASE ${database};\nALTER ROLE ${user} PASSWORD '${password}';\n`,
    });
    // The socket's folder is closed to others by its mode; the loopback port is open to every local user and asks.
    writeFileSync(join(partial, 'pg_hba.conf'), 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
    writeFileSync(join(partial, 'liaozhi-password'), `${password}\n`, { mode: 0o600 });
    if (account) for (const name of ['pg_hba.conf', 'liaozhi-password']) chownSync(join(partial, name), account.uid, account.gid);
  } finally {
    closeSync(at.descriptor);
  }
  renameSync(partial, folder);
}

/** mkdir -p. Node's own `recursive` never returns where a file system takes no folders (/proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  mkdirSync(path);
}

function prepareDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir);
    if (!statSync(dataDir).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  } catch (error) {
    throw new Problem('bad-configuration', {
      name: 'DATA_DIR',
      given: dataDir,
      allowed: `a folder that can be made and written (${(error as NodeJS.ErrnoException).code})`,
    });
  }
}

/**
 * Makes the cluster where it is missing, starts it, and keeps it running until stop().
 * @throws Problem bad-configuration: no PostGIS, unusable DATA_DIR, or DATA_DIR in use by a running server
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const log = options.log ?? { info: () => {}, warn: () => {} };
  const dataDir = resolve(options.dataDir);
  const folder = join(dataDir, 'postgres');
  const owner = join(dataDir, 'postgres-owner.pid');
  const versionFile = join(folder, 'PG_VERSION');
  prepareDataDir(dataDir);
  const running = livingOwner(owner);
  if (running !== null)
    throw new Problem('bad-configuration', { name: 'DATA_DIR', given: dataDir, allowed: `a folder that process ${running} is not using` });
  let programs: string;
  let account: Account | null;
  try {
    writeOwner(owner, process.pid);
    const made = existsSync(versionFile);
    programs = findPrograms(made ? Number(readFileSync(versionFile, 'utf8')) : null).folder;
    account = databaseAccount(made ? folder : null);
    if (!made) {
      log.info(`making a database cluster in ${folder}`);
      await createCluster(programs, folder, account);
    }
    const found = await clearTheWay(folder);
    if (found === 'orphan') log.warn('stopped a database left running by a server that was killed');
    if (found === 'stale-file') log.warn('removed a postmaster.pid left by a crash');
  } catch (error) {
    rmSync(owner, { force: true });
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof Problem || !code) throw error;
    throw new Problem('bad-configuration', { name: 'DATA_DIR', given: dataDir, allowed: `a folder that can be written (${code})` });
  }

  const hasSocket = folder.length <= longestSocketFolder;
  let port = options.port || (await freePort());
  const all = { ...settings, ...options.settings };
  const readyWithin = options.readyWithinMilliseconds ?? 300_000;
  const listeners = new Set<(event: ClusterEvent) => void>();
  let child: ChildProcess | null = null;
  let stopping = false;
  let raising: Promise<void> | null = null;
  let viaLoopback = true;

  /** One try: spawned and ready, or an error with the last lines it printed. Without `loopback` the socket is the only way in. */
  async function launch(loopback = true): Promise<void> {
    const at = reach(folder, account);
    const args = [
      '-D',
      at.path,
      '-p',
      String(port),
      '-k',
      hasSocket ? at.path : '',
      '-c',
      `listen_addresses=${loopback ? '127.0.0.1' : ''}`,
    ];
    for (const [name, value] of Object.entries(all)) args.push('-c', `${name}=${value}`);
    const started = spawn(join(programs, 'postgres'), args, {
      ...(account ?? {}),
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'ignore', 'pipe', at.descriptor],
      // A group of its own: Ctrl-C in the terminal must reach us first, the database is stopped last.
      detached: true,
    });
    closeSync(at.descriptor);
    const last: string[] = [];
    let gone = false;
    const exit = new Promise<void>((done) => {
      started.once('exit', () => done());
      started.once('error', (error) => {
        last.push(error.message);
        done();
      });
    }).then(() => {
      gone = true;
    });
    createInterface({ input: started.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      last.push(line);
      if (last.length > 8) last.shift();
      // A stop says so to every connection; that is no news.
      const usual = /the database system is|terminating connection due to administrator command/.test(line);
      if (/^(FATAL|PANIC|WARNING):/.test(line) && !usual) log.warn(`postgres ${line}`);
    });
    for (let waited = 0; ; waited += 20) {
      if (gone) throw new Error(`PostgreSQL did not start: ${last.join(' · ')}`);
      const file = readPidFile(folder);
      if (file && file.pid === started.pid && file.status === 'ready') break;
      if (waited > readyWithin) {
        started.kill('SIGQUIT');
        throw new Error(`PostgreSQL was not ready within ${readyWithin} ms: ${last.join(' · ')}`);
      }
      await sleep(20);
    }
    child = started;
    viaLoopback = loopback;
    void exit.then(() => {
      child = null;
      if (stopping) return;
      log.warn(`the database stopped unexpectedly: ${last.at(-1) ?? 'no message'}`);
      tell('died');
      raising = raise();
    });
    if (stopping) started.kill('SIGINT');
  }

  /** After an unexpected death: tries until it runs or stop() is called, 0.1 s to 5 s apart. */
  async function raise(): Promise<void> {
    let loopback = true;
    for (let attempt = 0; !stopping; attempt++) {
      await sleep(Math.min(5000, 100 * 2 ** attempt));
      if (stopping) return;
      try {
        await clearTheWay(folder);
        await launch(loopback);
        log.info(`the database runs again after ${attempt + 1} tries`);
        tell('restarted');
        return;
      } catch (error) {
        // "pre-existing shared memory block is still in use": backends of the dead postmaster are still leaving.
        const { message } = error as Error;
        log.warn(message);
        // While the port was free somebody took it, perhaps for the outgoing end of a connection: ours go through the socket.
        if (hasSocket && /Address already in use/.test(message)) loopback = false;
        if (attempt === 20) tell('gave-up');
      }
    }
  }

  function tell(event: ClusterEvent): void {
    for (const listener of listeners) listener(event);
  }

  // However this process ends, short of kill −9, the database ends with it: a start that fails later on, or is broken off, leaves nothing running.
  const endTogether = (): void => {
    stopping = true;
    child?.kill('SIGINT');
    rmSync(owner, { force: true });
  };
  const brokenOff = (signal: NodeJS.Signals): void => {
    // Whoever else listens stops in order; until somebody does, the start is broken off.
    if (process.listenerCount(signal) === 1) process.exit(1);
  };
  process.once('exit', endTogether);
  for (const signal of endings) process.on(signal, brokenOff);

  for (let attempt = 0; ; attempt++)
    try {
      await launch();
      break;
    } catch (error) {
      // Backends of a killed postmaster take a moment to leave; a port that was free may be taken by now.
      const passing = /still in use|Address already in use/.test((error as Error).message);
      if (!passing || attempt === firstTries) {
        rmSync(owner, { force: true });
        throw error;
      }
      await sleep(300);
      if (!options.port) port = await freePort();
    }
  const password = readFileSync(join(folder, 'liaozhi-password'), 'utf8').trim();

  return {
    // TCP, because its buffers are megabytes: a unix socket takes 200 KB per turn of our loop, which held the history at 230,000 rows a second.
    get url() {
      return viaLoopback
        ? `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`
        : `postgresql://${user}@${encodeURIComponent(folder)}:${port}/${database}`;
    },
    socketDir: folder,
    port,
    get pid() {
      return child?.pid ?? null;
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      stopping = true;
      await raising;
      const last = child;
      if (last) {
        const exit = new Promise((done) => last.once('exit', done));
        last.kill('SIGINT');
        const patience = setTimeout(() => last.kill('SIGQUIT'), 60_000);
        await exit;
        clearTimeout(patience);
      }
      process.off('exit', endTogether);
      for (const signal of endings) process.off(signal, brokenOff);
      rmSync(owner, { force: true });
    },
  };
}
