// A real Mosquitto of a test's own: free port, folder of its own, gone at the end. null where it is not installed; npm test installs it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../server/database/free-port.tcp.ts';

export const mosquittoProgram = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto'].find((path) => existsSync(path));

export interface Mosquitto {
  readonly url: string;
  start(): void;
  /** Keeps its sessions: start() goes on with them. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

export async function startMosquitto(): Promise<Mosquitto> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'liaozhi-mosquitto-'));
  const limits = 'max_inflight_messages 1000\nmax_queued_messages 100000\npersistence true\n';
  const conf = `listener ${port} 127.0.0.1\nallow_anonymous true\n${limits}persistence_location ${folder}/\nuser root\n`;
  writeFileSync(join(folder, 'mosquitto.conf'), conf);
  let child: ChildProcess | undefined;
  const running: Mosquitto = {
    url: `mqtt://127.0.0.1:${port}`,
    start() {
      child = spawn(mosquittoProgram ?? 'mosquitto', ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' });
    },
    async stop() {
      if (!child || child.exitCode !== null) return;
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
    async remove() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  running.start();
  return running;
}
