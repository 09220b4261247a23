// Child processes of the set-up scripts: run to the end, or run in front with signals and exit code passed on. Node built-ins only.
import { spawn, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder; every command runs in it. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What the scripts say, apart from the output of what they run. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** Ends the script with a message that says what to do. */
export class Stop extends Error {}

/** Runs a script's body; a Stop prints its message alone, anything else its stack. */
export async function main(body) {
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Stop ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}

/** Exit code and everything it printed, quietly. */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Standard output of a short command; empty when it fails or is not there. */
export function outputOf(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : '';
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs commands in this terminal until one ends, then ends the others; resolves with the exit code of the first that ended (128 + number
 * for a signal). Signals are passed on, and this process lives until its children are gone.
 */
export async function runInFront(...commands) {
  const children = commands.map(([command, args, options]) => spawn(command, args, { cwd: root, stdio: 'inherit', ...options }));
  const endAll = (signal) => {
    // In a terminal Ctrl-C reaches the whole group by itself; twice would look like impatience.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, endAll);
  const ends = children.map(
    (child) =>
      new Promise((resolve) => {
        child.once('error', (error) => {
          process.stderr.write(`${error.message}\n`);
          resolve(127);
        });
        child.once('exit', (code, signal) => resolve(code ?? { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGKILL: 137 }[signal] ?? 1));
      }),
  );
  const code = await Promise.race(ends);
  endAll('SIGTERM');
  await Promise.all(ends);
  for (const signal of signals) process.off(signal, endAll);
  return code;
}
