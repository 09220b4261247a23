// Names of the places that a code lies in, short enough for a row.
import { cities } from '../../contracts/adcodes.data.ts';
import { divisionName } from '../../contracts/division.ts';
import { type AdCode, cityOf } from '../../contracts/geo.ts';

const short: ReadonlyMap<string, string> = new Map(cities.map((city) => [city.adcode, city.short]));

/** 沈阳; 省直 where the code is the province's own. */
export function cityName(adcode: AdCode): string {
  return short.get(cityOf(adcode)) ?? '省直';
}
/** 沈阳市和平区; the city alone where the code is the city's. */
export function placeName(adcode: AdCode): string {
  const city = cityOf(adcode);
  const county = divisionName(adcode);
  return adcode === city || county === adcode ? divisionName(city) : `${divisionName(city)}${county}`;
}
export { cities };
