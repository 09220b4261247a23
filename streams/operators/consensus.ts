// Does a value agree with others that should say much the same: the neighbours' median, or the other channel of the same Thing.
import { checkBits } from '../../contracts/observation.ts';
import type { NeighbourRule, PairRule } from '../../contracts/stream.ts';
import { medianOf, spreadOf } from './median.ts';

export const neighbourBit = checkBits(['neighbour']);
export const pairBit = checkBits(['pair']);

/** Our setting: where the neighbours differ among themselves, a value may differ from them as much as three times that. */
const sigmas = 3;

/** Whether a value stands too far from its neighbours; false where there are too few of them. */
export function isAlone(value: number, others: Float64Array, count: number, rule: NeighbourRule): boolean {
  if (count < rule.least) return false;
  const middle = medianOf(others, count);
  const off = Math.abs(value - middle);
  if (off <= rule.absolute || off <= rule.relative * Math.abs(middle)) return false;
  return off > sigmas * spreadOf(others, count, middle);
}

/** Whether two channels contradict each other. `value` is of the series that declares the rule. */
export function contradict(value: number, other: number, rule: PairRule): boolean {
  const off = rule.relation === 'equal' ? Math.abs(value - other) : value - other;
  return off > rule.absolute + rule.relative * Math.abs(other);
}
