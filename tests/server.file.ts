// The real server as a child on free ports and a folder of its own: what end-to-end tests start, kill and start again.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../server/project-root.file.ts';

export const adminPassword = 'Pruefstand-kill-9';

export interface RunningServer {
  readonly http: string;
  readonly mqtt: number;
  readonly hj212: number;
  readonly sl651: number;
  readonly jt808: number;
  readonly ais: number;
  readonly child: ChildProcess;
  /** The last 20,000 characters it printed: why it ended, when it ended by itself. */
  said(): string;
  /** kill −9: nothing is flushed, nothing is told. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}
export function dataFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'liaozhi-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
/** The postmaster of a data folder. */
export function postmasterPid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
}

/** The database of a data folder, for looking at rows past the server. */
export function databaseUrl(dataDir: string): string {
  const [, , , port] = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n');
  const password = readFileSync(join(dataDir, 'postgres/liaozhi-password'), 'utf8').trim();
  return `postgresql://liaozhi:${password}@127.0.0.1:${port?.trim()}/liaozhi`;
}

/** Resolves at the ready line. Needs `npm run build`, which npm test has done. */
export function startServer(dataDir: string, options: readonly string[] = []): Promise<RunningServer> {
  const program = join(projectRoot(), 'dist/server/main.js');
  if (!existsSync(program)) throw new Error('dist/server/main.js is not built: npm run build');
  const ports = ['port', 'mqtt-port', 'hj212-port', 'sl651-port', 'jt808-port', 'ais-port'].flatMap((name) => [`--${name}`, '0']);
  const words = [...ports, '--data-dir', dataDir, '--admin-password', adminPassword];
  const child = spawn(process.execPath, ['--enable-source-maps', program, ...words, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let printed = '';
  let ready = false;
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      printed = (printed + chunk).slice(-20_000);
      const line = ready ? undefined : /^ready (\{.*\})$/m.exec(printed)?.[1];
      if (!line) return;
      ready = true;
      resolve({
        ...(JSON.parse(line) as { http: string; mqtt: number; hj212: number; sl651: number; jt808: number; ais: number }),
        child,
        said: () => printed,
        async kill() {
          child.kill('SIGKILL');
          await ended;
        },
        async stop() {
          child.kill('SIGTERM');
          await ended;
        },
      });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', (chunk: Buffer) => {
      printed = (printed + chunk).slice(-20_000);
    });
    void ended.then(() => reject(new Error(`the server ended before it was ready:\n${printed}`)));
  });
}

/** A call with the administrator's token. */
export async function asAdmin(server: RunningServer): Promise<(path: string, body?: unknown) => Promise<Response>> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ username: 'admin', password: adminPassword });
  const { token } = (await (await fetch(`${server.http}/api/session`, { method: 'POST', headers, body })).json()) as { token: string };
  return (path, payload) =>
    fetch(`${server.http}${path}`, {
      headers: { ...headers, authorization: `Bearer ${token}` },
      ...(payload === undefined ? {} : { method: 'POST', body: JSON.stringify(payload) }),
    });
}
