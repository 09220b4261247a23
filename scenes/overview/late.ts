// Who is late or doubted now, longest first: the reason why we are not surer. Pure.
import type { Check, Instant } from '../../contracts/observation.ts';
import type { Stream } from '../../contracts/stream.ts';
import type { ThingState } from '../../contracts/wire.ts';
import { trustOf } from './station-points.ts';

export interface LateRow {
  readonly id: number;
  readonly name: string;
  readonly stream: string;
  readonly trust: 'late' | 'doubted';
  /** Newest value of any series; null: never heard. */
  readonly asOf: Instant | null;
  readonly failed: readonly Check[];
}
export function lateRows(parts: readonly { readonly stream: Stream; readonly things: Iterable<ThingState> }[], now: Instant): LateRow[] {
  const rows: LateRow[] = [];
  for (const { stream, things } of parts)
    for (const thing of things) {
      const trust = trustOf(stream, thing, now);
      if (trust === 'live') continue;
      const tuples = Object.values(thing.series);
      rows.push({
        id: thing.id,
        name: thing.name,
        stream: stream.title.zh,
        trust,
        asOf: tuples.reduce<Instant | null>((newest, tuple) => Math.max(newest ?? 0, tuple[1]), null),
        failed: thing.series[stream.headline]?.[3] ?? [],
      });
    }
  return rows.sort((a, b) => (a.asOf ?? 0) - (b.asOf ?? 0));
}
