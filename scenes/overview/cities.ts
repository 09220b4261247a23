// The 14 cities by air quality: worst first, those without a value last. Pure.
import { cities } from '../../contracts/adcodes.data.ts';
import { type AdCode, adcodeContains, type LngLat } from '../../contracts/geo.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import { indicatorOf } from '../../screen/live/mirror.ts';
import { aqiLevel } from '../../streams/models/aqi.ts';

export interface CityRow {
  readonly adcode: string;
  readonly name: string;
  readonly centre: LngLat;
  readonly rank: number;
  readonly value: number | null;
  /** 优 · 良 · 轻度 …, '' without a value. */
  readonly word: string;
  /** Primary pollutant, as the indicator notes it. */
  readonly note: string;
  readonly indicator: Indicator | null;
}
/** @param within area of who looks: a city's account is not told of the others */
export function cityRows(indicators: ReadonlyMap<string, Indicator>, within: AdCode = '210000'): CityRow[] {
  const seen = cities.filter((city) => adcodeContains(within, city.adcode) || adcodeContains(city.adcode, within));
  const rows = seen.map((city) => {
    const indicator = indicatorOf(indicators, city.adcode, 'aqi');
    const value = indicator?.value ?? null;
    return {
      adcode: city.adcode,
      name: city.short,
      centre: city.centre,
      value,
      word: value === null ? '' : aqiLevel(value).short,
      note: indicator?.note ?? '',
      indicator,
    };
  });
  rows.sort((a, b) => (b.value ?? -1) - (a.value ?? -1));
  return rows.map((row, i) => ({ ...row, rank: i + 1 }));
}
/** Sums of several indicators of one code: coverage added, quality weighted by what was counted, as of the newest. */
export function together(list: readonly (Indicator | null)[]): {
  asOf: number | null;
  coverage: readonly [number, number];
  quality: number | null;
} {
  const known = list.filter((one) => one !== null);
  const counted = known.filter((one) => one.quality !== null && one.coverage[0] > 0);
  const weight = counted.reduce((sum, one) => sum + one.coverage[0], 0);
  return {
    asOf: known.reduce<number | null>((newest, one) => (one.asOf === null ? newest : Math.max(newest ?? 0, one.asOf)), null),
    coverage: [known.reduce((sum, one) => sum + one.coverage[0], 0), known.reduce((sum, one) => sum + one.coverage[1], 0)],
    quality: weight > 0 ? counted.reduce((sum, one) => sum + (one.quality as number) * one.coverage[0], 0) / weight : null,
  };
}
