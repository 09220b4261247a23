// Counts what was refused by protocol and code, on its way to the dead letters.
import type { Rejects } from '../ingest.ts';

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
