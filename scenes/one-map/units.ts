// Lengths and areas in words, in the unit that the reader chose. Pure.
//
// 1 亩 = 10 000/15 m² and 1 海里 = 1852 m; 亩 is what land papers in China still count in.

export const lengthUnits = ['auto', 'm', 'km', 'nmi'] as const;
export const areaUnits = ['auto', 'm2', 'ha', 'mu', 'km2'] as const;
export type LengthUnit = (typeof lengthUnits)[number];
export type AreaUnit = (typeof areaUnits)[number];
export interface Units {
  readonly length: LengthUnit;
  readonly area: AreaUnit;
}
export const usualUnits: Units = { length: 'auto', area: 'auto' };
export const lengthUnitTitle: Readonly<Record<LengthUnit, string>> = { auto: '自动', m: '米 m', km: '千米 km', nmi: '海里 n mile' };
export const areaUnitTitle: Readonly<Record<AreaUnit, string>> = {
  auto: '自动',
  m2: '平方米 m²',
  ha: '公顷 ha',
  mu: '亩',
  km2: '平方千米 km²',
};

/** Thousands apart by a thin blank, to three decimals or four figures that matter. */
function figure(value: number): string {
  const decimals = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 1 ? 2 : 4;
  return value.toLocaleString('zh-CN', { maximumFractionDigits: decimals, minimumFractionDigits: 0 }).replaceAll(',', '\u202f');
}

/** auto: 845 m · 12.40 km · 386.0 km */
export function lengthIn(metres: number, unit: LengthUnit): string {
  if (unit === 'm') return `${figure(metres)} m`;
  if (unit === 'km') return `${figure(metres / 1000)} km`;
  if (unit === 'nmi') return `${figure(metres / 1852)} n mile`;
  if (metres < 1000) return `${Math.round(metres)} m`;
  return metres < 100_000 ? `${(metres / 1000).toFixed(2)} km` : `${(metres / 1000).toFixed(1)} km`;
}
/** auto: 640 m² · 3.20 ha · 12.40 km² */
export function areaIn(squareMetres: number, unit: AreaUnit): string {
  if (unit === 'm2') return `${figure(squareMetres)} m²`;
  if (unit === 'ha') return `${figure(squareMetres / 10_000)} ha`;
  if (unit === 'mu') return `${figure((squareMetres * 15) / 10_000)} 亩`;
  if (unit === 'km2') return `${figure(squareMetres / 1_000_000)} km²`;
  if (squareMetres < 10_000) return `${Math.round(squareMetres)} m²`;
  if (squareMetres < 1_000_000) return `${(squareMetres / 10_000).toFixed(2)} ha`;
  return `${(squareMetres / 1_000_000).toFixed(squareMetres < 1e9 ? 2 : 0)} km²`;
}
export const lengthText = (metres: number): string => lengthIn(metres, 'auto');
export const areaText = (squareMetres: number): string => areaIn(squareMetres, 'auto');

/** Units that were kept; the usual ones for what is none. */
export function readUnits(text: string | null): Units {
  const [length, area] = (text ?? '').split(',');
  return {
    length: lengthUnits.find((unit) => unit === length) ?? 'auto',
    area: areaUnits.find((unit) => unit === area) ?? 'auto',
  };
}
