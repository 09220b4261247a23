// Names of the places that a code lies in, short enough for a row.
import { cities } from '../../contracts/adcodes.data.ts';
import { type AdCode, cityOf } from '../../contracts/geo.ts';

const byCode = new Map(cities.map((city) => [city.adcode, city]));

/** 沈阳; 省直 where the code is the province's own. */
export function cityName(adcode: AdCode): string {
  return byCode.get(cityOf(adcode))?.short ?? '省直';
}
/** 沈阳市和平区; the city alone where the code is the city's, or no county of it. */
export function placeName(adcode: AdCode): string {
  const city = byCode.get(cityOf(adcode));
  const county = city?.counties.find(([code]) => code === adcode)?.[1] ?? '';
  return city ? `${city.name}${county}` : '省直';
}
export { cities };
