// Province figures: which indicators the wall prints, in which order, with their distance to the year's target. Pure.
import type { Indicator } from '../../contracts/indicator.ts';
import { indicatorOf } from '../../screen/live/mirror.ts';
import { number, signed } from '../../screen/theme/format.ts';

export interface Figure {
  readonly code: string;
  readonly name: string;
  readonly text: string;
  readonly unit: string;
  /** Share 0–1 of a bar; null: a count has none. */
  readonly share: number | null;
  /** Where the target stands on the bar. */
  readonly target: number | null;
  /** 差 3.6 · 达标 · n/m */
  readonly beside: string;
  readonly met: boolean;
  readonly indicator: Indicator;
}
/** Order on the wall. What an area does not carry is left out. */
const wanted: readonly (readonly [code: string, name: string])[] = [
  ['timeliness', '数据及时率'],
  ['good-quality', '数据可信率'],
  ['pm25', 'PM2.5 均值'],
  ['water-over-warning', '超警水位站'],
  ['sources-over-permit', '超许可排口'],
  ['hotspots', '林火热点'],
];

/** @param year whose target counts: the nearest one from then on, else the last */
export function provinceFigures(indicators: ReadonlyMap<string, Indicator>, adcode: string, year: number): Figure[] {
  return wanted.flatMap(([code, name]) => {
    const indicator = indicatorOf(indicators, adcode, code);
    return indicator ? [figureOf(indicator, name, year)] : [];
  });
}
/** Things that report in time / registered, of the area of who looks; null: not told. What lies outside it is not counted for them. */
export function reportingOf(indicators: ReadonlyMap<string, Indicator>, adcode: string): readonly [number, number] | null {
  return indicatorOf(indicators, adcode, 'timeliness')?.coverage ?? null;
}
function figureOf(indicator: Indicator, name: string, year: number): Figure {
  const share = indicator.unit === '%' && indicator.value !== null ? Math.min(1, Math.max(0, indicator.value / 100)) : null;
  const targets = [...indicator.targets].sort((a, b) => a.year - b.year);
  const target = (targets.find((one) => one.year >= year) ?? targets.at(-1))?.value ?? null;
  // A share is good when high; a concentration or a count when low.
  const missing = target === null || indicator.value === null ? null : share !== null ? target - indicator.value : indicator.value - target;
  const met = missing !== null && missing <= 0;
  const decimals = indicator.value !== null && !Number.isInteger(indicator.value) ? 1 : 0;
  return {
    code: indicator.code,
    name,
    text: number(indicator.value, decimals),
    unit: indicator.unit,
    share,
    target: share !== null && target !== null ? Math.min(1, target / 100) : null,
    beside:
      missing === null ? `${indicator.coverage[0]}/${indicator.coverage[1]}` : met ? '达标' : `差 ${signed(missing, 1).replace('+', '')}`,
    met,
    indicator,
  };
}
