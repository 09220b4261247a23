// What a transport hands its frames to. The house gives the real one (server/ingest.ts); tests and benches give their own.
import type { Logged } from '../contracts/log.ts';
import type { Instant } from '../contracts/observation.ts';
import type { Decoded, RawFrame, Refused } from '../contracts/protocol.ts';

export interface Intake {
  /**
   * Resolves when the frame is durable: only then may the transport acknowledge it. Unknown devices are no failure: their frames are kept.
   * @throws Problem database-unavailable | overloaded
   */
  accept(frame: RawFrame, decoded: Decoded<unknown>): Promise<Logged>;
  /** Bytes that are no frame: counted and kept. Never throws. */
  refuse(protocol: string, address: string, refused: Refused, received: Instant): void;
}
