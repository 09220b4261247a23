// Merging patches beside the server's own thread, which has devices and sockets to answer: a tile of z9 takes ten milliseconds and more.
//
// One thread: the database and the compression have the other cores. Where the server is not bundled (tests) the work is done in place.
import { Worker } from 'node:worker_threads';
import { type Patch, PatchMerger } from './merge-patches.ts';
import { type LayerFrame, LayerSpace } from './tile-layer.ts';

export interface MergeJob {
  readonly id: number;
  /** Memory that the thread is given for good. */
  readonly bytes: Uint8Array;
  /** Where the patches lie in it, and the tile of PATCH_ZOOM that each is counted from. */
  readonly places: readonly { readonly x: number; readonly y: number; readonly from: number; readonly to: number }[];
  readonly tile: { readonly z: number; readonly x: number; readonly y: number };
  readonly frame: LayerFrame;
  readonly ordered: boolean;
}
export type MergeAnswer = { readonly id: number; readonly part: Uint8Array } | { readonly id: number; readonly failure: string };

/** The part of a tile. `job.bytes` must not be used afterwards. @throws Error what the merging throws, or that its thread ended */
export type Merge = (job: Omit<MergeJob, 'id'>) => Promise<Buffer>;

/** Merges without a thread. */
export function mergeInPlace(): Merge {
  const merger = new PatchMerger();
  const space = new LayerSpace();
  return async ({ bytes, places, tile, frame, ordered }) => {
    const patches = places.map(({ x, y, from, to }): Patch => ({ x, y, bytes: bytes.subarray(from, to) }));
    return merger.merge(patches, tile, frame, ordered, space);
  };
}

interface Waiting {
  readonly resolve: (part: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** Merges in a thread, which is started when it is first needed, and again after it ended. */
export function mergeBeside(entry: URL): Merge {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let last = 0;
  function start(): Worker {
    const started = new Worker(entry);
    // It never keeps the server from ending.
    started.unref();
    const ended = (error: Error): void => {
      if (worker !== started) return;
      worker = null;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    started.on('message', (answer: MergeAnswer) => {
      const one = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ('failure' in answer) one?.reject(new Error(answer.failure));
      else one?.resolve(Buffer.from(answer.part.buffer, answer.part.byteOffset, answer.part.byteLength));
    });
    started.on('error', ended);
    started.on('exit', (code) => ended(new Error(`the merging thread ended with ${code}`)));
    return started;
  }
  return (job) =>
    new Promise((resolve, reject) => {
      worker ??= start();
      const id = ++last;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ ...job, id } satisfies MergeJob, [job.bytes.buffer as ArrayBuffer]);
    });
}

/** A thread in the bundle, none beside the sources. */
export const openMerging = (): Merge =>
  import.meta.url.endsWith('.ts') ? mergeInPlace() : mergeBeside(new URL('./merge-patches.js', import.meta.url));
