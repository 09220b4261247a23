// Class of a surface water station by its worst single parameter.
//
// Source: GB 3838-2002 table 1; single-factor evaluation §5.1. Of rivers, water temperature, total nitrogen and faecal coliform take no part
// (《地表水环境质量评价办法（试行）》 环办〔2011〕22 号 二(一)). Values in mg/L, pH without unit.
import { lakeLimits, pHRange, riverLimits, type WaterLimit, waterClasses, waterLimits } from './water-quality.data.ts';

export type WaterClass = (typeof waterClasses)[number];
export type WaterBody = 'river' | 'lake';
export { waterClasses };

const ofBody: Readonly<Record<WaterBody, Readonly<Record<string, WaterLimit>>>> = {
  river: { ...waterLimits, ...riverLimits },
  lake: { ...waterLimits, ...lakeLimits },
};

/** Class of one parameter (by ObservedProperty code); null: the standard gives it no class for this body of water, or there is no value. */
export function parameterClass(body: WaterBody, code: string, value: number | null): WaterClass | null {
  if (value === null || !Number.isFinite(value)) return null;
  if (code === 'w01001') return value >= pHRange[0] && value <= pHRange[1] ? 'Ⅰ' : '劣Ⅴ';
  const rule = ofBody[body][code];
  if (!rule) return null;
  const index = rule.limits.findIndex((limit) => (rule.direction === 'max' ? value <= limit : value >= limit));
  return waterClasses[index < 0 ? 5 : index] as WaterClass;
}

export interface WaterVerdict {
  readonly overall: WaterClass;
  readonly classes: Readonly<Record<string, WaterClass>>;
  /** Parameters (codes) that have the worst class. */
  readonly decidedBy: readonly string[];
}

/** Class of a station from its values by code. null: none of them has a class. */
export function waterClass(body: WaterBody, values: Readonly<Record<string, number | null>>): WaterVerdict | null {
  const classes: Record<string, WaterClass> = {};
  let worst = -1;
  for (const [code, value] of Object.entries(values)) {
    const found = parameterClass(body, code, value);
    if (!found) continue;
    classes[code] = found;
    worst = Math.max(worst, waterClasses.indexOf(found));
  }
  const overall = waterClasses[worst];
  if (!overall) return null;
  return { overall, classes, decidedBy: Object.keys(classes).filter((code) => classes[code] === overall) };
}
