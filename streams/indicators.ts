// Numbers about an area, from the latest values of its Things: what the wall's strip and the ranking show. Pure; `now` may be any past instant.
//
// Only what the data carries is told: an area without a single Thing of a kind has no such indicator, and one whose Things are all silent has
// the value null, not zero. A number is simulated as soon as one Thing behind it is.
import type { Indicator } from '../contracts/indicator.ts';
import { airIndicators } from './indicators/air.ts';
import type { IndicatorSource } from './indicators/backing.ts';
import { healthIndicators } from './indicators/health.ts';
import { hotspotIndicators } from './indicators/hotspots.ts';
import { limitIndicators } from './indicators/limits.ts';

export { type IndicatorCode, type IndicatorSource, indicatorCodes } from './indicators/backing.ts';

/** The indicators of one area, province, city or county, in the order of indicatorCodes. Linear in the Things of the province: cheap at 1 Hz. */
export function indicatorsOf(source: IndicatorSource): Indicator[] {
  const list: Indicator[] = [];
  airIndicators(source, list);
  limitIndicators(source, list);
  hotspotIndicators(source, list);
  healthIndicators(source, list);
  return list;
}
