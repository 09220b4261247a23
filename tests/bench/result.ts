// What a bench gives back: numbers with their unit, and what they were measured against in the same run.
export interface Result {
  /** Stable: budget.json names it. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** At most this, where budget.json says nothing about the name. */
  readonly budget?: number;
  /** The baseline, in words. */
  readonly against?: string;
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
