// The merging thread: jobs are answered by number, a failure is that of its job, a thread that ended is started again.
import { expect, it } from 'vitest';
import { mergeBeside } from './merging.worker.ts';

const job = (first: number, order = false) => ({
  bytes: Uint8Array.of(first, 2, 3),
  places: [],
  tile: { z: 9, x: 0, y: 0 },
  frame: { name: 'a', attributes: [], extent: 4096, buffer: 64 },
  ordered: order,
});
const thread = (body: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'; parentPort.on('message', (job) => { ${body} });`)}`,
  );

it('answers each job with its own part, whatever the order', async () => {
  const merge = mergeBeside(
    thread('setTimeout(() => parentPort.postMessage({ id: job.id, part: Uint8Array.of(job.bytes[0]) }), 40 - job.bytes[0] * 10)'),
  );
  const parts = await Promise.all([1, 2, 3].map((n) => merge(job(n))));
  expect(parts.map((part) => [...part])).toEqual([[1], [2], [3]]);
});
it('tells the failure of one job and goes on', async () => {
  const merge = mergeBeside(
    thread("parentPort.postMessage(job.ordered ? { id: job.id, failure: 'broken' } : { id: job.id, part: Uint8Array.of(7) })"),
  );
  await expect(merge(job(1, true))).rejects.toThrow('broken');
  expect([...(await merge(job(1)))]).toEqual([7]);
});
it('fails what waits when the thread ends, and starts another for the next', async () => {
  const merge = mergeBeside(thread('if (job.ordered) process.exit(3); parentPort.postMessage({ id: job.id, part: Uint8Array.of(7) })'));
  await expect(Promise.all([merge(job(1, true)), merge(job(2, true))])).rejects.toThrow('3');
  expect([...(await merge(job(1)))]).toEqual([7]);
});
