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

export interface FrameLog {
  /** Resolves once the frame survives kill −9 of us and of the database. Concurrent calls share one commit. @throws Problem database-unavailable | overloaded */
  append(frame: RawFrame): Promise<Logged>;
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
