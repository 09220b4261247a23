// The order of many numbers, without asking about each pair.

/** Places of whole numbers ≥ 0 in the order of their size; null: they stand in it already. */
export function orderOf(numbers: Float64Array): Uint32Array | null {
  const count = numbers.length;
  let sorted = true;
  let most = 0;
  for (let n = 0; n < count; n++) {
    const number = numbers[n] as number;
    if (n > 0 && number < (numbers[n - 1] as number)) sorted = false;
    if (number > most) most = number;
  }
  if (sorted) return null;
  if (most < Number.MAX_SAFE_INTEGER / count - 1) {
    // Number and place in one.
    const keys = numbers.map((number, n) => number * count + n).sort();
    return Uint32Array.from(keys, (key) => key % count);
  }
  return new Uint32Array(count).map((_, n) => n).sort((a, b) => (numbers[a] as number) - (numbers[b] as number));
}
