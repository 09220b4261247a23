// What a truth strip says: kind, as-of age, coverage, quality, source, in this order. Pure.
import { type Instant, type Provenance, provenances, provenanceTitle } from '../../contracts/observation.ts';
import { percent, roundSpan, span } from '../theme/format.ts';

export interface Truth {
  /** null: nothing is there to have a kind. */
  readonly provenance: Provenance | null;
  readonly asOf: Instant | null;
  /** Reporting / expected, and what is counted. */
  readonly coverage: readonly [number, number] | null;
  readonly noun: string;
  /** Share of good, 0–1. */
  readonly quality: number | null;
  /** Short enough to stand in one line; who answers for it. */
  readonly source: string;
}
/** The least direct kind among many: one simulated source makes the whole sum simulated. */
export function leastDirect(kinds: Iterable<Provenance>): Provenance | null {
  let worst = -1;
  for (const kind of kinds) worst = Math.max(worst, provenances.indexOf(kind));
  return provenances[worst] ?? null;
}
export interface TruthWords {
  readonly kind: string;
  readonly age: string;
  readonly coverage: string;
  readonly quality: string;
  readonly source: string;
}
/** Empty words are left out by the strip. */
export function truthWords(truth: Truth, now: Instant): TruthWords {
  return {
    kind: truth.provenance ? provenanceTitle[truth.provenance] : '',
    age: truth.asOf === null ? '' : `${roundSpan(now - truth.asOf)}前`,
    coverage: truth.coverage ? `${truth.noun} ${truth.coverage[0]}/${truth.coverage[1]}` : '',
    quality: truth.quality === null ? '' : `质量 ${percent(truth.quality)}%`,
    source: truth.source,
  };
}
/** 应每 15 分 */
export function promiseWords(periodSeconds: number): string {
  return `应每 ${span(periodSeconds * 1000)}`;
}
