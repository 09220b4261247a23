// The durable log as everything above it sees it: append, and read again from a position. The acknowledgement to the device comes after append.
//
// Embedded (a table, streams/log/table.pg.ts) today, JetStream behind the same three methods when NATS_URL is set.
import type { FrameId, Instant } from './observation.ts';
import type { RawFrame } from './protocol.ts';

export interface Logged {
  readonly id: FrameId;
  readonly frame: RawFrame;
  readonly durable: Instant;
}

/** One commit: the number of its batch, and when it was on the disk. */
export interface Committed {
  readonly batch: number;
  readonly durable: Instant;
}
/** Where a frame was put. Frames of one commit share the promise, so that whoever has many of them waits once. */
export interface Appended {
  readonly index: number;
  /** Resolves once the frame survives kill −9 of us and of the database. Rejects with Problem database-unavailable | overloaded | too-large. */
  readonly committed: Promise<Committed>;
}

export interface FrameLog {
  /** Never throws. The bytes are copied: they may be a view of something larger. */
  append(frame: RawFrame): Appended;
  /** Frames with an id greater than `after`, in order, in bounded batches. */
  read(after: FrameId): AsyncIterable<readonly Logged[]>;
  /** One frame, for lineage. null once it is past retention. */
  get(id: FrameId): Promise<Logged | null>;
}

/** FrameId of the n-th frame of a batch. */
export function frameId(batch: number, index: number): FrameId {
  return batch * 65536 + index;
}
export function batchOf(id: FrameId): { batch: number; index: number } {
  return { batch: Math.floor(id / 65536), index: id % 65536 };
}

/** The frame with its id, once it is durable. For the hot path wait for `committed` itself. */
export async function logged(frame: RawFrame, { index, committed }: Appended): Promise<Logged> {
  const { batch, durable } = await committed;
  return { id: frameId(batch, index), frame, durable };
}
