// Analysis of the server as the page asks for it (contracts/analysis-routes.ts).
import type { AnalysisRows, AnalysisSource } from '../../contracts/analysis-routes.ts';
import { post } from '../../screen/live/past.http.ts';

export interface BufferAnswer {
  readonly geometry: { readonly type: string; readonly coordinates: unknown } | null;
  readonly squareMetres: number;
  readonly rows: number;
}
export interface OverlayAnswer {
  readonly features: readonly {
    readonly id: number;
    readonly properties: Readonly<Record<string, unknown>> & { readonly measure: number | null };
    readonly geometry: unknown;
  }[];
  readonly truncated: boolean;
}
export interface RegionFigures {
  readonly id: number;
  readonly name: string;
  readonly count: number;
  readonly measure: number | null;
  readonly sum: number | null;
  readonly mean: number | null;
  readonly least: number | null;
  readonly most: number | null;
}
export interface StatisticsAnswer {
  readonly unit: 'm' | 'm²' | null;
  readonly regions: readonly RegionFigures[];
}

export const buffer = (of: AnalysisSource, metres: number, signal?: AbortSignal): Promise<BufferAnswer> =>
  post('/api/analysis/buffer', { of, metres }, signal);
export const overlay = (
  rows: AnalysisRows,
  area: AnalysisSource,
  keep: 'inside' | 'outside',
  signal?: AbortSignal,
): Promise<OverlayAnswer> => post('/api/analysis/overlay', { rows, with: area, keep }, signal);
export const statistics = (
  rows: AnalysisRows,
  regions: AnalysisSource,
  attribute: string | null,
  signal?: AbortSignal,
): Promise<StatisticsAnswer> => post('/api/analysis/statistics', { rows, regions, ...(attribute === null ? {} : { attribute }) }, signal);
