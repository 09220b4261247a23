// A number about an area, with what the truth strip needs: unit, as-of, coverage, quality, provenance, department.
import type { AdCode } from './geo.ts';
import type { Instant, Provenance } from './observation.ts';

export interface Indicator {
  readonly code: string;
  readonly adcode: AdCode;
  readonly title: string;
  readonly value: number | null;
  readonly unit: string;
  /** Class or state in words (优, 良 …), where the standard gives one. */
  readonly grade: string | null;
  /** More words about it (primary pollutant …). */
  readonly note: string | null;
  readonly targets: readonly { readonly year: number; readonly value: number }[];
  readonly asOf: Instant | null;
  /** Sources reporting / expected. */
  readonly coverage: readonly [number, number];
  /** Share of good observations among those counted, 0–1; null: none counted. */
  readonly quality: number | null;
  readonly provenance: Provenance;
  readonly department: string;
  /** Standard, clause or rule it is computed by. */
  readonly source: string;
}
