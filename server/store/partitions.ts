// Which partition of the observation table an instant falls into. One per UTC day from 2026 on, one per month before.
//
// The rule is fixed for ever: two rules for one instant would overlap, and PostgreSQL refuses overlapping partitions. Old years come in by
// replay and back-fill and are thin; a partition per day of them would only slow the planner.
import type { Instant } from '../../contracts/observation.ts';

const dailyFrom = Date.UTC(2026, 0, 1);

export interface Partition {
  readonly name: string;
  /** RFC 3339, inclusive. */
  readonly from: string;
  /** RFC 3339, exclusive. */
  readonly to: string;
}

export function partitionOf(instant: Instant): Partition {
  const date = new Date(instant);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const daily = instant >= dailyFrom;
  const from = new Date(Date.UTC(year, month, daily ? day : 1)).toISOString();
  const to = new Date(daily ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1)).toISOString();
  return { name: `observation_${from.slice(0, daily ? 10 : 7).replaceAll('-', '')}`, from, to };
}
