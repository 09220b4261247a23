// An intake that keeps frames in memory and commits them in groups, for tests and benches: no database, but the same promise of order and delay.
import { frameId, type Logged } from '../contracts/log.ts';
import type { Instant } from '../contracts/observation.ts';
import { Problem } from '../contracts/problem.ts';
import type { Decoded, RawFrame, Refused } from '../contracts/protocol.ts';
import type { Intake } from './intake.ts';

export interface MemoryIntake extends Intake {
  readonly accepted: { readonly frame: RawFrame; readonly decoded: Decoded<unknown> }[];
  readonly refusals: { readonly protocol: string; readonly address: string; readonly refused: Refused }[];
  /** Frames offered, durable or not. */
  offered(): number;
  commits(): number;
  /** While away, accept rejects with database-unavailable. */
  away: boolean;
  /** While held, commits wait. */
  hold(): void;
  release(): void;
}

/** @param schedule when a group is committed: called once per group with the commit */
export function createMemoryIntake(now: () => Instant, schedule: (commit: () => void) => void): MemoryIntake {
  type Waiting = { frame: RawFrame; decoded: Decoded<unknown>; resolve: (logged: Logged) => void; reject: (problem: Problem) => void };
  let group: Waiting[] = [];
  let [offered, commits] = [0, 0];
  let held = false;
  let scheduled = false;
  const commit = (): void => {
    scheduled = false;
    if (held || group.length === 0) return;
    const batch = group;
    group = [];
    const durable = now();
    if (!intake.away) commits++;
    batch.forEach(({ frame, decoded, resolve, reject }, index) => {
      if (intake.away) {
        reject(new Problem('database-unavailable'));
        return;
      }
      intake.accepted.push({ frame, decoded });
      resolve({ id: frameId(commits, index), frame, durable });
    });
  };
  const plan = (): void => {
    if (scheduled) return;
    scheduled = true;
    schedule(commit);
  };
  const intake: MemoryIntake = {
    accepted: [],
    refusals: [],
    away: false,
    offered: () => offered,
    commits: () => commits,
    accept(frame, decoded) {
      offered++;
      return new Promise((resolve, reject) => {
        group.push({ frame, decoded, resolve, reject });
        plan();
      });
    },
    refuse(protocol, address, refused) {
      intake.refusals.push({ protocol, address, refused });
    },
    hold() {
      held = true;
    },
    release() {
      held = false;
      plan();
    },
  };
  return intake;
}
