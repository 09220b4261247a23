// What every transport of the gateway is to the house: something that listens, counts and closes. Types only; server/main.ts does the wiring.
import type { Instant } from '../contracts/observation.ts';
import type { Intake } from './intake.ts';

export interface TransportStats {
  /** Open now. */
  readonly connections: number;
  /** Frames handed to the intake since the start. */
  readonly frames: number;
  /** Of these, still waiting to be durable. */
  readonly inFlight: number;
  /** Pieces that were no frame. */
  readonly refused: number;
  /** Frames the intake did not take (database away, overloaded): not acknowledged, the sender sends again. */
  readonly unacknowledged: number;
  /** Connections that we ended, by reason: idle, refused, slow-reader, full, unauthorized, database … */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface Transport {
  /** Where it listens; 0 for one that dials out. */
  readonly port: number;
  /** Takes nothing new, waits for the frames in flight (bounded), then ends the connections. */
  close(): Promise<void>;
  stats(): TransportStats;
  /** Writes to the connection that the device spoke on last; false: there is none, or it does not read. Roads without one have no send. */
  send?(device: string, bytes: Uint8Array): boolean;
}

/** What every transport is given. */
export interface TransportSettings {
  readonly intake: Intake;
  readonly now: () => Instant;
}

/** Counts by reason, for TransportStats.dropped. */
export function tally(counts: Record<string, number>, reason: string): void {
  counts[reason] = (counts[reason] ?? 0) + 1;
}
