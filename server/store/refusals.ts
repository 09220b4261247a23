// Counts what was refused by protocol and code, on its way to the dead letters.
import type { FrameId, Instant } from '../../contracts/observation.ts';
import type { Problem } from '../../contracts/problem.ts';

/** Where what was refused, and who is unknown, is written down (server/store/rejects.pg.ts). Never throws. */
export interface Rejects {
  deadLetter(entry: {
    received: Instant;
    protocol: string;
    address: string;
    device: string | null;
    frame: FrameId | null;
    problem: Problem;
    bytes: Uint8Array | null;
  }): void;
  unclaimed(protocol: string, device: string, address: string, frame: FrameId, at: Instant): void;
  /** Frames kept of a device, oldest first; forgotten once `done` is called. */
  framesOf(protocol: string, device: string): Promise<readonly FrameId[]>;
  claimed(protocol: string, device: string): Promise<void>;
}

export interface Refusals {
  /** Since the start. */
  refusals(): readonly { readonly protocol: string; readonly code: string; readonly count: number }[];
}

/** The same rejects, counted. Codes and protocols are ours, so the table stays small. */
export function countRefusals<R extends Rejects>(rejects: R): R & Refusals {
  const counts = new Map<string, { readonly protocol: string; readonly code: string; count: number }>();
  return {
    ...rejects,
    deadLetter(entry) {
      const key = `${entry.protocol} ${entry.problem.code}`;
      const row = counts.get(key) ?? { protocol: entry.protocol, code: entry.problem.code, count: 0 };
      row.count++;
      counts.set(key, row);
      rejects.deadLetter(entry);
    },
    refusals: () => [...counts.values()],
  };
}
