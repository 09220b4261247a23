// Surface water classes against the table of GB 3838-2002.
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterClass, type WaterBody, type WaterClass, waterClass, waterClasses } from './water-quality.ts';

const cases: readonly (readonly [WaterBody, string, number, WaterClass])[] = [
  ['river', 'w01009', 7.5, 'Ⅰ'],
  ['river', 'w01009', 7.49, 'Ⅱ'],
  ['river', 'w01009', 1.9, '劣Ⅴ'],
  ['river', 'w01018', 15, 'Ⅰ'],
  ['river', 'w01018', 20.5, 'Ⅳ'],
  ['river', 'w21003', 1.01, 'Ⅳ'],
  ['river', 'w21011', 0.2, 'Ⅲ'],
  ['lake', 'w21011', 0.2, 'Ⅴ'],
  ['lake', 'w21001', 1.6, 'Ⅴ'],
  ['river', 'w01001', 9.1, '劣Ⅴ'],
];
describe('GB 3838-2002 table 1', () => {
  it.each(cases)('%s %s %f → %s', (body, code, value, expected) => {
    expect(parameterClass(body, code, value)).toBe(expected);
  });
  it('leaves total nitrogen out for rivers and says null where nothing has a class', () => {
    expect(parameterClass('river', 'w21001', 9)).toBeNull();
    expect(waterClass('river', { w01010: 21, w21001: 9, w01018: null })).toBeNull();
  });
  it('the station has the worst of its classes, decided by those that have it', () => {
    const known = ['w01009', 'w01018', 'w01019', 'w21003', 'w21011', 'w01001'];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...known), fc.double({ min: 0, max: 60, noNaN: true }), { minKeys: 1 }), (values) => {
        const verdict = waterClass('river', values);
        if (!verdict) return false;
        const ranks = Object.values(verdict.classes).map((found) => waterClasses.indexOf(found));
        return waterClasses.indexOf(verdict.overall) === Math.max(...ranks) && verdict.decidedBy.length > 0;
      }),
    );
  });
});

const file = '../shared/standards/water.json';
const code: Readonly<Record<string, string>> = {
  ...{ DO: 'w01009', CODMn: 'w01019', COD: 'w01018', BOD5: 'w01017', NH3N: 'w21003', TP_river: 'w21011', TP_lake: 'w21011' },
  ...{ TN_lake: 'w21001', Hg: 'w20111', volatilePhenol: 'w23002', F: 'w21017', Pb: 'w20120', oil: 'w22001' },
};
interface Shared {
  surface: {
    limits: Record<string, { lim: number[]; code?: string }>;
    vectors: { param: string; value: number; cls: WaterClass }[];
    stations: {
      input: Record<string, number>;
      pH: number;
      classes: Record<string, WaterClass>;
      overall: WaterClass;
      decidedBy: string[];
    }[];
  };
}
describe.skipIf(!existsSync(file))(`all figures of ${file} (skipped where it is absent)`, () => {
  const { surface }: Shared = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { surface: { limits: {}, vectors: [], stations: [] } };
  const bodyOf = (names: readonly string[]): WaterBody => (names.some((name) => name.endsWith('_lake')) ? 'lake' : 'river');
  it('every vector and every station', () => {
    for (const v of surface.vectors)
      expect(parameterClass(bodyOf([v.param]), code[v.param] ?? '?', v.value), JSON.stringify(v)).toBe(v.cls);
    for (const station of surface.stations) {
      const values = Object.fromEntries(Object.entries(station.input).map(([name, value]) => [code[name], value]));
      const verdict = waterClass(bodyOf(Object.keys(station.input)), { ...values, w01001: station.pH });
      expect(verdict?.overall).toBe(station.overall);
      expect(new Set(verdict?.decidedBy)).toEqual(new Set(station.decidedBy.map((name) => code[name] ?? 'w01001')));
    }
    expect([surface.vectors.length, surface.stations.length]).toEqual([49, 5]);
  });
  it('every limit that has a code: the value itself is inside, just beyond it is not', () => {
    let limits = 0;
    for (const [name, rule] of Object.entries(surface.limits)) {
      if (!rule.code || name === 'fecalColiform') continue;
      for (const [index, limit] of rule.lim.entries()) {
        const found = waterClasses.indexOf(parameterClass(bodyOf([name]), rule.code, limit) as WaterClass);
        const beyond = waterClasses.indexOf(
          parameterClass(bodyOf([name]), rule.code, limit * (name === 'DO' ? 0.999 : 1.001)) as WaterClass,
        );
        expect(found <= index && beyond > index, `${name} ${limit}`).toBe(true);
        limits++;
      }
    }
    expect(limits).toBe(100);
  });
});
