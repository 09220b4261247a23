// An intake that keeps frames in memory and commits them in groups, for tests and benches: no database, but the same promise of order and delay.
import type { Committed } from '../contracts/log.ts';
import type { Instant } from '../contracts/observation.ts';
import { Problem } from '../contracts/problem.ts';
import type { Decoded, RawFrame, Refused } from '../contracts/protocol.ts';
import type { Intake } from './intake.ts';
import { mqtt } from './protocols/mqtt.ts';

export interface MemoryIntake extends Intake {
  readonly accepted: { readonly frame: RawFrame; readonly decoded: Decoded<unknown> }[];
  readonly refusals: { readonly protocol: string; readonly address: string; readonly refused: Refused }[];
  /** Frames offered, durable or not. */
  offered(): number;
  commits(): number;
  /** While away, commits reject with database-unavailable. */
  away: boolean;
  /** While held, commits wait. */
  hold(): void;
  release(): void;
}

/** @param schedule when a group is committed: called once per group with the commit */
export function createMemoryIntake(now: () => Instant, schedule: (commit: () => void) => void): MemoryIntake {
  interface Group {
    readonly kept: { readonly frame: RawFrame; readonly decoded: Decoded<unknown> }[];
    readonly committed: Promise<Committed>;
    readonly settle: (result: Committed | Problem) => void;
  }
  function openGroup(): Group {
    let settle: Group['settle'] = () => undefined;
    const committed = new Promise<Committed>((resolve, reject) => {
      settle = (result) => (result instanceof Problem ? reject(result) : resolve(result));
    });
    return { kept: [], committed, settle: (result) => settle(result) };
  }
  let group = openGroup();
  let [offered, commits] = [0, 0];
  let held = false;
  let scheduled = false;
  const commit = (): void => {
    scheduled = false;
    if (held || group.kept.length === 0) return;
    const { kept, settle } = group;
    group = openGroup();
    if (intake.away) {
      settle(new Problem('database-unavailable'));
      return;
    }
    commits++;
    intake.accepted.push(...kept);
    settle({ batch: commits, durable: now() });
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
      plan();
      const kept = { ...frame, bytes: frame.bytes.slice() };
      group.kept.push({ frame: kept, decoded: decoded ?? mqtt.decode(null, kept) });
      return { index: group.kept.length - 1, committed: group.committed };
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
