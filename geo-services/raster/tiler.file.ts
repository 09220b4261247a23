// Starts the process that makes tiles and asks it; it is ended when it takes too much memory, stays silent, or is no longer wanted.
import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Problem } from '../../contracts/problem.ts';
import type { Answer, DrawOrder, Piece, Question, TilerFormat, TilerInfo } from './tiler.ts';

export interface Tiler {
  readonly info: TilerInfo;
  piece(from: number, draw: DrawOrder | null): Promise<Piece>;
  /** The tile above four that we made (PNG); null: nothing is there. */
  join(use: DrawOrder['use'], quarters: readonly (Uint8Array | null)[]): Promise<Uint8Array | null>;
  /** Memory of the process at most so far, bytes. */
  peakBytes(): number;
  close(): void;
}
/** The file has to be cut anew (GDAL) before it can be read by windows. */
export class ToRewrite extends Error {}

export const tilerBounds = { memoryBytes: 1 << 30, silentMilliseconds: 60_000 };
const pageBytes = 4096;

function start(): ChildProcess {
  const bundled = !import.meta.url.endsWith('.ts');
  const entry = fileURLToPath(new URL(bundled ? './raster-tiler.js' : './tiler-child.file.ts', import.meta.url));
  const loader = bundled ? [] : ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
  return fork(entry, [], {
    ...{ serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    execArgv: [...loader, '--expose-gc', '--max-old-space-size=384'],
    // It needs nothing of ours.
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' },
  });
}

/** @throws Problem bad-file with what is amiss, ToRewrite */
export async function openTiler(
  given: { readonly path: string; readonly name: string; readonly format: TilerFormat; readonly signal?: AbortSignal },
  bounds = tilerBounds,
): Promise<Tiler> {
  const { name, signal } = given;
  const bad = (reason: string): Problem => new Problem('bad-file', { name, reason });
  const child = start();
  let peak = 0;
  let why: string | null = null;
  const end = (reason: string | null = null): void => {
    why ??= reason;
    clearInterval(watch);
    signal?.removeEventListener('abort', stop);
    child.kill('SIGKILL');
  };
  const stop = (): void => end();
  const watch = setInterval(() => {
    readFile(`/proc/${child.pid}/statm`, 'latin1').then(
      (text) => {
        const bytes = Number(text.split(' ')[1]) * pageBytes;
        peak = Math.max(peak, bytes);
        if (bytes > bounds.memoryBytes) end('读它要的内存超过上限');
      },
      () => undefined,
    );
  }, 200).unref();
  signal?.addEventListener('abort', stop, { once: true });

  function ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const silent = setTimeout(() => end('读取过久没有进展'), bounds.silentMilliseconds);
      const settle = (work: () => void): void => {
        clearTimeout(silent);
        child.off('message', onMessage);
        child.off('close', onEnd);
        child.off('error', onEnd);
        work();
      };
      const onMessage = (said: unknown): void =>
        settle(() => {
          const heard = said as Answer;
          if (!('refused' in heard)) resolve(heard);
          else reject(heard.rewriting ? new ToRewrite(heard.refused) : bad(heard.refused));
        });
      const onEnd = (): void => settle(() => reject(signal?.aborted ? signal.reason : bad(why ?? '读取程序崩溃，或要的内存超过上限')));
      child.on('message', onMessage);
      child.on('close', onEnd);
      child.on('error', onEnd);
      if (child.exitCode !== null || child.signalCode !== null || signal?.aborted) onEnd();
      else child.send(question, () => undefined);
    });
  }
  try {
    const { path, format } = given;
    const opened = await ask({ ask: 'open', path, name, format });
    if (!('info' in opened)) throw bad('读取程序答非所问');
    return {
      info: opened.info,
      async piece(from, draw) {
        const said = await ask({ ask: 'piece', from, draw });
        if (!('piece' in said)) throw bad('读取程序答非所问');
        return said.piece;
      },
      async join(use, quarters) {
        const said = await ask({ ask: 'join', use, quarters });
        if (!('joined' in said)) throw bad('读取程序答非所问');
        return said.joined;
      },
      peakBytes: () => peak,
      close: () => end(),
    };
  } catch (error) {
    end();
    throw error;
  }
}
