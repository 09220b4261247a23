// cluster.file.ts with real clusters in a temporary folder: crashes of every kind, foreign hands, and folders that cannot be used.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { type Cluster, type ClusterEvent, startCluster } from './cluster.file.ts';
import { isPostmasterOf, readPidFile } from './postmaster.file.ts';

const isRoot = process.getuid?.() === 0;
let scratch: string;
let dataDir: string;
let folder: string;
let running: Cluster | null = null;
const children: { kill(signal: NodeJS.Signals): unknown }[] = [];

async function start(options: Partial<Parameters<typeof startCluster>[0]> = {}): Promise<Cluster> {
  running = await startCluster({ dataDir, ...options });
  return running;
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function nextEvent(cluster: Cluster, wanted: ClusterEvent): Promise<void> {
  return new Promise((resolve) => {
    const off = cluster.onEvent((event) => {
      if (event !== wanted) return;
      off();
      resolve();
    });
  });
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof Problem) return error;
  throw error;
}

/** Another server in a process of its own, holding the same data folder. */
async function startElsewhere(then = ''): Promise<{ pid: number; kill(signal: NodeJS.Signals): unknown; gone: Promise<unknown> }> {
  const script = `import { startCluster } from './server/database/cluster.file.ts';
    startCluster({ dataDir: process.argv[1] }).then((cluster) => { console.log('up', cluster.pid); ${then} });`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return { pid: child.pid ?? 0, kill: (signal) => child.kill(signal), gone: once(child, 'exit') };
}

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'liaozhi-cluster-'));
  chmodSync(scratch, 0o755);
  dataDir = join(scratch, 'data');
  folder = join(dataDir, 'postgres');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await running?.stop();
  running = null;
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('a first start', () => {
  it('makes a cluster, also over an initdb that was cut short, and keeps its rows over a stop', async () => {
    mkdirSync(join(dataDir, 'postgres.partial/base'), { recursive: true });
    const first = await start();
    await ask(first.url, 'CREATE TABLE kept (n integer); INSERT INTO kept VALUES (1)');
    expect(await ask(first.url, 'SELECT ST_SRID(ST_Point(1, 2, 4490)) AS srid').catch((error: Error) => error.message)).toMatch(/st_point/);
    await ask(first.url, 'CREATE EXTENSION postgis');
    expect(await ask(first.url, "SELECT current_setting('fsync') AS f, current_setting('synchronous_commit') AS s")).toEqual([
      { f: 'on', s: 'on' },
    ]);
    const pid = first.pid ?? 0;
    await first.stop();
    expect(isPostmasterOf(pid, folder)).toBe(false);
    expect(await ask((await start()).url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('lets other local users in by neither road', async () => {
    const cluster = await start();
    expect(statSync(cluster.socketDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'liaozhi-password')).mode & 0o777).toBe(0o600);
    const loopback = (password: string): string => `postgresql://liaozhi:${password}@127.0.0.1:${cluster.port}/liaozhi`;
    await expect(ask(loopback('guess'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(await ask(loopback(readFileSync(join(folder, 'liaozhi-password'), 'utf8').trim()), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a start that comes to nothing', () => {
  it.each([
    ['fails later on', "setTimeout(() => { throw new Error('later on'); }, 100)", null],
    ['is broken off by Ctrl-C', '', 'SIGINT'],
    ['is told to end', '', 'SIGTERM'],
  ] as const)('%s leaves no database running', async (_, then, signal) => {
    const other = await startElsewhere(then);
    const postmaster = readPidFile(folder)?.pid ?? 0;
    expect(isPostmasterOf(postmaster, folder)).toBe(true);
    if (signal) other.kill(signal);
    expect(await other.gone).toEqual([1, null]);
    await expect.poll(() => isPostmasterOf(postmaster, folder), { timeout: 20_000 }).toBe(false);
  });
});

describe('after a crash', () => {
  it('a killed database is raised again at the same address, with its rows', async () => {
    const cluster = await start();
    await ask(cluster.url, 'DROP TABLE IF EXISTS crash; CREATE TABLE crash AS SELECT 7 AS n');
    const before = cluster.pid ?? 0;
    const restarted = nextEvent(cluster, 'restarted');
    process.kill(before, 'SIGKILL');
    await restarted;
    expect(cluster.pid).not.toBe(before);
    expect(await ask(cluster.url, 'SELECT n FROM crash')).toEqual([{ n: 7 }]);
  });

  it('comes back through its socket when a stranger took its port meanwhile', async () => {
    const cluster = await start();
    const stranger = createServer();
    cluster.onEvent((event) => {
      if (event === 'died') stranger.listen(cluster.port, '127.0.0.1');
    });
    // What the dead one left behind may hold the port for a moment longer: then the stranger comes too early, and tries it again.
    stranger.on('error', () => {});
    for (let tries = 0; tries < 5 && !stranger.listening; tries++) {
      const restarted = nextEvent(cluster, 'restarted');
      process.kill(cluster.pid ?? 0, 'SIGKILL');
      await restarted;
    }
    expect(stranger.listening).toBe(true);
    expect(await ask(cluster.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await cluster.stop();
    await new Promise((done) => stranger.close(done));
  });

  it('stop() during the restart leaves nothing running', async () => {
    const cluster = await start();
    const died = nextEvent(cluster, 'died');
    process.kill(cluster.pid ?? 0, 'SIGKILL');
    await died;
    await cluster.stop();
    expect(cluster.pid).toBeNull();
    const left = readPidFile(folder);
    expect(left === null || !isPostmasterOf(left.pid, folder)).toBe(true);
  });

  it('a postmaster.pid that points at nothing, at a stranger, at a zombie, or is torn, does not stop the start', async () => {
    // The shell leaves its first child behind as a zombie of the sleep it turns into.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(parent);
    const zombie = String((await once(parent.stdout, 'data'))[0]).trim();
    // A PostgreSQL, by its name, of somebody else: a reused PID.
    const stranger = spawn('sleep', ['60'], { argv0: 'postgres', stdio: 'ignore' });
    children.push(stranger);
    for (const content of [
      `${stranger.pid}\n${folder}\n1\n5432\n${folder}\n127.0.0.1\n\nready   \n`,
      `4194303\n${folder}\n1\n5432\n${folder}\n127.0.0.1\n\nready   \n`,
      `${process.pid}\n${folder}\n1\n5432\n${folder}\n127.0.0.1\n\nready   \n`,
      `${zombie}\n${folder}\n1\n5432\n${folder}\n127.0.0.1\n\nready   \n`,
      '',
      '12',
    ]) {
      writeFileSync(join(folder, 'postmaster.pid'), content);
      const cluster = await start();
      expect(await ask(cluster.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await cluster.stop();
    }
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  });

  it('a database that outlived its killed server is stopped and started anew', async () => {
    const other = await startElsewhere();
    const orphan = readPidFile(folder)?.pid ?? 0;
    other.kill('SIGKILL');
    await other.gone;
    expect(isPostmasterOf(orphan, folder)).toBe(true);
    const said: string[] = [];
    const cluster = await start({ log: { info: () => {}, warn: (message) => said.push(message) } });
    expect(isPostmasterOf(orphan, folder)).toBe(false);
    expect(said.join()).toContain('left running by a server that was killed');
    expect(await ask(cluster.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a folder that cannot be used', () => {
  it('in use by a living server: refused, and that server goes on', async () => {
    const other = await startElsewhere();
    const problem = await problemOf(startCluster({ dataDir }));
    expect(problem).toMatchObject({ code: 'bad-configuration', details: { name: 'DATA_DIR', given: dataDir } });
    expect(problem.details.allowed).toContain(String(other.pid));
    expect(isPostmasterOf(readPidFile(folder)?.pid ?? 0, folder)).toBe(true);
    other.kill('SIGKILL');
    await other.gone;
    await (await start()).stop();
  });

  it.each(['/proc/nowhere', '/dev/null', '/dev/null/below'])('%s: refused with its name', async (bad) => {
    expect(await problemOf(startCluster({ dataDir: bad }))).toMatchObject({
      code: 'bad-configuration',
      details: { name: 'DATA_DIR', given: bad },
    });
  });

  it.runIf(isRoot)('under a parent that the database account may not enter: works all the same', async () => {
    const closed = join(scratch, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const cluster = await start({ dataDir: join(closed, 'data') });
    expect(await ask(cluster.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const restarted = nextEvent(cluster, 'restarted');
    process.kill(cluster.pid ?? 0, 'SIGKILL');
    await restarted;
    expect(await ask(cluster.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(statSync(closed).mode & 0o777).toBe(0o700);
  });

  it('too deep for a socket: reached over loopback with the password', async () => {
    const cluster = await start({ dataDir: join(scratch, 'd'.repeat(100), 'data') });
    expect(cluster.url).toContain('@127.0.0.1:');
    expect(await ask(cluster.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
