// ObservedProperty: what is measured, by the standard's code, with its Chinese name, UCUM unit and how many decimals are honest.
import { observedPropertyTable } from './observed-properties.data.ts';

export interface ObservedProperty {
  /** Code of the standard it comes from: a34004 (HJ 212), z (SL 651 level), speed … */
  readonly code: string;
  readonly zh: string;
  readonly en: string;
  /** UCUM. */
  readonly unit: string;
  /** As printed: µg/m³, m³/s. */
  readonly unitText: string;
  readonly decimals: number;
  /** Standard and clause of the code. */
  readonly source: string;
}

const byCode = new Map(observedPropertyTable.map((property) => [property.code, property]));

/** The property of this code. Unknown codes are kept too: named by the code, without unit. */
export function observedProperty(code: string): ObservedProperty {
  return byCode.get(code) ?? { code, zh: code, en: code, unit: '', unitText: '', decimals: 2, source: '未列入标准，设备自报' };
}
export function isKnownProperty(code: string): boolean {
  return byCode.has(code);
}
export { observedPropertyTable };
