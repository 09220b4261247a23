// How a value is printed in an alarm: honest decimals, a true minus sign, the unit as people write it, and by how much a limit is passed.
import { observedProperty } from '../../contracts/observed-property.ts';
import type { Threshold } from '../../contracts/stream.ts';
import type { Datastream } from '../../contracts/thing.ts';
import { excessOf } from './threshold.ts';

const unitTexts: Readonly<Record<string, string>> = {
  ...{ 'ug/m3': 'µg/m³', 'mg/m3': 'mg/m³', 'ng/m3': 'ng/m³', 'm3/s': 'm³/s', 'm3/h': 'm³/h', Cel: '°C', 'uS/cm': 'µS/cm', deg: '°' },
  ...{ '[pH]': '', '1': '' },
};

/** The unit of a Datastream as printed: µg/m³. */
export function unitText(datastream: Pick<Datastream, 'property' | 'unit'>): string {
  const property = observedProperty(datastream.property);
  return property.unit === datastream.unit && property.unit !== '' ? property.unitText : (unitTexts[datastream.unit] ?? datastream.unit);
}

/** Decimals that are honest for a Datastream; a property in another unit than its own (a21026 in mg/m³) gets one. */
export function decimalsOf(datastream: Pick<Datastream, 'property' | 'unit'>): number {
  const property = observedProperty(datastream.property);
  return property.unit === datastream.unit ? property.decimals : Math.max(property.decimals, 1);
}

/** −0.32, with U+2212. */
export function numberText(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/**
 * The sentence of an alarm. A limit of the Thing's own is told by how much it is passed ("巨流河站 超警戒 0.32 m"), a limit that all share by the
 * value itself ("和平站 PM2.5 重度污染 168 µg/m³"). Inside the hysteresis it says so.
 */
export function alarmTitle(name: string, threshold: Threshold, value: number, limit: number, datastream: Datastream): string {
  const unit = unitText(datastream);
  const decimals = decimalsOf(datastream);
  const print = (x: number): string => `${numberText(x, decimals)}${unit === '' ? '' : ` ${unit}`}`;
  if (typeof threshold.limit === 'number') return `${name} ${threshold.title.zh} ${print(value)}`;
  const excess = excessOf(threshold.direction, value, limit);
  if (excess >= 0) return `${name} ${threshold.title.zh} ${print(excess)}`;
  return `${name} ${threshold.title.zh} ${threshold.direction === 'above' ? '已回落，低于' : '已回升，高于'}限值 ${print(-excess)}`;
}
