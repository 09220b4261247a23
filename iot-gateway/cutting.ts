// What every cutter of a byte stream does: goes on from the bytes that were kept, and puts aside what is no frame, without the blanks round it.
import { Problem } from '../contracts/problem.ts';
import type { Refused } from '../contracts/protocol.ts';

export interface Cut {
  /** Bytes that the next chunk goes on from. */
  readonly memory: Uint8Array;
  /** Views of the chunk, or of what was put together. */
  readonly frames: readonly Uint8Array[];
  readonly refused: readonly Refused[];
}

/** What was kept and what came, as one. */
export function joined(memory: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (memory.length === 0) return chunk;
  const buffer = new Uint8Array(memory.length + chunk.length);
  buffer.set(memory);
  buffer.set(chunk, memory.length);
  return buffer;
}

/** A real copy: `slice` of a Node Buffer is a view and would keep the whole chunk alive. */
const copy = (bytes: Uint8Array, start: number, end: number): Uint8Array => new Uint8Array(bytes.subarray(start, end));
const blank = (byte: number): boolean => byte === 0x0d || byte === 0x0a || byte === 0x20 || byte === 0;

/** Frames and refused pieces of one buffer. */
export class Pieces {
  readonly frames: Uint8Array[] = [];
  private readonly refused: Refused[] = [];
  private readonly buffer: Uint8Array;

  constructor(buffer: Uint8Array) {
    this.buffer = buffer;
  }
  /** Bytes that are no frame; line ends, blanks and zeros alone are nothing. */
  refuse(start: number, end: number, reason: string): void {
    const { buffer } = this;
    while (start < end && blank(buffer[start]!)) start++;
    while (end > start && blank(buffer[end - 1]!)) end--;
    if (end > start) this.refused.push({ bytes: copy(buffer, start, end), problem: new Problem('malformed-frame', { reason }) });
  }
  /** All of it is looked at but what begins at `kept`. */
  done(kept: number): Cut {
    const { buffer, frames, refused } = this;
    return { memory: copy(buffer, kept, buffer.length), frames, refused };
  }
}
