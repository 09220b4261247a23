// The logarithmic axis on which hops of a millisecond and of seconds stand side by side, and the target they are held against. Pure.

/** p95 of frame in → painted, ms. Source: issue 2, "Speed and memory". */
export const paintedTarget = 500;
const [low, high] = [1, 10_000];
export const marks: readonly { readonly at: number; readonly name: string }[] = [
  { at: 1, name: '1 ms' },
  { at: 10, name: '10' },
  { at: 100, name: '100' },
  { at: 1000, name: '1 秒' },
  { at: 10_000, name: '10 秒' },
];
/** Place of a duration on the axis, 0–100; outside it lies on the end. @param milliseconds ≥ 0 */
export function placeOf(milliseconds: number): number {
  const inside = Math.min(high, Math.max(low, milliseconds));
  return (Math.log(inside / low) / Math.log(high / low)) * 100;
}
