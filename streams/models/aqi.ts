// Air quality index: IAQI of a concentration, AQI, class and primary pollutant of a place, by the edition that was in force at the time.
//
// Source: HJ 633-2012 §4.1–4.4 (table 1, formulas 1 and 2) and HJ 633-2026. Concentrations in µg/m³, CO in mg/m³.
// Light on purpose: pages import it for classes and colours.
import type { Instant } from '../../contracts/observation.ts';
import { airPollutants, aqiBreakpoints, aqiLevels, iaqiSteps } from './aqi.data.ts';

export type AirStandard = keyof typeof aqiBreakpoints;
export type AirPollutant = (typeof airPollutants)[number];
export type AqiLevel = (typeof aqiLevels)[number];
/** hour: realtime report, from hour means. day: daily report, from 24-hour means and the daily maximum 8-hour mean of ozone. */
export type AqiTable = 'hour' | 'day';
export { airPollutants, aqiLevels };

/** HJ 633-2026 is in force for what was observed from 2026-03-01 00:00 in Asia/Shanghai (UTC+8, no summer time since 1991). */
const in2026: Instant = Date.UTC(2026, 1, 28, 16);
/** The edition in force at the start of the period. */
export function airStandard(phenomenonTime: Instant): AirStandard {
  return phenomenonTime >= in2026 ? 'HJ 633-2026' : 'HJ 633-2012';
}

/**
 * Rounds half to even at a number of decimals (GB/T 8170-2008 §3.2), on the decimal number that is meant: 0.65 → 0.6 and 2.05 → 2.0 although the
 * binary numbers lie beside the tie. A mean's float noise beyond 12 digits is dropped for the same reason.
 */
export function roundHalfEven(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  const scaled = Number((value * scale).toPrecision(12));
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
  return rounded / scale;
}

/**
 * Sub-index of one pollutant: the concentration is rounded half to even (CO to 0.1), the sub-index upwards.
 * Beyond the table it stays at the last step of its column: 500, for the hour mean of SO2 200, for the 8-hour mean of O3 300.
 * @returns null when there is no concentration, or a negative one
 */
export function iaqi(standard: AirStandard, table: AqiTable, pollutant: AirPollutant, concentration: number | null): number | null {
  if (concentration === null || !Number.isFinite(concentration)) return null;
  const decimals = pollutant === 'a21005' ? 1 : 0;
  const rounded = roundHalfEven(concentration, decimals);
  if (rounded < 0) return null;
  const column: readonly number[] = aqiBreakpoints[standard][table][pollutant];
  const upper = column.findIndex((breakpoint) => rounded <= breakpoint);
  if (upper < 0) return iaqiSteps[column.length - 1] as number;
  if (upper === 0) return 0;
  const [lowC, highC] = [column[upper - 1] as number, column[upper] as number];
  const [low, high] = [iaqiSteps[upper - 1] as number, iaqiSteps[upper] as number];
  // Formula 1 in whole tenths of the unit, so that the quotient is exact where it is a whole number and rounding up adds nothing.
  const tenths = Math.round(rounded * 10) - lowC * 10;
  return Math.ceil(((high - low) * tenths) / ((highC - lowC) * 10)) + low;
}

export interface Aqi {
  readonly value: number;
  readonly level: AqiLevel;
  /** Pollutants with the largest sub-index; none while the AQI is 50 or less. */
  readonly primary: readonly AirPollutant[];
  readonly iaqi: Readonly<Partial<Record<AirPollutant, number>>>;
  readonly standard: AirStandard;
}

/** The index of one place from its concentrations; pollutants without a value take no part. null: none has a value. */
export function aqi(
  standard: AirStandard,
  table: AqiTable,
  concentrations: Readonly<Partial<Record<AirPollutant, number | null>>>,
): Aqi | null {
  const parts: Partial<Record<AirPollutant, number>> = {};
  let value = -1;
  for (const pollutant of airPollutants) {
    const part = iaqi(standard, table, pollutant, concentrations[pollutant] ?? null);
    if (part === null) continue;
    parts[pollutant] = part;
    if (part > value) value = part;
  }
  if (value < 0) return null;
  const primary = value > 50 ? airPollutants.filter((pollutant) => parts[pollutant] === value) : [];
  return { value, level: aqiLevel(value), primary, iaqi: parts, standard };
}

/** Class of an index, HJ 633 table 2. */
export function aqiLevel(value: number): AqiLevel {
  return aqiLevels.find((level) => value <= level.upTo) ?? aqiLevels[5];
}
