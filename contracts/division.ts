// Name of an administrative code.
import { cities, province } from './adcodes.data.ts';
import type { AdCode } from './geo.ts';

const names = new Map<AdCode, string>([
  [province.adcode, province.name],
  ...cities.flatMap((city) => [[city.adcode, city.name] as const, ...city.counties]),
]);
/** Name of a code, e.g. 210102 → 和平区; the code itself where it is unknown. */
export function divisionName(code: AdCode): string {
  return names.get(code) ?? code;
}
