// Administrative areas by code: the name, and what lies directly below.
import { cities, province } from '../../contracts/adcodes.data.ts';
import type { AdCode } from '../../contracts/geo.ts';

const names = new Map<AdCode, string>([[province.adcode, province.name]]);
const below = new Map<AdCode, readonly AdCode[]>([[province.adcode, cities.map((city) => city.adcode)]]);
for (const city of cities) {
  names.set(city.adcode, city.name);
  below.set(
    city.adcode,
    city.counties.map(([adcode]) => adcode),
  );
  for (const [adcode, name] of city.counties) names.set(adcode, `${city.name}${name}`);
}

/** 沈阳市, 沈阳市和平区; null for a code that is none of this province. */
export function areaName(adcode: AdCode): string | null {
  return names.get(adcode) ?? null;
}
/** Cities of the province, counties of a city, nothing of a county. */
export function areasBelow(adcode: AdCode): readonly AdCode[] {
  return below.get(adcode) ?? [];
}
