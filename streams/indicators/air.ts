// Air of an area: AQI and PM2.5 from the hour means of its stations.
import type { AdCode } from '../../contracts/geo.ts';
import { cityOf } from '../../contracts/geo.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import type { Instant } from '../../contracts/observation.ts';
import { observedProperty } from '../../contracts/observed-property.ts';
import { streamPath } from '../../contracts/stream.ts';
import type { ThingState } from '../../contracts/wire.ts';
import { airQuality } from '../ecology/air-quality.ts';
import { type AirPollutant, airPollutants, airStandard, aqi, aqiLevel, iaqi, roundHalfEven } from '../models/aqi.ts';
import { Backing, type IndicatorSource, indicator, inside, usable, type Words } from './backing.ts';

const hour = 3_600_000;

interface AirMeans {
  readonly means: Partial<Record<AirPollutant, number>>;
  readonly hourStart: Instant;
}

/** The most frequent newest hour; the later one of two. A mean over stations speaks for the hour that most of them speak for. */
function commonHour(hours: readonly Instant[]): Instant {
  const counts = new Map<Instant, number>();
  for (const start of hours) counts.set(start, (counts.get(start) ?? 0) + 1);
  let best = hours[0] as Instant;
  for (const [start, count] of counts) {
    const most = counts.get(best) as number;
    if (count > most || (count === most && start > best)) best = start;
  }
  return best;
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean hour concentrations over the stations of each city, then over the cities: a city with many stations weighs no more than another. */
function airMeans(stations: readonly ThingState[], pollutants: readonly AirPollutant[], now: Instant, backing: Backing): AirMeans | null {
  const perCity = new Map<AdCode, Map<AirPollutant, number[]>>();
  const hours: Instant[] = [];
  backing.expected = stations.length;
  for (const station of stations) {
    let reports: Instant | null = null;
    for (const pollutant of pollutants) {
      const latest = usable(airQuality, station, `${pollutant}/hour/mean`, now);
      if (!latest) continue;
      const city = cityOf(station.adcode);
      const values = perCity.get(city) ?? new Map<AirPollutant, number[]>();
      const sofar = values.get(pollutant);
      if (sofar) sofar.push(latest[0] as number);
      else values.set(pollutant, [latest[0] as number]);
      perCity.set(city, values);
      backing.value(latest);
      reports = Math.max(reports ?? latest[1], latest[1]);
    }
    if (reports === null) continue;
    backing.reporting++;
    backing.from(station.provenance);
    hours.push(reports);
  }
  if (hours.length === 0) {
    // Nobody contributes: the silence of simulated stations is simulated too.
    for (const station of stations) backing.from(station.provenance);
    return null;
  }
  const means: Partial<Record<AirPollutant, number>> = {};
  for (const pollutant of pollutants) {
    const cities = [...perCity.values()].flatMap((values) => {
      const found = values.get(pollutant);
      return found ? [mean(found)] : [];
    });
    if (cities.length > 0) means[pollutant] = mean(cities);
  }
  return { means, hourStart: commonHour(hours) };
}

/** 'aqi' and 'pm25'. */
export function airIndicators(source: IndicatorSource, list: Indicator[]): void {
  const { now, adcode } = source;
  const stations = inside(source.things(streamPath(airQuality)), adcode);
  if (stations.length === 0) return;
  const department = airQuality.provider.zh;
  const forAll = new Backing();
  const all = airMeans(stations, airPollutants, now, forAll);
  const standard = airStandard(all?.hourStart ?? now);
  const text = `${standard} 分指数限值表（1 小时），各站小时均值的城市平均`;
  const words: Words = { code: 'aqi', title: '空气质量指数', unit: 'AQI', department, source: text };
  const index = all && aqi(standard, 'hour', all.means);
  const primary = index?.primary.map((code) => observedProperty(code).zh).join('、');
  const more = { grade: index?.level.zh ?? null, note: primary ? `首要 ${primary}` : null };
  list.push(indicator(words, adcode, forAll, index?.value ?? null, all ? all.hourStart + hour : null, more));

  const forPm = new Backing();
  const pm = airMeans(stations, ['a34004'], now, forPm);
  const value = pm?.means.a34004 ?? null;
  const part = pm && value !== null ? iaqi(airStandard(pm.hourStart), 'hour', 'a34004', value) : null;
  list.push(
    indicator(
      { code: 'pm25', title: 'PM2.5 小时浓度', unit: 'µg/m³', department, source: text },
      adcode,
      forPm,
      value === null ? null : roundHalfEven(value, 0),
      pm ? pm.hourStart + hour : null,
      { grade: part === null ? null : aqiLevel(part).zh },
    ),
  );
}
