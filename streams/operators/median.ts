// Median and scatter of a handful of numbers, without an allocation: the middle that one wrong value cannot move.

/** Sorted here; the functions are not entered again while they run. */
const most = 32;
const scratch = new Float64Array(most);

function middleOfSorted(count: number): number {
  const half = count >> 1;
  return count % 2 === 1 ? (scratch[half] as number) : ((scratch[half - 1] as number) + (scratch[half] as number)) / 2;
}
/** Insertion: for so few numbers nothing is faster. */
function insert(value: number, count: number): void {
  let at = count;
  while (at > 0 && (scratch[at - 1] as number) > value) {
    scratch[at] = scratch[at - 1] as number;
    at--;
  }
  scratch[at] = value;
}

/** Of the first `count` values, at most 32; NaN of none. */
export function medianOf(values: Float64Array, count: number): number {
  const taken = Math.min(count, most);
  for (let index = 0; index < taken; index++) insert(values[index] as number, index);
  return taken === 0 ? Number.NaN : middleOfSorted(taken);
}

/** 1.4826 × median absolute deviation: the standard deviation, were it a normal distribution (Pearson 2002). */
export function spreadOf(values: Float64Array, count: number, middle: number): number {
  const taken = Math.min(count, most);
  for (let index = 0; index < taken; index++) insert(Math.abs((values[index] as number) - middle), index);
  return taken === 0 ? Number.NaN : 1.4826 * middleOfSorted(taken);
}
