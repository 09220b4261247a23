// What a transport hands its frames to. The house gives the real one (server/ingest.ts); tests and benches give their own.
import type { Appended } from '../contracts/log.ts';
import type { Instant } from '../contracts/observation.ts';
import type { Decoded, RawFrame, Refused } from '../contracts/protocol.ts';

export interface Intake {
  /**
   * Takes a frame; its bytes are copied. Only when `committed` has resolved may the transport acknowledge it; frames of one commit share it.
   * Where a protocol remembers nothing from frame to frame, `decoded` may be null: it is then decoded in its turn, once it is durable.
   * Unknown devices are no failure: their frames are kept. Rejects with Problem database-unavailable | overloaded | too-large. Never throws.
   */
  accept(frame: RawFrame, decoded: Decoded<unknown> | null): Appended;
  /** Bytes that are no frame: counted and kept. Never throws. */
  refuse(protocol: string, address: string, refused: Refused, received: Instant): void;
}
