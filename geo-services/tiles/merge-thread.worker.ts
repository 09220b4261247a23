// The thread that merges patches (merging.worker.ts): a job in, a part of a tile out, one after another.
import { parentPort } from 'node:worker_threads';
import { PatchMerger } from './merge-patches.ts';
import type { MergeAnswer, MergeJob } from './merging.worker.ts';
import { LayerSpace } from './tile-layer.ts';

const merger = new PatchMerger();
const space = new LayerSpace();

parentPort?.on('message', ({ id, bytes, places, tile, frame, ordered }: MergeJob) => {
  const patches = places.map(({ x, y, from, to }) => ({ x, y, bytes: bytes.subarray(from, to) }));
  try {
    // A copy with memory of its own: what it is in goes to the other thread as it is.
    const part = new Uint8Array(merger.merge(patches, tile, frame, ordered, space));
    parentPort?.postMessage({ id, part } satisfies MergeAnswer, [part.buffer]);
  } catch (error) {
    parentPort?.postMessage({ id, failure: String(error) } satisfies MergeAnswer);
  }
});
