// What ingest needs of the history (history.pg.ts): rows go in, and a full queue makes the devices wait.
import type { Alarm } from '../../contracts/event.ts';
import type { FrameId, Observation, Revision } from '../../contracts/observation.ts';

export interface HistoryQueue {
  /** `done`: the last frame whose consequences are all queued by now. `revised`: rows, written or queued, whose verdict changed. */
  add(observations: readonly Observation[], alarms: readonly Alarm[], done: FrameId, revised?: readonly Revision[]): void;
  backlog(): number;
  /** Resolves when there is room for more. */
  room(): Promise<void>;
}
