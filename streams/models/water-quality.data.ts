// Table: limits of surface water classes Ⅰ–Ⅴ in mg/L, by ObservedProperty code. Source: GB 3838-2002 table 1.

export interface WaterLimit {
  readonly zh: string;
  /** max: the value must not exceed the limit; min (dissolved oxygen): must reach it. */
  readonly direction: 'max' | 'min';
  /** Limits of classes Ⅰ, Ⅱ, Ⅲ, Ⅳ, Ⅴ. */
  readonly limits: readonly [number, number, number, number, number];
}

export const waterClasses = ['Ⅰ', 'Ⅱ', 'Ⅲ', 'Ⅳ', 'Ⅴ', '劣Ⅴ'] as const;

/** pH is inside for every class or outside for all of them. */
export const pHRange = [6, 9] as const;

const max = (zh: string, ...limits: WaterLimit['limits']): WaterLimit => ({ zh, direction: 'max', limits });
/** Limits for every body of water. */
export const waterLimits: Readonly<Record<string, WaterLimit>> = {
  w01009: { zh: '溶解氧', direction: 'min', limits: [7.5, 6, 5, 3, 2] },
  w01019: max('高锰酸盐指数', 2, 4, 6, 10, 15),
  w01018: max('化学需氧量', 15, 15, 20, 30, 40),
  w01017: max('五日生化需氧量', 3, 3, 4, 6, 10),
  w21003: max('氨氮', 0.15, 0.5, 1, 1.5, 2),
  w20122: max('铜', 0.01, 1, 1, 1, 1),
  w20123: max('锌', 0.05, 1, 1, 2, 2),
  w21017: max('氟化物', 1, 1, 1, 1.5, 1.5),
  w20119: max('砷', 0.05, 0.05, 0.05, 0.1, 0.1),
  w20111: max('汞', 0.00005, 0.00005, 0.0001, 0.001, 0.001),
  w20115: max('镉', 0.001, 0.005, 0.005, 0.005, 0.01),
  w20117: max('六价铬', 0.01, 0.05, 0.05, 0.05, 0.1),
  w20120: max('铅', 0.01, 0.01, 0.05, 0.05, 0.1),
  w21016: max('氰化物', 0.005, 0.05, 0.2, 0.2, 0.2),
  w23002: max('挥发酚', 0.002, 0.002, 0.005, 0.01, 0.1),
  w22001: max('石油类', 0.05, 0.05, 0.05, 0.5, 1),
  w21019: max('硫化物', 0.05, 0.1, 0.2, 0.5, 1),
};
/** Limits that differ: total phosphorus of rivers; total phosphorus and total nitrogen of lakes and reservoirs. */
export const riverLimits: Readonly<Record<string, WaterLimit>> = { w21011: max('总磷', 0.02, 0.1, 0.2, 0.3, 0.4) };
export const lakeLimits: Readonly<Record<string, WaterLimit>> = {
  w21011: max('总磷', 0.01, 0.025, 0.05, 0.1, 0.2),
  w21001: max('总氮', 0.2, 0.5, 1, 1.5, 2),
};
